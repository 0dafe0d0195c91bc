"""``distq compile``, and what it shares with ``distq run``: options, compiling, files and the report."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from distq.cli.files import Output, check_page, check_picture, parse_output, read_strategy, write_page, write_picture
from distq.cli.messages import INTERRUPTED
from distq.cli.options import (
    approximation_option,
    circuit_argument,
    common_options,
    effort_options,
    first_operations_option,
    json_option,
    max_rounds_option,
    network_option,
    parse_network_with,
    picture_option,
    seed_option,
    strategy_option,
    with_options,
)
from distq.cli.session import Session

if TYPE_CHECKING:
    from distq.compiler import Compilation, CompileOptions
    from distq.errors import InputError
    from distq.ir.plan import Plan
    from distq.ir.program import Program
    from distq.networks.network import Network
    from distq.reporting.report import Report
    from distq.simulation.options import SimulationOptions

Progress: TypeAlias = Callable[[str], None]

compile_options = with_options(
    circuit_argument,
    network_option(),
    strategy_option(),
    seed_option(),
    effort_options,
    approximation_option,
    click.option(
        "--objective",
        type=click.Choice(["ebits", "fidelity", "makespan"]),
        default="ebits",
        show_default=True,
        help="Fewest Bell pairs; or the best by estimated fidelity, or by mean time, of several strategies.",
    ),
    click.option(
        "--distill",
        type=click.Choice(["none", "dejmps", "bbpssw", "pumping", "auto"]),
        default="none",
        show_default=True,
        help="Distil the pairs of every link, or (auto) where the estimated fidelity rises.",
    ),
    click.option(
        "--swap",
        type=click.Choice(["none", "all", "auto"]),
        help="Join QPUs without a link by entanglement swapping in place of relayed copies, always or (auto) "
        "if the estimated fidelity rises. [default: auto with --distill auto, else none]",
    ),
    click.option(
        "--reuse/--no-reuse",
        default=True,
        help="Whether the ion of a measured qubit may hold another qubit of the circuit. [default: yes]",
    ),
    max_rounds_option(),
    click.option(
        "-o",
        "--output",
        "output",
        help="Write the distributed circuit (.qasm: OpenQASM 3, .qpy), the plan (.json), or a program per QPU (DIR/).",
    ),
    click.option(
        "--format",
        "language",
        metavar="NAME",
        help="With -o DIR/: the language of the programs. [default: openqasm3]",
    ),
    first_operations_option,
    picture_option("Draw which qubit sits where over time"),
    click.option(
        "--report",
        "page",
        type=click.Path(path_type=Path),
        help="Write numbers, notes and pictures as one self-contained page (.html).",
    ),
    json_option("Print the report row as one JSON object."),
    click.option(
        "--details", is_flag=True, help="With --json: add what the table says beyond the row, under that key."
    ),
    common_options,
)


@dataclass(frozen=True)
class CompileArguments:
    """The values of :data:`compile_options`."""

    circuit: str
    network: str
    strategy: str
    seed: int
    effort: float
    time_limit: float | None
    approximation_budget: float | None
    objective: str
    distill: str
    swap: str | None
    reuse: bool
    first_operations: str | None
    max_rounds: int
    output: Output | None
    picture: Path | None
    page: Path | None
    as_json: bool
    details: bool


@click.command("compile", short_help="Compile and check.")
@compile_options
@click.pass_obj
def compile_(session: Session, /, **arguments: Any) -> None:
    """Compile CIRCUIT for NETWORK and check the result.

    CIRCUIT: OpenQASM 2 or 3, QPY, a name such as @qft:16 (`distq circuits`), or - for standard input.
    """
    compile_and_report(session, compile_arguments(arguments))


def compile_arguments(given: dict[str, Any]) -> CompileArguments:
    """The arguments of a command that has :data:`compile_options`."""
    output = parse_output(given.pop("output"), given.pop("language"))
    return CompileArguments(**given, output=output)


def compile_and_report(
    session: Session, arguments: CompileArguments, simulation: SimulationOptions | None = None
) -> None:
    """Compile, simulate if that is wanted, write the files that were asked for, and print the report.

    Raises
    ------
    click.exceptions.Exit
        With exit code 130, after the report, if planning or the simulation was interrupted.
    """
    start = time.perf_counter()
    if arguments.output is not None:
        arguments.output.check()
    check_picture(arguments.picture)
    check_page(arguments.page)
    if simulation is not None:
        simulation.check_machine()
    with session.progress() as progress, session.announce_kernels():
        done = _compiled(arguments, simulation, progress)
        report = done.report
        if simulation is not None and not report.details.interrupted:  # who interrupts the search wants an end
            report = done.simulate(simulation, progress=progress)
        unwritten = _write_files(done, report, arguments, progress)
        report = report.timed(time.perf_counter() - start)
        unwritten = _write_page(done, report, arguments.page, session, progress) or unwritten
    if arguments.as_json:
        click.echo(report.to_json(details=arguments.details))
    else:
        from distq.reporting.table import render

        session.show(render(report))
    if unwritten is not None:
        raise unwritten
    session.say_written(None if arguments.output is None else arguments.output.path, arguments.picture, arguments.page)
    if report.details.interrupted:
        raise click.exceptions.Exit(INTERRUPTED)


def _compiled(arguments: CompileArguments, simulation: SimulationOptions | None, progress: Progress) -> Compilation:
    """Compile; whatever is wrong is told as soon as it can be known, and what takes long to import comes late."""
    progress("reading the network")
    network = parse_network_with(arguments.network, arguments.first_operations)
    if arguments.strategy != "auto":  # names that are wrong are told before a long circuit is read
        _options(arguments, simulation, progress)
    progress("reading the circuit")
    from distq.frontend import read_circuit

    source = read_circuit(arguments.circuit, max_rounds=arguments.max_rounds)
    if simulation is not None:
        simulation.check_source(source)
    from distq.compiler import compile_with_options

    return compile_with_options(source, network, _options(arguments, simulation, progress))


def _check_program(program: Program, network: Network, options: SimulationOptions) -> None:
    from distq.simulation.preflight import check_program

    check_program(program, network, options)


def _options(arguments: CompileArguments, simulation: SimulationOptions | None, progress: Progress) -> CompileOptions:
    from distq.compiler import CompileOptions
    from distq.compiler.options import no_objection
    from distq.planning.strategies.registry import PlanningOptions

    return CompileOptions(
        strategy=_strategy(arguments),
        keep_interrupted=True,
        seed=arguments.seed,
        objective=arguments.objective,
        distill=arguments.distill,
        swap=arguments.swap,
        approximation_budget=arguments.approximation_budget,
        planning=PlanningOptions(effort=arguments.effort, time_limit_s=arguments.time_limit),
        reuse=arguments.reuse,
        max_rounds=arguments.max_rounds,
        progress=progress,
        before_planning=no_objection if simulation is None else partial(_check_program, options=simulation),
    )


def _strategy(arguments: CompileArguments) -> Plan | str:
    """The name of the strategy or the plan; an objective other than ``ebits`` leaves no room for a plan."""
    from distq.errors import InputError

    strategy = arguments.strategy
    if arguments.objective != "ebits" and strategy.endswith(".json"):
        raise InputError(f"--objective {arguments.objective} chooses a plan, and one is given: {strategy}")
    return read_strategy(strategy)


def _write_files(
    done: Compilation, report: Report, arguments: CompileArguments, progress: Progress
) -> InputError | None:
    """Write the files that were asked for; return why one of them cannot be written, to be told after the report."""
    from distq.errors import InputError
    from distq.reporting.figures.occupation import draw

    try:
        if arguments.output is not None:
            progress(f"writing {arguments.output.path}")
            _write_output(done, report, arguments.output, arguments.circuit)
        if arguments.picture is not None:
            progress(f"drawing {arguments.picture}")
            write_picture(arguments.picture, lambda kind: draw(replace(done, report=report), kind))
    except InputError as error:
        return error
    return None


def _write_page(
    done: Compilation, report: Report, path: Path | None, session: Session, progress: Progress
) -> InputError | None:
    """Write the page if it was asked for; return why it cannot be written."""
    from distq.errors import InputError

    if path is None:
        return None
    progress(f"writing {path}")
    try:
        write_page(path, done.page(report, session.command))
    except InputError as error:
        return error
    return None


def _write_output(done: Compilation, report: Report, output: Output, circuit: str) -> None:
    """Write the distributed circuit, the plan, or the directory of node programs."""
    if output.language is None:
        done.save(output.path, report)
        return
    source = Path(circuit)
    known = hashlib.sha256(source.read_bytes()).hexdigest() if circuit != "-" and source.is_file() else None
    done.save_nodes(output.path, output.language, known)
