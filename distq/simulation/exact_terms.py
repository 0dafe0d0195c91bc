"""What can be computed exactly of a unitary program's fidelity: no fault, and every fault alone.

Several engines build on these terms: trajectories are drawn for two and more faults only, and density matrices of few
schedules are extended to all of them by what a lone fault costs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from distq.simulation.execution import Execution
from distq.simulation.noise.sources import Source
from distq.simulation.reduction.faults import Fault
from distq.simulation.statevector import kernels, op_kernels, single_faults
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_arrays import FlatProgram, flatten

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]


class ExactTerms:
    """Terms of the state fidelity for one input.

    Attributes
    ----------
    flat, perfect
        The program with noise that acts in every run, and without any; the same object if there is no such noise.
    approximated
        Fidelity without noise: below 1 only if operations were left out.
    undisturbed
        Fidelity with the noise that acts in every run, and no fault.
    survivals
        Per fault: state fidelity if it alone happens, one entry per effect.
    survival
        The same, mean over the effects; shape (faults,).
    per_schedule
        Contribution of no fault and of lone faults to the fidelity in every schedule.
    """

    def __init__(self, execution: Execution, state: InputState) -> None:
        self.execution, self.state, self.faults = execution, state, execution.faults
        self.flat = flatten(execution.frame_program, state)
        noiseless = not execution.frame_program.has_non_pauli_noise
        self.perfect = self.flat if noiseless else flatten(execution.frame_program, state, noisy=False)
        ideal = output = run_program(self.perfect, state)
        if self.perfect is not self.flat:
            output = run_program(self.flat, state)
        target = execution.target_program
        wanted = ideal if target is None else target.output(state)
        self.approximated = 1.0 if wanted is ideal else min(1.0, abs(kernels.overlap(wanted, ideal)) ** 2)
        self.undisturbed = self.approximated if output is ideal else abs(kernels.overlap(wanted, output)) ** 2
        self.survivals = single_faults.survivals(self.flat, self.faults, output, None if output is wanted else wanted)
        means = [
            np.dot(fault.probabilities, survival) / fault.probability
            for fault, survival in zip(self.faults, self.survivals, strict=True)
        ]
        self.survival: Floats = np.array(means, dtype=np.float64)
        probabilities = execution.fault_probabilities
        lone = probabilities.single_fault(self.survival)
        self.per_schedule: Floats = self.undisturbed * probabilities.no_fault + lone

    @property
    def fidelity(self) -> float:
        """Contribution of no fault and of lone faults to the fidelity, mean over the schedules."""
        return float(self.per_schedule.mean())

    def losses(self) -> dict[Source, float]:
        """Infidelity that every source would cause alone, to first order in its faults."""
        losses = first_order_losses(self.faults, self.survivals, self.undisturbed)
        for source in self.execution.non_pauli_sources:
            alone = ExactTerms(self.execution.only(source), self.state)
            first = first_order_losses(alone.faults, alone.survivals, alone.undisturbed)
            losses[source] = 1.0 - alone.undisturbed + sum(first.values())
        if self.approximated < 1.0:
            losses[Source("approximation", -1)] = 1.0 - self.approximated
        return losses


def run_program(flat: FlatProgram, state: InputState) -> Complex:
    """The output state for an input."""
    output = state.vector()
    op_kernels.run(output, flat.ops, 0, flat.size)
    return output


def first_order_losses(
    faults: Sequence[Fault], survivals: Sequence[Floats], undisturbed: float = 1.0
) -> dict[Source, float]:
    """Sum over faults of probability times (``undisturbed`` - survival), by source."""
    losses: dict[Source, float] = {}
    for fault, survival in zip(faults, survivals, strict=True):
        loss = float(np.dot(fault.probabilities, undisturbed - survival))
        for source, share in fault.shares:
            losses[source] = losses.get(source, 0.0) + share * loss
    return losses
