"""Engines simulate one input after the other; what they have found stands if the user interrupts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from distq.simulation.execution import Execution
from distq.simulation.noise.sources import Source
from distq.simulation.result import EngineOptions, Interrupted, MeanWithError, Outcome
from distq.simulation.statevector.input_states import InputState
from distq.util.progress import PartDone


class InputByInput(ABC):
    """A simulation of an execution on several inputs, with what it has found so far.

    Attributes
    ----------
    values
        Fidelities of the inputs that were simulated.
    shots
        Random runs drawn so far.
    losses
        Infidelity by source, summed over inputs.
    per_schedule
        Fidelity in every schedule with random waits, summed over inputs.
    """

    def __init__(self, execution: Execution, states: Sequence[InputState], options: EngineOptions) -> None:
        self.execution, self.states, self.options = execution, states, options
        self.values: list[MeanWithError] = []
        self.shots = 0
        self.losses: dict[Source, float] = {}
        self.per_schedule: NDArray[np.float64] = np.zeros(execution.fault_probabilities.schedules)

    def estimate_fidelity(self) -> Outcome:
        """Simulate all inputs.

        Raises
        ------
        Interrupted
            The user interrupts, and there is something to show for at least one input.
        KeyboardInterrupt
            The user interrupts before that.
        """
        try:
            for index, state in enumerate(self.states):
                count = len(self.states)
                self.options.progress(PartDone("simulating", index / count, f"input {index + 1} of {count}"))
                self.simulate(index, state)
        except KeyboardInterrupt:
            if not self.values:
                raise
            raise Interrupted(self.outcome()) from None
        return self.outcome()

    @abstractmethod
    def simulate(self, index: int, state: InputState) -> None:
        """Simulate one input and add what is found; interrupted, add what has been found of it so far."""

    @abstractmethod
    def outcome(self) -> Outcome:
        """What has been found so far, for at least one input."""

    def add_losses(self, losses: dict[Source, float]) -> None:
        """Add the losses of one input."""
        for source, loss in losses.items():
            self.losses[source] = self.losses.get(source, 0.0) + loss

    @property
    def mean_losses(self) -> dict[Source, float]:
        """Infidelity by source, mean over the inputs."""
        return {source: loss / len(self.values) for source, loss in self.losses.items()}
