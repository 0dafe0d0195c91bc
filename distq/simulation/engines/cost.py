"""About how long simulations take: enough to choose between engines."""

from __future__ import annotations

from distq.simulation.execution import Execution

EFFECT_S, EFFECT_AMPLITUDE_S = 25e-6, 5e-9
"""What one effect of a lone fault takes, and each amplitude of it, as measured."""
SHOT_S, SHOT_AMPLITUDE_S = 20e-6, 3e-10
"""What one trajectory takes, and each amplitude in each of the program's operations."""
FEWEST_SHOTS = 128
VARIANCE = 0.1
"""Of the fidelity with two and more faults."""
ERROR = 0.006
"""Standard error for one input."""


def seconds_of_trajectories(execution: Execution, inputs: int) -> float:
    """CPU seconds of the engine ``trajectories`` at the default precision."""
    amplitudes = 2.0**execution.qubits
    effects = sum(len(fault.effects) for fault in execution.faults)
    tail = float(execution.fault_probabilities.at_least(2).mean())
    shots = max(FEWEST_SHOTS, tail**2 * VARIANCE / ERROR**2)
    shot_s = SHOT_S + SHOT_AMPLITUDE_S * amplitudes * len(execution.frame_program.ops)
    return inputs * (effects * (EFFECT_S + EFFECT_AMPLITUDE_S * amplitudes) + shots * shot_s)
