"""Which copies are kept through an X-block while a placement is turned into a plan.

An X-block turns its qubit between Z and X, which normally ends all copies: they are closed before it and opened again
after it. It can be *embedded* instead: the copies stay open, and every gate of the block is done to each of them too,
which needs copies of the controls at their QPUs. The literature calls this H-type embedding (J.-Y. Wu et al.,
arXiv:2212.12688 (2022); pytket-dqc has it too). :class:`distq.ir.program.XBlock` says why it is valid.

A copy without a use left in its segment may have one after the X-block that ends the segment, or after several in a
row. It is then kept as long as memory allows. When the block begins, embedding it is compared with closing the copies:
both cost Bell pairs for the controls, closing also for the copies that are opened again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from distq.ir.program import Program, XBlock
from distq.planning.realise.next_use import NEVER, NextUses
from distq.planning.realise.placement import HomeMove


@dataclass(frozen=True, slots=True)
class Embedding:
    """An X-block under way that copies of its qubit at ``qpus`` stay open through."""

    block: XBlock
    qpus: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CopySets:
    """Where the members of every qubit are, in the plan under construction; its values change with the plan.

    Attributes
    ----------
    home, members
        Per qubit: QPU of its home, QPUs with a member.
    next_uses
        What members are still needed for.
    """

    home: list[int]
    members: list[list[int]]
    next_uses: NextUses


class _Control(NamedTuple):
    """The control of an operation of an X-block: its qubit and segment, and the operation's index."""

    qubit: int
    segment: int
    operation: int


class EmbeddingChooser:
    """Decides which X-blocks of a placement are embedded, as the plan is constructed.

    Attributes
    ----------
    position
        Per operation: its place in the order. Empty if nothing is to be embedded.
    target_of
        Operations of the X-blocks embedded so far: operation -> target qubit.
    found_use_beyond
        True once a copy without a use in its segment had one beyond X-blocks.
    """

    def __init__(
        self,
        program: Program,
        order: Sequence[int],
        sites: Sequence[int],
        moves: Sequence[HomeMove],
        copy_sets: CopySets,
        reach: int,
    ) -> None:
        """``order``, ``sites`` and ``moves`` are the placement's; copies may pass ``reach`` X-blocks in a row."""
        self.program, self.sites, self.moves, self.copy_sets = program, sites, moves, copy_sets
        self.blocks = program.x_blocks if reach else {}
        self.segments_beyond = _segments_beyond(program, reach) if reach else {}
        self.position = {operation: i for i, operation in enumerate(order)} if reach else {}
        self.target_of: dict[int, int] = {}
        self.found_use_beyond = False

    def use_beyond(self, segment: int, qpu: int) -> int:
        """Position of the next use of a copy beyond the X-blocks that end ``segment``; NEVER if there is none."""
        for later in self.segments_beyond.get(segment, ()):
            use = self.copy_sets.next_uses.next(later, qpu)
            if use != NEVER:
                self.found_use_beyond = True
                return use
        return NEVER

    def choose(self, opening: int, qubit: int) -> Embedding | None:
        """The copies of ``qubit`` to keep through the X-block that ``opening`` begins; None if closing all costs less.

        A copy is kept if it has a use after the block and every control has a member at its QPU, or will have one there
        in its segment anyway. All operations of the block then run at the home of ``qubit``.
        """
        sets, block = self.copy_sets, self.blocks.get(opening)
        if block is None or len(sets.members[qubit]) < 2 or self._home_moves_within(block):
            return None
        if any(operation in self.target_of for operation in block.operations):
            return None  # the control's own block is embedded
        segment, home = sets.next_uses.segment[qubit], sets.home[qubit]
        controls = [_Control(*control_of(self.program, i, qubit), i) for i in block.operations]
        inside = {self.position[i] for i in block.operations}

        def missing(copies: set[tuple[int, int, int]]) -> int:
            """How many of these copies, each (qubit, segment, QPU), the block alone would need opened."""
            return sum(not self._present(*copy, inside) for copy in copies)

        kept = [
            s
            for s in sets.members[qubit]
            if s != home
            and self.use_beyond(segment, s) != NEVER
            and not missing({(c.qubit, c.segment, s) for c in controls})
        ]
        sites = {self.sites[i] for i in block.operations} - {home}
        pairs_closed = len(sites) + missing({(c.qubit, c.segment, self.sites[c.operation]) for c in controls})
        pairs_embedded = missing({(c.qubit, c.segment, home) for c in controls}) - len(kept)
        return Embedding(block, tuple(kept)) if kept and pairs_embedded < pairs_closed else None

    def _home_moves_within(self, block: XBlock) -> bool:
        begin = bisect_right(self.moves, self.position[block.opening], key=lambda move: move.position)
        end = bisect_right(self.moves, self.position[block.closing], key=lambda move: move.position)
        return any(move.qubit == block.qubit for move in self.moves[begin:end])

    def _present(self, qubit: int, segment: int, qpu: int, inside: set[int]) -> bool:
        """True if ``qubit`` has a member at ``qpu`` in ``segment``, or needs one for uses elsewhere than ``inside``."""
        sets = self.copy_sets
        if sets.home[qubit] == qpu or (sets.next_uses.segment[qubit] == segment and qpu in sets.members[qubit]):
            return True
        return any(position not in inside for position in sets.next_uses.positions.get((segment, qpu), ()))


def operands(program: Program, operation: int) -> list[tuple[int, int]]:
    """Qubits of a diagonal operation, each with its segment."""
    return list(zip(program.operations[operation].qubits, program.segment_ids[operation], strict=True))


def control_of(program: Program, operation: int, target: int) -> tuple[int, int]:
    """The other qubit of an operation of an X-block onto ``target``, and its segment."""
    return next((q, e) for q, e in operands(program, operation) if q != target)


def _segments_beyond(program: Program, reach: int) -> dict[int, tuple[int, ...]]:
    """Segment that ends at an X-block of its qubit -> the segments right after that block and after the next ones."""
    after_block: dict[int, int] = {}
    for block in program.x_blocks.values():
        line = program.lines[block.qubit]
        before = _segment_at(program, block.qubit, bisect_left(line, block.opening) - 1)
        after = _segment_at(program, block.qubit, bisect_right(line, block.closing))
        if before >= 0 and after >= 0:
            after_block[before] = after
    beyond = {}
    for segment in after_block:
        chain = [segment]
        while len(chain) <= reach and chain[-1] in after_block:
            chain.append(after_block[chain[-1]])
        beyond[segment] = tuple(chain[1:])
    return beyond


def _segment_at(program: Program, qubit: int, place: int) -> int:
    """Segment of ``qubit`` at a place of its line; -1 at a boundary or outside the line."""
    line = program.lines[qubit]
    if not 0 <= place < len(line):
        return -1
    ids = program.segment_ids[line[place]]
    return ids[program.operations[line[place]].qubits.index(qubit)] if ids else -1
