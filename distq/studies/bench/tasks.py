"""The cells of the grid: what is compiled, for what, and how; and how one of them is done."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from distq._version import __version__
from distq.compiler import compile
from distq.compiler.intake import as_network
from distq.errors import DistqError, InputError
from distq.networks.network import Network
from distq.networks.toml_writer import write_toml
from distq.planning.strategies import get_strategy
from distq.reporting.report import ROW

Result: TypeAlias = dict[str, Any]
"""The report row of a task with its ``id`` and, if it failed, the ``error``: one line of the results file."""


@dataclass(frozen=True)
class Task:
    """One cell of the grid.

    Attributes
    ----------
    path
        The circuit's file.
    content
        SHA-256 of the circuit's bytes.
    network, strategy, seed
        What it is compiled for, and how.
    simulate
        Simulate it too.
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


def grid_tasks(
    circuits: Sequence[str],
    networks: Sequence[Network | str | Path],
    strategies: Sequence[str],
    seeds: Sequence[int] = (0,),
    *,
    simulate: bool = False,
) -> list[Task]:
    """The grid, each task once.

    Raises
    ------
    InputError
        A circuit or a network cannot be read, or there is no such strategy.
    """
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
    """SHA-256 of a file."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        hint = "name OpenQASM or QPY files; one that the shell could not match is left as it was written"
        raise InputError(f"cannot read {path}: {error.strerror or error}", hint) from error


def perform(task: Task) -> Result:
    """Do one task. Whatever goes wrong in it is in the result's ``error``."""
    start = time.perf_counter()
    try:
        done = compile(task.path, task.network, task.strategy, task.seed)
        report = done.simulate() if task.simulate else done.report
        return {"id": task.id, **report.timed(time.perf_counter() - start).row(), "error": None}
    except DistqError as error:
        return failure(task, error.message)
    except Exception as error:
        return failure(task, f"{type(error).__name__}: {error}")


def failure(task: Task, message: str) -> Result:
    """The result of a task that failed: every number is missing."""
    given: Result = {
        "circuit": Path(task.path).stem,
        "network": task.network.name,
        "strategy": task.strategy,
        "seed": task.seed,
        "version": __version__,
    }
    return {"id": task.id, **dict.fromkeys(ROW), **given, "error": message}
