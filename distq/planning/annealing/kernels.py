"""The compiled loop of the annealer.

How the constants were measured is said in :mod:`distq.planning.annealing.moves`.
"""

from __future__ import annotations

from math import exp

import numpy as np

from distq.planning.annealing.kernel_arrays import Best, Log, Problem, Schedule, State
from distq.planning.annealing.move_cost import add_stay, excess, find_stay, tree_cost
from distq.planning.annealing.moves import Change, move_home, move_operation, move_packet, turn_around, undo
from distq.util.counter_rng import next_uniform
from distq.util.jit import njit_borrowing

OPERATION_SHARE, PACKET_SHARE, TURN_SHARE = 0.45, 0.2, 0.002
"""Shares of moves of one operation and of one packet, the latter with turns of all operations between two QPUs. The
others are moves of homes. A turn looks at all operations, so that there is at most one for as many moves.

With 0.3 moves of operations and more of homes it is -2.3 / -3.3 %, but takes 15 % more time; with 0.6 it is
+1.7 / +0.8 %. Packets are worth their share without limits on memory: none cost +8.8 / -0.9 %, 0.4 of them
+3.9 / +1.7 %. No turns (-0.2 / +3.0 %) and five times as many (-0.4 / -1.7 %) are within noise.
"""
COOLING_PERIOD = 128
"""Proposals between two changes of temperature and grain, which take longer than a proposal. Within noise from 1
(+0.8 / -0.6 %) to 2048 (+1.2 / -0.4 %)."""
REFINEMENT = 1.6
"""How fast the grain of moves of homes gets finer: it is halved in even steps of time, from all slots at first to one
slot at 1 / REFINEMENT of the run. 1 is -0.7 / -4.2 % here, twice as fast +1.0 / +4.1 %."""
TRACKED_FROM = 0.5
"""Share of the run after which the best solution is kept: before, it is too hot for a solution that stays the best in
65 of 72 runs. From the beginning on, pairs change by -0.1 / -1.7 %."""
ROUNDING = 1e-9
"""Smaller improvements of the cost are rounding errors of its running sum."""


@njit_borrowing
def count_uses(problem: Problem, state: State) -> None:
    """Fill in uses, copies and occupied ions from sites and homes."""
    site, home, uses, copies = state.site, state.home, state.uses, state.copies
    for o in range(site.shape[0]):
        for i in range(problem.operand_start[o], problem.operand_start[o + 1]):
            uses[problem.operand_segment[i], site[o]] += 1
            copies[problem.operand_segment[i]] |= np.int64(1) << site[o]
    for q in range(home.shape[0]):
        for t in range(home.shape[1]):
            s = home[q, t]
            if s >= 0:
                state.occupied[t, s] += 1
                for e in range(problem.first_segment[q, t], problem.last_segment[q, t] + 1):
                    uses[e, s] += 1
                    copies[e] |= np.int64(1) << s


@njit_borrowing
def initial_cost(problem: Problem, state: State) -> float:
    """Fill in all that follows from sites and homes, in a state of zeros; returns the cost."""
    count_uses(problem, state)
    copies, site = state.copies, state.site
    cost = 0.0
    for e in range(len(copies)):
        if copies[e]:
            cost += tree_cost(copies[e], problem.trees)
    for o in range(len(site)):
        cost += problem.op_gates[o] * problem.gate_cost[site[o]]
    if problem.price > 0.0:
        first, last = state.stay_first, state.stay_last
        for t in range(state.load.shape[0]):
            for s in range(len(problem.data)):
                state.load[t, s] = state.occupied[t, s] * problem.home_load[s]
                cost += problem.price * excess(state.load[t, s], problem.memory[s])
        for e in range(len(copies)):
            homes = state.home[problem.segment_qubit[e]]
            for s in range(len(problem.data)):
                find_stay(e, s, problem.segment_start, problem.segment_op, site, problem.op_time, first, last)
                cost += problem.price * add_stay(e, s, 1, first, last, homes, state.load, problem.memory)
    return cost


@njit_borrowing
def list_changes(change: Change, log: Log, best: Best) -> None:
    """Add what a move changed to what has changed since the best solution was written, unless that is too much."""
    ops, homes = best.changes[0], best.changes[1]
    limit = len(best.changed_op)
    if ops < 0:
        return
    if ops + change.operations > limit or homes + change.homes > limit:
        best.changes[0] = -1
        return
    for i in range(change.operations):
        best.changed_op[ops + i] = log.op[i]
    for i in range(change.homes):
        best.changed_qubit[homes + i] = log.qubit[i]
        best.changed_slot[homes + i] = log.slot[i]
    best.changes[0] += change.operations
    best.changes[1] += change.homes


@njit_borrowing
def write_best(cost: float, state: State, best: Best) -> None:
    """Make the state the best solution."""
    best.cost[0] = cost
    if best.changes[0] < 0:
        for o in range(len(state.site)):
            best.site[o] = state.site[o]
        for q in range(state.home.shape[0]):
            for t in range(state.home.shape[1]):
                best.home[q, t] = state.home[q, t]
    else:
        for i in range(best.changes[0]):
            best.site[best.changed_op[i]] = state.site[best.changed_op[i]]
        for i in range(best.changes[1]):
            q, t = best.changed_qubit[i], best.changed_slot[i]
            best.home[q, t] = state.home[q, t]
    best.changes[:] = 0


@njit_borrowing
def random_move(grain: int, problem: Problem, state: State, log: Log) -> Change:
    """One move of a random kind. Moves of homes are over windows of ``grain`` slots or more."""
    ops = len(state.site)
    kind = next_uniform(state.random)
    if ops == 0:
        return move_home(grain, problem, state, log)
    if kind < OPERATION_SHARE:
        return move_operation(problem, state, log)
    if kind < OPERATION_SHARE + min(TURN_SHARE, 1.0 / (ops + 1)):
        return turn_around(problem, state, log)
    if kind < OPERATION_SHARE + PACKET_SHARE:
        return move_packet(problem, state, log)
    return move_home(grain, problem, state, log)


@njit_borrowing
def anneal(problem: Problem, state: State, log: Log, best: Best, schedule: Schedule, begin: int, end: int) -> None:
    """Simulated annealing over sites and homes; data ions are never exceeded. The best solution goes to ``best``.

    Runs proposals ``begin`` to ``end`` of the schedule. A later part goes on from a new state of the same sites, homes
    and random numbers, and from ``best`` as it is. The cost is that of :class:`Problem`; O(1) for each changed operand
    if memory is unlimited and all QPUs are linked.
    """
    cost = initial_cost(problem, state)
    best.changes[0] = -1
    if begin == 0:
        write_best(cost, state, best)
        best.changes[0] = -1
    n, slots = state.home.shape
    if n < 1 or len(problem.data) < 2:
        return
    proposals, hot = schedule.proposals, schedule.hot
    octaves = 1
    while slots >> octaves:
        octaves += 1
    temperature, grain = hot, slots
    for step in range(begin, end):
        if step % COOLING_PERIOD == 0 or step == begin:
            temperature = hot * (schedule.cold / hot) ** (step / proposals)
            grain = max(1, slots >> int(REFINEMENT * octaves * step / proposals))
        change = random_move(grain, problem, state, log)
        if change.operations + change.homes == 0:
            continue
        if change.cost <= 0.0 or next_uniform(state.random) < exp(-change.cost / temperature):
            cost += change.cost
            if step > TRACKED_FROM * proposals:
                list_changes(change, log, best)
                if cost < best.cost[0] - ROUNDING:
                    write_best(cost, state, best)
        else:
            undo(change, problem, state, log)
