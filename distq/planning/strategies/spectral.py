"""``spectral`` and ``bisection``: homes from the spectrum of the interaction graph, in a row or by repeated halving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.fixed_homes import even_shares, interaction_weights, register_fixed_homes

MAX_QUBITS_KL = 300
"""Qubits up to which the halves of a bisection are improved by Kernighan-Lin swaps, for lack of time."""


@register_fixed_homes(
    "spectral",
    "qubits in the order of the Fiedler vector of their interactions, dealt out to QPUs in a row",
    "M. Fiedler, Czech. Math. J. 23, 298 (1973); A. Pothen, H. Simon, K.-P. Liou, SIAM J. Matrix Anal. 11, 430 (1990)",
)
def spectral(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Deal the qubits out to the QPUs, both in spectral order, so that neighbours in one are near in the other."""
    graph = _interactions(program)
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
    graph = _interactions(program)
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


def _interactions(program: Program) -> Any:
    """Graph of all qubits, edges weighted by :func:`distq.planning.strategies.fixed_homes.interaction_weights`."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(program.num_qubits))
    graph.add_weighted_edges_from((q, r, w) for (q, r), w in interaction_weights(program).items())
    return graph


def _row(network: Network, rng: np.random.Generator) -> list[int]:
    """All QPUs in the spectral order of their links, near ones next to each other; by index if all are linked."""
    import networkx as nx

    if network.complete or len(network.qpus) < 3:
        return list(range(len(network.qpus)))
    graph = nx.Graph()
    graph.add_nodes_from(range(len(network.qpus)))
    graph.add_edges_from((link.a, link.b) for link in network.links if not link.via)
    return _ordered(graph, list(graph), rng)


def _ordered(graph: Any, nodes: list[int], rng: np.random.Generator) -> list[int]:
    """``nodes`` in the spectral order of their subgraph, those without edges last."""
    import networkx as nx

    part = graph.subgraph(nodes)
    joined = sorted([v for v in nodes if part.degree(v)])
    alone = sorted([v for v in nodes if not part.degree(v)])
    if len(joined) < 3:
        return [*joined, *alone]
    seed = int(rng.integers(2**31))
    return [*nx.spectral_ordering(graph.subgraph(joined), method="tracemin_lu", seed=seed), *alone]


def _halved(graph: Any, qubits: list[int], size: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """``size`` of the qubits, and the others, both in spectral order.

    That order has no direction of its own; it gets the one in which it agrees with the order of ``qubits``.
    """
    import networkx as nx

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
    part = graph.subgraph(qubits).copy()
    part.add_nodes_from(pads)
    seed = int(rng.integers(2**31))
    found = nx.algorithms.community.kernighan_lin_bisection(part, partition=tuple(padded), seed=seed)
    halves = [[q for q in order if q in half] for half in found]
    if len(halves[0]) != size:
        return first, second  # pads have changed sides
    return halves[0], halves[1]
