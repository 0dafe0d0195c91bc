"""The engine ``clifford``: what it can take, and how it runs."""

from __future__ import annotations

from collections.abc import Sequence

from distq.simulation.engines.base import DRIFTS, INSIDE, LEFT_OUT, Kinds
from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, Outcome
from distq.simulation.statevector.input_states import (
    InputState,
)


def clifford_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    from distq.simulation.engines.clifford.gates import not_clifford

    if not execution.unitary:
        return INSIDE
    if execution.target_program is not None:
        return LEFT_OUT
    if execution.framed.has_non_pauli_noise:
        return DRIFTS
    if "product" in kinds:
        return "inputs of kind 'product' are no stabilizer states (use 'stabilizer')"
    return not_clifford(execution.reduced.program)


def clifford_run(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    from distq.simulation.engines.clifford.clifford import estimate_fidelity

    return estimate_fidelity(execution, states, options)
