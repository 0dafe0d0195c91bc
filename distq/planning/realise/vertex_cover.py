"""Minimum vertex covers of bipartite graphs, from maximum matchings.

A minimum cover has as many vertices as a maximum matching has edges (D. Koenig, Matematikai es Fizikai Lapok 38, 116
(1931)).
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

MAX_EDGES_WITHOUT_SCIPY = 400
"""Edges up to which a matching is found without scipy, whose import takes half a second."""


class Cover(NamedTuple):
    """Which vertices on the left and on the right are in a cover, as arrays of truth values."""

    left: np.ndarray
    right: np.ndarray


def minimum_cover(edges: list[tuple[int, int]], lefts: int, rights: int) -> Cover:
    """The minimum vertex cover of a bipartite graph that has as many vertices on the left as any.

    Its vertices on the right are in every minimum cover.

    Parameters
    ----------
    edges
        (left vertex, right vertex); repeated ones count once.
    lefts, rights
        Number of vertices on each side.
    """
    start, neighbour = neighbours(edges, lefts)
    match = match_few if len(edges) <= MAX_EDGES_WITHOUT_SCIPY else match_many
    return koenig_cover(start, neighbour, match(start, neighbour, rights), rights)


def neighbours(edges: list[tuple[int, int]], lefts: int) -> tuple[np.ndarray, np.ndarray]:
    """The graph by its left vertices: neighbours of i are ``neighbour[start[i]:start[i + 1]]``, ascending."""
    pairs = np.array(sorted(set(edges)), dtype=np.int64).reshape(-1, 2)  # np.unique imports numpy.ma
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


def koenig_cover(start: np.ndarray, neighbour: np.ndarray, match_of_left: np.ndarray, rights: int) -> Cover:
    """The minimum cover with most vertices on the left, from a maximum matching.

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
    return Cover(~reached_left, reached_right)
