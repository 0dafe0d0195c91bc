"""Parts of a program whose Bell pairs add up.

A window gives each of its qubits a range of consecutive periods such that every plan has a moment at which all of them
are live and within their ranges. At that moment their homes respect the capacities of the QPUs. Every Bell pair opens
a copy of one qubit in one period, so bounds on windows with disjoint ranges may be added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Program
from distq.planning.bounds.precedence import (
    Flags,
    Ints,
    PeriodRanges,
    coexisting,
    ends_measured,
    ends_period,
    period_ranges,
)

MAX_CLOCK_ENTRIES = 5_000_000
"""(operation, qubit) pairs up to which windows are cut in time; beyond, the whole program is one window."""
STRIDES = (1, 2, 3, 4, 6, 8, 16)
"""Windows begin at every so many-th moment of the chain, in turn."""
MAX_MOMENTS_LONGER_LAST = 64
"""Moments of the chain up to which divisions with a longer last window are tried too, for lack of time."""
READY_SHARE = 0.8
"""Share of the qubits that must have left their ranges for a new moment of the chain."""


@dataclass(frozen=True)
class TimeWindow:
    """Qubits that are live together at some moment, and which of them must meet.

    Attributes
    ----------
    qubits
        Ascending.
    meets
        (q, q), symmetric, False on the diagonal: True if an operation within the window acts on both.
    """

    qubits: tuple[int, ...]
    meets: NDArray[np.bool_]

    @property
    def pairs(self) -> int:
        """Number of pairs that must meet."""
        return int(self.meets.sum()) // 2


def divisions(program: Program) -> list[list[TimeWindow]]:
    """Several ways to cut the program into windows, from one window to as many as can be found."""
    found = [[_whole_program(program)]]
    if 0 < len(program.operations) * program.num_qubits <= MAX_CLOCK_ENTRIES:
        ranges = period_ranges(program)
        periods = _operand_periods(program)
        chain = _chain_of_moments(ranges)
        for stride in STRIDES:
            if stride <= len(chain):
                found.append(_windows(program, ranges, periods, chain[stride - 1 :: stride]))
                if len(chain) <= MAX_MOMENTS_LONGER_LAST:
                    found.append(_windows(program, ranges, periods, chain[stride - 1 : -stride : stride]))
    return found


def _whole_program(program: Program) -> TimeWindow:
    """The entire program as one window."""
    meets = np.zeros((program.num_qubits, program.num_qubits), dtype=bool)
    for index in program.multi_qubit:
        for q in program.operations[index].qubits:
            meets[q, list(program.operations[index].qubits)] = True
    np.fill_diagonal(meets, False)
    qubits = coexisting(program)
    return TimeWindow(qubits, meets[np.ix_(qubits, qubits)])


def _operand_periods(program: Program) -> list[tuple[int, ...]]:
    """Per operation, per operand: the period of the qubit in which it runs."""
    now = [0] * program.num_qubits
    periods = []
    for index, op in enumerate(program.operations):
        periods.append(tuple([now[q] for q in op.qubits]))
        if ends_period(program, index):
            now[op.qubits[0]] += 1
    return periods


def _chain_of_moments(ranges: PeriodRanges) -> list[int]:
    """Operations whose moments are apart: each is the earliest at which most qubits have left the ranges before it."""
    n = len(ranges.periods)
    start = np.zeros(n, dtype=np.int64)
    chain: list[int] = []
    for index in range(len(ranges.first)):
        ready = ranges.live[index] & (ranges.first[index] >= start)
        if ready.sum() >= max(2, READY_SHARE * n):
            chain.append(index)
            start = np.where(ready, ranges.last[index] + 1, start)
    return chain


class _Moment(NamedTuple):
    """For each qubit, the first and the last period that it can be in, and whether it is certainly live."""

    first: Ints
    last: Ints
    live: Flags


def _windows(
    program: Program, ranges: PeriodRanges, periods: list[tuple[int, ...]], chain: Sequence[int]
) -> list[TimeWindow]:
    """One window around each moment of ``chain``, and one around the end."""
    final: Ints = ranges.periods - 1
    moments = [_Moment(ranges.first[i], ranges.last[i], ranges.live[i]) for i in chain]
    moments.append(_Moment(final, final, ~np.asarray(ends_measured(program), dtype=bool)))
    start = np.zeros(program.num_qubits, dtype=np.int64)
    window_of = [np.full(int(p), -1, dtype=np.int64) for p in ranges.periods]  # per qubit and period
    members: list[tuple[int, ...]] = []
    for moment in moments:
        ready = np.flatnonzero(moment.live & (moment.first >= start))
        for q in ready.tolist():
            window_of[q][start[q] : moment.last[q] + 1] = len(members)
        start[ready] = moment.last[ready] + 1
        members.append(tuple(ready.tolist()))
    meets = _meetings(program, periods, window_of, len(members))
    return [TimeWindow(q, m[np.ix_(q, q)]) for q, m in zip(members, meets, strict=True) if q]


def _meetings(
    program: Program, periods: list[tuple[int, ...]], window_of: list[Ints], windows: int
) -> list[NDArray[np.bool_]]:
    """Per window: (n, n), which pairs of qubits an operation within it acts on."""
    n = program.num_qubits
    meets = [np.zeros((n, n), dtype=bool) for _ in range(windows)]
    for index in program.multi_qubit:
        qubits = program.operations[index].qubits
        where = [int(window_of[q][p]) for q, p in zip(qubits, periods[index], strict=True)]
        for i, q in enumerate(qubits):
            for j, r in enumerate(qubits[:i]):
                if where[i] == where[j] >= 0:
                    meets[where[i]][q, r] = meets[where[i]][r, q] = True
    return meets
