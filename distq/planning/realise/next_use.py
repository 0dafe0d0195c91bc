"""When each copy is used next, in the order in which the operations of a placement run."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence

from distq.ir.program import Program
from distq.planning.realise.placement import HomeMove

NEVER = 1 << 60
"""Position of a use that does not come."""


class NextUses:
    """The uses of copies that are still to come; whoever carries out the order removes those that have passed.

    Attributes
    ----------
    segment
        Per qubit: its present segment, -1 after the last one.
    positions
        Per (segment, QPU): positions of the order at which a member there is used, latest first. The arrival of the
        home counts as a use, so that a copy that is already there is kept for it.
    last
        Per qubit: position of its last operation if that is a measurement, which frees its data ion; else NEVER.
    """

    def __init__(self, program: Program, order: Sequence[int], sites: Sequence[int], moves: Sequence[HomeMove]) -> None:
        """``order``, ``sites`` and ``moves`` are those of the placement."""
        self.program = program
        self.segments_of: list[list[int]] = [[] for _ in range(program.num_qubits)]
        for index, segment in enumerate(program.segments):
            self.segments_of[segment.qubit].append(index)
        self.progress = [0] * program.num_qubits
        self.segment = [next(iter(ids), -1) for ids in self.segments_of]
        self.positions = self._all_uses(order, sites, moves)
        self.last = self._last_measurements(order)

    def next(self, segment: int, qpu: int) -> int:
        """Position of the next use of a member."""
        positions = self.positions.get((segment, qpu))
        return positions[-1] if positions else NEVER

    def arrive(self, qubit: int, qpu: int) -> None:
        """The home of ``qubit`` has arrived at ``qpu``, which was a use of the copy there."""
        positions = self.positions.get((self.segment[qubit], qpu))
        if positions:
            positions.pop()

    def pass_boundary(self, operation: int, qubit: int) -> None:
        """The boundary ``operation`` has run on ``qubit``: its next segment begins if the present one has begun."""
        if self._ends_segment(operation, qubit, self.progress):
            self.progress[qubit] += 1
            ids = self.segments_of[qubit]
            self.segment[qubit] = ids[self.progress[qubit]] if self.progress[qubit] < len(ids) else -1

    def relocate(self, segment: int, position: int, former: int, qpus: Iterable[int]) -> None:
        """The use at ``position`` will be at all of ``qpus`` instead of at ``former``."""
        self.positions[segment, former].remove(position)
        for qpu in qpus:
            insort(self.positions.setdefault((segment, qpu), []), position, key=lambda p: -p)

    def _all_uses(
        self, order: Sequence[int], sites: Sequence[int], moves: Sequence[HomeMove]
    ) -> dict[tuple[int, int], list[int]]:
        """Every use of every copy, by (segment, QPU), latest first."""
        uses: dict[tuple[int, int], list[int]] = {}
        ids = self.program.segment_ids
        operations = self.program.operations
        progress = [0] * self.program.num_qubits
        pending = 0
        for position, operation in enumerate(order):
            while pending < len(moves) and moves[pending].position <= position:
                _, qubit, qpu = moves[pending]
                if progress[qubit] < len(self.segments_of[qubit]):
                    uses.setdefault((self.segments_of[qubit][progress[qubit]], qpu), []).append(position)
                pending += 1
            segments = ids[operation]
            if len(segments) > 1:
                for segment in segments:
                    uses.setdefault((segment, sites[operation]), []).append(position)
            elif not segments and self._ends_segment(operation, operations[operation].qubits[0], progress):
                progress[operations[operation].qubits[0]] += 1
        for positions in uses.values():
            positions.reverse()
        return uses

    def _ends_segment(self, operation: int, qubit: int, progress: list[int]) -> bool:
        """True if the boundary ``operation`` comes after the segment that ``progress`` points at."""
        ids = self.segments_of[qubit]
        if progress[qubit] >= len(ids):
            return False
        return self.program.segments[ids[progress[qubit]]].operations[0] < operation

    def _last_measurements(self, order: Sequence[int]) -> list[int]:
        """Per qubit: position of its last operation if that is a measurement, else NEVER."""
        program = self.program
        last = [NEVER] * program.num_qubits
        position_of = {operation: position for position, operation in enumerate(order)} if program.num_clbits else {}
        for qubit, line in enumerate(program.lines):
            if line and program.operations[line[-1]].always_measures:
                last[qubit] = position_of[line[-1]]
        return last
