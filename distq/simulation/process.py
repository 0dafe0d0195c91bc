"""Process (entanglement) fidelity: fidelity of the whole map, not of what it does to one input."""

from __future__ import annotations

import math
from dataclasses import replace

from distq.simulation.engines.base import MEASURES_INSIDE, Engine
from distq.simulation.engines.dynamic import dynamic
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, MeanWithError
from distq.simulation.statevector.input_states import haar_states, input_states


def process_objection(execution: Execution) -> str | None:
    """Why there is no process fidelity; None if there is one."""
    if not execution.unitary:
        return MEASURES_INSIDE
    if execution.copy_program.program.ancillas:
        return "the ancillas that the plan adds start in |0>, so that what runs is no map of a whole space"
    return None


def process_fidelity(execution: Execution, engine: Engine, options: EngineOptions) -> MeanWithError:
    """Process fidelity of a unitary program without ancillas.

    With the engine ``clifford``, the program runs on Bell pairs of every line with a reference. Otherwise it is
    F = ((d + 1) F_avg - 1)/d (Horodecki et al., Phys. Rev. A 60, 1888 (1999)) with F_avg the mean state fidelity over
    Haar-random states of all d dimensions, whose spread, of order 1/sqrt(d), is part of the standard error.
    """
    if engine.name == "clifford":
        from distq.simulation.engines.clifford import clifford

        (zero,) = input_states(["zero"], execution.qubits, 0)
        return clifford.process_fidelity(execution, zero, options)
    count = max(4, 2 ** (9 - execution.qubits))
    states = haar_states(count, execution.qubits, options.seed)
    shots = None if options.shots is None else max(count, options.shots)
    module = trajectories if execution.frame_program.lines == execution.qubits else dynamic
    found = module.estimate_fidelity(execution, states, replace(options, shots=shots))
    values = found.fidelities
    mean = sum(v.mean for v in values) / count
    spread = sum((v.mean - mean) ** 2 for v in values) / (count - 1)
    dimension = 2.0**execution.qubits
    scale = (dimension + 1) / dimension
    return MeanWithError(
        scale * mean - 1 / dimension, scale * math.hypot(math.sqrt(spread / count), found.schedules_stderr)
    )
