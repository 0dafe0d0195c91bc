"""One circuit to be simulated, in the forms that engines work on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from distq.simulation.noise.sources import Source
from distq.simulation.noise.waiting import IdleTimes
from distq.simulation.reduction.copy_program import CopyProgram
from distq.simulation.reduction.fault_probabilities import FaultProbabilities
from distq.simulation.reduction.faults import Fault
from distq.simulation.reduction.find_faults import find_faults
from distq.simulation.reduction.frame_program import FrameProgram
from distq.simulation.reduction.to_frames import to_frames
from distq.simulation.target import TargetProgram


@dataclass(frozen=True)
class Execution:
    """A noisy execution of a program. The forms that follow from ``copy_program`` are made when first asked for.

    Attributes
    ----------
    copy_program
        Qubits and link copies.
    idle_times
        Those that ``copy_program`` was reduced with, if they are random.
    target_program
        The whole program, if operations of it are left out; None: what runs is what was asked for.
    switched
        ``frame_program``, if it is not what follows from ``copy_program`` because some noise is switched off.
    """

    copy_program: CopyProgram
    idle_times: IdleTimes | None = None
    target_program: TargetProgram | None = None
    switched: FrameProgram | None = None

    @cached_property
    def frame_program(self) -> FrameProgram:
        """Qubits, and classical bits in place of copies."""
        return self.switched or to_frames(self.copy_program)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """All faults that change anything."""
        return find_faults(self.frame_program, self.idle_times)

    @cached_property
    def fault_probabilities(self) -> FaultProbabilities:
        """How likely the faults are, in every schedule."""
        return FaultProbabilities.of(self.faults, self.idle_times)

    @cached_property
    def non_pauli_sources(self) -> tuple[Source, ...]:
        """Sources of noise that is no Pauli channel, sorted."""
        return tuple(sorted(self.frame_program.non_pauli_sources))

    def only(self, *sources: Source) -> Execution:
        """The same with the noise of these sources alone."""
        return Execution(self.copy_program, self.idle_times, switched=self.frame_program.only(sources))

    @property
    def qubits(self) -> int:
        """Number of the program's qubits."""
        return self.copy_program.program.num_qubits

    @property
    def comparable(self) -> bool:
        """True if the noiseless output that was asked for can be computed: always but where operations are left out."""
        return self.target_program is None or (self.unitary and self.target_program.copy_program.unitary)

    @cached_property
    def unitary(self) -> bool:
        """See :attr:`distq.simulation.reduction.copy_program.CopyProgram.unitary`."""
        return self.copy_program.unitary
