"""The dispatch of compiled tasks, one run or many: a max-plus recursion in a fixed order.

Each function is compiled by numba; ``function.py_func`` is the same in plain Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
F = TypeVar("F", bound=Callable[..., Any])

HOLD, READ, WRITE, KEEP, PASSIVE = 1, 2, 4, 8, 16
"""Flags of a touch. HOLD: the ion holds a state before, so that its wait counts as idle. READ: the resource is waited
for and left alone. WRITE: it is not waited for but set, together with KEEP only ever to a later time. PASSIVE: neither.
"""


def njit(function: F) -> F:
    """Compile once per machine; the kernels run in threads."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))


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
    waits: Floats,
    resources: int,
    out: tuple[Floats, Floats, Floats, Ints, Ints],
) -> float:
    """Times of all tasks, every one as soon as its resources are free, slots given out in the order of dispatch.

    Task i has touches ``first[i]`` to ``first[i + 1]`` - 1. A touch takes the slot of its ``width`` resources from
    ``res`` on that is free first. ``out``: arrays (start, end, idle per touch, cause, slot per touch) that are filled;
    ``cause`` is the task that the start had to wait for, -1 if none.
    """
    start, finish, idle, cause, slot = out
    free = np.zeros(resources)
    writer = np.full(resources, -1)
    last = 0.0
    for k in range(len(order)):
        i = order[k]
        at = release[i]
        why = -1
        for t in range(first[i], first[i + 1]):
            chosen = res[t]
            for r in range(res[t] + 1, res[t] + width[t]):
                if free[r] < free[chosen]:
                    chosen = r
            slot[t] = chosen
            if flags[t] & (WRITE | PASSIVE):
                continue
            earliest = free[chosen] - begin[t]
            if earliest > at:
                at = earliest
                why = writer[chosen]
        wait = waits[pair[i]] if pair[i] >= 0 else 0.0
        done = at
        for t in range(first[i], first[i + 1]):
            r = slot[t]
            idle[t] = at + begin[t] - free[r] if flags[t] & HOLD else 0.0
            if flags[t] & (READ | PASSIVE):
                continue
            until = at + end[t] + wait
            if flags[t] & WRITE:
                if source[t] >= 0:
                    until = max(until, free[source[t]] + begin[t])
                if flags[t] & KEEP and free[r] >= until:
                    continue
            else:
                done = max(done, until)
            free[r] = until
            writer[r] = i
        start[i] = at
        finish[i] = done
        cause[i] = why
        last = max(last, done)
    return last


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
    waits: Floats,
    resources: int,
    link: Ints,
    links: int,
    decay: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """For each row of ``waits``: makespan, idle ion-seconds, and per link the time for which it was heralding.

    Last come idle times weighted with ``decay``, which is per touch.
    """
    samples, tasks, touches = waits.shape[0], len(order), len(res)
    out = (
        np.zeros(tasks),
        np.zeros(tasks),
        np.zeros(touches),
        np.zeros(tasks, dtype=np.int64),
        np.zeros(touches, dtype=np.int64),
    )
    makespan, idle, busy, lost = np.zeros(samples), np.zeros(samples), np.zeros((samples, links)), np.zeros(samples)
    for s in range(samples):
        makespan[s] = dispatch(
            order, first, res, width, begin, end, flags, source, pair, release, waits[s], resources, out
        )
        idle[s] = out[2].sum()
        lost[s] = (out[2] * decay).sum()
        for p in range(waits.shape[1]):
            busy[s, link[p]] += waits[s, p]
    return makespan, idle, busy, lost
