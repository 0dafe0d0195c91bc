"""``distq node``: executes node programs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from distq.cli.options import FiniteAboveZero, common_options, json_option, seed_option
from distq.cli.session import Session


@click.group(short_help="Run programs of nodes.")
@common_options
def node() -> None:
    """Programs of nodes, as `distq compile -o DIR/` writes them."""


@node.command("run", short_help="Run the programs of a directory.")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--shots", type=click.IntRange(min=1), default=1024, show_default=True, help="How often.")
@seed_option()
@click.option(
    "--timeout",
    "timeout_s",
    type=FiniteAboveZero(),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Give up when nothing has happened for so long.",
)
@json_option("Print counts and Bell pairs as one JSON object.")
@common_options
@click.pass_obj
def run(session: Session, directory: Path, shots: int, seed: int, timeout_s: float, as_json: bool) -> None:
    """Run the programs in DIR, one process per QPU, without noise, and print how often each outcome came.

    Messages go over sockets of this machine. A further process holds the state of all ions, at most 20 in all.
    """
    from distq.frontend.node_programs import read_directory
    from distq.nodes.runtime.run import run_nodes

    with session.progress() as progress:
        progress("reading the programs")
        programs = read_directory(directory).programs
        progress("running")
        found = run_nodes(programs, shots, seed, timeout_s)
    if as_json:
        row = {"counts": found.counts, "shots": shots, "seed": seed, "bell_pairs": found.pairs, "nodes": found.nodes}
        click.echo(json.dumps(row))
        return
    pairs = "1 Bell pair" if found.pairs == 1 else f"{found.pairs} Bell pairs"
    click.echo(f"{shots} shots on {len(found.nodes)} nodes ({', '.join(found.nodes)}), {pairs} in each")
    for outcome, count in sorted(found.counts.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"{count:>8}  {outcome or '(no bits)'}")
