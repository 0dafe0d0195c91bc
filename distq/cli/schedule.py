"""``distq schedule``: how long a compiled circuit takes, and what it waits for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from distq.cli.files import check_picture, read_strategy, write_picture
from distq.cli.options import (
    approximation_option,
    circuit_argument,
    common_options,
    first_operations_option,
    json_option,
    network_option,
    parse_network_with,
    picture_option,
    seed_option,
    strategy_option,
)
from distq.cli.session import Session
from distq.util.text import counted

if TYPE_CHECKING:
    from distq.compiler import Compilation


@click.command("schedule", short_help="How long does it take, and what does it wait for?")
@circuit_argument
@network_option()
@strategy_option()
@seed_option()
@approximation_option
@click.option("--samples", type=click.IntRange(min=1), default=1000, show_default=True, help="Runs with random waits.")
@click.option(
    "--policy",
    type=click.Choice(["prefetch", "on-demand", "just-in-time"]),
    default="prefetch",
    show_default=True,
    help="When pairs are heralded: as soon as ions are free, when a qubit asks, or shortly before they are due.",
)
@click.option("--frames/--gates", default=True, show_default=True, help="Corrections: Pauli frames, or gates.")
@first_operations_option
@picture_option("Draw the schedule")
@json_option()
@common_options
@click.pass_obj
def schedule(
    session: Session,
    circuit: str,
    network: str,
    strategy: str,
    seed: int,
    approximation_budget: float | None,
    samples: int,
    policy: str,
    frames: bool,
    first_operations: str | None,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Say how long CIRCUIT takes on NETWORK when Bell pairs come at random, and what it waits for.

    CIRCUIT: OpenQASM 2 or 3, QPY, a name such as @qft:16 (`distq circuits`), or - for standard input.
    """
    from distq import compiler
    from distq.execution.dispatch import Policy
    from distq.execution.run_statistics import time_plan
    from distq.reporting.figures.schedule import draw

    check_picture(picture)
    plan = read_strategy(strategy)
    with session.progress() as progress, session.announce_kernels():
        on = parse_network_with(network, first_operations)
        done = compiler.compile(circuit, on, plan, seed, approximation_budget=approximation_budget, progress=progress)
        progress(f"{samples} runs")
        how = Policy(policy, frames)
        timing = time_plan(done.events, done.program, done.network, how, samples=samples, seed=seed)
        if picture is not None:
            progress(f"drawing {picture}")
        title = f"{_title(done)}: {counted(done.tally.ebits, 'Bell pair')}"
        write_picture(picture, lambda kind: draw(timing, done.events, done.network, title, kind))
    statistics = timing.statistics
    if as_json:
        what = {"circuit": done.program.name, "network": done.network.name, "strategy": done.plan.strategy}
        click.echo(json.dumps(what | statistics.as_dict(), indent=2))
    else:
        from distq.reporting.schedule_table import render

        session.show(render(f"{_title(done)}, plan of {done.plan.strategy}", statistics), keep_lines=True)
    session.say_written(picture)


def _title(done: Compilation) -> str:
    return f"{done.program.name} on {done.network.name or 'network'}"
