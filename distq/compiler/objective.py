"""Plans of several strategies, what each costs, and which is best: by Bell pairs, by estimated fidelity, or by time.

A plan's fidelity is estimated without simulation: the product of the process survivals of all its faults but waiting
(:func:`distq.simulation.engines.bounds.process_product`), times the mean over random schedules of
exp(-sum of idle time/(2 T2)) over all ions. All ions share the waits of one schedule, so the product over the ions is
averaged, not each ion's wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from distq.compiler.options import OBJECTIVES, CompileOptions
from distq.compiler.plan_stage import Planned, checked, plan_program
from distq.errors import InfeasiblePlanError, UnknownNameError
from distq.execution.dispatch import PAULI_FRAMES, Dispatcher
from distq.execution.lower import lower
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import EBITS, FIDELITY, without_dominated_links
from distq.planning.infidelity_model import uniform
from distq.planning.refine.noise_aware import reduce_infidelity
from distq.rewrite import rewrite
from distq.simulation.engines.bounds import process_product
from distq.simulation.execution import Execution
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.statevector.op_arrays import require_bound
from distq.simulation.target import TargetProgram

CANDIDATES = ("auto", "contiguous", "greedy", "kl", "hypergraph", "burst", "static-packets", "teledata-routing")
"""Strategies that plan where none is named."""
FAITHFUL = ("auto", "anneal")
"""If one of these plans and links or QPUs differ, one more plan is annealed for fidelity: detours over better links
take more pairs."""
SEEDS = 2
"""Each strategy but ``auto`` plans with the seed asked for and with the next one; plans found twice count once."""
RUNS = 200
"""Runs with random waits behind a candidate's mean makespan and its survival of waiting."""


@dataclass(frozen=True)
class Candidate:
    """A plan and its three costs."""

    plan: Plan
    ebits: int
    fidelity: float
    makespan_s: float


def with_best_plan(original: Program, network: Network, options: CompileOptions) -> CompileOptions:
    """``options`` with the plan in place of the strategy that is best by their objective.

    Raises
    ------
    SimulationError
        Unbound parameters: neither fidelity nor time can be estimated.
    InfeasiblePlanError
        No strategy found a plan within the ions.
    """
    options.progress("planning with several strategies")
    names = CANDIDATES if options.strategy == "auto" else (str(options.strategy),)
    plan = best(candidates(original, network, names, options), options.objective).plan
    return replace(options, strategy=plan, objective=EBITS)


def candidates(
    original: Program, network: Network, names: Sequence[str], options: CompileOptions
) -> tuple[Candidate, ...]:
    """Checked plans of these strategies with their costs, the fewest Bell pairs first.

    Parameters
    ----------
    original, network
        What to plan, and for what.
    names
        Strategies. Where links or QPUs differ, one of :data:`FAITHFUL` among them adds a plan annealed for fidelity.
    options
        Seed, approximation budget and effort of each plan; their strategy, objective and links are not looked at.

    Raises
    ------
    SimulationError
        Unbound parameters.
    InfeasiblePlanError
        No strategy found a plan within the ions.
    """
    require_bound(original)
    plans: dict[tuple[object, ...], Planned] = {}
    failure: InfeasiblePlanError | None = None
    for trial in _trials(original, network, names, options):
        try:
            plan = plan_program(original, trial.network, trial.options).plan
        except InfeasiblePlanError as error:
            failure = error
            continue
        plan = reduce_infidelity(rewrite(original, plan.rewriting, network), network, plan)
        key = plan.homes, plan.steps, plan.rewriting
        if key not in plans:
            plans[key] = checked(original, network, plan)
    if not plans and failure is not None:
        raise failure
    found = [cost_of(planned, options.seed) for planned in plans.values()]
    return tuple(sorted(found, key=lambda c: (c.ebits, -c.fidelity, c.makespan_s)))


class _Trial(NamedTuple):
    """What to plan for, and how."""

    network: Network
    options: CompileOptions


def _trials(original: Program, network: Network, names: Sequence[str], options: CompileOptions) -> Iterator[_Trial]:
    for name in names:
        for seed in range(options.seed, options.seed + (1 if name == "auto" else SEEDS)):
            yield _Trial(network, replace(options, strategy=name, seed=seed, objective=EBITS))
    if not uniform(network) and not set(FAITHFUL).isdisjoint(names):
        planning = replace(options.planning, objective=FIDELITY)
        faithful = replace(options, strategy="anneal", planning=planning, objective=EBITS)
        yield _Trial(without_dominated_links(network, original.num_qubits), faithful)


def cost_of(planned: Planned, seed: int = 0) -> Candidate:
    """The three costs of a plan; random waits are the same for all plans of a seed."""
    program, network = planned.program, planned.network
    target = TargetProgram.of(planned.original, planned.plan.rewriting, network)
    events = lower(program, planned.plan, network)
    runs = Dispatcher(events, program, network, PAULI_FRAMES).sample(RUNS, seed)
    run = Execution(reduce_events(program, events, None, network), target_program=target)
    survival = float(np.exp(-runs.idle_loss / 2).mean())
    return Candidate(
        plan=planned.plan,
        ebits=planned.tally.ebits,
        fidelity=process_product(run) * survival,
        makespan_s=float(runs.makespan_s.mean()),
    )


def best(found: Sequence[Candidate], objective: str) -> Candidate:
    """The best candidate by one objective; among equals the one with fewer Bell pairs, then the more faithful.

    Raises
    ------
    UnknownNameError
        There is no such objective.
    """
    match objective:
        case "ebits":
            return min(found, key=lambda c: (c.ebits, -c.fidelity, c.makespan_s))
        case "fidelity":
            return min(found, key=lambda c: (-c.fidelity, c.ebits, c.makespan_s))
        case "makespan":
            return min(found, key=lambda c: (c.makespan_s, c.ebits, -c.fidelity))
        case _:
            raise UnknownNameError("objective", objective, OBJECTIVES)
