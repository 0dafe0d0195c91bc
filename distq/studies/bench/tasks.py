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
from distq.compiler import compile_with_options
from distq.compiler.intake import as_network
from distq.errors import DistqError
from distq.networks.network import Network
from distq.networks.toml_writer import write_toml
from distq.reporting.report import ROW
from distq.studies.bench.inputs import CircuitInput, circuit_inputs
from distq.studies.bench.normal_form import normal_form_digest
from distq.studies.bench.options import TaskOptions

Result: TypeAlias = dict[str, Any]
"""One line of the results file: see :data:`COLUMNS`."""
COLUMNS = ("id", *ROW, "options", "normal_form", "error")
"""The id of a task, its report row, the options that are not as by default, a digest of the circuit's normal form
(equal for equal circuits), and why it failed, if it did."""


@dataclass(frozen=True)
class Task:
    """One cell of the grid.

    Attributes
    ----------
    circuit
        The circuit.
    network, strategy, seed, options
        What it is compiled for, and how.
    """

    circuit: CircuitInput
    network: Network
    strategy: str
    seed: int
    options: TaskOptions

    @cached_property
    def id(self) -> str:
        """32 hexadecimal digits that follow from everything that the result depends on."""
        parts = [self.circuit.content, write_toml(self.network), self.strategy, self.seed, self.options.changed()]
        return hashlib.sha256(json.dumps([*parts, __version__]).encode()).hexdigest()[:32]

    def __str__(self) -> str:
        """In a few words."""
        return f"{self.circuit.name} on {self.network.name}, {self.strategy}"


def grid_tasks(
    circuits: Sequence[str],
    networks: Sequence[Network | str | Path],
    strategies: Sequence[str],
    seeds: Sequence[int] = (0,),
    options: Sequence[TaskOptions] = (TaskOptions(),),
) -> list[Task]:
    """The grid, each task once.

    Raises
    ------
    InputError
        A circuit or a network cannot be read, there is no such strategy, or options exclude each other.
    """
    for name in strategies:
        for how in options:
            how.compiling(name, 0)
    nets = [as_network(network) for network in networks]
    grid = [
        Task(circuit, network, strategy, seed, how)
        for circuit in circuit_inputs(circuits)
        for network in nets
        for strategy in strategies
        for seed in seeds
        for how in options
    ]
    return list({task.id: task for task in grid}.values())


def perform(task: Task) -> Result:
    """Do one task. Whatever goes wrong in it is in the result's ``error``."""
    start = time.perf_counter()
    try:
        done = compile_with_options(task.circuit.source, task.network, task.options.compiling(task.strategy, task.seed))
        report = done.simulate(task.options.simulating()) if task.options.simulate else done.report
        row = report.timed(time.perf_counter() - start).row()
        return _result(task, row | {"circuit": task.circuit.name, "network": task.network.name}, done.original)
    except DistqError as error:
        return failure(task, error.message)
    except Exception as error:
        return failure(task, f"{type(error).__name__}: {error}")


def _result(task: Task, row: dict[str, Any], program: Any = None, error: str | None = None) -> Result:
    digest = None if program is None else normal_form_digest(program)
    return {"id": task.id, **row, "options": task.options.changed(), "normal_form": digest, "error": error}


def failure(task: Task, message: str) -> Result:
    """The result of a task that failed: every number is missing."""
    given: Result = {
        "circuit": task.circuit.name,
        "network": task.network.name,
        "strategy": task.strategy,
        "seed": task.seed,
        "version": __version__,
    }
    return _result(task, dict.fromkeys(ROW) | given, error=message)
