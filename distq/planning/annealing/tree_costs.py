"""What it costs to join QPUs: cheapest paths between two of them, cheapest trees (Steiner trees) for sets of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

UNREACHABLE = 1e6
"""Cost of a path where there is none: more than any tree costs."""
MAX_TABULATED_QPUS = 12
"""QPUs up to which the exact cost of every set of them is tabulated (2^k numbers); beyond, spanning trees stand in."""


def cheapest_paths(k: int, costs: Iterable[tuple[int, int, float]]) -> Reals:
    """(k, k) costs of the cheapest paths between QPUs over links (a, b, cost); Floyd and Warshall, O(k^3)."""
    distance = np.full((k, k), UNREACHABLE)
    np.fill_diagonal(distance, 0.0)
    for a, b, cost in costs:
        distance[a, b] = distance[b, a] = cost
    for s in range(k):
        distance = np.minimum(distance, distance[:, s, None] + distance[None, s])
    return np.asarray(np.minimum(distance, UNREACHABLE))


def tabulate_trees(distance: Reals) -> Reals:
    """(2^k,) cost of the cheapest tree that joins each set of QPUs, for (k, k) costs of paths.

    The table is (1,) where it is not needed, because every path costs 1 and a tree |set| - 1, and where it would be too
    long. Other QPUs may serve as relays, so the cheapest tree is the cheapest spanning tree of a superset: O(2^k k^2).
    """
    k = len(distance)
    if k > MAX_TABULATED_QPUS or (distance + np.eye(k) == 1.0).all():
        return np.zeros(1)
    cost = np.zeros(1 << k)
    for mask in range(1, 1 << k):
        cost[mask] = spanning_tree_cost([s for s in range(k) if mask >> s & 1], distance)
    for s in range(k):
        without = [m for m in range(1, 1 << k) if not m >> s & 1]
        cost[without] = np.minimum(cost[without], cost[[m | 1 << s for m in without]])
    return cost


def spanning_tree_cost(nodes: list[int], distance: Reals) -> float:
    """Weight of a minimum spanning tree over ``nodes`` (Prim)."""
    total = 0.0
    near = {s: distance[nodes[0], s] for s in nodes[1:]}
    while near:
        s = min(near, key=lambda v: near[v])
        total += float(near.pop(s))
        for v in near:
            near[v] = min(near[v], distance[s, v])
    return total
