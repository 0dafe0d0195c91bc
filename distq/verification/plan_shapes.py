"""The shapes of a plan's entries: types and index ranges, before anything is replayed.

Nothing about a plan is taken for granted: it may come from a file, or from a strategy of the user's own.
"""

from __future__ import annotations

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Program
from distq.networks.network import Network
from distq.verification.plan_violation import PlanViolation


def check_shapes(program: Program, plan: Plan, network: Network) -> list[int]:
    """Check the types and ranges of all homes and steps, in one pass.

    Returns
    -------
    list of int
        Per qubit: the index of the last step on it, -1 if there is none.

    Raises
    ------
    PlanViolation
        At the first entry that is no step, or names no qubit, operation or QPU.
    """
    qubits, qpus = program.num_qubits, len(network.qpus)
    if len(plan.homes) != qubits:
        raise PlanViolation(f"it has {len(plan.homes)} homes for {qubits} qubits")
    for qubit, home in enumerate(plan.homes):
        if type(home) is not int or not 0 <= home < qpus:
            raise PlanViolation(f"the home of qubit {qubit} is {home!r}, which is no QPU index (0 to {qpus - 1})")
    operands = [op.qubits for op in program.operations]
    last = [-1] * qubits

    def index_in(value: object, size: int, what: str) -> None:
        if type(value) is not int or not 0 <= value < size:
            raise PlanViolation(f"{value!r} is no {what} (0 to {size - 1})", index, step)

    for index, step in enumerate(plan.steps):
        match step:
            case RunOp(operation, qpu):
                index_in(operation, len(operands), "operation index")
                index_in(qpu, qpus, "QPU index")
                for qubit in operands[operation]:
                    last[qubit] = index
            case Grow(qubit, source, target):
                index_in(qubit, qubits, "qubit index")
                index_in(source, qpus, "QPU index")
                index_in(target, qpus, "QPU index")
                last[qubit] = index
            case Shrink(qubit, qpu):
                index_in(qubit, qubits, "qubit index")
                index_in(qpu, qpus, "QPU index")
                last[qubit] = index
            case HandOver(moves):
                for move in moves:
                    if type(move) is not tuple or len(move) != 2:
                        raise PlanViolation(f"{move!r} is no (qubit, QPU) pair", index, step)
                    index_in(move[0], qubits, "qubit index")
                    index_in(move[1], qpus, "QPU index")
                    last[move[0]] = index
            case _:
                raise PlanViolation(f"a {type(step).__name__} is no plan step", index, step)
    return last
