"""``contiguous``, ``random``, ``greedy``, ``kl``: qubits that never move, placed by simple rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.fixed_homes import even_shares, interaction_weights, register_fixed_homes
from distq.planning.strategies.kernighan_lin import Graph, bisect, graph_of

KL_SWEEPS = 4
"""How often ``kl`` goes through all pairs of QPUs, at most."""


@register_fixed_homes("contiguous", "qubits in order, QPU after QPU", gathers=False)
def contiguous(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Fill the QPUs evenly, in proportion to their data ions, in the order of the qubits."""
    shares = even_shares(program.num_qubits, network)
    return [s for s, share in enumerate(shares) for _ in range(share)]


@register_fixed_homes("random", "qubits at random, full QPUs allowed; a floor to compare with", gathers=False)
def random(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Each qubit takes a random free data ion."""
    data_ions = [s for s, qpu in enumerate(network.qpus) for _ in range(qpu.data)]
    return [int(s) for s in rng.permutation(data_ions)[: program.num_qubits]]


@register_fixed_homes("greedy", "strongest interactions first, each qubit to the QPU that it talks to most")
def greedy(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Grow the placement from the busiest qubit, always taking the qubit most attached to what is placed."""
    neighbours: list[dict[int, int]] = [{} for _ in range(program.num_qubits)]
    for (q, r), weight in interaction_weights(program).items():
        neighbours[q][r] = neighbours[r][q] = weight
    homes = [-1] * program.num_qubits
    free = [q.data for q in network.qpus]
    attachment = np.zeros((program.num_qubits, len(free)))  # of each qubit to the qubits placed at each QPU
    total = np.array([sum(n.values()) for n in neighbours], dtype=float)
    waiting = set(range(program.num_qubits))
    while waiting:
        qubit = max(waiting, key=lambda q: (attachment[q].sum(), total[q], -q))
        qpus = [s for s, ions in enumerate(free) if ions]
        home = max(qpus, key=lambda s: (attachment[qubit, s], free[s], -s))
        homes[qubit] = home
        free[home] -= 1
        waiting.discard(qubit)
        for other, weight in neighbours[qubit].items():
            attachment[other, home] += weight
    return homes


@register_fixed_homes(
    "kl", "Kernighan-Lin swaps between every two QPUs", "B. Kernighan, S. Lin, Bell Syst. Tech. J. 49, 291 (1970)"
)
def kl(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Improve the contiguous placement pair by pair with Kernighan-Lin bisections until nothing changes."""
    graph = graph_of(range(program.num_qubits), interaction_weights(program))
    homes = list(contiguous(program, network, rng))
    k = len(network.qpus)
    for _ in range(KL_SWEEPS):
        before = list(homes)
        for a in range(k):
            for b in range(a + 1, k):
                _swap_between(graph, homes, a, b, network)
        if homes == before:
            break
    return homes


def _swap_between(graph: Graph, homes: list[int], a: int, b: int, network: Network) -> None:
    """Exchange qubits between QPUs a and b, in ``homes``, by one Kernighan-Lin bisection.

    Both sides are padded with placeholder vertices to the same size, so that free data ions can be used.
    """
    sides = [[q for q, h in enumerate(homes) if h == s] for s in (a, b)]
    if all(graph[q].keys().isdisjoint(sides[1]) for q in sides[0]):
        return  # nothing to gain
    size = max(network.qpus[a].data, network.qpus[b].data)
    spare = size - len(sides[0])
    pads = [[-1 - i for i in range(spare)], [-1 - spare - i for i in range(size - len(sides[1]))]]
    halves = bisect(graph, {*sides[0], *pads[0]}, {*sides[1], *pads[1]})
    counts = [sum(q >= 0 for q in half) for half in halves]
    if counts[0] > network.qpus[a].data or counts[1] > network.qpus[b].data:
        return  # where the QPUs differ in size, the smaller one may come out overfull
    for s, half in zip((a, b), halves, strict=True):
        for q in half:
            if q >= 0:
                homes[q] = s
