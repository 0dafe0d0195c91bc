"""A checksum of a circuit that tells whether anything in it was changed, in whatever order its instructions stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from qiskit import QuantumCircuit


def fingerprint(circuit: QuantumCircuit) -> str:
    """Eight hexadecimal digits.

    The order of instructions counts only where they share a qubit or a classical bit.
    """
    wires = [0] * (circuit.num_qubits + circuit.num_clbits)
    bits = {bit: i for i, bit in enumerate([*circuit.qubits, *circuit.clbits])}
    for item in circuit.data:
        on = [bits[bit] for bit in (*item.qubits, *item.clbits)]
        text = _text(item, on).encode()
        for wire in on:
            wires[wire] = crc32(text, wires[wire])
    return f"{crc32(','.join(map(str, wires)).encode()):08x}"


def _text(item: Any, on: Sequence[int]) -> str:
    if not item.is_control_flow():
        return f"{item.name}{on}{[str(p) if hasattr(p, 'parameters') else repr(p) for p in item.params]}"
    operation = item.operation
    condition = getattr(operation, "condition", None)
    if isinstance(condition, tuple):
        target, value = condition
        names = list(target) if hasattr(target, "__len__") else [target]
        condition = ([item.clbits.index(bit) for bit in names if bit in item.clbits], int(value))
    bodies = [fingerprint(block) for block in operation.blocks]
    return f"{item.name}{on}{condition}{bodies}"
