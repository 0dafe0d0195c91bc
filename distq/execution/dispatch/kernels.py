"""The dispatch of tasks, compiled: a max-plus recursion in a fixed order.

Each function is a :class:`distq.util.jit.Kernel`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from distq.execution.dispatch.heralding import PairWaits, first_waits, renewed_wait
from distq.execution.dispatch.tasks import KEEP, OCCUPIED, PASSIVE, READ, SWITCH, WRITE, Floats, Ints, TaskArrays
from distq.util.counter_rng import Words
from distq.util.jit import njit

RENEWALS = 1000
"""After so many expired pairs in a row one is heralded on demand."""
PLAIN_S = 3e-6
"""About what :func:`dispatch` takes in plain Python for each touch, in seconds."""


class TaskTimes(NamedTuple):
    """One run of T tasks with S touches and P Bell pairs, as :func:`dispatch` fills it in.

    Attributes
    ----------
    start_s, end_s
        (T,) Seconds from the start of the run.
    cause, via
        (T,) The task that the start waited for and the resource that this one had; -1 if there are none.
    idle_s, slot, reconfigured
        (S,) Seconds for which the ion held a state and waited; the resource taken; 1 where an analyser was set to
        another link.
    heralding_s, expired
        (P,) Seconds of heralding; pairs that became too old before their use.
    held_s
        (H,) Seconds for which the ions that hold a qubit at the end of the run have waited for it.
    """

    start_s: Floats
    end_s: Floats
    cause: Ints
    via: Ints
    idle_s: Floats
    slot: Ints
    reconfigured: Ints
    heralding_s: Floats
    expired: Ints
    held_s: Floats

    @classmethod
    def blank(cls, tasks: TaskArrays) -> TaskTimes:
        """Room for what :func:`dispatch` finds."""
        count, touches, pairs = len(tasks.pair), len(tasks.resource), len(tasks.cutoff_s)
        return cls(
            np.zeros(count),
            np.zeros(count),
            np.full(count, -1),
            np.full(count, -1),
            np.zeros(touches),
            np.zeros(touches, dtype=np.int64),
            np.zeros(touches, dtype=np.int64),
            np.zeros(pairs),
            np.zeros(pairs, dtype=np.int64),
            np.zeros(len(tasks.held)),
        )

    @property
    def makespan_s(self) -> float:
        """Seconds until the last task has ended."""
        return float(self.end_s.max(initial=0.0))


@njit
def dispatch(
    tasks: TaskArrays,
    order: Ints,
    release_s: Floats,
    waits_s: Floats,
    renewal: PairWaits,
    sample: np.uint64,
    times: TaskTimes,
) -> float:
    """Start every task as soon as its resources are free; returns the makespan.

    A touch takes that slot of its ``width`` which is free first, or for a SWITCH the one that lets the task start
    first. A pair whose use, the next task, would come later than ``cutoff_s`` after its herald expires and is heralded
    again; its resources stay reserved for it meanwhile.

    Parameters
    ----------
    tasks
        T tasks with P Bell pairs.
    order
        (T,) The tasks in the order in which slots are given out.
    release_s
        (T,) No task starts before.
    waits_s
        (P,) Seconds that each pair takes to be heralded first.
    renewal, sample
        Random numbers for pairs that are heralded again, and the word of this run. Without keys a pair takes as long
        again.
    times
        Filled in.
    """
    # One long function on arrays unpacked once: 25 ns per task. Split into a function per step it took five times as
    # long, as numba counts references whenever it takes an array out of a tuple.
    first, resource, width, begin_s, end_s, flags, source, pairs, cutoff_s, resources, _, _ = tasks
    starts_s, ends_s, cause, via, idle_s, slots, reconfigured, heralding_s, expired, _ = times
    free_s = np.zeros(resources)
    taken_by = np.full(resources, -1)
    serves = np.full(resources, -1)  # the link that an analyser is set to
    makespan_s = 0.0
    for k in range(len(order)):
        task = order[k]
        start_s = release_s[task]
        waited_for, at = -1, -1
        for t in range(first[task], first[task + 1]):
            slot = resource[t]
            if width[t] > 1:
                slot = _choose(tasks, t, first[task], start_s, free_s, serves, slots)
            slots[t] = slot
            if flags[t] & (WRITE | PASSIVE):
                continue
            needed_s = begin_s[t]
            if flags[t] & SWITCH:
                needed_s = _switch_begin(begin_s[t], source[t], serves[slot])
            earliest_s = free_s[slot] - needed_s
            if earliest_s > start_s:
                start_s = earliest_s
                waited_for, at = taken_by[slot], slot
        herald_s = 0.0
        pair = pairs[task]
        if pair >= 0:
            herald_s = waits_s[pair]
            heralding_s[pair] = herald_s
            expired[pair] = 0
            if cutoff_s[pair] < math.inf:
                due_s = _due(tasks, order[k + 1], slots[first[task]], slots[first[task] + 1], free_s)
                herald_s = _herald_again(tasks, pair, start_s, due_s, waits_s[pair], renewal, sample, times)
        finish_s = start_s
        for t in range(first[task], first[task + 1]):
            slot = slots[t]
            idle_s[t] = start_s + begin_s[t] - free_s[slot] if flags[t] & OCCUPIED else 0.0
            if flags[t] & (READ | PASSIVE):
                continue
            until_s = start_s + end_s[t] + herald_s
            if flags[t] & WRITE:
                if source[t] >= 0:
                    until_s = max(until_s, free_s[source[t]] + begin_s[t])
                if flags[t] & KEEP and free_s[slot] >= until_s:
                    continue
            else:
                finish_s = max(finish_s, until_s)
            if flags[t] & SWITCH:
                reconfigured[t] = 1 if serves[slot] >= 0 and serves[slot] != source[t] else 0
                serves[slot] = source[t]
            free_s[slot] = until_s
            taken_by[slot] = task
        starts_s[task] = start_s
        ends_s[task] = finish_s
        cause[task] = waited_for
        via[task] = at
        makespan_s = max(makespan_s, finish_s)
    return makespan_s


@njit
def settle(tasks: TaskArrays, order: Ints, makespan_s: float, times: TaskTimes) -> None:
    """Move the first gates of qubits to as late as they are needed, and let all qubits wait for the end of the run.

    No other task moves: a gate ends where the next use of one of its ions or of its zone begins. ``times`` is what
    :func:`dispatch` has filled in, with this makespan.
    """
    first, _, _, begin_s, end_s, flags, _, _, _, resources, late, held = tasks
    starts_s, ends_s, _, _, idle_s, slots, _, _, _, held_s = times
    next_s = np.full(resources, makespan_s)
    next_touch = np.full(resources, -1)
    free_s = np.full(resources, makespan_s)
    for k in range(len(order) - 1, -1, -1):
        task = order[k]
        shift_s = 0.0
        if late[task]:
            shift_s = math.inf
            for t in range(first[task], first[task + 1]):
                shift_s = min(shift_s, next_s[slots[t]] - end_s[t] - starts_s[task])
            shift_s = max(shift_s, 0.0)
            starts_s[task] += shift_s
            ends_s[task] += shift_s
        for t in range(first[task], first[task + 1]):
            if flags[t] & (WRITE | PASSIVE):
                continue
            slot, after = slots[t], next_touch[slots[t]]
            next_s[slot] = starts_s[task] + begin_s[t]
            if flags[t] & READ:
                continue
            if after < 0:
                free_s[slot] = starts_s[task] + end_s[t]
            elif flags[after] & OCCUPIED:
                idle_s[after] -= shift_s
            if flags[t] & OCCUPIED:
                idle_s[t] += shift_s
            next_touch[slot] = t
    for h in range(len(held)):
        held_s[h] = max(makespan_s - free_s[held[h]], 0.0)


@njit
def _switch_begin(begin_s: float, link: int, served: int) -> float:
    """How long after the task's start an analyser that serves a link is needed for ``link``; negative: before."""
    if served < 0 or served == link:
        return max(float(begin_s), 0.0)
    return float(begin_s)


@njit
def _choose(tasks: TaskArrays, t: int, first: int, start_s: float, free_s: Floats, serves: Ints, slots: Ints) -> int:
    """The slot of touch t, one that no earlier touch of its task (from ``first`` on) has taken.

    A SWITCH takes the slot that lets the task start first, among equals the one that was free last, which leaves the
    others to tasks that can start sooner.
    """
    is_switch = tasks.flags[t] & SWITCH
    chosen = -1
    best = tie = math.inf
    for slot in range(tasks.resource[t], tasks.resource[t] + tasks.width[t]):
        taken = False
        for u in range(first, t):
            if slots[u] == slot:
                taken = True
        if taken:
            continue
        cost = free_s[slot]
        if is_switch:
            cost = max(start_s, free_s[slot] - _switch_begin(tasks.begin_s[t], tasks.source[t], serves[slot]))
        if chosen < 0 or cost < best or (cost == best and is_switch and -free_s[slot] < tie):
            chosen, best, tie = slot, cost, -free_s[slot]
    return chosen


@njit
def _due(tasks: TaskArrays, use: int, half: int, copy: int, free_s: Floats) -> float:
    """When task ``use`` could start if the two halves of its pair were there."""
    due_s = 0.0
    for t in range(tasks.first[use], tasks.first[use + 1]):
        if tasks.flags[t] & (WRITE | PASSIVE) or tasks.resource[t] == half or tasks.resource[t] == copy:
            continue
        earliest_s = math.inf
        for slot in range(tasks.resource[t], tasks.resource[t] + tasks.width[t]):
            earliest_s = min(earliest_s, free_s[slot])
        due_s = max(due_s, earliest_s - tasks.begin_s[t])
    return due_s


@njit
def _herald_again(
    tasks: TaskArrays,
    pair: int,
    start_s: float,
    due_s: float,
    wait_s: float,
    renewal: PairWaits,
    sample: np.uint64,
    times: TaskTimes,
) -> float:
    """Herald a pair until it is young enough when it is due; returns the time from ``start_s`` to its last herald."""
    herald_s = wait_s
    while due_s - (start_s + herald_s) > tasks.cutoff_s[pair]:
        times.expired[pair] += 1
        again_s = wait_s
        if len(renewal.keys) > 0:
            again_s = renewed_wait(renewal, pair, sample, times.expired[pair])
        times.heralding_s[pair] += again_s
        expires_s = due_s - start_s if times.expired[pair] >= RENEWALS else herald_s + tasks.cutoff_s[pair]
        herald_s = expires_s + again_s
    return herald_s


@njit
def _random_run(
    tasks: TaskArrays,
    order: Ints,
    release_s: Floats,
    waits: PairWaits,
    sample: np.uint64,
    waits_s: Floats,
    times: TaskTimes,
) -> float:
    """The run with the word ``sample``: draws ``waits_s``, fills in ``times`` and returns the makespan."""
    first_waits(waits, sample, waits_s)
    makespan_s = float(dispatch(tasks, order, release_s, waits_s, waits, sample, times))
    settle(tasks, order, makespan_s, times)
    return makespan_s


@njit
def sample_idle(
    tasks: TaskArrays,
    order: Ints,
    release_s: Floats,
    waits: PairWaits,
    samples: Words,
    wanted: Ints,
    times: TaskTimes,
    idle_s: Floats,
) -> None:
    """Fill in ``idle_s`` (runs, wanted + H): idle seconds of the ``wanted`` touches, and at the end of the run.

    There is one run for each word of ``samples``; ``times`` is room to work in.
    """
    waits_s = np.empty(len(waits.keys))
    for s in range(len(samples)):
        _random_run(tasks, order, release_s, waits, samples[s], waits_s, times)
        for w in range(len(wanted)):
            idle_s[s, w] = max(times.idle_s[wanted[w]], 0.0)
        for h in range(len(times.held_s)):
            idle_s[s, len(wanted) + h] = times.held_s[h]


class Groups(NamedTuple):
    """What the figures of a run are summed over.

    Attributes
    ----------
    link, links
        (P,) Link of every Bell pair, counted among those that are used, and how many of these there are.
    hub, hubs
        (R,) Hub of every resource, -1 if it is no analyser, and how many hubs there are.
    loss_hz, held_loss_hz
        (S,), (H,) Weight of the idle time of every touch, and of that at the end of the run.
    """

    link: Ints
    links: int
    hub: Ints
    hubs: int
    loss_hz: Floats
    held_loss_hz: Floats


class SampledRuns(NamedTuple):
    """Many runs with random waits for Bell pairs.

    Attributes
    ----------
    makespan_s, idle_s
        (runs,) Makespan, and ion-seconds of idling.
    busy_s
        (runs, used links) Time for which each link was heralding.
    idle_loss
        (runs,) Idle times weighted with ``Groups.loss_hz``: twice the process fidelity that waiting costs, to first
        order. It is large for all ions of a run in which one wait is long.
    expired
        (runs,) Pairs that became too old.
    reconfigurations
        (runs, hubs) How often an analyser was set to another link.
    """

    makespan_s: Floats
    idle_s: Floats
    busy_s: Floats
    idle_loss: Floats
    expired: Ints
    reconfigurations: Ints

    @classmethod
    def blank(cls, count: int, groups: Groups) -> SampledRuns:
        """Room for what :func:`sample_runs` adds up in ``count`` runs."""
        return cls(
            np.zeros(count),
            np.zeros(count),
            np.zeros((count, groups.links)),
            np.zeros(count),
            np.zeros(count, dtype=np.int64),
            np.zeros((count, groups.hubs), dtype=np.int64),
        )


@njit
def sample_runs(
    tasks: TaskArrays,
    order: Ints,
    release_s: Floats,
    waits: PairWaits,
    samples: Words,
    groups: Groups,
    times: TaskTimes,
    runs: SampledRuns,
) -> None:
    """Fill in ``runs`` with random waits, one for each word of ``samples``; ``times`` is room to work in."""
    waits_s = np.empty(len(waits.keys))
    for s in range(len(samples)):
        runs.makespan_s[s] = _random_run(tasks, order, release_s, waits, samples[s], waits_s, times)
        for t in range(len(times.idle_s)):
            runs.idle_s[s] += times.idle_s[t]
            runs.idle_loss[s] += times.idle_s[t] * groups.loss_hz[t]
        for h in range(len(times.held_s)):
            runs.idle_s[s] += times.held_s[h]
            runs.idle_loss[s] += times.held_s[h] * groups.held_loss_hz[h]
        for p in range(len(waits_s)):
            runs.busy_s[s, groups.link[p]] += times.heralding_s[p]
            runs.expired[s] += times.expired[p]
        if groups.hubs > 0:
            for t in range(len(times.slot)):
                if times.reconfigured[t]:
                    runs.reconfigurations[s, groups.hub[times.slot[t]]] += 1
