"""Emitted circuits taken through other formats, or with other instructions."""

from __future__ import annotations

import io
from collections.abc import Sequence

from qiskit import QuantumCircuit, qpy
from qiskit.circuit import CircuitInstruction

from distq.execution.circuit_files import write_qasm3
from distq.frontend import read_circuit


def through_qasm3(circuit: QuantumCircuit) -> QuantumCircuit:
    return read_circuit(io.BytesIO(write_qasm3(circuit).encode()))


def through_qpy(circuit: QuantumCircuit) -> QuantumCircuit:
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    return qpy.load(file)[0]


def with_data(circuit: QuantumCircuit, data: Sequence[CircuitInstruction]) -> QuantumCircuit:
    out = circuit.copy_empty_like()
    for instruction in data:
        out._append(instruction)
    return out
