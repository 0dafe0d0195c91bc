"""A flat dynamic Qiskit circuit as plain records: unitary matrices on qubit indices, measurements, resets, conditions.

Gates are known by their matrices, never by their names (the one exception is ``epr``, whose definition is compared), so
that circuits which came back from OpenQASM 3, with generic gates in place of Qiskit's own, read the same.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from distq.ir.program import Condition, Matrix

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

TOLERANCE = 1e-9
MAX_TABLE_BITS = 12
_IGNORED = frozenset({"barrier", "delay", "id", "global_phase"})


class UnreadableError(Exception):
    """A compiled circuit holds something that no distributed circuit holds. The message says what and where."""


class GateInfo:
    """A unitary: its matrix (first qubit least significant, as in Qiskit) and what it commutes with."""

    def __init__(self, name: str, matrix: Matrix) -> None:
        self.name = name
        self.matrix = np.asarray(matrix, dtype=np.complex128)
        self.arity = self.matrix.shape[0].bit_length() - 1

    @cached_property
    def diagonal(self) -> bool:
        """Diagonal on all operands."""
        return bool(np.abs(self.matrix - np.diag(np.diag(self.matrix))).max() < TOLERANCE)

    @cached_property
    def diagonal_on(self) -> tuple[bool, ...]:
        """Per operand: True if the gate commutes with Z on it."""
        index = np.arange(len(self.matrix))
        mixes = np.abs(self.matrix) >= TOLERANCE
        return tuple(
            [not bool((mixes & ((index[:, None] ^ index[None, :]) >> i & 1)).any()) for i in range(self.arity)]
        )

    def is_(self, other: Matrix) -> bool:
        """Equal to ``other`` up to a phase."""
        if self.matrix.shape != other.shape:
            return False
        overlap = np.vdot(other, self.matrix)
        return bool(abs(overlap) > 0.5 and np.abs(self.matrix - other * (overlap / abs(overlap))).max() < TOLERANCE)

    @cached_property
    def fixed(self) -> str:
        """``x``, ``z``, ``h``, ``cx`` or ``swap`` if it is that gate up to a phase, else ``""``."""
        return next((name for name, matrix in FIXED.items() if self.is_(matrix)), "")


FIXED: dict[str, Matrix] = {
    "x": np.array([[0, 1], [1, 0]], dtype=np.complex128),
    "z": np.diag([1, -1]).astype(np.complex128),
    "h": np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2),
    "cx": np.eye(4)[[0, 3, 2, 1]].astype(np.complex128),
    "swap": np.eye(4)[[0, 2, 1, 3]].astype(np.complex128),
}


class Instruction(NamedTuple):
    """One instruction.

    ``position`` counts the circuit's instructions. ``kind`` is ``gate``, ``epr``, ``measure`` or ``reset``. Bits are
    indices into the circuit's.
    """

    position: int
    kind: str
    qubits: tuple[int, ...]
    gate: GateInfo | None
    clbit: int
    condition: Condition | None


class _Leaf(NamedTuple):
    """One branch of an ``if``: the tests that lead there and what happens there (without conditions)."""

    tests: tuple[_Test, ...]
    body: tuple[Instruction, ...]


class _Test(NamedTuple):
    """A test on ``bits``: ``equals`` (value, or None where only ``holds`` knows), possibly negated."""

    bits: tuple[int, ...]
    equals: int | None
    holds: Callable[[dict[int, int]], bool]
    negate: bool = False


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
    def __init__(self, circuit: QuantumCircuit) -> None:
        self.circuit = circuit
        self.qubit = {bit: i for i, bit in enumerate(circuit.qubits)}
        self.clbit = {bit: i for i, bit in enumerate(circuit.clbits)}
        self.gates: dict[Any, GateInfo] = {}
        self.pair_definitions: dict[Any, bool] = {}

    def read(self) -> list[Instruction]:
        out: list[Instruction] = []
        for position, instruction in enumerate(self.circuit.data):
            if instruction.name == "if_else":
                out += self.conditional(position, instruction, self.qubit, self.clbit)
            elif (record := self.plain(position, instruction, self.qubit, self.clbit)) is not None:
                out.append(record)
        return out

    def plain(
        self, position: int, instruction: Any, qubit: dict[Any, int], clbit: dict[Any, int]
    ) -> Instruction | None:
        name = instruction.name
        qubits = tuple([qubit[q] for q in instruction.qubits])
        if name in _IGNORED:
            return None
        if name == "measure":
            return Instruction(position, "measure", qubits, None, clbit[instruction.clbits[0]], None)
        if name == "reset":
            return Instruction(position, "reset", qubits, None, -1, None)
        if instruction.clbits or not qubits:
            raise UnreadableError(f"instruction {position} is a {name!r}, which no emitted circuit holds")
        if name == "epr":
            self.check_pair(position, instruction)
            return Instruction(position, "epr", qubits, None, -1, None)
        return Instruction(position, "gate", qubits, self.gate(position, instruction), -1, None)

    def gate(self, position: int, instruction: Any) -> GateInfo:
        """The matrix of a gate, worked out once for every (gate, parameters)."""
        standard = instruction.is_standard_gate()
        key = (instruction.name, *instruction.params) if standard else _fingerprint(instruction.operation)
        try:
            known = self.gates.get(key)
        except TypeError:  # matrices as parameters cannot be hashed
            key, known = id(instruction), None
        if known is None:
            known = GateInfo(instruction.name, _matrix(position, instruction))
            self.gates[key] = known
        return known

    def check_pair(self, position: int, instruction: Any) -> None:
        """``epr`` must make (|00> + |11>)/sqrt 2 from |00>, if its definition says what it makes."""
        key = _fingerprint(instruction.operation)
        if key not in self.pair_definitions:
            made = _matrix(position, instruction)[:, 0] if instruction.operation.definition is not None else None
            bell = np.array([1, 0, 0, 1]) / np.sqrt(2)
            self.pair_definitions[key] = made is None or abs(np.vdot(bell, made)) > 1 - TOLERANCE
        if not self.pair_definitions[key]:
            raise UnreadableError(f"instruction {position} is an 'epr' whose definition makes no Bell pair")

    # ---- conditions -------------------------------------------------------------------------------------------

    def conditional(
        self, position: int, instruction: Any, qubit: dict[Any, int], clbit: dict[Any, int]
    ) -> Iterator[Instruction]:
        leaves = [leaf for leaf in self.leaves(position, instruction, qubit, clbit, ()) if leaf.body]
        groups: dict[Any, list[_Leaf]] = {}
        for leaf in leaves:
            groups.setdefault(tuple([(r.kind, r.qubits, id(r.gate), r.clbit) for r in leaf.body]), []).append(leaf)
        tested = {b for leaf in leaves for test in leaf.tests for b in test.bits}
        if len(groups) > 1 and any(r.clbit in tested for leaf in leaves for r in leaf.body):
            raise UnreadableError(f"instruction {position} writes a bit that its own branches depend on")
        for same in groups.values():
            condition = self.condition(position, same)
            if any(r.clbit in condition.clbits for r in same[0].body[:-1]):
                raise UnreadableError(f"instruction {position} writes a bit that it goes on to depend on")
            for record in same[0].body:
                yield record._replace(condition=condition)

    def leaves(
        self, position: int, instruction: Any, qubit: dict[Any, int], clbit: dict[Any, int], tests: tuple[_Test, ...]
    ) -> Iterator[_Leaf]:
        operation = instruction.operation
        test = self.test(position, operation.condition, clbit)
        for number, block in enumerate(operation.blocks):
            if block is None:
                continue
            path = (*tests, test if number == 0 else test._replace(negate=not test.negate))
            inner_qubit = {b: qubit[o] for b, o in zip(block.qubits, instruction.qubits, strict=True)}
            inner_clbit = {b: clbit[o] for b, o in zip(block.clbits, instruction.clbits, strict=True)}
            inner_clbit = {**clbit, **inner_clbit}
            nested = [i for i in block.data if i.name == "if_else"]
            if nested and len(block.data) > 1:
                raise UnreadableError(f"instruction {position} holds an if beside other instructions")
            for inner in nested:
                yield from self.leaves(position, inner, inner_qubit, inner_clbit, path)
            if not nested:
                body = [self.plain(position, i, inner_qubit, inner_clbit) for i in block.data]
                yield _Leaf(path, tuple([r for r in body if r is not None]))

    def test(self, position: int, condition: Any, clbit: dict[Any, int]) -> _Test:
        from qiskit.circuit import Clbit

        if isinstance(condition, tuple):
            target, value = condition
            bits = tuple([clbit[b] for b in ([target] if isinstance(target, Clbit) else target)])
            number = int(value)
            return _Test(bits, number, lambda known: _value(bits, known) == number)
        bits = tuple(dict.fromkeys(_expression_bits(condition, clbit)))
        try:
            evaluate = _compile(condition, clbit)
        except NotImplementedError as missing:
            raise UnreadableError(f"instruction {position} has a condition with {missing}") from None
        return _Test(bits, None, lambda known: bool(evaluate(known)))

    def condition(self, position: int, leaves: Sequence[_Leaf]) -> Condition:
        """The one condition under which any of ``leaves`` is reached."""
        if len(leaves) == 1 and len(leaves[0].tests) == 1 and leaves[0].tests[0].equals is not None:
            test = leaves[0].tests[0]
            assert test.equals is not None
            return Condition(test.bits, test.equals, test.negate)
        bits = tuple(sorted({b for leaf in leaves for test in leaf.tests for b in test.bits}))
        if len(bits) > MAX_TABLE_BITS:
            raise UnreadableError(f"instruction {position} has a condition on {len(bits)} bits that is no equality")
        table = np.zeros(1 << len(bits), dtype=bool)
        for value in range(len(table)):
            known = {b: value >> i & 1 for i, b in enumerate(bits)}
            table[value] = any(all(t.holds(known) != t.negate for t in leaf.tests) for leaf in leaves)
        bits, table = _drop_idle_bits(bits, table)
        rows = np.flatnonzero(table)
        if len(rows) == 1:
            return Condition(bits, int(rows[0]))
        rows = np.flatnonzero(~table)
        if len(rows) == 1:
            return Condition(bits, int(rows[0]), negate=True)
        raise UnreadableError(f"instruction {position} has a condition that is no equality of bits with a value")


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


def _matrix(position: int, instruction: Any) -> Matrix:
    from qiskit.exceptions import QiskitError
    from qiskit.quantum_info import Operator

    matrix = instruction.matrix
    if matrix is None:
        try:
            matrix = Operator(instruction.operation).data
        except (QiskitError, TypeError):
            raise UnreadableError(f"instruction {position} is a {instruction.name!r}, which is no gate") from None
    return np.asarray(matrix, dtype=np.complex128)


def _value(bits: Sequence[int], known: dict[int, int]) -> int:
    return sum(known[b] << i for i, b in enumerate(bits))


def _drop_idle_bits(bits: tuple[int, ...], table: np.ndarray) -> tuple[tuple[int, ...], np.ndarray]:
    """Leave out the bits on which the table does not depend."""
    kept = list(bits)
    for bit in bits:
        i = kept.index(bit)
        split = table.reshape(-1, 2, 1 << i)
        if (split[:, 0] == split[:, 1]).all():
            table = split[:, 0].reshape(-1)
            kept.remove(bit)
    return tuple(kept), table


def _expression_bits(node: Any, clbit: dict[Any, int]) -> Iterator[int]:
    from qiskit.circuit import ClassicalRegister, Clbit
    from qiskit.circuit.classical import expr

    for var in expr.iter_vars(node):
        if isinstance(var.var, Clbit):
            yield clbit[var.var]
        elif isinstance(var.var, ClassicalRegister):
            yield from [clbit[b] for b in var.var]


def _compile(node: Any, clbit: dict[Any, int]) -> Callable[[dict[int, int]], int]:
    """A classical expression as a function of the values of bits. NotImplementedError names what is not known."""
    from qiskit.circuit import ClassicalRegister, Clbit
    from qiskit.circuit.classical import expr

    match node:
        case expr.Var() if isinstance(node.var, Clbit | ClassicalRegister):
            target = node.var
            bits = [clbit[b] for b in ([target] if isinstance(target, Clbit) else target)]
            return lambda known: _value(bits, known)
        case expr.Value():
            return lambda known: int(node.value)
        case expr.Cast():
            operand = _compile(node.operand, clbit)
            return (lambda known: int(bool(operand(known)))) if node.type.kind.__name__ == "Bool" else operand
        case expr.Unary():
            operand = _compile(node.operand, clbit)
            if node.op is expr.Unary.Op.LOGIC_NOT or getattr(node.type, "width", 1) == 1:
                return lambda known: int(not operand(known))
            mask = (1 << node.type.width) - 1
            return lambda known: operand(known) ^ mask
        case expr.Index():
            operand, index = _compile(node.target, clbit), _compile(node.index, clbit)
            return lambda known: operand(known) >> index(known) & 1
        case expr.Binary() if node.op.name in _BINARY:
            left, right, act = _compile(node.left, clbit), _compile(node.right, clbit), _BINARY[node.op.name]
            return lambda known: act(left(known), right(known))
    raise NotImplementedError(f"a {type(node).__name__}")


_BINARY: dict[str, Callable[[int, int], int]] = {
    "BIT_AND": lambda a, b: a & b,
    "BIT_OR": lambda a, b: a | b,
    "BIT_XOR": lambda a, b: a ^ b,
    "LOGIC_AND": lambda a, b: int(bool(a) and bool(b)),
    "LOGIC_OR": lambda a, b: int(bool(a) or bool(b)),
    "EQUAL": lambda a, b: int(a == b),
    "NOT_EQUAL": lambda a, b: int(a != b),
    "LESS": lambda a, b: int(a < b),
    "LESS_EQUAL": lambda a, b: int(a <= b),
    "GREATER": lambda a, b: int(a > b),
    "GREATER_EQUAL": lambda a, b: int(a >= b),
}


def two_qubit_phases(matrix: Matrix) -> tuple[float, float, float]:
    """A diagonal two-qubit gate as RZZ and two phase gates: (angle of ZZ, phase on |1> of the first, of the second).

    The angle of ZZ is fixed only modulo pi; the one with the smaller phases is taken, so that RZZ is itself.
    """
    d = np.diag(matrix)
    zz = -cmath.phase(d[0] * d[3] / (d[1] * d[2])) / 2
    even, odd = cmath.exp(0.5j * zz), cmath.exp(-0.5j * zz)
    local = d * np.array([even, odd, odd, even])
    first, second = local[1] / local[0], local[2] / local[0]
    if first.real + second.real < 0:
        return math.remainder(zz + math.pi, 2 * math.pi), cmath.phase(-first), cmath.phase(-second)
    return zz, cmath.phase(first), cmath.phase(second)
