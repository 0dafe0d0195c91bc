"""One plan, checked, and the program that it is for."""

from __future__ import annotations

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.approximate import approximate
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import rewrite
from distq.verification.plan_checker import PlanFacts, check_plan


def planned(
    program: Program,
    network: Network,
    strategy: str,
    seed: int,
    options: PlanningOptions | None,
    approximation_budget: float | None = None,
) -> tuple[Program, Plan, PlanFacts]:
    """Plan with the strategy of that name, and leave out what the budget allows.

    Returns
    -------
    program, plan, facts
        The program as the plan's rewriting makes it, the plan, and what the independent check counted.

    Raises
    ------
    InfeasiblePlanError, UnknownNameError
        No plan was found within the ions; no strategy has that name.
    """
    plan = get_strategy(strategy).plan(program, network, seed=seed, options=options)
    if approximation_budget is not None:
        plan = approximate(program, network, plan, approximation_budget, strategy, options)
    program = rewrite(program, plan.rewriting, network)
    return program, plan, check_plan(program, plan, network)
