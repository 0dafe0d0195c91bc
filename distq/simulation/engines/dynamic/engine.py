"""The engine ``dynamic``: what it can take, and how it runs."""

from __future__ import annotations

from distq.simulation.engines.base import LEFT_OUT, Kinds, too_big
from distq.simulation.engines.dynamic import dynamic
from distq.simulation.execution import Execution


def dynamic_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    lines = execution.framed.lines
    if execution.unitary and lines == execution.qubits:
        return "it has no measurements, resets or conditions inside, which 'trajectories' are better for"
    if execution.target_program is not None:
        return LEFT_OUT
    if lines > 30:
        return f"{execution.qubits} qubits are too many for a state vector"
    why = dynamic.objection(execution.reduced.program, frozenset(execution.reduced.final_measurements))
    return why or too_big(dynamic.peak_bytes(lines, workers))
