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
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.dynamic.losses import losses_by_source
from distq.simulation.engines.dynamic.sampling import (
    CACHED,
    CHUNK,
    MAX_CHUNKS,
    JointChunks,
    Wanted,
    draw,
    joint_fidelity,
)
from distq.simulation.engines.input_by_input import InputByInput
from distq.simulation.execution import Execution
from distq.simulation.noise.sources import Source
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState
from distq.util.progress import PartDone

FEWEST = 16
"""Chunks drawn before the standard error is looked at."""
LOSS_CHUNKS = 64
"""Chunks of runs with one fault, over all inputs, at most."""
NEGLIGIBLE = 1e-15
"""Probability of faults below which nothing is drawn."""


def peak_bytes(qubits: int, workers: int) -> int:
    """Memory that :func:`estimate_fidelity` takes, at most."""
    return (CACHED + 6) * workers * (16 << qubits)


def estimate_fidelity(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    """Fidelity of the joint state of classical bits and qubits on every input.

    Raises
    ------
    Interrupted
        By the user.
    """
    return _SampledRuns(execution, states, options).estimate_fidelity()


class _SampledRuns(InputByInput):
    """Runs of every input, and runs that tell the sources of its infidelity apart."""

    def __init__(self, execution: Execution, states: Sequence[InputState], options: EngineOptions) -> None:
        super().__init__(execution, states, options)
        self.losses_stderr: dict[Source, float] = {}
        quota = None if options.shots is None else max(2, -(-options.shots // (CHUNK * len(states))))
        self.wanted = Wanted(options.precision * math.sqrt(len(states)), quota or FEWEST, quota or MAX_CHUNKS)

    def simulate(self, index: int, state: InputState) -> None:
        """Draw runs of one input."""
        job = JointChunks(self.execution, state, (self.options.seed, 5, index))
        if job.runs.probability <= NEGLIGIBLE:
            self.values.append(MeanWithError(1.0))
            return

        def show(value: MeanWithError) -> None:
            fidelity = f"{value.mean:.4f} ± {value.stderr:.2g}"
            found = f"input {index + 1} of {len(self.states)}: fidelity {fidelity}"
            self.options.progress(PartDone("simulating", index / len(self.states), found))

        found: list[NDArray[np.float64]] = []
        try:
            draw(job, found, self.wanted, self.options, show)
        except KeyboardInterrupt:
            if len(found) > 1:
                self._add(job, found)
            raise
        self._add(job, found)
        chunks = min(-(-len(found) // 2), -(-LOSS_CHUNKS // len(self.states)))
        infidelity = 1.0 - self.values[-1].mean
        losses = losses_by_source(job, infidelity, chunks, len(self.states), self.options)
        self.add_losses({source: loss.mean for source, loss in losses.items()})
        for source, loss in losses.items():
            self.losses_stderr[source] = math.hypot(self.losses_stderr.get(source, 0.0), loss.stderr)

    def _add(self, job: JointChunks, found: Sequence[NDArray[np.float64]]) -> None:
        self.values.append(joint_fidelity(found, job.runs.probability))
        self.shots += sum(map(len, found))

    def outcome(self) -> Outcome:
        """What was found for the inputs so far."""
        execution, count = self.execution, len(self.values)
        method = f"sampled runs, {execution.qubits} qubits"
        if execution.frame_program.lines > execution.qubits:
            method += f" and {execution.frame_program.lines - execution.qubits} copies"
        if not execution.unitary:
            method += ", joint state of qubits and classical bits"
        probabilities = execution.fault_probabilities
        return Outcome(
            fidelities=tuple(self.values),
            shots=self.shots,
            losses=self.mean_losses,
            method=method,
            schedules_stderr=probabilities.schedules_stderr(probabilities.no_waiting_fault),
            losses_stderr={source: error / count for source, error in self.losses_stderr.items()},
        )
