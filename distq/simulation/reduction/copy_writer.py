"""The copy program under construction, and which member of it sits on which ion."""

from __future__ import annotations

from distq.ir.events import Ion
from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.simulation.noise.pauli_channels import PauliError
from distq.simulation.noise.steps import FaultSite
from distq.simulation.reduction.copy_program import CopyOp, CopyProgram
from distq.simulation.reduction.final_measurements import final_measurements


class CopyWriter:
    """What has been written of a :class:`CopyProgram` so far.

    Attributes
    ----------
    program, network
        What is executed, and where.
    coherent
        Lines whose copies must stay qubits.
    twirl
        True if relaxation and over-rotated pulses are to become Pauli channels.
    at
        Per ion that holds a member: the member.
    ops, line_of, final_measurements, records
        As in :class:`CopyProgram`.
    """

    def __init__(self, program: Program, network: Network, coherent: frozenset[int], twirl: bool) -> None:
        self.program, self.network, self.coherent, self.twirl = program, network, coherent, twirl
        self.at: dict[Ion, int] = {}
        self.ops: list[CopyOp] = []
        self.line_of: list[int] = []
        self.final_measurements = dict.fromkeys(sorted(final_measurements(program)), 0.0)
        self.records: dict[int, int] = {}
        self._fault_sites: list[FaultSite[int]] = []

    def qpu_of(self, ion: Ion) -> QPU:
        """The QPU that an ion is part of, with its error rates."""
        return self.network.qpus[ion.qpu]

    def is_coherent(self, member: int) -> bool:
        """True if the copies of the member's line must stay qubits."""
        return self.line_of[member] in self.coherent

    def new_member(self, line: int) -> int:
        """A number for one more member of ``line``."""
        self.line_of.append(line)
        return len(self.line_of) - 1

    def add_error(self, members: tuple[int, ...], error: PauliError, condition_of: int | None = None) -> None:
        """``error`` may act on ``members`` now, if the condition of that operation holds."""
        if error.channel[0] < 1.0:
            self._fault_sites.append(FaultSite(len(self.ops), members, error, condition_of))

    def finished(self) -> CopyProgram:
        """All that was written."""
        return CopyProgram(
            program=self.program,
            ops=tuple(self.ops),
            fault_sites=tuple(self._fault_sites),
            line_of=tuple(self.line_of),
            final_measurements=self.final_measurements,
            records=self.records,
            coherent=self.coherent,
        )
