"""Where gates run when homes are fixed: the direction of each packet, as a minimum vertex cover.

For two QPUs A and B, every remote operation between qubit q at A (in segment e) and r at B (in segment f) needs a copy
of q at B or of r at A. So the copies to open are a vertex cover of the bipartite graph with an edge (e at B)-(f at A)
per operation (:mod:`distq.planning.realise.vertex_cover`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from distq.ir.program import Program
from distq.planning.realise.placement import SegmentCopy
from distq.planning.realise.vertex_cover import minimum_cover


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
        Minimum covers are seldom unique. Of two QPUs, the cover prefers copies of the qubits of the one with the lower
        rank. None: rank = index.

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
        given |= {(e, sites[index]) for e, home in segments if home != sites[index]}
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
        a, b = (e, homes[r]), (f, homes[q])
        if a in given or b in given:
            continue
        if rank[homes[q]] > rank[homes[r]]:
            a, b = b, a
        edges.append((left.setdefault(a, len(left)), right.setdefault(b, len(right))))
    if not edges:
        return set(given)
    cover = minimum_cover(edges, len(left), len(right))
    copies = set(given)
    copies |= {copy for copy, i in left.items() if cover.left[i]}
    copies |= {copy for copy, j in right.items() if cover.right[j]}
    return copies


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
            served.setdefault((e, sites[index]), []).append(index)
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
            gone.add((e, c))
            for index in served[e, c]:
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
                replaceable.setdefault((e, b), []).append(c)
    return replaceable
