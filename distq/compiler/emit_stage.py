"""From protocol events to a Qiskit circuit that is compared with the program: emission and its check."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from distq.errors import InternalError
from distq.execution.emit import emit
from distq.execution.locality import assert_local
from distq.ir.rewriting import write_rewriting
from distq.verification.circuit_checker import verify_program

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.compiler.plan_stage import Planned
    from distq.ir.events import Events
    from distq.ir.plan import Plan
    from distq.ir.program import Program
    from distq.ir.tally import Tally
    from distq.networks.network import Network

CHECKED_EVENTS = 500_000
"""Up to this many protocol events the emitted circuit is checked too, beyond them only the plan; the report says so."""


class Emitted(NamedTuple):
    """The distributed circuit, None if there are too many events to check it, and what was checked, in words."""

    circuit: QuantumCircuit | None
    checks: str


def emit_checked(planned: Planned, events: Events) -> Emitted:
    """Emit the distributed circuit, read it back, and compare it with the program that was planned.

    Raises
    ------
    InternalError
        The circuit is not the program, or has another number of Bell pairs.
    """
    if len(events.events) > CHECKED_EVENTS:
        return Emitted(None, f"plan replayed; with over {CHECKED_EVENTS} events, the circuit itself was not compared")
    circuit = distributed_circuit(planned.program, planned.plan, planned.network, events, planned.tally)
    verdict = verify_program(planned.program, circuit, planned.network)
    if not verdict.equal:
        raise InternalError(f"the distributed circuit is not the original: {verdict.reason}")
    less = " less what was left out" if planned.left_out else ""
    return Emitted(circuit, f"plan replayed, distributed circuit compared with the original{less}")


def distributed_circuit(program: Program, plan: Plan, network: Network, events: Events, cost: Tally) -> QuantumCircuit:
    """The distributed circuit; its metadata say how the program had been rewritten before it was planned."""
    circuit = emit(events, program, network)
    assert_local(circuit, network, sum(cost.link_ebits))
    if plan.rewriting is not None:
        circuit.metadata["distq"]["rewriting"] = write_rewriting(plan.rewriting)
    return circuit
