"""Rounds of a search: short ones first, longer ones as long as they find better plans. No clock decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
"""The rounds of a search. Kinds drop out because the one that was best at a tenth of the effort was mostly among the
two best at the whole, on ten circuits of ``circuits/`` with two seeds each."""
LEAST_EFFORT = 1.2
"""Effort that is spent before a search ends, whether it is of use or not."""
LEAST_EFFORT_PER_PAIR = 0.025
"""The same for each Bell pair of the best plan: where there are many, there is more to save."""
MOST_EFFORT = 5.0
"""Effort at which a search ends in any case."""


class Rounds:
    """The rounds of one search, and when it ends: when half the effort again has found no better plan.

    Parameters
    ----------
    rounds
        The last one is repeated.
    least_effort, least_effort_per_pair
        Effort that is spent in any case: so much, and so much for each Bell pair of the best plan.

    Attributes
    ----------
    number
        Rounds that have ended.
    """

    def __init__(
        self,
        rounds: Sequence[Round] = ROUNDS,
        least_effort: float = LEAST_EFFORT,
        least_effort_per_pair: float = LEAST_EFFORT_PER_PAIR,
    ) -> None:
        self._rounds = rounds
        self._least_effort, self._least_effort_per_pair = least_effort, least_effort_per_pair
        self.number = 0
        self._spent = 0.0
        self._spent_on_best = 0.0
        self._least = float("inf")

    @property
    def present(self) -> Round:
        """The round that is next or going on."""
        return self._rounds[min(self.number, len(self._rounds) - 1)]

    def end(self, effort: float, cost: float) -> bool:
        """End a round that took ``effort`` and left the best plan at ``cost``; True if the search ends with it."""
        self.number += 1
        self._spent += effort
        if cost < self._least:
            self._least, self._spent_on_best = cost, self._spent
        least = max(self._least_effort, self._least_effort_per_pair * self._least, 1.5 * self._spent_on_best)
        return self._spent >= min(least, MOST_EFFORT)


def progress_of_round(report: Report | None, number: int) -> Report | None:
    """Reports progress of round ``number`` (from 0) as progress of a search whose length is not known.

    Each round is counted as half of what is left.
    """
    if report is None:
        return None
    return lambda share, ebits: report(1.0 - 0.5**number * (1.0 - 0.5 * share), ebits)
