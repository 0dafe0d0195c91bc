"""Values that may depend on measurement outcomes, and how to compute with them.

A value is anything hashable if it is known, or :class:`Uncertain`. Every measurement makes a new *outcome*, a number;
the ``clbits`` of the conditions here are outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from distq.errors import CircuitError
from distq.frontend.conditions import ALL_CASES, NO_CASES, Cases, join, meet, opposite, shortened
from distq.ir.program import Condition

Value: TypeAlias = Any

MAX_CHOICES = 2048
"""A value that can be more than so many different things is refused."""

MAX_TABLE_OUTCOMES = 10
"""Cases that depend on at most so many outcomes are written as briefly as their truth table allows."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value that depends on outcomes: what it can be, and the cases in which it is that; these are disjoint."""

    choices: tuple[tuple[Any, Cases], ...]


def outcome_bit(outcome: int) -> Uncertain:
    """The bit, 0 or 1, that a measurement has given."""
    return Uncertain(((1, (Condition((outcome,), 1),)), (0, (Condition((outcome,), 0),))))


def choices_of(value: Value) -> tuple[tuple[Any, Cases], ...]:
    """What a value can be, and when."""
    return value.choices if isinstance(value, Uncertain) else ((value, ALL_CASES),)


def combine(function: Callable[..., Any], values: Sequence[Value], path: Cases = ALL_CASES) -> Value:
    """``function`` of values; it is called for every combination of what they can be on ``path``.

    Raises
    ------
    CircuitError
        There are too many combinations.
    """
    if not any(isinstance(value, Uncertain) for value in values):
        return function(*values)
    rows: list[tuple[tuple[Any, ...], Cases]] = [((), ALL_CASES)]
    for value in values:
        rows = [
            ((*known, choice), joint)
            for known, cases in rows
            for choice, more in choices_of(value)
            if (joint := meet(cases, more))
        ]
        if len(rows) > MAX_CHOICES:
            raise CircuitError(
                f"an expression of measured bits can take more than {MAX_CHOICES} values", "compute with fewer bits"
            )
    return gather([(function(*known), cases) for known, cases in rows if meet(path, cases)])


def gather(rows: Iterable[tuple[Any, Cases]]) -> Value:
    """The value that is the first of each pair in the cases that are the second; equal ones are joined."""
    grouped: dict[Any, tuple[Any, Cases]] = {}
    for choice, cases in rows:
        key = (type(choice), choice)
        known = grouped.get(key)
        grouped[key] = (choice, cases if known is None else (*known[1], *cases))
    if len(grouped) == 1:
        ((choice, _),) = grouped.values()
        return choice
    return Uncertain(tuple([(choice, simplified(cases)) for choice, cases in grouped.values()]))


def on_path(value: Value, path: Cases) -> Value:
    """The value, without the choices that do not occur on ``path``."""
    if not isinstance(value, Uncertain) or path == ALL_CASES:
        return value
    left = tuple([(choice, cases) for choice, cases in value.choices if meet(path, cases)])
    return left[0][0] if len(left) == 1 else Uncertain(left)


def chosen(path: Cases, new: Value, old: Value) -> Value:
    """``new`` on ``path``, ``old`` elsewhere."""
    if path == ALL_CASES:
        return new
    elsewhere = opposite(path)
    rows = [(choice, joint) for choice, cases in choices_of(new) if (joint := meet(path, cases))]
    rows += [(choice, joint) for choice, cases in choices_of(old) if (joint := meet(elsewhere, cases))]
    return gather(rows)


def truth(value: Value) -> Cases:
    """Cases in which a value is true."""
    found = NO_CASES
    for choice, cases in choices_of(value):
        if choice:
            found = join(found, cases)
    return simplified(found)


def from_cases(cases: Cases) -> Value:
    """The truth value that is true in ``cases``."""
    cases = simplified(cases)
    if cases in (ALL_CASES, NO_CASES):
        return cases == ALL_CASES
    return Uncertain(((True, cases), (False, simplified(opposite(cases)))))


def equal_bits(bits: Sequence[Value], number: int) -> Cases:
    """Cases in which bits, least significant first, are those of a number."""
    if number < 0 or number >> len(bits):
        return NO_CASES
    found = ALL_CASES
    for i, bit in enumerate(bits):
        wanted = number >> i & 1
        found = meet(found, next((cases for choice, cases in choices_of(bit) if choice == wanted), NO_CASES))
    return found


def packed(bits: Sequence[Value], path: Cases) -> Value:
    """The number whose bits, least significant first, these are."""
    return combine(lambda *known: sum(int(bit) << i for i, bit in enumerate(known)), bits, path)


def outcomes_in(cases: Cases) -> Iterator[int]:
    """The outcomes on which cases depend; some may come twice."""
    for case in cases:
        yield from case.clbits


@lru_cache(maxsize=4096)
def simplified(cases: Cases) -> Cases:
    """The same cases in fewer conditions, where that is easy to find."""
    outcomes = sorted(set(outcomes_in(cases)))
    if len(cases) < 2 or len(outcomes) > MAX_TABLE_OUTCOMES:
        return cases
    table = _truth_table(cases, outcomes)
    true, false = shortened(table, outcomes), shortened([not row for row in table], outcomes)
    if len(false) == 1 and len(true) > 1 and false != ALL_CASES:
        return opposite(false)
    return true if len(true) < len(cases) else cases


def _truth_table(cases: Cases, outcomes: Sequence[int]) -> list[bool]:
    """Whether one of the cases holds, where the outcomes, least significant first, are the bits of the index."""
    axis = {outcome: len(outcomes) - 1 - i for i, outcome in enumerate(outcomes)}
    table = np.zeros((2,) * len(outcomes), dtype=np.bool_)
    for case in cases:
        corner: list[Any] = [slice(None)] * len(outcomes)
        for i, outcome in enumerate(case.clbits):
            corner[axis[outcome]] = case.value >> i & 1
        if case.negate:
            held = np.ones_like(table)
            held[tuple(corner)] = False
            table |= held
        else:
            table[tuple(corner)] = True
    flat: list[bool] = table.ravel().tolist()
    return flat
