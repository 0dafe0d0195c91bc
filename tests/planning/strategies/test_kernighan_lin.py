"""The bisection of graphs as dictionaries is that of networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from distq.planning.strategies.kernighan_lin import bisect, graph_of


@pytest.mark.parametrize("seed", range(30))
def test_halves_are_those_of_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 24))
    pairs = [(int(u), int(v)) for u in range(n) for v in range(u) if rng.random() < 0.4]
    weights = {pair: int(rng.integers(1, 5)) for pair in pairs}
    chosen = rng.permutation(n)[: int(rng.integers(2, n + 1))].tolist()
    first, second = chosen[: len(chosen) // 2], chosen[len(chosen) // 2 :]
    first += [-1] * (len(second) - len(first))
    graph = nx.Graph()
    graph.add_nodes_from(sorted(chosen))
    graph.add_weighted_edges_from((u, v, w) for (u, v), w in weights.items() if {u, v} <= {*chosen})
    graph.add_nodes_from(v for v in first if v < 0)
    expected = nx.algorithms.community.kernighan_lin_bisection(graph, partition=(set(first), set(second)), seed=0)
    assert bisect(graph_of(range(n), weights), first, second) == expected


def test_a_cut_becomes_lighter() -> None:
    graph = graph_of(range(6), {(0, 1): 3, (1, 2): 3, (0, 2): 3, (3, 4): 3, (4, 5): 3, (3, 5): 3, (2, 3): 1})
    halves = bisect(graph, {0, 1, 3}, {2, 4, 5})
    assert {frozenset(half) for half in halves} == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    assert bisect(graph_of(range(2), {}), {0}, {1}) == ({1}, {0})
