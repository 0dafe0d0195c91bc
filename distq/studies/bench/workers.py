"""Tasks spread over processes, of which any may die."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from distq.studies.bench.tasks import Result, Task, failure, perform

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")


def spread(todo: Sequence[Task], jobs: int, started: Callable[[Task], None] = lambda task: None) -> Iterator[Result]:
    """Yield results in the order in which they are done, by ``jobs`` processes.

    A process that dies takes with it what others were doing: those tasks are done again, one by one, so that only the
    one that kills its process fails. ``started`` is called with each task that a process begins.
    """
    waiting = deque(todo)
    with _single_threads():
        while waiting:
            lost: list[Task] = []
            yield from _work_off(waiting, jobs, lost, started)
            for task in lost:
                alone = deque([task])
                again: list[Task] = []
                yield from _work_off(alone, 1, again, started)
                if again:
                    yield failure(task, "the process that worked on it died (out of memory?)")


def _work_off(waiting: deque[Task], jobs: int, lost: list[Task], started: Callable[[Task], None]) -> Iterator[Result]:
    """Work ``waiting`` off until it is empty or a process dies; what was being done then goes to ``lost``."""
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_start_worker)
    running: dict[Future[Result], Task] = {}
    try:
        while (waiting and not lost) or running:
            while waiting and not lost and len(running) < jobs:
                task = waiting.popleft()
                running[_submit(pool, task)] = task
                started(task)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.append(task)
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, task: Task) -> Future[Result]:
    try:
        return pool.submit(perform, task)
    except BrokenProcessPool as error:
        future: Future[Result] = Future()
        future.set_exception(error)
        return future


def _start_worker() -> None:
    # Ctrl-C ends a worker at once and without a traceback; the parent says what there is to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def _single_threads() -> Iterator[None]:
    """One thread per process: the variables are read when the libraries are imported, so they are set before that."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
