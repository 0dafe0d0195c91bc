"""Conditions of ``if``/``else`` as values of classical bits.

In: Qiskit's conditions and expressions. Out: *cases*, conditions of which at most one holds at a time and one holds
exactly if the expression does. A gate under several cases is written once for each; copies serve them together, so a
condition such as ``a || b`` costs no more Bell pairs than ``a``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr, types

from distq.errors import CircuitError
from distq.ir.program import Condition

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import IfElseOp

Cases: TypeAlias = tuple[Condition, ...]

ALWAYS = Condition((), 0)
"""The condition that is always true."""

ALL_CASES: Cases = (ALWAYS,)
NO_CASES: Cases = ()

MAX_CASES = 256
"""A condition that falls into more cases is refused: every gate under it would be written so many times."""

MAX_TABLE_BITS = 12
"""Truth tables are made of expressions on at most so many bits."""

_HINT = "test fewer bits, or compute the condition into one classical bit"


def branches(operation: IfElseOp, clbit_of: Mapping[Any, int]) -> Iterator[tuple[Cases, QuantumCircuit]]:
    """Cases and body of each branch of ``operation``; ``clbit_of`` gives the indices of classical bits."""
    cases = cases_of(operation.condition, clbit_of)
    yield cases, operation.blocks[0]
    if len(operation.blocks) > 1 and operation.blocks[1] is not None and len(operation.blocks[1].data):
        yield opposite(cases), operation.blocks[1]


def cases_of(condition: Any, clbit_of: Mapping[Any, int]) -> Cases:
    """Cases of Qiskit's condition: an expression, or a bit or register and its value.

    Raises
    ------
    CircuitError
        It falls into too many cases, or holds something that is no expression of classical bits.
    """
    if isinstance(condition, expr.Expr):
        return _expression(condition, clbit_of)
    target, value = condition
    return _equal(target, int(value), clbit_of)


def meet(a: Cases, b: Cases) -> Cases:
    """Cases in which both hold."""
    if a == ALL_CASES:
        return b
    if b == ALL_CASES or a == b:
        return a
    found = [joint for x in a for y in b for joint in _both(x, y)]
    return _limited(found)


def join(a: Cases, b: Cases) -> Cases:
    """Cases in which at least one holds."""
    apart = a != ALL_CASES and b != ALL_CASES and not meet(a, b)
    return _limited([*a, *(b if apart else meet(opposite(a), b))])


def opposite(cases: Cases) -> Cases:
    """Cases in which none of these hold."""
    found = ALL_CASES
    for case in cases:
        found = meet(found, _not(case))
    return found


def _not(case: Condition) -> Cases:
    """The opposite of one condition; of a single bit without ``negate``."""
    if not case.clbits:
        return NO_CASES
    if len(case.clbits) == 1 and not case.negate:
        return (Condition(case.clbits, 1 - case.value),)
    return (Condition(case.clbits, case.value, not case.negate),)


def _both(a: Condition, b: Condition) -> Cases:
    """The cases of "a and b"."""
    if a == b:
        return (a,)
    if not (a.negate or b.negate):
        return _values_of_both(a, b)
    if _not(a) == (b,):
        return NO_CASES
    return tuple([joint for x in _without_negation(a) for y in _without_negation(b) for joint in _values_of_both(x, y)])


def _values_of_both(a: Condition, b: Condition) -> Cases:
    """ "a and b", both of which are values of bits: one case, or none if they differ on a bit."""
    values = {bit: a.value >> i & 1 for i, bit in enumerate(a.clbits)}
    for i, bit in enumerate(b.clbits):
        if values.setdefault(bit, b.value >> i & 1) != b.value >> i & 1:
            return NO_CASES
    return (Condition(tuple(values), sum(v << i for i, v in enumerate(values.values()))),)


def _without_negation(case: Condition) -> Cases:
    """A register's not having a value as cases: the first bit that differs is the first, the second, ..."""
    if not case.negate:
        return (case,)
    found = []
    for i in range(len(case.clbits)):
        equal = case.value & ((1 << i) - 1)
        found.append(Condition(case.clbits[: i + 1], equal | (1 - (case.value >> i & 1)) << i))
    return tuple(found)


def _limited(cases: list[Condition]) -> Cases:
    if len(cases) > MAX_CASES:
        raise CircuitError(f"a condition falls into more than {MAX_CASES} cases of bits and values", _HINT)
    return tuple(cases)


def _equal(target: Clbit | ClassicalRegister, value: int, clbit_of: Mapping[Any, int]) -> Cases:
    """The condition that a bit or register has a value; simplified where that is always or never so."""
    bits = (target,) if isinstance(target, Clbit) else tuple(target)
    if value < 0 or value >> len(bits):
        return NO_CASES
    return (Condition(tuple([clbit_of[bit] for bit in bits]), value),) if bits else ALL_CASES


def _target(node: expr.Expr) -> Clbit | ClassicalRegister | None:
    """The bit or register that an expression reads, None if it is anything else."""
    match node:
        case expr.Cast():
            return _target(node.operand)
        case expr.Var() if isinstance(node.var, Clbit | ClassicalRegister):
            return node.var
        case expr.Index() if isinstance(node.index, expr.Value):
            register = _target(node.target)
            return register[node.index.value] if isinstance(register, ClassicalRegister) else None
    return None


def _expression(node: expr.Expr, clbit_of: Mapping[Any, int]) -> Cases:
    """Cases of an expression that is read as a truth value."""
    match node:
        case expr.Value():
            return ALL_CASES if node.value else NO_CASES
        case expr.Unary() if _negates(node):
            return opposite(_expression(node.operand, clbit_of))
        case expr.Binary() if node.op.name in _CONNECTIVES and _boolean(node.left) and _boolean(node.right):
            left, right = _expression(node.left, clbit_of), _expression(node.right, clbit_of)
            return _CONNECTIVES[node.op.name](left, right)
        case expr.Binary() if node.op in (expr.Binary.Op.EQUAL, expr.Binary.Op.NOT_EQUAL):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                target, value = _target(side), _value(other)
                if target is not None and value is not None:
                    equal = _equal(target, value, clbit_of)
                    return equal if node.op is expr.Binary.Op.EQUAL else opposite(equal)
    target = _target(node)
    if isinstance(target, Clbit):
        return _equal(target, 1, clbit_of)
    if isinstance(target, ClassicalRegister):  # a register read as a truth value: any bit is 1
        return opposite(_equal(target, 0, clbit_of))
    return _table(node, clbit_of)


_CONNECTIVES: dict[str, Callable[[Cases, Cases], Cases]] = {
    "LOGIC_AND": meet,
    "BIT_AND": meet,
    "LOGIC_OR": join,
    "BIT_OR": join,
    "BIT_XOR": lambda a, b: _limited([*meet(a, opposite(b)), *meet(opposite(a), b)]),
    "NOT_EQUAL": lambda a, b: _limited([*meet(a, opposite(b)), *meet(opposite(a), b)]),
    "EQUAL": lambda a, b: _limited([*meet(a, b), *meet(opposite(a), opposite(b))]),
}
"""Operators on two truth values."""


def _negates(node: expr.Unary) -> bool:
    return node.op in (expr.Unary.Op.LOGIC_NOT, expr.Unary.Op.BIT_NOT) and _boolean(node.operand)


def _boolean(node: expr.Expr) -> bool:
    """True if an expression is a truth value."""
    return bool(node.type == types.Bool())


def _value(node: expr.Expr) -> int | None:
    """The number that an expression is, None if it is none."""
    if isinstance(node, expr.Cast):
        return _value(node.operand)
    return int(node.value) if isinstance(node, expr.Value) else None


def _table(node: expr.Expr, clbit_of: Mapping[Any, int]) -> Cases:
    """Cases of any other expression: those rows of its truth table, shortened, in which it is true."""
    bits = []
    for var in expr.iter_vars(node):
        if not isinstance(var.var, Clbit | ClassicalRegister):
            raise CircuitError(f"a condition depends on the classical variable {var.name!r}", _VARIABLE_HINT)
        bits += [var.var] if isinstance(var.var, Clbit) else list(var.var)
    bits = list(dict.fromkeys(bits))
    if len(bits) > MAX_TABLE_BITS:
        raise CircuitError(
            f"a condition computes with {len(bits)} classical bits; {MAX_TABLE_BITS} are the most for arithmetic", _HINT
        )
    rows = [bool(_evaluate(node, {b: r >> i & 1 for i, b in enumerate(bits)})) for r in range(1 << len(bits))]
    return _limited(list(shortened(rows, [clbit_of[b] for b in bits])))


_VARIABLE_HINT = "replace variables by classical bits and registers"


def shortened(rows: list[bool], bits: list[int]) -> Cases:
    """Cases in which a truth table is true; row i is that in which bit k of ``bits`` is bit k of i."""
    return tuple(_rows(rows, (), 0, bits))


def _rows(rows: list[bool], known: tuple[int, ...], value: int, bits: list[int]) -> Iterator[Condition]:
    """True rows of a truth table as conditions on its last bits, split bit by bit where both values occur."""
    if not any(rows):
        return
    if all(rows):
        yield Condition(known, value)
        return
    half = len(rows) // 2
    if rows[:half] == rows[half:]:
        yield from _rows(rows[:half], known, value, bits[:-1])
        return
    for one, part in enumerate((rows[:half], rows[half:])):
        yield from _rows(part, (*known, bits[-1]), value | one << len(known), bits[:-1])


def _evaluate(node: expr.Expr, values: Mapping[Clbit, int]) -> int:
    """The value of an expression for given bits."""
    match node:
        case expr.Var():
            bits = [node.var] if isinstance(node.var, Clbit) else list(node.var)
            return sum(values[bit] << i for i, bit in enumerate(bits))
        case expr.Value():
            return int(node.value)
        case expr.Cast():
            operand = _evaluate(node.operand, values)
            return int(bool(operand)) if _boolean(node) else operand & _mask(node)
        case expr.Unary() if node.op is expr.Unary.Op.LOGIC_NOT:
            return int(not _evaluate(node.operand, values))
        case expr.Unary() if node.op is expr.Unary.Op.BIT_NOT:
            return ~_evaluate(node.operand, values) & _mask(node)
        case expr.Index():
            return _evaluate(node.target, values) >> _evaluate(node.index, values) & 1
        case expr.Binary() if node.op.name in OPERATORS:
            left, right = _evaluate(node.left, values), _evaluate(node.right, values)
            return OPERATORS[node.op.name](left, right) & _mask(node)
    raise CircuitError(f"the condition {node} is not supported", _HINT)


def _mask(node: expr.Expr) -> int:
    """All bits of a value of the node's type."""
    return (1 << int(getattr(node.type, "width", 1))) - 1


OPERATORS: dict[str, Callable[[int, int], int]] = {
    "BIT_AND": lambda a, b: a & b,
    "BIT_OR": lambda a, b: a | b,
    "BIT_XOR": lambda a, b: a ^ b,
    "LOGIC_AND": lambda a, b: int(bool(a and b)),
    "LOGIC_OR": lambda a, b: int(bool(a or b)),
    "EQUAL": lambda a, b: int(a == b),
    "NOT_EQUAL": lambda a, b: int(a != b),
    "LESS": lambda a, b: int(a < b),
    "LESS_EQUAL": lambda a, b: int(a <= b),
    "GREATER": lambda a, b: int(a > b),
    "GREATER_EQUAL": lambda a, b: int(a >= b),
    "SHIFT_LEFT": lambda a, b: a << b,
    "SHIFT_RIGHT": lambda a, b: a >> b,
    "ADD": lambda a, b: a + b,
    "SUB": lambda a, b: a - b,
    "MUL": lambda a, b: a * b,
    "DIV": lambda a, b: a // b if b else 0,
}
"""Operators of Qiskit's expressions on numbers."""
