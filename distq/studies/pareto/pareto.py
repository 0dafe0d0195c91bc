"""Plans of several strategies side by side: which of them does no other plan beat in all three costs?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from distq.compiler.intake import as_network, read_program
from distq.compiler.objective import CANDIDATES, Candidate, candidates
from distq.compiler.options import CompileOptions, Progress, silent
from distq.networks.network import Network
from distq.planning.strategies.registry import PlanningOptions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


class ComparedPlan(NamedTuple):
    """A plan with its costs. ``front``: no other plan is as good in all three and better in one."""

    candidate: Candidate
    front: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        found = self.candidate
        return {
            "strategy": found.plan.strategy,
            "seed": found.plan.seed,
            "ebits": found.ebits,
            "fidelity_estimate": found.fidelity,
            "makespan_mean_s": found.makespan_s,
            "front": self.front,
        }


@dataclass(frozen=True)
class ParetoStudy:
    """The plans for a circuit on a network, by name, the fewest Bell pairs first."""

    circuit: str
    network: str
    plans: tuple[ComparedPlan, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"circuit": self.circuit, "network": self.network, "plans": [plan.as_dict() for plan in self.plans]}


def compare_plans(
    circuit: QuantumCircuit | str | Path,
    network: Network | str | Path,
    strategies: Sequence[str] = CANDIDATES,
    seed: int = 0,
    *,
    options: PlanningOptions | None = None,
    approximation_budget: float | None = None,
    progress: Progress = silent,
) -> ParetoStudy:
    """Plan ``circuit`` on ``network`` with several strategies, and find the Pareto front.

    Parameters
    ----------
    circuit, network, seed, options, approximation_budget, progress
        As for :func:`distq.compiler.compile`.
    strategies
        Names of strategies; see :func:`distq.compiler.objective.candidates`.

    Raises
    ------
    InputError, InfeasiblePlanError
        Something given is wrong or does not fit; no strategy found a plan within the ions.
    SimulationError
        Unbound parameters: neither fidelity nor time can be estimated.
    """
    how = CompileOptions(
        seed=seed,
        approximation_budget=approximation_budget,
        planning=options or PlanningOptions(),
        progress=progress,
    )
    machine = as_network(network)
    progress("reading the circuit")
    program = read_program(circuit, machine).program
    found = candidates(program, machine, strategies, how)
    return ParetoStudy(program.name, machine.name, tuple(map(ComparedPlan, found, on_front(found))))


def on_front(found: Sequence[Candidate]) -> list[bool]:
    """Per candidate: True if no other one is as good in all three costs and better in one."""
    costs = [(c.ebits, -c.fidelity, c.makespan_s) for c in found]
    return [not any(_dominates(other, mine) for other in costs) for mine in costs]


def _dominates(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """True if ``a`` is nowhere higher than ``b`` and somewhere lower."""
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))
