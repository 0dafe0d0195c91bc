"""The whole flow on one screen: circuit in, checked distributed circuit and report out.

::

    circuit --read_program--> Program --plan_program--> Planned --lower--> Events --schedule--> Schedule
                                 |          (rewrites the program,            |
                           check_reading     plans, check_plan)         emit_checked --> QuantumCircuit
                                                                   (emits, verify_program)
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from distq.compiler.compilation import Compilation
from distq.compiler.emit_stage import emit_checked
from distq.compiler.intake import as_network, read_program
from distq.compiler.link_choice import compile_with_links
from distq.compiler.notes import about_input, about_ions, planning_interrupted
from distq.compiler.options import CompileOptions, Progress, silent
from distq.compiler.plan_stage import Planned, plan_program
from distq.errors import InternalError
from distq.execution.dispatch import PAULI_FRAMES, Dispatcher
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.frontend import normalise
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.ir.plan import Plan
from distq.networks.network import Network
from distq.planning.bounds import lower_bound
from distq.planning.strategies.registry import PlanningOptions
from distq.reporting.build import RunTimes, approximation_of, cost_report
from distq.util.gc_pause import gc_paused
from distq.verification.source_checker import check_reading

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from distq.ir.events import Events
    from distq.ir.program import Program
    from distq.reporting.report import Report


SAMPLED_RUNS = 200
"""Random runs from which the makespans of the report are computed."""

BOUND_NODES = 4
"""Nodes for the lower bound's integer program, which only small circuits get."""


def compile(
    circuit: QuantumCircuit | str | Path,
    network: Network | str | Path,
    strategy: str | Plan = "auto",
    seed: int = 0,
    *,
    objective: str = "ebits",
    distill: str = "none",
    swap: str | None = None,
    options: PlanningOptions | None = None,
    approximation_budget: float | None = None,
    reuse: bool = True,
    max_rounds: int = UNCERTAIN_ROUNDS,
    progress: Progress = silent,
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
        Everything random follows from it: equal arguments give equal results, unless a time limit cuts a search short.
    objective
        ``"ebits"``: the plan of the strategy. ``"fidelity"``, ``"makespan"``: the best plan of several strategies by
        estimated fidelity or by mean time; if a strategy other than ``auto`` is named, only its own plans compete.
    distill
        ``"none"``, ``"dejmps"``, ``"bbpssw"`` or ``"pumping"`` on every link; ``"auto"`` chooses links and method by
        the estimated fidelity, and distils nothing where that raises it.
    swap
        Where no link joins two QPUs: ``"none"`` relays copies, ``"all"`` swaps entanglement, ``"auto"`` takes whichever
        has the higher estimated fidelity. None: ``"auto"`` if ``distill`` is ``"auto"``, else ``"none"``.
    options
        How hard a searching strategy tries; see :class:`distq.planning.strategies.registry.PlanningOptions`.
    approximation_budget
        Remote rotations may be left out if that costs less infidelity than the Bell pairs that serve them: for every
        input, the output may differ from that of ``circuit`` by this much infidelity at most; 0 to below 1. None: no
        rotation is left out. If ``strategy`` is a plan, packets are removed from it and no other plan is searched for.
        ``report.details.approximation`` says what was left out. See :mod:`distq.planning.approximate`.
    reuse
        True: the data ion of a qubit that has been measured for the last time may hold another qubit, which is how a
        circuit of many qubits runs through few ions. False: no ion that held a measured qubit holds another one.
    max_rounds
        A loop whose end depends on measured bits (``while``) is compiled for so many rounds, each on the runs that
        reach it; a run that would need more leaves it then, and a note of the report says so.
    progress
        Called with a line of text when a stage starts, and again and again while a search runs.

    Raises
    ------
    InputError, InfeasiblePlanError
        Something given is wrong or does not fit; the strategy found no plan within the memory ions.
    SimulationError
        The circuit has unbound parameters, and the objective is not ``"ebits"``.
    InternalError
        A check found distq at fault.
    """
    planning = options or PlanningOptions()
    how = CompileOptions(
        strategy, seed, objective, distill, swap, approximation_budget, planning, reuse, max_rounds, progress
    )
    return compile_with_options(circuit, network, how)


@gc_paused
def compile_with_options(
    circuit: QuantumCircuit | str | Path, network: Network | str | Path, options: CompileOptions
) -> Compilation:
    """Do what :func:`compile` does, with all choices in one value. Raises as :func:`compile` does."""
    start = time.perf_counter()
    machine = as_network(network)
    options.progress("reading the circuit")
    source, original = read_program(circuit, machine, options.max_rounds)
    original = replace(original, reuse=options.reuse)
    options.before_planning(original, machine)
    options.progress("checking how it was read")
    check_reading(source, original, normalise)
    done = compile_with_links(machine, options, partial(_compile_program, source, original, options))
    report = done.report.noting(*about_input(source, original, machine))
    return replace(done, report=report.compiled(time.perf_counter() - start))


def _compile_program(
    source: QuantumCircuit, original: Program, options: CompileOptions, network: Network
) -> Compilation:
    """Take ``original`` through all stages on ``network``, for which distillation and swapping are already chosen."""
    if options.objective != "ebits":
        from distq.compiler.objective import with_best_plan

        options = with_best_plan(original, network, options)
    planned = plan_program(original, network, options)

    options.progress("lowering and scheduling")
    events = lower(planned.program, planned.plan, network)
    times = schedule(events, planned.program, network)
    runs = _run_times(planned, events, options.seed)

    options.progress("checking the distributed circuit")
    emitted = emit_checked(planned, events)
    report = _report(planned, options, runs, emitted.checks)
    report = report.noting(*about_ions(planned.program, events))
    if planned.interrupted:
        report = report.stopped(planning_interrupted())
    return Compilation(
        source=source,
        original=original,
        program=planned.program,
        network=network,
        plan=planned.plan,
        tally=planned.tally,
        events=events,
        schedule=times,
        report=report,
        emitted=emitted.circuit,
    )


def _run_times(planned: Planned, events: Events, seed: int) -> RunTimes:
    """How long runs with random waits for pairs take, and how much of that the waits are."""
    dispatcher = Dispatcher(events, planned.program, planned.network, PAULI_FRAMES)
    makespans_s = dispatcher.sample(SAMPLED_RUNS, seed).makespan_s
    if not planned.tally.ebits:
        return RunTimes(makespans_s, bell_wait_s=0.0, local_transfers=events.local_transfers)
    without_waits_s = dispatcher.run(0.0 * dispatcher.mean_waits_s).makespan_s
    return RunTimes(makespans_s, float(makespans_s.mean()) - without_waits_s, events.local_transfers)


def _report(planned: Planned, options: CompileOptions, runs: RunTimes, checks: str) -> Report:
    """The report row before simulation."""
    strategy, budget = options.strategy, options.approximation_budget
    return cost_report(
        planned.program,
        planned.network,
        planned.plan,
        planned.tally,
        runs,
        strategy=strategy.strategy if isinstance(strategy, Plan) else strategy,
        seed=options.seed,
        lower_bound=_lower_bound(planned),
        checks=checks,
        approximation=None if budget is None else approximation_of(planned.left_out, budget, planned.ebits_exact),
    )


def _lower_bound(planned: Planned) -> int:
    """The proven lower bound on the Bell pairs, for the program that was planned.

    Raises
    ------
    InternalError
        The plan needs fewer pairs than that.
    """
    reached = planned.tally.ebits
    bound = lower_bound(planned.program, planned.network, nodes=BOUND_NODES, reached=reached)
    if bound.ebits > reached:
        raise InternalError(f"a plan of {reached} Bell pairs, but {bound.ebits} are needed by {bound.method}")
    return bound.ebits
