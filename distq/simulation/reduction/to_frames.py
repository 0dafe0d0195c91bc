"""A program on qubits and copies -> a program on qubits and classical bits. Exact.

With Pauli noise the members of a qubit's copy set are always in sum_x a_x |x>|x + f_1>|x + f_2>... : the first member
is the *reference* and carries the line, every other one is a classical bit f, its *frame*. Z on any member is Z on the
line; X on the reference is X on the line and a flip of all its frames; X on another member flips that member's frame. A
gate on members acts on the lines with operand i inverted if its frame is 1. When the reference leaves, another member
becomes it, after X on the line (and a flip of the other frames) if its frame is 1.

The copies of a coherent line are lines of their own, behind those of the program, which CX gates open and close.

**X-blocks.** In an X-block (:class:`distq.ir.program.XBlock`) copies follow operations that are not diagonal. Its home
is made the reference first. The home has gone through U = (what is left over of the operations so far) a, with a the
opening boundary, and the copies have not: the members are in U_home W U^-1 |line>, where W: |x> -> |x>|x + f_1>...
makes the copies.

- An error P on the home is U_home (U^-1 P U)_home W U^-1 |line>: P on the line and, if U^-1 P U is anti-diagonal, a
  flip of all frames of the copies. U Z U^-1 is +-X or +-Y after an even or odd number of operations (axis 0) or the
  other way round (axis 1). Where it is +-X, Z flips the frames and X does not; else both do.
- X on a copy flips its frame as ever; Z on a copy is U Z U^-1 on the line.
- An operation turns the copy by the value of the control there, the line by that of the control at the home: the frames
  of both go into the copy's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from distq.simulation.noise.overrotation import cx
from distq.simulation.noise.steps import FaultSite, KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.copy_program import Close, CopyOp, CopyProgram, Open
from distq.simulation.reduction.frame_program import (
    ChangeReference,
    FrameAction,
    FrameOp,
    FrameProgram,
    FrameSite,
    NewFrame,
    Operand,
    PauliActions,
    last_uses,
)
from distq.simulation.reduction.operations import Gate, Prepare

X = (0.0, 1.0, 1.0, 0.0)
NO_ACTION = FrameAction()


def to_frames(copies: CopyProgram) -> FrameProgram:
    """Replace every copy by a classical bit, or by a line of its own where it is coherent."""
    framing = _Framing(copies)
    sites = iter(copies.fault_sites)
    site = next(sites, None)
    for index, op in enumerate(copies.ops):
        while site is not None and site.position == index:
            framing.fault_site(site)
            site = next(sites, None)
        framing.step(op)
    while site is not None:
        framing.fault_site(site)
        site = next(sites, None)
    return FrameProgram(
        program=copies.program,
        ops=tuple(framing.ops),
        fault_sites=tuple(framing.sites),
        last_use=last_uses(framing.ops, framing.frames),
        final_measurements=copies.final_measurements,
        lines=framing.lines,
    )


@dataclass(slots=True)
class _OpenBlock:
    """An X-block under way: where its boundary acted, which operation ends it, and U Z U^-1: 0 for +-X, 1 for +-Y."""

    home: int
    closing: int
    axis: int


class _Framing:
    """Members, references, frames and lines so far.

    Attributes
    ----------
    blocks
        Per line in an X-block: the block.
    reference
        Per line: the member that carries it.
    members
        Per line: its members.
    frame
        Per member other than references: its frame.
    frames, lines
        How many there are so far.
    ops, sites
        What has been written.
    """

    def __init__(self, copies: CopyProgram) -> None:
        self.program = copies.program
        self.line_of, self.coherent = copies.line_of, copies.coherent
        self.records = copies.records
        self.record_members = frozenset(copies.records.values())
        self.blocks: dict[int, _OpenBlock] = {}
        self.reference: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.frame: dict[int, int] = {}
        self.frames = 0
        self.own_line: dict[int, int] = {}
        """Lines of coherent copies."""
        self.free_lines: list[int] = []
        self.lines = copies.program.num_qubits
        self.ops: list[FrameOp] = []
        self.sites: list[FrameSite] = []

    def step(self, op: CopyOp) -> None:
        """Write one op of the copy program."""
        match op:
            case Prepare(member):
                line = self.line_of[member]
                self.reference[line] = member
                self.members[line] = [member]
                self.ops.append(Prepare(line))
            case Open(member, root):
                self.open(member, root)
            case Close(member, root):
                self.close(member, root)
            case Gate():
                self.gate(op)
            case Rotation(members, angle, shares, condition_of):
                self.ops.append(Rotation(self.operands(members), angle, shares, condition_of))
            case LocalUnitary(member, matrix, shares, condition_of):
                self.ops.append(LocalUnitary(self.line(member), matrix, shares, condition_of))
            case Undo(operation, members, shares, condition_of):
                self.ops.append(Undo(operation, self.operands(members), shares, condition_of))
            case KrausNoise(member, operators, on, shares, traced):
                noise = KrausNoise(self.operand(member), operators, self.actions(on), shares, traced)
                self.ops.append(noise)
                if traced:
                    self.free_lines.append(self.own_line.pop(member))
            case _:
                assert_never(op)

    def fault_site(self, site: FaultSite[int]) -> None:
        """Write a place where a fault may happen."""
        actions = tuple([self.actions(member) for member in site.operands])
        self.sites.append(FaultSite(len(self.ops), actions, site.error, site.condition_of))

    def line(self, member: int) -> int:
        """The line that a member is on."""
        return self.own_line.get(member, self.line_of[member])

    def operand(self, member: int) -> Operand:
        """The line that a member is on, with its frame."""
        return Operand(self.own_line.get(member, self.line_of[member]), self.frame.get(member))

    def operands(self, members: tuple[int, ...]) -> tuple[Operand, ...]:
        """The same for several members."""
        return tuple([self.operand(member) for member in members])

    def gate(self, op: Gate[int]) -> None:
        """An operation of the program; it may begin or end an X-block."""
        if op.operation in self.records:
            (member,) = op.operands
            record = self.frame_of_record(self.records[op.operation])
            self.ops.append(Gate(op.operation, (Operand(self.line(member), record),)))
            return
        lines = tuple([self.line_of[member] for member in op.operands])
        operation = self.program.operations[op.operation]
        block = self.blocks.get(lines[0])
        if block is not None and op.operation == block.closing:
            del self.blocks[lines[0]]
        elif not operation.diagonal and len(self.members[lines[0]]) > 1 and lines[0] not in self.coherent:
            self.open_block(lines[0], op)
        self.ops.append(Gate(op.operation, self.operands(op.operands)))
        for line in lines if operation.diagonal else ():
            if line in self.blocks:
                self.blocks[line].axis ^= 1
        for follower in op.followers:
            self.follow(op.operands, follower)

    def open_block(self, line: int, op: Gate[int]) -> None:
        """An X-block begins at its home, which becomes the reference."""
        (home,) = op.operands
        block = self.program.x_blocks[op.operation]
        self.blocks[line] = _OpenBlock(home, block.closing, block.axis)
        former = self.reference[line]
        if former != home:
            self.new_frame(former, home)
            self.change_reference(line, home, former)

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
            self.ops.append(LocalUnitary(self.line(copy), X))

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
        """A record has a frame before its measurement only if a fault may hit it."""
        return self.frame[record] if record in self.frame else self.new_frame(record)

    def open(self, member: int, root: int) -> None:
        """A copy is a frame like its root's, or a line of its own that a CX opens."""
        line = self.line_of[member]
        self.members[line].append(member)
        if line not in self.coherent:
            self.new_frame(member, root)
            return
        if not self.free_lines:
            self.free_lines.append(self.lines)
            self.lines += 1
        self.own_line[member] = self.free_lines.pop()
        self.cx(root, member)

    def close(self, member: int, root: int) -> None:
        """A member leaves; if it is the reference, the root becomes it."""
        line = self.line_of[member]
        self.members[line].remove(member)
        if line in self.coherent:
            self.close_line(line, member, root)
        elif self.reference[line] != member:
            del self.frame[member]
        else:
            self.change_reference(line, root)

    def close_line(self, line: int, member: int, root: int) -> None:
        """A coherent member leaves; if it is on the program's line, it exchanges its state with the root first."""
        if self.reference[line] == member:
            for control, target in ((member, root), (root, member), (member, root)):
                self.cx(control, target)
            self.reference[line] = root
            self.own_line[member] = self.own_line.pop(root)
        self.cx(root, member)

    def cx(self, control: int, target: int) -> None:
        """A noiseless CX between members that are lines."""
        operands = {self.line(member): self.operand(member) for member in (control, target)}
        for step in cx(self.line(control), self.line(target)):
            match step:
                case Rotation(lines, angle):
                    self.ops.append(Rotation(tuple([operands[line] for line in lines]), angle))
                case LocalUnitary():
                    self.ops.append(step)

    def actions(self, member: int) -> PauliActions:
        """What X and Z on a member do to lines and frames."""
        if member in self.record_members:
            return PauliActions(FrameAction(frames=(self.frame_of_record(member),)), NO_ACTION)
        line = self.line_of[member]
        if line in self.coherent:
            mask = 1 << self.line(member)
            return PauliActions(FrameAction(x=mask), FrameAction(z=mask))
        mask, block = 1 << line, self.blocks.get(line)
        if member in self.frame:
            of_x = FrameAction(frames=(self.frame[member],))
            if block is None:
                return PauliActions(of_x, FrameAction(z=mask))
            return PauliActions(of_x, FrameAction(x=mask, z=mask if block.axis else 0))
        # A preparation is hit before its line has members.
        others = tuple([self.frame[m] for m in self.members.get(line, ()) if m != member])
        if block is None:
            return PauliActions(FrameAction(mask, 0, others), FrameAction(z=mask))
        return PauliActions(FrameAction(mask, 0, others if block.axis else ()), FrameAction(0, mask, others))
