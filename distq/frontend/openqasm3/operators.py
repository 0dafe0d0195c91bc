"""Operators and functions of OpenQASM 3 on values of which some may depend on measured bits.

Quotients of integers are exact: 3 / 5 is 0.6, and 6 / 3 is the integer 2. Open parameters may be added, multiplied and
put into the functions that Qiskit's expressions know.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from qiskit.circuit import ParameterExpression

from distq.errors import CircuitError
from distq.frontend.conditions import Cases, join, meet, opposite
from distq.frontend.openqasm3.types import (
    BIT,
    BOOL,
    COMPLEX,
    DURATION,
    FLOAT,
    INT,
    INTEGERS,
    Duration,
    Type,
    Typed,
    bits_of,
    cast,
    from_bits,
    truth_of,
    wrapped,
)
from distq.frontend.outcomes.values import Uncertain, Value, combine, equal_bits, from_cases

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BITWISE: dict[str, Callable[[int, int], int]] = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
MAX_POWER = 4096
"""Integers are raised to powers, and shifted by places, of this size at most."""

_RANKS = ("bool", "bit", "uint", "int", "float", "angle", "complex")


def binary(op: str, left: Typed, right: Typed, path: Cases) -> Typed:
    """``left op right`` on ``path``. Raises CircuitError if the operator does not take these."""
    if op in ("&&", "||"):
        first, second = truth_of(left), truth_of(right)
        return Typed(BOOL, from_cases(meet(first, second) if op == "&&" else join(first, second)))
    if left.type.shape or right.type.shape or "qubit" in (left.type.kind, right.type.kind):
        raise CircuitError(f"{op!r} does not take {left.type} and {right.type}")
    if op in _COMPARE:
        return Typed(BOOL, _compared(op, left, right, path))
    if op in _BITWISE and left.type.is_register and left.type == right.type:
        pairs = zip(left.value, right.value, strict=True)
        return Typed(left.type, tuple([combine(_BITWISE[op], pair, path) for pair in pairs]))
    if op in ("<<", ">>"):
        return _shifted(op, left, right, path)
    left, right = _number(left, path), _number(right, path)
    kind = _result(op, left.type, right.type)
    value = combine(lambda a, b: _arithmetic(op, a, b, kind), [left.value, right.value], path)
    if kind.kind in INTEGERS and _has_fractions(value):
        kind = FLOAT
    return Typed(kind, value)


def unary(op: str, given: Typed, path: Cases) -> Typed:
    """``op given`` on ``path``. Raises CircuitError if the operator does not take it."""
    if op == "!" or (op == "~" and given.type in (BIT, BOOL)):
        return Typed(BOOL, from_cases(opposite(truth_of(given))))
    if op == "~":
        flipped = tuple([combine(lambda bit: 1 - bit, [bit], path) for bit in bits_of(given, path)])
        return Typed(given.type, from_bits(flipped, given.type, path))
    given = _number(given, path)
    kind = Type("int", given.type.size) if given.type.kind in ("uint", "bit", "bool") else given.type
    return Typed(kind, combine(lambda known: _negative(known), [given.value], path))


def _negative(known: Any) -> Any:
    if isinstance(known, Duration):
        return Duration(None if known.number is None else -known.number, known.unit)
    return -known


def _number(given: Typed, path: Cases) -> Typed:
    """A register of bits as the number that it holds."""
    if not given.type.is_register:
        return given
    kind = Type("uint", given.type.size)
    return Typed(kind, cast(given, kind, path))


def _result(op: str, left: Type, right: Type) -> Type:
    """The type of a result of arithmetic."""
    if DURATION in (left, right):
        return FLOAT if op == "/" and left == right else DURATION
    if left.kind not in _RANKS or right.kind not in _RANKS:
        raise CircuitError(f"{op!r} does not take {left} and {right}")
    higher = max((left, right), key=lambda kind: _RANKS.index(kind.kind))
    if higher.kind in ("bit", "bool"):
        return INT
    if higher.kind in INTEGERS:
        sizes = [kind.size for kind in (left, right) if kind.kind in INTEGERS]
        typed = [size for size in sizes if size is not None]
        return Type(higher.kind, max(typed) if typed and len(typed) == len(sizes) else None)
    return FLOAT if higher.kind == "angle" else Type(higher.kind)


def _arithmetic(op: str, a: Any, b: Any, kind: Type) -> Any:
    """Arithmetic of known values."""
    if isinstance(a, Duration) or isinstance(b, Duration):
        return _durations(op, a, b)
    try:
        match op:
            case "+" | "-" | "*":
                found = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op](a, b)
            case "/":
                found = a // b if kind.kind in INTEGERS and b and a % b == 0 else a / b
            case "%":
                found = a % b if kind.kind in INTEGERS else math.fmod(a, b)
            case "**":
                if isinstance(a, int) and isinstance(b, int) and b > MAX_POWER:
                    raise CircuitError(f"the power {b} of an integer is too large", f"at most {MAX_POWER} is taken")
                found = a**b
            case "&" | "|" | "^":
                found = _BITWISE[op](a, b)
            case _:
                raise CircuitError(f"the operator {op!r} is not supported")
    except ZeroDivisionError:
        raise CircuitError("division by zero") from None
    except (TypeError, OverflowError) as error:
        raise CircuitError(f"{op!r} cannot be computed: {error}") from None
    return wrapped(found, kind) if kind.kind in INTEGERS and isinstance(found, int) and kind.size else found


def _durations(op: str, a: Any, b: Any) -> Any:
    """Arithmetic of times; unknown where one of them is, or where their units differ."""
    one, two = (x if isinstance(x, Duration) else Duration(float(x), "") for x in (a, b))
    unit = one.unit or two.unit
    if one.number is None or two.number is None or len({one.unit, two.unit} - {""}) > 1:
        return Duration(None)
    found = _arithmetic(op, one.number, two.number, FLOAT)
    return found if op == "/" and one.unit and two.unit else Duration(float(found), unit)


def _has_fractions(value: Value) -> bool:
    known = [choice for choice, _ in value.choices] if isinstance(value, Uncertain) else [value]
    return any(isinstance(choice, float | ParameterExpression) for choice in known)


def _compared(op: str, left: Typed, right: Typed, path: Cases) -> Value:
    """The truth value of a comparison; one of a register with a number needs no table of all that it can hold."""
    for one, other in ((left, right), (right, left)):
        number = _known_integer(other)
        if op in ("==", "!=") and number is not None:
            if one.type.is_register:
                cases = equal_bits(one.value, number)
                return from_cases(cases if op == "==" else opposite(cases))
            if one.type.kind in INTEGERS and one.type.size is not None and other.type == INT:
                number = wrapped(number, one.type)  # int[2](b) == 3 means the bits 11
                return combine(_COMPARE[op], [one.value, number], path)
    left, right = _number(left, path), _number(right, path)
    try:
        return combine(lambda a, b: bool(_COMPARE[op](a, b)), [left.value, right.value], path)
    except TypeError:
        raise CircuitError(f"{op!r} cannot compare {left.type} with {right.type}") from None


def _known_integer(given: Typed) -> int | None:
    if given.type.is_register:
        if any(isinstance(bit, Uncertain) for bit in given.value):
            return None
        return sum(int(bit) << i for i, bit in enumerate(given.value))
    return int(given.value) if isinstance(given.value, int) and given.type.kind != "duration" else None


def _shifted(op: str, left: Typed, right: Typed, path: Cases) -> Typed:
    """Shifts keep the width of what is shifted; an integer without one grows."""
    places = _number(right, path).value
    if isinstance(places, int) and places > MAX_POWER:
        raise CircuitError(f"a shift by {places} places is too far", f"at most {MAX_POWER} are taken")
    if left.type.size is None:
        act = operator.lshift if op == "<<" else operator.rshift
        return Typed(INT, combine(lambda a, b: act(int(a), int(b)), [left.value, _number(right, path).value], path))
    by = _known_integer(right)
    if by is None or by < 0:
        raise CircuitError("only shifts by a known number of places are supported")
    bits = bits_of(left, path)
    size = len(bits)
    moved = (*[0] * min(by, size), *bits[: max(size - by, 0)]) if op == "<<" else (*bits[by:], *[0] * min(by, size))
    return Typed(left.type, from_bits(moved, left.type, path))


_REAL: dict[str, Callable[[Any], Any]] = {
    "arccos": math.acos,
    "arcsin": math.asin,
    "arctan": math.atan,
    "ceiling": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
_EXPRESSIONS = {"arccos": "arccos", "arcsin": "arcsin", "arctan": "arctan"} | {
    name: name for name in ("cos", "exp", "log", "sin", "tan")
}
_COMPLEX: dict[str, Callable[[Any], Any]] = {"exp": cmath.exp, "sqrt": cmath.sqrt, "cos": cmath.cos, "sin": cmath.sin}
FUNCTIONS = frozenset([*_REAL, "mod", "pow", "popcount", "rotl", "rotr", "real", "imag", "abs"])
"""Names of the functions of the language, but for ``sizeof``."""


def call(name: str, arguments: Sequence[Typed], path: Cases) -> Typed:
    """One of :data:`FUNCTIONS` of its arguments, on ``path``. Raises CircuitError if it does not take them."""
    wanted = 2 if name in ("mod", "pow", "rotl", "rotr") else 1
    if len(arguments) != wanted:
        raise CircuitError(f"{name} takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}")
    if name in ("mod", "pow"):
        return binary("%" if name == "mod" else "**", arguments[0], arguments[1], path)
    if name in ("rotl", "rotr"):
        return _rotated(name, arguments[0], arguments[1], path)
    if name == "popcount":
        return Typed(Type("uint"), combine(lambda *bits: sum(map(int, bits)), bits_of(arguments[0], path), path))
    given = _number(arguments[0], path)
    value = combine(lambda known: _function(name, known), [given.value], path)
    kind = INT if name in ("ceiling", "floor") else FLOAT
    return Typed(COMPLEX if isinstance(value, complex) else kind, value)


def _rotated(name: str, given: Typed, by: Typed, path: Cases) -> Typed:
    places = _known_integer(by)
    if places is None:
        raise CircuitError(f"{name} is supported by a known number of places only")
    bits = bits_of(given, path)
    start = (-places if name == "rotl" else places) % len(bits)
    return Typed(given.type, from_bits((*bits[start:], *bits[:start]), given.type, path))


def _function(name: str, known: Any) -> Any:
    """A function of one known number."""
    try:
        if isinstance(known, ParameterExpression):
            if name == "sqrt":
                return known**0.5
            if name == "abs":
                return abs(known)
            return getattr(known, _EXPRESSIONS[name])()
        if name in ("real", "imag"):
            return float(getattr(complex(known), name))
        if name == "abs":
            return abs(known)
        return _COMPLEX[name](known) if isinstance(known, complex) else _REAL[name](known)
    except (ValueError, OverflowError, TypeError, KeyError):
        raise CircuitError(f"{name}({known}) cannot be computed") from None
