"""Circuits of whole machines, as hardware exports are, without the qubits that they do not use."""

from __future__ import annotations

from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Barrier, Delay, Qubit

from distq.frontend.places import NOTES


def without_idle_qubits(circuit: QuantumCircuit, most: int) -> QuantumCircuit:
    """The circuit without its idle qubits, if it has more than ``most`` qubits but uses no more.

    A qubit is idle if only barriers and delays act on it: it needs no ion. Otherwise the circuit comes back as it is.
    """
    if circuit.num_qubits <= most:
        return circuit
    used = {q for item in circuit.data if not isinstance(item.operation, Barrier | Delay) for q in item.qubits}
    if not 0 < len(used) <= most:
        return circuit
    smaller, place = _smaller(circuit, used)
    for item in circuit.data:
        qubits = [place[q] for q in item.qubits if q in place]
        if isinstance(item.operation, Barrier):
            smaller.barrier(qubits)
        elif qubits:
            smaller.append(item.operation, qubits, item.clbits)
    where = [circuit.find_bit(q).index for q in circuit.qubits if q in used]
    named = ", ".join(map(str, where[:8])) + (", ..." if len(where) > 8 else "")
    note = f"{circuit.num_qubits - len(used)} of {circuit.num_qubits} qubits are idle and get no ion; used: {named}"
    smaller.metadata = {**(circuit.metadata or {}), NOTES: [*(circuit.metadata or {}).get(NOTES, ()), note]}
    return smaller


def _smaller(circuit: QuantumCircuit, used: set[Qubit]) -> tuple[QuantumCircuit, dict[Qubit, Any]]:
    """A circuit on the qubits in ``used``, in registers of the same names, and where each of them is in it."""
    smaller = QuantumCircuit(name=circuit.name, global_phase=circuit.global_phase)
    place: dict[Qubit, Any] = {}
    for register in circuit.qregs:
        kept = [q for q in register if q in used and q not in place]
        if kept:
            made = QuantumRegister(len(kept), register.name)
            smaller.add_register(made)
            place |= dict(zip(kept, made, strict=True))
    loose = [q for q in circuit.qubits if q in used and q not in place]
    smaller.add_bits(loose)
    smaller.add_bits(circuit.clbits)
    for classical in circuit.cregs:
        smaller.add_register(ClassicalRegister(bits=list(classical), name=classical.name))
    return smaller, place | dict(zip(loose, loose, strict=True))
