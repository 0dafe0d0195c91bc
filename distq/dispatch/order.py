"""In which order tasks are dispatched, and from when on.

Any order in which no task overtakes another one on an ion, a link or a classical bit cannot deadlock: a task takes its
slots when it is dispatched, for a time at which all that it waits for has been dispatched before.
"""

from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from distq.dispatch.policy import Policy
from distq.dispatch.run import Times, run
from distq.dispatch.tasks import Ints, Tasks
from distq.events import CatEntangle, Events, HeraldPair

LEAD = 2.0
"""``just-in-time`` begins so many mean waits before a pair is due. An exponential wait is longer one time in seven."""


def order_of(tasks: Tasks, waits: NDArray[np.float64]) -> Ints:
    """The given order, or with gate zones that in which tasks could start if zones were no limit."""
    count = len(tasks.ions)
    given = np.arange(count, dtype=np.int64)
    low, high = tasks.zones
    if low == high:
        return given
    wide = replace(tasks, begin=np.where((tasks.res >= low) & (tasks.res < high), np.inf, tasks.begin))
    start = run(wide, given, np.zeros(count), waits).start.tolist()
    waiting, after = _precedence(tasks)
    ready = [(start[i], i) for i in range(count) if waiting[i] == 0]
    heapq.heapify(ready)
    out = []
    while ready:
        _, task = heapq.heappop(ready)
        out.append(task)
        for other in after[task]:
            waiting[other] -= 1
            if waiting[other] == 0:
                heapq.heappush(ready, (start[other], other))
    return np.array(out, dtype=np.int64)


def _precedence(tasks: Tasks) -> tuple[list[int], list[list[int]]]:
    """Per task: how many others it must not overtake, and which must not overtake it."""
    low, high = tasks.zones
    last = [-1] * tasks.resources
    waiting = [0] * len(tasks.ions)
    after: list[list[int]] = [[] for _ in waiting]
    first, res, source = tasks.first.tolist(), tasks.res.tolist(), tasks.source.tolist()
    for task in range(len(waiting)):
        span = range(first[task], first[task + 1])
        used = {res[t] for t in span} | {source[t] for t in span if source[t] >= 0}
        for resource in used:
            if low <= resource < high:
                continue
            before = last[resource]
            if before >= 0:
                waiting[task] += 1
                after[before].append(task)
            last[resource] = task
    return waiting, after


def release_of(
    events: Events, tasks: Tasks, order: Ints, waits: NDArray[np.float64], policy: Policy
) -> NDArray[np.float64]:
    """Earliest start per task, seconds: 0, but for the pairs of ``just-in-time``."""
    release = np.zeros(len(tasks.ions))
    if policy.pairs != "just-in-time":
        return release
    planned: Times = run(tasks, order, release, waits)
    for index, event in enumerate(events.events[:-1]):
        if isinstance(event, HeraldPair) and isinstance(events.events[index + 1], CatEntangle):
            lead = LEAD * waits[tasks.pair[index]]
            release[index] = max(0.0, planned.start[index + 1] - lead)
    return release
