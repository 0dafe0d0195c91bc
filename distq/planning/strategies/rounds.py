"""Rounds of a search: short ones first, longer ones as long as they find better plans. No clock decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Report = Callable[[float, int], None]
"""Is told the share of the work that is done, and the fewest Bell pairs so far."""


class Round(NamedTuple):
    """One round of annealing runs.

    Attributes
    ----------
    effort
        Share of the effort that each run takes.
    kinds
        How many kinds of runs take part: those that found the best plans in the rounds before.
    order_effort
        Share of the effort that searching orders of operations takes.
    """

    effort: float
    kinds: int
    order_effort: float

    def total_effort(self, kinds: int) -> float:
        """Effort of all runs of the round, orders included, if there are so many ``kinds`` at most."""
        return self.effort * min(self.kinds, kinds) + self.order_effort


ROUNDS = (
    Round(0.03, 6, 0.03),
    Round(0.1, 3, 0.0),
    Round(0.3, 2, 0.1),
    Round(1.0, 2, 0.0),
)
"""The rounds of a search; the last one is repeated. On the circuits in ``circuits/``, the kind of run that is best at
a small effort is nearly always among the best at a larger one."""
LEAST_EFFORT = 1.2
"""Effort that is spent before a search ends, whether it is of use or not."""
LEAST_EFFORT_PER_PAIR = 0.025
"""The same for each Bell pair of the best plan: where there are many, there is more to save."""
MOST_EFFORT = 5.0
"""Effort at which a search ends in any case."""


class Patience:
    """Says when a search ends: when half the effort of finding the best plan, once more, has found nothing better.

    Attributes
    ----------
    rounds
        Rounds so far.
    least_effort
        Effort that is spent in any case.
    least_effort_per_pair
        The same for each Bell pair of the best plan.
    """

    def __init__(
        self, least_effort: float = LEAST_EFFORT, least_effort_per_pair: float = LEAST_EFFORT_PER_PAIR
    ) -> None:
        self.least_effort, self.least_effort_per_pair = least_effort, least_effort_per_pair
        self.rounds = 0
        self._spent = 0.0
        self._spent_on_best = 0.0
        self._least = float("inf")

    def is_exhausted(self, effort: float, cost: float) -> bool:
        """True if the search ends with this round, which took ``effort`` and left the best plan at ``cost``."""
        self.rounds += 1
        self._spent += effort
        if cost < self._least:
            self._least, self._spent_on_best = cost, self._spent
        least = max(self.least_effort, self.least_effort_per_pair * self._least, 1.5 * self._spent_on_best)
        return self._spent >= min(least, MOST_EFFORT)


def progress_of_round(report: Report | None, number: int) -> Report | None:
    """Reports progress of round ``number`` (from 0) as progress of a search whose length is not known.

    Each round is counted as half of what is left.
    """
    if report is None:
        return None
    return lambda share, ebits: report(1.0 - 0.5**number * (1.0 - 0.5 * share), ebits)
