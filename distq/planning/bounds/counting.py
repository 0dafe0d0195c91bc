"""Lower bounds for one time window by counting pairs and cutting the network.

Throughout, V_q is the set of QPUs that hold a member of qubit q at some time within the window. Its members are joined
by the copies opened for q, so q costs at least ``|V_q| - 1`` Bell pairs, and at least one across every cut of the
network with QPUs of V_q on both sides. Two qubits that share an operation share a QPU: V_q and V_r intersect. At the
window's moment every qubit has its home in V_q, with no more homes at a QPU than it has data ions.

So the qubits that stay on one side of a cut of the network do not interact with those that stay on the other side, and
no side has more of them than data ions. All other qubits cost a Bell pair across the cut; they are a vertex separator
of the interaction graph. The least size of such a separator bounds the Bell pairs of the cut.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from distq.networks.network import Network
from distq.planning.bounds.time_windows import TimeWindow

MAX_QPUS_ALL_CUTS = 7
"""QPUs up to which every cut of the network is used (63 of them); beyond, the cuts round one QPU and some halves."""
MAX_QPUS_HALVES = 100
"""QPUs up to which some halves are cuts too; beyond, they take longer than the circuit."""
MAX_CROSSINGS = 2_000_000
"""Links times cuts up to which cuts are packed by a linear program; beyond, the best single cut is the bound."""
MAX_QUBITS_SPECTRAL = 1500
"""Qubits up to which the eigenvalues of the interaction graph are computed, in time of the third power."""


@dataclass(frozen=True)
class InteractionSummary:
    """What the bounds use of the interaction graph of a window, whose edges are pairs of qubits that must meet.

    Attributes
    ----------
    qubits, pairs
        Number of vertices and of edges.
    degrees
        Degrees of the vertices, descending.
    spectral_ratio
        ((l_n - l_2) / (l_n + l_2))^2 with the second smallest and the largest eigenvalue of the Laplacian; 1 if
        unknown or useless.
    """

    qubits: int
    pairs: int
    degrees: tuple[int, ...]
    spectral_ratio: float


def summarise(window: TimeWindow) -> InteractionSummary:
    """The numbers of the window's interaction graph."""
    degrees = sorted((int(d) for d in window.meets.sum(axis=1)), reverse=True)
    n = len(degrees)
    spectral_ratio = 1.0
    if 2 <= n <= MAX_QUBITS_SPECTRAL and degrees[-1] > 0:
        adjacency = window.meets.astype(np.float64)
        values = np.linalg.eigvalsh(np.diag(adjacency.sum(axis=1)) - adjacency)
        low, high = max(0.0, float(values[1]) - 1e-9), float(values[-1]) + 1e-9
        spectral_ratio = min(1.0, ((high - low) / (high + low)) ** 2 + 1e-9)
    return InteractionSummary(n, window.pairs, tuple(degrees), spectral_ratio)


def filled_pairs(qubits: int, capacities: Sequence[int]) -> int:
    """The most pairs of so many qubits that can share a QPU of these capacities: the largest are filled first."""
    total = 0
    for capacity in sorted(capacities, reverse=True):
        here = min(capacity, qubits)
        total += here * (here - 1) // 2
        qubits -= here
    return total


def copied_qubits(graph: InteractionSummary, capacities: Sequence[int]) -> int:
    """Least number of qubits that must visit more than one of parts with these capacities.

    If c of the n qubits do, the other n - c interact only within their part. At most as many pairs as the c largest
    degrees add up to have one of the c, and among n - c qubits at most as many pairs do not interact as in the whole
    graph.
    """
    n = graph.qubits
    missing = n * (n - 1) // 2 - graph.pairs
    touched = 0
    for c in range(n):
        rest = n - c
        inside = max(graph.pairs - touched, rest * (rest - 1) // 2 - missing)
        if rest <= sum(capacities) and inside <= filled_pairs(rest, capacities):
            return c
        touched += graph.degrees[c]
    return n


def smallest_separator(graph: InteractionSummary, left: int, right: int) -> int:
    """A lower bound on the size of a vertex separator that leaves at most ``left`` and ``right`` qubits on its sides.

    Besides :func:`copied_qubits`: sets of a and b vertices of an n-vertex graph without edges between them obey
    ab / ((n-a)(n-b)) <= ((l_n - l_2) / (l_n + l_2))^2 with the eigenvalues of the Laplacian (W. Haemers, Interlacing
    eigenvalues and graphs, Linear Algebra Appl. 226, 593 (1995), lemma 6.1).
    """
    n = graph.qubits
    counted = copied_qubits(graph, [left, right])
    if graph.spectral_ratio >= 1.0:
        return counted
    most = 0
    for a in range(min(left, n) + 1):
        if a == n:
            most = n
            break
        # with r the spectral ratio: ab <= r (n-a)(n-b)  <=>  b (a + r (n-a)) <= r (n-a) n
        share = graph.spectral_ratio * (n - a)
        b = math.floor(share * n / (a + share) + 1e-9) if a + share > 0 else n
        most = max(most, a + min(b, right, n - a))
    return max(counted, n - most)


def cut_bound(graph: InteractionSummary, network: Network) -> int:
    """Fractional packing of cuts of the network, each with its separator bound (linear program, rounded up).

    A Bell pair on a link counts once in every cut that separates the link's ends, so sum_c y_c b_c is a bound whenever
    on each link the y_c of the cuts that separate its ends sum to at most 1.
    """
    if not network.links or graph.pairs == 0:
        return 0
    known: dict[tuple[int, int], int] = {}
    values = []
    for side in network_cuts(network):
        left = sum(network.qpus[s].data for s in side)
        key = min((left, network.data_ions - left), (network.data_ions - left, left))
        if key not in known:
            known[key] = smallest_separator(graph, *key)
        values.append(known[key])
    return _packing(network, tuple(values))


@lru_cache(maxsize=4096)
def _packing(network: Network, values: tuple[int, ...]) -> int:
    """Maximum of sum_c y_c values_c over the cuts of ``network``, rounded up."""
    if len(values) == 1 or not any(values) or len(values) * len(network.links) > MAX_CROSSINGS:
        return max(values)  # importing scipy's linear programs takes longer than most small circuits
    from scipy.optimize import linprog

    crossing = np.array(
        [[(link.a in side) != (link.b in side) for side in network_cuts(network)] for link in network.links]
    )
    solved = linprog(-np.array(values), A_ub=crossing, b_ub=np.ones(len(network.links)), bounds=(0, None))
    if not solved.success:
        return max(values)
    weights = np.maximum(solved.x, 0.0)
    load = float((crossing @ weights).max())
    return max(max(values), math.ceil(float(weights @ values) / max(load, 1.0) - 1e-6))


@lru_cache(maxsize=64)
def network_cuts(network: Network) -> tuple[frozenset[int], ...]:
    """The cuts of the network that are used, each as the QPUs of one side."""
    k = len(network.qpus)
    if k <= MAX_QPUS_ALL_CUTS:
        return tuple([frozenset(c) for size in range(1, k) for c in combinations(range(k), size) if 0 in c])
    singles = [frozenset([s]) for s in range(k)]
    if network.complete and k > MAX_QPUS_HALVES:
        return tuple(singles)
    from_first = network.distance[0]
    near = sorted(range(k), key=lambda s: (from_first[s], s))
    sizes = (k // 4, k // 3, k // 2) if k <= MAX_QPUS_HALVES else ()
    halves = [frozenset([(s + i) % k for i in range(size)]) for size in sizes for s in range(k)]
    return (*singles, *halves, *[frozenset(near[:i]) for i in range(2, k - 1)])


def spread_bound(graph: InteractionSummary, network: Network) -> int:
    """Number of qubits that must visit more than one QPU: each costs at least one Bell pair."""
    return copied_qubits(graph, [qpu.data for qpu in network.qpus])


def meeting_bound(graph: InteractionSummary, network: Network) -> int:
    """Pairs of qubits that must meet, over the pairs that one Bell pair can bring together.

    A qubit enters the window at the data ion that is its home when its range of periods begins; that costs nothing. Of
    the a qubits, let i be the first to occupy the ion at which they enter, and let the other x = a - i enter at an ion
    that another qubit has left. Choose ions so that qubits that enter take fresh ones, and qubits that move take used
    ones, where they can. Let G be the number of Bell pairs.

    Then x <= G. At the window's moment a ions are occupied, so at least x of them were first occupied by a move. A move
    takes a fresh ion only when all used ones of that QPU are occupied, so there are then as many qubits at the QPU that
    did not enter there as ions that were first occupied by moves; each of them took a Bell pair to get there.

    Pairs of first occupants of one QPU meet for nothing: at most sum_S i_S (i_S - 1) / 2 of them. Every other pair
    first meets when the later of the two arrives at a QPU, by a Bell pair or as one of the x, and meets there at most
    c = s + m - 1 others, with s data and m memory ions (first occupants count as there from the beginning). So
    ``pairs <= free(a - x) + (G + x) c`` for some x <= G, where free is :func:`filled_pairs`.
    """
    a = graph.qubits
    room = max(min(qpu.ion_limit, a) for qpu in network.qpus)
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
