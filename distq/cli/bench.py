"""``distq bench``: many circuits, networks and strategies, both cores, one line of results each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from distq.cli.options import common_options, network_option, seed_option
from distq.cli.session import Session

if TYPE_CHECKING:
    from distq.studies.bench import Result, Task


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
        shown = TasksShown(session, len(tasks))
        rows = shown.collect(run_grid(tasks, results, jobs, shown.started))
    place = {task.id: index for index, task in enumerate(tasks)}
    session.show(comparison(sorted(rows, key=lambda row: place[row["id"]])))
    if any(row["error"] for row in rows):
        raise click.exceptions.Exit(1)


class TasksShown:
    """All results, with a progress bar and what runs now where somebody looks."""

    def __init__(self, session: Session, total: int) -> None:
        self.session, self.total = session, total
        self.running: dict[str, str] = {}
        self._show: Callable[[int], None] = lambda done: None

    def started(self, task: Task) -> None:
        """A task has begun."""
        self.running[task.id] = f"{Path(task.path).stem} on {task.network.name}, {task.strategy}"
        self._show(0)

    def describe(self) -> str:
        """What runs now."""
        return "now: " + "; ".join(self.running.values()) if self.running else "bench"

    def collect(self, stream: Iterator[Result]) -> list[Result]:
        """The results, and a message about each that failed."""
        with self._bar():
            return [self._seen(result) for result in stream]

    def _seen(self, result: Result) -> Result:
        self.running.pop(result["id"], None)
        self._show(1)
        if result.get("error"):
            self.session.say(f"{result['circuit']} on {result['network']}, {result['strategy']}: {result['error']}")
        return result

    @contextmanager
    def _bar(self) -> Iterator[None]:
        if not self.session.chatty:
            yield
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            BarColumn(20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("so far,"),
            TimeRemainingColumn(),
        )
        text = TextColumn("left   {task.description}", markup=False)
        with Progress(*columns, text, console=self.session.err()) as progress:
            bar = progress.add_task(self.describe(), total=self.total)
            self._show = lambda done: progress.update(bar, advance=done, description=self.describe())
            yield
