"""Events ready to run on a network: once with mean waits, or thousands of times with random ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import kernels
from distq.execution.dispatch.heralding import luck, mean_waits, rows
from distq.execution.dispatch.policy import GATES, Policy
from distq.execution.dispatch.run import Times, arrays, run
from distq.execution.dispatch.task_order import order_of, release_of
from distq.execution.dispatch.tasks import Tasks, compile_tasks
from distq.ir.events import Events
from distq.ir.program import Program
from distq.networks.network import Network

Floats = NDArray[np.float64]

BLOCK = 2_000_000
"""Waits drawn at a time, per thread: 16 MB."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Many runs. ``makespan_s`` and ``idle_s`` (ion-seconds) per run; ``busy_s`` of shape (runs, links).

    ``dephasing``: per run the sum of idle time over T2 of all ions, which is large for all of
    them where one wait is long. ``expired``: per run the pairs that became too old. ``turns``, of shape (runs, hubs):
    how often an analyser was given to another link.
    """

    makespan_s: Floats
    idle_s: Floats
    busy_s: Floats
    dephasing: Floats
    expired: NDArray[np.int64]
    turns: NDArray[np.int64]


class Machine:
    """Compiled events of one plan under one policy.

    Parameters
    ----------
    events
        In a valid order, which is kept on every ion, link and classical bit.
    program, network
        Operations that the events execute; durations, rates and limits.
    policy
        When pairs are heralded and what becomes of corrections.
    """

    def __init__(self, events: Events, program: Program, network: Network, policy: Policy = GATES) -> None:
        self.network = network
        self.tasks: Tasks = compile_tasks(events, program, network, policy)
        self.decay: Floats = _per_touch(events, self.tasks, [1.0 / qpu.t2_s for qpu in network.qpus])
        """1/T2 of the ion of every touch, 0 where it is none."""
        relaxing = [0.5 / qpu.t1_s for qpu in network.qpus]
        self.losing: Floats = self.decay + _per_touch(events, self.tasks, relaxing) if any(relaxing) else self.decay
        """1/T2 + 1/(2 T1) likewise: twice what a wait loses, in process fidelity per second, to first order."""
        self.means: Floats = mean_waits(network)[self.tasks.link]
        self.order = order_of(self.tasks, self.means)
        self.release = release_of(events, self.tasks, self.order, self.means, policy)

    def run(self, waits_s: Floats | None = None) -> Times:
        """One run in which pair k takes ``waits_s[k]`` seconds; None: its mean."""
        return run(self.tasks, self.order, self.release, self.means if waits_s is None else waits_s)

    def sample(self, samples: int, seed: int = 0, workers: int = 2) -> Runs:
        """Runs with random waits (:mod:`distq.execution.dispatch.heralding`); the same for any number of ``workers``
        (threads)."""
        size = max(1, min(-(-samples // workers), BLOCK // max(1, len(self.means))))
        blocks = [range(low, min(low + size, samples)) for low in range(0, samples, size)]
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(lambda block: self._block(seed, block), blocks))
        return Runs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def idle_ratios(self, samples: int, seed: int = 0) -> Floats:
        """Idle time over T2 of every event's ions in runs with random waits, shape (runs, touches of ions).

        The runs are those of :meth:`sample`; touches come event by event, in the order of
        :func:`distq.execution.dispatch.tasks.ions_of`.
        """
        tasks = self.tasks
        lucky = luck(self.network, seed, tasks.link, tasks.number)
        many: Any = kernels.idle_many
        found: Floats = many(
            *arrays(tasks, self.order, self.release),
            lucky.waits(range(samples)),
            tasks.resources,
            lucky.columns,
            rows(range(samples)),
            np.flatnonzero(tasks.of_ions),
            self.decay,
        )
        return found

    def _block(self, seed: int, block: range) -> tuple[Any, ...]:
        tasks = self.tasks
        lucky = luck(self.network, seed, tasks.link, tasks.number)
        many: Any = kernels.dispatch_many
        found: tuple[Any, ...] = many(
            *arrays(tasks, self.order, self.release),
            lucky.waits(block),
            tasks.resources,
            lucky.columns,
            rows(block),
            tasks.link,
            len(self.network.links),
            _hubs(tasks),
            len(self.network.hubs),
            self.losing,
        )
        return found


def _hubs(tasks: Tasks) -> NDArray[np.int64]:
    """Hub of every resource, -1 where it is no analyser."""
    out = np.full(tasks.resources, -1, dtype=np.int64)
    for limit in tasks.limits:
        if limit.kind == "hub":
            out[limit.first : limit.first + limit.slots] = limit.where
    return out


def _per_touch(events: Events, tasks: Tasks, rates: list[float]) -> Floats:
    """The QPU's rate for the ion of every touch, 0 where it is none."""
    ions = zip(rates, events.data_ions, events.memory_ions, strict=True)
    per_ion = [rate for rate, data, memory in ions for _ in range(data + memory)]
    per_resource = np.zeros(tasks.resources)
    per_resource[: len(per_ion)] = per_ion
    out: Floats = per_resource[tasks.res]
    return out
