"""Kernighan-Lin bisection: vertices of a weighted graph change sides in pairs while that makes the cut lighter.

It does what ``networkx.community.kernighan_lin_bisection`` does, step by step, on graphs as plain dictionaries:
importing networkx takes longer than compiling a small circuit.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count
from typing import TypeAlias

Graph: TypeAlias = Mapping[int, Mapping[int, int]]
"""Per vertex: its neighbours, and the weights of the edges to them."""

MAX_SWEEPS = 10
"""Sweeps over all vertices, at most."""


def graph_of(vertices: Iterable[int], weights: Mapping[tuple[int, int], int]) -> dict[int, dict[int, int]]:
    """The graph with these ``vertices`` and the ``weights`` of its edges."""
    graph: dict[int, dict[int, int]] = {v: {} for v in vertices}
    for (u, v), weight in weights.items():
        graph[u][v] = graph[v][u] = weight
    return graph


def bisect(graph: Graph, first: Collection[int], second: Collection[int]) -> tuple[set[int], set[int]]:
    """Halves of the subgraph of ``first`` and ``second`` between which there is less weight, as large as these.

    The first of them is what became of ``second``. Vertices that the graph does not have count as vertices without
    edges; the two sides have to be equally large for all vertices to be considered.

    Source: B. Kernighan, S. Lin, Bell Syst. Tech. J. 49, 291 (1970); single vertices move, from the two sides in turn.
    """
    part = _subgraph(graph, {*first, *second})
    side = {v: v in first for v in part}
    for _ in range(MAX_SWEEPS):
        swaps = list(_sweep(part, side))
        least, number, _ = min(swaps, default=(0, 0, (0, 0)))
        if least >= 0:
            break
        for _, _, (u, v) in swaps[:number]:
            side[u], side[v] = True, False
    return {v for v in side if not side[v]}, {v for v in side if side[v]}


def _subgraph(graph: Graph, chosen: set[int]) -> dict[int, dict[int, int]]:
    """The subgraph of the ``chosen`` vertices, those that ``graph`` lacks last. Its order breaks ties."""
    known = [v for v in graph if v in chosen]
    part: dict[int, dict[int, int]] = {v: {} for v in known}
    for u in known:
        for v, weight in graph[u].items():
            if v in part:
                part[u][v] = part[v][u] = weight
    return part | {v: {} for v in sorted(chosen - part.keys(), reverse=True)}


class _Costs:
    """What it costs to move the vertices of one side, the cheapest first."""

    def __init__(self) -> None:
        self.cost: dict[int, int] = {}
        self._heap: list[tuple[int, int, int]] = []
        self._number = count()

    def set(self, vertex: int, cost: int) -> None:
        """Remember the cost of a vertex in place of the one before."""
        if self.cost.get(vertex) != cost:
            self.cost[vertex] = cost
            heapq.heappush(self._heap, (cost, next(self._number), vertex))

    def pop(self) -> tuple[int, int]:
        """Take away and return the vertex that costs least, of equal ones the first to cost that, and its cost."""
        while True:
            cost, _, vertex = heapq.heappop(self._heap)
            if self.cost.get(vertex) == cost:
                del self.cost[vertex]
                return vertex, cost


def _sweep(part: Graph, side: Mapping[int, bool]) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Pairs that change sides one after the other: change of the cut so far, number of pairs, the pair."""
    costs = _Costs(), _Costs()
    for u, near in part.items():
        cost = sum(weight if side[v] else -weight for v, weight in near.items())
        costs[side[u]].set(u, cost if side[u] else -cost)

    def move(u: int) -> None:
        for v, weight in part[u].items():
            left = costs[side[v]]
            if v in left.cost:
                left.set(v, left.cost[v] + 2 * (-weight if side[v] == side[u] else weight))

    change = number = 0
    while costs[0].cost and costs[1].cost:
        u, cost_u = costs[0].pop()
        move(u)
        v, cost_v = costs[1].pop()
        move(v)
        change += cost_u + cost_v
        number += 1
        yield change, number, (u, v)
