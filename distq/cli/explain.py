"""``distq explain``: why a plan costs what it costs, and what more ions would save."""

from __future__ import annotations

import json
from pathlib import Path

import click

from distq.cli.files import check_picture, write_picture
from distq.cli.options import (
    approximation_option,
    circuit_argument,
    common_options,
    effort_options,
    json_option,
    network_option,
    picture_option,
    seed_option,
    strategy_option,
)
from distq.cli.session import Session


@click.command("explain", short_help="Why so many Bell pairs? What would one more ion save?")
@circuit_argument
@network_option()
@strategy_option(plans=False)
@seed_option()
@click.option("--curve/--no-curve", default=True, help="Plan again with fewer and more ions. [default: yes]")
@effort_options
@approximation_option
@picture_option("Draw the curve, the causes and the memories")
@json_option()
@common_options
@click.pass_obj
def explain(
    session: Session,
    circuit: str,
    network: str,
    strategy: str,
    seed: int,
    curve: bool,
    effort: float,
    time_limit: float | None,
    approximation_budget: float | None,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Say what the Bell pairs of CIRCUIT on NETWORK are for, what limits them, and what other numbers of ions cost.

    CIRCUIT: OpenQASM 2 or 3, QPY, a name such as @qft:16 (`distq circuits`), or - for standard input.
    """
    from distq.planning.strategies.registry import PlanningOptions
    from distq.studies.explain import explain_circuit
    from distq.studies.explain.figure import draw

    check_picture(picture)
    with session.progress() as progress, session.announce_kernels():
        found = explain_circuit(
            circuit,
            network,
            strategy,
            seed,
            curve=curve,
            options=PlanningOptions(effort=effort, time_limit_s=time_limit),
            approximation_budget=approximation_budget,
            progress=progress,
        )
        if picture is not None:
            progress(f"drawing {picture}")
        write_picture(picture, lambda kind: draw(found, kind))
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        from distq.studies.explain.table import render

        session.show(render(found))
    session.say_written(picture)
