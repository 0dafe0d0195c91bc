"""Fidelities from density matrices, input by input, and what every source of errors takes from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distq.simulation.engines.density import density, over_schedules
from distq.simulation.engines.input_by_input import InputByInput
from distq.simulation.exact_terms import ExactTerms
from distq.simulation.execution import Execution
from distq.simulation.noise.sources import Source
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState

MOST_WORK = 2e10
"""Numbers computed beyond which sources of one kind are switched on together."""


def work(execution: Execution, inputs: int) -> int:
    """Numbers that one evolution of every input computes."""
    framed = execution.frame_program
    return density.elements(framed) * (len(framed.ops) + len(framed.fault_sites)) * inputs


def estimate_fidelity(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    """Fidelity of the joint state of qubits and classical bits on every input.

    It is exact but for random waits, over which :mod:`distq.simulation.engines.density.over_schedules` averages.

    Raises
    ------
    Interrupted
        By the user.
    """
    return _DensityMatrices(execution, states, options).estimate_fidelity()


class _DensityMatrices(InputByInput):
    """One density matrix per input and schedule."""

    def __init__(self, execution: Execution, states: Sequence[InputState], options: EngineOptions) -> None:
        super().__init__(execution, states, options)
        self.pure = execution.unitary and execution.frame_program.lines == execution.qubits
        """The noiseless output is one state vector of the qubits."""
        self.averages = execution.idle_times is not None and (self.pure or execution.target_program is None)
        """Schedules are simulated one by one, not their mean channels."""
        self.schedules = 0

    def simulate(self, index: int, state: InputState) -> None:
        """Compute the fidelity for one input and, if noiseless outputs are pure, the losses."""
        exact = None
        if self.pure:
            exact = ExactTerms(self.execution, state)
            self.add_losses({source: loss / len(self.states) for source, loss in exact.losses().items()})
        if self.averages:
            self._over_schedules(state, exact)
        else:
            target = self.execution.target_program
            output = None if target is None else target.output(state)
            self.values.append(MeanWithError(density.fidelity(self.execution.frame_program, state, output)))
        if not self.pure and index == len(self.states) - 1:
            self.losses = _switched_losses(self.execution, self.states)

    def _over_schedules(self, state: InputState, exact: ExactTerms | None) -> None:
        precision = self.options.precision * float(np.sqrt(len(self.states)))
        if exact is None:
            found = over_schedules.joint_fidelity(self.execution, state, precision)
        else:
            lone = exact.survival / max(exact.undisturbed, 1e-12)
            found = over_schedules.fidelity(self.execution, state, lone, precision)
        self.per_schedule += found.per_schedule / len(self.states)
        self.values.append(found.value)
        self.schedules = max(self.schedules, found.runs)

    def outcome(self) -> Outcome:
        """What was found for the inputs so far."""
        qubits = self.execution.qubits
        method = f"exact density matrix, {qubits} qubit{'s' * (qubits != 1)}"
        if self.averages:
            method = f"density matrix, {qubits} qubits, of {self.schedules} schedules"
        if not self.execution.unitary:
            method += ", joint state of qubits and classical bits"
        simulated = len(self.values) / len(self.states)
        return Outcome(
            fidelities=tuple(self.values),
            shots=None,
            losses=self.losses,
            method=method,
            schedules_stderr=self.execution.fault_probabilities.schedules_stderr(self.per_schedule / simulated),
        )


def _switched_losses(execution: Execution, states: Sequence[InputState]) -> dict[Source, float]:
    """Infidelity with only one source switched on, or one kind of source where so many runs would take too long."""
    sources = sorted(
        {site.error.source for site in execution.frame_program.fault_sites}.union(execution.non_pauli_sources)
    )
    together = work(execution, len(states)) * len(sources) > MOST_WORK
    groups: dict[Source, list[Source]] = {}
    for source in sources:
        groups.setdefault(Source(source.kind, -1) if together else source, []).append(source)
    losses = {}
    for source, on in groups.items():
        framed = execution.frame_program.only(on)
        losses[source] = sum([1.0 - density.fidelity(framed, state) for state in states]) / len(states)
    return losses
