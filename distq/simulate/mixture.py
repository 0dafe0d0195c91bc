"""The density matrix over random schedules: exact for a few of them, which calibrate a prediction for all.

To predict is cheap: the product over faults of 1 minus probability times what a lone fault costs is within a few per
cent of the infidelity, and what it misses hardly differs from schedule to schedule. A straight line through a few exact
fidelities takes it out; how far they lie off the line gives the error.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from distq.simulate import channels, density
from distq.simulate.frames import FrameProgram
from distq.simulate.inputs import InputState
from distq.simulate.result import Execution, Value

RUNS = 5
"""Schedules simulated: those at the middles of so many equal parts of all, ordered by prediction."""


def fidelity(
    execution: Execution, state: InputState, survival: NDArray[np.float64]
) -> tuple[Value, NDArray[np.float64]]:
    """Mean state fidelity of a unitary program over its random schedules, and (nearly) that of every schedule.

    Parameters
    ----------
    execution
        With random waits.
    state
        The input.
    survival
        Per fault: state fidelity if it alone happens.
    """
    predicted = execution.chances.without(1.0 - survival)
    ranks = (np.arange(RUNS) + 0.5) * len(predicted) / RUNS
    chosen = np.argsort(predicted, kind="stable")[ranks.astype(np.int64)]
    wanted = None if execution.asked is None else execution.asked.output(state)
    exact = np.array([density.fidelity(in_schedule(execution, int(m)), state, wanted) for m in chosen])
    x = predicted[chosen] - predicted[chosen].mean()
    slope = float(x @ exact / (x @ x)) if x @ x > 1e-24 else 0.0
    off = exact - exact.mean() - slope * x
    per_schedule = exact.mean() + slope * (predicted - predicted[chosen].mean())
    stderr = float(np.sqrt(off @ off / (RUNS - 2) / RUNS))
    return Value(float(np.clip(per_schedule.mean(), 0.0, 1.0)), stderr), per_schedule


def in_schedule(execution: Execution, number: int) -> FrameProgram:
    """The program with the waits of one schedule."""
    assert execution.waits is not None
    p = (-0.5 * np.expm1(-execution.waits.ratio[number])).tolist()
    slots = [s if s.wait < 0 else replace(s, channel=channels.dephase(p[s.wait])) for s in execution.framed.slots]
    return replace(execution.framed, slots=tuple(slots))
