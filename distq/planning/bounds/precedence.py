"""What every plan of a program must do, whatever the order in which it runs operations that commute.

Qubits and classical bits are *lines*. On a line, diagonal operations (readers of a bit) between two others commute, so
a plan may run them in any order; everything else keeps its order. Operation a *precedes* b if every valid order runs a
before b. The boundaries of a qubit that no copy crosses cut its line into *periods* 0, 1, ...: a period begins with one
member, and copies live within it. (Copies may cross the boundaries of X-blocks.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Kind, Operation, Program

Ints = NDArray[np.int64]


def uses(program: Program, op: Operation) -> Iterator[tuple[int, bool]]:
    """Lines of ``op`` (classical bits follow the qubits), and whether it commutes with its like there."""
    for qubit in op.qubits:
        yield qubit, op.diagonal
    for bit in set(op.clbits):
        yield program.num_qubits + bit, bit != op.clbit


def cuts(program: Program, index: int) -> bool:
    """True if operation ``index`` is a boundary that no copy crosses."""
    return not program.operations[index].diagonal and index not in program.crossable


def mortal(program: Program) -> list[bool]:
    """Per qubit: True if its last operation is a measurement, so that it gives its data ion back."""
    return [bool(line) and program.operations[line[-1]].kind is Kind.MEASURE for line in program.lines]


def ancestors(program: Program) -> list[int]:
    """Per qubit: bit mask of the qubits that have an operation which is, or precedes, one of this qubit's."""
    lines = program.num_qubits + program.num_clbits
    opened, seen = [0] * lines, [0] * lines
    for op in program.operations:
        mask = 0
        for qubit in op.qubits:
            mask |= 1 << qubit
        touched = list(uses(program, op))
        for line, commutes in touched:
            mask |= opened[line] if commutes else seen[line]
        for line, commutes in touched:
            if commutes:
                seen[line] |= mask
            else:
                opened[line] = seen[line] = mask
    return [seen[q] | 1 << q for q in range(program.num_qubits)]


def coexisting(program: Program) -> tuple[int, ...]:
    """Qubits that are all alive at one common moment in every plan; the largest such set found, ascending.

    A qubit lives from its first operation to its last, or to the end if that is no measurement. If q cannot die before
    r is born nor the reverse, their lives overlap in every plan, and intervals that overlap pairwise share a moment
    (Helly), which may be another one in each plan. All qubits that do not die share the end.
    """
    n = program.num_qubits
    dies = mortal(program)
    everlasting = [q for q in range(n) if not dies[q]]
    if len(everlasting) == n:
        return tuple(range(n))
    everybody = (1 << n) - 1
    outlives = [anc if dies[q] else everybody for q, anc in enumerate(ancestors(program))]
    table = np.array([[mask >> r & 1 for r in range(n)] for mask in outlives], dtype=bool)
    overlap = table & table.T
    degree = overlap.sum(axis=1)
    ranked = sorted(range(n), key=lambda q: (-int(degree[q]), q))
    starts: list[list[int]] = [everlasting, *[[q] for q in ranked if dies[q]][:8]]
    return max((_grown(start, ranked, overlap) for start in starts), key=len)


def _grown(start: list[int], ranked: Iterable[int], overlap: NDArray[np.bool_]) -> tuple[int, ...]:
    """A maximal clique of ``overlap`` around ``start``."""
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
class Moments:
    """What every plan has in common at the moment when it runs an operation.

    Attributes
    ----------
    first, last
        (operations, qubits): the period of each qubit at that moment lies between these two, ends included.
    alive
        (operations, qubits): True if the qubit certainly occupies a data ion at that moment.
    periods
        Per qubit: number of periods.
    """

    first: Ints
    last: Ints
    alive: NDArray[np.bool_]
    periods: Ints


def moments(program: Program) -> Moments:
    """Earliest and latest period of every qubit at every operation: vector clocks, forwards and backwards.

    Takes memory and time proportional to operations times qubits.
    """
    n, total = program.num_qubits, len(program.operations)
    periods = np.ones(n, dtype=np.int64)
    for index, op in enumerate(program.operations):
        if cuts(program, index):
            periods[op.qubits[0]] += 1
    first, born = _clocks(program, range(total))
    after, survives = _clocks(program, range(total - 1, -1, -1))
    last = periods - 1 - after
    everlasting = ~np.asarray(mortal(program), dtype=bool).reshape(n)
    for index, op in enumerate(program.operations):
        born[index, list(op.qubits)] = True
        survives[index, list(op.qubits)] = True
        if cuts(program, index):
            last[index, op.qubits[0]] = first[index, op.qubits[0]]
    return Moments(first, last, born & (survives | everlasting), periods)


def _clocks(program: Program, order: Iterable[int]) -> tuple[Ints, NDArray[np.bool_]]:
    """Per operation and qubit: boundaries that cut its line and come strictly before it in ``order``; if any one does.

    The second array is True where an operation on the qubit comes strictly before.
    """
    n, total = program.num_qubits, len(program.operations)
    lines = n + program.num_clbits
    opened = np.zeros((lines, n), dtype=np.int64)
    seen = np.zeros((lines, n), dtype=np.int64)
    touched_opened = np.zeros((lines, n), dtype=bool)
    touched_seen = np.zeros((lines, n), dtype=bool)
    count = np.zeros((total, n), dtype=np.int64)
    touched = np.zeros((total, n), dtype=bool)
    for index in order:
        op = program.operations[index]
        where = list(uses(program, op))
        clock, touch = count[index], touched[index]
        for line, commutes in where:
            np.maximum(clock, (opened if commutes else seen)[line], out=clock)
            touch |= (touched_opened if commutes else touched_seen)[line]
        after, touch_after = clock.copy(), touch.copy()
        touch_after[list(op.qubits)] = True
        if cuts(program, index):
            after[op.qubits[0]] += 1
        for line, commutes in where:
            if commutes:
                np.maximum(seen[line], after, out=seen[line])
                touched_seen[line] |= touch_after
            else:
                opened[line] = seen[line] = after
                touched_opened[line] = touched_seen[line] = touch_after
    return count, touched
