"""The commands that work on one circuit: ``distq run``, ``distq compile``, ``distq check``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from distq.cli.session import (
    F,
    Infidelity,
    Session,
    approximation_option,
    common_options,
    effort_options,
    network_option,
    seed_option,
)

if TYPE_CHECKING:
    from distq.compiler import Compilation
    from distq.ir.plan import Plan
    from distq.reporting.report import Report

Simulate: TypeAlias = "Callable[[Compilation, Callable[[str], None]], Report]"

PICTURES = (".png", ".svg", ".pdf")


def _compile_options(command: F) -> F:
    for option in reversed(
        (
            click.argument("circuit", metavar="CIRCUIT"),
            network_option(),
            click.option(
                "-s",
                "--strategy",
                default="auto",
                show_default=True,
                envvar="DISTQ_STRATEGY",
                help="A name that `distq strategies` lists, or a plan file (.json).",
            ),
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
                "-o",
                "--output",
                "output",
                type=click.Path(path_type=Path),
                help="Write the distributed circuit (.qasm: OpenQASM 3, .qpy) or the plan (.json).",
            ),
            click.option(
                "--picture",
                type=click.Path(path_type=Path),
                help="Draw which qubit sits where over time (.png, .svg, .pdf).",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the report row as one JSON object."),
            click.option(
                "--details", is_flag=True, help="With --json: add what the table says beyond the row, under that key."
            ),
            common_options,
        )
    ):
        command = option(command)
    return command


@click.command(short_help="Compile, check, simulate, report.")
@_compile_options
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="STATE",
    help="Input state: zero, basis, product or stabilizer. May be repeated; without it zero, basis and "
    "five product (one beyond 18 qubits, 14 with measurements inside).",
)
@click.option(
    "--monolithic",
    type=click.Choice(["same-trap", "long-chain", "heavy-hex", "qccd", "ideal"]),
    default="same-trap",
    show_default=True,
    help="The one big machine to compare with: with the QPUs' own errors, a long chain, a superconducting lattice "
    "routed by Qiskit, Helios, or no errors.",
)
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    help="density, trajectories, dynamic, clifford, bracket (bounds only) or auto.",
)
@click.option("--precision", type=float, help="Wanted standard error of the fidelity. [default: 0.003]")
@click.option("--process", is_flag=True, help="Estimate the process fidelity too.")
@click.option("--shots", type=int, help="Draw so many noisy runs from |0..0> and count what they read.")
@click.option("--outcome", metavar="BITS", help="Report how often these bits are read, of 10000 runs unless --shots.")
@click.option("--workers", type=click.IntRange(min=1), help="Threads. [default: one per CPU, up to 8]")
@click.option(
    "--device",
    type=click.Choice(["cpu", "gpu"]),
    default="cpu",
    show_default=True,
    help="Where trajectories run; gpu needs CuPy or PyTorch.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Run trajectories and shots on a Dask cluster, e.g. tcp://10.0.0.1:8786, with the same results.",
)
@click.option(
    "--waits",
    type=click.Choice(["random", "mean"]),
    default="random",
    show_default=True,
    help="Ions idle as random waits for pairs make them, all longer or shorter together; or always the mean.",
)
@click.option(
    "--pauli-twirl",
    "twirl",
    is_flag=True,
    help="Take relaxation and over-rotated pulses (t1_s, overrotation_1q, overrotation_2q) for Pauli channels, which "
    "every engine has. An approximation.",
)
@click.pass_obj
def run(session: Session, /, inputs: tuple[str, ...], **options: Any) -> None:
    """Compile CIRCUIT for NETWORK, check it, simulate it with noise, and report.

    CIRCUIT: OpenQASM 2 or 3, QPY, or - for standard input. Results depend on --seed, but not on the number of workers.
    Interrupted (Ctrl-C), the simulation reports its estimate so far, with exit code 130.
    """
    from distq.simulation.options import SimulationOptions

    names = {field.name for field in fields(SimulationOptions)} - {"seed"}
    simulation = SimulationOptions(
        inputs=inputs or None, **{name: options.pop(name) for name in names & options.keys()}
    )

    def simulate(done: Compilation, progress: Callable[[str], None]) -> Report:
        return done.simulate(simulation, progress=progress)

    _work(session, options, simulate)


@click.command("compile", short_help="Compile and check.")
@_compile_options
@click.pass_obj
def compile_(session: Session, /, **options: Any) -> None:
    """Compile CIRCUIT for NETWORK and check the result.

    CIRCUIT: OpenQASM 2 or 3, QPY, or - for standard input.
    """
    _work(session, options, None)


def _work(session: Session, options: dict[str, Any], simulate: Simulate | None) -> None:
    start = time.perf_counter()
    output: Path | None = options["output"]
    picture: Path | None = options["picture"]
    _check_outputs(output, picture)
    from distq import compiler
    from distq.planning.strategies.registry import PlanningOptions

    tried = PlanningOptions(effort=options["effort"], time_limit_s=options["time_limit"])
    with session.progress() as progress, session.announce_kernels():
        done = compiler.compile(
            options["circuit"],
            options["network"],
            _strategy(options["strategy"], options["objective"]),
            options["seed"],
            objective=options["objective"],
            distill=options["distill"],
            swap=options["swap"],
            options=tried,
            approximation_budget=options["approximation_budget"],
            progress=progress,
        )
        report = done.report
        if simulate is not None:
            report = simulate(done, progress)
        if output is not None:
            progress(f"writing {output}")
            done.save(output, report)
        if picture is not None:
            progress(f"drawing {picture}")
            _draw(done, picture)
    report = report.timed(time.perf_counter() - start)
    if options["as_json"]:
        click.echo(report.to_json(details=options["details"]))
    else:
        from distq.reporting.table import render

        session.show(render(report))
    for path in (output, picture):
        if path is not None and session.chatty:
            session.say(f"wrote {path}")
    if report.details.interrupted:
        raise click.exceptions.Exit(130)


def _strategy(given: str, objective: str) -> Plan | str:
    """The name of a strategy, or the plan in the file that was named in its place."""
    from distq.errors import InputError
    from distq.ir import plan_file

    is_plan = given.endswith(".json")
    if Path(given).suffix and not is_plan:
        raise InputError(f"-s {given}: a plan is a .json file", "write one with -o plan.json, or name a strategy")
    if is_plan and objective != "ebits":
        raise InputError(f"--objective {objective} chooses a plan, and one is given: {given}")
    return plan_file.read_plan(Path(given)) if is_plan else given


def _check_outputs(output: Path | None, picture: Path | None) -> None:
    from distq.util import output_files

    if output is not None:
        output_files.check_suffix(output, output_files.OUTPUTS, "output")
        output_files.check_writable(output)
    if picture is not None:
        output_files.check_suffix(picture, PICTURES, "picture")
        output_files.check_writable(picture)


def _draw(done: Compilation, path: Path) -> None:
    from distq.reporting.figures.occupation import draw
    from distq.util import output_files

    output_files.write_atomically(
        path, draw(done.program, done.network, done.events, done.schedule, path.suffix[1:].lower())
    )


@click.command(short_help="Is a compiled circuit the original?")
@click.argument("original", metavar="ORIGINAL")
@click.argument("compiled", metavar="COMPILED")
@network_option()
@click.option(
    "--approximation-budget",
    type=Infidelity(),
    metavar="EPS",
    help="Accept that rotations were left out if that costs so much fidelity at most. [default: nothing left out]",
)
@common_options
@click.pass_context
def check(ctx: click.Context, original: str, compiled: str, network: str, approximation_budget: float | None) -> None:
    """Is COMPILED (a circuit or a plan .json) the circuit ORIGINAL on NETWORK? Exit code 0 if so, 1 if not."""
    from distq.networks.parse import parse_network
    from distq.verification.compare_files import compare

    session: Session = ctx.obj
    with session.progress() as progress:
        progress("checking")
        found = compare(original, compiled, parse_network(network), approximation_budget)
    if found.equal:
        less = (
            f" but for what was left out, an infidelity of {found.infidelity:.3g} at most" if found.infidelity else ""
        )
        click.echo(f"{compiled}: yes, this is {original} on {network}{less}")
        return
    click.echo(f"{compiled}: no: {found.reason}")
    ctx.exit(1)
