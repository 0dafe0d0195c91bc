"""The engine ``trajectories``: what it can take, and how it runs."""

from __future__ import annotations

from distq.simulation.engines.base import COHERENT, INSIDE, LEFT_OUT, Kinds, too_big
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution


def trajectory_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    if not execution.unitary:
        return INSIDE
    if not execution.comparable:
        return LEFT_OUT
    if execution.framed.lines > execution.qubits:
        return COHERENT
    if execution.qubits > 40:
        return f"{execution.qubits} qubits are too many for a state vector"
    return too_big(trajectories.peak_bytes(execution.qubits, workers))
