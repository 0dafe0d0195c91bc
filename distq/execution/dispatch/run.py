"""One run of compiled tasks with given waits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import kernels
from distq.execution.dispatch.tasks import Ints, Tasks

Floats = NDArray[np.float64]


class Times(NamedTuple):
    """What :func:`distq.execution.dispatch.kernels.dispatch` finds.

    Attributes
    ----------
    start, end
        Per task, seconds.
    idle, slot, turned
        Per touch: idle seconds, resource taken, 1 if an analyser was given to another link for it.
    cause, via
        Per task: the task that its start waited for and the resource that this one had; -1 if none.
    heralding, expired
        Per pair: seconds of heralding, pairs that became too old before its use.
    """

    start: Floats
    end: Floats
    idle: Floats
    cause: Ints
    slot: Ints
    via: Ints
    turned: Ints
    heralding: Floats
    expired: Ints
    makespan_s: float


NO_LUCK = (np.zeros(0, dtype=np.uint64), np.zeros(0), np.zeros(0), np.zeros(0))
"""A pair that is heralded again takes as long again."""


def run(tasks: Tasks, order: Ints, release: Floats, waits: Floats, *, compiled: bool = True) -> Times:
    """Times of all tasks if pair k takes ``waits[k]`` seconds; not ``compiled``: in plain Python."""
    scratch: Any = kernels.scratch
    out = scratch(len(tasks.ions), len(tasks.res), len(tasks.cutoff))
    kernel: Any = kernels.dispatch
    dispatch = kernel if compiled else kernel.py_func
    last = dispatch(*arrays(tasks, order, release), waits, tasks.resources, NO_LUCK, np.uint64(0), out)
    return Times._make([*out, float(last)])


def arrays(tasks: Tasks, order: Ints, release: Floats) -> tuple[Any, ...]:
    """The leading arguments of the kernels."""
    t = tasks
    return order, t.first, t.res, t.width, t.begin, t.end, t.flags, t.source, t.pair, release, t.cutoff
