"""A circuit file compared with what it was compiled to: ``distq check``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from distq.errors import InputError
from distq.frontend import normalise, prepared, read_circuit
from distq.frontend.node_programs import read_directory
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS, is_of_loop
from distq.frontend.places import NOTES
from distq.ir.node_program import NodePrograms
from distq.ir.plan import Plan
from distq.ir.plan_file import read_plan
from distq.ir.program import Program
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.rewrite import check_budget, require_within, rewrite
from distq.verification.circuit_checker import Verdict, verify_circuit
from distq.verification.node_merge import merge
from distq.verification.plan_checker import check_plan
from distq.verification.plan_violation import PlanViolation
from distq.verification.unreadable import UnreadableError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def compare(
    original: str,
    compiled: str,
    network: Network,
    approximation_budget: float | None = None,
    max_rounds: int = UNCERTAIN_ROUNDS,
) -> Verdict:
    """Compare a circuit file with what it was compiled to.

    Parameters
    ----------
    original
        Path of the circuit (``"-"``: standard input).
    compiled
        Path of a distributed circuit that distq wrote, of a plan (``.json``), or of a directory of node programs.
    network
        The network it was compiled for.
    approximation_budget
        See :func:`distq.verification.circuit_checker.verify_circuit`.
    max_rounds
        How many rounds were compiled of loops whose end depends on measured bits.

    Returns
    -------
    Verdict
        Not equal, with a reason, if the compiled circuit or the plan is wrong.

    Raises
    ------
    CircuitError
        If a circuit file cannot be read.
    InputError
        If the plan cannot be read, or rewrites the circuit in a way that does not fit it.
    """
    if approximation_budget is not None:
        check_budget(approximation_budget)
    source = prepared(read_circuit(original, max_rounds=max_rounds), network.data_ions, max_rounds)
    found = _verdict(source, compiled, network, approximation_budget)
    if not found.equal and any(is_of_loop(note) for note in (source.metadata or {}).get(NOTES, ())):
        asked = f"the loop of the original was taken for {max_rounds} rounds: compiled with another --max-rounds?"
        return replace(found, reason=f"{found.reason} ({asked})")
    return found


def _verdict(source: QuantumCircuit, compiled: str, network: Network, budget: float | None) -> Verdict:
    """Compare a circuit with a plan, a directory of node programs or a distributed circuit, as the name says."""
    if compiled.endswith(".json"):
        return _verify_plan(normalise(source), read_plan(Path(compiled)), network, budget)
    if Path(compiled).is_dir():
        return _verify_nodes(source, read_directory(Path(compiled)).programs, network, budget)
    return verify_circuit(source, read_circuit(compiled), network, budget)


def _verify_nodes(source: QuantumCircuit, programs: NodePrograms, network: Network, budget: float | None) -> Verdict:
    """Merge node programs and compare the circuit that they make up."""
    try:
        merged = merge(programs)
    except UnreadableError as refused:
        return Verdict(False, str(refused), "structure", 0)
    return verify_circuit(source, merged, network, budget)


def _verify_plan(program: Program, plan: Plan, network: Network, budget: float | None) -> Verdict:
    """Replay a plan for ``program``, rewritten as the plan tells."""
    rewritten = rewrite(program, plan.rewriting, network)
    infidelity, reason = 0.0, None
    try:
        check_plan(rewritten, plan, network)
        infidelity = require_within(program, plan.rewriting, network, budget)
    except PlanViolation as violation:
        reason = violation.message
    except InputError as refused:
        reason = refused.message if refused.hint is None else f"{refused.message} ({refused.hint})"
    return Verdict(reason is None, reason, "plan", bell_pairs(plan.steps, network), infidelity)
