"""``distq pareto``: which plans are worth having, between few Bell pairs, high fidelity and short time?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from distq.cli.files import check_picture, write_picture
from distq.cli.options import (
    circuit_argument,
    common_options,
    json_option,
    network_option,
    picture_option,
    seed_option,
)
from distq.cli.session import Session


@click.command("pareto", short_help="Few Bell pairs, high fidelity or short time: which plans?")
@circuit_argument
@network_option()
@click.option(
    "-s", "--strategy", "names", multiple=True, help="A name that `distq strategies` lists; may be repeated. [several]"
)
@seed_option()
@picture_option("Draw fidelity over time")
@json_option()
@common_options
@click.pass_obj
def pareto(
    session: Session,
    circuit: str,
    network: str,
    names: tuple[str, ...],
    seed: int,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Plan CIRCUIT on NETWORK with several strategies, and show which plans no other one beats in all three costs.

    CIRCUIT: OpenQASM 2 or 3, QPY, a name such as @qft:16 (`distq circuits`), or - for standard input.
    """
    from distq.compiler.objective import CANDIDATES
    from distq.studies.pareto import compare_plans
    from distq.studies.pareto.figure import draw

    check_picture(picture)
    with session.progress() as progress, session.announce_kernels():
        found = compare_plans(circuit, network, names or CANDIDATES, seed, progress=progress)
        write_picture(picture, lambda kind: draw(found, kind))
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=2))
    else:
        from distq.studies.pareto.table import render

        session.show(render(found), keep_lines=True)
    session.say_written(picture)
