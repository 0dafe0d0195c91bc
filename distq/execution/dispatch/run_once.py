"""One run of compiled tasks with given waits, every task as soon as it can start."""

from __future__ import annotations

import numpy as np

from distq.execution.dispatch import kernels
from distq.execution.dispatch.heralding import FIXED_WAITS
from distq.execution.dispatch.kernels import TaskTimes
from distq.execution.dispatch.tasks import Floats, Ints, TaskArrays


def run_once(tasks: TaskArrays, order: Ints, release_s: Floats, waits_s: Floats) -> TaskTimes:
    """Times of all tasks if pair k takes ``waits_s[k]`` seconds."""
    times = TaskTimes.blank(tasks)
    dispatch = kernels.dispatch.sized(kernels.PLAIN_S * len(tasks.resource))
    dispatch(tasks, order, release_s, waits_s, FIXED_WAITS, np.uint64(0), times)
    return times
