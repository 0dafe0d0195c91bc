"""The density matrix over random schedules: exact for a few of them, which calibrate a prediction for all.

To predict is cheap: the product over faults of 1 minus probability times what a lone fault costs is within a few per
cent of the infidelity, and what it misses hardly differs from schedule to schedule. A straight line through a few exact
fidelities takes it out; how far they lie off the line gives the error, and so how many it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.density import density
from distq.simulation.execution import Execution
from distq.simulation.noise import pauli_channels
from distq.simulation.reduction.frame_program import FrameProgram
from distq.simulation.result import MeanWithError
from distq.simulation.statevector.input_states import InputState

RUNS = 5
"""Schedules simulated at first: those at the middles of so many equal parts of all, ordered by prediction."""
MOST = 60
"""Schedules simulated at last."""

Floats = NDArray[np.float64]
Exact = tuple[Floats, float]
"""Fidelity in every schedule simulated, and that of their mean state."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """What was found: the mean fidelity, (nearly) that in every schedule, and how many were simulated."""

    value: MeanWithError
    per_schedule: Floats
    runs: int


def fidelity(execution: Execution, state: InputState, survival: Floats, precision: float) -> Mixture:
    """Mean state fidelity of a unitary program over its random schedules.

    Parameters
    ----------
    execution
        With random waits.
    state
        The input.
    survival
        Per fault: state fidelity if it alone happens.
    precision
        Wanted standard error.
    """
    wanted = None if execution.target_program is None else execution.target_program.output(state)

    def exact(chosen: list[int]) -> Exact:
        found = np.array([density.fidelity(in_schedule(execution, m), state, wanted) for m in chosen])
        return found, float(found.mean())

    return _calibrated(execution.fault_probabilities.survival(1.0 - survival), exact, precision)


def joint_fidelity(execution: Execution, state: InputState, precision: float) -> Mixture:
    """The same for the joint state of qubits and classical bits of any program.

    Its fidelity is not linear: it is that of the mean state of the schedules simulated.
    """
    ideal = density.final_states(execution.frame_program, state, noisy=False)

    def exact(chosen: list[int]) -> Exact:
        found = []
        mixed: dict[tuple[int, ...], NDArray[np.complex128]] = {}
        for m in chosen:
            part = density.final_states(in_schedule(execution, m), state)
            found.append(density.joint_fidelity(ideal, part))
            for bits, rho in part.items():
                mixed[bits] = mixed.get(bits, np.zeros_like(rho)) + rho / len(chosen)
        return np.array(found), density.joint_fidelity(ideal, mixed)

    return _calibrated(execution.fault_probabilities.no_waiting_fault, exact, precision)


def _calibrated(predicted: Floats, exact: Callable[[list[int]], Exact], precision: float) -> Mixture:
    """The straight line through exact fidelities of as many schedules as the precision takes."""
    order = np.argsort(predicted, kind="stable")
    runs, most = RUNS, min(MOST, len(order))
    while True:
        chosen = order[((np.arange(runs) + 0.5) * len(order) / runs).astype(np.int64)]
        found, mean = exact(chosen.tolist())
        x = predicted[chosen] - predicted[chosen].mean()
        slope = float(x @ found / (x @ x)) if x @ x > 1e-24 else 0.0
        off = found - found.mean() - slope * x
        stderr = float(np.sqrt(off @ off / (runs - 2) / runs))
        if stderr <= precision or runs == most:
            break
        runs = min(most, math.ceil(1.2 * runs * (stderr / precision) ** 2))
    per_schedule = mean + slope * (predicted - predicted[chosen].mean())
    return Mixture(MeanWithError(float(np.clip(per_schedule.mean(), 0.0, 1.0)), stderr), per_schedule, runs)


def in_schedule(execution: Execution, number: int) -> FrameProgram:
    """The program with the waits of one schedule."""
    assert execution.idle_times is not None
    p = execution.idle_times.in_schedule(number)
    sites = [
        site
        if (column := site.error.idle_column) is None
        else site._replace(error=site.error._replace(channel=pauli_channels.dephase(p[column])))
        for site in execution.frame_program.fault_sites
    ]
    return replace(execution.frame_program, fault_sites=tuple(sites))
