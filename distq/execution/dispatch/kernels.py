"""The dispatch of compiled tasks, one run or many: a max-plus recursion in a fixed order.

Each function is compiled by numba; ``function.py_func`` is the same in plain Python.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from distq.util.counter_rng import Floats, Ints, Words, mix, wait
from distq.util.jit import njit

HOLD, READ, WRITE, KEEP, PASSIVE, SWITCH = 1, 2, 4, 8, 16, 32
"""Flags of a touch. HOLD: the ion holds a state before, so that its wait counts as idle. READ: the resource is waited
for and left alone. WRITE: it is not waited for but set, together with KEEP only ever to a later time. PASSIVE: neither.
SWITCH: its ``source`` is a link, and ``begin`` counts only if the slot served another link before.
"""

RENEWALS = 1000
"""After so many expired pairs in a row one is heralded on demand."""


@njit
def dispatch(
    order: Ints,
    first: Ints,
    res: Ints,
    width: Ints,
    begin: Floats,
    end: Floats,
    flags: Ints,
    source: Ints,
    pair: Ints,
    release: Floats,
    cutoff: Floats,
    waits: Floats,
    resources: int,
    luck: tuple[Words, Floats, Floats, Floats],
    row: Any,
    out: tuple[Floats, Floats, Floats, Ints, Ints, Ints, Ints, Floats, Ints],
) -> float:
    """Times of all tasks, every one as soon as its resources are free, slots given out in the order of dispatch.

    Task i has touches ``first[i]`` to ``first[i + 1]`` - 1. A touch takes a slot of its ``width`` resources from
    ``res`` on: the one that is free first, or for a SWITCH the one that lets the task start first. A pair whose use,
    the next task, would come later than ``cutoff`` after its herald expires and is heralded again, with new luck
    (``luck`` without keys: in the same time again); its resources stay reserved for it meanwhile.

    ``out``: arrays (start, end, idle per touch, cause, slot per touch, via, turned per touch, heralding per pair,
    expired per pair) that are filled; ``cause`` is the task that the start had to wait for, ``via`` the resource, -1
    if none. ``turned`` is 1 where a SWITCH was set to another link.
    """
    start, finish, idle, cause, slot, via, turned, heralding, expired = out
    free = np.zeros(resources)
    writer = np.full(resources, -1)
    serves = np.full(resources, -1)
    last = 0.0
    for k in range(len(order)):
        i = order[k]
        at = release[i]
        why, where = -1, -1
        for t in range(first[i], first[i + 1]):
            chosen = res[t]
            if width[t] > 1:
                chosen = _choose(t, first[i], res, width, slot, free, begin, flags, source, serves, at)
            slot[t] = chosen
            if flags[t] & (WRITE | PASSIVE):
                continue
            needed = begin[t]
            if flags[t] & SWITCH:  # a call per touch would take most of the time
                needed = _offset(t, chosen, begin, source, serves)
            earliest = free[chosen] - needed
            if earliest > at:
                at = earliest
                why, where = writer[chosen], chosen
        spent = 0.0
        if pair[i] >= 0:
            p = pair[i]
            spent = waits[p]
            heralding[p] = spent
            expired[p] = 0
            if cutoff[p] < math.inf:
                due = _due(order[k + 1], first, res, width, begin, flags, free, slot[first[i]], slot[first[i] + 1])
                while due - (at + spent) > cutoff[p]:
                    expired[p] += 1
                    again = waits[p]
                    if len(luck[0]) > 0:
                        word = mix(mix(luck[0][p] ^ row) + np.uint64(expired[p]))
                        again = wait(word, luck[1][p], luck[2][p], luck[3][p])
                    heralding[p] += again
                    spent = (due - at if expired[p] >= RENEWALS else spent + cutoff[p]) + again
        done = at
        for t in range(first[i], first[i + 1]):
            r = slot[t]
            idle[t] = at + begin[t] - free[r] if flags[t] & HOLD else 0.0
            if flags[t] & (READ | PASSIVE):
                continue
            until = at + end[t] + spent
            if flags[t] & WRITE:
                if source[t] >= 0:
                    until = max(until, free[source[t]] + begin[t])
                if flags[t] & KEEP and free[r] >= until:
                    continue
            else:
                done = max(done, until)
            if flags[t] & SWITCH:
                turned[t] = 1 if serves[r] >= 0 and serves[r] != source[t] else 0
                serves[r] = source[t]
            free[r] = until
            writer[r] = i
        start[i] = at
        finish[i] = done
        cause[i] = why
        via[i] = where
        last = max(last, done)
    return last


@njit
def _offset(t: int, r: int, begin: Floats, source: Ints, serves: Ints) -> float:
    """How long after the task's start SWITCH t needs resource r; negative: so long before."""
    if serves[r] < 0 or serves[r] == source[t]:
        return max(float(begin[t]), 0.0)
    return float(begin[t])


@njit
def _choose(
    t: int,
    begun: int,
    res: Ints,
    width: Ints,
    slot: Ints,
    free: Floats,
    begin: Floats,
    flags: Ints,
    source: Ints,
    serves: Ints,
    at: float,
) -> int:
    """The slot of touch t, which no earlier touch of its task (from ``begun`` on) has.

    A SWITCH takes the slot that lets the task start first, among equals the one that was free last, which leaves the
    others to tasks that can start sooner.
    """
    chosen = -1
    best = tie = math.inf
    for r in range(res[t], res[t] + width[t]):
        taken = False
        for u in range(begun, t):
            if slot[u] == r:
                taken = True
        if taken:
            continue
        cost = free[r]
        if flags[t] & SWITCH:
            cost = max(at, free[r] - _offset(t, r, begin, source, serves))
        if chosen < 0 or cost < best or (cost == best and flags[t] & SWITCH and -free[r] < tie):
            chosen, best, tie = r, cost, -free[r]
    return chosen


@njit
def _due(
    use: int,
    first: Ints,
    res: Ints,
    width: Ints,
    begin: Floats,
    flags: Ints,
    free: Floats,
    half: int,
    copy: int,
) -> float:
    """When task ``use`` could start if the halves of its pair were there."""
    due = 0.0
    for t in range(first[use], first[use + 1]):
        if flags[t] & (WRITE | PASSIVE) or res[t] == half or res[t] == copy:
            continue
        earliest = math.inf
        for r in range(res[t], res[t] + width[t]):
            earliest = min(earliest, free[r])
        due = max(due, earliest - begin[t])
    return due


@njit
def scratch(
    tasks: int, touches: int, pairs: int
) -> tuple[Floats, Floats, Floats, Ints, Ints, Ints, Ints, Floats, Ints]:
    """Arrays for ``out`` of :func:`dispatch`."""
    return (
        np.zeros(tasks),
        np.zeros(tasks),
        np.zeros(touches),
        np.full(tasks, -1),
        np.zeros(touches, dtype=np.int64),
        np.full(tasks, -1),
        np.zeros(touches, dtype=np.int64),
        np.zeros(pairs),
        np.zeros(pairs, dtype=np.int64),
    )


@njit
def idle_many(
    order: Ints,
    first: Ints,
    res: Ints,
    width: Ints,
    begin: Floats,
    end: Floats,
    flags: Ints,
    source: Ints,
    pair: Ints,
    release: Floats,
    cutoff: Floats,
    waits: Floats,
    resources: int,
    luck: tuple[Words, Floats, Floats, Floats],
    rows: Words,
    wanted: Ints,
    decay: Floats,
) -> Floats:
    """For each row of ``waits`` the idle times of the ``wanted`` touches, each weighted with its ``decay``."""
    out = scratch(len(order), len(res), len(cutoff))
    found = np.empty((len(waits), len(wanted)))
    for s in range(len(waits)):
        dispatch(
            order,
            first,
            res,
            width,
            begin,
            end,
            flags,
            source,
            pair,
            release,
            cutoff,
            waits[s],
            resources,
            luck,
            rows[s],
            out,
        )
        for k in range(len(wanted)):
            found[s, k] = max(out[2][wanted[k]], 0.0) * decay[wanted[k]]
    return found


@njit
def dispatch_many(
    order: Ints,
    first: Ints,
    res: Ints,
    width: Ints,
    begin: Floats,
    end: Floats,
    flags: Ints,
    source: Ints,
    pair: Ints,
    release: Floats,
    cutoff: Floats,
    waits: Floats,
    resources: int,
    luck: tuple[Words, Floats, Floats, Floats],
    rows: Words,
    link: Ints,
    links: int,
    hub: Ints,
    hubs: int,
    decay: Floats,
) -> tuple[Floats, Floats, Floats, Floats, Ints, Ints]:
    """For each row of ``waits``: makespan, idle ion-seconds, and per link the time for which it was heralding.

    Then idle times weighted with ``decay``, which is per touch; pairs that expired; and per hub how often an analyser
    was given to another link. ``hub`` has the hub of every resource, -1 if it is no analyser.
    """
    samples, touches = waits.shape[0], len(res)
    out = scratch(len(order), touches, len(cutoff))
    makespan, idle, busy, lost = np.zeros(samples), np.zeros(samples), np.zeros((samples, links)), np.zeros(samples)
    expired, turns = np.zeros(samples, dtype=np.int64), np.zeros((samples, hubs), dtype=np.int64)
    for s in range(samples):
        makespan[s] = dispatch(
            order,
            first,
            res,
            width,
            begin,
            end,
            flags,
            source,
            pair,
            release,
            cutoff,
            waits[s],
            resources,
            luck,
            rows[s],
            out,
        )
        idle[s] = out[2].sum()
        lost[s] = (out[2] * decay).sum()
        for p in range(waits.shape[1]):
            busy[s, link[p]] += out[7][p]
        expired[s] = out[8].sum()
        if hubs > 0:
            for t in range(touches):
                if out[6][t]:
                    turns[s, hub[out[4][t]]] += 1
    return makespan, idle, busy, lost, expired, turns
