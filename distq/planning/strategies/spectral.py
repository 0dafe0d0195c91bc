"""``spectral`` and ``bisection``: homes from the spectrum of the interaction graph, in a row or by repeated halving."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.fixed_homes import even_shares, interaction_weights, register_fixed_homes
from distq.planning.strategies.kernighan_lin import Graph, bisect, graph_of
from distq.util.union_find import components

MAX_QUBITS_KL = 300
"""Qubits up to which the halves of a bisection are improved by Kernighan-Lin swaps, for lack of time."""
MAX_QUBITS_DENSE = 12
"""Qubits up to which eigenvectors of dense matrices are computed, which takes less time than importing networkx."""
HEIGHT_DIGITS = 9
"""Decimals of an eigenvector that count: the others are rounding errors."""


@register_fixed_homes(
    "spectral",
    "qubits in the order of the Fiedler vector of their interactions, dealt out to QPUs in a row",
    "M. Fiedler, Czech. Math. J. 23, 298 (1973); A. Pothen, H. Simon, K.-P. Liou, SIAM J. Matrix Anal. 11, 430 (1990)",
)
def spectral(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Deal the qubits out to the QPUs, both in spectral order, so that neighbours in one are near in the other."""
    graph = graph_of(range(program.num_qubits), interaction_weights(program))
    shares = even_shares(program.num_qubits, network)
    seats = [s for s in _row(network, rng) for _ in range(shares[s])]
    homes = [0] * program.num_qubits
    for seat, qubit in zip(seats, _ordered(graph, list(graph), rng), strict=True):
        homes[qubit] = seat
    return homes


@register_fixed_homes(
    "bisection",
    "spectral halves, improved by Kernighan-Lin swaps, halved again until one QPU each is left",
    "H. Simon, Comput. Syst. Eng. 2, 135 (1991); B. Kernighan, S. Lin, Bell Syst. Tech. J. 49, 291 (1970)",
)
def bisection(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Halve qubits and QPUs together until one QPU each is left, so that what interacts much stays near."""
    graph = graph_of(range(program.num_qubits), interaction_weights(program))
    shares = even_shares(program.num_qubits, network)
    homes = [0] * program.num_qubits
    waiting = [(_row(network, rng), list(graph))]
    while waiting:
        qpus, qubits = waiting.pop()
        if len(qpus) == 1:
            for qubit in qubits:
                homes[qubit] = qpus[0]
            continue
        left, right = qpus[: len(qpus) // 2], qpus[len(qpus) // 2 :]
        halves = _halved(graph, qubits, sum(shares[s] for s in left), rng)
        waiting += [(left, halves[0]), (right, halves[1])]
    return homes


def _row(network: Network, rng: np.random.Generator) -> list[int]:
    """All QPUs in the spectral order of their links, near ones next to each other; by index if all are linked."""
    k = len(network.qpus)
    if network.complete or k < 3:
        return list(range(k))
    links = {(link.a, link.b): 1 for link in network.links if not link.via}
    return _ordered(graph_of(range(k), links), range(k), rng)


def _ordered(graph: Graph, nodes: Sequence[int], rng: np.random.Generator) -> list[int]:
    """``nodes`` in the spectral order of their subgraph, those without edges last."""
    inside = set(nodes)
    joined = sorted([v for v in nodes if not inside.isdisjoint(graph[v])])
    alone = sorted(inside.difference(joined))
    if len(joined) < 3:
        return [*joined, *alone]
    if len(joined) <= MAX_QUBITS_DENSE:
        return [*_dense_order(graph, joined), *alone]
    import networkx as nx

    part = nx.Graph()
    part.add_nodes_from(joined)
    part.add_weighted_edges_from((u, v, w) for u in joined for v, w in graph[u].items() if v in inside)
    return [*nx.spectral_ordering(part, method="tracemin_lu", seed=int(rng.integers(2**31))), *alone]


def _dense_order(graph: Graph, nodes: Sequence[int]) -> list[int]:
    """The spectral order of the subgraph of ``nodes``, one connected component after the other.

    Vertices of a component are ordered by the eigenvector of the second smallest eigenvalue of its Laplacian.
    """
    place = {v: i for i, v in enumerate(nodes)}
    adjacency = np.zeros((len(nodes), len(nodes)))
    for u, i in place.items():
        for v, weight in graph[u].items():
            if v in place:
                adjacency[i, place[v]] = weight
    roots = components(len(nodes), [(i, j) for i, j in np.argwhere(adjacency).tolist()])
    order: list[int] = []
    for root in dict.fromkeys(roots):
        members = [i for i, r in enumerate(roots) if r == root]
        part = adjacency[np.ix_(members, members)]
        _, vectors = np.linalg.eigh(np.diag(part.sum(axis=0)) - part)
        height = np.round(vectors[:, 1], HEIGHT_DIGITS).tolist()
        order += [nodes[i] for _, i in sorted(zip(height, members, strict=True))]
    return order


def _halved(graph: Graph, qubits: list[int], size: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """``size`` of the qubits, and the others, both in spectral order.

    That order has no direction of its own; it gets the one in which it agrees with the order of ``qubits``.
    """
    order = _ordered(graph, qubits, rng)
    rank = {q: i for i, q in enumerate(qubits)}
    middle = len(order) // 2
    if sum(rank[q] for q in order[:middle]) * (len(order) - middle) > sum(rank[q] for q in order[middle:]) * middle:
        order.reverse()
    first, second = order[:size], order[size:]
    if len(qubits) > MAX_QUBITS_KL or not first or not second:
        return first, second
    pads = [-1 - i for i in range(abs(len(first) - len(second)))]  # vertices without edges: equally large halves
    padded = [set(first), set(second)]
    padded[len(first) > len(second)] |= set(pads)
    found = bisect(graph, *padded)
    halves = [[q for q in order if q in half] for half in found]
    if len(halves[0]) != size:
        return first, second  # pads have changed sides
    return halves[0], halves[1]
