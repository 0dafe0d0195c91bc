"""A grid of circuits, networks, strategies, seeds and options: run over all cores, written as it goes, continued later.

The id of a task follows from its content (the bytes of the circuit, every number of the network, strategy, seed,
options, version), so a changed input is a new task, and an unchanged one is never done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from distq.errors import InputError
from distq.studies.bench.results import Results
from distq.studies.bench.tasks import Result, Task, perform
from distq.studies.bench.workers import spread


def run_grid(
    grid: Sequence[Task],
    results: Results,
    jobs: int = 2,
    started: Callable[[Task], None] = lambda task: None,
    timeout_s: float | None = None,
) -> Iterator[Result]:
    """Yield the result of every task: first those that the file holds, then the others as they are done and written.

    Without a time limit, one job does the work in this process; otherwise as many others do it. ``started`` is called
    with each task that is begun.

    Raises
    ------
    DiskError
        A result could not be written.
    """
    todo = []
    for task in grid:
        if task.id in results.known:
            yield results.known[task.id]
        else:
            todo.append(task)
    alone = jobs == 1 and timeout_s is None
    work = _one_by_one(todo, started) if alone else spread(todo, min(jobs, len(todo)), started, timeout_s)
    for result in work:
        results.append(result)
        yield result


def _one_by_one(todo: Sequence[Task], started: Callable[[Task], None]) -> Iterator[Result]:
    for task in todo:
        started(task)
        yield perform(task)


def shard(grid: Sequence[Task], text: str) -> list[Task]:
    """The i-th of n parts of a grid, for ``i/n``; raises InputError if the text is none."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise InputError(f"{text!r} is no part of a grid", "for example --shard 2/5: the second of five parts")
    return list(grid[int(part) - 1 :: int(parts)])
