"""One run of compiled tasks with given waits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.dispatch import kernels
from distq.dispatch.tasks import Ints, Tasks

Floats = NDArray[np.float64]


class Times(NamedTuple):
    """Start and end per task, idle seconds and slot taken per touch, the task each start waited for, the makespan."""

    start: Floats
    end: Floats
    idle: Floats
    cause: Ints
    slot: Ints
    makespan_s: float


def run(tasks: Tasks, order: Ints, release: Floats, waits: Floats, *, compiled: bool = True) -> Times:
    """Times of all tasks if pair k takes ``waits[k]`` seconds; not ``compiled``: in plain Python."""
    count, touches = len(tasks.ions), len(tasks.res)
    out = (
        np.zeros(count),
        np.zeros(count),
        np.zeros(touches),
        np.full(count, -1, dtype=np.int64),
        np.zeros(touches, dtype=np.int64),
    )
    kernel: Any = kernels.dispatch
    dispatch = kernel if compiled else kernel.py_func
    last = dispatch(*arrays(tasks, order, release), waits, tasks.resources, out)
    return Times(*out, float(last))


def arrays(tasks: Tasks, order: Ints, release: Floats) -> tuple[Any, ...]:
    """The leading arguments of the kernels."""
    t = tasks
    return order, t.first, t.res, t.width, t.begin, t.end, t.flags, t.source, t.pair, release
