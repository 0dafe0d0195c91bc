"""The fidelity of the monolithic machine that a distributed circuit is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from distq.simulation.engines.base import Engine
from distq.simulation.engines.registry import choose, suits
from distq.simulation.execution import Execution
from distq.simulation.inputs import Inputs
from distq.simulation.monolithic.models import MonolithicModel
from distq.simulation.result import EngineOptions, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState
from distq.util.note import Note


class MonolithicFidelity(NamedTuple):
    """Mean fidelity over the inputs, None if no engine can simulate the machine, and what to note on it."""

    fidelity: MeanWithError | None
    notes: tuple[Note, ...]


def monolithic_fidelity(
    model: MonolithicModel, engine: Engine, inputs: Inputs, options: EngineOptions
) -> MonolithicFidelity:
    """Simulate a monolithic machine on the inputs of the distributed circuit.

    Parameters
    ----------
    model
        The machine with its program.
    engine
        The engine of the distributed circuit; if it does not suit the machine, another one takes its place.
    inputs
        Of the original program.
    options
        How much work may be done.

    Raises
    ------
    Interrupted
        By the user.
    """
    options.progress("simulating the one big machine")
    kinds = inputs.kinds
    execution, suitable = _with_engine(model, engine, kinds, options)
    if suitable is None and model.layout is not None:
        model = model.without_relaxation()
        execution, suitable = _with_engine(model, engine, kinds, options)
    notes = () if model.layout is None else (_about(model, execution),)
    if suitable is None and model.layout is not None:
        text = f"{model.name} takes {execution.qubits} qubits, too many to simulate"
        too_large = Note("monolithic-not-simulated", text, {"qubits": execution.qubits})
        return MonolithicFidelity(None, (*notes, too_large))
    simulate = (suitable or engine).run

    def run(states: Sequence[InputState], some: EngineOptions) -> Outcome:
        return simulate(execution, [model.input(state) for state in states], some)

    return MonolithicFidelity(inputs.estimate(run, execution.frame_program.lines, options).mean, notes)


def _about(model: MonolithicModel, execution: Execution) -> Note:
    """Where the numbers of a machine come from."""
    text = f"{model.name}, {execution.qubits} qubits: {model.source}"
    return Note("monolithic-model", text, {"model": model.name, "qubits": execution.qubits})


def _with_engine(
    model: MonolithicModel, engine: Engine, kinds: tuple[str, ...], options: EngineOptions
) -> tuple[Execution, Engine | None]:
    """What the machine runs, and ``engine`` if that suits it, else another engine, or None if none does."""
    execution = Execution(model.execution(twirl=options.twirl))
    if engine.objection(execution, kinds, options.workers) is None and suits(engine, execution, kinds):
        return execution, engine
    return execution, choose("auto", execution, kinds, options.workers)
