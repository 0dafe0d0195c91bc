"""What a run waits for: the events on its critical path, and the resources that they keep busy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from distq.execution.dispatch import Dispatcher, TaskTimes
from distq.ir.events import Allocate, CatDisentangle, CatEntangle, Event, Events, Execute, HeraldPair, Release, Transfer
from distq.networks.network import Network


@dataclass(frozen=True)
class CriticalShare:
    """A resource and its share of the critical path with mean waits."""

    resource: str
    share: float


def critical_path(times: TaskTimes) -> tuple[int, ...]:
    """Indices of the events that the end of the run waited for, one after the other, the last one first."""
    if len(times.end_s) == 0:
        return ()
    path = [int(np.argmax(times.end_s))]
    while times.cause[path[-1]] >= 0:
        path.append(int(times.cause[path[-1]]))
    return tuple(path)


def critical_shares(
    events: Events, dispatcher: Dispatcher, times: TaskTimes, path: Iterable[int]
) -> tuple[CriticalShare, ...]:
    """The time along a critical path by the resource that it was spent on, the largest share first.

    Where a task waited for slots that many share, the time of the task before it counts for those.
    """
    spent_s: dict[str, float] = {}
    until_s = times.makespan_s
    waited_for = -1
    for index in path:
        begin_s = min(until_s, float(times.start_s[index]))
        name = _limit_name(dispatcher, waited_for) or _resource_name(events.events[index], dispatcher.network)
        spent_s[name] = spent_s.get(name, 0.0) + until_s - begin_s
        until_s, waited_for = begin_s, int(times.via[index])
    if until_s > 0.0:
        spent_s["release of pairs"] = until_s
    total_s = times.makespan_s or 1.0
    ordered = sorted(spent_s.items(), key=lambda entry: -entry[1])
    return tuple([CriticalShare(name, time_s / total_s) for name, time_s in ordered if time_s > 0.0])


def _limit_name(dispatcher: Dispatcher, resource: int) -> str | None:
    """What slots that many tasks share are called; None if ``resource`` is none of them."""
    network = dispatcher.network
    for limit in dispatcher.tasks.limits:
        if limit.first <= resource < limit.first + limit.slots:
            match limit.kind:
                case "hub":
                    return f"hub {network.hubs[limit.where].name}"
                case "swap":
                    return f"swapping at {network.qpus[limit.where].name}"
                case "communication":
                    return f"communication ions of {network.qpus[limit.where].name}"
                case _:
                    return f"gate zones of {network.qpus[limit.where].name}"
    return None


def _resource_name(event: Event, network: Network) -> str:
    """What an event keeps busy, as reports call it."""
    names = [qpu.name for qpu in network.qpus]
    match event:
        case HeraldPair(link):
            return f"link {network.link_name(link)}"
        case CatEntangle(_, root):
            return f"link protocols at {names[root.qpu]}"
        case CatDisentangle(_, copy):
            return f"link protocols at {names[copy.qpu]}"
        case Transfer(_, ion) | Allocate(_, ion) | Release(_, ion):
            return f"transfers and resets at {names[ion.qpu]}"
        case Execute(_, ions):
            return f"operations at {names[ions[0].qpu]}"
        case _:
            assert_never(event)
