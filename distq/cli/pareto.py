"""``distq pareto``: plans between few Bell pairs, high fidelity and short time."""

from __future__ import annotations

import json
from pathlib import Path

import click

from distq.cli.session import Session, common_options, network_option, seed_option

PICTURES = (".png", ".svg", ".pdf")


@click.command("pareto", short_help="Few Bell pairs, high fidelity or short time: which plans?")
@click.argument("circuit", metavar="CIRCUIT")
@network_option()
@click.option(
    "-s", "--strategy", "names", multiple=True, help="A name that `distq strategies` lists; may be repeated. [several]"
)
@seed_option()
@click.option("--picture", type=click.Path(path_type=Path), help="Draw fidelity over time (.png, .svg, .pdf).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
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

    CIRCUIT: OpenQASM 2 or 3, QPY, or - for standard input.
    """
    from distq.cli.catalogue_text import columns
    from distq.compiler.objective import CANDIDATES
    from distq.reporting.network_table import seconds
    from distq.studies.pareto.figure import draw
    from distq.studies.pareto.pareto import compare_plans
    from distq.util import output_files

    if picture is not None:
        output_files.check_suffix(picture, PICTURES, "picture")
        output_files.check_writable(picture)
    with session.progress() as progress, session.announce_kernels():
        found = compare_plans(circuit, network, names or CANDIDATES, seed, progress=progress)
        if picture is not None:
            output_files.write_atomically(picture, draw(found, picture.suffix[1:].lower()))
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=2))
    else:
        rows = [("plan", "seed", "Bell pairs", "fidelity (estimate)", "mean makespan", "front")]
        rows += [
            (
                *(c.plan.strategy, str(c.plan.seed), str(c.ebits), f"{c.fidelity:.4f}", seconds(c.makespan_s)),
                "*" if front else "",
            )
            for c, front in found.plans
        ]
        title = f"{found.circuit} on {found.network or 'network'}"
        click.echo(f"{title}\n\n{columns(rows)}\n\n*: no other plan is as good in all three and better in one")
    if picture is not None and session.chatty:
        session.say(f"wrote {picture}")
