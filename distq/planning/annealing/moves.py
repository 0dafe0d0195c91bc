"""The four moves of the annealer, and how they are undone.

Each move draws what it changes, changes the state, writes into the log what it replaced, and returns the change of the
cost. Costs are added up term by term in one running total (the argument ``total`` of the helpers), because the order of
a sum decides its last bit, and one bit can decide whether a move is taken.

The constants of the annealer say what changing one of them alone does to the number of Bell pairs, in per cent, with
unlimited memory / with two memory ions. These are geometric means over six circuits of 15 to 32 qubits on four full
QPUs, with six seeds each and three stages of 50,000 proposals from contiguous homes. The standard error is
1.2 / 1.8 %; what is below twice that counts as noise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from distq.planning.annealing.home_windows import Window, choose_window
from distq.planning.annealing.kernel_arrays import Array, Log, Problem, State
from distq.planning.annealing.move_cost import move_stays_of_home, move_stays_of_operation, move_use, set_size
from distq.util.counter_rng import next_below, next_uniform
from distq.util.jit import njit_borrowing, njit_inlined

SITE_AT_COPY = 0.9
"""Share of single operations that go to where one of their operands has a copy, instead of anywhere. Within noise at
0.5 (+0.0 / -1.5 %) and 1 (+0.1 / -1.5 %), but 1 would leave QPUs without copies out of reach."""
PACKET_ANYWHERE = 0.15
"""Share of packets whose goal is any QPU, instead of one to which the same segment has a copy. 0 is within noise
(-1.0 / -0.8 %), as is 0.3 (+0.1 / -3.5 %)."""
PACKET_SCATTERED = 0.6
"""Share of packets whose operations go each to where it lacks the fewest copies, instead of to one goal. Within noise
from 0 (-0.8 / +0.1 %) to 1 (-0.4 / +0.9 %)."""
HOME_AT_COPY = 0.5
"""Share of homes that go to where the qubit has a copy at some time of the window, instead of anywhere. Within noise
at 0 (+0.6 / -1.5 %) and 1 (-0.8 / -0.4 %), which takes a third less time."""
EXCHANGE = 0.15
"""Share of moves of homes that are exchanges even where there is room. Within noise from 0 (-0.6 / +0.9 %) to 0.3
(+1.0 / +0.7 %): these QPUs are full, so that nearly all moves are exchanges anyway."""
DRAG_TO_BEST, DRAG_ALONG = 0.5, 0.25
"""Shares of moves of homes after which operations in the window go to where they lack the fewest copies, and after
which those that ran at the old home follow to the new one. After all others the operations stay. If none
follow to the new home, it is +3.2 / +0.8 %; half as many that go where they lack least is within noise (+0.0 / -0.2 %).
"""


class Change(NamedTuple):
    """What a move did: the change of the cost, and the numbers of operations and homes in the log."""

    cost: float
    operations: int
    homes: int


@njit_borrowing
def random_member(mask: int, k: int, random: Array) -> int:
    """A random QPU of ``mask``, or of all k if it is empty."""
    size = set_size(mask)
    if size == 0:
        return next_below(k, random)
    pick = next_below(size, random)
    for s in range(k):
        if mask >> s & 1:
            if pick == 0:
                return s
            pick -= 1
    return 0


@njit_borrowing
def best_site(
    p: int, avoided: int, operand_start: Array, operand_segment: Array, copies: Array, k: int, random: Array
) -> int:
    """The QPU at which operation p lacks the fewest copies; ties at random. ``avoided`` only if there is no other."""
    somewhere = 0
    for i in range(operand_start[p], operand_start[p + 1]):
        somewhere |= copies[operand_segment[i]]
    best = -1
    fewest = 1 << 30
    ties = 0
    for s in range(k):
        if not somewhere >> s & 1 or s == avoided:
            continue
        lacking = 0
        for i in range(operand_start[p], operand_start[p + 1]):
            lacking += 1 - (copies[operand_segment[i]] >> s & 1)
        if lacking < fewest:
            fewest = lacking
            best = s
            ties = 1
        elif lacking == fewest:
            ties += 1
            if next_uniform(random) * ties < 1.0:
                best = s
    return best if best >= 0 else max(avoided, 0)


@njit_borrowing
def guest_home(
    p: int, at: int, home: Array, op_slot: Array, operand_start: Array, operand_segment: Array, segment_qubit: Array
) -> int:
    """The home of the last operand of p that is a guest at ``at`` when p runs; -1 if none is, or if none is at home."""
    guest = -1
    hosted = False
    for i in range(operand_start[p], operand_start[p + 1]):
        h = home[segment_qubit[operand_segment[i]], op_slot[p]]
        if h == at:
            hosted = True
        else:
            guest = h
    return guest if hosted else -1


@njit_inlined
def set_site(p: int, new: int, total: float, problem: Problem, state: State) -> float:
    """Make ``new`` the site of operation p; returns ``total`` and the change of the cost."""
    old = state.site[p]
    for i in range(problem.operand_start[p], problem.operand_start[p + 1]):
        total += move_use(problem.operand_segment[i], old, new, state.uses, state.copies, problem.trees)
    total += problem.op_gates[p] * (problem.gate_cost[new] - problem.gate_cost[old])
    if problem.price > 0.0:
        total += problem.price * move_stays_of_operation(p, new, problem, state)
    else:
        state.site[p] = new
    return total


@njit_inlined
def set_home(q: int, t: int, new: int, total: float, problem: Problem, state: State) -> float:
    """Make ``new`` the home of q in slot t, ``occupied`` apart; returns ``total`` and the change of the cost."""
    if problem.price > 0.0:
        total += problem.price * move_stays_of_home(q, t, new, problem, state)
    old = state.home[q, t]
    change = 0.0
    for e in range(problem.first_segment[q, t], problem.last_segment[q, t] + 1):
        change += move_use(e, old, new, state.uses, state.copies, problem.trees)
    state.home[q, t] = new
    return total + change


@njit_borrowing
def log_site(number: int, p: int, log: Log, state: State) -> int:
    """Write the site of operation p into entry ``number`` of the log; returns the next number."""
    log.op[number] = p
    log.old_site[number] = state.site[p]
    return number + 1


@njit_borrowing
def log_home(number: int, q: int, t: int, log: Log, state: State) -> int:
    """Write the home of q in slot t into entry ``number`` of the log; returns the next number."""
    log.qubit[number] = q
    log.slot[number] = t
    log.old_home[number] = state.home[q, t]
    return number + 1


@njit_borrowing
def random_operand(o: int, problem: Problem, state: State) -> int:
    """The segment of a random operand of operation o."""
    start = problem.operand_start[o]
    return int(problem.operand_segment[start + next_below(problem.operand_start[o + 1] - start, state.random)])


@njit_borrowing
def move_operation(problem: Problem, state: State, log: Log) -> Change:
    """One operation goes elsewhere, mostly to where one of its operands has a copy anyway."""
    k = len(problem.data)
    o = next_below(len(state.site), state.random)
    e = random_operand(o, problem, state)
    if next_uniform(state.random) < SITE_AT_COPY:
        new = random_member(state.copies[e], k, state.random)
    else:
        new = next_below(k, state.random)
    if new == state.site[o]:
        return Change(0.0, 0, 0)
    log_site(0, o, log, state)
    return Change(set_site(o, new, 0.0, problem, state), 1, 0)


@njit_borrowing
def turn_around(problem: Problem, state: State, log: Log) -> Change:
    """All operations between two QPUs change side.

    These are neutral steps between minimum covers that differ wholesale, which no sequence of small steps without a
    cost joins.
    """
    o = next_below(len(state.site), state.random)
    old = state.site[o]
    new = guest_home(
        o, old, state.home, problem.op_slot, problem.operand_start, problem.operand_segment, problem.segment_qubit
    )
    cost, moved = 0.0, 0
    if new < 0:
        return Change(cost, moved, 0)
    for p in range(len(state.site)):
        if state.site[p] != old:
            continue
        guest = guest_home(
            p, old, state.home, problem.op_slot, problem.operand_start, problem.operand_segment, problem.segment_qubit
        )
        if guest == new:
            moved = log_site(moved, p, log, state)
            cost = set_site(p, new, cost, problem, state)
    return Change(cost, moved, 0)


@njit_borrowing
def move_packet(problem: Problem, state: State, log: Log) -> Change:
    """All operations that one copy serves go elsewhere: together, or each to where it lacks the fewest copies."""
    k = len(problem.data)
    o = next_below(len(state.site), state.random)
    e = random_operand(o, problem, state)
    old = state.site[o]
    goal = random_member(state.copies[e], k, state.random)
    if next_uniform(state.random) < PACKET_ANYWHERE:
        goal = next_below(k, state.random)
    scattered = next_uniform(state.random) < PACKET_SCATTERED
    cost, moved = 0.0, 0
    for j in range(problem.segment_start[e], problem.segment_start[e + 1]):
        p = problem.segment_op[j]
        if state.site[p] != old:
            continue
        new = goal
        if scattered:
            new = best_site(p, old, problem.operand_start, problem.operand_segment, state.copies, k, state.random)
        if new != old:
            moved = log_site(moved, p, log, state)
            cost = set_site(p, new, cost, problem, state)
    return Change(cost, moved, 0)


@njit_borrowing
def choose_home(q: int, window: Window, problem: Problem, state: State) -> int:
    """A QPU to move q to: mostly one where it has a copy at some time of the window."""
    k = len(problem.data)
    if next_uniform(state.random) < HOME_AT_COPY:
        first = problem.first_segment[q, window.begin]
        segments = problem.last_segment[q, window.end - 1] - first + 1
        return random_member(state.copies[first + next_below(segments, state.random)], k, state.random)
    return next_below(k, state.random)


@njit_borrowing
def random_resident(s: int, t: int, home: Array, random: Array) -> int:
    """A qubit whose home in slot t is QPU s, the next one from a random one on; -1 if there is none."""
    n = len(home)
    begin = next_below(n, random)
    for i in range(n):
        q = (begin + i) % n
        if home[q, t] == s:
            return q
    return -1


@njit_borrowing
def drag_operations(
    c: int, window: Window, here: int, there: int, each_its_best: bool, cost: float, moved: int, problem: Problem,
    state: State, log: Log,
) -> tuple[float, int]:  # fmt: skip
    """Operations of qubit c in the window follow its home from ``here`` to ``there``, or go where they lack least."""
    begin, end = max(window.begin, problem.birth[c]), min(window.end, problem.death[c])
    if begin >= end:
        return cost, moved
    k = len(problem.data)
    for e in range(problem.first_segment[c, begin], problem.last_segment[c, end - 1] + 1):
        for j in range(problem.segment_start[e], problem.segment_start[e + 1]):
            p = problem.segment_op[j]
            if problem.op_slot[p] < window.begin or problem.op_slot[p] >= window.end:
                continue
            new = there
            if each_its_best:
                new = best_site(p, -1, problem.operand_start, problem.operand_segment, state.copies, k, state.random)
            elif state.site[p] != here:
                continue
            if new != state.site[p] and moved < len(log.op):
                moved = log_site(moved, p, log, state)
                cost = set_site(p, new, cost, problem, state)
    return cost, moved


@njit_borrowing
def move_home(grain: int, problem: Problem, state: State, log: Log) -> Change:
    """The home of a qubit goes elsewhere over a window of slots, alone or in exchange with others' homes.

    Operations there may follow. Data ions are never exceeded: where the new QPU is full, a qubit there takes the old
    home in exchange.
    """
    home, occupied, random = state.home, state.occupied, state.random
    q = next_below(home.shape[0], random)
    if problem.death[q] <= problem.birth[q]:
        return Change(0.0, 0, 0)
    window = choose_window(q, grain, problem, state)
    here = home[q, window.begin]
    there = choose_home(q, window, problem, state)
    if here == there:
        return Change(0.0, 0, 0)
    other: Any = np.int64(-1)  # no constant, for which drag_operations would be compiled again
    moved: Any = np.int64(0)
    exchange = next_uniform(random) < EXCHANGE
    drag = next_uniform(random)
    cost, homes = 0.0, 0
    for t in range(window.begin, window.end):
        old = home[q, t]
        if old == there:
            continue
        swap = exchange or occupied[t, there] >= problem.data[there]
        if swap and (other < 0 or home[other, t] != there):
            other = random_resident(there, t, home, random)
        homes = log_home(homes, q, t, log, state)
        cost = set_home(q, t, there, cost, problem, state)
        if swap and other >= 0 and home[other, t] == there:
            homes = log_home(homes, other, t, log, state)
            cost = set_home(other, t, old, cost, problem, state)
        else:
            occupied[t, old] -= 1
            occupied[t, there] += 1
    if homes > 0 and drag < DRAG_TO_BEST + DRAG_ALONG:
        best = drag < DRAG_TO_BEST
        cost, moved = drag_operations(q, window, here, there, best, cost, moved, problem, state, log)
        if other >= 0:
            cost, moved = drag_operations(other, window, there, here, best, cost, moved, problem, state, log)
    return Change(cost, moved, homes)


@njit_borrowing
def undo(change: Change, problem: Problem, state: State, log: Log) -> None:
    """Put everything back that a move has changed, last things first."""
    for i in range(change.operations - 1, -1, -1):
        set_site(log.op[i], log.old_site[i], 0.0, problem, state)
    for i in range(change.homes - 1, -1, -1):
        q, t, old = log.qubit[i], log.slot[i], log.old_home[i]
        now = state.home[q, t]
        set_home(q, t, old, 0.0, problem, state)
        state.occupied[t, now] -= 1
        state.occupied[t, old] += 1
