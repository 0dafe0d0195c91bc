"""Tiny programs, whose best plan is found by looking at all: quicker than importing what the annealer needs."""

from __future__ import annotations

from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.infidelity_model import uniform
from distq.planning.refine import prune
from distq.planning.refine.noise_aware import reduce_infidelity
from distq.planning.strategies.exact import TooLargeError, optimal_plan
from distq.planning.strategies.registry import get_strategy

MAX_OPERATIONS, MAX_STATES = 40, 1_000
"""Operations and states of the search at most, which takes up to a quarter of a second in plain Python."""
HEURISTIC = "kl"
"""The strategy that says below how many Bell pairs to search."""


def tiny_plan(program: Program, network: Network, seed: int) -> Plan | None:
    """A plan of ``program`` as it is that needs no more Bell pairs than any other; None if it is not found soon.

    ``plan.strategy`` is the strategy whose plan it is. Where links or QPUs differ, plans with as many pairs do so too,
    and none is searched for.
    """
    if len(program.operations) > MAX_OPERATIONS or len(network.qpus) == 1 or not uniform(network):
        return None
    try:
        plan = get_strategy(HEURISTIC).plan(program, network, seed=seed)
        ebits = bell_pairs(plan.steps, network)
        better = optimal_plan(program, network, below=ebits, max_states=MAX_STATES) if ebits else None
    except (InfeasiblePlanError, TooLargeError):
        return None
    if better is not None:
        plan = replace(better, strategy="exact", seed=seed)
    return reduce_infidelity(program, network, prune(program, network, plan))
