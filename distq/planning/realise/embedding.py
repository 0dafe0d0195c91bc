"""Which copies follow their qubit through an X-block while a placement is turned into a plan.

A copy that has no use left in its segment may have one after the X-block that ends it, or after several in a row. It is
then kept as long as memory allows. When the block begins, following is compared with closing: both need Bell pairs for
the controls, closing for the copies that are opened again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from distq.ir.program import Program, XBlock
from distq.planning.realise.next_use import NEVER, Forecast


@dataclass(frozen=True, slots=True)
class Hold:
    """An X-block under way with copies of its qubit at ``qpus``."""

    block: XBlock
    qpus: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What is where; the values are those of the plan under construction and change with it.

    Attributes
    ----------
    home, members
        Per qubit: QPU of its home, QPUs with a member.
    forecast
        What is still to be used where.
    """

    home: list[int]
    members: list[list[int]]
    forecast: Forecast


class Following:
    """Decides, from the state of a plan under construction.

    Attributes
    ----------
    position
        Per operation: its place in the order. Empty if no copy is to follow.
    targets
        Operations of X-blocks that copies follow, so far: operation -> target qubit.
    hoped
        True once a copy without a use in its segment had one beyond X-blocks.
    """

    def __init__(
        self,
        program: Program,
        order: Sequence[int],
        at: Sequence[int],
        moves: Sequence[tuple[int, int, int]],
        state: State,
        reach: int,
    ) -> None:
        """``at``, ``moves``: those of the placement; ``reach``: how many X-blocks in a row a copy may follow."""
        self.program, self.at, self.moves, self.state = program, at, moves, state
        self.blocks = program.x_blocks if reach else {}
        self.beyond = _segments_beyond(program, reach) if reach else {}
        self.position = {operation: i for i, operation in enumerate(order)} if reach else {}
        self.targets: dict[int, int] = {}
        self.hoped = False

    def use_beyond(self, segment: int, qpu: int) -> int:
        """Position of the next use of a copy beyond the X-block that ends ``segment``."""
        for later in self.beyond.get(segment, ()):
            use = self.state.forecast.next(later, qpu)
            if use != NEVER:
                self.hoped = True
                return use
        return NEVER

    def hold(self, opening: int, qubit: int) -> Hold | None:
        """The copies of ``qubit`` that are to follow the X-block that begins now; None if closing all costs less.

        A copy follows if it has a use after the block and every control has a member at its QPU, or will have one
        there in its segment anyway. Then all operations of the block run at the home.
        """
        state, block = self.state, self.blocks.get(opening)
        if block is None or len(state.members[qubit]) < 2 or self._leaves(block):
            return None
        if any(i in self.targets for i in block.operations):
            return None  # the control is itself being turned
        segment, home = state.forecast.segment[qubit], state.home[qubit]
        others = [(i, *control_of(self.program, i, qubit)) for i in block.operations]
        own = {self.position[i] for i in block.operations}

        def missing(copies: set[tuple[int, int, int]]) -> int:
            return sum(not self._present(*copy, own) for copy in copies)

        kept = [
            s
            for s in state.members[qubit]
            if s != home and self.use_beyond(segment, s) != NEVER and not missing({(c, e, s) for _, c, e in others})
        ]
        sites = {self.at[i] for i in block.operations} - {home}
        closed = len(sites) + missing({(c, e, self.at[i]) for i, c, e in others})
        followed = missing({(c, e, home) for _, c, e in others}) - len(kept)
        return Hold(block, tuple(kept)) if kept and followed < closed else None

    def _leaves(self, block: XBlock) -> bool:
        """True if the home moves within the block."""
        begin = bisect_right(self.moves, self.position[block.opening], key=lambda move: move[0])
        end = bisect_right(self.moves, self.position[block.closing], key=lambda move: move[0])
        return any(move[1] == block.qubit for move in self.moves[begin:end])

    def _present(self, qubit: int, segment: int, qpu: int, own: set[int]) -> bool:
        """True if a member of ``qubit`` in ``segment`` is at ``qpu``, or is wanted there by others than ``own``."""
        state = self.state
        if state.home[qubit] == qpu or (state.forecast.segment[qubit] == segment and qpu in state.members[qubit]):
            return True
        return any(position not in own for position in state.forecast.uses.get((segment, qpu), ()))


def operands(program: Program, operation: int) -> list[tuple[int, int]]:
    """Qubits of a diagonal operation with their segments."""
    return list(zip(program.operations[operation].qubits, program.segment_ids[operation], strict=True))


def control_of(program: Program, operation: int, target: int) -> tuple[int, int]:
    """The other qubit of an operation of an X-block, and its segment."""
    return next((q, e) for q, e in operands(program, operation) if q != target)


def _segments_beyond(program: Program, reach: int) -> dict[int, tuple[int, ...]]:
    """Segment that ends at an X-block of its qubit -> the segments right after that block and the next ones."""

    def segment_at(qubit: int, place: int) -> int:
        line = program.lines[qubit]
        if not 0 <= place < len(line):
            return -1
        ids = program.segment_ids[line[place]]
        return ids[program.operations[line[place]].qubits.index(qubit)] if ids else -1

    beyond = {}
    for block in program.x_blocks.values():
        line = program.lines[block.qubit]
        before = segment_at(block.qubit, bisect_left(line, block.opening) - 1)
        after = segment_at(block.qubit, bisect_right(line, block.closing))
        if before >= 0 and after >= 0:
            beyond[before] = after
    out = {}
    for segment in beyond:
        chain = [segment]
        while len(chain) <= reach and chain[-1] in beyond:
            chain.append(beyond[chain[-1]])
        out[segment] = tuple(chain[1:])
    return out
