"""Strategies in which qubits stay where they are born: a partition, then the cheapest copies for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies.registry import register

Partitioner = Callable[[Program, Network, np.random.Generator], Sequence[int]]


def plan_for(program: Program, network: Network, homes: Sequence[int], *, strategy: str, seed: int) -> Plan:
    """The cheapest plan found for fixed ``homes``: both extreme minimum covers are realised, the better one is kept."""
    best: Plan | None = None
    cost = 0
    failure: InfeasiblePlanError | None = None
    for rank in (range(len(network.qpus)), range(len(network.qpus), 0, -1)):
        placement = Placement(homes=tuple(homes), sites=choose_sites(program, homes, rank=rank))
        try:
            plan = realise(program, network, placement, strategy=strategy, seed=seed)
        except InfeasiblePlanError as error:
            failure = error
            continue
        ebits = tally(plan, program, network).ebits
        if best is None or ebits < cost:
            best, cost = plan, ebits
    if best is None:
        assert failure is not None
        raise failure
    return best


def static_strategy(name: str, summary: str, source: str = "distq") -> Callable[[Partitioner], Partitioner]:
    """Register a partitioner as a strategy."""

    def add(partitioner: Partitioner) -> Partitioner:
        def planner(program: Program, network: Network, *, seed: int) -> Plan:
            homes = partitioner(program, network, np.random.default_rng(seed))
            return plan_for(program, network, [int(h) for h in homes], strategy=name, seed=seed)

        register(name, summary, source)(planner)
        return partitioner

    return add


def seats(network: Network) -> list[int]:
    """One entry per data ion of the network: its QPU, ascending."""
    return [s for s, qpu in enumerate(network.qpus) for _ in range(qpu.data)]


def interaction_weights(program: Program) -> Counter[tuple[int, int]]:
    """Per pair of qubits (lower index first): the number of their distinct pairs of segments that interact."""
    pairs: set[tuple[int, int, int, int]] = set()
    for index in program.multi_qubit:
        qubits, ids = program.operations[index].qubits, program.segment_ids[index]
        for i, q in enumerate(qubits):
            for j, r in enumerate(qubits[:i]):
                pairs.add((min(q, r), max(q, r), ids[i] if q < r else ids[j], ids[j] if q < r else ids[i]))
    return Counter((q, r) for q, r, _, _ in pairs)


@static_strategy("contiguous", "qubits in order, QPU after QPU")
def contiguous(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Fill the QPUs evenly, in proportion to their data ions, in the order of the qubits."""
    shares = even_shares(program.num_qubits, network)
    return [s for s, share in enumerate(shares) for _ in range(share)]


def even_shares(qubits: int, network: Network) -> list[int]:
    """Qubits per QPU, in proportion to data ions."""
    shares = [0] * len(network.qpus)
    for _ in range(qubits):
        s = min(range(len(shares)), key=lambda i: ((shares[i] + 1) / network.qpus[i].data, i))
        shares[s] += 1
    return shares


@static_strategy("random", "qubits at random, full QPUs allowed; a floor to compare with")
def random(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Each qubit takes a random free data ion."""
    return [int(s) for s in rng.permutation(seats(network))[: program.num_qubits]]


@static_strategy("greedy", "strongest interactions first, each qubit to the QPU that it talks to most")
def greedy(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Grow the placement from the busiest qubit, always taking the qubit most attached to what is placed."""
    weights = interaction_weights(program)
    near: list[dict[int, int]] = [{} for _ in range(program.num_qubits)]
    for (q, r), weight in weights.items():
        near[q][r] = near[r][q] = weight
    homes = [-1] * program.num_qubits
    free = [q.data for q in network.qpus]
    pull = np.zeros((program.num_qubits, len(free)))
    total = np.array([sum(n.values()) for n in near], dtype=float)
    waiting = set(range(program.num_qubits))
    while waiting:
        q = max(waiting, key=lambda i: (pull[i].sum(), total[i], -i))
        open_qpus = [s for s, n in enumerate(free) if n]
        homes[q] = max(open_qpus, key=lambda s: (pull[q, s], free[s], -s))
        free[homes[q]] -= 1
        waiting.discard(q)
        for r, weight in near[q].items():
            pull[r, homes[q]] += weight
    return homes


@static_strategy(
    "kl", "Kernighan-Lin swaps between every two QPUs", "B. Kernighan, S. Lin, Bell Syst. Tech. J. 49, 291 (1970)"
)
def kl(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Improve the contiguous placement pair by pair with networkx's Kernighan-Lin bisection until nothing changes.

    QPUs are padded with placeholder vertices to equal size, so that free data ions can be used.
    """
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(program.num_qubits))
    graph.add_weighted_edges_from((q, r, w) for (q, r), w in interaction_weights(program).items())
    homes = list(contiguous(program, network, rng))
    k = len(network.qpus)
    for _ in range(4):
        before = list(homes)
        for a in range(k):
            for b in range(a + 1, k):
                _bisect_pair(nx, graph, homes, a, b, network, rng)
        if homes == before:
            break
    return homes


def _bisect_pair(
    nx: object, graph: object, homes: list[int], a: int, b: int, network: Network, rng: np.random.Generator
) -> None:
    sides = [[q for q, h in enumerate(homes) if h == s] for s in (a, b)]
    size = max(network.qpus[a].data, network.qpus[b].data)
    spare = size - len(sides[0])
    pads = [[-1 - i for i in range(spare)], [-1 - spare - i for i in range(size - len(sides[1]))]]
    part = (set(sides[0]) | set(pads[0]), set(sides[1]) | set(pads[1]))
    sub = graph.subgraph(sides[0] + sides[1]).copy()  # type: ignore[attr-defined]
    sub.add_nodes_from(pads[0] + pads[1])
    seed = int(rng.integers(2**31))
    halves = nx.algorithms.community.kernighan_lin_bisection(sub, partition=part, seed=seed)  # type: ignore[attr-defined]
    counts = [sum(q >= 0 for q in half) for half in halves]  # the smaller of two unequal traps may come out overfull
    if counts[0] > network.qpus[a].data or counts[1] > network.qpus[b].data:
        return
    for s, half in zip((a, b), halves, strict=True):
        for q in half:
            if q >= 0:
                homes[q] = s


@static_strategy(
    "hypergraph",
    "multilevel hypergraph partitioning of qubits and gates (mtkahypar, connectivity)",
    "L. Gottesbüren et al., Mt-KaHyPar, ACM TALG 20 (2024); model: P. Andrés-Martínez, C. Heunen, PRA 100, 032308",
)
def hypergraph(program: Program, network: Network, rng: np.random.Generator) -> Sequence[int]:
    """Minimise the sum over segments of (QPUs involved - 1): vertices are qubits and gates, nets are segments."""
    from distq.planning.strategies.hypergraph import partition_hypergraph

    return partition_hypergraph(program, [q.data for q in network.qpus], seed=int(rng.integers(2**31)))
