"""Sampled runs of programs with measurements, resets and conditions inside, too large for a density matrix.

The fidelity of the joint state of classical bits and qubits is (sum_c sqrt(p_c m_c))^2 over values c of the bits, where
p_c is the noiseless probability of c and m_c the mean over noisy runs of [c was read] |<psi_c|phi>|^2, the overlap of a
run's final state with the noiseless one that goes with its bits. Runs without faults, of probability P0, contribute
P0 p_c; only those with faults are drawn. The sum is biased by few samples per value: a jackknife over groups of runs
takes the first order of the bias off and gives the standard error.

To first order in the faults the infidelity is linear: every fault loses its probability times 1 minus the mean overlap
of the runs that have this fault alone. Such runs are drawn apart, and give the break-down by source.

With noise that is no Pauli channel no run is noiseless: all are drawn, and such sources are switched on one at a time,
in as many runs as their share of the infidelity takes, or their work may cost. Every share has a standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Kind, Program
from distq.simulation.engines.dynamic import kernels as dynamic_kernels
from distq.simulation.engines.dynamic.runs import Runs
from distq.simulation.execution import Execution
from distq.simulation.noise.pauli_channels import Source
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState

CHUNK = 32
"""Runs per random stream."""
FEWEST = 16
"""Chunks drawn before the standard error is looked at."""
GROUPS = 64
"""Of chunks, for the jackknife."""
LOSS_CHUNKS = 64
"""Chunks of runs with one fault, over all inputs, at most."""
LOSS_STDERR = 0.01
"""Wanted standard error of the infidelity that a source alone causes, as a part of the whole infidelity."""
LOSS_WORK = 4e9
"""Amplitudes times operations, over all inputs and sources, after which these runs stop short of it."""
LEAST_STATE = 256
"""Amplitudes below which a run takes no less time."""
MAX_CHUNKS = 2000
"""Chunks per input after which a run stops short of its precision."""
CACHED = 4
"""Noiseless states that a thread keeps, by the bits that they go with."""
MAX_BITS = 10
"""Measurements inside the program: up to so many a sample sees enough of their values."""


def objection(program: Program, final: frozenset[int]) -> str | None:
    """Why the noiseless state is not pure given the classical bits, or those have too many values; None if neither."""
    written: set[int] = set()
    before: dict[int, int] = {}
    for index, op in enumerate(program.operations):
        last = before.get(op.qubits[0])
        if op.kind is Kind.MEASURE and index not in final:
            if op.clbit is None or op.clbit in written:
                return f"operation {index} measures into a bit that is not kept"
            written.add(op.clbit)
        if op.kind is Kind.RESET and last is not None:
            measured = program.operations[last]
            if measured.kind is not Kind.MEASURE or measured.condition is not None:
                return f"operation {index} resets a qubit that was not just measured"
        before.update(dict.fromkeys(op.qubits, index))
    if len(written) > MAX_BITS:
        return f"{len(written)} measurements inside have too many outcomes to sample"
    return None


def peak_bytes(qubits: int, workers: int) -> int:
    """Memory that :func:`estimate_fidelity` takes, at most."""
    return (CACHED + 6) * workers * (16 << qubits)


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
        return Runs(self.execution, self.state, noisy=True, need=0 if self.execution.framed.has_non_pauli_noise else 1)

    def chunk(self, size: int, number: int) -> NDArray[np.float64]:
        """Per run: noiseless probability of its bits, overlap, and the bits; or the fault if it is ``alone``."""
        seed, *stream = self.key
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*stream, number)))
        fault = None
        if self.alone:
            bits, start, fault = self.runs.alone(size, rng)
        else:
            bits, start = self.runs.start(size, rng)
        out = np.zeros((size, 2))
        kept = np.empty((CACHED, 1 << self.runs.lines), dtype=np.complex128)
        arguments: Any = (*start, out, kept, self.runs.perfect_ops(), *self.runs.ops())
        dynamic_kernels.joint(*arguments)
        return np.concatenate([out, bits if fault is None else fault[:, None]], axis=1)


def estimate_fidelity(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    """Fidelity of the joint state of classical bits and qubits on every input."""
    values: list[MeanWithError] = []
    losses: dict[Source, float] = {}
    errors: dict[Source, float] = {}
    shots = 0
    wanted = options.precision * math.sqrt(len(states))
    quota = None if options.shots is None else max(2, -(-options.shots // (CHUNK * len(states))))
    interrupted = False

    def show(value: MeanWithError) -> None:
        options.progress(f"input {index + 1} of {len(states)}: fidelity {value.mean:.4f} ± {value.stderr:.2g}")

    for index, state in enumerate(states):
        found: list[NDArray[np.float64]] = []
        job = JointChunks(execution, state, (options.seed, 5, index))
        if job.runs.chance <= 1e-15:
            values.append(MeanWithError(1.0))
            continue
        try:
            _draw(job, found, wanted, quota or FEWEST, quota or MAX_CHUNKS, options, show)
        except KeyboardInterrupt:
            interrupted = True
        if len(found) < 2:
            if values:
                break
            raise KeyboardInterrupt
        values.append(joint_fidelity(found, job.runs.chance))
        shots += sum(map(len, found))
        try:
            if not interrupted:
                chunks = min(-(-len(found) // 2), -(-LOSS_CHUNKS // len(states)))
                for source, loss in _losses(job, 1.0 - values[-1].mean, chunks, len(states), options).items():
                    losses[source] = losses.get(source, 0.0) + loss.mean
                    errors[source] = math.hypot(errors.get(source, 0.0), loss.stderr)
        except KeyboardInterrupt:
            interrupted = True
        if interrupted:
            break
    method = f"sampled runs, {execution.qubits} qubits"
    if execution.framed.lines > execution.qubits:
        method += f" and {execution.framed.lines - execution.qubits} copies"
    if not execution.unitary:
        method += ", joint state of qubits and classical bits"
    spread = execution.fault_probabilities.spread(execution.fault_probabilities.waiting)
    losses = {source: loss / len(values) for source, loss in losses.items()}
    errors = {source: error / len(values) for source, error in errors.items()}
    return Outcome(tuple(values), shots, losses, method, interrupted, spread, errors)


def _losses(
    job: JointChunks, total: float, chunks: int, inputs: int, options: EngineOptions
) -> dict[Source, MeanWithError]:
    """Infidelity that every source causes: Paulis to first order, from runs with one fault; others alone.

    ``total`` is that of all sources together, ``chunks`` how many are drawn at least.
    """
    run, (seed, _, index) = job.execution, job.key
    losses: dict[Source, MeanWithError] = {}
    for number, source in enumerate(run.non_pauli_sources):
        alone = JointChunks(run.only(source), job.state, (seed, 7, index, number))
        work = CHUNK * len(alone.execution.framed.ops) * max(LEAST_STATE, 1 << run.framed.lines)
        fewest = max(2, chunks)
        most = max(fewest, min(MAX_CHUNKS, int(LOSS_WORK / (work * inputs * len(run.non_pauli_sources)))))
        value = _draw(alone, [], LOSS_STDERR * total * math.sqrt(inputs), fewest, most, options)
        losses[source] = MeanWithError(1.0 - value.mean, value.stderr)
    paulis = sorted({slot.source for slot in run.framed.fault_sites}.difference(run.non_pauli_sources))
    job = replace(job, execution=run.only(*paulis) if run.non_pauli_sources else run, key=(seed, 6, index), alone=True)
    faults = job.execution.faults
    if not faults:
        return losses
    rows = np.concatenate(list(options.pool.run(job, [CHUNK] * chunks, 0)))
    blame = np.zeros((len(faults), len(paulis)))
    for number, fault in enumerate(faults):
        for source, share in fault.shares:
            blame[number, paulis.index(source)] += share
    each = blame[rows[:, 2].astype(np.int64)] * (1.0 - rows[:, 1:2])
    chance = sum(fault.probability for fault in faults)
    # One imagined run that is lost keeps the error from vanishing where none of a source was drawn.
    errors = np.hypot(each.std(axis=0) / math.sqrt(len(rows)), 1.0 / len(rows))
    for source, mean, error in zip(paulis, each.mean(axis=0).tolist(), errors.tolist(), strict=True):
        losses[source] = MeanWithError(chance * mean, chance * error)
    return losses


def _draw(
    job: JointChunks,
    found: list[NDArray[np.float64]],
    wanted: float,
    fewest: int,
    most: int,
    options: EngineOptions,
    show: Callable[[MeanWithError], None] = lambda value: None,
) -> MeanWithError:
    """Append ``fewest`` to ``most`` chunks to ``found``, until their standard error is as wanted: the fidelity."""
    more = fewest
    while True:
        for part in options.pool.run(job, [CHUNK] * more, len(found)):
            found.append(part)
        value = joint_fidelity(found, job.runs.chance)
        show(value)
        if value.stderr <= wanted or len(found) >= most:
            return value
        needed = 1.05 * len(found) * (value.stderr / wanted) ** 2 if wanted > 0.0 else math.inf
        more = math.ceil(min(needed - len(found), 4 * len(found), most - len(found)))


def joint_fidelity(chunks: Sequence[NDArray[np.float64]], faulty: float) -> MeanWithError:
    """Fidelity from at least two chunks of runs with faults, by a jackknife over groups of them.

    ``faulty`` is the probability of such runs.
    """
    groups = min(GROUPS, len(chunks))
    sizes = np.zeros(groups)
    chance: dict[bytes, float] = {}
    sums: dict[bytes, NDArray[np.float64]] = {}
    for number, chunk in enumerate(chunks):
        sizes[number % groups] += len(chunk)
        for row in chunk[chunk[:, 0] > 0.0]:
            bits = row[2:].tobytes()
            chance[bits] = float(row[0])
            sums.setdefault(bits, np.zeros(groups))[number % groups] += row[1]
    table = np.array(list(sums.values())).reshape(-1, groups)
    p = np.array([chance[bits] for bits in sums])[:, None]
    unseen = math.sqrt(1.0 - faulty) * max(0.0, 1.0 - float(p.sum()))

    def fidelity(means: NDArray[np.float64]) -> NDArray[np.float64]:
        joint: NDArray[np.float64] = np.sqrt(p * ((1.0 - faulty) * p + faulty * means)).sum(axis=0)
        return (unseen + joint) ** 2

    total = table.sum(axis=1, keepdims=True)
    whole = float(fidelity(total / sizes.sum())[0])
    without = fidelity(np.maximum(total - table, 0.0) / (sizes.sum() - sizes))
    mean = groups * whole - (groups - 1) * float(without.mean())
    # One imagined run of overlap 0 keeps the error from vanishing where all runs were alike.
    spread = (groups - 1) / groups * float(((without - without.mean()) ** 2).sum())
    return MeanWithError(float(np.clip(mean, 0.0, 1.0)), math.sqrt(spread + (faulty / sizes.sum()) ** 2))
