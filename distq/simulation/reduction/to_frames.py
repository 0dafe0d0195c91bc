"""Copies as classical bits: the exact reduction of a :class:`~distq.simulation.reduction.copy_program.CopyProgram` to
qubits alone.

With Pauli noise the members of a qubit's copy set are always in sum_x a_x |x>|x + f_1>|x + f_2>... : the first member
is the *reference* and carries the line, every other one is a classical bit f, its *frame*. Z on any member is Z on the
line; X on the reference is X on the line and a flip of all its frames; X on another member flips that member's frame. A
gate on members acts on the lines with operand i inverted if its frame is 1. When the reference leaves, another member
becomes it, after X on the line (and a flip of the other frames) if its frame is 1.

The copies of a coherent line are lines of their own, behind those of the program, which CX gates open and close.

**X-blocks.** The home of a held qubit, made the reference first, has gone through U = (what is left over of the
operations so far) a, with a the opening boundary, and the copies have not: the members are in U_home W U^-1 |line> with
W: |x> -> |x>|x + f_1>... the copying. An error P on the home is U_home (U^-1 P U)_home W U^-1 |line>. So it is P on the
line and, if U^-1 P U is anti-diagonal, a flip of all frames of the copies. U Z U^-1 is +-X or +-Y after an even or odd
number of operations (axis 0) or the other way round (axis 1). So where it is +-X, Z flips the frames and X does not;
else both do. X on a copy flips its frame as ever; Z on a copy is U Z U^-1 on the line. An operation turns the copy by
the value of the control there, the line by that of the control at the home: both their frames go into the copy's.
"""

from __future__ import annotations

from dataclasses import dataclass

from distq.simulation.noise import kraus
from distq.simulation.noise.kraus import KrausOperator
from distq.simulation.noise.pauli_channels import Channel, Shares, Source
from distq.simulation.reduction.copy_program import (
    Apply,
    Begin,
    Close,
    CopyOp,
    CopyProgram,
    Drive,
    Mix,
    Open,
    Turn,
)
from distq.simulation.reduction.copy_program import Undo as CopyUndo
from distq.simulation.reduction.frame_program import (
    ChangeReference,
    FrameFaultSite,
    FrameOp,
    FrameProgram,
    Gate,
    KrausNoise,
    LocalUnitary,
    NewFrame,
    PauliAction,
    Prepare,
    Rotation,
    Undo,
)


def to_frames(reduced: CopyProgram) -> FrameProgram:
    """Replace every copy by a classical bit, or by a line of its own where it is coherent."""
    framing = _Framing(reduced)
    slots = iter((*reduced.fault_sites, None))
    slot = next(slots)
    for index, op in enumerate(reduced.ops):
        while slot is not None and slot.position == index:
            framing.slot(slot.members, slot.channel, slot.source, slot.when, slot.wait)
            slot = next(slots)
        framing.step(op)
    while slot is not None:
        framing.slot(slot.members, slot.channel, slot.source, slot.when, slot.wait)
        slot = next(slots)
    return FrameProgram(
        program=reduced.program,
        ops=tuple(framing.ops),
        fault_sites=tuple(framing.slots),
        last_use=_last_uses(framing.ops, framing.frames),
        final_measurements=reduced.final_measurements,
        lines=framing.lines,
    )


@dataclass(slots=True)
class _Hold:
    """An X-block under way: where the boundary acted, which one ends it, and whether U Z U^-1 is +-Y."""

    home: int
    closing: int
    odd: int


class _Framing:
    """Members, references, frames and lines so far."""

    def __init__(self, reduced: CopyProgram) -> None:
        self.program = reduced.program
        self.line_of, self.coherent = reduced.line_of, reduced.coherent
        self.held: dict[int, _Hold] = {}
        self.reference: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.frame: dict[int, int] = {}
        self.frames = 0
        self.own: dict[int, int] = {}
        """Lines of coherent copies."""
        self.free: list[int] = []
        self.lines = reduced.program.num_qubits
        self.ops: list[FrameOp] = []
        self.slots: list[FrameFaultSite] = []

    def step(self, op: CopyOp) -> None:
        match op:
            case Begin(line, member):
                self.reference[line] = member
                self.members[line] = [member]
                self.ops.append(Prepare(line))
            case Open(member, root):
                self.open(member, root)
            case Close(member, root, choices, shares):
                if self.line_of[member] in self.coherent:
                    self.close_line(member, root, choices, shares)
                else:
                    self.close(member, root)
            case Apply():
                self.apply(op)
            case Turn(members, angle, source, when):
                self.ops.append(Rotation(*self.operands(members), angle, ((source, 1.0),), when))
            case Drive(member, matrix, source, when):
                self.ops.append(LocalUnitary(self.line(member), matrix, ((source, 1.0),), when))
            case CopyUndo(operation, members, source, when):
                self.ops.append(Undo(operation, *self.operands(members), ((source, 1.0),), when))
            case Mix(member, choices, shares):
                frame = self.frame.get(member, -1)
                self.ops.append(KrausNoise(self.line(member), frame, choices, self.target(member), shares))

    def line(self, member: int) -> int:
        return self.own.get(member, self.line_of[member])

    def operands(self, members: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return tuple([self.line(m) for m in members]), tuple([self.frame.get(m, -1) for m in members])

    def apply(self, op: Apply) -> None:
        if op.record >= 0:
            record = (self.frame_of_record(op.record),)
            self.ops.append(Gate(op.operation, self.operands(op.members)[0], record))
            return
        lines = tuple([self.line_of[m] for m in op.members])
        operation = self.program.operations[op.operation]
        hold = self.held.get(lines[0])
        if hold is not None and op.operation == hold.closing:
            del self.held[lines[0]]
        elif not operation.diagonal and len(self.members[lines[0]]) > 1 and lines[0] not in self.coherent:
            self.hold(lines[0], op)
        self.ops.append(Gate(op.operation, *self.operands(op.members)))
        for line in lines if operation.diagonal else ():
            if line in self.held:
                self.held[line].odd ^= 1
        for follower in op.followers:
            self.follow(op.members, follower)

    def follow(self, members: tuple[int, ...], follower: tuple[int, ...]) -> None:
        """A copy follows an operation on ``members`` by a CX from its control there or, at the end, by an X."""
        *controls, copy = follower
        line = self.line_of[copy]
        if line not in self.coherent:
            if controls:  # an X that every member has is one on the line
                self.new_frame(copy, copy, *controls, *[m for m in members if self.line_of[m] != line])
        elif controls:
            self.cx(controls[0], copy)
        else:
            self.ops.append(LocalUnitary(self.line(copy), (0.0, 1.0, 1.0, 0.0), ()))

    def hold(self, line: int, op: Apply) -> None:
        """An X-block begins at its home, which becomes the reference."""
        (home,) = op.members
        block = self.program.x_blocks[op.operation]
        self.held[line] = _Hold(home, block.closing, block.axis)
        former = self.reference[line]
        if former != home:
            self.new_frame(former, home)
            self.change_reference(line, home, former)

    def change_reference(self, line: int, reference: int, *but: int) -> None:
        """Make another member the reference; the frames of the others, ``but`` some, are relative to it from now on."""
        self.reference[line] = reference
        frame = self.frame.pop(reference)
        others = tuple([self.frame[m] for m in self.members[line] if m != reference and m not in but])
        self.ops.append(ChangeReference(line, frame, others))

    def new_frame(self, member: int, *sources: int) -> int:
        """A new frame of ``member``: the parity of those that ``sources`` have now."""
        parity = tuple([self.frame[m] for m in sources if m in self.frame])
        self.frame[member] = self.frames
        self.frames += 1
        self.ops.append(NewFrame(self.frame[member], parity))
        return self.frame[member]

    def frame_of_record(self, record: int) -> int:
        """A record's frame exists only if its measurement has a slot."""
        return self.frame[record] if record in self.frame else self.new_frame(record)

    def open(self, member: int, root: int) -> None:
        line = self.line_of[member]
        self.members[line].append(member)
        if line not in self.coherent:
            self.new_frame(member, root)
            return
        if not self.free:
            self.free.append(self.lines)
            self.lines += 1
        self.own[member] = self.free.pop()
        self.cx(root, member)

    def close(self, member: int, root: int) -> None:
        line = self.line_of[member]
        self.members[line].remove(member)
        if self.reference[line] != member:
            del self.frame[member]
            return
        self.change_reference(line, root)

    def close_line(self, member: int, root: int, choices: tuple[KrausOperator, ...], shares: Shares) -> None:
        """A member that leaves its line to the root exchanges its state with it first."""
        line = self.line_of[member]
        self.members[line].remove(member)
        if self.reference[line] == member:
            for control, target in ((member, root), (root, member), (member, root)):
                self.cx(control, target)
            self.reference[line] = root
            self.own[member] = self.own.pop(root)
        self.cx(root, member)
        self.ops.append(KrausNoise(self.own[member], -1, choices, self.target(root), shares, traced=True))
        self.free.append(self.own.pop(member))

    def cx(self, control: int, target: int) -> None:
        frame_of = {self.line(m): self.frame.get(m, -1) for m in (control, target)}
        for step in kraus.cx(self.line(control), self.line(target)):
            match step:
                case kraus.Turned(lines, angle):
                    self.ops.append(Rotation(lines, tuple([frame_of[line] for line in lines]), angle, ()))
                case kraus.Driven(line, matrix):
                    self.ops.append(LocalUnitary(line, matrix, ()))

    def slot(self, members: tuple[int, ...], channel: Channel, source: Source, when: int, wait: int) -> None:
        targets = tuple([self.target(m) for m in members])
        self.slots.append(FrameFaultSite(len(self.ops), targets, channel, source, when, wait))

    def target(self, member: int) -> PauliAction:
        line = self.line_of[member]
        if line < 0:
            return PauliAction(-1, -1, (self.frame_of_record(member),))
        if line in self.coherent:
            return PauliAction(self.line(member), self.line(member), ())
        hold = self.held.get(line)
        if member in self.frame:
            if hold is None:
                return PauliAction(-1, line, (self.frame[member],))
            return PauliAction(-1, line if hold.odd else -1, (self.frame[member],), zx_line=line)
        if line not in self.members:  # the preparation, before its line begins
            return PauliAction(line, line, ())
        others = tuple([self.frame[m] for m in self.members[line] if m != member])
        if hold is None:
            return PauliAction(line, line, others)
        return PauliAction(line, line, others if hold.odd else (), z_frames=others)


def _last_uses(ops: list[FrameOp], frames: int) -> tuple[int, ...]:
    last = [-1] * frames
    for index in range(len(ops) - 1, -1, -1):
        op = ops[index]
        match op:
            case Gate(_, _, used) | Rotation(_, used) | Undo(_, _, used):
                pass
            case ChangeReference(_, frame) | KrausNoise(_, frame):
                used = (frame,)
            case NewFrame(frame, sources):
                used = sources if last[frame] >= 0 else ()
            case _:
                used = ()
        for frame in used:
            if frame >= 0 and last[frame] < 0:
                last[frame] = index
    return tuple(last)
