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

from distq.simulation.engines.clifford.error_model import ErrorModel, error_model
from distq.simulation.engines.clifford.stim_circuit import Emitter
from distq.simulation.engines.input_by_input import InputByInput
from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState

BATCH = 4096
"""Shots drawn at once."""
MOST_DRAWS = 2_000_000
"""Random numbers for waits held at once."""
MAX_SHOTS = 4_000_000
"""Shots per input after which a run stops short of its precision."""


def estimate_fidelity(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    """State fidelity of a unitary Clifford program on every stabilizer input.

    Raises
    ------
    Interrupted
        By the user.
    """
    return _StabilizerShots(execution, states, options).estimate_fidelity()


def process_fidelity(execution: Execution, zero: InputState, options: EngineOptions) -> MeanWithError:
    """Process fidelity of a unitary Clifford program: state fidelity with a Bell reference for every line."""
    emitter = Emitter(execution)
    model = error_model(emitter.circuit(zero, references=True), execution.idle_times)
    silent = float(model.silent.mean()) if emitter.exact else 0.0
    sampler = _Sampler(emitter.circuit(zero, references=True, waiting=False), model, (options.seed, -1))
    count = _SilentCount()
    count.sample(sampler, options.precision, options.shots)
    value = count.fidelity(silent)
    schedules_stderr = execution.fault_probabilities.schedules_stderr(model.silent)
    return MeanWithError(value.mean, math.hypot(value.stderr, schedules_stderr))


class _StabilizerShots(InputByInput):
    """Shots of one stim circuit per input."""

    def __init__(self, execution: Execution, states: Sequence[InputState], options: EngineOptions) -> None:
        super().__init__(execution, states, options)
        self.emitter = Emitter(execution)
        self.precision = options.precision * math.sqrt(len(states))
        self.quota = None if options.shots is None else -(-options.shots // len(states))

    def simulate(self, index: int, state: InputState) -> None:
        """Draw shots of one input."""
        model = error_model(self.emitter.circuit(state), self.execution.idle_times)
        sampler = _Sampler(self.emitter.circuit(state, waiting=False), model, (self.options.seed, index))
        count = _SilentCount()
        try:
            count.sample(sampler, self.precision, self.quota)
        except KeyboardInterrupt:
            if count.shots:
                self._add(model, count)
            raise
        self._add(model, count)
        self.add_losses({source: loss / len(self.states) for source, loss in model.losses.items()})

    def _add(self, model: ErrorModel, count: _SilentCount) -> None:
        silent = model.silent
        if not self.emitter.exact:
            sites = self.execution.copy_program.fault_sites
            silent = np.full(1, math.exp(sum(math.log(site.error.channel[0]) for site in sites)))
        self.values.append(count.fidelity(float(silent.mean())))
        self.per_schedule += model.silent
        self.shots += count.shots

    def outcome(self) -> Outcome:
        """What was found for the inputs so far."""
        return Outcome(
            fidelities=tuple(self.values),
            shots=self.shots,
            losses=self.losses,
            method=f"stabilizer sampling (stim), {self.execution.qubits} qubits",
            schedules_stderr=self.execution.fault_probabilities.schedules_stderr(self.per_schedule / len(self.values)),
        )


class _Sampler:
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


@dataclass
class _SilentCount:
    """How many of the shots drawn so far were silent: every line ended as it should."""

    hits: int = 0
    shots: int = 0

    def sample(self, sampler: _Sampler, wanted: float, quota: int | None) -> None:
        """Draw shots until the standard error is ``wanted``, or ``quota`` of them if that is not None."""
        while (left := self._left(wanted, quota)) > 0:
            size = min(BATCH, left) if quota is not None else BATCH
            self.hits += sampler.silent(size)
            self.shots += size

    def _left(self, wanted: float, quota: int | None) -> int:
        if quota is not None:
            return quota - self.shots
        if self.shots == 0:
            return BATCH
        needed = min(MAX_SHOTS, self._smooth * (1 - self._smooth) / wanted**2)
        return math.ceil(needed) - self.shots

    @property
    def _smooth(self) -> float:
        """Fraction of silent shots, with one imagined shot that is silent and one that is not."""
        return (self.hits + 1) / (self.shots + 2)

    def fidelity(self, silent: float) -> MeanWithError:
        """Fraction of silent shots, never below the rigorous bound ``silent``."""
        stderr = math.sqrt(self._smooth * (1 - self._smooth) / (self.shots + 2))
        return MeanWithError(max(silent, self.hits / self.shots), stderr)
