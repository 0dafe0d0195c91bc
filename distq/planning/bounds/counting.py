"""Lower bounds for one window by counting pairs and cutting the network.

Throughout, V_q is the set of QPUs that hold a member of qubit q at some time within the window. Its members are joined
by the copies opened for q, so q costs at least ``|V_q| - 1`` Bell pairs, and at least one across every cut of the
network with QPUs of V_q on both sides. Two qubits that share an operation share a QPU: V_q and V_r intersect. At the
window's moment every qubit has its home in V_q, with no more homes at a QPU than it has data ions.

So the qubits that stay within one side of a cut of the network, left or right, do not interact across it, and neither
are there more of them on a side than it has data ions; all others cost a Bell pair across the cut. The least size of
such a vertex separator bounds the Bell pairs of the cut.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from distq.networks.network import Network
from distq.planning.bounds.time_windows import Window

ALL_CUTS_QPUS = 7
"""Up to this many QPUs every cut of the network is used, beyond them the cuts round one QPU and some halves."""
SPECTRAL_QUBITS = 1500
"""Up to this many qubits the eigenvalues of the interaction graph are computed."""


@dataclass(frozen=True)
class Graph:
    """What the bounds use of a window.

    Attributes
    ----------
    size, pairs
        Qubits, and pairs of them that must meet.
    degrees
        Descending.
    expansion
        ((l_n - l_2) / (l_n + l_2))^2 of the Laplacian's eigenvalues; 1 if unknown or useless.
    """

    size: int
    pairs: int
    degrees: tuple[int, ...]
    expansion: float


def graph_of(window: Window) -> Graph:
    """Numbers of the window's interaction graph."""
    degrees = sorted((int(d) for d in window.meets.sum(axis=1)), reverse=True)
    n = len(degrees)
    expansion = 1.0
    if 2 <= n <= SPECTRAL_QUBITS and degrees[-1] > 0:
        adjacency = window.meets.astype(np.float64)
        values = np.linalg.eigvalsh(np.diag(adjacency.sum(axis=1)) - adjacency)
        low, high = max(0.0, float(values[1]) - 1e-9), float(values[-1]) + 1e-9
        expansion = min(1.0, ((high - low) / (high + low)) ** 2 + 1e-9)
    return Graph(n, window.pairs, tuple(degrees), expansion)


def filled_pairs(qubits: int, capacities: Sequence[int]) -> int:
    """The most pairs of ``qubits`` qubits that can be together in QPUs of these capacities: fill the largest first."""
    total = 0
    for capacity in sorted(capacities, reverse=True):
        here = min(capacity, qubits)
        total += here * (here - 1) // 2
        qubits -= here
    return total


def copied_qubits(graph: Graph, capacities: Sequence[int]) -> int:
    """Least number of qubits that must visit more than one of parts with these capacities.

    If c qubits do, the other n - c interact only within their part. The c touch at most the sum of the c largest
    degrees of all pairs, and n - c qubits have at most as many pairs that do not interact as the graph has.
    """
    n = graph.size
    missing = n * (n - 1) // 2 - graph.pairs
    touched = 0
    for c in range(n):
        rest = n - c
        inside = max(graph.pairs - touched, rest * (rest - 1) // 2 - missing)
        if rest <= sum(capacities) and inside <= filled_pairs(rest, capacities):
            return c
        touched += graph.degrees[c]
    return n


def separator(graph: Graph, left: int, right: int) -> int:
    """Least size of a vertex separator that leaves at most ``left`` and ``right`` qubits on its sides.

    Besides :func:`copied_qubits`: sets of a and b vertices of an n-vertex graph without edges between them obey
    ab / ((n-a)(n-b)) <= ((l_n - l_2) / (l_n + l_2))^2 with the eigenvalues of the Laplacian (W. Haemers, Interlacing
    eigenvalues and graphs, Linear Algebra Appl. 226, 593 (1995), lemma 6.1).
    """
    n = graph.size
    counted = copied_qubits(graph, [left, right])
    if graph.expansion >= 1.0:
        return counted
    most = 0
    for a in range(min(left, n) + 1):
        if a == n:
            most = n
            break
        # ab <= e (n-a)(n-b)  <=>  b (a + e (n-a)) <= e (n-a) n
        share = graph.expansion * (n - a)
        b = math.floor(share * n / (a + share) + 1e-9) if a + share > 0 else n
        most = max(most, a + min(b, right, n - a))
    return max(counted, n - most)


def cut_bound(graph: Graph, network: Network) -> int:
    """Fractional packing of cuts of the network, each with its separator bound (linear program, rounded up).

    A Bell pair on a link counts once in every cut that separates the link's ends, so sum_c y_c b_c is a bound whenever
    on each link the y_c of the cuts that separate its ends sum to at most 1.
    """
    if not network.links or graph.pairs == 0:
        return 0
    known: dict[tuple[int, int], int] = {}
    values = []
    for side in cuts(network):
        left = sum(network.qpus[s].data for s in side)
        key = min((left, network.data_ions - left), (network.data_ions - left, left))
        if key not in known:
            known[key] = separator(graph, *key)
        values.append(known[key])
    return _packing(network, tuple(values))


@lru_cache(maxsize=4096)
def _packing(network: Network, values: tuple[int, ...]) -> int:
    """Maximum of sum_c y_c values_c over the cuts of ``network``, rounded up."""
    if len(values) == 1 or not any(values):
        return max(values)  # importing scipy's linear programs takes longer than most small circuits
    from scipy.optimize import linprog

    crossing = np.array([[(link.a in side) != (link.b in side) for side in cuts(network)] for link in network.links])
    solved = linprog(-np.array(values), A_ub=crossing, b_ub=np.ones(len(network.links)), bounds=(0, None))
    if not solved.success:
        return max(values)
    weights = np.maximum(solved.x, 0.0)
    load = float((crossing @ weights).max())
    return max(max(values), math.ceil(float(weights @ values) / max(load, 1.0) - 1e-6))


@lru_cache(maxsize=64)
def cuts(network: Network) -> tuple[frozenset[int], ...]:
    """One side each of the cuts of the network that are used."""
    k = len(network.qpus)
    if k <= ALL_CUTS_QPUS:
        return tuple([frozenset(c) for size in range(1, k) for c in combinations(range(k), size) if 0 in c])
    near = sorted(range(k), key=lambda s: (network.distance[0][s], s))
    singles = [frozenset([s]) for s in range(k)]
    halves = [frozenset([(s + i) % k for i in range(size)]) for size in (k // 4, k // 3, k // 2) for s in range(k)]
    return (*singles, *halves, *[frozenset(near[:i]) for i in range(2, k - 1)])


def spread_bound(graph: Graph, network: Network) -> int:
    """Qubits that must visit more than one QPU, each at least one Bell pair."""
    return copied_qubits(graph, [qpu.data for qpu in network.qpus])


def meeting_bound(graph: Graph, network: Network) -> int:
    """Pairs that must meet, over the pairs that one Bell pair can bring together.

    Let i of the a qubits be the first occupant of their data ion and enter the window there (births for nothing), and
    x = a - i enter it at a data ion that was left by another. Choose ions so that entering qubits take fresh ones and
    moving ones take used ones where they can. Then x <= G, the Bell pairs: at the window's moment a ions are occupied,
    so x of them or more were first occupied by a move, when all used ones at that QPU were occupied, by as many qubits
    that have not entered there as ions first occupied so; each of these took a Bell pair to get there.
    Pairs of first occupants of one QPU meet for nothing, at most sum_S i_S (i_S - 1) / 2. Every other pair first meets
    when the later of the two arrives, by a Bell pair or as one of the x, where at most c = s + m - 1 others are (count
    first occupants as there from the beginning). So ``pairs <= free(a - x) + (G + x) c`` with some x <= G.
    """
    a = graph.size
    room = max(min(qpu.data + qpu.memory_limit, a) for qpu in network.qpus)
    reach = int(room) - 1
    if reach < 1:
        return 0
    capacities = [qpu.data for qpu in network.qpus]

    def enough(ebits: int) -> bool:
        most = (filled_pairs(a - x, capacities) + (ebits + x) * reach for x in range(min(ebits, a) + 1))
        return max(most) >= graph.pairs

    low, high = 0, graph.pairs
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return low
