"""``distq bench``: many circuits, networks and strategies, all cores, one line of results each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distq.cli.bench_compare import compare
from distq.cli.bench_progress import TasksShown
from distq.cli.options import FiniteAboveZero, Infidelity, common_options, network_option, seed_option, with_options
from distq.cli.session import Session


@click.group(short_help="Compare strategies over many circuits and networks.")
@common_options
def bench() -> None:
    """Compare strategies over many circuits and networks: run a grid of them, then compare the results."""


_choices = with_options(
    click.option("--effort", multiple=True, type=FiniteAboveZero(), help="As for distq run; may be repeated."),
    click.option("--objective", multiple=True, help="The same: ebits, fidelity or makespan."),
    click.option("--distill", multiple=True, help="The same: none, dejmps, bbpssw, pumping or auto."),
    click.option("--swap", multiple=True, help="The same: none, all or auto."),
    click.option("--approximation-budget", multiple=True, type=Infidelity(), metavar="EPS", help="The same."),
    click.option("--simulate/--no-simulate", default=None, help="Simulate too: fidelities in every row."),
    click.option(
        "--precision", type=FiniteAboveZero(), metavar="ERROR", help="With --simulate: wanted standard error."
    ),
)
_running = with_options(
    click.option(
        "-g",
        "--grid",
        "grid_file",
        type=click.Path(path_type=Path),
        help="A TOML file with all this; options go before.",
    ),
    click.option("--jobs", type=click.IntRange(min=1), help="Processes. [default: 2]"),
    click.option(
        "--timeout", "timeout_s", type=FiniteAboveZero(), metavar="SECONDS", help="A task that takes longer fails."
    ),
    click.option("--shard", metavar="I/N", help="Only the I-th of N parts of the grid, for batch systems."),
    click.option("--retry-failed", is_flag=True, help="Do again what has failed."),
    click.option("--heartbeat", type=FiniteAboveZero(), metavar="SECONDS", help="Say what runs, so often, to a log."),
    click.option(
        "-o",
        "--output",
        "output",
        type=click.Path(path_type=Path),
        help="Results, one JSON object a line (.jsonl). An existing file is continued: nothing is done twice.",
    ),
)


@bench.command("run", short_help="Compile everything for everything, in several processes.")
@click.argument("circuits", metavar="[CIRCUIT...]", nargs=-1)
@network_option(multiple=True, required=False)
@click.option("-s", "--strategy", "strategies", multiple=True, help="Strategy; may be repeated. auto unless given.")
@seed_option(multiple=True)
@_choices
@_running
@common_options
@click.pass_obj
def run(
    session: Session,
    /,
    grid_file: Path | None,
    shard: str | None,
    retry_failed: bool,
    heartbeat: float | None,
    **given: Any,
) -> None:
    """Compile every CIRCUIT for every network with every strategy, seed and option; show the strategies side by side.

    CIRCUIT: a file, a folder of files, or families by name and size such as @qft:16,32 (`distq circuits`).

    Each result is written as soon as it exists. Interrupt it and give the same command again to continue. The exit code
    is 1 if a task failed or took too long.
    """
    from distq._version import __version__
    from distq.studies.bench import DiskError, Results, comparison, run_grid
    from distq.studies.bench import shard as part_of

    wanted = _wanted(grid_file, given)
    tasks = _tasks(wanted)
    tasks = part_of(tasks, shard) if shard else tasks
    output = Path(wanted["output"])
    with Results(output) as results:
        _tell_of_others(session, output, results.other_versions(__version__))
        if retry_failed:
            results.forget_failures([task.id for task in tasks])
        if all(task.id in results.known for task in tasks):
            session.say(f"nothing left to do: {output} holds all {len(tasks)} results")
        shown = TasksShown(session, len(tasks), heartbeat)
        full: DiskError | None = None
        try:
            shown.collect(run_grid(tasks, results, wanted["jobs"], shown.started, wanted["timeout_s"]))
        except DiskError as error:
            full = error
    place = {task.id: index for index, task in enumerate(tasks)}
    session.show(comparison(sorted(shown.rows, key=lambda row: place[row["id"]])))
    if full is not None:
        raise full
    if any(row["error"] for row in shown.rows):
        raise click.exceptions.Exit(1)


def _wanted(grid_file: Path | None, given: dict[str, Any]) -> dict[str, Any]:
    """All that was asked for: the command line before the file, the file before what holds otherwise.

    Raises InputError if something is missing, or the results could not be written.
    """
    from distq.errors import InputError
    from distq.studies.bench.grid_file import read_grid_file
    from distq.util.output_files import check_suffix, check_writable

    file = read_grid_file(grid_file) if grid_file is not None else {}
    wanted = {key: file.get(key) if value in (None, ()) else value for key, value in given.items()}
    needed = (
        ("circuits", "circuits", "@qft:16,32 circuits/"),
        ("networks", "network", "-n 4x16+2"),
        ("output", "results file", "-o results.jsonl"),
    )
    for key, what, example in needed:
        if not wanted[key]:
            raise InputError(f"no {what} given", f"for example {example}, or {key} in the file of --grid")
    output = Path(str(wanted["output"]))
    check_suffix(output, (".jsonl",), "results")
    if not output.exists():
        check_writable(output)
    defaults = {"strategies": ("auto",), "seeds": (0,), "jobs": 2}
    return {key: defaults.get(key) if value in (None, ()) else value for key, value in wanted.items()}


def _tasks(wanted: dict[str, Any]) -> Any:
    from distq.studies.bench import combinations, grid_tasks

    choices = ("effort", "objective", "distill", "swap", "approximation_budget")
    chosen = {key: wanted[key] or () for key in choices}
    chosen |= {key: (wanted[key],) for key in ("simulate", "precision") if wanted[key] is not None}
    return grid_tasks(
        wanted["circuits"], wanted["networks"], wanted["strategies"], wanted["seeds"], combinations(chosen)
    )


def _tell_of_others(session: Session, output: Path, others: dict[str, int]) -> None:
    if others:
        counts = ", ".join(f"{count} of distq {version}" for version, count in others.items())
        session.say(f"{output} holds results of other versions ({counts}): they are kept, and not used here")


bench.add_command(compare)
