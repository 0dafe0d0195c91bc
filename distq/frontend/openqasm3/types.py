"""The classical types of OpenQASM 3, and casts between them.

A ``bit[n]`` is a tuple of n bits, least significant first; an array is nested tuples; an angle is its value in radians,
a duration is a :class:`Duration`. Casts are those of the language: integers wrap around, fixed-point angles are rounded
to the nearest one that their bits can hold.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from qiskit.circuit import ParameterExpression

from distq.errors import CircuitError
from distq.frontend.conditions import Cases, opposite
from distq.frontend.outcomes.values import Value, combine, equal_bits, from_cases, packed, truth


class Type(NamedTuple):
    """A type.

    Attributes
    ----------
    kind
        ``bit``, ``bool``, ``int``, ``uint``, ``float``, ``angle``, ``complex``, ``duration``, ``array`` or ``qubit``.
    size
        Width in bits, or the number of qubits; None if the declaration gives none.
    shape
        Of an array: its dimensions. ``kind`` is that of its elements then.
    """

    kind: str
    size: int | None = None
    shape: tuple[int, ...] = ()

    def __str__(self) -> str:
        one = self.kind if self.size is None else f"{self.kind}[{self.size}]"
        return one if not self.shape else f"array[{one}, {', '.join(map(str, self.shape))}]"

    @property
    def is_register(self) -> bool:
        """True for ``bit[n]``, whose values are tuples of bits."""
        return self.kind == "bit" and self.size is not None


class Typed(NamedTuple):
    """A value and its type."""

    type: Type
    value: Value


class Duration(NamedTuple):
    """A time in ``unit``; ``number`` is None where only a device knows it (stretch, durationof)."""

    number: float | None
    unit: str = "s"


BIT, BOOL, INT, FLOAT, ANGLE, COMPLEX, DURATION = (
    Type(kind) for kind in ("bit", "bool", "int", "float", "angle", "complex", "duration")
)
INTEGERS = ("int", "uint")

MAX_ANGLE_BITS = 52
"""Angles of more bits are as exact as a floating-point number is."""


def cast(given: Typed, wanted: Type, path: Cases) -> Value:
    """The value of ``given`` as the type ``wanted``, on ``path``. Raises CircuitError if there is no such cast."""
    if given.type == wanted:
        return given.value
    if given.type.shape or wanted.shape:
        if given.type.shape != wanted.shape:
            raise CircuitError(f"{given.type} is no {wanted}")
        return tuple([_cast_element(item, given.type, wanted, path) for item in given.value])
    if wanted.is_register:
        return _as_register(given, wanted, path)
    if given.type.is_register:
        if wanted.kind in ("bool", "bit"):
            return from_cases(opposite(equal_bits(given.value, 0)))
        given = Typed(Type("uint", given.type.size), packed(given.value, path))
        if wanted.kind == "angle":
            return combine(lambda k: 2 * math.pi * k / 2 ** _width(given.type), [given.value], path)
    return combine(lambda known: _cast_known(known, given.type, wanted), [given.value], path)


def truth_of(given: Typed) -> Cases:
    """Cases in which a value is true."""
    if given.type.is_register:
        return opposite(equal_bits(given.value, 0))
    if given.type.kind in ("duration", "qubit", "complex") or given.type.shape:
        raise CircuitError(f"{given.type} is no truth value")
    return truth(given.value)


def bits_of(given: Typed, path: Cases) -> tuple[Value, ...]:
    """The bits of a value, least significant first. Raises CircuitError if its type has none."""
    if given.type.is_register:
        return tuple(given.value)
    if given.type.kind not in (*INTEGERS, "angle") or given.type.size is None or given.type.shape:
        raise CircuitError(f"{given.type} has no bits")
    size = given.type.size

    def bit(number: Any, place: int) -> int:
        whole = round(number / (2 * math.pi) * 2**size) if given.type.kind == "angle" else int(number)
        return whole >> place & 1

    return tuple([combine(lambda known, i=i: bit(known, i), [given.value], path) for i in range(size)])


def from_bits(bits: tuple[Value, ...], wanted: Type, path: Cases) -> Value:
    """The value of a type whose bits these are."""
    return cast(Typed(Type("bit", len(bits)), bits), wanted, path)


def _cast_element(item: Any, given: Type, wanted: Type, path: Cases) -> Any:
    inner = given.shape[1:]
    return cast(Typed(given._replace(shape=inner), item), wanted._replace(shape=inner), path)


def _as_register(given: Typed, wanted: Type, path: Cases) -> tuple[Value, ...]:
    size = _width(wanted)
    if given.type.is_register:
        if given.type.size != size:
            raise CircuitError(f"{given.type} is no {wanted}", "take a slice, or join registers with ++")
        return tuple(given.value)
    if given.type.kind in ("bit", "bool"):
        return (cast(given, BIT, path), *[0] * (size - 1))
    if given.type.kind not in (*INTEGERS, "angle"):
        raise CircuitError(f"{given.type} is no {wanted}")
    source = given.type if given.type.kind == "angle" and given.type.size else Type("uint", size)
    if source.kind == "uint":
        given = Typed(source, combine(lambda known: int(known) % (1 << size), [given.value], path))
    return bits_of(given, path)


def _cast_known(known: Any, given: Type, wanted: Type) -> Any:
    """A cast of a value that is known, and no register."""
    if isinstance(known, ParameterExpression):
        if wanted.kind in ("float", "angle"):
            return known
        raise CircuitError(f"an input parameter has no value yet, so it is no {wanted}", "give it a value")
    if (given.kind == "duration") != (wanted.kind == "duration") or "qubit" in (given.kind, wanted.kind):
        raise CircuitError(f"{given} is no {wanted}")
    match wanted.kind:
        case "bool":
            return bool(known)
        case "bit":
            return int(bool(known))
        case "int" | "uint":
            return wrapped(int(known), wanted)
        case "float":
            return _real(known, wanted)
        case "angle":
            return _rounded_angle(_real(known, wanted), wanted)
    return known


def _real(known: Any, wanted: Type) -> float:
    if isinstance(known, complex):
        raise CircuitError(f"a complex number is no {wanted}")
    return float(known)


def _rounded_angle(radians: float, wanted: Type) -> float:
    """An angle of a limited number of bits, in [0, 2 pi); any other as it is."""
    if wanted.size is None or wanted.size > MAX_ANGLE_BITS:
        return radians
    steps = 1 << wanted.size
    return 2 * math.pi * (round(radians / (2 * math.pi) * steps) % steps) / steps


def wrapped(number: int, wanted: Type) -> int:
    """An integer as one of the width of a type: modulo a power of two."""
    if wanted.size is None:
        if number < 0 and wanted.kind == "uint":
            raise CircuitError(f"{number} is no uint")
        return number
    number %= 1 << wanted.size
    return number - (1 << wanted.size) if wanted.kind == "int" and number >> (wanted.size - 1) else number


def _width(wanted: Type) -> int:
    assert wanted.size is not None
    return wanted.size
