"""What users write: ``memory=1:8``, ``rate_hz=10:1e4:13`` and ``fidelity=0.9``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from distq.errors import InputError, UnknownNameError
from distq.studies.sweep.numbers import NUMBERS, WHOLE

STEPS, MOST_STEPS = 9, 1000
LOG_FROM = 20.0
"""Values are spaced evenly, or by equal factors if the last is at least so many times the first."""
RANGE_FORM = "KEY=FROM:TO[:STEPS], e.g. memory=1:8 or rate_hz=10:1e4"
TARGETS = {"fidelity": True, "ebits": False, "makespan_s": False}
"""What a target may be set for, and whether more is better."""


@dataclass(frozen=True)
class Range:
    """A number of the network, and the values that it takes, ascending."""

    key: str
    values: tuple[float, ...]

    @property
    def logarithmic(self) -> bool:
        """True if the values are spaced by equal factors."""
        return is_logarithmic(self.values[0], self.values[-1])


@dataclass(frozen=True)
class Target:
    """What is to be reached: a cost of :data:`TARGETS` and its value."""

    key: str
    value: float

    def reached(self, found: float) -> bool:
        """True if a value is as good as the target."""
        return found >= self.value if TARGETS[self.key] else found <= self.value


def is_logarithmic(low: float, high: float) -> bool:
    """True if a range is walked by equal factors."""
    return low > 0 and high / low >= LOG_FROM


def parse_range(text: str) -> Range:
    """The range that is written. Raises InputError if there is no such number, or the text is none."""
    key, equals, rest = (part.strip() for part in text.partition("="))
    if not equals:
        raise InputError(f"{text!r} is no sweep", f"the form is {RANGE_FORM}")
    if key not in NUMBERS:
        raise UnknownNameError("number of a network", key, NUMBERS)
    try:
        low, high, *more = (float(part) for part in rest.split(":"))
        steps = more[0] if more else None
    except ValueError:
        raise InputError(f"{text!r} is no sweep: FROM, TO and STEPS are numbers", f"the form is {RANGE_FORM}") from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high and len(more) < 2):
        raise InputError(f"{text!r} is no sweep: FROM is below TO, and both are finite", f"the form is {RANGE_FORM}")
    if steps is None:
        steps = high - low + 1 if key in WHOLE and high - low < 2 * STEPS else STEPS
    if not (2 <= steps <= MOST_STEPS and steps == int(steps)):
        raise InputError(f"{text!r} is no sweep: STEPS is from 2 to {MOST_STEPS}", f"the form is {RANGE_FORM}")
    values = _spaced(low, high, int(steps))
    return Range(key, tuple(sorted({float(round(v)) for v in values})) if key in WHOLE else tuple(values))


def _spaced(low: float, high: float, steps: int) -> list[float]:
    """Values from ``low`` to ``high``, evenly or by equal factors."""
    if is_logarithmic(low, high):
        inner = [float(f"{low * (high / low) ** (i / (steps - 1)):.6g}") for i in range(1, steps - 1)]
    else:
        inner = [float(f"{low + (high - low) * i / (steps - 1):.12g}") for i in range(1, steps - 1)]
    return [low, *inner, high]


def parse_target(text: str) -> Target:
    """The target that is written. Raises InputError if it is none."""
    key, _, value = (part.strip() for part in text.partition("="))
    if key not in TARGETS:
        raise UnknownNameError("target", key, TARGETS)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{text!r} is no target", "for example --target fidelity=0.9")
    return Target(key, number)
