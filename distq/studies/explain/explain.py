"""From a circuit and a network to an explanation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from distq.compiler.plan_stage import planned
from distq.frontend import normalise, read_circuit
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.strategies import get_strategy
from distq.rewrite import check_budget, dropped, infidelity_bound, removal_angles
from distq.studies.explain import explain, with_curve
from distq.studies.explain.explanation import Explanation

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.planning.strategies.registry import PlanningOptions


def explain_circuit(
    circuit: QuantumCircuit | str | Path,
    network: Network | str,
    strategy: str = "auto",
    seed: int = 0,
    *,
    curve: bool = True,
    options: PlanningOptions | None = None,
    approximation_budget: float | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Explanation:
    """Plan ``circuit`` on ``network`` and say what its Bell pairs are for.

    Parameters
    ----------
    circuit
        A Qiskit circuit, or the path of an OpenQASM 2, OpenQASM 3 or QPY file (``"-"``: standard input).
    network
        A network, its shorthand, or the path of a TOML file.
    strategy, seed, options, approximation_budget
        What plans, here and for every point of the curve; see :func:`distq.compiler.compile`.
    curve
        Plan again with fewer and more ions per QPU.
    progress
        Called with the name of each stage as it starts.

    Raises
    ------
    InputError, InfeasiblePlanError
        Something given is wrong or does not fit; the strategy found no plan within the memory ions.
    """
    if approximation_budget is not None:
        check_budget(approximation_budget)
    network = parse_network(network) if isinstance(network, str) else network
    name = get_strategy(strategy).name
    progress("reading the circuit")
    program = normalise(read_circuit(circuit) if isinstance(circuit, str | Path) else circuit)
    network.require_capacity(program.num_qubits)
    if program.num_qubits > max(qpu.data for qpu in network.qpus):
        network.require_connected()
    progress(f"planning {program.name}")
    how = partial(planned, strategy=name, seed=seed, options=options, approximation_budget=approximation_budget)
    rewritten, plan, _ = how(program, network)
    gone = dropped(program, plan.rewriting, network)
    found = replace(
        explain(rewritten, network, plan),
        seed=seed,
        left_out=len(gone),
        infidelity=infidelity_bound(removal_angles(gone)),
    )
    return with_curve(found, program, network, how, progress=progress) if curve else found
