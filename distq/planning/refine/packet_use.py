"""Where the members of every qubit are while a plan runs, and which operations each copy serves.

A *gap* is a place between steps: gap g comes before step g, and the last one after the last step.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from distq.ir.plan import Grow, HandOver, Plan, Run, Shrink
from distq.ir.program import Program


@dataclass(slots=True, eq=False)
class Copy:
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
        How many copies that are still there were opened from this one.
    served
        Operations that run at ``target`` because of it.
    gone
        True once it has been taken out of the plan.
    """

    grow: int
    source: int
    target: int
    parent: Copy | None
    shrink: int = -1
    children: int = 0
    served: set[int] = field(default_factory=set)
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A gap and a QPU where an operation can run, and the copies that it uses there."""

    gap: int
    qpu: int
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class _Stay:
    """Gaps from ``first`` to ``last`` in which a member is at a QPU, because of ``copy`` if that is not None."""

    first: int
    last: int
    copy: Copy | None


class Presence:
    """A valid plan followed from its first step to its last.

    Attributes
    ----------
    copies
        In the order of the steps that open them.
    users
        Per operation, the copies that serve it; it has an entry only if there are any.
    ran
        Per operation, the step that runs it; -1: none.
    fixed
        Operations of X-blocks that copies follow. Their target's and their control's copies all serve them.
    """

    def __init__(self, program: Program, plan: Plan) -> None:
        self.program = program
        self.copies: list[Copy] = []
        self.users: dict[int, tuple[Copy, ...]] = {}
        self.ran = [-1] * len(program.operations)
        self.fixed: set[int] = set()
        self._held: set[int] = set()
        self._closed: set[int] = set()
        """Segments of held qubits: nothing enters them."""
        self._home = list(plan.homes)
        self._born = [False] * program.num_qubits
        self._since: dict[tuple[int, int], int] = {}
        self._members = [0] * len(plan.homes)
        self._open: dict[tuple[int, int], Copy] = {}
        self._stays: list[dict[int, list[_Stay]]] = [defaultdict(list) for _ in plan.homes]
        for index, step in enumerate(plan.steps):
            match step:
                case Grow():
                    self._grow(index, step)
                case Shrink(qubit, qpu):
                    self._end(index, qubit, qpu)
                case HandOver(moves):
                    self._hand_over(moves)
                case Run(operation, qpu):
                    self._run(index, operation, qpu)
        for qubit, qpu in list(self._since):
            self._end(len(plan.steps), qubit, qpu)
        self._windows = self._find_windows(len(plan.steps))

    # ---- replay -------------------------------------------------------------------------------------------------

    def _touch(self, index: int, qubit: int) -> None:
        """A qubit takes its data ion no earlier than the plan has it."""
        if not self._born[qubit]:
            self._born[qubit] = True
            self._since[qubit, self._home[qubit]] = index + 1
            self._members[qubit] += 1

    def _grow(self, index: int, step: Grow) -> None:
        self._touch(index, step.qubit)
        parent = self._open.get((step.qubit, step.source))
        if parent is not None:
            parent.children += 1
        copy = Copy(index, step.source, step.target, parent)
        self.copies.append(copy)
        self._open[step.qubit, step.target] = copy
        self._since[step.qubit, step.target] = index + 1
        self._members[step.qubit] += 1

    def _end(self, index: int, qubit: int, qpu: int) -> None:
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
        self.ran[operation] = index
        users = []
        op = self.program.operations[operation]
        where = {qpu}
        if not op.diagonal:
            self._cross(operation, op.qubits[0])
        elif not self._held.isdisjoint(op.qubits):
            self.fixed.add(operation)
            where |= {s for q, s in self._since if q in op.qubits and q in self._held}
        for qubit in op.qubits:
            self._touch(index, qubit)
            for at in sorted(where):
                copy = self._open.get((qubit, at))
                if copy is not None:
                    copy.served.add(operation)
                    users.append(copy)
        if users:
            self.users[operation] = tuple(users)

    def _cross(self, boundary: int, qubit: int) -> None:
        """A boundary: with copies it begins an X-block, which the next one ends."""
        if qubit in self._held:
            self._held.remove(qubit)
        elif self._members[qubit] > 1:
            self._held.add(qubit)
            line = self.program.lines[qubit]
            following = line[bisect_left(line, boundary) + 1]
            segments = zip(self.program.operations[following].qubits, self.program.segment_ids[following], strict=True)
            self._closed |= {segment for q, segment in segments if q == qubit}

    def _find_windows(self, end: int) -> list[tuple[int, int]]:
        """Per segment: first and last gap between the boundaries around it."""
        windows = []
        for segment in self.program.segments:
            line = self.program.lines[segment.qubit]
            first = bisect_left(line, segment.operations[0])
            after = first + len(segment.operations)
            low = self.ran[line[first - 1]] + 1 if first else 0
            windows.append((low, self.ran[line[after]] if after < len(line) else end))
        return windows

    # ---- questions ----------------------------------------------------------------------------------------------

    def spots(self, operation: int, without: Copy | None = None) -> Iterator[Spot]:
        """Where a diagonal operation can run as the plan stands, if the copy ``without`` is taken out."""
        qubits = self.program.operations[operation].qubits
        if not self._closed.isdisjoint(self.program.segment_ids[operation]):
            return
        around = [self._windows[segment] for segment in self.program.segment_ids[operation]]
        low, high = max(w[0] for w in around), min(w[1] for w in around)
        for qpu in self._stays[qubits[0]]:
            found: list[tuple[int, int, tuple[Copy, ...]]] = [(low, high, ())]
            for qubit in qubits:
                stays = self._stays[qubit].get(qpu, [])
                found = [
                    (max(a, stay.first), min(b, stay.last), used if stay.copy is None else (*used, stay.copy))
                    for a, b, used in found
                    for stay in _overlapping(stays, a, b)
                    if stay.copy is None or not (stay.copy is without or stay.copy.gone)
                ]
            for a, _, used in found:
                yield Spot(a, qpu, used)


def _overlapping(stays: list[_Stay], low: int, high: int) -> Iterator[_Stay]:
    """Those that share a gap with ``low`` to ``high``; they are in order and apart."""
    for index in range(bisect_left(stays, low, key=lambda stay: stay.last), len(stays)):
        if stays[index].first > high:
            return
        if stays[index].first <= stays[index].last:
            yield stays[index]
