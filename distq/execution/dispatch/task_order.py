"""In which order tasks are dispatched, and the earliest time at which each may start.

No order can deadlock in which no task overtakes another one on an ion, a link or a classical bit: a task takes its
slots when it is dispatched, for a time at which everything that it waits for has been dispatched before.
"""

from __future__ import annotations

import heapq

import numpy as np

from distq.execution.dispatch.policy import Policy
from distq.execution.dispatch.run_once import run_once
from distq.execution.dispatch.tasks import SWITCH, Floats, Ints, Tasks
from distq.ir.events import CatEntangle, Events, HeraldPair

LEAD = 2.0
"""``just-in-time`` begins to herald so many mean waits before a pair is due, or just so early that the pair is not too
old on average. An exponential wait is longer than two means one time in seven.
"""


def order_of(tasks: Tasks, waits_s: Floats) -> Ints:
    """The order in which tasks are dispatched.

    It is the given one, or that in which tasks could start if shared slots were unlimited, whichever takes less time
    when Bell pairs take their mean waits ``waits_s``.
    """
    given = np.arange(tasks.count, dtype=np.int64)
    if tasks.shared[0] == tasks.shared[1]:
        return given
    at_once = np.zeros(tasks.count)
    unlimited = run_once(tasks.without_limits(*tasks.shared), given, at_once, waits_s)
    by_start = _by_start(tasks, unlimited.start_s.tolist())
    makespans_s = [run_once(tasks.arrays, order, at_once, waits_s).makespan_s for order in (by_start, given)]
    return by_start if makespans_s[0] < makespans_s[1] else given


def _by_start(tasks: Tasks, start_s: list[float]) -> Ints:
    """Tasks by these times, as far as none overtakes another one on what only one of them can have at a time."""
    leader = _leaders(tasks)
    waiting, after = _precedence(tasks, leader)
    ready = [(start_s[i], i) for i in range(len(start_s)) if leader[i] == i and waiting[i] == 0]
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
                heapq.heappush(ready, (start_s[other], other))
    return np.array(out, dtype=np.int64)


def _leaders(tasks: Tasks) -> list[int]:
    """Per task itself, or the task that it follows at once: the use of a pair that can expire follows its herald."""
    leader = list(range(tasks.count))
    pair = tasks.arrays.pair
    expires = (pair >= 0) & (np.append(tasks.arrays.cutoff_s, np.inf)[pair] < np.inf)
    for task in np.flatnonzero(expires).tolist():
        leader[task + 1] = task
    return leader


def _precedence(tasks: Tasks, leader: list[int]) -> tuple[list[int], list[list[int]]]:
    """Per leading task: how many others it and its follower must not overtake, and which must not overtake them."""
    low, high = tasks.shared
    arrays = tasks.arrays
    last = [-1] * arrays.resources
    waiting = [0] * len(leader)
    after: list[list[int]] = [[] for _ in waiting]
    first, resources = arrays.first.tolist(), arrays.resource.tolist()
    source = np.where(arrays.flags & SWITCH, -1, arrays.source).tolist()
    for index, task in enumerate(leader):
        touches = range(first[index], first[index + 1])
        used = {resources[t] for t in touches} | {source[t] for t in touches if source[t] >= 0}
        for resource in used:
            if low <= resource < high:
                continue
            before = last[resource]
            if before >= 0 and before != task:
                waiting[task] += 1
                after[before].append(task)
            last[resource] = task
    return waiting, after


def release_of(events: Events, tasks: Tasks, order: Ints, waits_s: Floats, policy: Policy) -> Floats:
    """(T,) Earliest start per task, seconds: 0, but for the tasks that herald pairs ``just-in-time``."""
    release_s = np.zeros(tasks.count)
    if policy.pairs != "just-in-time":
        return release_s
    planned = run_once(tasks.arrays, order, release_s, waits_s)
    for index, event in enumerate(events.events[:-1]):
        if isinstance(event, HeraldPair) and isinstance(events.events[index + 1], CatEntangle):
            pair = tasks.arrays.pair[index]
            lead_s = min(LEAD * waits_s[pair], waits_s[pair] + tasks.arrays.cutoff_s[pair])
            release_s[index] = max(0.0, planned.start_s[index + 1] - lead_s)
    return release_s
