"""``distq breakeven``: how good pairs must be for the distributed machine to beat one big machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from distq.cli.session import Session, approximation_option, common_options, network_option, seed_option
from distq.util.text import counted

if TYPE_CHECKING:
    from distq.studies.breakeven.breakeven import BreakEven, Point

PICTURES = (".png", ".svg", ".pdf")


@click.command("breakeven", short_help="How good must the pairs be to beat one big machine?")
@click.argument("circuit", metavar="CIRCUIT")
@network_option()
@click.option(
    "-s",
    "--strategy",
    default="auto",
    show_default=True,
    envvar="DISTQ_STRATEGY",
    help="A name that `distq strategies` lists, or a plan file (.json).",
)
@seed_option()
@approximation_option
@click.option(
    "--against",
    "names",
    multiple=True,
    type=click.Choice(["same-trap", "long-chain", "heavy-hex", "qccd"]),
    help="A big machine; may be repeated. [default: all]",
)
@click.option("--simulate", is_flag=True, help="Compare simulated state fidelities, where the circuit is small enough.")
@click.option("--precision", type=float, help="With --simulate: their standard error. [default: 0.003]")
@click.option("--workers", type=click.IntRange(min=1), help="With --simulate: threads. [default: one per CPU, up to 8]")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw both curves (.png, .svg, .pdf).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common_options
@click.pass_obj
def breakeven(
    session: Session,
    circuit: str,
    network: str,
    strategy: str,
    seed: int,
    approximation_budget: float | None,
    names: tuple[str, ...],
    simulate: bool,
    precision: float | None,
    workers: int | None,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Find the Bell fidelity and the pair rate at which CIRCUIT on NETWORK does as well as on one big machine.

    CIRCUIT: OpenQASM 2 or 3, QPY, or - for standard input.
    """
    from distq import compiler
    from distq.errors import InputError
    from distq.ir import plan_file
    from distq.simulation.monolithic.models import MONOLITHIC_MODELS
    from distq.simulation.options import DEFAULT_PRECISION, default_workers
    from distq.studies.breakeven.breakeven import break_even
    from distq.studies.breakeven.figure import draw
    from distq.util import output_files

    if not simulate and (precision is not None or workers is not None):
        raise InputError("--precision and --workers are for simulations", "add --simulate")
    if precision is not None and not precision > 0.0:
        raise InputError(f"--precision {precision:g} is a standard error and must be above 0", "try 0.003")
    if picture is not None:
        output_files.check_suffix(picture, PICTURES, "picture")
        output_files.check_writable(picture)
    plan = plan_file.read_plan(Path(strategy)) if strategy.endswith(".json") else strategy
    with session.progress() as progress, session.announce_kernels():
        done = compiler.compile(
            circuit, network, plan, seed, approximation_budget=approximation_budget, progress=progress
        )
        found = break_even(
            done,
            names or MONOLITHIC_MODELS,
            simulate=simulate,
            precision=precision or DEFAULT_PRECISION,
            workers=workers or default_workers(),
            progress=progress,
        )
        if picture is not None:
            output_files.write_atomically(picture, draw(found, picture.suffix[1:].lower()))
    click.echo(json.dumps(found.as_dict(), indent=2) if as_json else _text(found))
    if picture is not None and session.chatty:
        session.say(f"wrote {picture}")


def _text(found: BreakEven) -> str:
    from distq.cli.catalogue_text import columns

    head = [f"{found.circuit} on {found.network or 'network'}: {counted(found.ebits, 'Bell pair')}"]
    if found.approximated:
        head.append(f"{counted(found.approximated, 'rotation')} left out: that counts, and the big machines run them")
    if found.scenario:
        head.append(f"numbers: {found.scenario}")
    head += [f"distributed: fidelity {_with_error(found.fidelity, found.stderr)}", f"({found.method})"]
    rows = [("one big machine", "2q gates", "fidelity", "Bell fidelity needed", "to first order", "pairs/s needed")]
    rows += [
        (p.name, str(p.gates_2q), _with_error(p.fidelity, p.stderr), _bell(p), _first_order(p), _rate(p))
        for p in found.points
    ]
    notes = [(p.name, p.source) for p in found.points] + [(name, reason) for name, reason in found.left_out]
    first = "to first order: if two-qubit gates and pairs were all that goes wrong"
    parts = ["\n".join(head), columns(rows), first, columns(notes)]
    never = any("never" in (p.bell_verdict, p.rate_verdict) for p in found.points)
    if never:
        parts.append(
            "never: perfect pairs (last column: instant ones) are not enough, what else goes wrong is too much"
        )
    return "\n\n".join(parts)


def _with_error(value: float, stderr: float) -> str:
    return f"{value:.4f}" + (f" ± {stderr:.1g}" if stderr > 0.0 else "")


def _bell(point: Point) -> str:
    if point.bell_fidelity is None:
        return point.bell_verdict
    return f"{point.bell_fidelity:.5f}" + (f" ± {point.bell_stderr:.1g}" if point.bell_stderr else "")


def _first_order(point: Point) -> str:
    return "never" if point.bell_first_order > 1.0 - 1e-9 else f"{point.bell_first_order:.5f}"


def _rate(point: Point) -> str:
    if point.rate_hz is None:
        return point.rate_verdict
    return f"{point.rate_hz:.3g}" + (f" ± {point.rate_stderr:.1g}" if point.rate_stderr else "")
