"""Random trajectories of two and more faults: drawn in chunks, summed until the error is small enough."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distq.simulation.arrays import Arrays
from distq.simulation.engines.trajectories import gpu
from distq.simulation.exact_terms import run_program
from distq.simulation.reduction.fault_probabilities import FaultProbabilities
from distq.simulation.reduction.faults import Fault
from distq.simulation.result import EngineOptions, MeanWithError
from distq.simulation.statevector import op_kernels
from distq.simulation.statevector.fault_sampling import FaultSampler
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import FlatProgram
from distq.simulation.target import TargetProgram

CHUNK, SMALL_CHUNK = 128, 32
"""Trajectories per random stream: the unit of work, so that results do not depend on the number of workers."""
SMALL_FROM = 14
"""From so many qubits on, chunks are small: a trajectory takes a while, and few may do."""
MAX_SHOTS = 200_000
"""Trajectories per input after which a run stops short of its precision."""
CHECKPOINT_BYTES = 1 << 29
"""Memory for noiseless states along the program."""
NEGLIGIBLE = 1e-15
"""Probability of the tail below which nothing is drawn."""

_PREPARING = threading.Lock()

Complex = NDArray[np.complex128]
Checkpoints = tuple[NDArray[np.int64], Complex]
"""Numbers of ops, ascending, and the state before each."""


@dataclass
class TailChunks:
    """Trajectories of at least ``need`` faults for one input, as a :class:`distq.simulation.parallel.Job`.

    What can be computed from the fields is not pickled.
    """

    state: InputState
    flat: FlatProgram
    perfect: FlatProgram
    """The program without noise."""
    faults: tuple[Fault, ...]
    fault_probabilities: FaultProbabilities
    need: int
    key: tuple[int, int]
    """Seed of the run, and number of the input."""
    arrays: Arrays | None
    target_program: TargetProgram | None = None

    def __getstate__(self) -> dict[str, object]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @cached_property
    def sampler(self) -> FaultSampler:
        """Draws the faults."""
        return FaultSampler(self.faults, self.flat, self.need, self.fault_probabilities)

    @cached_property
    def checkpoints(self) -> Checkpoints:
        """The target state, taken back by adjoint ops to evenly spaced marks, as many as memory allows."""
        ops = self.flat.size
        state = self.target_state
        number = int(np.clip(CHECKPOINT_BYTES // state.nbytes, 1, ops + 1))
        marks = np.unique(np.linspace(ops, 0, number, endpoint=number > ops).astype(np.int64))
        states = np.empty((len(marks), state.size), dtype=np.complex128)
        now = ops
        for row, mark in reversed(list(enumerate(marks.tolist()))):
            op_kernels.run_adjoint(state, self.flat.ops, now, mark)
            states[row] = state
            now = mark
        return marks, states

    @property
    def target_state(self) -> Complex:
        """The noiseless output that trajectories are compared with, as a new array."""
        if self.target_program is None:
            return run_program(self.perfect, self.state)
        return self.target_program.output(self.state)

    @cached_property
    def target_start(self) -> Complex:
        """The state that the program would turn into the target state."""
        state = self.target_state
        op_kernels.run_adjoint(state, self.flat.ops, self.flat.size, 0)
        return state

    def chunk(self, size: int, number: int) -> NDArray[np.float64]:
        """Survival of ``size`` trajectories, from the random stream ``number``."""
        seed, index = self.key
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, index, number)))
        batch = self.sampler.sample(size, rng)
        noiseless = self.flat is self.perfect
        if self.arrays is not None:
            target = None if self.target_program is None and noiseless else self.target_start
            out = gpu.sweep(self.state.vector(), batch, self.flat, self.arrays, target)
        else:
            with _PREPARING:  # once, not once per thread
                marks, states = self.checkpoints
            out = np.zeros(size)
            op_kernels.sweep(self.state.vector(), self.flat.ops, marks, states, batch, out)
        return np.minimum(out, 1.0) if noiseless else out


@dataclass
class SampleSum:
    """Sums over samples in [0, 1], for their mean and its error."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, samples: NDArray[np.float64]) -> None:
        """Add an array of samples."""
        self.count += len(samples)
        self.total += float(samples.sum())
        self.squares += float(np.dot(samples, samples))

    @property
    def estimate(self) -> MeanWithError:
        """Mean, and a standard error that one imagined 0 and one imagined 1 keep from vanishing.

        Survivals lie in [0, 1] and may all be equal in a small sample that has missed the rare ones.
        """
        n, total, squares = self.count + 2, self.total + 1.0, self.squares + 1.0
        variance = max(0.0, squares / n - (total / n) ** 2)
        return MeanWithError(self.total / max(1, self.count), float(np.sqrt(variance / n)))


@dataclass
class Tail:
    """The random part for one input: trajectories with at least as many faults as its chunks have."""

    chunks: TailChunks
    sum: SampleSum = field(default_factory=SampleSum)

    @property
    def value(self) -> MeanWithError:
        """Contribution to the fidelity: survival times the probability of so many faults."""
        probability = self.chunks.sampler.probability
        if probability <= NEGLIGIBLE:
            return MeanWithError(0.0)
        return MeanWithError(probability * self.sum.estimate.mean, probability * self.sum.estimate.stderr)

    @property
    def survival(self) -> float:
        """Mean over the trajectories."""
        return self.sum.estimate.mean

    def run(
        self, wanted: float, quota: int | None, options: EngineOptions, show: Callable[[MeanWithError, float], None]
    ) -> None:
        """Draw trajectories until the standard error is ``wanted``, or ``quota`` of them if that is not None.

        ``show`` is told the estimate so far and which part of the work is done. If the user interrupts, what was drawn
        until then counts.
        """
        probability = self.chunks.sampler.probability
        if probability <= NEGLIGIBLE:
            return
        number = 0
        while sizes := self._next_sizes(wanted / probability, quota):
            for survivals in options.pool.run(self.chunks, sizes, number):
                self.sum.add(survivals)
            number += len(sizes)
            left = wanted / max(self.value.stderr, wanted)
            show(self.value, left**2 if quota is None else self.sum.count / quota)

    def _next_sizes(self, wanted: float, quota: int | None) -> list[int]:
        """Sizes of the chunks of the next round; none when done."""
        count = self.sum.count
        chunk = CHUNK if len(self.chunks.state.gates) < SMALL_FROM else SMALL_CHUNK
        if quota is not None:
            left = quota - count
        elif count == 0:
            left = chunk
        else:
            stderr = self.sum.estimate.stderr
            needed = (count + 2) * (stderr / wanted) ** 2 if stderr > wanted else 0.0
            left = int(min(needed * 1.05 + 1, MAX_SHOTS, 8 * count)) - count if needed else 0
        whole, rest = divmod(max(0, left), chunk)
        if quota is None:
            return [chunk] * (whole + (rest > 0))
        return [chunk] * whole + [rest] * (rest > 0)
