"""From a program and a network to a checked plan: planning, rewriting and checking as every entry does them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from distq.compiler.options import CompileOptions, Progress
from distq.errors import InputError, InternalError
from distq.ir.plan import Plan
from distq.ir.program import Operation, Program
from distq.ir.tally import Tally, tally
from distq.networks.network import Network
from distq.planning.approximate import approximate
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import NO_PLAN_EBITS, PlanningInterruptedError, PlanningOptions
from distq.rewrite import dropped, require_within, rewrite
from distq.util.progress import PartDone
from distq.util.text import counted
from distq.verification.plan_checker import PlanFacts, check_plan
from distq.verification.plan_violation import PlanViolation
from distq.verification.rewriting_check import check_rewriting


@dataclass(frozen=True)
class Planned:
    """A checked plan and the program that it is for.

    Attributes
    ----------
    original
        The program that was to be planned.
    program
        What was planned: ``original``, rewritten as the plan says.
    network
        What it was planned for.
    plan
        The plan.
    tally
        What the plan costs; the independent check counted the same.
    left_out
        Operations of ``original`` that ``program`` lacks.
    ebits_exact
        Bell pairs before the approximation budget was spent; None if there is no budget, or if the plan that was given
        left something out already.
    interrupted
        True if the user interrupted the search that found the plan.
    """

    original: Program
    program: Program
    network: Network
    plan: Plan
    tally: Tally
    left_out: tuple[Operation, ...]
    ebits_exact: int | None = None
    interrupted: bool = False


def plan_program(original: Program, network: Network, options: CompileOptions) -> Planned:
    """Plan ``original``, or take the plan that was given, leave out what the budget allows, and check the result.

    Raises
    ------
    InfeasiblePlanError
        The strategy found no plan within the ions.
    InputError
        The plan that was given does not fit, or leaves out more than the budget allows.
    InternalError
        A check found distq at fault.
    """
    options.progress(f"planning {original.name}")
    planning = options.planning
    if planning.progress is None:
        planning = replace(planning, progress=partial(_show_search, options.progress, original.name))
    given = isinstance(options.strategy, Plan)
    if isinstance(options.strategy, Plan):
        strategy, plan, interrupted = None, options.strategy, False
    else:
        strategy = options.strategy
        plan, interrupted = _search(original, network, strategy, options, planning)
    budget = options.approximation_budget
    require_within(original, plan.rewriting, network, budget)
    exact = replace(checked(original, network, plan, given=given), interrupted=interrupted)
    if budget is None:
        return exact
    options.progress("leaving out what costs less than its Bell pairs")
    plan = approximate(original, network, plan, budget, strategy, planning)
    ebits_exact = None if exact.left_out else exact.tally.ebits
    return replace(checked(original, network, plan), ebits_exact=ebits_exact, interrupted=interrupted)


def _search(
    original: Program, network: Network, strategy: str, options: CompileOptions, planning: PlanningOptions
) -> tuple[Plan, bool]:
    """The plan of a strategy, and whether the user interrupted it."""
    try:
        return get_strategy(strategy).plan(original, network, seed=options.seed, options=planning), False
    except PlanningInterruptedError as stop:
        if not options.keep_interrupted:
            raise
        options.progress("interrupted: compiling the best plan so far")
        return stop.plan, True


def checked(original: Program, network: Network, plan: Plan, *, given: bool = False) -> Planned:
    """Rewrite ``original`` as ``plan`` says, and let the independent checker replay the plan.

    Raises
    ------
    InputError
        The plan is wrong, and ``given`` says that it is the user's.
    InternalError
        The plan is wrong, or the checker counts other costs than the tally.
    """
    program = rewrite(original, plan.rewriting, network)
    check_rewriting(original, program, plan.rewriting)
    try:
        facts = check_plan(program, plan, network)
    except PlanViolation as violation:
        if not given:
            raise
        hint = "use it with the circuit and the network that it was made for"
        raise InputError(f"the plan does not fit: {violation.message}", hint) from violation
    cost = tally(plan, program, network)
    _require_agreement(cost, facts)
    return Planned(original, program, network, plan, cost, dropped(original, plan.rewriting, network))


def _require_agreement(cost: Tally, facts: PlanFacts) -> None:
    """Raise InternalError unless the tally and the independent replay counted the same."""
    counted = (cost.ebits, cost.link_ebits, cost.peak_memory_by_qpu, cost.peak_ions_by_qpu)
    replayed = (facts.ebits, facts.link_ebits, facts.peak_memory_by_qpu, facts.peak_ions_by_qpu)
    if counted != replayed:
        raise InternalError(f"the plan's cost was counted as {counted}, but its replay gives {replayed}")


def _show_search(progress: Progress, name: str, share: float, ebits: int) -> None:
    """Tell how far a search is, and the best plan so far."""
    found = "no plan yet" if ebits == NO_PLAN_EBITS else f"{counted(ebits, 'Bell pair')} so far"
    progress(PartDone(f"planning {name}", share, found))
