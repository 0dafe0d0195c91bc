"""What a program does, step by step, each step with the measurement outcomes after which it happens.

Readers of languages with classical computation write into a :class:`Recorder`. Every measurement makes a new outcome,
so nothing is ever overwritten here; which classical bit keeps which outcome is decided later, in ``hosts``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from distq.errors import CircuitError
from distq.frontend.conditions import ALL_CASES, Cases, meet
from distq.frontend.outcomes.values import Uncertain, Value, choices_of, chosen, outcome_bit, outcomes_in
from distq.ir.program import Condition

MAX_STEPS = 2_000_000
"""Programs that unroll to more steps are refused."""


class Step(NamedTuple):
    """One operation on ``qubits``, on the runs of ``path``; a measurement makes ``outcome``."""

    operation: Any
    qubits: tuple[int, ...]
    path: Cases
    outcome: int | None = None


class Joined(NamedTuple):
    """An outcome that is ``new`` on the path of that measurement, and ``old`` elsewhere: both share one bit."""

    new: int
    old: int
    number: int


class Recorder:
    """Collects steps.

    Attributes
    ----------
    steps
        In order.
    path
        Cases in which what is recorded now happens.
    guards
        Per outcome: the cases in which it is measured; it is 0 otherwise.
    joined
        Outcomes that stand for two, which must share a bit.
    separate
        Numbers of joins that may not be made, since their outcomes cannot share a bit.
    """

    def __init__(self, separate: frozenset[int] = frozenset()) -> None:
        self.steps: list[Step] = []
        self.path: Cases = ALL_CASES
        self.guards: list[Cases] = []
        self.joined: dict[int, Joined] = {}
        self.separate = separate
        self._joins = 0

    def apply(self, operation: Any, qubits: tuple[int, ...]) -> None:
        """A gate, a reset, a barrier or a delay on the present path."""
        self._append(Step(operation, qubits, self.path))

    def measure(self, operation: Any, qubit: int) -> Uncertain:
        """A measurement on the present path; returns the bit that it gives."""
        outcome = len(self.guards)
        self.guards.append(self.path)
        self._append(Step(operation, (qubit,), self.path, outcome))
        return outcome_bit(outcome)

    def _append(self, step: Step) -> None:
        self.steps.append(step)
        if len(self.steps) > MAX_STEPS:
            raise CircuitError(f"the program has more than {MAX_STEPS:,} steps after its loops are unrolled")

    @contextmanager
    def under(self, cases: Cases) -> Iterator[bool]:
        """What is recorded inside happens only in ``cases``; yields False if they never occur on this path."""
        outer = self.path
        self.path = meet(outer, cases)
        try:
            yield bool(self.path)
        finally:
            self.path = outer

    def assigned(self, old: Value, new: Value) -> Value:
        """What a variable that was ``old`` is after ``new`` is assigned to it on the present path.

        A bit that is overwritten by a measurement on some runs stays one outcome, if both can share a classical bit.
        """
        value = chosen(self.path, new, old)
        if not isinstance(value, Uncertain) or not _is_bit(value):
            return value
        outcome = self.as_outcome(value)
        if outcome is not None:
            return outcome_bit(outcome)
        first, second = self.as_outcome(new), self.as_outcome(old)
        if first is None or second is None or self.guards[first] != self.path:
            return value
        self._joins += 1
        if self._joins in self.separate:
            return value
        self.joined[len(self.guards)] = Joined(first, second, self._joins)
        self.guards.append(ALL_CASES)
        return outcome_bit(len(self.guards) - 1)

    def as_outcome(self, value: Value) -> int | None:
        """The outcome that a bit is in every run, None if there is none."""
        if not isinstance(value, Uncertain) or not _is_bit(value):
            return None
        cases = {int(choice): found for choice, found in value.choices}
        for outcome in sorted(set(outcomes_in(cases[1]))):
            is_one, is_zero = (Condition((outcome,), 1),), (Condition((outcome,), 0),)
            if not self.occurs(meet(cases[0], is_one)) and not self.occurs(meet(cases[1], is_zero)):
                return outcome
        return None

    def occurs(self, cases: Cases) -> bool:
        """False if cases ask for an outcome 1 of a measurement that does not happen in them."""
        return any(self._consistent(case, frozenset()) for case in cases)

    def _consistent(self, case: Condition, known: frozenset[int]) -> bool:
        """Whether a case can occur; ``known`` are outcomes whose measurement it is known to make."""
        if case.negate:
            return True
        ones = {o for i, o in enumerate(case.clbits) if case.value >> i & 1} - known
        found: Cases = (case,)
        for outcome in ones:
            found = meet(found, self.guards[outcome])
        return any(not ones or self._consistent(one, known | ones) for one in found)


def _is_bit(value: Uncertain) -> bool:
    """True if a value can be 0 and 1 and nothing else."""
    return len(value.choices) == 2 and {choice for choice, _ in choices_of(value)} == {0, 1}
