"""Stratified trajectories: exact terms for no fault and one fault, random ones only for two and more.

F = P(0 faults) + sum over single faults of P(only that one) F(that one) + P(>= 2) E[F | >= 2]. The first two terms are
exact (:mod:`distq.simulation.engines.trajectories.single_faults`), so chance enters only through the last one, scaled
by P(>= 2). A trajectory starts from the state without faults at its first fault and is compared with the noiseless
output, taken back to its last one.

Noise that acts in every run (over-rotation, and relaxation without a jump) is part of the program. Jumps are faults
whose probability does not depend on the state; their operators are divided by its root, so that F(faults) is the
overlap of an unnormalised state and may be above 1.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from distq.simulation.arrays import Arrays
from distq.simulation.engines.trajectories import gpu, single_faults
from distq.simulation.engines.trajectories.fault_sampling import FaultSampler
from distq.simulation.execution import Execution
from distq.simulation.noise.pauli_channels import Source
from distq.simulation.reduction.fault_probabilities import FaultProbabilities
from distq.simulation.reduction.faults import Fault
from distq.simulation.result import EngineOptions, MeanWithError, Outcome, Progress
from distq.simulation.statevector import kernels
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import Flat, flatten
from distq.simulation.target import TargetProgram

CHUNK = 128
"""Trajectories per random stream: the unit of work, so that results do not depend on the number of workers."""
MAX_SHOTS = 200_000
"""Trajectories per input after which a run stops short of its precision."""
CHECKPOINT_BYTES = 1 << 29
"""Memory for noiseless states along the program."""

_PREPARING = threading.Lock()

Complex = NDArray[np.complex128]
_Checkpoints = tuple[NDArray[np.int64], Complex]


def peak_bytes(qubits: int, workers: int) -> int:
    """Memory that :func:`estimate_fidelity` takes, at most."""
    state: int = 16 << qubits
    return max(CHECKPOINT_BYTES, 2 * state) + (2 * workers + 4) * state


def estimate_fidelity(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    """Mean state fidelity of a unitary program on every input."""
    if options.arrays is not None:
        gpu.rows_that_fit(execution.qubits, options.arrays)  # says so before the exact part is computed
    faults, fault_probabilities = execution.faults, execution.fault_probabilities
    per_schedule = np.zeros(fault_probabilities.schedules)
    values: list[MeanWithError] = []
    losses: dict[Source, float] = {}
    shots = 0
    wanted = options.precision * np.sqrt(len(states))
    quota = None if options.shots is None else -(-options.shots // len(states))
    interrupted = False
    for index, state in enumerate(states):
        try:
            options.progress(f"simulating input {index + 1} of {len(states)}")
            single = _Single(execution, state)
        except KeyboardInterrupt:
            if not values:
                raise
            interrupted = True
            break
        key = (options.seed, index)
        tail = _Tail(
            TailChunks(
                state,
                single.flat,
                single.perfect,
                faults,
                fault_probabilities,
                single.need,
                key,
                options.arrays,
                execution.target_program,
            )
        )
        show = partial(_show, options.progress, index, len(states), single.exact)
        interrupted = tail.run(float(wanted), quota, options, show)
        values.append(MeanWithError(min(1.0, single.exact + tail.value.mean), tail.value.stderr))
        per_schedule += single.per_schedule + fault_probabilities.at_least(single.need) * tail.survival
        shots += tail.shots
        for source, loss in single.losses().items():
            losses[source] = losses.get(source, 0.0) + loss
        if interrupted:
            break
    losses = {source: loss / len(values) for source, loss in losses.items()}
    where = "" if options.arrays is None else f" on the GPU ({options.arrays.name})"
    method = f"stratified trajectories{where}, {execution.qubits} qubits"
    spread = fault_probabilities.spread(per_schedule / len(values))
    return Outcome(tuple(values), shots, losses, method, interrupted, spread)


def _show(progress: Progress, index: int, inputs: int, exact: float, tail: MeanWithError, part: float) -> None:
    """Say the estimate so far, and how much of the work is done."""
    done = (index + part) / inputs
    progress(f"{done:4.0%}  input {index + 1} of {inputs}: fidelity {exact + tail.mean:.4f} ± {tail.stderr:.2g}")


class _Single:
    """The exact part for one input: no fault, and every fault alone."""

    def __init__(self, execution: Execution, state: InputState) -> None:
        self.execution, self.state, self.faults = execution, state, execution.faults
        fault_probabilities = execution.fault_probabilities
        self.flat = flatten(execution.framed, state)
        self.perfect = (
            flatten(execution.framed, state, noisy=False) if execution.framed.has_non_pauli_noise else self.flat
        )
        ideal = output = _output(self.perfect, state)
        if self.perfect is not self.flat:
            output = _output(self.flat, state)
        wanted = ideal if execution.target_program is None else execution.target_program.output(state)
        self.approximated = 1.0 if wanted is ideal else min(1.0, abs(kernels.overlap(wanted, ideal)) ** 2)
        self.kept = self.approximated if output is ideal else abs(kernels.overlap(wanted, output)) ** 2
        """Fidelity without noise, and with that which acts in every run."""
        self.survivals = single_faults.survivals(self.flat, self.faults, output, None if output is wanted else wanted)
        self.need = 2
        self.survival = np.array(
            [
                np.dot(fault.probabilities, survival) / fault.probability
                for fault, survival in zip(self.faults, self.survivals, strict=True)
            ],
            dtype=np.float64,
        )
        """Per fault: fidelity if it alone happens."""
        self.per_schedule = self.kept * fault_probabilities.none + fault_probabilities.alone(self.survival)
        self.exact = float(self.per_schedule.mean())

    def losses(self) -> dict[Source, float]:
        """Infidelity that every source would cause alone, to first order in its faults."""
        losses = first_order_losses(self.faults, self.survivals, self.kept)
        for source in self.execution.non_pauli_sources:
            alone = _Single(self.execution.only(source), self.state)
            first = first_order_losses(alone.faults, alone.survivals, alone.kept)
            losses[source] = 1.0 - alone.kept + sum(first.values())
        if self.approximated < 1.0:
            losses[Source("approximation", -1)] = 1.0 - self.approximated
        return losses


def _output(flat: Flat, state: InputState) -> Complex:
    output = state.vector()
    kernels.run(output, 0, len(flat.kind), *flat.arrays())
    return output


def first_order(execution: Execution, state: InputState) -> tuple[dict[Source, float], NDArray[np.float64]]:
    """For one input of a unitary program: first-order infidelity by source, and what a fault leaves of the fidelity."""
    single = _Single(execution, state)
    return single.losses(), single.survival / max(single.kept, 1e-12)


def first_order_losses(
    faults: Sequence[Fault], survivals: Sequence[NDArray[np.float64]], kept: float = 1.0
) -> dict[Source, float]:
    """Sum over faults of probability times (``kept`` - survival), by source."""
    losses: dict[Source, float] = {}
    for fault, survival in zip(faults, survivals, strict=True):
        loss = float(np.dot(fault.probabilities, kept - survival))
        for source, share in fault.shares:
            losses[source] = losses.get(source, 0.0) + share * loss
    return losses


@dataclass
class _Sum:
    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, samples: NDArray[np.float64]) -> None:
        self.count += len(samples)
        self.total += float(samples.sum())
        self.squares += float(np.dot(samples, samples))

    def value(self) -> MeanWithError:
        """Mean, and a standard error that one imagined 0 and one imagined 1 keep from vanishing.

        Survivals lie in [0, 1] and may all be equal in a small sample that has missed the rare ones.
        """
        n, total, squares = self.count + 2, self.total + 1.0, self.squares + 1.0
        variance = max(0.0, squares / n - (total / n) ** 2)
        return MeanWithError(self.total / max(1, self.count), float(np.sqrt(variance / n)))


@dataclass
class _Tail:
    """The random part for one input: at least so many faults as its chunks have."""

    chunks: TailChunks
    shots: int = 0
    value: MeanWithError = field(default=MeanWithError(0.0, 0.0))
    survival: float = 0.0
    """Mean over the trajectories."""

    def run(
        self, wanted: float, quota: int | None, options: EngineOptions, show: Callable[[MeanWithError, float], None]
    ) -> bool:
        """Draw trajectories until the standard error is ``wanted``, or ``quota`` of them. True if interrupted.

        ``show`` is told the estimate so far and which part of the work is done.
        """
        chance = self.chunks.sampler.chance
        if chance <= 1e-15:
            return False
        total = _Sum()
        number = 0
        interrupted = False
        while not interrupted and (sizes := self._next(total, wanted / chance, quota)):
            try:
                for survivals in options.pool.run(self.chunks, sizes, number):
                    total.add(survivals)
            except KeyboardInterrupt:
                interrupted = True
            number += len(sizes)
            self._update(total, chance)
            left = wanted / max(self.value.stderr, wanted)
            show(self.value, left**2 if quota is None else total.count / quota)
        return interrupted

    def _update(self, total: _Sum, chance: float) -> None:
        self.shots = total.count
        mean, stderr = total.value()
        self.value, self.survival = MeanWithError(chance * mean, chance * stderr), mean

    def _next(self, total: _Sum, wanted: float, quota: int | None) -> list[int]:
        """Sizes of the chunks of the next round; none when done."""
        if quota is not None:
            left = quota - total.count
        elif total.count == 0:
            left = CHUNK
        else:
            stderr = total.value().stderr
            needed = (total.count + 2) * (stderr / wanted) ** 2 if stderr > wanted else 0.0
            left = int(min(needed * 1.05 + 1, MAX_SHOTS, 8 * total.count)) - total.count if needed else 0
        whole, rest = divmod(max(0, left), CHUNK)
        if quota is None:
            return [CHUNK] * (whole + (rest > 0))
        return [CHUNK] * whole + [rest] * (rest > 0)


@dataclass
class TailChunks:
    """Trajectories of at least ``need`` faults for one input, as a :class:`distq.simulation.parallel.Job`.

    What can be computed from the fields is not pickled.
    """

    state: InputState
    flat: Flat
    perfect: Flat
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
    def checkpoints(self) -> _Checkpoints:
        """The noiseless output, that was asked for, taken back to evenly spaced marks, as many as memory allows."""
        ops = len(self.flat.kind)
        state = self.wanted
        number = int(np.clip(CHECKPOINT_BYTES // state.nbytes, 1, ops + 1))
        marks = np.unique(np.linspace(ops, 0, number, endpoint=number > ops).astype(np.int64))
        states = np.empty((len(marks), state.size), dtype=np.complex128)
        now = ops
        for row, mark in reversed(list(enumerate(marks.tolist()))):
            kernels.run_adjoint(state, now, mark, *self.flat.arrays())
            states[row] = state
            now = mark
        return marks, states

    @property
    def wanted(self) -> Complex:
        """The noiseless output that was asked for."""
        return (
            _output(self.perfect, self.state) if self.target_program is None else self.target_program.output(self.state)
        )

    @cached_property
    def start(self) -> Complex:
        """What the program would turn into the output that was asked for."""
        state = self.wanted
        kernels.run_adjoint(state, len(self.flat.kind), 0, *self.flat.arrays())
        return state

    def chunk(self, size: int, number: int) -> NDArray[np.float64]:
        """Survival of ``size`` trajectories."""
        seed, index = self.key
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, index, number)))
        batch = self.sampler.sample(size, rng)
        if self.arrays is not None:
            compared = None if self.target_program is None and self.flat is self.perfect else self.start
            out = gpu.sweep(self.state.vector(), batch, self.flat, self.arrays, compared)
            return out if self.flat is not self.perfect else np.minimum(out, 1.0)
        with _PREPARING:  # once, not once per thread
            ideal = self.checkpoints
        out = np.zeros(size)
        events = (batch.first, batch.last, batch.pointer, batch.at, batch.what, batch.x, batch.z)
        kernels.sweep(self.state.vector(), *ideal, *events, out, *self.flat.arrays())
        return out if self.flat is not self.perfect else np.minimum(out, 1.0)
