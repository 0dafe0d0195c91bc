"""Orders of execution. Operations of one segment commute, so the order is a choice: it decides how long copies live.

:func:`packet_order` is a list scheduler for given sites: it runs everything that the open copies allow, then opens the
copy that finishes soonest, so that copies are short-lived and fit a small memory. :func:`lazy_order` needs no sites: it
lets qubits be born as late as possible, which leaves data ions free for others.
"""

from __future__ import annotations

import heapq
from dataclasses import replace

from distq.network import Network
from distq.placement import Placement
from distq.program import Program

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


def lazy_order(program: Program) -> tuple[int, ...]:
    """An order in which everything happens as late as the boundaries allow, so that qubits are born late.

    Boundaries that end a segment come in program order; before each of them the operations of that segment, and before
    those whatever they depend on. All else comes at the end.
    """
    operations = program.operations
    if program.num_clbits:
        return tuple(range(len(operations)))  # classical order is kept as it is
    done = [False] * len(operations)
    order: list[int] = []
    cursor = [0] * program.num_qubits
    lines = program.lines

    def run(target: int) -> None:
        stack = [target]
        while stack:
            operation = stack[-1]
            if done[operation]:
                stack.pop()
                continue
            waiting = _blockers(operation)
            if waiting:
                stack.extend(reversed(waiting))
            else:
                stack.pop()
                done[operation] = True
                order.append(operation)

    def _blockers(operation: int) -> list[int]:
        """Operations that must come first and have not: the segment before a boundary, the boundary before a gate."""
        op = operations[operation]
        out: list[int] = []
        for q in op.qubits:
            line = lines[q]
            while cursor[q] < len(line) and done[line[cursor[q]]]:
                cursor[q] += 1
            i = cursor[q]
            if op.diagonal:
                while i < len(line) and line[i] < operation and operations[line[i]].diagonal:
                    i += 1  # the same segment, unless a boundary stands between
                if i < len(line) and line[i] < operation:
                    out.append(line[i])
            else:
                while i < len(line) and line[i] < operation:
                    if not done[line[i]]:
                        out.append(line[i])
                    i += 1
        return out

    seen_segment = [False] * program.num_qubits
    for index, op in enumerate(operations):
        if op.diagonal:
            for q in op.qubits:
                seen_segment[q] = True
        elif seen_segment[op.qubits[0]]:
            run(index)
    for index in range(len(operations)):
        run(index)
    return tuple(order)


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
        """Dependencies inside the chunk: boundaries wait for their segment, operations for the boundaries before."""
        program = self.program
        self.rank = {operation: i for i, operation in enumerate(chunk)}
        self.waits = dict.fromkeys(chunk, 0)
        self.then: dict[int, list[int]] = {}
        before: dict[int, tuple[int, list[int]]] = {}  # qubit -> (its last boundary, operations since)
        touched: dict[int, list[int]] = {}  # classical bit -> operations on it
        for operation in chunk:
            op = program.operations[operation]
            first: set[int] = set()
            for q in op.qubits:
                boundary, since = before.setdefault(q, (-1, []))
                if op.diagonal:
                    if boundary >= 0:
                        first.add(boundary)
                    since.append(operation)
                else:
                    first.update(since or [boundary])
                    before[q] = (operation, [])
            for bit in op.clbits:
                first.update(touched.get(bit, ()))
                touched.setdefault(bit, []).append(operation)
            first.discard(-1)
            first.discard(operation)
            self.waits[operation] = len(first)
            for earlier in first:
                self.then.setdefault(earlier, []).append(operation)
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
