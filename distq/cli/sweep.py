"""``distq sweep``: costs over numbers of the network, and what a target requires."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from distq.cli.files import check_picture, write_picture
from distq.cli.options import (
    circuit_argument,
    common_options,
    json_option,
    network_option,
    picture_option,
    seed_option,
    strategy_option,
)
from distq.cli.session import Session

if TYPE_CHECKING:
    from distq.studies.sweep import Sweep


@click.command(short_help="Pairs, fidelity and time over numbers of the network; what a target requires.")
@circuit_argument
@network_option()
@click.option(
    "--sweep",
    "sweeps",
    multiple=True,
    required=True,
    metavar="KEY=FROM:TO[:STEPS]",
    help="A number of the network file, on all QPUs or links, e.g. memory=1:8 or rate_hz=10:1e4. May be repeated.",
)
@click.option("--target", metavar="KEY=VALUE", help="What is to be reached: fidelity, ebits or makespan_s.")
@strategy_option(plans=False)
@seed_option()
@picture_option("Draw the costs over the first number")
@json_option()
@common_options
@click.pass_obj
def sweep(
    session: Session,
    /,
    circuit: str,
    network: str,
    sweeps: tuple[str, ...],
    target: str | None,
    strategy: str,
    seed: int,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Compile CIRCUIT for NETWORK with every combination of the swept numbers: Bell pairs, fidelity, time.

    CIRCUIT: OpenQASM 2 or 3, QPY, a name such as @qft:16 (`distq circuits`), or - for standard input.

    With --target: the value of each swept number, the others as they are, from which the target is reached.
    """
    from distq.studies.sweep import parse_range, parse_target, sweep_network

    check_picture(picture)
    ranges = [parse_range(text) for text in sweeps]
    wanted = None if target is None else parse_target(target)
    with session.progress() as progress, session.announce_kernels():
        found = sweep_network(circuit, network, ranges, strategy, seed, target=wanted, progress=progress)
        write_picture(picture, lambda kind: _drawn(found, kind))
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
    else:
        from distq.studies.sweep.table import render

        session.show(render(found), keep_lines=True)
    session.say_written(picture)


def _drawn(found: Sweep, kind: str) -> bytes:
    """The first number goes along x; each combination of the others is a curve."""
    from distq.reporting.figures.network_sweep import PANELS, Curve, draw

    first, *others = found.ranges
    by_rest: dict[tuple[float, ...], list[object]] = {}
    for point in found.points:
        by_rest.setdefault(point.values[1:], []).append(point)
    curves = []
    for rest, points in by_rest.items():
        label = ", ".join(f"{one.key}={value:g}" for one, value in zip(others, rest, strict=True))
        costs = {name: tuple(getattr(point, name) for point in points) for name, _ in PANELS}
        curves.append(Curve(label, first.values, costs))
    goal = None if found.target is None else (found.target.key, found.target.value)
    title = f"{found.circuit} on {found.network}"
    return draw(curves, first.key, title, kind, log_x=first.logarithmic, target=goal)
