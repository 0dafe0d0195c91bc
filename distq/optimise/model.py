"""The search space as arrays.

Time is an order of the operations cut into slots. A solution gives every multi-qubit operation its QPU, ``site[o]``,
and every qubit its home in every slot, ``home[q, t]`` (-1 before birth and after death). A segment e of qubit q then
needs copies at S_e = {sites of its operations} + {homes of q while it lasts}, and with unlimited memory the plan costs
exactly the sum over segments of the size of the cheapest tree that joins S_e (|S_e| - 1 if all QPUs are linked).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.network import Network
from distq.placement import Placement
from distq.program import Kind, Program

Ints = NDArray[np.int64]
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
    slot
        (M,) slot of each operation.
    seg_start, seg_op
        (E + 1,), (P,): operations of segment e, ascending.
    seg_qubit
        (E,) qubit of each segment.
    first, last
        (n, T) first and last segment of the qubit that touch the slot; first > last where it is not alive.
    birth, death
        (n,) first slot in which the qubit is alive, and the one after the last.
    capacity
        (k,) data ions.
    slot_position
        (T + 1,) position in the order at which each slot begins.
    tree_cost
        (2^k,) cost of the cheapest tree that joins a set of QPUs; (1,) if all QPUs are linked (then |set| - 1).
    distance
        (k, k) cost of a path.
    """

    order: tuple[int, ...]
    operation: Ints
    start: Ints
    segment: Ints
    slot: Ints
    seg_start: Ints
    seg_op: Ints
    seg_qubit: Ints
    first: Ints
    last: Ints
    birth: Ints
    death: Ints
    capacity: Ints
    slot_position: Ints
    tree_cost: NDArray[np.float64]
    distance: NDArray[np.float64]

    @property
    def slots(self) -> int:
        """Number of slots T."""
        return len(self.slot_position) - 1


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


def build_model(program: Program, network: Network, order: Sequence[int], slots: int) -> Model:
    """Arrays for ``order`` cut into at most ``slots`` slots of about equal numbers of operations."""
    operations = program.operations
    ids = program.segment_ids
    total = len(order)
    slots = max(1, min(slots, total))
    slot_position = np.linspace(0, total, slots + 1).astype(np.int64)
    slot_of = np.repeat(np.arange(slots), np.diff(slot_position))

    n = program.num_qubits
    timeline: list[list[tuple[int, int]]] = [[] for _ in range(n)]  # per qubit: (first slot, last slot) of segments
    number: dict[int, tuple[int, int]] = {}  # program segment -> (qubit, how many-th of its timeline)
    birth = np.full(n, slots, dtype=np.int64)
    death = np.full(n, slots, dtype=np.int64)
    opened = [0] * n
    for position, operation in enumerate(order):
        op = operations[operation]
        t = int(slot_of[position])
        for q in op.qubits:
            if birth[q] == slots:
                birth[q] = t
                opened[q] = t
        if op.diagonal:
            for q, s in zip(op.qubits, ids[operation], strict=True):
                number[s] = (q, len(timeline[q]))
        else:
            q = op.qubits[0]
            timeline[q].append((opened[q], t))
            opened[q] = t
            if op.kind is Kind.MEASURE and program.lines[q][-1] == operation:
                death[q] = t + 1
    for q in range(n):
        if birth[q] < slots and death[q] == slots:
            timeline[q].append((opened[q], slots - 1))

    base = np.zeros(n + 1, dtype=np.int64)
    np.cumsum([len(t) for t in timeline], out=base[1:])
    first = np.ones((n, slots), dtype=np.int64)
    last = np.zeros((n, slots), dtype=np.int64)
    for q in range(n):
        alive = np.zeros(slots, dtype=bool)
        for i, (a, b) in enumerate(timeline[q]):
            fresh = ~alive[a : b + 1]
            first[q, a : b + 1][fresh] = base[q] + i
            last[q, a : b + 1] = base[q] + i
            alive[a : b + 1] = True

    multi = [(p, o) for p, o in enumerate(order) if len(operations[o].qubits) > 1]
    start = np.zeros(len(multi) + 1, dtype=np.int64)
    np.cumsum([len(operations[o].qubits) for _, o in multi], out=start[1:])
    segment = np.asarray([base[number[s][0]] + number[s][1] for _, o in multi for s in ids[o]], dtype=np.int64)
    owner = np.repeat(np.arange(len(multi)), np.diff(start))
    by_segment = np.argsort(segment, kind="stable")
    count = np.bincount(segment, minlength=int(base[n])) if len(segment) else np.zeros(int(base[n]), dtype=np.int64)
    seg_start = np.zeros(int(base[n]) + 1, dtype=np.int64)
    np.cumsum(count, out=seg_start[1:])
    distance = link_distances(network)
    return Model(
        order=tuple(order),
        operation=np.asarray([o for _, o in multi], dtype=np.int64),
        start=start,
        segment=segment,
        slot=np.asarray([slot_of[p] for p, _ in multi], dtype=np.int64),
        seg_start=seg_start,
        seg_op=owner[by_segment].astype(np.int64),
        seg_qubit=np.repeat(np.arange(n), np.diff(base)).astype(np.int64),
        first=first,
        last=last,
        birth=birth,
        death=death,
        capacity=np.asarray([q.data for q in network.qpus], dtype=np.int64),
        slot_position=slot_position,
        tree_cost=tree_costs(network, distance),
        distance=distance,
    )


def link_distances(network: Network) -> NDArray[np.float64]:
    """Hops between QPUs, (k, k); unreachable pairs cost more than any tree."""
    d = np.asarray(network.distance, dtype=np.float64)
    return np.where(d < 0, 1e6, d)


def tree_costs(network: Network, distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exact Steiner cost of every set of QPUs, by spanning trees of supersets; (1,) where it is |set| - 1 anyway."""
    k = len(network.qpus)
    if network.complete or k > TABLE_QPUS:
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


def to_placement(model: Model, program: Program, site: Ints, home: Ints) -> Placement:
    """The placement that a solution (``site`` (M,), ``home`` (n, T)) stands for."""
    n = program.num_qubits
    homes = [-1] * n
    moves: list[tuple[int, int, int]] = []
    free = model.capacity.copy()
    for q in range(n):
        b, d = int(model.birth[q]), int(model.death[q])
        if b < model.slots:
            homes[q] = int(home[q, b])
            steps = np.flatnonzero(home[q, b + 1 : d] != home[q, b : d - 1]) + b + 1
            moves += [(int(model.slot_position[t]), q, int(home[q, t])) for t in steps]
            if d == model.slots:
                free[home[q, d - 1]] -= 1
    for q in range(n):
        if homes[q] < 0:  # untouched: wherever there is room at the end
            homes[q] = int(np.argmax(free))
            free[homes[q]] -= 1
    at = [homes[op.qubits[0]] for op in program.operations]
    for o, s in zip(model.operation.tolist(), site.tolist(), strict=True):
        at[o] = s
    return Placement(homes=tuple(homes), at=at, order=model.order, moves=tuple(sorted(moves)))
