"""A noisy execution, reduced to qubits and their live copies.

:mod:`distq.simulation.reduction.to_copies` makes it. A *member* is one of the ions that hold a qubit of the program, or
a copy of it, by a number of its own; a *line* is a qubit of the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from distq.ir.program import Kind, Program
from distq.simulation.noise.steps import FaultSite, KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.operations import Gate, Prepare


@dataclass(frozen=True, slots=True)
class Open:
    """``member``, in |0>, becomes a copy: CX from ``root``."""

    member: int
    root: int


@dataclass(frozen=True, slots=True)
class Close:
    """``member`` leaves: CX from ``root`` takes it back to |0>.

    If its line is coherent, the noise of its measurement, a :class:`KrausNoise` that is ``traced``, comes next.
    """

    member: int
    root: int


CopyOp: TypeAlias = Prepare | Open | Close | Gate[int] | Rotation[int] | LocalUnitary | Undo[int] | KrausNoise[int, int]
"""Operands are members."""


@dataclass(frozen=True)
class CopyProgram:
    """A noisy execution, reduced to qubits and their copies.

    Attributes
    ----------
    program
        What is executed.
    ops
        Operations in order, and noise that is no Pauli channel.
    fault_sites
        Where Pauli channels act, by position.
    line_of
        Per member: its line.
    final_measurements
        The program's measurements left out because nothing follows them: index -> probability of a wrong bit.
    records
        The program's other measurements: index -> a member that stands for the bit written. An X on it is a wrong bit.
    coherent
        Lines whose copies must stay qubits.
    """

    program: Program
    ops: tuple[CopyOp, ...]
    fault_sites: tuple[FaultSite[int], ...]
    line_of: tuple[int, ...]
    final_measurements: dict[int, float]
    records: dict[int, int] = field(default_factory=dict)
    coherent: frozenset[int] = frozenset()

    @property
    def unitary(self) -> bool:
        """True if the program measures only at its end, resets nothing and depends on no classical bit."""
        return all(
            op.condition is None and (op.kind < Kind.MEASURE or index in self.final_measurements)
            for index, op in enumerate(self.program.operations)
        )

    @property
    def peak_copies(self) -> int:
        """The largest number of members alive at once beyond one per line."""
        live = peak = 0
        for op in self.ops:
            live += isinstance(op, Open) - isinstance(op, Close)
            peak = max(peak, live)
        return peak
