"""The density matrix over random schedules: exact for a few of them, and from these for all.

A prediction for every schedule is cheap: the product over faults of 1 minus probability times what a lone fault costs
is within a few per cent of the infidelity, and its error hardly differs from schedule to schedule. A straight line
through the exact fidelities of a few schedules takes that error out. How far these lie off the line gives the standard
error, and so how many schedules it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.density import density
from distq.simulation.execution import Execution
from distq.simulation.noise import pauli_channels
from distq.simulation.reduction.frame_program import FrameProgram
from distq.simulation.result import MeanWithError
from distq.simulation.statevector.input_states import InputState

RUNS = 5
"""Schedules simulated at first: those in the middles of so many equal parts of all, ordered by prediction."""
MOST = 60
"""Schedules simulated at most."""

Floats = NDArray[np.float64]


class Exact(NamedTuple):
    """Fidelity in every schedule simulated, and that of their mean state."""

    fidelities: Floats
    mean: float


@dataclass(frozen=True, eq=False)
class Mixture:
    """The mean fidelity, (nearly) that in every schedule, and how many schedules were simulated."""

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
        """Simulate these schedules."""
        found = np.array([density.fidelity(in_schedule(execution, m), state, wanted) for m in chosen])
        return Exact(found, float(found.mean()))

    return _calibrated(execution.fault_probabilities.survival(1.0 - survival), exact, precision)


def joint_fidelity(execution: Execution, state: InputState, precision: float) -> Mixture:
    """Fidelity of the joint state of qubits and classical bits of any program over its random schedules.

    It is not linear in the state: it is that of the mean state of the schedules simulated. Parameters are those of
    :func:`fidelity`.
    """
    ideal = density.final_states(execution.frame_program, state, noisy=False)

    def exact(chosen: list[int]) -> Exact:
        """Simulate these schedules and mix their states."""
        found = []
        mixed: dict[tuple[int, ...], NDArray[np.complex128]] = {}
        for m in chosen:
            part = density.final_states(in_schedule(execution, m), state)
            found.append(density.joint_fidelity(ideal, part))
            for bits, rho in part.items():
                mixed[bits] = mixed.get(bits, np.zeros_like(rho)) + rho / len(chosen)
        return Exact(np.array(found), density.joint_fidelity(ideal, mixed))

    return _calibrated(execution.fault_probabilities.no_waiting_fault, exact, precision)


def _calibrated(predicted: Floats, exact: Callable[[list[int]], Exact], precision: float) -> Mixture:
    """Fit a straight line to the exact fidelities of as many schedules as the precision takes.

    Parameters
    ----------
    predicted
        Per schedule.
    exact
        Simulates the schedules of these numbers.
    precision
        Wanted standard error of the mean.
    """
    order = np.argsort(predicted, kind="stable")
    runs, most = RUNS, min(MOST, len(order))
    while True:
        chosen = order[((np.arange(runs) + 0.5) * len(order) / runs).astype(np.int64)]
        simulated = exact(chosen.tolist())
        x = predicted[chosen] - predicted[chosen].mean()
        y = simulated.fidelities
        slope = float(x @ y / (x @ x)) if x @ x > 1e-24 else 0.0
        residual = y - y.mean() - slope * x
        stderr = float(np.sqrt(residual @ residual / (runs - 2) / runs))
        if stderr <= precision or runs == most:
            break
        runs = min(most, math.ceil(1.2 * runs * (stderr / precision) ** 2))
    per_schedule = simulated.mean + slope * (predicted - predicted[chosen].mean())
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
