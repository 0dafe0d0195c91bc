"""The simulation engines, by name, and which one suits a program."""

from __future__ import annotations

from distq.errors import SimulationError, UnknownNameError
from distq.simulation.engines.base import Engine, Kinds
from distq.simulation.engines.clifford.engine import clifford_objection, clifford_run
from distq.simulation.engines.density.engine import density_objection, density_run, density_suits
from distq.simulation.engines.dynamic import dynamic
from distq.simulation.engines.dynamic.engine import dynamic_objection
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.engines.trajectories.engine import trajectory_objection
from distq.simulation.execution import Execution
from distq.simulation.statevector.input_states import (
    CLIFFORD_INPUTS,
    DEFAULT_INPUTS,
    FEW_INPUTS,
    MANY_QUBITS,
)


def choose(name: str, execution: Execution, kinds: Kinds | None, workers: int) -> Engine | None:
    """The engine of that name, or for ``auto`` the first that suits; None for ``bracket`` or if none suits.

    Parameters
    ----------
    name
        Of an engine, or ``auto`` or ``bracket``.
    execution
        What it should simulate.
    kinds
        Wanted input states; None: those of the engine.
    workers
        Threads.

    Raises
    ------
    UnknownNameError
        No such engine.
    SimulationError
        The engine of that name cannot take this program.
    """
    if name == "bracket":
        return None
    objections = {
        e.name: e.objection(execution, kinds or e.inputs(execution.qubits), workers) for e in ENGINES.values()
    }
    able = [engine for engine in ENGINES.values() if objections[engine.name] is None]
    if name == "auto":
        return next((e for e in able if e.suits(execution, kinds or e.inputs(execution.qubits))), None)
    if name not in ENGINES:
        raise UnknownNameError("simulation engine", name, [*ENGINES, "auto", "bracket"])
    if objections[name] is not None:
        raise SimulationError(
            f"engine {name!r} cannot simulate {execution.reduced.program.name}: {objections[name]}",
            f"use {' or '.join([*[e.name for e in able], 'bracket'])}",
        )
    return ENGINES[name]


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "density",
            "exact density matrix with one classical bit per live copy; up to about 10 qubits",
            lambda qubits: DEFAULT_INPUTS,
            density_objection,
            density_suits,
            density_run,
        ),
        Engine(
            "clifford",
            "stabilizer sampling with stim; Clifford circuits of thousands of qubits",
            lambda qubits: CLIFFORD_INPUTS,
            clifford_objection,
            lambda execution, kinds: True,
            clifford_run,
        ),
        Engine(
            "trajectories",
            "exact terms for no and one fault, random trajectories for more; up to about 24 qubits",
            lambda qubits: DEFAULT_INPUTS if qubits <= MANY_QUBITS else FEW_INPUTS,
            trajectory_objection,
            lambda execution, kinds: execution.qubits <= 24,
            trajectories.estimate_fidelity,
        ),
        Engine(
            "dynamic",
            "sampled runs with measurements, resets and conditions inside; up to about 20 qubits",
            lambda qubits: DEFAULT_INPUTS if qubits <= 14 else FEW_INPUTS,
            dynamic_objection,
            lambda execution, kinds: execution.framed.lines <= 22,
            dynamic.estimate_fidelity,
        ),
    )
}
"""In the order in which ``auto`` asks them."""
