"""Opt-in approximation: remote rotations that cost less than the Bell pairs that serve them are left out.

The budget bounds the infidelity of the output, for every input, against the circuit that was given; the bound is that
of :mod:`distq.rewrite.omit`. What is left out is chosen packet by packet, because only a whole packet saves its pair
(:mod:`distq.planning.refine.prune_packets`). A program with fewer operations may have a cheaper plan. In that plan some
of the operations left out may be served by copies that are there anyway; they come back, and others can go instead. So
planning and pruning alternate until nothing more is saved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan, RunOp, Step
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting, then, without
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.refine import prune_within
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import angle_within, before_dropping, check_budget, dropped, removal_angles, require_within, rewrite

MAX_ROUNDS = 4
"""How often the strategy plans a program that lacks operations, at most."""
QUICK_STRATEGIES = ("burst", "kl", "contiguous", "greedy")
"""For strategy ``auto``: quick strategies whose plans are pruned too. The cheapest whole plan need not be the one that
is cheapest after pruning: where qubits move a lot, each pair serves few gates, and none of them is small enough to be
left out."""


def approximate(
    program: Program,
    network: Network,
    plan: Plan,
    budget: float,
    strategy: str | None = None,
    options: PlanningOptions | None = None,
) -> Plan:
    """A plan with fewer Bell pairs that leaves out operations within ``budget``, if one is found; else ``plan``.

    Parameters
    ----------
    program
        The program that was given, before ``plan.rewriting``.
    network
        The network that is planned for.
    plan
        A valid plan. Operations that it leaves out already count against the budget.
    budget
        The largest infidelity of the output allowed, for every input: from 0 to below 1.
    strategy, options
        What made ``plan``, to plan programs that lack operations. None: nothing is planned again.

    Raises
    ------
    InputError
        If the budget is no infidelity, or ``plan`` leaves out too much.
    """
    require_within(program, plan.rewriting, network, check_budget(budget))
    max_angle = angle_within(budget)
    best = _pruned(program, network, plan, max_angle)
    if strategy is None or budget == 0.0:
        return best
    for start in _quick_plans(program, network, strategy, plan.seed, options):
        found = _pruned(program, network, start, max_angle)
        if bell_pairs(found.steps, network) < bell_pairs(best.steps, network):
            best = found
    for _ in range(MAX_ROUNDS):
        fresh = _planned_again(program, network, best, strategy, plan.seed, options)
        if fresh is None:
            break
        found = _pruned(program, network, fresh, max_angle)
        if bell_pairs(found.steps, network) >= bell_pairs(best.steps, network):
            break
        best = found
    return best


def _quick_plans(
    program: Program, network: Network, strategy: str, seed: int, options: PlanningOptions | None
) -> Iterator[Plan]:
    """Plans of the quick strategies if ``strategy`` is ``auto``, where memory allows them."""
    for name in QUICK_STRATEGIES if strategy == "auto" else ():
        try:
            plan = get_strategy(name).plan(program, network, seed=seed, options=options)
        except InfeasiblePlanError:
            continue
        yield replace(plan, strategy=f"{strategy} ({name})")


def _planned_again(
    program: Program, network: Network, best: Plan, strategy: str, seed: int, options: PlanningOptions | None
) -> Plan | None:
    """A new plan of what ``best`` keeps of the program; None if that is everything, or memory does not allow one."""
    if best.rewriting is None or not best.rewriting.drop:
        return None
    reduced = rewrite(program, best.rewriting, network)
    try:
        fresh = get_strategy(strategy).plan(reduced, network, seed=seed, options=options)
    except InfeasiblePlanError:
        return None
    return replace(fresh, rewriting=then(best.rewriting, fresh.rewriting))


def _pruned(program: Program, network: Network, plan: Plan, max_angle: float) -> Plan:
    """``plan`` without the packets that are not worth their pair.

    What its rewriting dropped last is restored first, and comes back where a member serves it.
    """
    rewriting = plan.rewriting or Rewriting()
    whole = before_dropping(program, rewriting, network)
    max_angle -= math.fsum(removal_angles(dropped(program, rewriting.before, network)))
    gone = set(rewriting.drop)
    kept = [index for index in range(len(whole.operations)) if index not in gone]
    full = replace(plan, steps=_renumbered(plan.steps, dict(enumerate(kept))))
    found = prune_within(whole, network, full, max_angle, rewriting.drop)
    gone = set(found.missing)
    kept = [index for index in range(len(whole.operations)) if index not in gone]
    exact = replace(rewriting, drop=())
    return replace(
        plan,
        steps=_renumbered(found.plan.steps, {index: number for number, index in enumerate(kept)}),
        rewriting=without(None if exact == Rewriting() else exact, found.missing),
    )


def _renumbered(steps: tuple[Step, ...], number: dict[int, int]) -> tuple[Step, ...]:
    """``steps`` with operation i everywhere replaced by ``number[i]``."""
    return tuple([RunOp(number[step.operation], step.qpu) if isinstance(step, RunOp) else step for step in steps])
