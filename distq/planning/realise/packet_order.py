"""Order of execution for given sites, packet by packet, so that copies are short-lived and fit a small memory.

A list scheduler: it runs everything that the open copies allow, then opens the copy that is finished soonest.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import replace

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.ion_limits import IonLimits
from distq.planning.realise.gate_order import dependencies
from distq.planning.realise.placement import HomeMove, Placement, SegmentCopy


def packet_order(program: Program, network: Network, placement: Placement) -> Placement:
    """``placement`` with its operations reordered packet by packet; home moves stay between the same operations."""
    scheduler = _PacketScheduler(program, network, placement)
    order: list[int] = []
    moves: list[HomeMove] = []
    given = list(placement.order) if placement.order is not None else list(range(len(program.operations)))
    borders = sorted({move.position for move in placement.moves})
    pending = 0
    for low, high in zip([0, *borders], [*borders, len(given)], strict=True):
        while pending < len(placement.moves) and placement.moves[pending].position <= low:
            move = placement.moves[pending]
            moves.append(move._replace(position=len(order)))
            scheduler.move(move.qubit, move.qpu)
            pending += 1
        order += scheduler.run(given[low:high])
    return replace(placement, order=order, moves=tuple(moves))


class _PacketScheduler:
    """Greedy list scheduling, chunk by chunk; copies may stay open from one chunk to the next.

    Attributes
    ----------
    copies_at
        Per QPU: the copies open there.
    remaining
        Per copy: how many operations it has still to serve.

    The attributes that :meth:`_prepare` sets are those of the present chunk: the ``place`` of each operation in the
    chunk as given, how many operations it ``waits_for``, those ``after`` it, those ``free`` to run, as a heap, and
    those that wait only for copies, ``blocked`` by each of these.
    """

    def __init__(self, program: Program, network: Network, placement: Placement) -> None:
        self.program = program
        self.sites = placement.sites
        self.home = list(placement.homes)
        self.limits = IonLimits(network)
        self.homes_at = Counter(placement.homes)
        self.copies_at: list[set[SegmentCopy]] = [set() for _ in network.qpus]
        self.remaining: dict[SegmentCopy, int] = {}
        for index in program.multi_qubit:
            for segment in program.segment_ids[index]:
                copy = (segment, self.sites[index])
                self.remaining[copy] = self.remaining.get(copy, 0) + 1

    def limit(self, qpu: int) -> float:
        """Copies that fit a QPU, one at least; qubits count as at home there all the time."""
        return max(1.0, self.limits.for_copies(qpu, self.homes_at[qpu]))

    def move(self, qubit: int, qpu: int) -> None:
        """The home of ``qubit`` goes to ``qpu``; copies of its segments are counted anew there."""
        self.homes_at[self.home[qubit]] -= 1
        self.homes_at[qpu] += 1
        self.home[qubit] = qpu
        for copies in self.copies_at:
            copies.difference_update(
                [(segment, at) for segment, at in copies if self.program.segments[segment].qubit == qubit]
            )

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
                self._open_copies(self._choose_blocked())
        return order

    def _prepare(self, chunk: list[int]) -> None:
        """What waits for what inside the chunk, and what is ready."""
        self.place = {operation: i for i, operation in enumerate(chunk)}
        before = dependencies(self.program, chunk)
        self.waits_for = {operation: len(earlier) for operation, earlier in before.items()}
        self.after: dict[int, list[int]] = {}
        for operation, earlier in before.items():
            for first in earlier:
                self.after.setdefault(first, []).append(operation)
        self.free: list[tuple[int, int]] = []
        self.blocked: dict[SegmentCopy, set[int]] = {}
        for operation in chunk:
            if not self.waits_for[operation]:
                self._make_ready(operation)

    def _missing(self, operation: int) -> list[SegmentCopy]:
        """Copies that the operation needs and that are not open."""
        op = self.program.operations[operation]
        if len(op.qubits) == 1:
            return []
        site = self.sites[operation]
        operands = zip(op.qubits, self.program.segment_ids[operation], strict=True)
        copies = [(segment, site) for qubit, segment in operands if self.home[qubit] != site]
        return [copy for copy in copies if copy not in self.copies_at[site]]

    def _make_ready(self, operation: int) -> None:
        """All that the operation waits for has run: it is free, or blocked by missing copies."""
        missing = self._missing(operation)
        if not missing:
            heapq.heappush(self.free, (self.place[operation], operation))
        for copy in missing:
            self.blocked.setdefault(copy, set()).add(operation)

    def _finish(self, operation: int) -> None:
        """The operation has run: close copies that have served, and see what becomes ready."""
        op = self.program.operations[operation]
        if len(op.qubits) > 1:
            site = self.sites[operation]
            for segment in self.program.segment_ids[operation]:
                copy = (segment, site)
                self.remaining[copy] -= 1
                if not self.remaining[copy]:
                    self.copies_at[site].discard(copy)
        for later in self.after.get(operation, ()):
            self.waits_for[later] -= 1
            if not self.waits_for[later]:
                self._make_ready(later)

    def _choose_blocked(self) -> int:
        """The blocked operation whose missing copies are cheapest to open."""
        assert self.blocked, "operations wait for each other"
        return self._first_blocked(min(self.blocked, key=self._opening_cost))

    def _first_blocked(self, copy: SegmentCopy) -> int:
        return min(self.blocked[copy], key=self.place.__getitem__)

    def _opening_cost(self, copy: SegmentCopy) -> tuple[float, float, bool, int, int]:
        """Order of preference among missing copies: no eviction, few to open, finished at once, serving most."""
        _, qpu = copy
        waiting = self.blocked[copy]
        operation = self._first_blocked(copy)
        missing = len(self._missing(operation))
        evictions = max(0.0, len(self.copies_at[qpu]) + missing - self.limit(qpu))
        outlives_chunk = self.remaining[copy] > len(waiting)
        return evictions, missing, outlives_chunk, -len(waiting), self.place[operation]

    def _open_copies(self, operation: int) -> None:
        """Open the copies that ``operation`` lacks, closing others where memory is full."""
        site = self.sites[operation]
        needed = {(segment, site) for segment in self.program.segment_ids[operation]}
        for copy in self._missing(operation):
            copies = self.copies_at[site]
            while len(copies) + 1 > self.limit(site) and copies - needed:
                copies.discard(max(copies - needed, key=lambda c: (self.remaining[c], c)))
            copies.add(copy)
            for waiting in sorted(self.blocked.pop(copy, ())):
                self._make_ready(waiting)
