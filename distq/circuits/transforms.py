"""Fourier transforms and what is built on them."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit
from qiskit.synthesis import synth_qft_full

from distq.circuits.gates import plain
from distq.circuits.registry import family, random_numbers


@family("qft", "quantum Fourier transform without its final swaps", size="qubits", default=16, source="Qiskit")
def qft(n: int) -> QuantumCircuit:
    """A Hadamard and controlled phases of pi / 2^k on each qubit."""
    return synth_qft_full(n, do_swaps=False)


@family(
    "aqft",
    "approximate QFT: only phases of pi / 2^k with k up to log2 n + 2",
    size="qubits",
    default=16,
    source="Qiskit",
)
def aqft(n: int) -> QuantumCircuit:
    """The Fourier transform without its smallest phases."""
    kept = math.ceil(math.log2(n)) + 2 if n > 1 else 1
    return synth_qft_full(n, do_swaps=False, approximation_degree=max(0, n - 1 - kept))


@family("qpe", "phase estimation of a random phase gate, last qubit its eigenstate", size="qubits", default=16, least=2)
def qpe(n: int, seed: int = 0) -> QuantumCircuit:
    """Controlled powers of a phase gate, then the inverse Fourier transform."""
    angle = 2 * math.pi * float(random_numbers(seed).random())
    circuit = QuantumCircuit(n)
    counting = range(n - 1)
    circuit.h(counting)
    circuit.x(n - 1)
    for k in counting:
        circuit.cp(math.remainder(angle * 2**k, 2 * math.pi), k, n - 1)
    circuit.compose(synth_qft_full(n - 1, do_swaps=False, inverse=True).reverse_bits(), counting, inplace=True)
    return plain(circuit)
