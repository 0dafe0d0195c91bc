"""Which operations each copy of a plan serves, and where else every operation could run.

A plan is followed once from its first step to its last. A *gap* is a place between steps: gap g comes before step g,
and the last one after the last step.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Program


@dataclass(slots=True, eq=False)
class LinkCopy:
    """A copy, from the Bell pair that opens it to its end.

    Attributes
    ----------
    grow, shrink
        Indices of the steps that open and close it. ``shrink`` is -1 for one that became a home: it is a move.
    source, target
        QPUs of its Bell pair.
    parent
        The copy that it was opened from; None if from a member that no copy stands for.
    children
        How many copies that are still in the plan were opened from this one.
    served
        Operations that run at ``target`` because of it.
    gone
        True once it has been taken out of the plan.
    """

    grow: int
    source: int
    target: int
    parent: LinkCopy | None
    shrink: int = -1
    children: int = 0
    served: set[int] = field(default_factory=set)
    gone: bool = False


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
        All copies, in the order of the steps that open them.
    copies_of
        Per operation, the copies that serve it; it has an entry only if there are any.
    run_step
        Per operation, the step that runs it; -1: none.
    embedded
        Operations of embedded X-blocks. The copies of their target and of their control all serve them.
    """

    def __init__(self, program: Program, plan: Plan) -> None:
        self.program = program
        self.copies: list[LinkCopy] = []
        self.copies_of: dict[int, tuple[LinkCopy, ...]] = {}
        self.run_step = [-1] * len(program.operations)
        self.embedded: set[int] = set()
        self._embedded_qubits: set[int] = set()
        self._embedded_segments: set[int] = set()  # other operations cannot join these
        self._home = list(plan.homes)
        self._allocated = [False] * program.num_qubits
        self._since: dict[tuple[int, int], int] = {}  # (qubit, QPU) of each member -> gap in which it appears
        self._members = [0] * len(plan.homes)
        self._open: dict[tuple[int, int], LinkCopy] = {}  # by (qubit, QPU)
        self._stays: list[dict[int, list[_Stay]]] = [defaultdict(list) for _ in plan.homes]  # per qubit, by QPU
        self._follow(plan)
        self._segment_gaps = self._find_segment_gaps(len(plan.steps))

    # ---- following the plan -------------------------------------------------------------------------------------

    def _follow(self, plan: Plan) -> None:
        for index, step in enumerate(plan.steps):
            match step:
                case Grow():
                    self._grow(index, step)
                case Shrink(qubit, qpu):
                    self._end(index, qubit, qpu)
                case HandOver(moves):
                    self._hand_over(moves)
                case RunOp(operation, qpu):
                    self._run(index, operation, qpu)
        for qubit, qpu in list(self._since):
            self._end(len(plan.steps), qubit, qpu)

    def _allocate(self, index: int, qubit: int) -> None:
        """Give a qubit its data ion right after the first step that touches it, no earlier than the plan does."""
        if not self._allocated[qubit]:
            self._allocated[qubit] = True
            self._since[qubit, self._home[qubit]] = index + 1
            self._members[qubit] += 1

    def _grow(self, index: int, step: Grow) -> None:
        self._allocate(index, step.qubit)
        parent = self._open.get((step.qubit, step.source))
        if parent is not None:
            parent.children += 1
        copy = LinkCopy(index, step.source, step.target, parent)
        self.copies.append(copy)
        self._open[step.qubit, step.target] = copy
        self._since[step.qubit, step.target] = index + 1
        self._members[step.qubit] += 1

    def _end(self, index: int, qubit: int, qpu: int) -> None:
        """The member of ``qubit`` at ``qpu`` goes, or the plan ends."""
        copy = self._open.pop((qubit, qpu), None)
        if copy is not None:
            copy.shrink = index
        self._members[qubit] -= 1
        self._stays[qubit][qpu].append(_Stay(self._since.pop((qubit, qpu)), index, copy))

    def _hand_over(self, moves: Sequence[tuple[int, int]]) -> None:
        for qubit, qpu in moves:
            self._open.pop((qubit, qpu), None)
            self._home[qubit] = qpu

    def _run(self, index: int, operation: int, qpu: int) -> None:
        self.run_step[operation] = index
        used = []
        op = self.program.operations[operation]
        sites = {qpu}
        if not op.diagonal:
            self._cross(operation, op.qubits[0])
        elif not self._embedded_qubits.isdisjoint(op.qubits):
            self.embedded.add(operation)
            sites |= {s for q, s in self._since if q in op.qubits and q in self._embedded_qubits}
        for qubit in op.qubits:
            self._allocate(index, qubit)
            for site in sorted(sites):
                copy = self._open.get((qubit, site))
                if copy is not None:
                    copy.served.add(operation)
                    used.append(copy)
        if used:
            self.copies_of[operation] = tuple(used)

    def _cross(self, boundary: int, qubit: int) -> None:
        """Run a boundary: with copies it begins an embedded X-block, and the next boundary ends that."""
        if qubit in self._embedded_qubits:
            self._embedded_qubits.remove(qubit)
        elif self._members[qubit] > 1:
            self._embedded_qubits.add(qubit)
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
                    if stay.copy is None or not (stay.copy is without or stay.copy.gone)
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
