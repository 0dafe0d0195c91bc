"""Stratified trajectories: exact terms for no fault and one fault, random ones only for two and more.

F = P(0 faults) + sum over single faults of P(only that one) F(that one) + P(>= 2) E[F | >= 2]. The first two terms are
exact (:mod:`distq.simulation.exact_terms`), so randomness enters only through the last one, scaled by P(>= 2). A
trajectory starts from the state without faults at its first fault and is compared with the noiseless output, taken
back to its last one.

Noise that acts in every run (over-rotation, and relaxation without a jump) is part of the program. Jumps are faults
whose probability does not depend on the state; their operators are divided by its root, so that F(faults) is the
overlap of an unnormalised state and may be above 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distq.simulation.engines.input_by_input import InputByInput
from distq.simulation.engines.trajectories import gpu
from distq.simulation.engines.trajectories.tail import CHECKPOINT_BYTES, Tail, TailChunks
from distq.simulation.exact_terms import ExactTerms
from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState
from distq.util.progress import PartDone

EXACT_FAULTS = 1
"""Up to so many faults at once, the fidelity is computed exactly."""


def peak_bytes(qubits: int, workers: int) -> int:
    """Memory that :func:`estimate_fidelity` takes, at most."""
    state: int = 16 << qubits
    return max(CHECKPOINT_BYTES, 2 * state) + (2 * workers + 4) * state


def estimate_fidelity(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    """State fidelity of a unitary program on every input.

    Raises
    ------
    SimulationError
        The GPU that is asked for has too little free memory.
    Interrupted
        By the user.
    """
    if options.arrays is not None:
        gpu.rows_that_fit(execution.qubits, options.arrays)  # says so before the exact part is computed
    return _StratifiedTrajectories(execution, states, options).estimate_fidelity()


class _StratifiedTrajectories(InputByInput):
    """Exact terms and trajectories, input by input."""

    def __init__(self, execution: Execution, states: Sequence[InputState], options: EngineOptions) -> None:
        super().__init__(execution, states, options)
        self.precision = float(options.precision * np.sqrt(len(states)))
        self.quota = None if options.shots is None else -(-options.shots // len(states))

    def simulate(self, index: int, state: InputState) -> None:
        """Compute the exact terms and draw trajectories for one input."""
        execution, options = self.execution, self.options
        exact = ExactTerms(execution, state)
        tail = Tail(
            TailChunks(
                state,
                exact.flat,
                exact.perfect,
                exact.faults,
                execution.fault_probabilities,
                EXACT_FAULTS + 1,
                (options.seed, index),
                options.arrays,
                execution.target_program,
            )
        )

        def show(value: MeanWithError, part: float) -> None:
            done = (index + part) / len(self.states)
            fidelity = f"{exact.fidelity + value.mean:.4f} ± {value.stderr:.2g}"
            found = f"input {index + 1} of {len(self.states)}: fidelity {fidelity}"
            options.progress(PartDone("simulating", done, found))

        try:
            tail.run(self.precision, self.quota, options, show)
        except KeyboardInterrupt:
            self._add(exact, tail)
            raise
        self._add(exact, tail)

    def _add(self, exact: ExactTerms, tail: Tail) -> None:
        value = tail.value
        self.values.append(MeanWithError(min(1.0, exact.fidelity + value.mean), value.stderr))
        enough = self.execution.fault_probabilities.at_least(EXACT_FAULTS + 1)
        self.per_schedule += exact.per_schedule + enough * tail.survival
        self.shots += tail.sum.count
        self.add_losses(exact.losses())

    def outcome(self) -> Outcome:
        """What was found for the inputs so far."""
        arrays = self.options.arrays
        where = "" if arrays is None else f" on the GPU ({arrays.name})"
        return Outcome(
            fidelities=tuple(self.values),
            shots=self.shots,
            losses=self.mean_losses,
            method=f"stratified trajectories{where}, {self.execution.qubits} qubits",
            schedules_stderr=self.execution.fault_probabilities.schedules_stderr(self.per_schedule / len(self.values)),
        )
