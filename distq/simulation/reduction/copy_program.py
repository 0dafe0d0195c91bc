"""A noisy execution, reduced to qubits and their live copies: what :mod:`distq.simulation.reduction.to_copies`
makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from distq.ir.program import Kind, Program
from distq.simulation.noise.kraus import Entries, KrausOperator
from distq.simulation.noise.pauli_channels import Channel, Shares, Source


@dataclass(frozen=True, slots=True)
class Begin:
    """``member``, in |0>, becomes the first member of ``line``; the input state is prepared on it."""

    line: int
    member: int


@dataclass(frozen=True, slots=True)
class Open:
    """``member``, in |0>, becomes a copy: CX from ``root``."""

    member: int
    root: int


@dataclass(frozen=True, slots=True)
class Close:
    """``member`` leaves: CX from ``root`` takes it back to |0>.

    Coherent copies only: ``choices`` are then the Kraus operators of its measurement, with a Pauli on the root.
    """

    member: int
    root: int
    choices: tuple[KrausOperator, ...] = ()
    shares: Shares = ()


@dataclass(frozen=True, slots=True)
class Apply:
    """Operation ``operation`` of the program on ``members``. ``record`` (MEASURE only) stands for the bit written.

    Copies follow as :class:`distq.ir.events.Execute` says: CX on (control, copy), X on (copy,).
    """

    operation: int
    members: tuple[int, ...]
    record: int = -1
    followers: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Noise: exp(-i ``angle``/2 Z x ... x Z) on ``members``, with ``when`` only if that operation's condition holds."""

    members: tuple[int, ...]
    angle: float
    source: Source
    when: int = -1


@dataclass(frozen=True, slots=True)
class Drive:
    """Noise: a 2x2 unitary on ``member``, which has no copies or coherent ones."""

    member: int
    matrix: Entries
    source: Source
    when: int = -1


@dataclass(frozen=True, slots=True)
class Undo:
    """Noise: the inverse of the diagonal operation ``operation`` on ``members``."""

    operation: int
    members: tuple[int, ...]
    source: Source
    when: int = -1


@dataclass(frozen=True, slots=True)
class Mix:
    """Noise: Kraus operators on ``member``, each with a Pauli on it. Diagonal, if the copies are not coherent."""

    member: int
    choices: tuple[KrausOperator, ...]
    shares: Shares


CopyOp: TypeAlias = Begin | Open | Close | Apply | Turn | Drive | Undo | Mix


@dataclass(frozen=True, slots=True)
class FaultSite:
    """A place where a fault may happen: ``channel`` on ``members``, just before ``ops[position]``.

    With ``when`` >= 0 only if the condition of that operation of the program holds. ``wait`` is the column of
    :class:`distq.simulation.noise.waiting.IdleTimes` that the chance of a Z follows from, -1 if it is the same in all
    schedules; ``channel`` then has its mean.
    """

    position: int
    members: tuple[int, ...]
    channel: Channel
    source: Source
    when: int = -1
    wait: int = -1


@dataclass(frozen=True)
class CopyProgram:
    """A noisy execution, reduced to qubits and their copies.

    Attributes
    ----------
    program
        What is executed.
    ops
        Noiseless operations, in order.
    fault_sites
        Faults, by position.
    line_of
        Per member: its line; -1 for the record of a measurement, whose X is a wrong bit.
    final_measurements
        The program's measurements left out because nothing follows them: index -> probability of a wrong bit.
    coherent
        Lines whose copies must stay qubits.
    """

    program: Program
    ops: tuple[CopyOp, ...]
    fault_sites: tuple[FaultSite, ...]
    line_of: tuple[int, ...]
    final_measurements: dict[int, float]
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
