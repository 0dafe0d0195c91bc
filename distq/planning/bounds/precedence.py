"""What every plan of a program must do, whatever the order in which it runs operations that commute.

Qubits and classical bits are *lines*. On a line, diagonal operations (readers of a bit) between two others commute, so
a plan may run them in any order; everything else keeps its order. Operation a *precedes* b if every valid order runs a
before b. The boundaries of a qubit that no copy crosses cut its line into *periods* 0, 1, ...: a period begins with one
member, and copies live within it. (Copies may cross the boundaries of X-blocks.)

A qubit is *live* while it occupies a data ion: from its first operation to its last one, or to the end if that is no
measurement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Operation, Program

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CLIQUE_SEEDS = 8
"""Qubits from which the search for a large set of coexisting ones starts, besides those that live to the end."""


def lines_of(program: Program, op: Operation) -> Iterator[tuple[int, bool]]:
    """Lines of ``op`` (classical bits follow the qubits), and whether it commutes with its like there."""
    for qubit in op.qubits:
        yield qubit, op.diagonal
    for bit in set(op.clbits):
        yield program.num_qubits + bit, bit != op.clbit


def ends_period(program: Program, index: int) -> bool:
    """True if operation ``index`` is a boundary that no copy crosses."""
    return not program.operations[index].diagonal and index not in program.crossable


def ends_measured(program: Program) -> list[bool]:
    """Per qubit: True if its last operation is a measurement, so that it gives its data ion back."""
    return [bool(line) and program.gives_back(line[-1]) for line in program.lines]


def qubits_before(program: Program) -> list[int]:
    """Per qubit: bit mask of the qubits with an operation that is one of this qubit's, or precedes one."""
    lines = program.num_qubits + program.num_clbits
    opened, seen = [0] * lines, [0] * lines  # what precedes the next commuting operation on a line; any other one
    for op in program.operations:
        mask = 0
        for qubit in op.qubits:
            mask |= 1 << qubit
        touched = list(lines_of(program, op))
        for line, commutes in touched:
            mask |= opened[line] if commutes else seen[line]
        for line, commutes in touched:
            if commutes:
                seen[line] |= mask
            else:
                opened[line] = seen[line] = mask
    return [seen[q] | 1 << q for q in range(program.num_qubits)]


def coexisting(program: Program) -> tuple[int, ...]:
    """Qubits that are all live at one common moment in every plan; the largest such set found, ascending.

    If the life of q cannot end before that of r begins, nor the reverse, the two overlap in every plan, and intervals
    that overlap pairwise share a moment (Helly), which may be another one in each plan. So a set is a clique of the
    graph of overlaps; it is grown greedily from several seeds. All qubits that live to the end share the end.
    """
    n = program.num_qubits
    dies = ends_measured(program)
    to_the_end = [q for q in range(n) if not dies[q]]
    if len(to_the_end) == n:
        return tuple(range(n))
    everybody = (1 << n) - 1
    outlives = [before if dies[q] else everybody for q, before in enumerate(qubits_before(program))]
    table = np.array([[mask >> r & 1 for r in range(n)] for mask in outlives], dtype=bool)
    overlap = table & table.T
    degree = overlap.sum(axis=1)
    ranked = sorted(range(n), key=lambda q: (-int(degree[q]), q))
    starts: list[list[int]] = [to_the_end, *[[q] for q in ranked if dies[q]][:CLIQUE_SEEDS]]
    return max((_maximal_clique(start, ranked, overlap) for start in starts), key=len)


def _maximal_clique(start: list[int], ranked: Iterable[int], overlap: Flags) -> tuple[int, ...]:
    """A maximal clique of ``overlap`` around ``start``, ascending; vertices are tried in the order ``ranked``."""
    allowed = np.ones(len(overlap), dtype=bool)
    for q in start:
        allowed &= overlap[q]
    chosen = list(start)
    for q in ranked:
        if allowed[q] and q not in start:
            chosen.append(q)
            allowed &= overlap[q]
    return tuple(sorted(chosen))


@dataclass(frozen=True)
class PeriodRanges:
    """What every plan has in common at the moment when it runs an operation.

    Attributes
    ----------
    first, last
        (operations, qubits): the period of each qubit at that moment lies between these two, ends included.
    live
        (operations, qubits): True if the qubit is certainly live at that moment.
    periods
        (qubits,) number of periods.
    """

    first: Ints
    last: Ints
    live: Flags
    periods: Ints


def period_ranges(program: Program) -> PeriodRanges:
    """Earliest and latest period of every qubit at every operation: vector clocks, forwards and backwards.

    Takes memory and time in proportion to operations times qubits.
    """
    n, total = program.num_qubits, len(program.operations)
    periods = np.ones(n, dtype=np.int64)
    for index, op in enumerate(program.operations):
        if ends_period(program, index):
            periods[op.qubits[0]] += 1
    before = _vector_clocks(program, range(total))
    after = _vector_clocks(program, range(total - 1, -1, -1))
    first, begun = before.boundaries, before.touched
    last, goes_on = periods - 1 - after.boundaries, after.touched
    to_the_end = ~np.asarray(ends_measured(program), dtype=bool).reshape(n)
    for index, op in enumerate(program.operations):
        begun[index, list(op.qubits)] = True
        goes_on[index, list(op.qubits)] = True
        if ends_period(program, index):
            last[index, op.qubits[0]] = first[index, op.qubits[0]]
    return PeriodRanges(first, last, begun & (goes_on | to_the_end), periods)


class _VectorClocks(NamedTuple):
    """What comes strictly before each operation in an order.

    Attributes
    ----------
    boundaries
        (operations, qubits): number of boundaries that end a period of the qubit.
    touched
        (operations, qubits): True if any operation on the qubit does.
    """

    boundaries: Ints
    touched: Flags


def _vector_clocks(program: Program, order: Iterable[int]) -> _VectorClocks:
    """Vector clocks of all operations, in program order or in the reverse of it."""
    n, total = program.num_qubits, len(program.operations)
    lines = n + program.num_clbits
    opened = np.zeros((lines, n), dtype=np.int64)  # clock for the next commuting operation on a line
    seen = np.zeros((lines, n), dtype=np.int64)  # clock for any other next operation
    touched_opened = np.zeros((lines, n), dtype=bool)
    touched_seen = np.zeros((lines, n), dtype=bool)
    boundaries = np.zeros((total, n), dtype=np.int64)
    touched = np.zeros((total, n), dtype=bool)
    for index in order:
        op = program.operations[index]
        where = list(lines_of(program, op))
        clock, touch = boundaries[index], touched[index]
        for line, commutes in where:
            np.maximum(clock, (opened if commutes else seen)[line], out=clock)
            touch |= (touched_opened if commutes else touched_seen)[line]
        clock_after, touch_after = clock.copy(), touch.copy()
        touch_after[list(op.qubits)] = True
        if ends_period(program, index):
            clock_after[op.qubits[0]] += 1
        for line, commutes in where:
            if commutes:
                np.maximum(seen[line], clock_after, out=seen[line])
                touched_seen[line] |= touch_after
            else:
                opened[line] = seen[line] = clock_after
                touched_opened[line] = touched_seen[line] = touch_after
    return _VectorClocks(boundaries, touched)
