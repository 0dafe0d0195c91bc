"""The engine ``trajectories``: what it can take, and how it runs."""

from __future__ import annotations

from distq.simulation.choices import MOST_QUBITS
from distq.simulation.engines.base import (
    COHERENT_COPIES,
    MEASURES_INSIDE,
    OPERATIONS_LEFT_OUT,
    Engine,
    Kinds,
    ObjectionOf,
    memory_objection,
)
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution

SUITABLE_QUBITS = 24
"""Up to so many qubits a simulation takes minutes."""


def _objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    if not execution.unitary:
        return MEASURES_INSIDE
    if not execution.comparable:
        return OPERATIONS_LEFT_OUT
    if execution.frame_program.lines > execution.qubits:
        return COHERENT_COPIES
    if execution.qubits > MOST_QUBITS["trajectories"]:
        return f"{execution.qubits} qubits are too many for a state vector"
    return memory_objection(trajectories.peak_bytes(execution.qubits, workers))


def _suits(execution: Execution, kinds: Kinds, objection_of: ObjectionOf) -> bool:
    return execution.qubits <= SUITABLE_QUBITS


ENGINE = Engine(
    name="trajectories",
    summary="exact terms for no and one fault, random trajectories for more; up to about 24 qubits",
    random_input="product",
    objection=_objection,
    suits=_suits,
    run=trajectories.estimate_fidelity,
)
