"""What an engine returns, and the simulated execution that it works on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from distq.simulation.arrays import Arrays
from distq.simulation.noise.sources import Source
from distq.simulation.parallel import Pool, Threads

Progress = Callable[[str], None]


class MeanWithError(NamedTuple):
    """An estimate and its standard error (0.0 if exact)."""

    mean: float
    stderr: float = 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of a probability, from the normal distribution."""
        return max(0.0, self.mean - 1.96 * self.stderr), min(1.0, self.mean + 1.96 * self.stderr)

    def over(self, other: MeanWithError) -> MeanWithError:
        """The ratio of two independent estimates, its error to first order."""
        ratio = self.mean / other.mean
        return MeanWithError(ratio, math.hypot(self.stderr, ratio * other.stderr) / other.mean)


@dataclass(frozen=True)
class EngineOptions:
    """How much work an engine may do.

    Attributes
    ----------
    precision
        Wanted standard error of the mean over all inputs.
    shots
        Total number of trajectories; None: as many as the precision takes.
    seed
        Everything random follows from it, whatever the number of workers.
    workers
        Threads.
    progress
        Is called with what is being done.
    arrays
        Where trajectories run if not in the compiled kernels: arrays on a GPU.
    twirl
        Relaxation and over-rotated pulses are taken for Pauli channels.
    cluster
        Where trajectories run if not in threads of this process.
    """

    precision: float
    shots: int | None
    seed: int
    workers: int = 1
    progress: Progress = field(default=lambda stage: None)
    arrays: Arrays | None = None
    cluster: Pool | None = None
    twirl: bool = False

    @property
    def pool(self) -> Pool:
        """Where chunks run."""
        return self.cluster or Threads(self.workers)


@dataclass(frozen=True)
class Outcome:
    """What an engine found.

    Attributes
    ----------
    fidelities
        One per input; if the user interrupted, of the first inputs only, the last one with a larger error.
    shots
        Random runs drawn; None for an exact engine.
    losses
        Infidelity by source, mean over inputs, to first order in the faults.
    losses_stderr
        Their standard errors; a source that is not there was not sampled.
    method
        What was computed and how, in a few words.
    schedules_stderr
        Standard error of the mean over the inputs from the choice of schedules with random waits, which all inputs
        share; not part of the errors of ``fidelities``.
    set_size
        Inputs are random and come in balanced sets of so many, and the mean is meant to be that over all inputs, so
        that their spread is part of its error; 0: it is meant for these inputs.
    """

    fidelities: tuple[MeanWithError, ...]
    shots: int | None
    losses: dict[Source, float]
    method: str
    schedules_stderr: float = 0.0
    losses_stderr: dict[Source, float] = field(default_factory=dict)
    set_size: int = 0

    @property
    def mean(self) -> MeanWithError:
        """Mean over the inputs, whose errors are independent but for that of the schedules."""
        values = [v.mean for v in self.fidelities]
        mean = sum(values) / len(values)
        independent = math.sqrt(sum(v.stderr**2 for v in self.fidelities)) / len(values)
        if self.set_size:
            independent = _spread_error(values, self.set_size) if len(values) > 1 else independent
        return MeanWithError(mean, math.hypot(independent, self.schedules_stderr))


FEWEST_SETS = 3
"""From so many sets on, the spread between them says how sure their mean is."""

_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


def student(degrees: int) -> float:
    """97.5 % quantile of Student's t distribution, to 1 %."""
    return _STUDENT[degrees - 1] if degrees <= len(_STUDENT) else 1.96 + 2.6 / degrees


def _spread_error(values: Sequence[float], size: int) -> float:
    """Standard error of the mean of random inputs that come in sets of ``size``, from how much they vary.

    Inputs of a set balance each other: their own spread overestimates the error, that of sets does not, but is known
    from FEWEST_SETS sets on only, and badly from few. The smaller of the two is taken.
    """
    whole = len(values) // size
    means = [sum(values[k * size : (k + 1) * size]) / size for k in range(whole)]
    errors = [_error_of_mean(values)]
    return min([*errors, _error_of_mean(means)] if whole >= FEWEST_SETS else errors)


def _error_of_mean(values: Sequence[float]) -> float:
    """Standard error of a mean, scaled so that 1.96 of it are the 95 % interval of Student's t."""
    count = len(values)
    middle = sum(values) / count
    variance = sum((value - middle) ** 2 for value in values) / (count - 1)
    rounding = 1e-12
    return student(count - 1) / 1.96 * math.sqrt(variance / count) if variance > rounding**2 else 0.0


class Interrupted(KeyboardInterrupt):
    """The user interrupted an engine; ``outcome`` is what it had found until then, for at least one input."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome
