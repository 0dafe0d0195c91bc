"""``distq explain``: why a plan costs what it costs, and what more ions would save."""

from __future__ import annotations

import json
from pathlib import Path

import click

from distq.cli.session import Session, approximation_option, common_options, effort_options, network_option, seed_option

PICTURES = (".png", ".svg", ".pdf")


@click.command("explain", short_help="Why so many Bell pairs? What would one more ion save?")
@click.argument("circuit", metavar="CIRCUIT")
@network_option()
@click.option(
    "-s",
    "--strategy",
    default="auto",
    show_default=True,
    envvar="DISTQ_STRATEGY",
    help="A name that `distq strategies` lists.",
)
@seed_option()
@click.option("--curve/--no-curve", default=True, help="Plan again with fewer and more ions. [default: yes]")
@effort_options
@approximation_option
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Draw the curve, the causes and the memories (.png, .svg, .pdf)."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
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

    CIRCUIT: OpenQASM 2 or 3, QPY, or - for standard input.
    """
    from distq.planning.strategies.registry import PlanningOptions
    from distq.studies.explain import explain_circuit
    from distq.util import output_files

    if picture is not None:
        output_files.check_suffix(picture, PICTURES, "picture")
        output_files.check_writable(picture)
    options = PlanningOptions(effort=effort, time_limit_s=time_limit)
    with session.progress() as progress, session.announce_kernels():
        found = explain_circuit(
            circuit,
            network,
            strategy,
            seed,
            curve=curve,
            options=options,
            approximation_budget=approximation_budget,
            progress=progress,
        )
        if picture is not None:
            from distq.studies.explain.figure import draw

            progress(f"drawing {picture}")
            output_files.write_atomically(picture, draw(found, picture.suffix[1:].lower()))
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        from distq.studies.explain.table import render

        session.show(render(found))
    if picture is not None and session.chatty:
        session.say(f"wrote {picture}")
