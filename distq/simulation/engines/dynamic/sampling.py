"""Chunks of sampled runs, and the fidelity that follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.dynamic import kernels
from distq.simulation.engines.dynamic.runs import Runs
from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, MeanWithError
from distq.simulation.statevector.input_states import InputState

CHUNK = 32
"""Runs per random stream."""
GROUPS = 64
"""Groups of chunks for the jackknife."""
MAX_CHUNKS = 2000
"""Chunks per input, and per source that is switched on alone, after which a run stops short of its precision."""
CACHED = 4
"""Noiseless states that a thread keeps, by the bits that they go with."""

Floats = NDArray[np.float64]


@dataclass
class JointChunks:
    """Runs on one input, as a :class:`distq.simulation.parallel.Job`."""

    execution: Execution
    state: InputState
    key: tuple[int, ...]
    """Seed of the run, and what tells these random streams from all its others."""
    alone: bool = False
    """One fault in every run, not one or more."""

    def __getstate__(self) -> dict[str, object]:
        return {"execution": self.execution, "state": self.state, "key": self.key, "alone": self.alone}

    @cached_property
    def runs(self) -> Runs:
        """What the kernel needs."""
        return Runs(
            self.execution, self.state, noisy=True, need=0 if self.execution.frame_program.has_non_pauli_noise else 1
        )

    def chunk(self, size: int, number: int) -> Floats:
        """Per run: noiseless probability of its bits, overlap, and the bits; or the fault if it is ``alone``."""
        seed, *stream = self.key
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*stream, number)))
        fault = None
        if self.alone:
            batch, bits = self.runs.batch_of_lone_faults(size, rng)
            fault = batch.events.fault[batch.events.pointer[:-1]]
        else:
            batch, bits = self.runs.batch(size, rng)
        out = np.zeros((size, 2))
        kept = np.empty((CACHED, 1 << self.runs.lines), dtype=np.complex128)
        noisy, clean = self.runs.noisy, self.runs.perfect
        perfect = kernels.Perfect(clean.ops, clean.conditions, clean.size, kept)
        kernels.joint(self.runs.start(), noisy.ops, noisy.conditions, noisy.size, batch, bits, perfect, out)
        return np.concatenate([out, bits if fault is None else fault[:, None]], axis=1)


@dataclass(frozen=True)
class Wanted:
    """How many chunks to draw: at least ``fewest``, at most ``most``, until the standard error is ``stderr``."""

    stderr: float
    fewest: int
    most: int


def draw(
    job: JointChunks,
    found: list[Floats],
    wanted: Wanted,
    options: EngineOptions,
    show: Callable[[MeanWithError], None] = lambda value: None,
) -> MeanWithError:
    """Append as many chunks to ``found`` as are wanted.

    Returns
    -------
    MeanWithError
        The fidelity that follows from them; ``show`` is told the estimates on the way.
    """
    more = wanted.fewest
    while True:
        for part in options.pool.run(job, [CHUNK] * more, len(found)):
            found.append(part)
        value = joint_fidelity(found, job.runs.probability)
        show(value)
        if value.stderr <= wanted.stderr or len(found) >= wanted.most:
            return value
        needed = 1.05 * len(found) * (value.stderr / wanted.stderr) ** 2 if wanted.stderr > 0.0 else math.inf
        more = math.ceil(min(needed - len(found), 4 * len(found), wanted.most - len(found)))


def joint_fidelity(chunks: Sequence[Floats], faulty: float) -> MeanWithError:
    """Fidelity from at least two chunks of runs with faults, by a jackknife over groups of them.

    ``faulty`` is the probability of such runs.
    """
    groups = min(GROUPS, len(chunks))
    sizes = np.zeros(groups)
    probability: dict[bytes, float] = {}
    sums: dict[bytes, Floats] = {}
    for number, chunk in enumerate(chunks):
        sizes[number % groups] += len(chunk)
        for row in chunk[chunk[:, 0] > 0.0]:
            bits = row[2:].tobytes()
            probability[bits] = float(row[0])
            sums.setdefault(bits, np.zeros(groups))[number % groups] += row[1]
    table = np.array(list(sums.values())).reshape(-1, groups)
    p = np.array([probability[bits] for bits in sums])[:, None]
    unseen = math.sqrt(1.0 - faulty) * max(0.0, 1.0 - float(p.sum()))

    def fidelity(means: Floats) -> Floats:
        joint: Floats = np.sqrt(p * ((1.0 - faulty) * p + faulty * means)).sum(axis=0)
        return (unseen + joint) ** 2

    total = table.sum(axis=1, keepdims=True)
    whole = float(fidelity(total / sizes.sum())[0])
    without = fidelity(np.maximum(total - table, 0.0) / (sizes.sum() - sizes))
    mean = groups * whole - (groups - 1) * float(without.mean())
    # One imagined run of overlap 0 keeps the error from vanishing where all runs were alike.
    spread = (groups - 1) / groups * float(((without - without.mean()) ** 2).sum())
    return MeanWithError(float(np.clip(mean, 0.0, 1.0)), math.sqrt(spread + (faulty / sizes.sum()) ** 2))
