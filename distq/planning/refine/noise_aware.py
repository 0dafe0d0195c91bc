"""Makes a finished plan noise-aware: as many Bell pairs, but over better links and at better QPUs.

The pass is exact: it takes a change only if that lowers the estimate of :mod:`distq.planning.infidelity_model`, adds no
Bell pair, and does not raise the largest number of memory ions in use at any QPU. It tries, in turn,

- to give the QPUs other labels (:mod:`distq.planning.refine.relabel`);
- to run gates at better QPUs and to open copies from better members (:mod:`distq.planning.refine.better_sites`), and
  then to drop the copies that serve nothing any more.
"""

from __future__ import annotations

from typing import NamedTuple

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.infidelity_model import ErrorRates, estimated_infidelity, total_infidelity, uniform
from distq.planning.refine import prune
from distq.planning.refine.better_sites import move_to_better_sites
from distq.planning.refine.relabel import MIN_GAIN, best_relabelling
from distq.planning.resource_use import ResourceUse, resource_use

ROUNDS = 4
"""How often both kinds of change are tried at most; each can open the way for the other."""


class PlanRank(NamedTuple):
    """How good a plan is; the lowest is best, compared field by field in this order.

    Attributes
    ----------
    ebits
        Bell pairs.
    infidelity
        See :func:`comparable_infidelity`.
    peak_memory
        The largest number of memory ions in use at any QPU.
    """

    ebits: int
    infidelity: float
    peak_memory: int


def rank(program: Program, network: Network, plan: Plan) -> PlanRank:
    """How good ``plan`` is."""
    cost = tally(plan, program, network)
    return PlanRank(cost.ebits, comparable_infidelity(program, network, plan), cost.peak_memory)


def comparable_infidelity(program: Program, network: Network, plan: Plan) -> float:
    """Estimated infidelity, or 0 on a uniform network, where plans with as many pairs do not differ in it."""
    return 0.0 if uniform(network) else estimated_infidelity(program, network, plan)


def reduce_infidelity(program: Program, network: Network, plan: Plan) -> Plan:
    """``plan``, or one of lower estimated infidelity with no more Bell pairs and no higher peak of memory.

    Parameters
    ----------
    program
        The program that ``plan`` is for, rewritten as the plan asks.
    network
        On a uniform network nothing can be gained. Nor is anything tried where links made by swapping cost several Bell
        pairs each.
    plan
        A valid plan.
    """
    if uniform(network) or network.swaps:
        return plan
    rates = ErrorRates.of(network)
    best, use = plan, resource_use(program, network, plan)
    infidelity = total_infidelity(rates, use)
    for _ in range(ROUNDS):
        before = infidelity
        for change in (best_relabelling, _best_resiting):
            changed = change(program, network, best, rates, use)
            if changed is best:
                continue
            now = resource_use(program, network, changed)
            value = total_infidelity(rates, now)
            if value < infidelity - MIN_GAIN and now.ebits <= use.ebits and now.memory.max() <= use.memory.max():
                best, infidelity, use = changed, value, now
        if infidelity == before:
            break
    return best


def _best_resiting(program: Program, network: Network, plan: Plan, rates: ErrorRates, use: ResourceUse) -> Plan:
    """``plan`` with gates and copies at better QPUs, without the copies that this makes superfluous."""
    changed = move_to_better_sites(program, network, plan, rates, int(use.memory.max()))
    return changed if changed is plan else prune(program, network, changed)
