"""The engine ``clifford``: what it can take, and how it runs."""

from __future__ import annotations

from collections.abc import Sequence

from distq.simulation.engines.base import (
    MEASURES_INSIDE,
    NON_PAULI_NOISE,
    OPERATIONS_LEFT_OUT,
    Engine,
    Kinds,
    ObjectionOf,
)
from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, Outcome
from distq.simulation.statevector.input_states import InputState


def _objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    from distq.simulation.engines.clifford.gates import not_clifford  # stim is loaded where it is needed

    if not execution.unitary:
        return MEASURES_INSIDE
    if execution.target_program is not None:
        return OPERATIONS_LEFT_OUT
    if execution.frame_program.has_non_pauli_noise:
        return NON_PAULI_NOISE
    if "product" in kinds:
        return "inputs of kind 'product' are no stabilizer states (use 'stabilizer')"
    return not_clifford(execution.copy_program.program)


def _suits(execution: Execution, kinds: Kinds, objection_of: ObjectionOf) -> bool:
    return True


def _run(execution: Execution, states: Sequence[InputState], options: EngineOptions) -> Outcome:
    from distq.simulation.engines.clifford.clifford import estimate_fidelity

    return estimate_fidelity(execution, states, options)


ENGINE = Engine(
    name="clifford",
    summary="stabilizer sampling with stim; Clifford circuits of thousands of qubits",
    random_input="stabilizer",
    objection=_objection,
    suits=_suits,
    run=_run,
)
