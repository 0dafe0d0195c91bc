"""What a plan costs in time: makespans, links, idle ions, and what the run waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import Machine, Policy, Runs, Times
from distq.execution.dispatch.heralding import channels, mean_waits
from distq.execution.dispatch.kernels import SWITCH
from distq.execution.dispatch.run import run
from distq.execution.dispatch.tasks import Limit
from distq.ir.events import Allocate, CatDisentangle, CatEntangle, Event, Events, Execute, HeraldPair, Release, Transfer
from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parts import SWAP_IONS, Link
from distq.util.text import link_name


@dataclass(frozen=True)
class LinkTime:
    """One link: its QPUs, pairs delivered, and the mean share of the run in which it heralds (per channel).

    ``via``: QPUs at which its pairs are swapped; the links on the way are busy for those too.
    """

    a: str
    b: str
    pairs: int
    utilisation: float
    via: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For people."""
        return link_name(self.a, self.b, self.via)


@dataclass(frozen=True)
class HubTime:
    """One hub: pairs that it heralds, the mean share of the run in which an analyser is heralding or being set to
    another link, and how often per run that is.
    """

    name: str
    analysers: int
    pairs: int
    utilisation: float
    reconfigurations: float


@dataclass(frozen=True)
class Share:
    """A resource and its share of the critical path with mean waits."""

    resource: str
    share: float


@dataclass(frozen=True)
class MachineTime:
    """Times of one plan under one policy; seconds.

    Attributes
    ----------
    samples, seed
        Runs with random waits, and what their luck follows from.
    makespan_mean_s, makespan_p50_s, makespan_p95_s, makespan_p99_s
        Over those runs.
    makespan_planned_s
        If every pair takes its mean time.
    bound_pairs_s, bound_path_s
        The planned makespan is no shorter than either: the pairs of the busiest link, hub or QPU's communication ions
        over its rate; the critical path if links, hubs, communication ions and gate zones were no limit.
    bell_wait_s
        Mean makespan beyond that with every pair there at once.
    idle_ion_s
        Mean ion-seconds in which an ion holds a state and nothing happens to it.
    waiting_loss
        Fidelity that this waiting costs, estimated: one minus the mean over runs of exp(-sum of idle time/(2 T2)). The
        waits of one run are shared by all its ions.
    pairs_generated, pairs_used, pairs_expired
        Bell pairs of neighbours, mean per run; what is generated is used, or expires at the cutoff of its link.
    links, hubs
        How busy they are; hubs that herald no pair are left out.
    critical
        What the run waits for, largest share first.
    """

    policy: str
    samples: int
    seed: int
    makespan_mean_s: float
    makespan_p50_s: float
    makespan_p95_s: float
    makespan_p99_s: float
    makespan_planned_s: float
    bound_pairs_s: float
    bound_path_s: float
    bell_wait_s: float
    idle_ion_s: float
    waiting_loss: float
    pairs_generated: float
    pairs_used: int
    pairs_expired: float
    links: tuple[LinkTime, ...]
    hubs: tuple[HubTime, ...]
    critical: tuple[Share, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        lists = {name: [vars(entry) for entry in getattr(self, name)] for name in ("links", "hubs", "critical")}
        return vars(self) | lists


@dataclass(frozen=True, eq=False)
class Timing:
    """The figures, and what the picture needs.

    Attributes
    ----------
    times, path
        The planned run and its critical events.
    analysers
        Hub and number of every analyser that heralds a pair, by event.
    makespans_s
        Of all runs.
    """

    figures: MachineTime
    times: Times
    path: tuple[int, ...]
    analysers: dict[int, tuple[tuple[int, int], ...]]
    makespans_s: NDArray[np.float64]


def time_plan(
    events: Events, program: Program, network: Network, policy: Policy, *, samples: int = 1000, seed: int = 0
) -> Timing:
    """Run a lowered plan with mean waits and ``samples`` times with random ones."""
    machine = Machine(events, program, network, policy)
    times = machine.run()
    runs = machine.sample(samples, seed)
    instant = machine.run(np.zeros_like(machine.means)).makespan_s
    path = critical_path(times)
    p50, p95, p99 = np.quantile(runs.makespan_s, (0.5, 0.95, 0.99)).tolist()
    mean = float(runs.makespan_s.mean())
    pairs = sum([network.links[link].hops for link in machine.tasks.link.tolist()])
    expired = float(runs.expired.mean())
    figures = MachineTime(
        policy=policy.pairs,
        samples=samples,
        seed=seed,
        makespan_mean_s=mean,
        makespan_p50_s=p50,
        makespan_p95_s=p95,
        makespan_p99_s=p99,
        makespan_planned_s=times.makespan_s,
        bound_pairs_s=pairs_bound(machine),
        bound_path_s=path_bound(machine),
        bell_wait_s=mean - instant,
        idle_ion_s=float(runs.idle_s.mean()),
        waiting_loss=-float(np.expm1(-runs.dephasing / 2).mean()),
        pairs_generated=pairs + expired,
        pairs_used=pairs,
        pairs_expired=expired,
        links=_links(machine, runs),
        hubs=_hubs(machine, runs),
        critical=_shares(events, machine, times, path),
    )
    return Timing(figures, times, path, _analysers(machine, times), runs.makespan_s)


def _analysers(machine: Machine, times: Times) -> dict[int, tuple[tuple[int, int], ...]]:
    tasks = machine.tasks
    hubs = [limit for limit in tasks.limits if limit.kind == "hub"]
    at = {hub.first + number: (hub.where, number) for hub in hubs for number in range(hub.slots)}
    touches = np.flatnonzero(tasks.flags & SWITCH)
    events = np.searchsorted(tasks.first, touches, side="right") - 1
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for event, slot in zip(events.tolist(), times.slot[touches].tolist(), strict=True):
        found[event] = (*found.get(event, ()), at[slot])
    return found


def pairs_bound(machine: Machine) -> float:
    """Seconds that the busiest link, hub or QPU's communication ions need for their pairs at their mean rates."""
    network, tasks = machine.network, machine.tasks
    own_s = np.bincount(tasks.link, minlength=len(network.links)) * mean_waits(network)
    busy_s = over_links(network, own_s)
    bounds = [busy_s[index] / channels(link) for index, link in enumerate(network.links)]
    for limit in tasks.limits:
        if limit.kind == "hub":
            bounds.append(busy_s[_links_at(network, limit.where)].sum() / limit.slots)
        if limit.kind in ("communication", "swap"):
            taken = [_ions_at(link, limit) for link in network.links]
            bounds.append(float(own_s @ np.array(taken)) / limit.slots)
    return float(max(bounds, default=0.0))


def over_links(network: Network, per_link: NDArray[Any]) -> NDArray[Any]:
    """What every link has, and with it what the links have that are swapped over it; links are the last axis."""
    out = per_link.copy()
    for index, link in enumerate(network.links):
        for near, far in pairwise(link.way) if link.via else ():
            out[..., network.link_index(near, far)] += per_link[..., index]
    return out


def _ions_at(link: Link, limit: Limit) -> int:
    """Slots of a QPU's communication ions, or of its place to swap, that a pair of the link takes."""
    if limit.kind == "swap":
        return int(limit.where in link.via)
    each = 1 if link.model is None else link.model.ions_per_pair
    return each * (limit.where in (link.a, link.b)) + SWAP_IONS * (limit.where in link.via)


def _links_at(network: Network, hub: int) -> list[int]:
    return [index for index, link in enumerate(network.links) if link.hub == hub]


def path_bound(machine: Machine) -> float:
    """Seconds along the critical path if nothing but ions were a limit: pairs take their mean time and none expires."""
    tasks = machine.tasks
    low, high = tasks.links[0], tasks.shared[1]
    limit = (tasks.res >= low) & (tasks.res < high)
    forever = np.full_like(tasks.cutoff, np.inf)
    wide = replace(tasks, begin=np.where(limit, np.inf, tasks.begin), cutoff=forever)
    given = np.arange(len(tasks.ions), dtype=np.int64)
    return run(wide, given, np.zeros(len(tasks.ions)), machine.means).makespan_s


def critical_path(times: Times) -> tuple[int, ...]:
    """Events that the end of the run waited for, one after the other, the last one first."""
    if len(times.end) == 0:
        return ()
    path = [int(np.argmax(times.end))]
    while times.cause[path[-1]] >= 0:
        path.append(int(times.cause[path[-1]]))
    return tuple(path)


def _shares(events: Events, machine: Machine, times: Times, path: Iterable[int]) -> tuple[Share, ...]:
    """Time along the path by what it went to; where a task waited for a limit, its predecessor's is the limit's."""
    spent: dict[str, float] = {}
    until = times.makespan_s
    waited = -1
    for index in path:
        begun = min(until, float(times.start[index]))
        name = _limit_of(machine, waited) or resource_of(events.events[index], machine.network)
        spent[name] = spent.get(name, 0.0) + until - begun
        until, waited = begun, int(times.via[index])
    if until > 0.0:
        spent["release of pairs"] = until
    total = times.makespan_s or 1.0
    ordered = sorted(spent.items(), key=lambda entry: -entry[1])
    return tuple([Share(name, time / total) for name, time in ordered if time > 0.0])


def _limit_of(machine: Machine, resource: int) -> str | None:
    """What a resource that many tasks share is called; None if it is another one."""
    network = machine.network
    for limit in machine.tasks.limits:
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


def resource_of(event: Event, network: Network) -> str:
    """What a critical event keeps busy, for people."""
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


def _links(machine: Machine, runs: Runs) -> tuple[LinkTime, ...]:
    network = machine.network
    counts = np.bincount(machine.tasks.link, minlength=len(network.links)).tolist()
    shares = _share_of_run(over_links(network, runs.busy_s), runs)
    names = [qpu.name for qpu in network.qpus]
    return tuple(
        [
            LinkTime(
                names[link.a],
                names[link.b],
                counts[i],
                float(shares[i]) / channels(link),
                tuple([names[s] for s in link.via]),
            )
            for i, link in enumerate(network.links)
        ]
    )


def _hubs(machine: Machine, runs: Runs) -> tuple[HubTime, ...]:
    network = machine.network
    counts = over_links(network, np.bincount(machine.tasks.link, minlength=len(network.links)))
    heralding_s = over_links(network, runs.busy_s)
    found = []
    for index, hub in enumerate(network.hubs):
        mine = _links_at(network, index)
        pairs = int(counts[mine].sum())
        if pairs:
            busy_s = heralding_s[:, mine].sum(axis=1) + hub.reconfiguration_s * runs.turns[:, index]
            share = float(_share_of_run(busy_s[:, None], runs)[0]) / hub.analysers
            found.append(HubTime(hub.name, hub.analysers, pairs, share, float(runs.turns[:, index].mean())))
    return tuple(found)


def _share_of_run(busy_s: NDArray[np.float64], runs: Runs) -> NDArray[np.float64]:
    """Mean share of the makespan, per column of ``busy_s``."""
    shares: NDArray[np.float64] = (busy_s / np.where(runs.makespan_s > 0.0, runs.makespan_s, 1.0)[:, None]).mean(axis=0)
    return shares
