"""Process (entanglement) fidelity: fidelity of the whole map, not of what it does to one input."""

from __future__ import annotations

import math
from dataclasses import replace

from distq.simulation.engines.base import Engine
from distq.simulation.engines.dynamic import dynamic
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, MeanWithError
from distq.simulation.statevector.input_states import haar_states, input_states


def process_fidelity(execution: Execution, engine: Engine, options: EngineOptions) -> MeanWithError | None:
    """Process fidelity of a unitary program with its standard error; None where it cannot be simulated.

    Clifford programs are run on Bell pairs of every line with a reference. Otherwise F = ((d + 1) F_avg - 1)/d with
    F_avg the mean state fidelity over Haar-random states of all d dimensions, whose spread, of order 1/sqrt(d), is
    part of the standard error.
    """
    if not execution.unitary or execution.reduced.program.ancillas:
        return None
    if engine.name == "clifford":
        from distq.simulation.engines.clifford import clifford

        (zero,) = input_states(["zero"], execution.qubits, 0)
        return clifford.process_fidelity(execution, zero, options)
    count = max(4, 2 ** (9 - execution.qubits))
    states = haar_states(count, execution.qubits, options.seed)
    shots = None if options.shots is None else max(count, options.shots)
    module = trajectories if execution.framed.lines == execution.qubits else dynamic
    found = module.estimate_fidelity(execution, states, replace(options, shots=shots))
    if found.interrupted:
        raise KeyboardInterrupt
    values = found.fidelities
    mean = sum(v.mean for v in values) / count
    spread = sum((v.mean - mean) ** 2 for v in values) / (count - 1)
    dimension = 2.0**execution.qubits
    scale = (dimension + 1) / dimension
    return MeanWithError(
        scale * mean - 1 / dimension, scale * math.hypot(math.sqrt(spread / count), found.schedules_stderr)
    )
