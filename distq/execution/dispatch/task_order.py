"""In which order tasks are dispatched, and from when on.

Any order in which no task overtakes another one on an ion, a link or a classical bit cannot deadlock: a task takes its
slots when it is dispatched, for a time at which all that it waits for has been dispatched before.
"""

from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch.kernels import SWITCH
from distq.execution.dispatch.policy import Policy
from distq.execution.dispatch.run import Times, run
from distq.execution.dispatch.tasks import Ints, Tasks
from distq.ir.events import CatEntangle, Events, HeraldPair

LEAD = 2.0
"""``just-in-time`` begins so many mean waits before a pair is due, or so that it is not too old on average. An
exponential wait is longer one time in seven.
"""


def order_of(tasks: Tasks, waits: NDArray[np.float64]) -> Ints:
    """The given order, or with limits that in which tasks could start without them, if it is faster with mean waits."""
    count = len(tasks.ions)
    given = np.arange(count, dtype=np.int64)
    low, high = tasks.shared
    if low == high:
        return given
    wide = replace(tasks, begin=np.where((tasks.res >= low) & (tasks.res < high), np.inf, tasks.begin))
    none = np.zeros(count)
    sooner = _by_start(tasks, run(wide, given, none, waits).start.tolist())
    faster = run(tasks, sooner, none, waits).makespan_s < run(tasks, given, none, waits).makespan_s
    return sooner if faster else given


def _by_start(tasks: Tasks, start: list[float]) -> Ints:
    """Tasks by these times, as far as none overtakes another one on what only one has at a time."""
    leader = _leaders(tasks)
    waiting, after = _precedence(tasks, leader)
    ready = [(start[i], i) for i in range(len(start)) if leader[i] == i and waiting[i] == 0]
    heapq.heapify(ready)
    out = []
    while ready:
        _, task = heapq.heappop(ready)
        out.append(task)
        if task + 1 < len(leader) and leader[task + 1] == task:
            out.append(task + 1)
        for other in after[task]:
            waiting[other] -= 1
            if waiting[other] == 0:
                heapq.heappush(ready, (start[other], other))
    return np.array(out, dtype=np.int64)


def _leaders(tasks: Tasks) -> list[int]:
    """Per task itself, or the task that it follows at once: the use of a pair that can expire follows its herald."""
    leader = list(range(len(tasks.ions)))
    expires = (tasks.pair >= 0) & (np.append(tasks.cutoff, np.inf)[tasks.pair] < np.inf)
    for task in np.flatnonzero(expires).tolist():
        leader[task + 1] = task
    return leader


def _precedence(tasks: Tasks, leader: list[int]) -> tuple[list[int], list[list[int]]]:
    """Per leading task: how many others it and its follower must not overtake, and which must not overtake them."""
    low, high = tasks.shared
    last = [-1] * tasks.resources
    waiting = [0] * len(leader)
    after: list[list[int]] = [[] for _ in waiting]
    first, res = tasks.first.tolist(), tasks.res.tolist()
    source = np.where(tasks.flags & SWITCH, -1, tasks.source).tolist()
    for index, task in enumerate(leader):
        span = range(first[index], first[index + 1])
        used = {res[t] for t in span} | {source[t] for t in span if source[t] >= 0}
        for resource in used:
            if low <= resource < high:
                continue
            before = last[resource]
            if before >= 0 and before != task:
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
            pair = tasks.pair[index]
            lead = min(LEAD * waits[pair], waits[pair] + tasks.cutoff[pair])
            release[index] = max(0.0, planned.start[index + 1] - lead)
    return release
