"""A noisy execution on qubits alone, with bits in place of copies: what :mod:`distq.simulation.reduction.to_frames`
makes."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import TypeAlias

from distq.ir.program import Program
from distq.simulation.noise import kraus
from distq.simulation.noise.kraus import Entries, KrausOperator
from distq.simulation.noise.pauli_channels import Channel, Shares, Source


@dataclass(frozen=True, slots=True)
class Prepare:
    """The input state is made on ``line``, which is |0>."""

    line: int


@dataclass(frozen=True, slots=True)
class Gate:
    """Operation ``operation`` of the program on ``lines``; operand i is inverted if ``frames[i]`` is 1 (-1: none).

    For a measurement the frame inverts the bit that is written.
    """

    operation: int
    lines: tuple[int, ...]
    frames: tuple[int, ...]


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
class Rotation:
    """Noise: exp(-i ``angle``/2 Z x ... x Z) on ``lines``, operands inverted as those of a :class:`Gate`.

    It is there only if the condition of operation ``when`` holds (-1: always). ``shares`` says who is to blame, of this
    and all other noise; nobody, if it is part of the protocol.
    """

    lines: tuple[int, ...]
    frames: tuple[int, ...]
    angle: float
    shares: Shares
    when: int = -1


@dataclass(frozen=True, slots=True)
class LocalUnitary:
    """Noise: a 2x2 unitary on ``line``."""

    line: int
    matrix: Entries
    shares: Shares
    when: int = -1


@dataclass(frozen=True, slots=True)
class Undo:
    """Noise: the inverse of the diagonal operation ``operation``, as in :class:`Gate`."""

    operation: int
    lines: tuple[int, ...]
    frames: tuple[int, ...]
    shares: Shares
    when: int = -1


@dataclass(frozen=True, slots=True)
class KrausNoise:
    """Noise: one of the Kraus operators ``choices`` on ``line``, and its Pauli on ``target``.

    If ``frame`` (-1: none) is 1, ``line`` is inverted; all operators are then diagonal. With ``traced`` the line is a
    copy that leaves: it is |0> afterwards, and no operator is much more likely than the others.
    """

    line: int
    frame: int
    choices: tuple[KrausOperator, ...]
    target: PauliAction
    shares: Shares
    traced: bool = False


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Noise that is switched off."""


FrameOp: TypeAlias = (
    Prepare | Gate | NewFrame | ChangeReference | Rotation | LocalUnitary | Undo | KrausNoise | SwitchedOff
)
NOISE = (Rotation, LocalUnitary, Undo, KrausNoise, SwitchedOff)


@dataclass(frozen=True, slots=True)
class PauliAction:
    """What a Pauli on one operand of a slot does.

    X is X on ``x_line`` and flips ``frames``. Z is Z on ``z_line``, X on ``zx_line``, and flips ``z_frames``.
    """

    x_line: int
    z_line: int
    frames: tuple[int, ...]
    zx_line: int = -1
    z_frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameFaultSite:
    """A place where a fault may happen, just before ``ops[position]``; as
    :class:`distq.simulation.reduction.copy_program.FaultSite`."""

    position: int
    targets: tuple[PauliAction, ...]
    channel: Channel
    source: Source
    when: int
    wait: int = -1


@dataclass(frozen=True)
class FrameProgram:
    """A noisy execution on qubits alone, with frames.

    Attributes
    ----------
    program
        What is executed.
    ops, fault_sites
        Operations in order, and noise that is no Pauli channel; faults by position.
    lines
        Qubits: those of the program, and those of coherent copies, which are |0> while not in use.
    last_use
        Per frame: index of the last op that its value matters to; -1 if none.
    final_measurements
        The program's measurements left out: index -> probability of a wrong bit.
    """

    program: Program
    ops: tuple[FrameOp, ...]
    fault_sites: tuple[FrameFaultSite, ...]
    last_use: tuple[int, ...]
    final_measurements: dict[int, float]
    lines: int

    @property
    def has_non_pauli_noise(self) -> bool:
        """True if some noise is no Pauli channel."""
        return any(isinstance(op, NOISE) for op in self.ops)

    def only(self, sources: Container[Source]) -> FrameProgram:
        """The program with the noise of these sources alone."""
        ops = tuple([_only(op, sources) for op in self.ops])
        return replace(self, ops=ops, fault_sites=tuple([slot for slot in self.fault_sites if slot.source in sources]))

    @property
    def peak_frames(self) -> int:
        """The largest number of frames whose value matters at once."""
        ends = set(self.last_use)
        live: set[int] = set()
        peak = 0
        for index, op in enumerate(self.ops):
            if isinstance(op, NewFrame) and self.last_use[op.frame] >= 0:
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
    return replace(op, choices=kraus.recorded(0.0, 0.0)) if isinstance(op, KrausNoise) and op.traced else SwitchedOff()
