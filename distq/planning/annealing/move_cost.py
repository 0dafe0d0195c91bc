"""What a change of homes or sites costs: the bookkeeping that every move of the annealer is made of.

These inner loops take arrays one by one. Every array that is read out of a tuple in a compiled loop counts a reference,
which costs more than most of these functions do. What the arrays mean is said in
:mod:`distq.planning.annealing.kernel_arrays`.
"""

from __future__ import annotations

import numpy as np

from distq.planning.annealing.kernel_arrays import Array, Problem, State, Trees
from distq.planning.annealing.search_space import TICKS_PER_SLOT
from distq.util.jit import njit_borrowing


@njit_borrowing
def set_size(mask: int) -> int:
    """Number of QPUs in ``mask``."""
    size = 0
    while mask:
        mask &= mask - 1
        size += 1
    return size


@njit_borrowing
def tree_cost(mask: int, trees: Trees) -> float:
    """Cost of joining the QPUs of ``mask``: from the table, or of a spanning tree (Prim) without one."""
    if trees.all_linked:
        return set_size(mask) - 1.0
    if len(trees.table) > 1:
        return float(trees.table[mask])
    distance, near = trees.distance, trees.near
    k = len(near)
    near[:] = np.inf
    total, at = 0.0, -1
    while mask:
        nearest = -1
        for s in range(k):
            if mask >> s & 1 and (nearest < 0 or near[s] < near[nearest]):
                nearest = s
        if at >= 0:
            total += near[nearest]
        at = nearest
        mask &= ~(1 << at)
        for s in range(k):
            if mask >> s & 1 and distance[at, s] < near[s]:
                near[s] = distance[at, s]
    return total


@njit_borrowing
def move_use(e: int, old: int, new: int, uses: Array, copies: Array, trees: Trees) -> float:
    """Move one use of segment e from QPU ``old`` to ``new``; returns the change of the cost."""
    before = copies[e]
    after = before
    uses[e, old] -= 1
    if uses[e, old] == 0:
        after &= ~(np.int64(1) << old)
    uses[e, new] += 1
    if uses[e, new] == 1:
        after |= np.int64(1) << new
    if after == before:
        return 0.0
    copies[e] = after
    if trees.all_linked:
        return float((after >> new & 1) - (before >> new & 1)) - float((before >> old & 1) - (after >> old & 1))
    return tree_cost(after, trees) - tree_cost(before, trees)


@njit_borrowing
def excess(load: int, memory: int) -> int:
    """Ticks of a ``load`` beyond the ``memory``."""
    return load - memory if load > memory else 0


@njit_borrowing
def add_stay(
    e: int, s: int, sign: int, stay_first: Array, stay_last: Array, homes: Array, load: Array, memory: Array
) -> int:
    """Add the stay of segment e's copy at QPU s to ``load``, or remove it; returns the change of the total excess.

    ``homes`` (T,) are those of its qubit: where one is at s, the copy needs no memory ion.
    """
    first = stay_first[e, s]
    last = stay_last[e, s]
    change = 0
    if last < first:
        return 0
    for t in range(first // TICKS_PER_SLOT, last // TICKS_PER_SLOT + 1):
        if homes[t] == s:
            continue
        ticks = min(last + 1, (t + 1) * TICKS_PER_SLOT) - max(first, t * TICKS_PER_SLOT)
        before = excess(load[t, s], memory[s])
        load[t, s] += sign * ticks
        change += excess(load[t, s], memory[s]) - before
    return change


@njit_borrowing
def find_stay(
    e: int, s: int, segment_start: Array, segment_op: Array, site: Array, op_time: Array, stay_first: Array,
    stay_last: Array,
) -> None:  # fmt: skip
    """Set the first and last tick at which an operation uses segment e's copy at QPU s."""
    first = np.int64(1) << 60
    last = np.int64(-1)
    for j in range(segment_start[e], segment_start[e + 1]):
        p = segment_op[j]
        if site[p] == s:
            first = min(first, op_time[p])
            last = max(last, op_time[p])
    stay_first[e, s] = first
    stay_last[e, s] = last


@njit_borrowing
def move_stays_of_operation(p: int, new: int, problem: Problem, state: State) -> int:
    """Make ``new`` the site of operation p; returns the change of the total excess. Uses are the caller's."""
    site, first, last, load, memory = state.site, state.stay_first, state.stay_last, state.load, problem.memory
    old = site[p]
    site[p] = new
    at = problem.op_time[p]
    change = 0
    for i in range(problem.operand_start[p], problem.operand_start[p + 1]):
        e = problem.operand_segment[i]
        homes = state.home[problem.segment_qubit[e]]
        if at <= first[e, old] or at >= last[e, old]:
            change += add_stay(e, old, -1, first, last, homes, load, memory)
            find_stay(e, old, problem.segment_start, problem.segment_op, site, problem.op_time, first, last)
            change += add_stay(e, old, 1, first, last, homes, load, memory)
        if at < first[e, new] or at > last[e, new]:
            change += add_stay(e, new, -1, first, last, homes, load, memory)
            first[e, new] = min(first[e, new], at)
            last[e, new] = max(last[e, new], at)
            change += add_stay(e, new, 1, first, last, homes, load, memory)
    return change


@njit_borrowing
def move_stays_of_home(q: int, t: int, new: int, problem: Problem, state: State) -> int:
    """Change of the total excess as the home of q in slot t goes to ``new``, to be called before it does.

    Copies at the old home now need a memory ion in that slot, copies at the new one no longer do. Where ions have any
    role, homes themselves take such ions.
    """
    old = state.home[q, t]
    load, memory = state.load, problem.memory
    change = 0
    for s, sign in ((old, -1), (new, 1)):
        if problem.home_load[s]:
            before = excess(load[t, s], memory[s])
            load[t, s] += sign * problem.home_load[s]
            change += excess(load[t, s], memory[s]) - before
    for e in range(problem.first_segment[q, t], problem.last_segment[q, t] + 1):
        for s, sign in ((old, 1), (new, -1)):
            begin = max(state.stay_first[e, s], t * TICKS_PER_SLOT)
            end = min(state.stay_last[e, s] + 1, (t + 1) * TICKS_PER_SLOT)
            if end > begin:
                before = excess(load[t, s], memory[s])
                load[t, s] += sign * (end - begin)
                change += excess(load[t, s], memory[s]) - before
    return change
