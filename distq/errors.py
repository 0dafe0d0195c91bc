"""The errors distq raises. One tree, and every message says what is wrong, where, and how to mend it.

::

    DistqError
      InputError            the user's circuit, network or option is wrong        (CLI exit code 2)
        CircuitError        a circuit that cannot be read, or holds what distq does not take
        NetworkError        a network that is malformed, too small, or disconnected
        UnknownNameError    no strategy, preset, ... of that name; knows the nearest one
      InfeasiblePlanError   no plan exists within the given memory                 (CLI exit code 2)
      SimulationError       the circuit is too large, or the noise unsuited, for the engine asked  (CLI exit code 2)
      InternalError         a check found distq itself at fault: please report it  (CLI exit code 1)
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence


def nearest_name(name: str, known: Sequence[str]) -> str | None:
    """The known name that was probably meant; None if none is near.

    Capitals do not count, and a part of a name is near it. Of a numbered series (``qpu0``, ``qpu1``, ...) a member is
    no better guess than another one unless their numbers are almost the same.
    """
    asked = name.lower()
    lowered = {other.lower(): other for other in reversed(known)}
    near = difflib.get_close_matches(asked, list(lowered), n=1, cutoff=0.6)
    near = near or [other for other in lowered if len(asked) >= SHORTEST_PART and asked in other][:1]
    if not near:
        return None
    found = near[0]
    numbered = _DIGITS.sub("", asked) == _DIGITS.sub("", found)
    digits = difflib.SequenceMatcher(None, "".join(_DIGITS.findall(asked)), "".join(_DIGITS.findall(found)))
    return lowered[found] if not numbered or digits.ratio() >= SAME_NUMBER else None


SHORTEST_PART = 4
"""Letters of a part of a name by which it is recognised."""
SAME_NUMBER = 0.75
"""How alike two numbers must be, by their digits, for one to be a slip of the other: 2052 and 2025."""
_DIGITS = re.compile(r"\d+")


class DistqError(Exception):
    """Base of all errors that distq raises on purpose.

    Parameters
    ----------
    message
        What is wrong and where.
    hint
        How to mend it; shown on a line of its own.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n  hint: {self.hint}"


class InputError(DistqError):
    """The user's circuit, network or option is wrong."""


class CircuitError(InputError):
    """A circuit that cannot be read or holds an instruction that distq does not take."""


class NetworkError(InputError):
    """A network that is malformed, too small for the circuit, or disconnected."""


class UnknownNameError(InputError):
    """A name that no registered part has.

    Parameters
    ----------
    what
        What sort of name it should be, e.g. ``"strategy"``.
    name
        The name given.
    known
        All names that exist.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = nearest_name(name, names)
        hint = "" if near is None else f"did you mean {near!r}? "
        super().__init__(f"unknown {what} {name!r}", f"{hint}known: {', '.join(names)}")


class InfeasiblePlanError(DistqError):
    """No plan exists within the memory and data ions given."""


class SimulationError(DistqError):
    """The circuit or its noise does not suit the simulation engine that was asked for."""


class InternalError(DistqError):
    """A check found distq at fault. Never the user's doing."""

    exit_code = 1
