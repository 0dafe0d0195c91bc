"""Conditions of nested ``if``s as values of classical bits.

In: the tests along the way into a branch, as Qiskit has them. Out: one :class:`distq.ir.program.Condition` on the bits,
where several branches that do the same may be reached under different tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from distq.ir.program import Condition
from distq.verification.unreadable import UnreadableError

MAX_TABLE_BITS = 12
"""Truth tables are made for conditions on at most this many bits."""

BitValues: TypeAlias = "dict[int, int]"


class BitTest(NamedTuple):
    """A test on classical bits.

    Attributes
    ----------
    bits
        Indices of the bits that it reads, least significant first.
    equals
        The value that they are compared with; None where only ``holds`` knows.
    holds
        Whether it is passed, given the value of every bit.
    negate
        True if the branch is taken where it is not passed.
    """

    bits: tuple[int, ...]
    equals: int | None
    holds: Callable[[BitValues], bool]
    negate: bool = False

    @property
    def opposite(self) -> BitTest:
        """The test that leads into the other branch."""
        return self._replace(negate=not self.negate)


def read_test(position: int, condition: Any, clbit: Mapping[Any, int]) -> BitTest:
    """The test of an ``if``.

    Parameters
    ----------
    position
        Number of the instruction, for messages.
    condition
        Qiskit's (target, value) or expression.
    clbit
        Index of every classical bit.

    Raises
    ------
    UnreadableError
        If the expression holds something that cannot be evaluated.
    """
    from qiskit.circuit import Clbit

    if isinstance(condition, tuple):
        target, value = condition
        bits = tuple([clbit[b] for b in ([target] if isinstance(target, Clbit) else target)])
        number = int(value)
        return BitTest(bits, number, lambda known: _value(bits, known) == number)
    bits = tuple(dict.fromkeys(_expression_bits(condition, clbit)))
    evaluate = _compile(position, condition, clbit)
    return BitTest(bits, None, lambda known: bool(evaluate(known)))


def joint_condition(position: int, paths: Sequence[tuple[BitTest, ...]]) -> Condition:
    """The one condition under which any of ``paths`` is taken.

    Parameters
    ----------
    position
        Number of the instruction, for messages.
    paths
        Per branch: the tests that lead there, all of which must be passed.

    Raises
    ------
    UnreadableError
        If that is no "bits equal (not equal) a value", or on too many bits to find out.
    """
    if len(paths) == 1 and len(paths[0]) == 1:
        (test,) = paths[0]
        if test.equals is not None:
            return Condition(test.bits, test.equals, test.negate)
    bits = tuple(sorted({b for path in paths for test in path for b in test.bits}))
    if len(bits) > MAX_TABLE_BITS:
        raise UnreadableError(f"instruction {position} has a condition on {len(bits)} bits that is no equality")
    table = np.zeros(1 << len(bits), dtype=bool)
    for value in range(len(table)):
        known = {b: value >> i & 1 for i, b in enumerate(bits)}
        table[value] = any(all(test.holds(known) != test.negate for test in path) for path in paths)
    bits, table = _drop_idle_bits(bits, table)
    rows = np.flatnonzero(table)
    if len(rows) == 1:
        return Condition(bits, int(rows[0]))
    rows = np.flatnonzero(~table)
    if len(rows) == 1:
        return Condition(bits, int(rows[0]), negate=True)
    raise UnreadableError(f"instruction {position} has a condition that is no equality of bits with a value")


def _value(bits: Sequence[int], known: BitValues) -> int:
    """The number that the bits hold, least significant first."""
    return sum(known[b] << i for i, b in enumerate(bits))


def _drop_idle_bits(bits: tuple[int, ...], table: np.ndarray) -> tuple[tuple[int, ...], np.ndarray]:
    """Leave out the bits on which a truth table, shape (2^bits,), does not depend."""
    kept = list(bits)
    for bit in bits:
        i = kept.index(bit)
        split = table.reshape(-1, 2, 1 << i)
        if (split[:, 0] == split[:, 1]).all():
            table = split[:, 0].reshape(-1)
            kept.remove(bit)
    return tuple(kept), table


def _expression_bits(node: Any, clbit: Mapping[Any, int]) -> Iterator[int]:
    """Indices of the bits that a classical expression reads; some may come twice."""
    from qiskit.circuit import ClassicalRegister, Clbit
    from qiskit.circuit.classical import expr

    for var in expr.iter_vars(node):
        if isinstance(var.var, Clbit):
            yield clbit[var.var]
        elif isinstance(var.var, ClassicalRegister):
            yield from [clbit[b] for b in var.var]


def _compile(position: int, node: Any, clbit: Mapping[Any, int]) -> Callable[[BitValues], int]:
    """A classical expression as a function of the values of bits."""
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
            operand = _compile(position, node.operand, clbit)
            return (lambda known: int(bool(operand(known)))) if node.type.kind.__name__ == "Bool" else operand
        case expr.Unary():
            operand = _compile(position, node.operand, clbit)
            if node.op is expr.Unary.Op.LOGIC_NOT or getattr(node.type, "width", 1) == 1:
                return lambda known: int(not operand(known))
            mask = (1 << node.type.width) - 1
            return lambda known: operand(known) ^ mask
        case expr.Index():
            operand, index = _compile(position, node.target, clbit), _compile(position, node.index, clbit)
            return lambda known: operand(known) >> index(known) & 1
        case expr.Binary() if node.op.name in _BINARY:
            left, right = _compile(position, node.left, clbit), _compile(position, node.right, clbit)
            act = _BINARY[node.op.name]
            return lambda known: act(left(known), right(known))
    raise UnreadableError(f"instruction {position} has a condition with a {type(node).__name__}")


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
