"""One circuit to be simulated: reduced, framed, with the probabilities of its faults."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from distq.simulation.noise.pauli_channels import Source
from distq.simulation.noise.waiting import IdleTimes
from distq.simulation.reduction.copy_program import CopyProgram
from distq.simulation.reduction.fault_probabilities import FaultProbabilities
from distq.simulation.reduction.faults import Fault, find_faults
from distq.simulation.reduction.frame_program import FrameProgram, KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.to_frames import to_frames
from distq.simulation.target import TargetProgram


@dataclass(frozen=True)
class Execution:
    """A noisy execution of a program, in the forms that engines work on, each made when first asked for."""

    reduced: CopyProgram
    idle_times: IdleTimes | None = None
    """Those that it was reduced with, if they are random."""
    target_program: TargetProgram | None = None
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
        return find_faults(self.framed, self.idle_times)

    @cached_property
    def fault_probabilities(self) -> FaultProbabilities:
        """How likely they are, in every schedule."""
        return FaultProbabilities.of(self.faults, self.idle_times)

    @cached_property
    def non_pauli_sources(self) -> tuple[Source, ...]:
        """Sources of noise that is no Pauli channel."""
        shares = [op.shares for op in self.framed.ops if isinstance(op, Rotation | LocalUnitary | Undo | KrausNoise)]
        return tuple(sorted({source for share in shares for source, _ in share}))

    def only(self, *sources: Source) -> Execution:
        """The same with the noise of these sources alone."""
        return Execution(self.reduced, self.idle_times, given=self.framed.only(sources))

    @property
    def qubits(self) -> int:
        """Number of lines."""
        return self.reduced.program.num_qubits

    @property
    def comparable(self) -> bool:
        """True if the noiseless output that was asked for can be computed: always but where operations are left out."""
        return self.target_program is None or (self.unitary and self.target_program.reduced.unitary)

    @cached_property
    def unitary(self) -> bool:
        """See :attr:`distq.simulation.reduction.copy_program.CopyProgram.unitary`."""
        return self.reduced.unitary
