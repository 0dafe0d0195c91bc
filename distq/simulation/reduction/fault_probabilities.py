"""How likely faults are, in every schedule that random waits may give.

Faults are independent of each other within a schedule. Sets of at least so many faults are drawn fault after fault,
from the probabilities of at least j faults among those that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distq.simulation.noise.waiting import IdleTimes
from distq.simulation.reduction.faults import Fault
from distq.util.jit import njit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FaultProbabilities:
    """Probabilities of faults in schedules, each as likely as the others; one if waits are not random.

    Attributes
    ----------
    mean
        Per fault: its probability, mean over the schedules.
    varying
        Faults whose probability depends on the schedule.
    table
        Theirs, shape (schedules, varying).
    """

    mean: Floats
    varying: Ints
    table: Floats

    @classmethod
    def of(cls, faults: Sequence[Fault], idle_times: IdleTimes | None) -> FaultProbabilities:
        """Probabilities of these faults; ``idle_times`` are those that they were found with."""
        mean = np.array([fault.probability for fault in faults], dtype=np.float64)
        if idle_times is None:
            return cls(mean, np.zeros(0, dtype=np.int64), np.zeros((1, 0)))
        varying = [index for index, fault in enumerate(faults) if fault.idle_columns]
        columns = [idle_times.parity_probability(faults[index].fixed, faults[index].idle_columns) for index in varying]
        table = np.stack(columns, axis=1) if columns else np.zeros((len(idle_times.ratio), 0))
        return cls(mean, np.array(varying, dtype=np.int64), np.ascontiguousarray(np.minimum(table, 1.0 - 1e-12)))

    @property
    def schedules(self) -> int:
        """Number of schedules."""
        return len(self.table)

    @cached_property
    def no_fault(self) -> Floats:
        """Per schedule: probability that no fault happens."""
        return self.survival(np.ones(len(self.mean)))

    @property
    def no_waiting_fault(self) -> Floats:
        """Per schedule: probability that no fault happens of those whose probability depends on the schedule."""
        probability: Floats = np.exp(np.log1p(-self.table).sum(axis=1))
        return probability

    def survival(self, loss: Floats) -> Floats:
        """Per schedule: product over faults of 1 minus probability times ``loss``.

        ``loss`` is per fault: which part of the fidelity it costs.
        """
        same = np.delete(np.arange(len(self.mean)), self.varying)
        fixed = float(np.log1p(-np.minimum(self.mean[same] * loss[same], 1.0 - 1e-16)).sum())
        product: Floats = np.exp(
            fixed + np.log1p(-np.minimum(self.table * loss[self.varying], 1.0 - 1e-16)).sum(axis=1)
        )
        return product

    def single_fault(self, survival: Floats) -> Floats:
        """Per schedule: sum over faults of the probability that only this one happens, times its ``survival``."""
        same = np.delete(np.arange(len(self.mean)), self.varying)
        fixed = float((self.mean[same] / (1.0 - self.mean[same]) * survival[same]).sum())
        odds = self.table / (1.0 - self.table)
        return self.no_fault * (fixed + odds @ survival[self.varying])

    def at_least(self, need: int) -> Floats:
        """Per schedule: probability of at least so many faults."""
        found: Floats = _at_least(self.mean, self.varying, self.table, need)
        return found

    def draw(self, schedule: Ints, need: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """(shot, fault) pairs: for every shot, in its ``schedule``, a set of at least ``need`` faults."""
        found: tuple[Ints, Ints] = _draw(schedule, self.mean, self.varying, self.table, need, rng)
        return found

    def schedules_stderr(self, per_schedule: Floats) -> float:
        """Standard error that the choice of schedules gives the mean of ``per_schedule``; 0 if there is only one."""
        return float(per_schedule.std()) / np.sqrt(self.schedules) if self.schedules > 1 else 0.0


@njit
def _fill(p: Floats, varying: Ints, row: Floats, tail: Floats) -> None:
    """Fill in ``p``, the probabilities in one schedule, and ``tail[j, l]``: that of at least j faults from number l on.

    ``row`` are the probabilities of the faults ``varying``.
    """
    for k in range(len(varying)):
        p[varying[k]] = row[k]
    need, count = tail.shape[0] - 1, len(p)
    tail[0, :] = 1.0
    tail[1:, count] = 0.0
    for fault in range(count - 1, -1, -1):
        for j in range(1, need + 1):
            tail[j, fault] = p[fault] * tail[j - 1, fault + 1] + (1.0 - p[fault]) * tail[j, fault + 1]


@njit
def _at_least(mean: Floats, varying: Ints, table: Floats, need: int) -> Floats:
    """Per schedule: probability of at least ``need`` faults."""
    p, tail = mean.copy(), np.empty((need + 1, len(mean) + 1))
    found = np.empty(len(table))
    for m in range(len(table)):
        _fill(p, varying, table[m], tail)
        found[m] = tail[need, 0]
    return found


@njit
def _draw(
    schedule: Ints, mean: Floats, varying: Ints, table: Floats, need: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Fault after fault from its conditional distribution; see :meth:`FaultProbabilities.draw`."""
    p, tail = mean.copy(), np.empty((need + 1, len(mean) + 1))
    shots, faults = np.empty(4 * len(schedule) + 16, dtype=np.int64), np.empty(4 * len(schedule) + 16, dtype=np.int64)
    found, now = 0, -1
    for shot in range(len(schedule)):
        if schedule[shot] != now:
            now = schedule[shot]
            _fill(p, varying, table[now], tail)
        at, count = 0, 0
        while at < len(p):
            left = max(need - count, 0)
            wanted, mass, alive = rng.random() * tail[left, at], 0.0, 1.0
            hit = last = -1
            for fault in range(at, len(p)):
                probability = p[fault] * tail[max(left - 1, 0), fault + 1]
                if probability > 0.0:
                    last = fault
                mass += alive * probability
                if mass > wanted:
                    hit = fault
                    break
                alive *= 1.0 - p[fault]
            if hit < 0 and left > 0:
                hit = last  # rounding
            if hit < 0:
                break
            if found == len(shots):
                shots, faults = np.append(shots, shots), np.append(faults, faults)
            shots[found], faults[found] = shot, hit
            found += 1
            count += 1
            at = hit + 1
    return shots[:found], faults[:found]
