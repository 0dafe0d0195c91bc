"""The engine ``dynamic``: what it can take, and how it runs."""

from __future__ import annotations

from distq.ir.program import Kind, Program
from distq.simulation.choices import MOST_QUBITS
from distq.simulation.engines.base import OPERATIONS_LEFT_OUT, Engine, Kinds, ObjectionOf, memory_objection
from distq.simulation.engines.dynamic import dynamic
from distq.simulation.execution import Execution

MAX_BITS = 10
"""Measurements inside the program: up to so many a sample sees enough of their values."""
SUITABLE_LINES = 22
"""Up to so many qubits and copies a simulation takes minutes."""


def _objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    lines = execution.frame_program.lines
    if execution.unitary and lines == execution.qubits:
        return "it has no measurements, resets or conditions inside, which 'trajectories' are better for"
    if execution.target_program is not None:
        return OPERATIONS_LEFT_OUT
    if lines > MOST_QUBITS["dynamic"]:
        return f"{execution.qubits} qubits are too many for a state vector"
    why = program_objection(execution.copy_program.program, frozenset(execution.copy_program.final_measurements))
    return why or memory_objection(dynamic.peak_bytes(lines, workers))


def program_objection(program: Program, final: frozenset[int]) -> str | None:
    """Why a program cannot be compared run by run; None if it can.

    The noiseless state must be pure given the classical bits, and these must not have too many values.

    Parameters
    ----------
    program
        What runs.
    final
        Indices of the measurements at its end, which are left out.
    """
    written: set[int] = set()
    before: dict[int, int] = {}
    for index, op in enumerate(program.operations):
        last = before.get(op.qubits[0])
        if op.kind is Kind.MEASURE and index not in final:
            if op.clbit is None or op.clbit in written:
                return f"operation {index} measures into a bit that is not kept"
            written.add(op.clbit)
        if op.kind is Kind.RESET and last is not None:
            measured = program.operations[last]
            if measured.kind is not Kind.MEASURE or measured.condition is not None:
                return f"operation {index} resets a qubit that was not just measured"
        before.update(dict.fromkeys(op.qubits, index))
    if len(written) > MAX_BITS:
        return f"{len(written)} measurements inside have too many outcomes to sample"
    return None


def _suits(execution: Execution, kinds: Kinds, objection_of: ObjectionOf) -> bool:
    return execution.frame_program.lines <= SUITABLE_LINES


ENGINE = Engine(
    name="dynamic",
    summary="sampled runs with measurements, resets and conditions inside; up to about 20 qubits",
    random_input="product",
    objection=_objection,
    suits=_suits,
    run=dynamic.estimate_fidelity,
)
