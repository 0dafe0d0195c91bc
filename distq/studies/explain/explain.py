"""From a circuit and a network, or from a finished plan, to an explanation."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from distq.compiler.intake import as_network, read_program
from distq.compiler.options import CompileOptions, Progress, silent
from distq.compiler.plan_stage import plan_program
from distq.execution.lower import lower
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import infidelity_bound, removal_angles
from distq.studies.explain.bottleneck import bottleneck
from distq.studies.explain.copy_causes import plan_history
from distq.studies.explain.curve import with_curve
from distq.studies.explain.explanation import CAUSES, Cause, Explanation

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def explain_circuit(
    circuit: QuantumCircuit | str | Path,
    network: Network | str | Path,
    strategy: str = "auto",
    seed: int = 0,
    *,
    curve: bool = True,
    options: PlanningOptions | None = None,
    approximation_budget: float | None = None,
    progress: Progress = silent,
) -> Explanation:
    """Plan ``circuit`` on ``network`` and say what its Bell pairs are for.

    Parameters
    ----------
    circuit
        A Qiskit circuit, or the path of an OpenQASM 2, OpenQASM 3 or QPY file (``"-"``: standard input).
    network
        A network, its shorthand, or the path of a TOML file.
    strategy, seed, options, approximation_budget
        What plans, for ``network`` and for every point of the curve; see :func:`distq.compiler.compile`.
    curve
        Plan again with fewer and more ions per QPU.
    progress
        Called with the name of each stage as it starts.

    Raises
    ------
    InputError, InfeasiblePlanError
        Something given is wrong or does not fit; the strategy found no plan within the memory ions.
    """
    how = CompileOptions(
        strategy,
        seed,
        approximation_budget=approximation_budget,
        planning=options or PlanningOptions(),
        progress=progress,
    )
    machine = as_network(network)
    progress("reading the circuit")
    original = read_program(circuit, machine).program
    planned = plan_program(original, machine, how)
    found = replace(
        explain_plan(planned.program, machine, planned.plan),
        seed=seed,
        left_out=len(planned.left_out),
        infidelity=infidelity_bound(removal_angles(planned.left_out)),
    )
    if not curve:
        return found
    quiet = replace(how, progress=silent)
    return with_curve(found, machine, lambda other: plan_program(original, other, quiet).tally.ebits, progress=progress)


def explain_plan(program: Program, network: Network, plan: Plan) -> Explanation:
    """Causes and occupancies of a valid plan. The curve is left empty, see :func:`with_curve`."""
    copies, occupancy = plan_history(program, network, plan)
    names = [qpu.name for qpu in network.qpus]
    by_cause: Counter[Cause] = Counter()
    by_link: Counter[tuple[int, int]] = Counter()
    by_qubit: Counter[int] = Counter()
    for copy in copies:
        by_cause[copy.cause] += copy.pairs
        by_link[min(copy.source, copy.target), max(copy.source, copy.target)] += copy.pairs
        by_qubit[copy.qubit] += copy.pairs
    transfers, with_one_more = _local_transfers(program, network, plan)
    found = Explanation(
        circuit=program.name,
        network=network.name,
        strategy=plan.strategy,
        seed=plan.seed,
        ebits=sum(copy.pairs for copy in copies),
        causes=tuple((cause, by_cause[cause]) for cause in CAUSES if by_cause[cause]),
        qubits=tuple(sorted(by_qubit.items(), key=lambda item: (-item[1], item[0]))),
        links=tuple((names[a], names[b], n) for (a, b), n in sorted(by_link.items(), key=lambda i: (-i[1], i[0]))),
        copies=copies,
        occupancy=occupancy,
        local_transfers=transfers,
        with_one_more=with_one_more,
    )
    return replace(found, binding=bottleneck(found))


def _local_transfers(program: Program, network: Network, plan: Plan) -> tuple[int | None, int | None]:
    """Local transfers of a plan, and what they are with one more communication ion among the ions of each QPU."""
    if all(qpu.ions is None for qpu in network.qpus):
        return None, None
    more = []
    for qpu in network.qpus:
        optical = min(qpu.ions or 0, (qpu.communication or 0) + 1)
        more.append(qpu if qpu.ions is None else qpu.model_copy(update={"communication": optical}))
    other = network.model_copy(update={"qpus": tuple(more)})
    now, then = (lower(program, plan, machine).local_transfers for machine in (network, other))
    return now, then
