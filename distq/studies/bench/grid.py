"""A grid of circuits, networks, strategies and seeds: run over all cores, appended as it exists, continued later.

The results file has one JSON object a line: ``id``, the report row, ``error``. The id follows from the content of a
task (the bytes of the circuit, every number of the network, strategy, seed, version), so a changed input is a new task
and an unchanged one is never done twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from distq._version import __version__
from distq.compiler.intake import as_network
from distq.errors import DistqError, InputError
from distq.networks.network import Network
from distq.networks.toml_writer import write_toml
from distq.planning.strategies import get_strategy
from distq.reporting.report import ROW

Result: TypeAlias = dict[str, Any]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """One cell of the grid.

    Attributes
    ----------
    path
        Of the circuit.
    content
        SHA-256 of the circuit's bytes.
    """

    path: str
    content: str
    network: Network
    strategy: str
    seed: int
    simulate: bool

    @cached_property
    def id(self) -> str:
        """32 hexadecimal digits that follow from everything that the result depends on."""
        parts = [self.content, write_toml(self.network), self.strategy, self.seed, self.simulate, __version__]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def tasks(
    circuits: Sequence[str],
    networks: Sequence[Network | str | Path],
    strategies: Sequence[str],
    seeds: Sequence[int] = (0,),
    *,
    simulate: bool = False,
) -> list[Task]:
    """The grid, each task once. Raises InputError at once for what cannot be read or is unknown."""
    for name in strategies:
        get_strategy(name)
    nets = [as_network(network) for network in networks]
    contents = {path: _digest(path) for path in circuits}
    grid = [
        Task(path, contents[path], network, strategy, seed, simulate)
        for path in circuits
        for network in nets
        for strategy in strategies
        for seed in seeds
    ]
    return list({task.id: task for task in grid}.values())


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        hint = "name OpenQASM or QPY files; one that the shell could not match is left as it was written"
        raise InputError(f"cannot read {path}: {error.strerror or error}", hint) from error


def perform(task: Task) -> Result:
    """Do one task. Whatever goes wrong in it is in the result's ``error``."""
    from distq.compiler import compile

    start = time.perf_counter()
    try:
        done = compile(task.path, task.network, task.strategy, task.seed)
        report = done.simulate() if task.simulate else done.report
        return {"id": task.id, **report.timed(time.perf_counter() - start).row(), "error": None}
    except DistqError as error:
        return _failure(task, error.message)
    except Exception as error:
        return _failure(task, f"{type(error).__name__}: {error}")


def _failure(task: Task, message: str) -> Result:
    given: Result = {
        "circuit": Path(task.path).stem,
        "network": task.network.name,
        "strategy": task.strategy,
        "seed": task.seed,
        "version": __version__,
    }
    return {"id": task.id, **dict.fromkeys(ROW), **given, "error": message}


@dataclass
class Results:
    """A results file, open for appending; a context manager.

    A last line that an interruption tore is dropped. Raises InputError if the file cannot be used, or if another
    process is writing to it.
    """

    path: Path
    known: dict[str, Result] = field(default_factory=dict)

    def __enter__(self) -> Self:
        try:
            self._file = self.path.open("a+b")
        except OSError as error:
            raise InputError(f"cannot write {self.path}: {error.strerror or error}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise InputError(f"{self.path} is in use by another distq bench") from error
        self._load()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, result: Result) -> None:
        """Add a line, and return when it is on the disk."""
        self.known[result["id"]] = result
        self._file.write(json.dumps(result, allow_nan=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _load(self) -> None:
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), 1):
            try:
                row = json.loads(line)
                self.known[row["id"]] = row
            except (ValueError, KeyError, TypeError) as error:
                self._file.close()
                raise InputError(f"{self.path}:{number}: not a result of distq bench", "give another -o") from error
        self._file.truncate(whole)


def run(grid: Sequence[Task], results: Results, jobs: int = 2) -> Iterator[Result]:
    """Yield the result of every task: first those that the file holds, then the others as they are done and written.

    With one job the work is done in this process; with more, in as many others.
    """
    todo = []
    for task in grid:
        if task.id in results.known:
            yield results.known[task.id]
        else:
            todo.append(task)
    work = map(perform, todo) if jobs == 1 else _spread(todo, jobs)
    for result in work:
        results.append(result)
        yield result


def _spread(todo: Sequence[Task], jobs: int) -> Iterator[Result]:
    """Results in the order in which they are done. A task that kills its process fails alone."""
    waiting = deque(todo)
    with _single_threads():
        while waiting:
            lost: list[Task] = []
            yield from _pool(waiting, jobs, lost)
            for task in lost:
                alone = deque([task])
                again: list[Task] = []
                yield from _pool(alone, 1, again)
                if again:
                    yield _failure(task, "the process that worked on it died (out of memory?)")


def _pool(waiting: deque[Task], jobs: int, lost: list[Task]) -> Iterator[Result]:
    """Work ``waiting`` off until it is empty or a process dies; what was being done then goes to ``lost``."""
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_start_worker)
    running: dict[Future[Result], Task] = {}
    try:
        while (waiting and not lost) or running:
            while waiting and not lost and len(running) < jobs:
                task = waiting.popleft()
                running[_submit(pool, task)] = task
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
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
