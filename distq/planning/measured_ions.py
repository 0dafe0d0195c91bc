"""Ions that the circuit has measured, where they may hold no other qubit (``Program.reuse`` is False)."""

from __future__ import annotations

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Grow, HandOver, Plan, RunOp
from distq.ir.program import Program


def require_kept(original: Program, program: Program, plan: Plan) -> None:
    """Raise InfeasiblePlanError if a plan takes a qubit from the ion on which the circuit has measured it.

    Parameters
    ----------
    original
        What was to be planned.
    program
        What is planned: ``original``, rewritten as the plan says.
    plan
        Any plan.
    """
    if original.reuse:
        return
    gone_on = _final_bits(original) - _final_bits(program)
    moved = _moved_after_measurement(program, plan)
    if gone_on or moved:
        raise InfeasiblePlanError(
            f"the plan of {plan.strategy or 'this strategy'} moves a measured qubit away, so that its ion holds "
            "another one, and ions of measured qubits are not to be used again",
            "give the QPUs one more data ion each, use another strategy, or leave out --no-reuse",
        )


def _final_bits(program: Program) -> set[int | None]:
    """Classical bits into which qubits are measured as the last thing that happens to them."""
    last = [program.operations[line[-1]] for line in program.lines if line]
    return {op.clbit for op in last if op.always_measures}


def _moved_after_measurement(program: Program, plan: Plan) -> bool:
    """True if a copy of a qubit is opened, or its home moves, after its final measurement."""
    ended: set[int] = set()
    for step in plan.steps:
        match step:
            case RunOp(index):
                op = program.operations[index]
                if op.always_measures and program.lines[op.qubits[0]][-1] == index:
                    ended.add(op.qubits[0])
            case Grow(qubit) if qubit in ended:
                return True
            case HandOver(moves) if not ended.isdisjoint(qubit for qubit, _ in moves):
                return True
    return False
