"""A flat dynamic Qiskit circuit as plain instructions: matrices on qubit indices, measurements, resets, conditions.

In: a Qiskit circuit without unbound parameters. Out: a list of :class:`Instruction`. Gates are known by their matrices,
never by their names (the one exception is ``epr``, whose definition is compared), so that circuits which came back from
OpenQASM 3, with generic gates in place of Qiskit's own, read the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from distq.ir.program import Condition, Matrix
from distq.verification.if_conditions import BitTest, joint_condition, read_test
from distq.verification.unitaries import TOLERANCE, GateInfo
from distq.verification.unreadable import UnreadableError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_IGNORED = frozenset({"barrier", "delay", "id", "global_phase"})


class Instruction(NamedTuple):
    """One instruction.

    Attributes
    ----------
    position
        Number of the circuit's instruction that it is, or is inside.
    kind
        ``gate``, ``epr``, ``measure`` or ``reset``.
    qubits
        Indices into the circuit's qubits.
    gate
        What it does, for a ``gate``.
    clbit
        The classical bit that a ``measure`` writes, else -1.
    condition
        On the circuit's classical bits.
    """

    position: int
    kind: str
    qubits: tuple[int, ...]
    gate: GateInfo | None
    clbit: int
    condition: Condition | None


class _Branch(NamedTuple):
    """One innermost branch of an ``if``: the tests that lead there and what happens there (without conditions)."""

    tests: tuple[BitTest, ...]
    body: tuple[Instruction, ...]


class _Indices(NamedTuple):
    """Indices of the qubits and classical bits that a block of instructions names."""

    qubit: dict[Any, int]
    clbit: dict[Any, int]

    def inside(self, block: QuantumCircuit, qubits: Any, clbits: Any) -> _Indices:
        """The indices of a block whose bits stand for ``qubits`` and ``clbits``."""
        qubit = {b: self.qubit[o] for b, o in zip(block.qubits, qubits, strict=True)}
        clbit = {b: self.clbit[o] for b, o in zip(block.clbits, clbits, strict=True)}
        return _Indices(qubit, {**self.clbit, **clbit})


def read_instructions(circuit: QuantumCircuit) -> list[Instruction]:
    """All instructions of a circuit without unbound parameters.

    Raises
    ------
    UnreadableError
        For loops and other control flow, opaque instructions, and conditions that are not "bits equal (not equal) a
        value".
    """
    return _Reader(circuit).read()


class _Reader:
    """Reads the instructions of one circuit. ``gates`` and ``pair_definitions`` remember what was worked out before."""

    def __init__(self, circuit: QuantumCircuit) -> None:
        self.circuit = circuit
        self.gates: dict[Any, GateInfo] = {}
        self.pair_definitions: dict[Any, bool] = {}

    def read(self) -> list[Instruction]:
        """All instructions, in order."""
        top = _Indices(
            {bit: i for i, bit in enumerate(self.circuit.qubits)}, {bit: i for i, bit in enumerate(self.circuit.clbits)}
        )
        out: list[Instruction] = []
        for position, entry in enumerate(self.circuit.data):
            if entry.name == "if_else":
                out += self.conditional(position, entry, top)
            elif (made := self.unconditional(position, entry, top)) is not None:
                out.append(made)
        return out

    def unconditional(self, position: int, entry: Any, indices: _Indices) -> Instruction | None:
        """An instruction that is no ``if``; None for one that does nothing to the state."""
        name = entry.name
        qubits = tuple([indices.qubit[q] for q in entry.qubits])
        if name in _IGNORED:
            return None
        if name == "measure":
            return Instruction(position, "measure", qubits, None, indices.clbit[entry.clbits[0]], None)
        if name == "reset":
            return Instruction(position, "reset", qubits, None, -1, None)
        if entry.clbits or not qubits:
            raise UnreadableError(f"instruction {position} is a {name!r}, which no emitted circuit holds")
        if name == "epr":
            self.check_pair(position, entry)
            return Instruction(position, "epr", qubits, None, -1, None)
        return Instruction(position, "gate", qubits, self.gate(position, entry), -1, None)

    def gate(self, position: int, entry: Any) -> GateInfo:
        """The matrix of a gate, worked out once for every (gate, parameters)."""
        standard = entry.is_standard_gate()
        key = (entry.name, *entry.params) if standard else _fingerprint(entry.operation)
        try:
            known = self.gates.get(key)
        except TypeError:  # matrices as parameters cannot be hashed
            key, known = id(entry), None
        if known is None:
            known = GateInfo(entry.name, _matrix(position, entry))
            self.gates[key] = known
        return known

    def check_pair(self, position: int, entry: Any) -> None:
        """``epr`` must make (|00> + |11>)/sqrt 2 from |00>, if its definition says what it makes."""
        key = _fingerprint(entry.operation)
        if key not in self.pair_definitions:
            made = _matrix(position, entry)[:, 0] if entry.operation.definition is not None else None
            bell = np.array([1, 0, 0, 1]) / np.sqrt(2)
            self.pair_definitions[key] = made is None or abs(np.vdot(bell, made)) > 1 - TOLERANCE
        if not self.pair_definitions[key]:
            raise UnreadableError(f"instruction {position} is an 'epr' whose definition makes no Bell pair")

    def conditional(self, position: int, entry: Any, indices: _Indices) -> Iterator[Instruction]:
        """What an ``if`` holds, under conditions; branches that do the same become one."""
        branches = [branch for branch in self.branches(position, entry, indices, ()) if branch.body]
        groups: dict[Any, list[_Branch]] = {}
        for branch in branches:
            groups.setdefault(tuple([(i.kind, i.qubits, id(i.gate), i.clbit) for i in branch.body]), []).append(branch)
        tested = {b for branch in branches for test in branch.tests for b in test.bits}
        if len(groups) > 1 and any(i.clbit in tested for branch in branches for i in branch.body):
            raise UnreadableError(f"instruction {position} writes a bit that its own branches depend on")
        for same in groups.values():
            condition = joint_condition(position, [branch.tests for branch in same])
            body = same[0].body
            if any(i.clbit in condition.clbits for i in body[:-1]):
                raise UnreadableError(f"instruction {position} writes a bit that it goes on to depend on")
            for made in body:
                yield made._replace(condition=condition)

    def branches(self, position: int, entry: Any, indices: _Indices, tests: tuple[BitTest, ...]) -> Iterator[_Branch]:
        """The innermost branches of an ``if`` that is reached through ``tests``."""
        operation = entry.operation
        test = read_test(position, operation.condition, indices.clbit)
        for number, block in enumerate(operation.blocks):
            if block is None:
                continue
            path = (*tests, test if number == 0 else test.opposite)
            inner = indices.inside(block, entry.qubits, entry.clbits)
            nested = [i for i in block.data if i.name == "if_else"]
            if nested and len(block.data) > 1:
                raise UnreadableError(f"instruction {position} holds an if beside other instructions")
            for deeper in nested:
                yield from self.branches(position, deeper, inner, path)
            if not nested:
                body = [self.unconditional(position, i, inner) for i in block.data]
                yield _Branch(path, tuple([i for i in body if i is not None]))


def _fingerprint(operation: Any) -> Any:
    """What a gate is made of, so that two gates of one name and different definitions are kept apart."""
    definition = operation.definition if operation.name not in ("measure", "reset") else None
    if definition is None or getattr(operation, "_standard_gate", None) is not None:
        return (operation.name, *[p if isinstance(p, int | float) else repr(p) for p in operation.params])
    index = {q: i for i, q in enumerate(definition.qubits)}
    return (
        operation.name,
        tuple([(_fingerprint(i.operation), *[index[q] for q in i.qubits]) for i in definition.data]),
    )


def _matrix(position: int, entry: Any) -> Matrix:
    """The matrix of a gate, from its definition if it does not know it. Raises UnreadableError if there is none."""
    from qiskit.exceptions import QiskitError
    from qiskit.quantum_info import Operator

    matrix = entry.matrix
    if matrix is None:
        try:
            matrix = Operator(entry.operation).data
        except (QiskitError, TypeError):
            raise UnreadableError(f"instruction {position} is a {entry.name!r}, which is no gate") from None
    return np.asarray(matrix, dtype=np.complex128)
