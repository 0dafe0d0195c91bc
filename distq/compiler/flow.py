"""The whole flow on one screen: circuit in, checked distributed circuit and report out.

::

    circuit --read, normalise--> Program --strategy--> Plan --lower--> Events --schedule--> Schedule
                                    |                    |                |
                                 Network             check_plan         emit --> QuantumCircuit --> verify_program
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

from distq.compiler.compilation import Compilation, Progress, _written
from distq.compiler.intake import as_network, read_program
from distq.errors import InputError, InternalError
from distq.execution.dispatch import FRAMES, Machine
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.ir.plan import Plan
from distq.ir.tally import Tally, tally
from distq.networks.network import Network
from distq.planning.approximate import approximate
from distq.planning.bounds import lower_bound
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import NO_PLAN_EBITS, PlanningOptions
from distq.reporting.build import approximation_of, cost_report
from distq.rewrite import check_budget, dropped, require_within, rewrite
from distq.util.gc_pause import gc_paused
from distq.verification.circuit_checker import verify_program
from distq.verification.plan_checker import PlanFacts, PlanViolation, check_plan

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.ir.events import Events
    from distq.ir.program import Program


CHECKED_EVENTS = 500_000
"""Up to this many protocol events the emitted circuit is checked too, beyond them only the plan; the report says so."""

SAMPLED_RUNS = 200
"""Runs with random waits behind the makespans of the report."""

BOUND_TIME_S = 0.5
"""Time for the lower bound's integer program, which only small circuits get."""


@gc_paused
def compile(
    circuit: QuantumCircuit | str | Path,
    network: Network | str | Path,
    strategy: str | Plan = "auto",
    seed: int = 0,
    *,
    options: PlanningOptions | None = None,
    approximation_budget: float | None = None,
    progress: Progress = lambda stage: None,
) -> Compilation:
    """Compile ``circuit`` for ``network`` and check the result.

    Parameters
    ----------
    circuit
        A Qiskit circuit, or the path of an OpenQASM 2, OpenQASM 3 or QPY file (``"-"``: standard input).
    network
        A network, its shorthand such as ``"4x16+2@ring:oxford-2025"``, or the path of a TOML file.
    strategy
        Name of a strategy (``distq strategies`` lists them), or a plan, which is then checked and used.
    seed
        Everything random follows from it: equal arguments give equal results.
    options
        How hard a searching strategy tries; see :class:`distq.planning.strategies.registry.PlanningOptions`.
    approximation_budget
        Remote rotations may be left out that cost less infidelity than the Bell pairs that serve them: the output may
        differ from that of ``circuit`` by so much infidelity at most, for every input; 0 to below 1. None: never. A
        plan that is given loses packets, and no other one is looked for. ``report.details.approximation`` says what was
        left out. See :mod:`distq.planning.approximate`.
    progress
        Is called with the name of each stage as it starts.

    Raises
    ------
    InputError, InfeasiblePlanError
        Something given is wrong or does not fit; the strategy found no plan within the memory ions.
    InternalError
        A check found distq at fault.
    """
    start = time.perf_counter()
    if approximation_budget is not None:
        check_budget(approximation_budget)
    network = as_network(network)
    if not isinstance(seed, Integral) or seed < 0:
        raise InputError(f"the seed is {seed!r}: it is a whole number, 0 or more")
    name = strategy.strategy if isinstance(strategy, Plan) else get_strategy(strategy).name
    progress("reading the circuit")
    source, original = read_program(circuit, network)
    progress(f"planning {original.name}")
    options = options or PlanningOptions()
    if options.progress is None:
        options = replace(options, progress=partial(_searching, progress, original.name))
    plan = (
        strategy
        if isinstance(strategy, Plan)
        else get_strategy(strategy).plan(original, network, seed=seed, options=options)
    )
    require_within(original, plan.rewriting, network, approximation_budget)
    program = rewrite(original, plan.rewriting, network)
    facts = _checked(program, plan, network, given=isinstance(strategy, Plan))
    approximation = None
    if approximation_budget is not None:
        progress("leaving out what costs less than its Bell pairs")
        exact = facts.ebits if plan.rewriting is None or plan.rewriting.exact else None
        again = None if isinstance(strategy, Plan) else strategy
        plan = approximate(original, network, plan, approximation_budget, again, options)
        program = rewrite(original, plan.rewriting, network)
        facts = check_plan(program, plan, network)
        approximation = approximation_of(dropped(original, plan.rewriting, network), approximation_budget, exact)
    cost = tally(plan, program, network)
    _agree(cost, facts)

    progress("lowering and scheduling")
    events = lower(program, plan, network)
    times = schedule(events, program, network)
    machine = Machine(events, program, network, FRAMES)
    makespans_s = machine.sample(SAMPLED_RUNS, seed).makespan_s
    bell_wait_s = float(makespans_s.mean()) - machine.run(0.0 * machine.means).makespan_s if cost.ebits else 0.0

    progress("checking the distributed circuit")
    emitted, checks = _emitted(program, plan, network, events, cost)
    bound = _bound(program, network, cost)
    report = cost_report(
        program, network, plan, cost, bell_wait_s, makespans_s, bound, name, seed, checks, approximation
    )
    report = report.compiled(time.perf_counter() - start)
    return Compilation(source, original, program, network, plan, cost, events, times, report, emitted)


def _searching(progress: Progress, name: str, share: float, ebits: int) -> None:
    """Tell how far a search is: a bar and the best plan so far."""
    bar = "━" * round(20 * share) + "─" * (20 - round(20 * share))
    progress(f"planning {name} {bar} " + ("no plan yet" if ebits == NO_PLAN_EBITS else f"{ebits} Bell pairs so far"))


def _checked(program: Program, plan: Plan, network: Network, *, given: bool) -> PlanFacts:
    """Check the plan; a fault in one that the user has given is the user's."""
    try:
        return check_plan(program, plan, network)
    except PlanViolation as violation:
        if not given:
            raise
        hint = "use it with the circuit and the network that it was made for"
        raise InputError(f"the plan does not fit: {violation.message}", hint) from violation


def _agree(cost: Tally, facts: PlanFacts) -> None:
    """Raise InternalError unless the tally and the independent replay counted the same."""
    counted = (cost.ebits, cost.link_ebits, cost.peak_memory_by_qpu)
    replayed = (facts.ebits, facts.link_ebits, facts.peak_memory_by_qpu)
    if counted != replayed:
        raise InternalError(f"the plan's cost was counted as {counted}, but its replay gives {replayed}")


def _bound(program: Program, network: Network, cost: Tally) -> int:
    """The proven lower bound on the Bell pairs, for the normal form that was planned."""
    bound = lower_bound(program, network, time_limit_s=BOUND_TIME_S, reached=cost.ebits)
    if bound.ebits > cost.ebits:
        raise InternalError(f"a plan of {cost.ebits} Bell pairs, but {bound.ebits} are needed by {bound.method}")
    return bound.ebits


def _emitted(
    program: Program, plan: Plan, network: Network, events: Events, cost: Tally
) -> tuple[QuantumCircuit | None, str]:
    """The checked circuit and what was checked; None, and the plan alone, if there are too many events."""
    if len(events.events) > CHECKED_EVENTS:
        return None, f"plan replayed; with over {CHECKED_EVENTS} events, the circuit itself was not compared"
    circuit = _written(program, plan, network, events, cost)
    verdict = verify_program(program, circuit, network)
    if not verdict.equal:
        raise InternalError(f"the distributed circuit is not the original: {verdict.reason}")
    less = "" if plan.rewriting is None or plan.rewriting.exact else " less what was left out"
    return circuit, f"plan replayed, distributed circuit compared with the original{less}"
