"""A grid of circuits, networks, strategies and seeds: run over all cores, appended as it exists, continued later.

The results file has one JSON object a line: ``id``, the report row, ``error``. The id follows from the content of a
task (the bytes of the circuit, every number of the network, strategy, seed, version), so a changed input is a new task
and an unchanged one is never done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from distq.studies.bench.results import Results
from distq.studies.bench.tasks import Result, Task, perform
from distq.studies.bench.workers import spread


def run_grid(
    grid: Sequence[Task], results: Results, jobs: int = 2, started: Callable[[Task], None] = lambda task: None
) -> Iterator[Result]:
    """Yield the result of every task: first those that the file holds, then the others as they are done and written.

    With one job the work is done in this process; with more, in as many others. ``started`` is called with each task
    that is begun.
    """
    todo = []
    for task in grid:
        if task.id in results.known:
            yield results.known[task.id]
        else:
            todo.append(task)
    work = _one_by_one(todo, started) if jobs == 1 else spread(todo, jobs, started)
    for result in work:
        results.append(result)
        yield result


def _one_by_one(todo: Sequence[Task], started: Callable[[Task], None]) -> Iterator[Result]:
    for task in todo:
        started(task)
        yield perform(task)
