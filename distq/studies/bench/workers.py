"""Tasks spread over processes, each of which may die or be stopped with the one task that it works on."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from distq.studies.bench.tasks import Result, Task, failure, perform

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
READY = "ready"
"""What a process says when it has imported everything."""
DIED = "the process that worked on it died (out of memory?)"


@dataclass
class _Worker:
    """A process, the parent's end of its pipe, and what it does: nothing yet if it is not ``ready``."""

    process: BaseProcess
    pipe: Connection
    ready: bool = False
    task: Task | None = None
    stop_at: float = math.inf


def spread(
    todo: Sequence[Task],
    jobs: int,
    started: Callable[[Task], None] = lambda task: None,
    timeout_s: float | None = None,
) -> Iterator[Result]:
    """Yield results in the order in which they are done, by ``jobs`` processes.

    A task whose process dies, or that takes longer than ``timeout_s``, fails alone; a new process takes the place.
    ``started`` is called with each task that a process begins.
    """
    waiting = deque(todo)
    workers: list[_Worker] = []
    with _single_threads():
        try:
            while waiting or any(worker.task for worker in workers):
                missing = min(jobs - len(workers), len(waiting) - sum(worker.task is None for worker in workers))
                workers += [_start() for _ in range(missing)]
                for worker in workers:
                    if worker.ready and worker.task is None and waiting:
                        _give(worker, waiting.popleft(), timeout_s)
                        started(worker.task)  # type: ignore[arg-type]
                yield from _collect(workers)
        finally:
            for worker in workers:
                _end(worker)


def _start() -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # so that its death ends what we read
    return _Worker(process, ours)


def _give(worker: _Worker, task: Task, timeout_s: float | None) -> None:
    worker.task = task
    worker.stop_at = math.inf if timeout_s is None else time.monotonic() + timeout_s
    worker.pipe.send(task)


def _collect(workers: list[_Worker]) -> Iterator[Result]:
    """Wait for the next process that has something to say or has had its time, and take what it did."""
    patience = min((worker.stop_at for worker in workers), default=math.inf) - time.monotonic()
    ready = wait([worker.pipe for worker in workers], None if math.isinf(patience) else max(0.0, patience))
    for worker in list(workers):
        if worker.pipe in ready:
            yield from _heard(worker, workers)
        elif worker.task is not None and time.monotonic() >= worker.stop_at:
            workers.remove(worker)
            _end(worker)
            yield failure(worker.task, "it took longer than the time limit")


def _heard(worker: _Worker, workers: list[_Worker]) -> Iterator[Result]:
    """What a process says: that it is ready, a result, or nothing any more."""
    try:
        said = worker.pipe.recv()
    except (EOFError, OSError):
        workers.remove(worker)
        _end(worker)
        if worker.task is None:
            raise RuntimeError("a process of distq bench could not start") from None
        yield failure(worker.task, DIED)
        return
    if said == READY:
        worker.ready = True
    else:
        worker.task, worker.stop_at = None, math.inf
        yield said


def _end(worker: _Worker) -> None:
    """Stop a process, whatever it does."""
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


def _work(pipe: Connection) -> None:
    """What a process does: one task after the other, until there are no more."""
    # Ctrl-C ends a worker at once and without a traceback; the parent says what there is to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        pipe.send(READY)
        while True:
            pipe.send(perform(pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent has gone


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
