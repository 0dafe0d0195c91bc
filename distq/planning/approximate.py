"""Opt-in approximation: remote rotations that cost less than the Bell pairs that serve them are left out.

The budget is the infidelity of the output at most, for whatever input, against the circuit that was given; see
:mod:`distq.rewrite.omit` for the bound. What is to be left out is chosen packet by packet, as only a whole packet saves
its pair (:mod:`distq.planning.refine`). A program with fewer operations may have a cheaper plan, in which some of those
left out are served by copies that are there anyway and come back, so that others can go: planning and cutting take
turns until nothing more is saved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan, Run, Step
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting, then, without
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.refine import cut
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import angle_within, before_dropping, check_budget, dropped, removal_angles, require_within, rewrite

ROUNDS = 4
"""Plans that the strategy makes at most of programs that lack operations."""
STARTS = ("burst", "kl", "contiguous", "greedy")
"""Where ``auto`` is asked: quick strategies whose plans are cut too. The cheapest whole plan need not be the one that
is the cheapest to cut: qubits that move about serve few gates per pair, but none too small to matter."""


def approximate(
    program: Program,
    network: Network,
    plan: Plan,
    budget: float,
    strategy: str | None = None,
    options: PlanningOptions | None = None,
) -> Plan:
    """A plan with fewer Bell pairs that leaves out operations, within ``budget``, if there is one; else ``plan``.

    Parameters
    ----------
    program
        The program that was given, before ``plan.rewriting``.
    network
        The machine.
    plan
        A valid plan. If it leaves out operations already, they count.
    budget
        Infidelity of the output at most, for every input: 0 to below 1.
    strategy, options
        What made ``plan``, and plans programs that lack operations; None: nothing is planned again.

    Raises
    ------
    InputError
        The budget is no infidelity, or ``plan`` leaves out too much.
    """
    require_within(program, plan.rewriting, network, check_budget(budget))
    allowed = angle_within(budget)
    best = _shortened(program, network, plan, allowed)
    if strategy is None or budget == 0.0:
        return best
    for start in _starts(program, network, strategy, plan.seed, options):
        found = _shortened(program, network, start, allowed)
        if bell_pairs(found.steps, network) < bell_pairs(best.steps, network):
            best = found
    for _ in range(ROUNDS):
        if best.rewriting is None or not best.rewriting.drop:
            break
        less = rewrite(program, best.rewriting, network)
        try:
            fresh = get_strategy(strategy).plan(less, network, seed=plan.seed, options=options)
        except InfeasiblePlanError:
            break
        fresh = replace(fresh, rewriting=then(best.rewriting, fresh.rewriting))
        found = _shortened(program, network, fresh, allowed)
        if bell_pairs(found.steps, network) >= bell_pairs(best.steps, network):
            break
        best = found
    return best


def _starts(
    program: Program, network: Network, strategy: str, seed: int, options: PlanningOptions | None
) -> Iterator[Plan]:
    for name in STARTS if strategy == "auto" else ():
        try:
            plan = get_strategy(name).plan(program, network, seed=seed, options=options)
        except InfeasiblePlanError:
            continue
        yield replace(plan, strategy=f"{strategy} ({name})")


def _shortened(program: Program, network: Network, plan: Plan, allowed: float) -> Plan:
    """``plan`` without the packets that need not be. What it left out last comes back where a member serves it."""
    rewriting = plan.rewriting or Rewriting()
    whole = before_dropping(program, rewriting, network)
    allowed -= math.fsum(removal_angles(dropped(program, rewriting.before, network)))
    gone = set(rewriting.drop)
    kept = [index for index in range(len(whole.operations)) if index not in gone]
    full = replace(plan, steps=_renumbered(plan.steps, dict(enumerate(kept))))
    found = cut(whole, network, full, allowed, rewriting.drop)
    gone = set(found.missing)
    kept = [index for index in range(len(whole.operations)) if index not in gone]
    exact = replace(rewriting, drop=())
    return replace(
        plan,
        steps=_renumbered(found.plan.steps, {index: number for number, index in enumerate(kept)}),
        rewriting=without(None if exact == Rewriting() else exact, found.missing),
    )


def _renumbered(steps: tuple[Step, ...], number: dict[int, int]) -> tuple[Step, ...]:
    return tuple([Run(number[step.operation], step.qpu) if isinstance(step, Run) else step for step in steps])
