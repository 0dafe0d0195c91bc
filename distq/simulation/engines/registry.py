"""The simulation engines, by name, and which one suits a program."""

from __future__ import annotations

from distq.errors import SimulationError
from distq.simulation.choices import ENGINE_CHOICES, check_choice
from distq.simulation.engines.base import Engine, Kinds
from distq.simulation.engines.clifford import engine as clifford
from distq.simulation.engines.density import engine as density
from distq.simulation.engines.dynamic import engine as dynamic
from distq.simulation.engines.trajectories import engine as trajectories
from distq.simulation.execution import Execution
from distq.simulation.inputs import USUAL_INPUTS

ENGINES: dict[str, Engine] = {
    engine.name: engine for engine in (density.ENGINE, clifford.ENGINE, trajectories.ENGINE, dynamic.ENGINE)
}
"""By name, in the order in which ``auto`` tries them; :data:`distq.simulation.choices.ENGINE_NAMES` has the names."""


def choose(name: str, execution: Execution, kinds: Kinds | None, workers: int) -> Engine | None:
    """The engine of that name, or for ``auto`` the first that suits; None for ``bracket`` or if none suits.

    Parameters
    ----------
    name
        Name of an engine, ``auto`` or ``bracket``.
    execution
        What it should simulate.
    kinds
        Wanted input states; None: random ones.
    workers
        Threads.

    Raises
    ------
    UnknownNameError
        There is no such engine.
    SimulationError
        The engine of that name cannot take this program.
    """
    check_choice("simulation engine", name, ENGINE_CHOICES)
    if name == "bracket":
        return None
    wanted = {engine.name: kinds or (engine.random_input,) * USUAL_INPUTS for engine in ENGINES.values()}
    objections = {engine.name: engine.objection(execution, wanted[engine.name], workers) for engine in ENGINES.values()}
    able = [engine for engine in ENGINES.values() if objections[engine.name] is None]
    if name == "auto":
        return next((engine for engine in able if suits(engine, execution, wanted[engine.name])), None)
    if objections[name] is not None:
        raise SimulationError(
            f"engine {name!r} cannot simulate {execution.copy_program.program.name}: {objections[name]}",
            f"use {' or '.join([*[engine.name for engine in able], 'bracket'])}",
        )
    return ENGINES[name]


def suits(engine: Engine, execution: Execution, kinds: Kinds) -> bool:
    """True if an engine is a good choice for an execution that it can simulate."""
    return engine.suits(execution, kinds, lambda name: ENGINES[name].objection(execution, kinds, 1))
