"""``distq breakeven``: how good pairs must be for the distributed machine to beat one big machine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from distq.cli.files import check_picture, read_strategy, write_picture
from distq.cli.options import (
    approximation_option,
    circuit_argument,
    common_options,
    json_option,
    network_option,
    picture_option,
    seed_option,
    strategy_option,
    workers_option,
)
from distq.cli.session import Session


@click.command("breakeven", short_help="How good must the pairs be to beat one big machine?")
@circuit_argument
@network_option()
@strategy_option()
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
@workers_option("With --simulate: threads. [default: one per CPU, up to 8]")
@picture_option("Draw both curves")
@json_option()
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

    CIRCUIT: OpenQASM 2 or 3, QPY, a name such as @qft:16 (`distq circuits`), or - for standard input.
    """
    from distq import compiler
    from distq.simulation.monolithic.models import MONOLITHIC_MODELS
    from distq.simulation.options import DEFAULT_PRECISION, default_workers
    from distq.studies.breakeven import break_even
    from distq.studies.breakeven.figure import draw

    _check_numbers(simulate, precision, workers)
    check_picture(picture)
    plan = read_strategy(strategy)
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
        write_picture(picture, lambda kind: draw(found, kind))
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=2))
    else:
        from distq.studies.breakeven.table import render

        session.show(render(found), keep_lines=True)
    session.say_written(picture)


def _check_numbers(simulate: bool, precision: float | None, workers: int | None) -> None:
    """Raise InputError if they are not possible, or mean nothing without a simulation."""
    from distq.errors import InputError

    if not simulate and (precision is not None or workers is not None):
        raise InputError("--precision and --workers are for simulations", "add --simulate")
    if precision is not None and not precision > 0.0:
        raise InputError(f"--precision {precision:g} is a standard error and must be above 0", "try 0.003")
