"""The engine ``density``: what it can take, and how it runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distq.simulation.engines.base import LEFT_OUT, Kinds, too_big
from distq.simulation.engines.density import density, over_schedules
from distq.simulation.engines.dynamic.engine import dynamic_objection
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution
from distq.simulation.noise.pauli_channels import Source
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import (
    InputState,
)


def density_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    lines = execution.framed.lines
    if lines > 15:
        copies = f" and {lines - execution.qubits} copies" if lines > execution.qubits else ""
        return f"{execution.qubits} qubits{copies} are too many for a density matrix"
    if not execution.comparable:
        return LEFT_OUT
    return too_big(3 * 16 * density.elements(execution.framed))


def _density_work(execution: Execution, inputs: Sequence[object]) -> int:
    """Numbers that one evolution of every input computes."""
    framed = execution.framed
    return density.elements(framed) * (len(framed.ops) + len(framed.fault_sites)) * len(inputs)


def density_suits(execution: Execution, kinds: Kinds) -> bool:
    work = _density_work(execution, kinds)
    if execution.idle_times is not None:
        work *= over_schedules.RUNS
    if execution.unitary and execution.framed.lines == execution.qubits:
        return work <= 4e9
    if execution.unitary:
        return work <= 2e8  # sampled runs know which waits are long together, and are fast
    if dynamic_objection(execution, kinds, 1):
        return work <= 4e11
    return (
        work * (1 + len({slot.source for slot in execution.framed.fault_sites})) <= 2e10
    )  # once more for every source


def density_run(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    values: list[MeanWithError] = []
    losses: dict[Source, float] = {}
    per_schedule = np.zeros(execution.fault_probabilities.schedules)
    pure = execution.unitary and execution.framed.lines == execution.qubits
    runs = 0
    mixed = execution.idle_times is not None and (pure or execution.target_program is None)
    for index, state in enumerate(states):
        options.progress(f"simulating input {index + 1} of {len(states)}")
        if pure:
            single, survival = trajectories.first_order(execution, state)
            for source, loss in single.items():
                losses[source] = losses.get(source, 0.0) + loss / len(states)
        if mixed:
            wanted = options.precision * float(np.sqrt(len(states)))
            found = (
                over_schedules.fidelity(execution, state, survival, wanted)
                if pure
                else over_schedules.joint_fidelity(execution, state, wanted)
            )
            per_schedule += found.per_schedule / len(states)
            values.append(found.value)
            runs = max(runs, found.runs)
        else:
            output = None if execution.target_program is None else execution.target_program.output(state)
            values.append(MeanWithError(density.fidelity(execution.framed, state, output)))
    method = f"exact density matrix, {execution.qubits} qubit{'s' * (execution.qubits != 1)}"
    if mixed:
        method = f"density matrix, {execution.qubits} qubits, of {runs} schedules"
    if not pure:
        losses = _switched_losses(execution, states)
    if not execution.unitary:
        method += ", joint state of qubits and classical bits"
    return Outcome(
        tuple(values), None, losses, method, schedules_stderr=execution.fault_probabilities.spread(per_schedule)
    )


def _switched_losses(execution: Execution, states: Sequence[InputState]) -> dict[Source, float]:
    """Infidelity with only one source switched on, or one kind of source where so many runs would take too long."""
    sources = sorted({slot.source for slot in execution.framed.fault_sites}.union(execution.non_pauli_sources))
    together = _density_work(execution, states) * len(sources) > 2e10
    groups: dict[Source, list[Source]] = {}
    for source in sources:
        groups.setdefault(Source(source.kind, -1) if together else source, []).append(source)
    losses = {}
    for source, on in groups.items():
        framed = execution.framed.only(on)
        losses[source] = sum([1.0 - density.fidelity(framed, state) for state in states]) / len(states)
    return losses
