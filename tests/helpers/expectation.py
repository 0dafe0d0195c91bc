"""Expectation values of distributed circuits, exact on all branches of their protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Pauli, SparsePauliOp

from helpers.coherent import _Run

_PAULIS = {
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1.0 + 0j, -1.0]),
}


def expectations(
    circuit: QuantumCircuit, paulis: Sequence[Pauli], positions: Sequence[int] | None = None
) -> list[float]:
    """Per Pauli string its expectation value in the state that ``circuit`` ends in.

    ``circuit.layout`` places the strings, unless ``positions`` says where each of their qubits is. The source measures
    nothing.
    """
    run = _Run(circuit, 0)
    run.run([], None)
    psi, axes = run.state.psi, run.state.axes
    found = []
    for pauli in paulis:
        where: Any = circuit.layout if positions is None else list(positions)
        placed = SparsePauliOp(pauli).apply_layout(where, None if positions is None else circuit.num_qubits)
        (label,), (factor,) = placed.paulis.to_labels(), placed.coeffs
        turned, value = psi, factor
        for ion, letter in enumerate(reversed(label)):
            if letter == "I":
                continue
            axis = run.holds[ion]
            if axis is None:
                value *= 1.0 if letter == "Z" else 0.0
                continue
            at = axes.index(axis)
            turned = np.moveaxis(np.tensordot(_PAULIS[letter], turned, (1, at)), 0, at)
        found.append(float((value * np.vdot(psi, turned)).real))
    return found


def with_product_input(circuit: QuantumCircuit, seed: int) -> QuantumCircuit:
    """The circuit after a random gate on every qubit."""
    rng = np.random.default_rng(seed)
    out = circuit.copy_empty_like()
    for qubit in out.qubits:
        out.u(*rng.uniform(-3, 3, 3), qubit)
    return out.compose(circuit)
