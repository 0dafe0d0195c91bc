"""Algorithms whose right outcomes are known beforehand: what suites of application benchmarks run.

The outcomes of ``qft-increment`` and ``qpe-exact`` are one bit string, those of ``amplitude`` and ``monte-carlo`` two
of equal probability on the counting qubits.
"""

from __future__ import annotations

import math

from qiskit import QuantumCircuit
from qiskit.synthesis import synth_qft_full

from distq.circuits.gates import plain
from distq.circuits.registry import family, random_numbers


@family(
    "qft-increment", "QFT of a random number, phases that add 1, inverse QFT", size="qubits", default=8, least=2,
)  # fmt: skip
def qft_increment(n: int, seed: int = 0) -> QuantumCircuit:
    """Reads the number plus 1, modulo 2^n."""
    circuit = QuantumCircuit(n)
    for q in random_numbers(seed).integers(2, size=n).nonzero()[0].tolist():
        circuit.x(q)
    circuit.compose(synth_qft_full(n, do_swaps=False), inplace=True)
    for q in range(n):
        circuit.rz(math.pi / 2**q, q)
    circuit.compose(synth_qft_full(n, do_swaps=False, inverse=True), inplace=True)
    return plain(circuit)


@family(
    "qpe-exact", "phase estimation of a phase that the counting qubits hold exactly", size="qubits", default=8, least=2,
)  # fmt: skip
def qpe_exact(n: int, seed: int = 0) -> QuantumCircuit:
    """The phase is a random odd multiple of 1/2^(n-1); the last qubit holds the eigenstate."""
    bits = random_numbers(seed).integers(2, size=n - 1).tolist()
    phase = 2 * math.pi * (sum(bit / 2 ** (k + 1) for k, bit in enumerate(bits[:-1])) + 0.5 ** (n - 1))
    circuit = QuantumCircuit(n)
    circuit.h(range(n - 1))
    circuit.x(n - 1)
    for k in range(n - 1):
        circuit.cp(math.remainder(phase * 2**k, 2 * math.pi), k, n - 1)
    return _with_inverse_qft(circuit, n - 1)


@family(
    "amplitude", "amplitude estimation with two qubits for the state; the others count", size="qubits", default=6,
    least=4, most=16,
)  # fmt: skip
def amplitude(n: int, seed: int = 0) -> QuantumCircuit:
    """The amplitude is sin(pi k / 2^m) with m = n - 2 counting qubits and a random k, which they hold exactly."""
    k = int(random_numbers(seed).integers(1, 2 ** (n - 3) + 1))
    prepare = QuantumCircuit(2)
    prepare.ry(2 * math.pi * k / 2 ** (n - 2), 1)
    prepare.cx(1, 0)
    return _estimation(n, prepare)


@family(
    "monte-carlo", "Monte Carlo estimate of the parity of a uniformly random bit", size="qubits", default=6, least=4,
    most=16,
)  # fmt: skip
def monte_carlo(n: int) -> QuantumCircuit:
    """Amplitude estimation of the probability 1/2, with n - 2 counting qubits."""
    prepare = QuantumCircuit(2)
    prepare.h(0)
    prepare.cx(0, 1)
    return _estimation(n, prepare)


def _estimation(n: int, prepare: QuantumCircuit) -> QuantumCircuit:
    """Estimation of the probability that ``prepare`` leaves its qubit 1 in |1>.

    Brassard, Hoyer, Mosca, Tapp, arXiv:quant-ph/0005055: phase estimation of Q = -A S0 A^-1 Sx. Only the reflections
    S0 and Sx are controlled, as A and its inverse cancel without them.
    """
    counting, state = range(n - 2), [n - 2, n - 1]
    circuit = QuantumCircuit(n)
    circuit.h(counting)
    circuit.compose(prepare, state, inplace=True)
    undo = prepare.inverse()
    for k in counting:
        for _ in range(2**k):
            circuit.cz(k, n - 1)
            circuit.compose(undo, state, inplace=True)
            circuit.x(state)
            circuit.h(n - 1)
            circuit.ccx(k, n - 2, n - 1)
            circuit.h(n - 1)
            circuit.x(state)
            circuit.compose(prepare, state, inplace=True)
    circuit.z(0)  # the sign of Q, whose even powers have none
    return _with_inverse_qft(circuit, n - 2)


def _with_inverse_qft(circuit: QuantumCircuit, counting: int) -> QuantumCircuit:
    """The circuit with an inverse Fourier transform of its first qubits, where qubit k has counted 2^k times."""
    circuit.compose(
        synth_qft_full(counting, do_swaps=False, inverse=True).reverse_bits(), range(counting), inplace=True
    )
    return plain(circuit)


@family(
    "heisenberg-field", "Trotter steps of the Heisenberg chain in random fields, from the Neel state", size="qubits",
    default=8, least=2,
)  # fmt: skip
def heisenberg_field(n: int, layers: int = 5, angle: float = 0.08, seed: int = 0) -> QuantumCircuit:
    """Every second qubit starts in |1>; a step turns bonds by ``angle`` and qubits by up to 10 times that."""
    fields = random_numbers(seed).uniform(-1.0, 1.0, size=(2, n)) * 10 * angle
    circuit = QuantumCircuit(n)
    circuit.x(range(1, n, 2))
    for _ in range(layers):
        for q in range(n):
            circuit.rx(float(fields[0, q]), q)
            circuit.rz(float(fields[1, q]), q)
        for first in (0, 1):
            for q in range(first, n - 1, 2):
                circuit.rxx(angle, q, q + 1)
                circuit.ryy(angle, q, q + 1)
                circuit.rzz(angle, q, q + 1)
    return circuit
