"""Circuits of Qiskit's library made of plain gates, which any compiler can read."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.circuit.library import get_standard_gate_name_mapping

DEPTH = 12
"""More levels than any definition of Qiskit's library has."""


def plain(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with all gates defined by standard ones and ``mcx``, on one register."""
    known = {*get_standard_gate_name_mapping(), "mcx", "mcphase", "barrier"}
    for _ in range(DEPTH):
        named = {item.operation.name for item in circuit.data} - known
        if not named:
            break
        circuit = circuit.decompose(sorted(named))
    return on_one_register(circuit)


def on_one_register(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with its qubits in one register, without global phase."""
    joined = QuantumCircuit(circuit.num_qubits, name=circuit.name)
    joined.compose(circuit, inplace=True)
    joined.global_phase = 0.0
    return joined
