"""``distq schedule``: how long a compiled circuit takes, and what it waits for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from distq.cli.session import Session, approximation_option, common_options, network_option, seed_option
from distq.util.text import counted

if TYPE_CHECKING:
    from distq.execution.run_statistics import RunStatistics

PICTURES = (".png", ".svg", ".pdf")


@click.command("schedule", short_help="How long does it take, and what does it wait for?")
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
@click.option("--samples", type=click.IntRange(min=1), default=1000, show_default=True, help="Runs with random waits.")
@click.option(
    "--policy",
    type=click.Choice(["prefetch", "on-demand", "just-in-time"]),
    default="prefetch",
    show_default=True,
    help="When pairs are heralded: as soon as ions are free, when a qubit asks, or shortly before they are due.",
)
@click.option("--frames/--gates", default=True, show_default=True, help="Corrections: Pauli frames, or gates.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the schedule (.png, .svg, .pdf).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
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
    picture: Path | None,
    as_json: bool,
) -> None:
    """Say how long CIRCUIT takes on NETWORK when Bell pairs come at random, and what it waits for.

    CIRCUIT: OpenQASM 2 or 3, QPY, or - for standard input.
    """
    from distq import compiler
    from distq.execution.dispatch import Policy
    from distq.execution.run_statistics import time_plan
    from distq.ir import plan_file
    from distq.reporting.figures import schedule as gantt
    from distq.util import output_files

    if picture is not None:
        output_files.check_suffix(picture, PICTURES, "picture")
        output_files.check_writable(picture)
    plan = plan_file.read_plan(Path(strategy)) if strategy.endswith(".json") else strategy
    with session.progress() as progress, session.announce_kernels():
        done = compiler.compile(
            circuit, network, plan, seed, approximation_budget=approximation_budget, progress=progress
        )
        progress(f"{samples} runs")
        how = Policy(policy, frames)
        timing = time_plan(done.events, done.program, done.network, how, samples=samples, seed=seed)
        if picture is not None:
            progress(f"drawing {picture}")
            pairs = counted(done.tally.ebits, "Bell pair")
            title = f"{done.program.name} on {done.network.name or 'network'}: {pairs}"
            kind = picture.suffix[1:].lower()
            output_files.write_atomically(picture, gantt.draw(timing, done.events, done.network, title, kind))
    figures = timing.statistics
    if as_json:
        what = {"circuit": done.program.name, "network": done.network.name, "strategy": done.plan.strategy}
        click.echo(json.dumps(what | figures.as_dict(), indent=2))
    else:
        click.echo(f"{done.program.name} on {done.network.name or 'network'}, plan of {done.plan.strategy}")
        click.echo(_text(figures))
    if picture is not None and session.chatty:
        session.say(f"wrote {picture}")


def _text(found: RunStatistics) -> str:
    from distq.cli.catalogue_text import columns
    from distq.reporting.network_table import seconds

    spread = (found.makespan_p50_s, found.makespan_p95_s, found.makespan_p99_s)
    rows = [
        (f"makespan, {found.samples:,} runs", f"{seconds(found.makespan_mean_s)} mean"),
        ("  p50, p95, p99", ", ".join(map(seconds, spread))),
        ("  with mean waits", seconds(found.makespan_planned_s)),
        ("  bounds on that", f"{seconds(found.bound_pairs_s)} pairs, {seconds(found.bound_path_s)} critical path"),
        ("waiting for pairs", seconds(round(found.bell_wait_s, 12))),
        (
            "idle ions",
            f"{found.idle_ion_s:.4g} ion-seconds, which cost about {100 * found.waiting_loss + 0.0:.2g} % fidelity",
        ),
        (
            "Bell pairs",
            f"{found.pairs_generated:.6g} generated, {found.pairs_used} used, {found.pairs_expired:.4g} expired",
        ),
        ("policy", found.policy),
    ]
    links = [("link", "pairs", "utilisation")]
    links += [(x.name, str(x.pairs), f"{100 * x.utilisation:.1f} %") for x in found.links if x.pairs]
    hubs = [("hub", "analysers", "pairs", "utilisation", "reconfigurations")]
    hubs += [
        (x.name, str(x.analysers), str(x.pairs), f"{100 * x.utilisation:.1f} %", f"{x.reconfigurations:.4g}")
        for x in found.hubs
    ]
    critical = [("critical path", "share")]
    critical += [(entry.resource, f"{100 * entry.share:.1f} %") for entry in found.critical[:8]]
    return "\n\n".join(columns(part) for part in (rows, links, hubs, critical) if part is rows or len(part) > 1)
