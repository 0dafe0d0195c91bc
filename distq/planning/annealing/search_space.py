"""The search space as arrays.

Time is an order of the operations, cut into slots. A solution gives every multi-qubit operation the QPU where it runs,
``site[o]``, and every qubit its home in every slot, ``home[q, t]`` (-1 before birth and after death). A segment e of
qubit q then needs copies at S_e = {sites of its operations} + {homes of q while it lasts}. With unlimited memory the
plan costs exactly the sum over segments of the cost of the cheapest tree that joins S_e (|S_e| - 1 if all QPUs are
linked). Where links or QPUs differ, pairs and gates cost what :mod:`distq.planning.annealing.objective_weights` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.native_gates import count_2q
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import EBITS, Weights
from distq.planning.annealing.tree_costs import tabulate_trees
from distq.planning.realise.placement import HomeMove, Placement

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

TICKS_PER_SLOT = 1024
"""Ticks in which the time of copies in memory is counted: integers, so that changes add up without rounding."""
UNLIMITED_MEMORY = 1 << 40
"""Memory ions that stand for any number of them."""


@dataclass(frozen=True)
class SearchSpace:
    """Arrays of one program, order of its operations, and network, shared by all searches.

    There are M multi-qubit operations in the given order with P operands in all, E segments (those without operations
    too, grouped by qubit), n qubits and k QPUs. *Positions* count all operations of the order from 0.

    Attributes
    ----------
    order
        All operations of the program in execution order.
    operations
        (M,) program index of each multi-qubit operation.
    operand_start, operand_segment
        (M + 1,), (P,): the operands of operation o belong to the segments
        ``operand_segment[operand_start[o] : operand_start[o + 1]]``.
    op_position
        (M,) position of each multi-qubit operation.
    op_gates
        (M,) native two-qubit gates of each operation.
    segment_start, segment_op
        (E + 1,), (P,): the operations of segment e are ``segment_op[segment_start[e] : segment_start[e + 1]]``, in
        ascending order.
    segment_qubit, segment_begin, segment_end
        (E,) qubit of each segment, and the positions between which it lasts.
    first_use, freed
        (n,) positions of the first operation of each qubit and of the measurement that frees its ion; the number of
        operations if there is none.
    data
        (k,) data ions.
    memory, home_load
        (k,) ions that copies can take, times TICKS_PER_SLOT; and how many ticks of it a home takes for each slot: all
        of them where ions have any role, else none.
    tree_cost
        Cost of the cheapest tree by set of QPUs (:func:`distq.planning.annealing.tree_costs.tabulate_trees`).
    distance
        (k, k) cost of the cheapest path.
    gate_cost
        (k,) cost of a native two-qubit gate.
    """

    order: tuple[int, ...]
    operations: Ints
    operand_start: Ints
    operand_segment: Ints
    op_position: Ints
    op_gates: Ints
    segment_start: Ints
    segment_op: Ints
    segment_qubit: Ints
    segment_begin: Ints
    segment_end: Ints
    first_use: Ints
    freed: Ints
    data: Ints
    memory: Ints
    home_load: Ints
    tree_cost: Reals
    distance: Reals
    gate_cost: Reals

    @property
    def qubits(self) -> int:
        """Number of qubits n."""
        return len(self.first_use)


@dataclass(frozen=True)
class TimeGrid:
    """The order of a search space, cut into T slots.

    Attributes
    ----------
    border
        (T + 1,) position at which each slot begins.
    op_slot, op_time
        (M,) slot of each multi-qubit operation, and its time in ticks.
    first_segment, last_segment
        (n, T) first and last segment of the qubit that touch the slot; first > last where it is not alive.
    birth, death
        (n,) first slot in which the qubit is alive, and the one after the last.
    """

    border: Ints
    op_slot: Ints
    op_time: Ints
    first_segment: Ints
    last_segment: Ints
    birth: Ints
    death: Ints

    @property
    def slots(self) -> int:
        """Number of slots T."""
        return len(self.border) - 1


@dataclass(frozen=True)
class _Segments:
    """The segments of a program in one order of its operations.

    ``spans`` are, per qubit, the positions between which each of its segments lasts; ``place`` maps a segment of the
    program to (qubit, number on its line); ``first_use`` and ``freed`` are as in :class:`SearchSpace`.
    """

    spans: list[list[tuple[int, int]]]
    place: dict[int, tuple[int, int]]
    first_use: Ints
    freed: Ints


def build_search_space(program: Program, network: Network, order: Sequence[int], objective: str = EBITS) -> SearchSpace:
    """Arrays for ``program`` in this ``order`` of its operations, with costs by the objective EBITS or FIDELITY."""
    operations = program.operations
    segments = _segments(program, order)
    lengths = [len(line) for line in segments.spans]
    offset = _starts(lengths)
    multi = [(p, o) for p, o in enumerate(order) if len(operations[o].qubits) > 1]
    operand_start = _starts([len(operations[o].qubits) for _, o in multi])
    places = [segments.place[s] for _, o in multi for s in program.segment_ids[o]]
    operand_segment = np.asarray([offset[q] + number for q, number in places], dtype=np.int64)
    operand_op = np.repeat(np.arange(len(multi)), np.diff(operand_start))
    span = np.asarray([span for line in segments.spans for span in line], dtype=np.int64).reshape(-1, 2)
    memory = [UNLIMITED_MEMORY if q.memory is None else q.memory for q in network.qpus]
    weights = Weights.of(network, program.num_qubits, objective)
    return SearchSpace(
        order=tuple(order),
        operations=np.asarray([o for _, o in multi], dtype=np.int64),
        operand_start=operand_start,
        operand_segment=operand_segment,
        op_position=np.asarray([p for p, _ in multi], dtype=np.int64),
        op_gates=np.asarray([count_2q(operations[o]) for _, o in multi], dtype=np.int64),
        segment_start=_starts(np.bincount(operand_segment, minlength=len(span))),
        segment_op=operand_op[np.argsort(operand_segment, kind="stable")].astype(np.int64),
        segment_qubit=np.repeat(np.arange(program.num_qubits), lengths).astype(np.int64),
        segment_begin=span[:, 0].copy(),
        segment_end=span[:, 1].copy(),
        first_use=segments.first_use,
        freed=segments.freed,
        data=np.asarray([q.data for q in network.qpus], dtype=np.int64),
        memory=np.asarray([TICKS_PER_SLOT * ions for ions in memory], dtype=np.int64),
        home_load=np.asarray([TICKS_PER_SLOT * (q.ions is not None) for q in network.qpus], dtype=np.int64),
        tree_cost=tabulate_trees(weights.distance),
        distance=weights.distance,
        gate_cost=weights.gate,
    )


def _segments(program: Program, order: Sequence[int]) -> _Segments:
    """The segments of ``program`` in this order: a boundary ends one and begins the next."""
    n, total = program.num_qubits, len(order)
    spans: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    place: dict[int, tuple[int, int]] = {}
    first_use = np.full(n, total, dtype=np.int64)
    freed = np.full(n, total, dtype=np.int64)
    begun = [-1] * n
    for position, operation in enumerate(order):
        op = program.operations[operation]
        for q in op.qubits:
            if begun[q] < 0:
                first_use[q] = begun[q] = position
        if op.diagonal:
            for q, s in zip(op.qubits, program.segment_ids[operation], strict=True):
                place[s] = (q, len(spans[q]))
        else:
            q = op.qubits[0]
            spans[q].append((begun[q], position))
            begun[q] = position
            if program.gives_back(operation):
                freed[q] = position
    for q in range(n):
        if begun[q] >= 0 and freed[q] == total:
            spans[q].append((begun[q], total - 1))
    return _Segments(spans, place, first_use, freed)


def _starts(lengths: Sequence[int] | Ints) -> Ints:
    """Where each of these runs begins if they follow one another, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def time_grid(space: SearchSpace, slots: int) -> TimeGrid:
    """At most ``slots`` slots with about equal numbers of operations each."""
    total, n = len(space.order), space.qubits
    slots = max(1, min(slots, total))
    border = np.linspace(0, total, slots + 1).astype(np.int64)
    slot_of = np.repeat(np.arange(slots), np.diff(border))
    width = np.maximum(np.diff(border), 1)
    op_slot = slot_of[space.op_position]
    op_time = op_slot * TICKS_PER_SLOT + (space.op_position - border[op_slot]) * TICKS_PER_SLOT // width[op_slot]
    first = np.ones((n, slots), dtype=np.int64)
    last = np.zeros((n, slots), dtype=np.int64)
    for e, q in enumerate(space.segment_qubit.tolist()):  # ascending per qubit: the first one to claim a slot is first
        a, b = slot_of[space.segment_begin[e]], slot_of[space.segment_end[e]]
        claimed = first[q, a : b + 1] <= last[q, a : b + 1]
        first[q, a : b + 1][~claimed] = e
        last[q, a : b + 1] = e
    birth = np.append(slot_of, slots)[space.first_use]
    death = np.where(space.freed < total, np.append(slot_of, slots)[np.minimum(space.freed, total)] + 1, slots)
    return TimeGrid(border, op_slot, op_time, first, last, birth, death)


def to_placement(space: SearchSpace, grid: TimeGrid, program: Program, site: Ints, home: Ints) -> Placement:
    """The placement that a solution (``site`` (M,), ``home`` (n, T)) stands for."""
    n = program.num_qubits
    homes = [-1] * n
    moves: list[HomeMove] = []
    free = space.data.copy()
    for q in range(n):
        b, d = int(grid.birth[q]), int(grid.death[q])
        if b < grid.slots:
            homes[q] = int(home[q, b])
            steps = np.flatnonzero(home[q, b + 1 : d] != home[q, b : d - 1]) + b + 1
            moves += [HomeMove(int(grid.border[t]), q, int(home[q, t])) for t in steps]
            if d == grid.slots:
                free[home[q, d - 1]] -= 1
    for q in range(n):
        if homes[q] < 0:  # no operation touches it: it goes wherever there is room at the end
            homes[q] = int(np.argmax(free))
            free[homes[q]] -= 1
    sites = [homes[op.qubits[0]] for op in program.operations]
    for o, s in zip(space.operations.tolist(), site.tolist(), strict=True):
        sites[o] = s
    return Placement(homes=tuple(homes), sites=sites, order=space.order, moves=tuple(sorted(moves)))
