"""Events ready to be timed: once with mean waits for Bell pairs, or thousands of times with random ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import kernels
from distq.execution.dispatch.compile_tasks import compile_tasks
from distq.execution.dispatch.heralding import PairWaits, mean_waits_s, pair_waits, sample_words
from distq.execution.dispatch.kernels import Groups, SampledRuns, TaskTimes
from distq.execution.dispatch.policy import CORRECTION_GATES, Policy
from distq.execution.dispatch.run_once import run_once
from distq.execution.dispatch.task_order import order_of, release_of
from distq.execution.dispatch.tasks import Floats, Ints, TaskArrays, Tasks
from distq.ir.events import Events
from distq.ir.program import Program
from distq.networks.network import Network
from distq.util.counter_rng import Words


class Dispatcher:
    """Compiled events of one plan under one policy.

    Parameters
    ----------
    events
        In a valid order, which is kept on every ion, link and classical bit.
    program, network
        Operations that the events execute; durations, rates and limits.
    policy
        When pairs are heralded and what becomes of corrections.

    Attributes
    ----------
    tasks
        The events as T tasks with S touches and P Bell pairs.
    used_links
        (U,) The links that the P pairs use, ascending.
    mean_waits_s
        (P,) Mean time that each pair takes to be heralded.
    order, release_s
        (T,) The tasks in the order of dispatch; the earliest start of each.
    """

    def __init__(self, events: Events, program: Program, network: Network, policy: Policy = CORRECTION_GATES) -> None:
        self.network = network
        self.tasks: Tasks = compile_tasks(events, program, network, policy)
        self.used_links: Ints = np.unique(self.tasks.link)
        self.mean_waits_s: Floats = mean_waits_s(network)[self.tasks.link]
        self.order = order_of(self.tasks, self.mean_waits_s)
        self.release_s = release_of(events, self.tasks, self.order, self.mean_waits_s, policy)
        dephasing_hz = [1.0 / qpu.t2_s for qpu in network.qpus]
        relaxation_hz = [0.5 / qpu.t1_s for qpu in network.qpus]
        self._dephasing_hz: Floats = _per_touch(events, self.tasks, dephasing_hz)
        self._loss_hz: Floats = self._dephasing_hz
        if any(relaxation_hz):
            self._loss_hz = self._dephasing_hz + _per_touch(events, self.tasks, relaxation_hz)
        loss_hz = [dephasing_hz[ion.qpu] + relaxation_hz[ion.qpu] for ion in self.tasks.held]
        self._loss_hz_of_held: Floats = np.array(loss_hz, dtype=np.float64)

    def run(self, waits_s: Floats | None = None) -> TaskTimes:
        """One run in which pair k takes ``waits_s[k]`` seconds; None: its mean."""
        arrays = self.tasks.arrays
        times = run_once(arrays, self.order, self.release_s, self.mean_waits_s if waits_s is None else waits_s)
        settle = kernels.settle.sized(kernels.PLAIN_S * len(arrays.resource))
        settle(arrays, self.order, times.makespan_s, times)
        return times

    def sample(self, samples: int, seed: int = 0, workers: int = 2) -> SampledRuns:
        """Runs with random waits (:mod:`distq.execution.dispatch.heralding`).

        They are the same for any number of ``workers`` (threads). ``idle_loss`` weights idle times with
        1/T2 + 1/(2 T1) of their ion.
        """
        size = max(1, -(-samples // workers))
        blocks = [range(low, min(low + size, samples)) for low in range(0, samples, size)]
        tasks, network = self.tasks, self.network
        links = np.searchsorted(self.used_links, tasks.link)
        held_hz = self._loss_hz_of_held
        groups = Groups(links, len(self.used_links), _hubs(tasks), len(network.hubs), self._loss_hz, held_hz)
        sample_runs = kernels.sample_runs.sized(self._plain_s(samples))

        def run(block: range) -> SampledRuns:
            runs = SampledRuns.blank(len(block), groups)
            sample_runs(*self._random(block, seed), groups, TaskTimes.blank(tasks.arrays), runs)
            return runs

        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(run, blocks))
        return SampledRuns._make([np.concatenate(columns) for columns in zip(*parts, strict=True)])

    def idle_ratios(self, samples: int, seed: int = 0) -> Floats:
        """Idle time over T2 of ions in runs with random waits, shape (runs, touches of ions + ions held at the end).

        The runs are those of :meth:`sample`; touches come event by event, in the order of
        :func:`distq.ir.events.ions_of`, and after them those of ``Tasks.held`` wait for the end of the run.
        """
        of_ions = np.flatnonzero(self.tasks.of_ions)
        sample_idle = kernels.sample_idle.sized(self._plain_s(samples))
        held = self.tasks.held
        ratios = np.empty((samples, len(of_ions) + len(held)))
        sample_idle(*self._random(range(samples), seed), of_ions, TaskTimes.blank(self.tasks.arrays), ratios)
        held_hz = [1.0 / self.network.qpus[ion.qpu].t2_s for ion in held]
        ratios *= np.concatenate([self._dephasing_hz[of_ions], np.array(held_hz)])
        return ratios

    def _plain_s(self, samples: int) -> float:
        """About how long so many runs take in plain Python, in seconds."""
        return kernels.PLAIN_S * samples * len(self.tasks.arrays.resource)

    def _random(self, samples: range, seed: int) -> tuple[TaskArrays, Ints, Floats, PairWaits, Words]:
        """What the kernels take to run these samples."""
        waits = pair_waits(self.network, seed, self.tasks.link, self.tasks.number)
        return self.tasks.arrays, self.order, self.release_s, waits, sample_words(samples)


def _hubs(tasks: Tasks) -> Ints:
    """Hub of every resource, -1 where it is no analyser."""
    out = np.full(tasks.arrays.resources, -1, dtype=np.int64)
    for limit in tasks.limits:
        if limit.kind == "hub":
            out[limit.first : limit.first + limit.slots] = limit.where
    return out


def _per_touch(events: Events, tasks: Tasks, rates: list[float]) -> NDArray[np.float64]:
    """(S,) The rate of the QPU whose ion a touch uses, 0 where it uses none."""
    per_ion = [rate for rate, sizes in zip(rates, events.sizes, strict=True) for _ in range(sum(sizes.values()))]
    per_resource = np.zeros(tasks.arrays.resources)
    per_resource[: len(per_ion)] = per_ion
    out: Floats = per_resource[tasks.arrays.resource]
    return out
