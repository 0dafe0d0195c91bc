"""Conditions of ``if``/``else`` as values of classical bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr

from distq.errors import CircuitError
from distq.ir.program import Condition

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import IfElseOp

ALWAYS = Condition((), 0)
"""The condition that is always true. Its negation is never true."""

_HINT = "conditions may be a bit, a register == or != a number, their negation, and 'and' of these"


def branches(operation: IfElseOp, clbit_of: Mapping[Any, int]) -> Iterator[tuple[Condition, QuantumCircuit]]:
    """Condition and body of each branch of ``operation``; ``clbit_of`` gives the indices of classical bits."""
    condition = _condition(operation.condition, clbit_of)
    yield condition, operation.blocks[0]
    if len(operation.blocks) > 1 and operation.blocks[1] is not None and len(operation.blocks[1].data):
        yield invert(condition), operation.blocks[1]


def invert(condition: Condition) -> Condition:
    """The opposite condition; of a single bit without ``negate``."""
    if len(condition.clbits) == 1 and not condition.negate:
        return Condition(condition.clbits, 1 - condition.value)
    return Condition(condition.clbits, condition.value, not condition.negate)


def both(a: Condition | None, b: Condition) -> Condition | None:
    """The condition "a and b" (a = None: always); None if that is never true.

    Raises
    ------
    CircuitError
        If it is not the value of a set of bits, e.g. because one of the two is a register's not having some value.
    """
    a = ALWAYS if a is None else a
    if never(a) or never(b):
        return None
    if not a.clbits or not b.clbits:
        return a if not b.clbits else b
    if a.negate or b.negate:
        if a == b:
            return a
        if a == invert(b):
            return None
        raise CircuitError(
            "nested conditions of which one is 'register is not a value' are not supported", "test single bits instead"
        )
    values = {bit: a.value >> i & 1 for i, bit in enumerate(a.clbits)}
    for i, bit in enumerate(b.clbits):
        if values.setdefault(bit, b.value >> i & 1) != b.value >> i & 1:
            return None
    return Condition(tuple(values), sum(v << i for i, v in enumerate(values.values())))


def never(condition: Condition) -> bool:
    """True if the condition cannot hold."""
    return not condition.clbits and condition.negate


def _condition(condition: Any, clbit_of: Mapping[Any, int]) -> Condition:
    if isinstance(condition, expr.Expr):
        return _expression(condition, clbit_of)
    target, value = condition
    return _equal(target, int(value), clbit_of)


def _equal(target: Clbit | ClassicalRegister, value: int, clbit_of: Mapping[Any, int]) -> Condition:
    """ "target == value"; simplified where that is always or never so."""
    bits = (target,) if isinstance(target, Clbit) else tuple(target)
    if value < 0 or value >> len(bits):
        return invert(ALWAYS)
    return Condition(tuple([clbit_of[bit] for bit in bits]), value)


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


def _expression(node: expr.Expr, clbit_of: Mapping[Any, int]) -> Condition:
    match node:
        case expr.Unary() if node.op in (expr.Unary.Op.LOGIC_NOT, expr.Unary.Op.BIT_NOT) and _boolean(node.operand):
            return invert(_expression(node.operand, clbit_of))
        case expr.Binary() if node.op in (expr.Binary.Op.LOGIC_AND, expr.Binary.Op.BIT_AND) and _boolean(node.left):
            joint = both(_expression(node.left, clbit_of), _expression(node.right, clbit_of))
            return joint if joint is not None else invert(ALWAYS)
        case expr.Binary() if node.op in (expr.Binary.Op.EQUAL, expr.Binary.Op.NOT_EQUAL):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                target, value = _target(side), _value(other)
                if target is not None and value is not None:
                    equal = _equal(target, value, clbit_of)
                    return equal if node.op is expr.Binary.Op.EQUAL else invert(equal)
        case expr.Value():
            return ALWAYS if node.value else invert(ALWAYS)
        case _:
            target = _target(node)
            if isinstance(target, Clbit):
                return _equal(target, 1, clbit_of)
            if isinstance(target, ClassicalRegister):  # a register read as a truth value: any bit is 1
                return invert(_equal(target, 0, clbit_of))
    raise CircuitError(f"the condition {node} is not supported", _HINT)


def _boolean(node: expr.Expr) -> bool:
    from qiskit.circuit.classical import types

    return bool(node.type == types.Bool())


def _value(node: expr.Expr) -> int | None:
    if isinstance(node, expr.Cast):
        return _value(node.operand)
    return int(node.value) if isinstance(node, expr.Value) else None
