"""What an engine returns, and the simulated execution that it works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from distq.simulate.asked import Asked
from distq.simulate.batched import Arrays
from distq.simulate.chances import Chances
from distq.simulate.channels import Source
from distq.simulate.copy_program import CopyProgram
from distq.simulate.faults import Fault, find_faults
from distq.simulate.frame_program import Branch, FrameProgram, Kick, Revert, Twist
from distq.simulate.frames import to_frames
from distq.simulate.pool import Pool, Threads
from distq.simulate.waits import Waits

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Execution:
    """A noisy execution of a program, in the forms that engines work on, each made when first asked for."""

    reduced: CopyProgram
    waits: Waits | None = None
    """Those that it was reduced with, if they are random."""
    asked: Asked | None = None
    """The whole program, if operations of it are left out; None: what runs is what was asked for."""
    given: FrameProgram | None = None
    """``framed``, if it is not what follows from ``reduced``: some noise is switched off."""

    @cached_property
    def framed(self) -> FrameProgram:
        """Qubits and frames."""
        return self.given or to_frames(self.reduced)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """All faults, without frames."""
        return find_faults(self.framed, self.waits)

    @cached_property
    def chances(self) -> Chances:
        """How likely they are, in every schedule."""
        return Chances.of(self.faults, self.waits)

    @cached_property
    def drifting(self) -> tuple[Source, ...]:
        """Sources of noise that is no Pauli channel."""
        shares = [op.shares for op in self.framed.ops if isinstance(op, Twist | Kick | Revert | Branch)]
        return tuple(sorted({source for share in shares for source, _ in share}))

    def only(self, *sources: Source) -> Execution:
        """The same with the noise of these sources alone."""
        return Execution(self.reduced, self.waits, given=self.framed.only(sources))

    @property
    def qubits(self) -> int:
        """Number of lines."""
        return self.reduced.program.num_qubits

    @property
    def comparable(self) -> bool:
        """True if the noiseless output that was asked for can be computed: always but where operations are left out."""
        return self.asked is None or (self.unitary and self.asked.reduced.unitary)

    @cached_property
    def unitary(self) -> bool:
        """See :attr:`distq.simulate.copy_program.CopyProgram.unitary`."""
        return self.reduced.unitary


class Value(NamedTuple):
    """An estimate and its standard error (0.0 if exact)."""

    mean: float
    stderr: float = 0.0


@dataclass(frozen=True)
class Settings:
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
        One per input.
    shots
        Trajectories drawn; None for an exact engine.
    losses
        Infidelity by source, mean over inputs, to first order in the faults.
    losses_stderr
        Their standard errors; a source that is not there was not sampled.
    method
        What was computed and how, in a few words.
    interrupted
        True if the user stopped it; ``fidelities`` are then those of the first inputs, with larger errors.
    schedules_stderr
        Standard error of the mean over the inputs from the choice of schedules with random waits, which all inputs
        share; not part of the errors of ``fidelities``.
    """

    fidelities: tuple[Value, ...]
    shots: int | None
    losses: dict[Source, float]
    method: str
    interrupted: bool = False
    schedules_stderr: float = 0.0
    losses_stderr: dict[Source, float] = field(default_factory=dict)
