"""``distq draw``: pictures of a compiled circuit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from distq.cli.files import check_picture, read_strategy, write_picture
from distq.cli.options import (
    circuit_argument,
    common_options,
    effort_options,
    network_option,
    seed_option,
    strategy_option,
)
from distq.cli.session import Session

KIND_NAMES = ("plan", "circuit", "network", "interactions", "waterfall")
"""Those of ``reporting.figures.kinds``, which takes longer to import than ``-h`` should take."""
_UNITS = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}


class Width(click.ParamType[float]):
    """A width in millimetres, or ``column`` or ``page`` of a paper."""

    name = "width"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Millimetres."""
        from distq.reporting.figures.style import COLUMN_MM, PAGE_MM

        named = {"column": COLUMN_MM, "page": PAGE_MM}
        try:
            width_mm = named[value] if value in named else float(value)
        except ValueError:
            self.fail(f"{value!r} is neither 'column' nor 'page' nor a number of millimetres", param, ctx)
        if not 40.0 <= width_mm <= 2000.0:
            self.fail(f"{value} mm: a picture is 40 to 2000 mm wide", param, ctx)
        return width_mm


class Instant(click.ParamType[float]):
    """A time of the run, such as ``2ms``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        found = re.fullmatch(r"(\d+(?:\.\d*)?(?:e-?\d+)?|\.\d+)\s*([a-zµ]*)", str(value).strip())
        if found is None or found[2] not in _UNITS:
            self.fail(f"{value!r} is no time: write for example 2ms, 500us or 0.002", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


@click.command(short_help="Draw a compiled circuit: plan, circuit, network, interactions, waterfall.")
@click.argument("kind", metavar="KIND", type=click.Choice(KIND_NAMES))
@circuit_argument
@network_option()
@strategy_option()
@seed_option()
@effort_options
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The picture: .png, .svg or .pdf.")
@click.option("--width", type=Width(), default="page", show_default=True, help="column, page, or millimetres.")
@click.option("--from", "from_s", type=Instant(), default="0s", help="Start of the part that is shown, e.g. 2ms.")
@click.option("--to", "to_s", type=Instant(), help="End of that part. [default: the end of the run]")
@common_options
@click.pass_obj
def draw(
    session: Session,
    kind: str,
    circuit: str,
    network: str,
    strategy: str,
    seed: int,
    effort: float,
    time_limit: float | None,
    output: Path,
    width: float,
    from_s: float,
    to_s: float | None,
) -> None:
    """Compile CIRCUIT for NETWORK and draw what came out.

    \b
    plan          which qubit sits on which ion over time, and the Bell pairs
    circuit       the distributed circuit by QPU, link copies as forks
    network       QPUs and links, and how many Bell pairs each link delivers
    interactions  which qubits share gates, in groups by QPU
    waterfall     where the fidelity goes, cause by cause (this one is simulated)

    Other commands draw what they compute by --picture: schedule, pareto, breakeven, explain, link show, validate.
    """
    check_picture(output)
    if to_s is not None and to_s <= from_s:
        raise click.UsageError(f"--to {to_s:g} s is not after --from {from_s:g} s")
    from distq import compiler
    from distq.planning.strategies.registry import PlanningOptions
    from distq.reporting.figures.kinds import kind_named
    from distq.reporting.figures.style import View

    wanted = kind_named(kind)
    planning = PlanningOptions(effort=effort, time_limit_s=time_limit)
    with session.progress() as progress, session.announce_kernels():
        done = compiler.compile(circuit, network, read_strategy(strategy), seed, options=planning, progress=progress)
        if wanted.simulated:
            progress("simulating")
            done = replace(done, report=done.simulate(progress=progress))
        progress(f"drawing {output}")
        write_picture(output, lambda file_kind: wanted.draw(done, file_kind, View(width, from_s, to_s)))
    session.say_written(output)
