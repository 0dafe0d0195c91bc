"""A noisy execution on qubits alone, with classical bits (*frames*) in place of copies.

:mod:`distq.simulation.reduction.to_frames` makes it. A *line* is a qubit of the program, or a coherent copy that stays
a qubit.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from distq.ir.program import Program
from distq.simulation.noise import kraus
from distq.simulation.noise.sources import Source
from distq.simulation.noise.steps import FaultSite, KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.operations import Gate, Prepare

UNUSED = -1
"""Stands in :attr:`FrameProgram.last_use` for a frame whose value never matters."""


class Operand(NamedTuple):
    """A line as an operand, inverted if the bit ``frame`` is 1 (None: never)."""

    line: int
    frame: int | None = None


def line_mask(operands: Iterable[Operand]) -> int:
    """Bit mask of the lines of operands."""
    return sum([1 << operand.line for operand in operands])


class FrameAction(NamedTuple):
    """Z on the lines of bit mask ``z``, then X on those of bit mask ``x``, and a flip of ``frames``."""

    x: int = 0
    z: int = 0
    frames: tuple[int, ...] = ()


class PauliActions(NamedTuple):
    """What X and Z on one operand of a fault site do."""

    of_x: FrameAction
    of_z: FrameAction


@dataclass(frozen=True, slots=True)
class NewFrame:
    """``frame`` comes to be: the parity of ``sources``."""

    frame: int
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChangeReference:
    """If ``frame`` is 1: X on ``line`` and a flip of the ``others``. ``frame`` is then gone."""

    line: int
    frame: int
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Noise that is switched off."""


FrameNoise: TypeAlias = Rotation[Operand] | LocalUnitary | Undo[Operand] | KrausNoise[Operand, PauliActions]
FrameOp: TypeAlias = Prepare | Gate[Operand] | NewFrame | ChangeReference | FrameNoise | SwitchedOff
FrameSite: TypeAlias = FaultSite[PauliActions]

NOISE = (Rotation, LocalUnitary, Undo, KrausNoise, SwitchedOff)


@dataclass(frozen=True)
class FrameProgram:
    """A noisy execution on qubits alone, with frames.

    Attributes
    ----------
    program
        What is executed.
    ops
        Operations in order, and noise that is no Pauli channel.
    fault_sites
        Where Pauli channels act, by position.
    lines
        Qubits: those of the program, and those of coherent copies, which are |0> while not in use.
    last_use
        Per frame: index of the last op that its value matters to, or UNUSED.
    final_measurements
        The program's measurements left out: index -> probability of a wrong bit.
    """

    program: Program
    ops: tuple[FrameOp, ...]
    fault_sites: tuple[FrameSite, ...]
    last_use: tuple[int, ...]
    final_measurements: dict[int, float]
    lines: int

    @property
    def has_non_pauli_noise(self) -> bool:
        """True if some noise is no Pauli channel, even where it is switched off."""
        return any(isinstance(op, NOISE) for op in self.ops)

    @property
    def pauli_sources(self) -> frozenset[Source]:
        """Sources of Pauli channels."""
        return frozenset([site.error.source for site in self.fault_sites])

    @property
    def non_pauli_sources(self) -> frozenset[Source]:
        """Sources of noise that is no Pauli channel."""
        shares = [op.shares for op in self.ops if isinstance(op, Rotation | LocalUnitary | Undo | KrausNoise)]
        return frozenset([source for share in shares for source, _ in share])

    def only(self, sources: Container[Source]) -> FrameProgram:
        """The program with the noise of these sources alone."""
        ops = tuple([_only(op, sources) for op in self.ops])
        return replace(self, ops=ops, fault_sites=tuple([s for s in self.fault_sites if s.error.source in sources]))

    @property
    def peak_frames(self) -> int:
        """The largest number of frames whose value matters at once."""
        ends = set(self.last_use)
        live: set[int] = set()
        peak = 0
        for index, op in enumerate(self.ops):
            if isinstance(op, NewFrame) and self.last_use[op.frame] != UNUSED:
                live.add(op.frame)
                peak = max(peak, len(live))
            if index in ends:
                live = {f for f in live if self.last_use[f] > index}
        return peak


def _only(op: FrameOp, sources: Container[Source]) -> FrameOp:
    """The op, or what is left of it without the noise of other sources."""
    if not isinstance(op, Rotation | LocalUnitary | Undo | KrausNoise) or not op.shares:
        return op
    if any(source in sources for source, _ in op.shares):
        return op
    if isinstance(op, KrausNoise) and op.traced:
        return replace(op, operators=kraus.copy_measurement(0.0, 0.0))
    return SwitchedOff()


def last_uses(ops: Sequence[FrameOp], frames: int) -> tuple[int, ...]:
    """Per frame, of which there are ``frames``: index of the last op that its value matters to, or UNUSED."""
    last = [UNUSED] * frames
    for index in range(len(ops) - 1, -1, -1):
        for frame in _frames_read(ops[index], last):
            if last[frame] == UNUSED:
                last[frame] = index
    return tuple(last)


def _frames_read(op: FrameOp, last: list[int]) -> tuple[int, ...]:
    """Frames whose value matters to an op, given the ``last`` uses after it."""
    match op:
        case Gate(_, operands) | Rotation(operands) | Undo(_, operands):
            return tuple([frame for _, frame in operands if frame is not None])
        case KrausNoise(Operand(_, frame)):
            return () if frame is None else (frame,)
        case ChangeReference(_, frame):
            return (frame,)
        case NewFrame(frame, sources):
            return sources if last[frame] != UNUSED else ()
        case _:
            return ()
