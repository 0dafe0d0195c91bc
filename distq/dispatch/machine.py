"""Events ready to run on a network: once with mean waits, or thousands of times with random ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.dispatch import kernels, luck
from distq.dispatch.order import order_of, release_of
from distq.dispatch.policy import GATES, Policy
from distq.dispatch.run import Times, arrays, run
from distq.dispatch.tasks import Tasks, compile_tasks
from distq.events import Events
from distq.network import Network
from distq.program import Program

Floats = NDArray[np.float64]

BLOCK = 2_000_000
"""Waits drawn at a time, per thread: 16 MB."""


@dataclass(frozen=True, eq=False)
class Runs:
    """Many runs. ``makespan_s`` and ``idle_s`` (ion-seconds) per run; ``busy_s`` of shape (runs, links).

    ``dephasing``: per run the sum of idle time over T2 of all ions, which is large for all of
    them where one wait is long.
    """

    makespan_s: Floats
    idle_s: Floats
    busy_s: Floats
    dephasing: Floats


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
        self.decay: Floats = _decay(events, network, self.tasks)
        self.means: Floats = luck.mean_waits(network)[self.tasks.link]
        self.order = order_of(self.tasks, self.means)
        self.release = release_of(events, self.tasks, self.order, self.means, policy)

    def run(self, waits_s: Floats | None = None) -> Times:
        """One run in which pair k takes ``waits_s[k]`` seconds; None: its mean."""
        return run(self.tasks, self.order, self.release, self.means if waits_s is None else waits_s)

    def sample(self, samples: int, seed: int = 0, workers: int = 2) -> Runs:
        """Runs with random waits (:mod:`distq.dispatch.luck`); the same for any number of ``workers`` (threads)."""
        size = max(1, min(-(-samples // workers), BLOCK // max(1, len(self.means))))
        blocks = [range(low, min(low + size, samples)) for low in range(0, samples, size)]
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(lambda block: self._block(seed, block), blocks))
        makespan, idle, busy, lost = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return Runs(makespan, idle, busy, lost)

    def _block(self, seed: int, block: range) -> tuple[Floats, ...]:
        waits = luck.draw(self.network, seed, self.tasks.link, self.tasks.number, block)
        many: Any = kernels.dispatch_many
        found: tuple[Floats, ...] = many(
            *arrays(self.tasks, self.order, self.release),
            waits,
            self.tasks.resources,
            self.tasks.link,
            len(self.network.links),
            self.decay,
        )
        return found


def _decay(events: Events, network: Network, tasks: Tasks) -> Floats:
    """1/T2 of the ion of every touch, 0 where it is none."""
    per_ion = [
        1.0 / qpu.t2_s
        for qpu, data, memory in zip(network.qpus, events.data_ions, events.memory_ions, strict=True)
        for _ in range(data + memory)
    ]
    per_resource = np.zeros(tasks.resources)
    per_resource[: len(per_ion)] = per_ion
    decay: Floats = per_resource[tasks.res]
    return decay
