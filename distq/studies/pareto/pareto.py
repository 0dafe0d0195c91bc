"""Which of several plans is best: by Bell pairs, by estimated fidelity, or by time; and the front between them.

A plan's fidelity is estimated without simulation: the product of the process survivals of all its faults but waiting,
times the mean over random schedules of exp(-sum of idle time/(2 T2)) over all ions. The waits of one schedule are
shared by all its ions, so the product is averaged, not the waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from distq.errors import InfeasiblePlanError, UnknownNameError
from distq.execution.dispatch import FRAMES, Machine
from distq.execution.lower import lower
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import FIDELITY, thinned
from distq.planning.approximate import approximate
from distq.planning.infidelity_model import uniform
from distq.planning.refine.noise_aware import reduce_infidelity
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import rewrite
from distq.simulation.engines.bounds import process_product
from distq.simulation.execution import Execution
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.statevector.op_arrays import require_bound
from distq.simulation.target import TargetProgram

OBJECTIVES = ("ebits", "fidelity", "makespan")
CANDIDATES = ("auto", "contiguous", "greedy", "kl", "hypergraph", "burst", "static-packets", "teledata-routing")
FAITHFUL = ("auto", "anneal")
"""Where links or QPUs differ, one of these names stands for a plan annealed for fidelity too: detours over good links
take more pairs."""
SEEDS = 2
"""Each strategy plans with the seed asked for and the next one; plans found twice count once."""
RUNS = 200


@dataclass(frozen=True)
class Candidate:
    """A plan and its three costs. ``front``: no other candidate is as good in all three and better in one."""

    plan: Plan
    ebits: int
    fidelity: float
    makespan_s: float
    front: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        costs = {"ebits": self.ebits, "fidelity_estimate": self.fidelity, "makespan_mean_s": self.makespan_s}
        return {"strategy": self.plan.strategy, "seed": self.plan.seed} | costs | {"front": self.front}


def candidates(
    program: Program,
    network: Network,
    seed: int = 0,
    names: Sequence[str] = CANDIDATES,
    options: PlanningOptions | None = None,
    approximation_budget: float | None = None,
) -> tuple[Candidate, ...]:
    """Plans of these strategies with their costs, the fewest Bell pairs first.

    Where links or QPUs differ, a plan annealed for fidelity is one of those of FAITHFUL. With an
    ``approximation_budget`` they may leave out operations; see :func:`distq.planning.approximate.approximate`.

    Raises
    ------
    SimulationError
        Unbound parameters.
    InfeasiblePlanError
        No strategy found a plan within the memory ions.
    """
    require_bound(program)
    plans: dict[tuple[object, ...], Plan] = {}
    failure: InfeasiblePlanError | None = None
    for name, machine, number, tried in _trials(program, network, seed, names, options or PlanningOptions()):
        try:
            plan = get_strategy(name).plan(program, machine, seed=number, options=tried)
        except InfeasiblePlanError as error:
            failure = error
            continue
        if approximation_budget is not None:
            plan = approximate(program, machine, plan, approximation_budget, name, tried)
        plan = reduce_infidelity(rewrite(program, plan.rewriting, network), network, plan)
        plans.setdefault((plan.homes, plan.steps, plan.rewriting), plan)
    if not plans and failure is not None:
        raise failure
    found = [cost_of(plan, program, network, seed) for plan in plans.values()]
    found.sort(key=lambda c: (c.ebits, -c.fidelity, c.makespan_s))
    return tuple([replace(c, front=not any(_dominates(other, c) for other in found)) for c in found])


def _trials(
    program: Program, network: Network, seed: int, names: Sequence[str], options: PlanningOptions
) -> Iterator[tuple[str, Network, int, PlanningOptions]]:
    """Strategies to ask, each with the machine that it plans for, a seed and options."""
    for name in names:
        for number in range(seed, seed + (1 if name == "auto" else SEEDS)):
            yield name, network, number, options
    if not uniform(network) and not set(FAITHFUL).isdisjoint(names):
        yield "anneal", thinned(network, program.num_qubits), seed, replace(options, objective=FIDELITY)


def cost_of(plan: Plan, program: Program, network: Network, seed: int = 0) -> Candidate:
    """The three costs of a plan; random waits are the same for all plans of a seed."""
    target_program = TargetProgram.of(program, plan.rewriting, network)
    program = rewrite(program, plan.rewriting, network)
    events = lower(program, plan, network)
    runs = Machine(events, program, network, FRAMES).sample(RUNS, seed)
    run = Execution(reduce_events(program, events, None, network), target_program=target_program)
    survival = float(np.exp(-runs.dephasing / 2).mean())
    return Candidate(
        plan=plan,
        ebits=tally(plan, program, network).ebits,
        fidelity=process_product(run) * survival,
        makespan_s=float(runs.makespan_s.mean()),
    )


def best(found: Sequence[Candidate], objective: str) -> Candidate:
    """The best candidate by one objective; among equals the one with fewer Bell pairs, then the more faithful."""
    match objective:
        case "ebits":
            return min(found, key=lambda c: (c.ebits, -c.fidelity, c.makespan_s))
        case "fidelity":
            return min(found, key=lambda c: (-c.fidelity, c.ebits, c.makespan_s))
        case "makespan":
            return min(found, key=lambda c: (c.makespan_s, c.ebits, -c.fidelity))
        case _:
            raise UnknownNameError("objective", objective, OBJECTIVES)


def _dominates(a: Candidate, b: Candidate) -> bool:
    mine, other = (a.ebits, -a.fidelity, a.makespan_s), (b.ebits, -b.fidelity, b.makespan_s)
    return mine != other and all(x <= y for x, y in zip(mine, other, strict=True))
