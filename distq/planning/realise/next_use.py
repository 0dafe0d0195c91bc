"""When each copy is used next, in the order in which the operations of a placement run."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence

from distq.ir.program import Program

NEVER = 1 << 60
"""Position of a use that does not come."""


class Forecast:
    """What is still to come; whoever follows the order takes away what has passed.

    Attributes
    ----------
    segment
        Per qubit: its present segment, -1 after the last one.
    uses
        Per (segment, QPU): positions at which a member there is used, latest first. The arrival of the home counts as
        a use, so that a copy which already waits there is kept for it.
    last
        Per qubit: position of its last operation if that is a measurement, which frees its data ion; else NEVER.
    """

    def __init__(
        self, program: Program, order: Sequence[int], at: Sequence[int], moves: Sequence[tuple[int, int, int]]
    ) -> None:
        """``order``, ``at``, ``moves``: those of the placement."""
        self.program = program
        self.line_segments: list[list[int]] = [[] for _ in range(program.num_qubits)]
        for index, segment in enumerate(program.segments):
            self.line_segments[segment.qubit].append(index)
        self.progress = [0] * program.num_qubits
        self.segment = [next(iter(ids), -1) for ids in self.line_segments]
        self.uses = self._uses(order, at, moves)
        self.last = self._last(order)

    def next(self, segment: int, qpu: int) -> int:
        """Position of the next use of a member."""
        uses = self.uses.get((segment, qpu))
        return uses[-1] if uses else NEVER

    def arrive(self, qubit: int, qpu: int) -> None:
        """The home of ``qubit`` has arrived."""
        uses = self.uses.get((self.segment[qubit], qpu))
        if uses:
            uses.pop()

    def pass_boundary(self, operation: int, qubit: int) -> None:
        """``operation``, not diagonal, has run on ``qubit``: its next segment begins if the present one has."""
        if self._ends_segment(operation, qubit, self.progress):
            self.progress[qubit] += 1
            ids = self.line_segments[qubit]
            self.segment[qubit] = ids[self.progress[qubit]] if self.progress[qubit] < len(ids) else -1

    def relocate(self, segment: int, position: int, former: int, qpus: Iterable[int]) -> None:
        """The use at ``position`` is to be at all of ``qpus`` and not at ``former``."""
        self.uses[segment, former].remove(position)
        for qpu in qpus:
            insort(self.uses.setdefault((segment, qpu), []), position, key=lambda p: -p)

    def _uses(
        self, order: Sequence[int], at: Sequence[int], moves: Sequence[tuple[int, int, int]]
    ) -> dict[tuple[int, int], list[int]]:
        uses: dict[tuple[int, int], list[int]] = {}
        ids = self.program.segment_ids
        operations = self.program.operations
        progress = [0] * self.program.num_qubits
        pending = 0
        for position, operation in enumerate(order):
            while pending < len(moves) and moves[pending][0] <= position:
                _, qubit, qpu = moves[pending]
                if progress[qubit] < len(self.line_segments[qubit]):
                    uses.setdefault((self.line_segments[qubit][progress[qubit]], qpu), []).append(position)
                pending += 1
            segments = ids[operation]
            if len(segments) > 1:
                for segment in segments:
                    uses.setdefault((segment, at[operation]), []).append(position)
            elif not segments and self._ends_segment(operation, operations[operation].qubits[0], progress):
                progress[operations[operation].qubits[0]] += 1
        for positions in uses.values():
            positions.reverse()
        return uses

    def _ends_segment(self, operation: int, qubit: int, progress: list[int]) -> bool:
        """True if the boundary ``operation`` comes after the segment that ``progress`` points at."""
        ids = self.line_segments[qubit]
        if progress[qubit] >= len(ids):
            return False
        return self.program.segments[ids[progress[qubit]]].operations[0] < operation

    def _last(self, order: Sequence[int]) -> list[int]:
        program = self.program
        last = [NEVER] * program.num_qubits
        where = {operation: position for position, operation in enumerate(order)} if program.num_clbits else {}
        for qubit, line in enumerate(program.lines):
            if line and program.operations[line[-1]].clbit is not None:
                last[qubit] = where[line[-1]]
        return last
