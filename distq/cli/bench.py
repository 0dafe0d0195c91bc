"""``distq bench``: many circuits, networks and strategies, both cores, one line of results each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from distq.cli.options import common_options, network_option, seed_option
from distq.cli.session import Session

if TYPE_CHECKING:
    from distq.studies.bench import Result


@click.command(short_help="Compare strategies over many circuits and networks.")
@click.argument("circuits", metavar="CIRCUIT...", nargs=-1, required=True)
@network_option(multiple=True)
@click.option("-s", "--strategy", "strategies", multiple=True, help="Strategy; may be repeated. auto unless given.")
@click.option("--simulate", is_flag=True, help="Simulate too: fidelities in every row.")
@seed_option(multiple=True)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Processes.")
@click.option(
    "-o",
    "--output",
    "output",
    required=True,
    type=click.Path(path_type=Path),
    help="Results, one JSON object a line (.jsonl). An existing file is continued: what it holds is not done again.",
)
@common_options
@click.pass_obj
def bench(
    session: Session,
    circuits: tuple[str, ...],
    networks: tuple[str, ...],
    strategies: tuple[str, ...],
    simulate: bool,
    seeds: tuple[int, ...],
    jobs: int,
    output: Path,
) -> None:
    """Compile every CIRCUIT for every network with every strategy and seed; compare the strategies side by side.

    Each result is written as soon as it exists. Interrupt it and give the same command again to continue. The exit code
    is 1 if a task failed.
    """
    from distq.studies.bench import Results, comparison, grid_tasks, run_grid
    from distq.util.output_files import check_suffix, check_writable

    check_suffix(output, (".jsonl",), "results")
    if not output.exists():
        check_writable(output)
    tasks = grid_tasks(circuits, networks, strategies or ("auto",), seeds or (0,), simulate=simulate)
    with Results(output) as results:
        rows = _collect(session, run_grid(tasks, results, jobs), len(tasks))
    place = {task.id: index for index, task in enumerate(tasks)}
    session.show(comparison(sorted(rows, key=lambda row: place[row["id"]])))
    if any(row["error"] for row in rows):
        raise click.exceptions.Exit(1)


def _collect(session: Session, stream: Iterator[Result], total: int) -> list[Result]:
    """All results, with a progress bar where somebody looks."""
    rows: list[Result] = []
    if not session.chatty:
        for result in stream:
            rows.append(result)
            if result.get("error"):
                session.say(f"{result['circuit']} on {result['network']}, {result['strategy']}: {result['error']}")
        return rows
    from rich.progress import MofNCompleteColumn, Progress

    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=session.err()) as progress:
        bar = progress.add_task("bench", total=total)
        for result in stream:
            rows.append(result)
            note = "  failed" if result.get("error") else ""
            progress.update(bar, advance=1, description=f"{result['circuit']} {result['strategy']}{note}")
    return rows
