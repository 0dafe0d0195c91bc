"""What can make a Clifford circuit go wrong, from stim's detector error model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.simulation.noise.sources import Source
from distq.simulation.noise.waiting import IdleTimes


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """What can make detectors fire.

    Attributes
    ----------
    silent
        Per schedule: probability that every mechanism happens an even number of times.
    losses
        Summed probabilities by source.
    flipped, table
        Mechanisms by waiting: their detectors, and their probabilities, shape (schedules, mechanisms).
    """

    silent: NDArray[np.float64]
    losses: dict[Source, float]
    flipped: tuple[tuple[int, ...], ...]
    table: NDArray[np.float64]


def error_model(circuit: Any, idle_times: IdleTimes | None = None) -> ErrorModel:
    """The mechanisms of a circuit, those with the same detectors as one."""
    flip_probability: dict[tuple[int, ...], float] = {}
    columns: dict[tuple[int, ...], tuple[int, ...]] = {}
    losses: dict[Source, float] = {}
    for error in circuit.detector_error_model(approximate_disjoint_errors=True):
        if error.type != "error":
            continue
        targets = tuple(sorted([target.val for target in error.targets_copy()]))
        if not targets:
            continue
        (p,) = error.args_copy()
        kind, where, idle_column = error.tag.split(":")
        if idle_column:
            columns[targets] = (*columns.get(targets, ()), int(idle_column))
        else:
            before = flip_probability.get(targets, 0.0)
            flip_probability[targets] = before + p - 2 * before * p
        source = Source(kind, int(where))
        losses[source] = losses.get(source, 0.0) + p
    fixed = math.exp(sum(math.log1p(-p) for targets, p in flip_probability.items() if targets not in columns))
    if idle_times is None:
        return ErrorModel(np.full(1, fixed), losses, (), np.zeros((1, 0)))
    silent = np.full(len(idle_times.ratio), fixed)
    for targets, of in columns.items():
        silent *= 1.0 - idle_times.parity_probability(flip_probability.get(targets, 0.0), of)
    table = [idle_times.parity_probability(0.0, of) for of in columns.values()]
    shape = np.stack(table, axis=1) if table else np.zeros((len(silent), 0))
    return ErrorModel(silent, losses, tuple(columns), shape)
