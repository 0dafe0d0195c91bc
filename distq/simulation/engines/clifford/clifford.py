"""Clifford programs of any size, in stim: fidelities from :mod:`distq.simulation.engines.clifford.stim_circuit`.

The detector error model lists what can make a line differ; the product of (1 - p) over it is the probability that no
fault with an effect happens, a rigorous lower bound that misses only different faults that cancel each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.clifford.stim_circuit import Emitter
from distq.simulation.execution import Execution
from distq.simulation.noise.pauli_channels import Source
from distq.simulation.noise.waiting import IdleTimes
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState

BATCH = 4096
"""Shots drawn at once."""
MOST_DRAWS = 2_000_000
"""Random numbers for waits held at once."""
MAX_SHOTS = 4_000_000
"""Shots per input after which a run stops short of its precision."""


def estimate_fidelity(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    """Mean state fidelity of a unitary Clifford program on every stabilizer input."""
    emitter = Emitter(execution)
    values, shots, losses, interrupted = [], 0, dict[Source, float](), False
    wanted = options.precision * math.sqrt(len(states))
    quota = None if options.shots is None else -(-options.shots // len(states))
    per_schedule = np.zeros(execution.fault_probabilities.schedules)
    for index, state in enumerate(states):
        options.progress(f"simulating input {index + 1} of {len(states)}")
        model = error_model(emitter.circuit(state), execution.idle_times)
        silent = model.silent
        if not emitter.exact:
            silent = np.full(1, math.exp(sum(math.log(slot.channel[0]) for slot in execution.reduced.fault_sites)))
        shot = _Shots(emitter.circuit(state, waiting=False), model, (options.seed, index))
        value, drawn, interrupted = _sample(shot, float(silent.mean()), wanted, quota)
        values.append(value)
        per_schedule += model.silent
        shots += drawn
        if interrupted:
            break
        for source, loss in model.losses.items():
            losses[source] = losses.get(source, 0.0) + loss / len(states)
    spread = execution.fault_probabilities.spread(per_schedule / len(values))
    method = f"stabilizer sampling (stim), {execution.qubits} qubits"
    return Outcome(tuple(values), shots, losses, method, interrupted, spread)


def process_fidelity(execution: Execution, zero: InputState, options: EngineOptions) -> MeanWithError:
    """Process fidelity of a unitary Clifford program: state fidelity with a Bell reference for every line."""
    emitter = Emitter(execution)
    model = error_model(emitter.circuit(zero, references=True), execution.idle_times)
    silent = float(model.silent.mean()) if emitter.exact else 0.0
    shot = _Shots(emitter.circuit(zero, references=True, waiting=False), model, (options.seed, -1))
    value, _, interrupted = _sample(shot, silent, options.precision, options.shots)
    if interrupted:
        raise KeyboardInterrupt
    return MeanWithError(value.mean, math.hypot(value.stderr, execution.fault_probabilities.spread(model.silent)))


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """What can make detectors fire.

    Attributes
    ----------
    silent
        Per schedule: probability that every mechanism happens an even number of times.
    losses
        Summed probabilities by source.
    flipped, table
        Mechanisms by waiting: their detectors, and their probabilities, shape (schedules, mechanisms).
    """

    silent: NDArray[np.float64]
    losses: dict[Source, float]
    flipped: tuple[tuple[int, ...], ...]
    table: NDArray[np.float64]


def error_model(circuit: Any, idle_times: IdleTimes | None = None) -> ErrorModel:
    """The mechanisms of a circuit, those with the same detectors as one."""
    odd: dict[tuple[int, ...], float] = {}
    columns: dict[tuple[int, ...], tuple[int, ...]] = {}
    losses: dict[Source, float] = {}
    for error in circuit.detector_error_model(approximate_disjoint_errors=True):
        if error.type != "error":
            continue
        targets = tuple(sorted([target.val for target in error.targets_copy()]))
        if not targets:
            continue
        (p,) = error.args_copy()
        kind, where, wait = error.tag.split(":")
        if int(wait) >= 0:
            columns[targets] = (*columns.get(targets, ()), int(wait))
        else:
            before = odd.get(targets, 0.0)
            odd[targets] = before + p - 2 * before * p
        source = Source(kind, int(where))
        losses[source] = losses.get(source, 0.0) + p
    fixed = math.exp(sum(math.log1p(-p) for targets, p in odd.items() if targets not in columns))
    if idle_times is None:
        return ErrorModel(np.full(1, fixed), losses, (), np.zeros((1, 0)))
    silent = np.full(len(idle_times.ratio), fixed)
    for targets, of in columns.items():
        silent *= 1.0 - idle_times.parity_probability(odd.get(targets, 0.0), of)
    table = [idle_times.parity_probability(0.0, of) for of in columns.values()]
    shape = np.stack(table, axis=1) if table else np.zeros((len(silent), 0))
    return ErrorModel(silent, losses, tuple(columns), shape)


class _Shots:
    """Draws detectors: stim those of faults that are as likely in all schedules, the others one schedule per shot."""

    def __init__(self, circuit: Any, model: ErrorModel, key: tuple[int, int]) -> None:
        seed, index = key
        stream = np.random.SeedSequence(seed, spawn_key=(2, index + 1)).generate_state(1, np.uint64)[0]
        self.sampler = circuit.compile_detector_sampler(seed=int(stream) >> 1)
        self.rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(7, index + 1)))
        self.table = model.table
        bits = np.zeros((len(model.flipped), circuit.num_detectors), dtype=np.uint8)
        for mechanism, detectors in enumerate(model.flipped):
            bits[mechanism, list(detectors)] = 1
        self.flips = np.packbits(bits, axis=1, bitorder="little")

    def silent(self, size: int) -> int:
        """In how many of ``size`` shots no detector fires."""
        fired: NDArray[np.uint8] = self.sampler.sample(size, bit_packed=True)
        rows, mechanisms = self.table.shape
        if mechanisms:
            block = max(1, MOST_DRAWS // mechanisms)
            for low in range(0, size, block):
                some = fired[low : low + block]
                schedule = self.rng.integers(rows, size=len(some))
                shot, mechanism = np.nonzero(self.rng.random((len(some), mechanisms)) < self.table[schedule])
                np.bitwise_xor.at(some, shot, self.flips[mechanism])
        return int(size - np.count_nonzero(fired.any(axis=1)))


def _sample(shots: _Shots, silent: float, wanted: float, quota: int | None) -> tuple[MeanWithError, int, bool]:
    """Fraction of shots in which every line ends as it should, never below the rigorous bound ``silent``.

    With the number of shots, and whether the user interrupted.
    """
    hits = count = 0
    interrupted = False
    while not interrupted and (left := _left(hits, count, wanted, quota)) > 0:
        size = min(BATCH, left) if quota is not None else BATCH
        try:
            hits += shots.silent(size)
            count += size
        except KeyboardInterrupt:
            if not count:
                raise
            interrupted = True
    smooth = (hits + 1) / (count + 2)
    stderr = math.sqrt(smooth * (1 - smooth) / (count + 2))
    return MeanWithError(max(silent, hits / count), stderr), count, interrupted


def _left(hits: int, count: int, wanted: float, quota: int | None) -> int:
    if quota is not None:
        return quota - count
    if count == 0:
        return BATCH
    smooth = (hits + 1) / (count + 2)
    needed = min(MAX_SHOTS, smooth * (1 - smooth) / wanted**2)
    return math.ceil(needed) - count
