"""Where gates run when homes are fixed: the direction of each packet, as a minimum vertex cover.

For two QPUs A and B, every remote operation between qubit q at A (in segment e) and r at B (in segment f) needs a copy
of q at B or of r at A. So the copies to open are a vertex cover of the bipartite graph with an edge (e at B)-(f at A)
per operation. A smallest one has as many vertices as a maximum matching has edges (D. Koenig, 1931).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

import numpy as np

from distq.ir.program import Program
from distq.planning.realise.placement import SegmentCopy

FEW_EDGES = 400
"""Up to so many remote operations are matched without scipy, whose import takes half a second."""


def choose_sites(program: Program, homes: Sequence[int], *, rank: Sequence[int] | None = None) -> list[int]:
    """QPU of every operation for fixed homes: fewest copies, if memory is unlimited and gates run at operands' homes.

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
    sites = [homes[op.qubits[0]] for op in operations]
    given: set[SegmentCopy] = set()
    remote: list[int] = []
    for index in program.multi_qubit:
        op = operations[index]
        where = [homes[q] for q in op.qubits]
        if len(where) == 2:
            if where[0] != where[1]:
                remote.append(index)
            continue
        counts = Counter(where)
        sites[index] = max(sorted(counts), key=lambda s: counts[s])
        segments = zip(program.segment_ids[index], where, strict=True)
        given |= {SegmentCopy(e, sites[index]) for e, home in segments if home != sites[index]}
    if rank is None:
        rank = range(max(homes, default=0) + 1)
    cover = _smallest_cover(program, homes, remote, given, rank)
    for index in remote:
        q, r = operations[index].qubits
        e, f = program.segment_ids[index]
        if (e, homes[r]) in cover and (f, homes[q]) in cover:
            sites[index] = max(homes[q], homes[r])
        else:
            sites[index] = homes[r] if (e, homes[r]) in cover else homes[q]
    return sites


def _smallest_cover(
    program: Program, homes: Sequence[int], remote: list[int], given: set[SegmentCopy], rank: Sequence[int]
) -> set[SegmentCopy]:
    """Minimum vertex cover of the remote operations, as copies; those ``given`` are in it already."""
    left: dict[SegmentCopy, int] = {}
    right: dict[SegmentCopy, int] = {}
    edges: list[tuple[int, int]] = []
    for index in remote:
        (q, r), (e, f) = program.operations[index].qubits, program.segment_ids[index]
        a, b = SegmentCopy(e, homes[r]), SegmentCopy(f, homes[q])
        if a in given or b in given:
            continue
        if rank[homes[q]] > rank[homes[r]]:
            a, b = b, a
        edges.append((left.setdefault(a, len(left)), right.setdefault(b, len(right))))
    if not edges:
        return set(given)
    start, neighbour = neighbours(edges, len(left))
    match = match_few if len(edges) <= FEW_EDGES else match_many
    match_of_left = match(start, neighbour, len(right))
    left_covered, right_covered = koenig_cover(start, neighbour, match_of_left, len(right))
    cover = set(given)
    cover |= {copy for copy, i in left.items() if left_covered[i]}
    cover |= {copy for copy, j in right.items() if right_covered[j]}
    return cover


def neighbours(edges: list[tuple[int, int]], lefts: int) -> tuple[np.ndarray, np.ndarray]:
    """The graph by its left vertices: neighbours of i are ``neighbour[start[i]:start[i + 1]]``, ascending."""
    pairs = np.unique(np.asarray(edges, dtype=np.int64), axis=0)
    start = np.searchsorted(pairs[:, 0], np.arange(lefts + 1))
    return start, pairs[:, 1]


def match_few(start: np.ndarray, neighbour: np.ndarray, rights: int) -> np.ndarray:
    """A maximum matching, by one augmenting path after the other; in O(vertices x edges), without importing scipy.

    All maximum matchings give the same cover: the vertices on alternating paths from unmatched ones on the left do not
    depend on the matching (A. L. Dulmage and N. S. Mendelsohn, Canad. J. Math. 10, 517 (1958)).
    """
    match_of_left = np.full(len(start) - 1, -1, dtype=np.int64)
    match_of_right = np.full(rights, -1, dtype=np.int64)
    for root in range(len(match_of_left)):
        came_from: dict[int, int] = {}
        queue, free = deque([root]), -1
        while queue and free < 0:
            i = queue.popleft()
            for j in neighbour[start[i] : start[i + 1]].tolist():
                if j not in came_from:
                    came_from[j] = i
                    if match_of_right[j] < 0:
                        free = j
                        break
                    queue.append(int(match_of_right[j]))
        while free >= 0:
            i = came_from[free]
            match_of_right[free] = i
            match_of_left[i], free = free, int(match_of_left[i])
    return match_of_left


def match_many(start: np.ndarray, neighbour: np.ndarray, rights: int) -> np.ndarray:
    """A maximum matching, by Hopcroft and Karp's algorithm in scipy."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    content = (np.ones(len(neighbour), dtype=np.int8), neighbour.astype(np.int32), start.astype(np.int32))
    graph = csr_matrix(content, shape=(len(start) - 1, rights))
    found: np.ndarray = maximum_bipartite_matching(graph, perm_type="column")
    return found


def koenig_cover(
    start: np.ndarray, neighbour: np.ndarray, match_of_left: np.ndarray, rights: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which vertices on the left and on the right are in a minimum cover, from a maximum matching.

    Koenig's construction: follow alternating paths from the unmatched vertices on the left; the cover consists of the
    left vertices not reached and the right vertices reached.

    Parameters
    ----------
    start, neighbour
        The graph: neighbours of left vertex i are ``neighbour[start[i]:start[i + 1]]``.
    match_of_left
        (left,) matched right vertex, negative if none.
    rights
        Number of right vertices.
    """
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


def sites_at_lasting_copies(
    program: Program, homes: Sequence[int], sites: Sequence[int], spare: Sequence[int]
) -> list[int]:
    """Other sites, at which a long-lived copy of one segment meets the copies of others that visit the same QPU.

    If segment e has a copy at B, and so has every segment that e meets at C, then those operations can run at B and the
    copy of e at C is not needed. The copy of e holds a memory ion of B for long, so each QPU B keeps at most
    ``spare[B]`` of them. Whether this pays is for the caller to count, because the order has to bring the copies
    together.

    Parameters
    ----------
    program, homes
        As for :func:`choose_sites`.
    sites
        QPU of every operation.
    spare
        Per QPU: memory ions that such copies may hold for long.

    Returns
    -------
    list of int
        New QPU of every operation.
    """
    copies: dict[int, set[int]] = {}  # segment -> QPUs where it has a member
    served: dict[SegmentCopy, list[int]] = {}  # operations that the member serves
    for index in program.multi_qubit:
        for q, e in zip(program.operations[index].qubits, program.segment_ids[index], strict=True):
            copies.setdefault(e, {homes[q]}).add(sites[index])
            served.setdefault(SegmentCopy(e, sites[index]), []).append(index)
    replaceable = _replaceable_copies(program, homes, copies, served)
    new_sites = list(sites)
    kept_at = [0] * len(spare)
    gone: set[SegmentCopy] = set()
    for (e, b), qpus in sorted(replaceable.items(), key=lambda item: (-len(item[1]), item[0])):
        replaced = [c for c in qpus if (e, c) not in gone and (e, b) not in gone]
        if kept_at[b] >= spare[b] or not replaced or any(e == g for g, _ in gone):
            continue
        kept_at[b] += 1
        for c in replaced:
            gone.add(SegmentCopy(e, c))
            for index in served[SegmentCopy(e, c)]:
                new_sites[index] = b
    return new_sites


def _replaceable_copies(
    program: Program, homes: Sequence[int], copies: dict[int, set[int]], served: dict[SegmentCopy, list[int]]
) -> dict[SegmentCopy, list[int]]:
    """Per copy (e, B): the QPUs C where the copy of e could go, because all that it meets there has a copy at B."""
    replaceable: dict[SegmentCopy, list[int]] = {}
    for (e, c), operations in served.items():
        home = homes[program.segments[e].qubit]
        if c == home:
            continue
        met = [f for i in operations for f in program.segment_ids[i] if f != e]
        for b in copies[e] - {c, home}:
            if all(b in copies[f] for f in met):
                replaceable.setdefault(SegmentCopy(e, b), []).append(c)
    return replaceable
