"""How long a plan takes: makespans over many runs, how busy links and hubs are, and what the run waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.execution.critical_path import CriticalShare, critical_path, critical_shares
from distq.execution.dispatch import Dispatcher, Policy, SampledRuns, TaskTimes
from distq.execution.dispatch.heralding import channels
from distq.execution.dispatch.tasks import SWITCH
from distq.execution.time_bounds import links_at, over_links, pairs_bound, path_bound
from distq.ir.events import Events
from distq.ir.program import Program
from distq.networks.network import Network
from distq.util.text import link_name


@dataclass(frozen=True)
class LinkUse:
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
        """The QPUs that the link joins, and those at which its pairs are swapped."""
        return link_name(self.a, self.b, self.via)


@dataclass(frozen=True)
class HubUse:
    """One hub: pairs that it heralds, the mean share of the run in which an analyser is heralding or being set to
    another link, and how often per run it is set to another link.
    """

    name: str
    analysers: int
    pairs: int
    utilisation: float
    reconfigurations: float


@dataclass(frozen=True)
class RunStatistics:
    """TaskTimes of one plan under one policy; seconds.

    Attributes
    ----------
    policy
        When pairs are heralded (:class:`distq.execution.dispatch.policy.Policy`).
    samples, seed
        Number of runs with random waits, and the seed of these.
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
    links: tuple[LinkUse, ...]
    hubs: tuple[HubUse, ...]
    critical: tuple[CriticalShare, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        lists = {name: [vars(entry) for entry in getattr(self, name)] for name in ("links", "hubs", "critical")}
        return vars(self) | lists


@dataclass(frozen=True, eq=False)
class PlanTiming:
    """The statistics of a plan, and what its figure needs.

    Attributes
    ----------
    times, path
        The planned run and its critical events.
    analysers
        Hub and number of every analyser that heralds a pair, by event.
    makespans_s
        (runs,) Of all runs.
    """

    statistics: RunStatistics
    times: TaskTimes
    path: tuple[int, ...]
    analysers: dict[int, tuple[tuple[int, int], ...]]
    makespans_s: NDArray[np.float64]


def time_plan(
    events: Events, program: Program, network: Network, policy: Policy, *, samples: int = 1000, seed: int = 0
) -> PlanTiming:
    """Run a lowered plan once with mean waits and ``samples`` times with random ones."""
    dispatcher = Dispatcher(events, program, network, policy)
    times = dispatcher.run()
    runs = dispatcher.sample(samples, seed)
    instant_s = dispatcher.run(np.zeros_like(dispatcher.mean_waits_s)).makespan_s
    path = critical_path(times)
    p50, p95, p99 = np.quantile(runs.makespan_s, (0.5, 0.95, 0.99)).tolist()
    mean_s = float(runs.makespan_s.mean())
    pairs = sum([network.links[link].hops for link in dispatcher.tasks.link.tolist()])
    expired = float(runs.expired.mean())
    statistics = RunStatistics(
        policy=policy.pairs,
        samples=samples,
        seed=seed,
        makespan_mean_s=mean_s,
        makespan_p50_s=p50,
        makespan_p95_s=p95,
        makespan_p99_s=p99,
        makespan_planned_s=times.makespan_s,
        bound_pairs_s=pairs_bound(dispatcher),
        bound_path_s=path_bound(dispatcher),
        bell_wait_s=mean_s - instant_s,
        idle_ion_s=float(runs.idle_s.mean()),
        waiting_loss=-float(np.expm1(-runs.idle_loss / 2).mean()),
        pairs_generated=pairs + expired,
        pairs_used=pairs,
        pairs_expired=expired,
        links=_link_use(dispatcher, runs),
        hubs=_hub_use(dispatcher, runs),
        critical=critical_shares(events, dispatcher, times, path),
    )
    return PlanTiming(statistics, times, path, _analysers(dispatcher, times), runs.makespan_s)


def _analysers(dispatcher: Dispatcher, times: TaskTimes) -> dict[int, tuple[tuple[int, int], ...]]:
    """By event: hub and number of the analysers that it takes."""
    tasks = dispatcher.tasks
    hubs = [limit for limit in tasks.limits if limit.kind == "hub"]
    at = {hub.first + number: (hub.where, number) for hub in hubs for number in range(hub.slots)}
    touches = np.flatnonzero(tasks.arrays.flags & SWITCH)
    events = np.searchsorted(tasks.arrays.first, touches, side="right") - 1
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for event, slot in zip(events.tolist(), times.slot[touches].tolist(), strict=True):
        found[event] = (*found.get(event, ()), at[slot])
    return found


def _link_use(dispatcher: Dispatcher, runs: SampledRuns) -> tuple[LinkUse, ...]:
    network = dispatcher.network
    pairs = np.bincount(dispatcher.tasks.link, minlength=len(network.links)).tolist()
    shares = _heralding_shares(dispatcher, runs)
    names = [qpu.name for qpu in network.qpus]
    return tuple(
        [
            LinkUse(
                names[link.a],
                names[link.b],
                pairs[i],
                float(shares[i]) / channels(link),
                tuple([names[s] for s in link.via]),
            )
            for i, link in enumerate(network.links)
        ]
    )


def _hub_use(dispatcher: Dispatcher, runs: SampledRuns) -> tuple[HubUse, ...]:
    network = dispatcher.network
    pairs_over = over_links(network, np.bincount(dispatcher.tasks.link, minlength=len(network.links)))
    shares = _heralding_shares(dispatcher, runs)
    found = []
    for index, hub in enumerate(network.hubs):
        links = links_at(network, index)
        pairs = int(pairs_over[links].sum())
        if pairs:
            settings = runs.reconfigurations[:, index]
            setting_s = np.asarray(hub.reconfiguration_s * settings[:, None], dtype=np.float64)
            setting = float(_share_of_run(setting_s, runs)[0])
            share = (float(shares[links].sum()) + setting) / hub.analysers
            found.append(HubUse(hub.name, hub.analysers, pairs, share, float(settings.mean())))
    return tuple(found)


def _heralding_shares(dispatcher: Dispatcher, runs: SampledRuns) -> NDArray[np.float64]:
    """(links,) Mean share of the makespan for which each link heralds, for itself and for swapped pairs over it."""
    shares = np.zeros(len(dispatcher.network.links))
    shares[dispatcher.used_links] = _share_of_run(runs.busy_s, runs)
    return over_links(dispatcher.network, shares)


def _share_of_run(busy_s: NDArray[np.float64], runs: SampledRuns) -> NDArray[np.float64]:
    """Mean share of the makespan, per column of ``busy_s`` (runs, columns)."""
    makespan_s = np.where(runs.makespan_s > 0.0, runs.makespan_s, 1.0)
    shares: NDArray[np.float64] = (busy_s / makespan_s[:, None]).mean(axis=0)
    return shares
