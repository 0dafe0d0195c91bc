"""Which operations each copy of a plan serves, and where else every operation could run.

A plan is followed once from its first step to its last. A *gap* is a place between steps: gap g comes before step g,
and the last one after the last step.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from distq.ir.plan import Grow, Plan, RunOp, Shrink
from distq.ir.program import Program
from distq.ir.replay import LinkCopy, PlanReplay
from distq.networks.network import Network


@dataclass(frozen=True, slots=True)
class ServingSite:
    """A gap and a QPU where an operation can run, and the copies that it uses there."""

    gap: int
    qpu: int
    copies: tuple[LinkCopy, ...]


@dataclass(frozen=True, slots=True)
class _Stay:
    """Gaps from ``first`` to ``last`` in which a qubit has a member at a QPU, because of ``copy`` unless that is None.

    A member without a copy is the home that the qubit began with, or one that a move has brought.
    """

    first: int
    last: int
    copy: LinkCopy | None


class PacketUse:
    """A valid plan followed from its first step to its last.

    Attributes
    ----------
    copies
        All copies that Bell pairs have opened, in the order of the steps that do so. Whoever changes the plan keeps
        their ``served`` and ``children`` as they are then.
    gone
        Copies that have been taken out of the plan.
    copies_of
        Per operation, the copies that serve it; it has an entry only if there are any.
    run_step
        Per operation, the step that runs it; -1: none.
    embedded
        Operations of embedded X-blocks. The copies of their target and of their control all serve them.
    """

    def __init__(self, program: Program, network: Network, plan: Plan) -> None:
        self.program = program
        self.gone: set[LinkCopy] = set()
        self.copies_of: dict[int, tuple[LinkCopy, ...]] = {}
        self.run_step = [-1] * len(program.operations)
        self.embedded: set[int] = set()
        self._embedded_segments: set[int] = set()  # other operations cannot join these
        self._replay = PlanReplay(program, network, plan)
        self._since: dict[tuple[int, int], int] = {}  # (qubit, QPU) of a member with a pair -> gap in which it appears
        self._stays: list[dict[int, list[_Stay]]] = [defaultdict(list) for _ in plan.homes]  # per qubit, by QPU
        self._follow(plan)
        self.copies = [copy for copy in self._replay.copies if not copy.left_behind]
        self._segment_gaps = self._find_segment_gaps(len(plan.steps))

    # ---- following the plan -------------------------------------------------------------------------------------

    def _follow(self, plan: Plan) -> None:
        replay = self._replay
        for index, step in enumerate(plan.steps):
            match step:
                case RunOp(operation, qpu):
                    self._serve(index, operation, qpu)
                case Grow(qubit, _, target):
                    self._since[qubit, target] = index + 1
                case Shrink(qubit, qpu):
                    self._end(index, qubit, qpu)
            replay.advance(step)
            if isinstance(step, RunOp) and not self.program.operations[step.operation].diagonal:
                self._close_segment(step.operation)
        for qubit, members in enumerate(replay.members):
            for qpu in members:
                if replay.allocated[qubit] >= 0:
                    self._end(len(plan.steps), qubit, qpu)

    def _end(self, index: int, qubit: int, qpu: int) -> None:
        """The member of ``qubit`` at ``qpu`` goes, or the plan ends."""
        copy = self._replay.members[qubit][qpu]
        since = self._since.pop((qubit, qpu), self._replay.allocated[qubit] + 1)
        self._stays[qubit][qpu].append(_Stay(since, index, None if copy is None or copy.left_behind else copy))

    def _serve(self, index: int, operation: int, qpu: int) -> None:
        """Note which copies serve an operation that step ``index`` runs at ``qpu``."""
        self.run_step[operation] = index
        qubits, members = self.program.operations[operation].qubits, self._replay.members
        sites = {qpu}
        for qubit in qubits:
            if qubit in self._replay.embedded and self.program.operations[operation].diagonal:
                self.embedded.add(operation)
                sites.update(members[qubit])
        used = []
        for qubit in qubits:
            for site in sorted(sites):
                copy = members[qubit].get(site)
                if copy is not None and not copy.left_behind:
                    copy.served.add(operation)
                    used.append(copy)
        if used:
            self.copies_of[operation] = tuple(used)

    def _close_segment(self, boundary: int) -> None:
        """Let no other operation join the segment after a boundary if it begins an embedded X-block."""
        (qubit,) = self.program.operations[boundary].qubits
        if self._replay.embedded.get(qubit) == boundary:
            line = self.program.lines[qubit]
            inside = line[bisect_left(line, boundary) + 1]
            segments = zip(self.program.operations[inside].qubits, self.program.segment_ids[inside], strict=True)
            self._embedded_segments |= {segment for q, segment in segments if q == qubit}

    def _find_segment_gaps(self, end: int) -> list[tuple[int, int]]:
        """Per segment: the first and the last gap between the boundaries around it."""
        gaps = []
        for segment in self.program.segments:
            line = self.program.lines[segment.qubit]
            first = bisect_left(line, segment.operations[0])
            after = first + len(segment.operations)
            low = self.run_step[line[first - 1]] + 1 if first else 0
            gaps.append((low, self.run_step[line[after]] if after < len(line) else end))
        return gaps

    # ---- where operations could run -----------------------------------------------------------------------------

    def serving_sites(self, operation: int, without: LinkCopy | None = None) -> Iterator[ServingSite]:
        """Where a diagonal operation can run as the plan stands, if the copy ``without`` is taken out."""
        qubits = self.program.operations[operation].qubits
        if not self._embedded_segments.isdisjoint(self.program.segment_ids[operation]):
            return
        around = [self._segment_gaps[segment] for segment in self.program.segment_ids[operation]]
        low, high = max(g[0] for g in around), min(g[1] for g in around)
        for qpu in self._stays[qubits[0]]:
            found: list[tuple[int, int, tuple[LinkCopy, ...]]] = [(low, high, ())]
            for qubit in qubits:
                stays = self._stays[qubit].get(qpu, [])
                found = [
                    (max(a, stay.first), min(b, stay.last), used if stay.copy is None else (*used, stay.copy))
                    for a, b, used in found
                    for stay in _overlapping(stays, a, b)
                    if stay.copy is None or not (stay.copy is without or stay.copy in self.gone)
                ]
            for a, _, used in found:
                yield ServingSite(a, qpu, used)


def _overlapping(stays: list[_Stay], low: int, high: int) -> Iterator[_Stay]:
    """Those of the stays that share a gap with ``low`` to ``high``; stays are in order and disjoint."""
    for index in range(bisect_left(stays, low, key=lambda stay: stay.last), len(stays)):
        if stays[index].first > high:
            return
        if stays[index].first <= stays[index].last:
            yield stays[index]
