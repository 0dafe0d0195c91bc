"""Orders of execution. Operations of one segment commute, so the order is a choice: it decides how long copies live.

:func:`packet_order` is a list scheduler for given sites: it runs everything that the open copies allow, then opens the
copy that finishes soonest, so that copies are short-lived and fit a small memory. :func:`demand_order` needs no sites:
it goes for one goal after the other, so that qubits are born late and die early, which leaves data ions to others.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.realise import Placement

Copy = tuple[int, int]
"""(segment, QPU)."""


def packet_order(program: Program, network: Network, placement: Placement) -> Placement:
    """``placement`` with its operations reordered packet by packet; home moves stay between the same operations."""
    scheduler = _Scheduler(program, network, placement)
    order: list[int] = []
    moves: list[tuple[int, int, int]] = []
    base = list(placement.order) if placement.order is not None else list(range(len(program.operations)))
    borders = sorted({position for position, _, _ in placement.moves})
    pending = 0
    for low, high in zip([0, *borders], [*borders, len(base)], strict=True):
        while pending < len(placement.moves) and placement.moves[pending][0] <= low:
            _, qubit, qpu = placement.moves[pending]
            moves.append((len(order), qubit, qpu))
            scheduler.move(qubit, qpu)
            pending += 1
        order += scheduler.run(base[low:high])
    return replace(placement, order=order, moves=tuple(moves))


def dependencies(program: Program, chunk: Iterable[int] | None = None) -> dict[int, list[int]]:
    """Operations of ``chunk`` (None: all) that must come right before each one of it; only what lies in the chunk.

    A boundary waits for the segment before it, a diagonal operation for the boundary before its segment; a reader of a
    classical bit for its last writer, a writer for that one and for the readers since.
    """
    before: dict[int, list[int]] = {}
    ended: dict[int, int] = {}  # qubit -> its last boundary
    since: dict[int, list[int]] = {}  # qubit -> diagonal operations since
    written: dict[int, int] = {}  # classical bit -> its last writer
    read: dict[int, list[int]] = {}  # classical bit -> readers since
    for operation in range(len(program.operations)) if chunk is None else chunk:
        op = program.operations[operation]
        first: set[int] = set()
        if op.diagonal:
            for q in op.qubits:
                if q in ended:
                    first.add(ended[q])
                since.setdefault(q, []).append(operation)
        else:
            (q,) = op.qubits
            first.update(since.pop(q, ()) or ([ended[q]] if q in ended else ()))
            ended[q] = operation
        for bit in op.clbits:
            if bit in written:
                first.add(written[bit])
            if bit == op.clbit:
                first.update(read.pop(bit, ()))
                written[bit] = operation
            else:
                read.setdefault(bit, []).append(operation)
        first.discard(operation)
        before[operation] = sorted(first)
    return before


def demand_order(before: Mapping[int, Sequence[int]], goals: Iterable[int]) -> tuple[int, ...]:
    """An order that reaches one goal after the other, each with no more than what it depends on; the rest at the end.

    ``before`` are the :func:`dependencies`.
    """
    done = [False] * len(before)
    order: list[int] = []
    for goal in itertools.chain(goals, range(len(before))):
        stack = [goal]
        while stack:
            operation = stack[-1]
            waiting = () if done[operation] else [o for o in before[operation] if not done[o]]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            if not done[operation]:
                done[operation] = True
                order.append(operation)
    return tuple(order)


def lazy_order(program: Program) -> tuple[int, ...]:
    """An order in which everything happens as late as the boundaries that end a segment allow: qubits are born late.

    The goals are these boundaries, in program order.
    """
    inside = [False] * program.num_qubits
    goals = []
    for index, op in enumerate(program.operations):
        for q in op.qubits:
            if not op.diagonal and inside[q]:
                goals.append(index)
            inside[q] = op.diagonal
    return demand_order(dependencies(program), goals)


def random_goals(program: Program, rng: np.random.Generator) -> list[int]:
    """Goals for :func:`demand_order` that differ wholesale: lives of qubits, boundaries or operations, shuffled."""
    lives = [line[-1] for line in program.lines if line]
    kind = int(rng.integers(3))
    if kind == 0:
        chosen = lives
    elif kind == 1:
        chosen = [i for i, op in enumerate(program.operations) if not op.diagonal] + lives
    else:
        chosen = list(range(len(program.operations)))
    return list(map(int, rng.permutation(chosen)))


def varied_goals(goals: Sequence[int], rng: np.random.Generator) -> list[int]:
    """``goals`` with one or two of them elsewhere."""
    varied = list(goals)
    for _ in range(1 + int(rng.integers(2))):
        goal = varied.pop(int(rng.integers(len(varied))))
        varied.insert(int(rng.integers(len(varied) + 1)), goal)
    return varied


class _Scheduler:
    """Greedy list scheduling, chunk by chunk; copies may stay open from one chunk to the next."""

    def __init__(self, program: Program, network: Network, placement: Placement) -> None:
        self.program = program
        self.at = placement.at
        self.home = list(placement.homes)
        self.limit = [q.memory_limit for q in network.qpus]
        self.guests: list[set[Copy]] = [set() for _ in network.qpus]
        self.remaining: dict[Copy, int] = {}
        for index in program.multi_qubit:
            for segment in program.segment_ids[index]:
                key = (segment, self.at[index])
                self.remaining[key] = self.remaining.get(key, 0) + 1

    def move(self, qubit: int, qpu: int) -> None:
        """The home of ``qubit`` goes to ``qpu``; copies of its segments are counted anew there."""
        self.home[qubit] = qpu
        for guests in self.guests:
            guests.difference_update([c for c in guests if self.program.segments[c[0]].qubit == qubit])

    # ---- one chunk --------------------------------------------------------------------------------------------

    def run(self, chunk: list[int]) -> list[int]:
        """The operations of ``chunk`` in a good order."""
        self._prepare(chunk)
        order: list[int] = []
        while len(order) < len(chunk):
            while self.free:
                operation = heapq.heappop(self.free)[1]
                order.append(operation)
                self._finish(operation)
            if len(order) < len(chunk):
                self._open(self._choose())
        return order

    def _prepare(self, chunk: list[int]) -> None:
        """What waits for what inside the chunk, and what is ready."""
        self.rank = {operation: i for i, operation in enumerate(chunk)}
        before = dependencies(self.program, chunk)
        self.waits = {operation: len(earlier) for operation, earlier in before.items()}
        self.then: dict[int, list[int]] = {}
        for operation, earlier in before.items():
            for first in earlier:
                self.then.setdefault(first, []).append(operation)
        self.free: list[tuple[int, int]] = []
        self.blocked: dict[Copy, set[int]] = {}
        for operation in chunk:
            if not self.waits[operation]:
                self._ready(operation)

    def _missing(self, operation: int) -> list[Copy]:
        program = self.program
        op = program.operations[operation]
        if len(op.qubits) == 1:
            return []
        at = self.at[operation]
        keys = [(s, at) for q, s in zip(op.qubits, program.segment_ids[operation], strict=True) if self.home[q] != at]
        return [key for key in keys if key not in self.guests[at]]

    def _ready(self, operation: int) -> None:
        missing = self._missing(operation)
        if not missing:
            heapq.heappush(self.free, (self.rank[operation], operation))
        for key in missing:
            self.blocked.setdefault(key, set()).add(operation)

    def _finish(self, operation: int) -> None:
        op = self.program.operations[operation]
        if len(op.qubits) > 1:
            at = self.at[operation]
            for segment in self.program.segment_ids[operation]:
                key = (segment, at)
                self.remaining[key] -= 1
                if not self.remaining[key]:
                    self.guests[at].discard(key)
        for later in self.then.get(operation, ()):
            self.waits[later] -= 1
            if not self.waits[later]:
                self._ready(later)

    def _choose(self) -> int:
        """The ready operation whose missing copies are cheapest: no eviction, soonest finished, most served."""
        best: tuple[tuple[float, ...], int] | None = None
        for key, operations in self.blocked.items():
            operation = min(operations, key=lambda o: self.rank[o])
            missing = self._missing(operation)
            at = key[1]
            crowded = max(0.0, len(self.guests[at]) + len(missing) - self.limit[at])
            unfinished = self.remaining[key] - len(operations)
            score = (crowded, float(len(missing)), float(unfinished > 0), -float(len(operations)), self.rank[operation])
            if best is None or score < best[0]:
                best = (score, operation)
        assert best is not None, "operations wait for each other"
        return best[1]

    def _open(self, operation: int) -> None:
        """Open the copies that ``operation`` lacks, closing others where memory is full."""
        at = self.at[operation]
        needed = {(s, at) for s in self.program.segment_ids[operation]}
        for key in self._missing(operation):
            guests = self.guests[at]
            while len(guests) + 1 > self.limit[at] and guests - needed:
                guests.discard(max(guests - needed, key=lambda c: (self.remaining[c], c)))
            guests.add(key)
            for waiting in sorted(self.blocked.pop(key, ())):
                self._ready(waiting)
