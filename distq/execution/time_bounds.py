"""Lower bounds on how long a plan takes if every Bell pair takes its mean time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import Dispatcher
from distq.execution.dispatch.heralding import channels, mean_waits_s
from distq.execution.dispatch.run_once import run_once
from distq.execution.dispatch.tasks import SharedSlots
from distq.networks.network import Network
from distq.networks.parts import SWAP_IONS, Link


def pairs_bound(dispatcher: Dispatcher) -> float:
    """Seconds that the busiest link, hub or QPU's communication ions need for their pairs at their mean rates."""
    network, tasks = dispatcher.network, dispatcher.tasks
    own_s = np.bincount(tasks.link, minlength=len(network.links)) * mean_waits_s(network)
    busy_s = over_links(network, own_s)
    bounds_s = [busy_s[index] / channels(link) for index, link in enumerate(network.links)]
    for limit in tasks.limits:
        if limit.kind == "hub":
            bounds_s.append(busy_s[links_at(network, limit.where)].sum() / limit.slots)
        if limit.kind in ("communication", "swap"):
            taken = [_slots_per_pair(link, limit) for link in network.links]
            bounds_s.append(float(own_s @ np.array(taken)) / limit.slots)
    return float(max(bounds_s, default=0.0))


def path_bound(dispatcher: Dispatcher) -> float:
    """Seconds along the critical path if ions were the only limit: pairs take their mean time and none expires."""
    tasks = dispatcher.tasks
    unlimited = tasks.without_limits(tasks.link_channels[0], tasks.shared[1])
    forever = unlimited._replace(cutoff_s=np.full_like(unlimited.cutoff_s, np.inf))
    given = np.arange(tasks.count, dtype=np.int64)
    return run_once(forever, given, np.zeros(tasks.count), dispatcher.mean_waits_s).makespan_s


def over_links(network: Network, per_link: NDArray[Any]) -> NDArray[Any]:
    """``per_link`` (links are the last axis), plus for each link what belongs to the pairs that are swapped over it."""
    out = per_link.copy()
    for index, link in enumerate(network.links):
        for near, far in pairwise(link.way) if link.via else ():
            out[..., network.link_index(near, far)] += per_link[..., index]
    return out


def links_at(network: Network, hub: int) -> list[int]:
    """Indices of the links whose pairs are heralded at a hub."""
    return [index for index, link in enumerate(network.links) if link.hub == hub]


def _slots_per_pair(link: Link, limit: SharedSlots) -> int:
    """Communication ions of a QPU, or places to swap there, that a pair of the link takes."""
    if limit.kind == "swap":
        return int(limit.where in link.via)
    each = 1 if link.model is None else link.model.ions_per_pair
    return each * (limit.where in (link.a, link.b)) + SWAP_IONS * (limit.where in link.via)
