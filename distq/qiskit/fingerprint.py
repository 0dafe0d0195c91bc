"""A checksum of a circuit that tells whether anything in it was changed, in whatever order its instructions stand."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from qiskit import QuantumCircuit


def fingerprint(circuit: QuantumCircuit) -> str:
    """Sixteen hexadecimal digits.

    The order of instructions counts only where they share a qubit or a classical bit.
    """
    return f"{_Checksum().of(circuit) & 0xFFFFFFFFFFFFFFFF:016x}"


class _Checksum:
    """Checksums of bodies that one circuit holds many times are worked out once.

    Python's own hashes of numbers and of tuples of numbers are the same in every process; those of text are not.
    """

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.bodies: dict[int, tuple[Any, int]] = {}  # by identity, which the operation itself keeps from being reused

    def of(self, circuit: QuantumCircuit) -> int:
        """The checksum of a circuit or a body."""
        wires = [0] * (circuit.num_qubits + circuit.num_clbits)
        bits = {bit: i for i, bit in enumerate([*circuit.qubits, *circuit.clbits])}
        for item in circuit.data:
            on = [bits[bit] for bit in (*item.qubits, *item.clbits)]
            what = self._flow(item) if item.is_control_flow() else self._plain(item)
            what = hash((what, *on))
            for wire in on:
                wires[wire] = hash((wires[wire], what))
        return hash(tuple(wires))

    def _text(self, text: str) -> int:
        known = self.names.get(text)
        if known is None:
            known = self.names[text] = crc32(text.encode())
        return known

    def _plain(self, item: Any) -> int:
        numbers = [p if isinstance(p, float | int) else self._text(_written(p)) for p in item.params]
        return hash((self._text(item.name), *numbers))

    def _flow(self, item: Any) -> int:
        """What a control-flow instruction tests and does."""
        operation = item.operation
        known = self.bodies.get(id(operation))
        if known is None:
            condition = getattr(operation, "condition", None)
            tested: list[int] = []
            if isinstance(condition, tuple):
                target, value = condition
                members = list(target) if hasattr(target, "__len__") else [target]
                tested = [item.clbits.index(bit) for bit in members if bit in item.clbits] + [int(value)]
            blocks = [self.of(block) for block in operation.blocks]
            known = operation, hash((self._text(item.name), *tested, -1, *blocks))
            self.bodies[id(operation)] = known
        return known[1]


def _written(parameter: Any) -> str:
    return str(parameter) if hasattr(parameter, "parameters") else repr(parameter)
