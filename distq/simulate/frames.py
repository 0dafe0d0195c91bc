"""Copies as classical bits: the exact reduction of a :class:`~distq.simulate.copies.CopyProgram` to qubits alone.

With Pauli noise the members of a qubit's copy set are always in sum_x a_x |x>|x + f_1>|x + f_2>... : the first member
is the *reference* and carries the line, every other one is a classical bit f, its *frame*. Z on any member is Z on the
line; X on the reference is X on the line and a flip of all its frames; X on another member flips that member's frame. A
gate on members acts on the lines with operand i inverted if its frame is 1. When the reference leaves, another member
becomes it, after X on the line (and a flip of the other frames) if its frame is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from distq.program import Program
from distq.simulate.channels import Channel, Source
from distq.simulate.copies import Apply, Begin, Close, CopyProgram, Open


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
    """``frame`` comes to be, equal to ``source`` (0 if ``source`` is -1)."""

    frame: int
    source: int


@dataclass(frozen=True, slots=True)
class Regauge:
    """If ``frame`` is 1: X on ``line`` and a flip of the ``others``. ``frame`` is then gone."""

    line: int
    frame: int
    others: tuple[int, ...]


FrameOp: TypeAlias = Prepare | Gate | NewFrame | Regauge


@dataclass(frozen=True, slots=True)
class Target:
    """What a Pauli on one operand of a slot does: X flips ``frames`` and is X on ``x_line``, Z is Z on ``z_line``."""

    x_line: int
    z_line: int
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FrameSlot:
    """A place where a fault may happen, just before ``ops[position]``; see :class:`distq.simulate.copies.Slot`."""

    position: int
    targets: tuple[Target, ...]
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
        What is executed. Its lines are the qubits.
    ops, slots
        Noiseless operations in order; faults by position.
    last_use
        Per frame: index of the last op that its value matters to; -1 if none.
    final_measurements
        The program's measurements left out: index -> probability of a wrong bit.
    """

    program: Program
    ops: tuple[FrameOp, ...]
    slots: tuple[FrameSlot, ...]
    last_use: tuple[int, ...]
    final_measurements: dict[int, float]

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


def to_frames(reduced: CopyProgram) -> FrameProgram:
    """Replace every copy by a classical bit."""
    framing = _Framing(reduced)
    slots = iter((*reduced.slots, None))
    slot = next(slots)
    for index, op in enumerate(reduced.ops):
        while slot is not None and slot.position == index:
            framing.slot(slot.members, slot.channel, slot.source, slot.when, slot.wait)
            slot = next(slots)
        match op:
            case Begin(line, member):
                framing.reference[line] = member
                framing.members[line] = [member]
                framing.ops.append(Prepare(line))
            case Open(member, root):
                framing.open(member, root)
            case Close(member, root):
                framing.close(member, root)
            case Apply(operation, members, record):
                lines = tuple([reduced.line_of[m] for m in members])
                frames = tuple([framing.frame.get(m, -1) for m in members])
                framing.ops.append(Gate(operation, lines, frames if record < 0 else (framing.frame_of_record(record),)))
    while slot is not None:
        framing.slot(slot.members, slot.channel, slot.source, slot.when, slot.wait)
        slot = next(slots)
    last_use = _last_uses(framing.ops, framing.frames)
    return FrameProgram(reduced.program, tuple(framing.ops), tuple(framing.slots), last_use, reduced.final_measurements)


class _Framing:
    """Members, references and frames so far."""

    def __init__(self, reduced: CopyProgram) -> None:
        self.line_of = reduced.line_of
        self.reference: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.frame: dict[int, int] = {}
        self.frames = 0
        self.ops: list[FrameOp] = []
        self.slots: list[FrameSlot] = []

    def new_frame(self, member: int, source: int) -> int:
        self.frame[member] = self.frames
        self.frames += 1
        self.ops.append(NewFrame(self.frame[member], source))
        return self.frame[member]

    def frame_of_record(self, record: int) -> int:
        """A record's frame exists only if its measurement has a slot."""
        return self.frame[record] if record in self.frame else self.new_frame(record, -1)

    def open(self, member: int, root: int) -> None:
        self.members[self.line_of[member]].append(member)
        self.new_frame(member, self.frame.get(root, -1))

    def close(self, member: int, root: int) -> None:
        line = self.line_of[member]
        self.members[line].remove(member)
        if self.reference[line] != member:
            del self.frame[member]
            return
        self.reference[line] = root
        frame = self.frame.pop(root)
        others = tuple([self.frame[m] for m in self.members[line] if m != root])
        self.ops.append(Regauge(line, frame, others))

    def slot(self, members: tuple[int, ...], channel: Channel, source: Source, when: int, wait: int) -> None:
        targets = tuple([self.target(m) for m in members])
        self.slots.append(FrameSlot(len(self.ops), targets, channel, source, when, wait))

    def target(self, member: int) -> Target:
        line = self.line_of[member]
        if line < 0:
            return Target(-1, -1, (self.frame_of_record(member),))
        if member in self.frame:
            return Target(-1, line, (self.frame[member],))
        if line not in self.members:  # the preparation, before its line begins
            return Target(line, line, ())
        return Target(line, line, tuple([self.frame[m] for m in self.members[line] if m != member]))


def _last_uses(ops: list[FrameOp], frames: int) -> tuple[int, ...]:
    last = [-1] * frames
    for index in range(len(ops) - 1, -1, -1):
        op = ops[index]
        match op:
            case Gate(_, _, used):
                pass
            case Regauge(_, frame):
                used = (frame,)
            case NewFrame(frame, source):
                used = (source,) if last[frame] >= 0 else ()
            case _:
                used = ()
        for frame in used:
            if frame >= 0 and last[frame] < 0:
                last[frame] = index
    return tuple(last)
