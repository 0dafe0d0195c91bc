"""The search space as arrays.

Time is an order of the operations cut into slots. A solution gives every multi-qubit operation its QPU, ``site[o]``,
and every qubit its home in every slot, ``home[q, t]`` (-1 before birth and after death). A segment e of qubit q then
needs copies at S_e = {sites of its operations} + {homes of q while it lasts}, and with unlimited memory the plan costs
exactly the sum over segments of the size of the cheapest tree that joins S_e (|S_e| - 1 if all QPUs are linked). Where
links or QPUs differ, pairs and gates weigh what :mod:`distq.planning.annealing.objective_weights` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.native_gates import count_2q
from distq.ir.program import Kind, Program
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import EBITS, Weights
from distq.planning.realise.placement import HomeMove, Placement

Ints = NDArray[np.int64]
UNIT = 1024
"""Fractions of a slot in which stays in memory are counted."""
TABLE_QPUS = 12
"""Up to this many QPUs the exact Steiner cost of every set of QPUs is tabulated."""


@dataclass(frozen=True)
class Model:
    """Arrays of one program, order and network, shared by all searches.

    M multi-qubit operations in the given order, P operands of them in all, E segments (those without operations too,
    grouped by qubit), n qubits, T slots, k QPUs.

    Attributes
    ----------
    order
        All operations of the program in execution order.
    operation
        (M,) program index of each multi-qubit operation.
    start, segment
        (M + 1,), (P,): operand segments of operation o are ``segment[start[o]:start[o + 1]]``.
    seg_start, seg_op
        (E + 1,), (P,): operations of segment e, ascending.
    seg_qubit, seg_begin, seg_end
        (E,) qubit of each segment and the positions in the order between which it lasts.
    born, dead
        (n,) positions of the first operation and of the one that frees the qubit (the number of operations if none).
    capacity, room
        (k,) data ions; memory ions in UNIT each (huge if unlimited).
    tree_cost
        (2^k,) cost of the cheapest tree that joins a set of QPUs; (1,) if all QPUs are linked (then |set| - 1).
    distance
        (k, k) cost of a path.
    gates, gate_cost
        (M,) two-qubit gates of each operation, (k,) cost of one at each QPU.
    """

    order: tuple[int, ...]
    operation: Ints
    start: Ints
    segment: Ints
    seg_start: Ints
    seg_op: Ints
    seg_qubit: Ints
    seg_begin: Ints
    seg_end: Ints
    born: Ints
    dead: Ints
    where: Ints
    capacity: Ints
    room: Ints
    tree_cost: NDArray[np.float64]
    distance: NDArray[np.float64]
    gates: Ints
    gate_cost: NDArray[np.float64]


@dataclass(frozen=True)
class Slots:
    """A grid of T slots over the order of a model.

    Attributes
    ----------
    border
        (T + 1,) position in the order at which each slot begins.
    slot, position
        (M,) slot of each multi-qubit operation, and its time in 1/UNIT slots.
    first, last
        (n, T) first and last segment of the qubit that touch the slot; first > last where it is not alive.
    birth, death
        (n,) first slot in which the qubit is alive, and the one after the last.
    """

    border: Ints
    slot: Ints
    position: Ints
    first: Ints
    last: Ints
    birth: Ints
    death: Ints

    @property
    def count(self) -> int:
        """Number of slots T."""
        return len(self.border) - 1


def build_model(program: Program, network: Network, order: Sequence[int], by: str = EBITS) -> Model:
    """Arrays for ``order``, with costs ``by`` ebits or fidelity."""
    operations = program.operations
    ids = program.segment_ids
    n, total = program.num_qubits, len(order)
    spans: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    which: dict[int, tuple[int, int]] = {}  # program segment -> (qubit, how many-th of its line)
    born = np.full(n, total, dtype=np.int64)
    dead = np.full(n, total, dtype=np.int64)
    opened = [-1] * n
    for position, operation in enumerate(order):
        op = operations[operation]
        for q in op.qubits:
            if opened[q] < 0:
                born[q] = opened[q] = position
        if op.diagonal:
            for q, s in zip(op.qubits, ids[operation], strict=True):
                which[s] = (q, len(spans[q]))
        else:
            q = op.qubits[0]
            spans[q].append((opened[q], position))
            opened[q] = position
            if op.kind is Kind.MEASURE and program.lines[q][-1] == operation:
                dead[q] = position
    for q in range(n):
        if opened[q] >= 0 and dead[q] == total:
            spans[q].append((opened[q], total - 1))

    base = np.zeros(n + 1, dtype=np.int64)
    np.cumsum([len(t) for t in spans], out=base[1:])
    flat = np.asarray([s for line in spans for s in line], dtype=np.int64).reshape(-1, 2)
    multi = [(p, o) for p, o in enumerate(order) if len(operations[o].qubits) > 1]
    start = np.zeros(len(multi) + 1, dtype=np.int64)
    np.cumsum([len(operations[o].qubits) for _, o in multi], out=start[1:])
    segment = np.asarray([base[which[s][0]] + which[s][1] for _, o in multi for s in ids[o]], dtype=np.int64)
    owner = np.repeat(np.arange(len(multi)), np.diff(start))
    seg_start = np.zeros(int(base[n]) + 1, dtype=np.int64)
    np.cumsum(np.bincount(segment, minlength=int(base[n])), out=seg_start[1:])
    weights = Weights.of(network, n, by)
    unlimited = 1 << 40
    return Model(
        order=tuple(order),
        operation=np.asarray([o for _, o in multi], dtype=np.int64),
        start=start,
        segment=segment,
        seg_start=seg_start,
        seg_op=owner[np.argsort(segment, kind="stable")].astype(np.int64),
        seg_qubit=np.repeat(np.arange(n), np.diff(base)).astype(np.int64),
        seg_begin=flat[:, 0].copy(),
        seg_end=flat[:, 1].copy(),
        born=born,
        dead=dead,
        where=np.asarray([p for p, _ in multi], dtype=np.int64),
        capacity=np.asarray([q.data for q in network.qpus], dtype=np.int64),
        room=np.asarray([UNIT * (unlimited if q.memory is None else q.memory) for q in network.qpus], dtype=np.int64),
        tree_cost=tree_costs(weights.distance),
        distance=weights.distance,
        gates=np.asarray([count_2q(operations[o]) for _, o in multi], dtype=np.int64),
        gate_cost=weights.gate,
    )


def cut(model: Model, slots: int) -> Slots:
    """At most ``slots`` slots with about equal numbers of operations each."""
    total, n = len(model.order), len(model.born)
    slots = max(1, min(slots, total))
    border = np.linspace(0, total, slots + 1).astype(np.int64)
    slot_of = np.repeat(np.arange(slots), np.diff(border))
    width = np.maximum(np.diff(border), 1)
    slot = slot_of[model.where]
    position = slot * UNIT + (model.where - border[slot]) * UNIT // width[slot]
    first = np.ones((n, slots), dtype=np.int64)
    last = np.zeros((n, slots), dtype=np.int64)
    for e, q in enumerate(model.seg_qubit.tolist()):  # ascending per qubit: the first to claim a slot is `first`
        a, b = slot_of[model.seg_begin[e]], slot_of[model.seg_end[e]]
        claimed = first[q, a : b + 1] <= last[q, a : b + 1]
        first[q, a : b + 1][~claimed] = e
        last[q, a : b + 1] = e
    at = np.append(slot_of, slots)
    birth = at[model.born]
    death = np.where(model.dead < total, at[np.minimum(model.dead, total)] + 1, slots)
    return Slots(border, slot, position, first, last, birth, death)


def tree_costs(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exact Steiner cost of every set of QPUs, by spanning trees of supersets; (1,) where it is |set| - 1 anyway."""
    k = len(distance)
    if k > TABLE_QPUS or (distance + np.eye(k) == 1.0).all():
        return np.zeros(1)
    cost = np.zeros(1 << k)
    for mask in range(1, 1 << k):
        cost[mask] = _spanning_tree([s for s in range(k) if mask >> s & 1], distance)
    for s in range(k):  # a superset may be cheaper: relays are Steiner points
        without = [m for m in range(1, 1 << k) if not m >> s & 1]
        cost[without] = np.minimum(cost[without], cost[[m | 1 << s for m in without]])
    return cost


def _spanning_tree(nodes: list[int], distance: NDArray[np.float64]) -> float:
    """Weight of a minimum spanning tree over ``nodes`` (Prim)."""
    total = 0.0
    near = {s: distance[nodes[0], s] for s in nodes[1:]}
    while near:
        s = min(near, key=lambda v: near[v])
        total += float(near.pop(s))
        for v in near:
            near[v] = min(near[v], distance[s, v])
    return total


def to_placement(model: Model, slots: Slots, program: Program, site: Ints, home: Ints) -> Placement:
    """The placement that a solution (``site`` (M,), ``home`` (n, T)) stands for."""
    n = program.num_qubits
    homes = [-1] * n
    moves: list[HomeMove] = []
    free = model.capacity.copy()
    for q in range(n):
        b, d = int(slots.birth[q]), int(slots.death[q])
        if b < slots.count:
            homes[q] = int(home[q, b])
            steps = np.flatnonzero(home[q, b + 1 : d] != home[q, b : d - 1]) + b + 1
            moves += [HomeMove(int(slots.border[t]), q, int(home[q, t])) for t in steps]
            if d == slots.count:
                free[home[q, d - 1]] -= 1
    for q in range(n):
        if homes[q] < 0:  # untouched: wherever there is room at the end
            homes[q] = int(np.argmax(free))
            free[homes[q]] -= 1
    sites = [homes[op.qubits[0]] for op in program.operations]
    for o, s in zip(model.operation.tolist(), site.tolist(), strict=True):
        sites[o] = s
    return Placement(homes=tuple(homes), sites=sites, order=model.order, moves=tuple(sorted(moves)))
