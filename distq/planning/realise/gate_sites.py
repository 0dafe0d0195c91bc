"""Where gates run when homes are fixed: the direction of each packet, as a minimum vertex cover.

For two QPUs A and B, every remote operation between qubit q at A (in segment e) and r at B (in segment f) needs a copy
of q at B or of r at A. So the copies to open are a vertex cover of the bipartite graph with an edge (e at B)-(f at A)
per operation, and the fewest are a minimum vertex cover (Koenig: as many as a maximum matching has edges).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

import numpy as np

from distq.ir.program import Program


def choose_sites(program: Program, homes: Sequence[int], *, rank: Sequence[int] | None = None) -> list[int]:
    """QPU of every operation for fixed homes: fewest copies when memory is unlimited, gates at an operand's home.

    Operations on three or more qubits run where most of their operands are at home; the copies that they need anyway
    are free for the others.

    Parameters
    ----------
    program
        The program.
    homes
        QPU of each qubit.
    rank
        Minimum covers are seldom unique: of two QPUs, copies of the qubits of the one with the lower rank are
        preferred. None: rank = index.

    Returns
    -------
    list of int
        Per operation of the program, its QPU (the home of the qubit for operations on one).
    """
    operations = program.operations
    at = [homes[op.qubits[0]] for op in operations]
    free: set[tuple[int, int]] = set()
    remote: list[int] = []
    for index in program.multi_qubit:
        op = operations[index]
        where = [homes[q] for q in op.qubits]
        if len(where) == 2:
            if where[0] != where[1]:
                remote.append(index)
            continue
        counts = Counter(where)
        at[index] = max(sorted(counts), key=lambda s: counts[s])
        free |= {(e, at[index]) for e, s in zip(program.segment_ids[index], where, strict=True) if s != at[index]}
    cover = _cover(program, homes, remote, free, rank if rank is not None else range(max(homes, default=0) + 1))
    for index in remote:
        q, r = operations[index].qubits
        e, f = program.segment_ids[index]
        if (e, homes[r]) in cover and (f, homes[q]) in cover:
            at[index] = max(homes[q], homes[r])
        else:
            at[index] = homes[r] if (e, homes[r]) in cover else homes[q]
    return at


def _cover(
    program: Program, homes: Sequence[int], remote: list[int], free: set[tuple[int, int]], rank: Sequence[int]
) -> set[tuple[int, int]]:
    """Minimum vertex cover, as copies (segment, QPU); ``free`` copies are in it already."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    left: dict[tuple[int, int], int] = {}
    right: dict[tuple[int, int], int] = {}
    edges: list[tuple[int, int]] = []
    for index in remote:
        (q, r), (e, f) = program.operations[index].qubits, program.segment_ids[index]
        a, b = (e, homes[r]), (f, homes[q])
        if a in free or b in free:
            continue
        if rank[homes[q]] > rank[homes[r]]:
            a, b = b, a
        edges.append((left.setdefault(a, len(left)), right.setdefault(b, len(right))))
    if not edges:
        return set(free)
    rows, columns = np.asarray(edges, dtype=np.int32).T
    graph = csr_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(len(left), len(right)))
    graph.sum_duplicates()
    match_of_left = maximum_bipartite_matching(graph, perm_type="column")
    in_left, in_right = _koenig(graph.indptr, graph.indices, match_of_left, len(right))
    chosen = set(free)
    chosen |= {key for key, i in left.items() if in_left[i]}
    chosen |= {key for key, j in right.items() if in_right[j]}
    return chosen


def _koenig(
    start: np.ndarray, neighbour: np.ndarray, match_of_left: np.ndarray, rights: int
) -> tuple[np.ndarray, np.ndarray]:
    """Koenig's construction: the cover is (left not reached) and (right reached) by alternating paths."""
    match_of_right = np.full(rights, -1, dtype=np.int64)
    matched = np.flatnonzero(match_of_left >= 0)
    match_of_right[match_of_left[matched]] = matched
    reached_left = match_of_left < 0
    reached_right = np.zeros(rights, dtype=bool)
    queue = deque(np.flatnonzero(reached_left).tolist())
    while queue:
        i = queue.popleft()
        for j in neighbour[start[i] : start[i + 1]].tolist():
            if not reached_right[j]:
                reached_right[j] = True
                back = int(match_of_right[j])
                if back >= 0 and not reached_left[back]:
                    reached_left[back] = True
                    queue.append(back)
    return ~reached_left, reached_right


def let_guests_stay(program: Program, homes: Sequence[int], at: Sequence[int], spare: Sequence[int]) -> list[int]:
    """Sites in which a copy that stays at a QPU as a guest meets the copies of a third QPU that pass by there.

    If segment e has a copy at b, and so has every segment that e meets at C, then those operations can run at b and the
    copy of e at C is not needed. The guest holds a memory ion of b for long, so each QPU b keeps at most ``spare[b]``
    of them. Whether this pays is for the caller to count: the order has to bring the copies together.

    Parameters
    ----------
    program, homes
        As for :func:`choose_sites`.
    at
        QPU of every operation.
    spare
        Per QPU: memory ions that guests may hold for long.

    Returns
    -------
    list of int
        New QPU of every operation.
    """
    site = list(at)
    held: dict[int, set[int]] = {}  # segment -> QPUs where it has a copy
    served: dict[tuple[int, int], list[int]] = {}  # (segment, QPU) -> operations there
    for index in program.multi_qubit:
        for q, e in zip(program.operations[index].qubits, program.segment_ids[index], strict=True):
            held.setdefault(e, {homes[q]}).add(site[index])
            served.setdefault((e, site[index]), []).append(index)
    gains: dict[tuple[int, int], list[int]] = {}  # (segment, b) -> QPUs C whose copy could go
    for (e, c), operations in served.items():
        if c == homes[program.segments[e].qubit]:
            continue
        others = [f for i in operations for f in program.segment_ids[i] if f != e]
        for b in held[e] - {c, homes[program.segments[e].qubit]}:
            if all(b in held[f] for f in others):
                gains.setdefault((e, b), []).append(c)
    guests = [0] * len(spare)
    gone: set[tuple[int, int]] = set()
    for (e, b), targets in sorted(gains.items(), key=lambda item: (-len(item[1]), item[0])):
        free = [c for c in targets if (e, c) not in gone and (e, b) not in gone]
        if guests[b] >= spare[b] or not free or any(e == g for g, _ in gone):
            continue
        guests[b] += 1
        for c in free:
            gone.add((e, c))
            for index in served[e, c]:
                site[index] = b
    return site
