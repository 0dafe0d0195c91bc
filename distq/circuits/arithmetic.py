"""Adders and multipliers, as Qiskit synthesises them."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.synthesis import (
    adder_qft_d00,
    adder_ripple_c04,
    adder_ripple_v95,
    multiplier_cumulative_h18,
    multiplier_qft_r17,
)

from distq.circuits.gates import plain
from distq.circuits.registry import family

BITS = "bits of each number"


@family(
    "cuccaro", "ripple-carry adder with one ancilla; 2 n + 2 qubits", size=BITS, default=8,
    source="Qiskit, arXiv:quant-ph/0410184",
)  # fmt: skip
def cuccaro(n: int) -> QuantumCircuit:
    """Majority gates up the bits, their inverses down."""
    return plain(adder_ripple_c04(n, "full"))


@family(
    "adder", "ripple-carry adder with a carry for each bit; 3 n qubits", size=BITS, default=8, least=2,
    source="Qiskit, arXiv:quant-ph/9511018",
)  # fmt: skip
def adder(n: int) -> QuantumCircuit:
    """Carries up the bits, sums down."""
    return plain(adder_ripple_v95(n, "half"))


@family(
    "draper", "adder in Fourier space; 2 n + 1 qubits", size=BITS, default=8, source="Qiskit, arXiv:quant-ph/0008033"
)
def draper(n: int) -> QuantumCircuit:
    """Controlled phases between two Fourier transforms."""
    return plain(adder_qft_d00(n, "half"))


@family(
    "multiplier", "product by shifted controlled additions; 4 n qubits", size=BITS, default=3, most=64,
    source="Qiskit, arXiv:1805.12445",
)  # fmt: skip
def multiplier(n: int) -> QuantumCircuit:
    """One controlled adder for each bit of a factor.

    The adders get their controls here: Qiskit 2.6 synthesises its controlled half adder wrongly (2 times 2 is 8).
    """
    sketch = multiplier_cumulative_h18(n)
    circuit = QuantumCircuit(sketch.num_qubits)
    for item in sketch.data:
        control, *wires = (sketch.find_bit(qubit).index for qubit in item.qubits)
        adder = QuantumCircuit(len(wires))
        adder.append(item.operation.base_op, adder.qubits)
        toffolis = plain(adder)
        for gate in toffolis.data:  # X, CX and CCX
            *more, target = (wires[toffolis.find_bit(qubit).index] for qubit in gate.qubits)
            circuit.mcx([control, *more], target)
    return circuit


@family(
    "multiplier-qft", "product in Fourier space; 4 n qubits", size=BITS, default=3, most=64,
    source="Qiskit, arXiv:1411.5949",
)  # fmt: skip
def multiplier_qft(n: int) -> QuantumCircuit:
    """Doubly controlled phases between two Fourier transforms."""
    return plain(multiplier_qft_r17(n))
