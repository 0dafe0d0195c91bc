"""``anneal``: homes over time and sites of operations searched together, within memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.search import Solution, Stage, start_from_homes
from distq.planning.annealing.search_space import SearchSpace, TimeGrid
from distq.planning.realise.gate_order import (
    demand_order,
    dependencies,
    lazy_order,
    random_goals,
    varied_goals,
)
from distq.planning.realise.gate_sites import choose_sites, sites_at_lasting_copies
from distq.planning.realise.packet_order import packet_order
from distq.planning.realise.placement import Placement
from distq.planning.strategies.anneal_chains import Best, Chain, Search, limited
from distq.planning.strategies.hypergraph import partition_hypergraph
from distq.planning.strategies.registry import PlanningOptions, register_search
from distq.planning.strategies.spectral import bisection, spectral
from distq.planning.strategies.static import even_shares, kl

SMALL = 5_000
"""Up to this many multi-qubit operations every candidate is tried; above, only the most promising."""
TINY = 4_000
"""Proposals for each multi-qubit operation of circuits so small that the usual number would be too many."""
FINE = 64
"""Slots of the finest grid, for circuits up to SMALL."""
REORDERED = 500
"""Operations up to which the order is searched too."""
ORDERS, ORDER_STEPS, ORDER_PROPOSALS = 200, 5_000, 600_000
"""Orders tried at most, proposals for each at least, and proposals for all of them at effort 1."""
ROUND = 8
"""Orders between two looks at which one is the best."""


@register_search(
    "anneal",
    "homes over time, gate sites and packets annealed together, from coarse to fine time, within memory",
    "distq; model: copy sets with km1 cost, after P. Andrés-Martínez, C. Heunen, PRA 100, 032308 (2019)",
)
def anneal(program: Program, network: Network, *, seed: int, options: PlanningOptions) -> Plan:
    """The best plan of several annealing runs and of the static placements that they start from.

    By ``options.objective`` best has the fewest Bell pairs, or the least infidelity.
    """
    started = time.monotonic()
    deadline = None if options.time_limit_s is None else started + options.time_limit_s
    keep = Best(program, network, "anneal", seed, options.objective)
    start = _static_start(program, network, keep, seed)
    search = Search(keep, options, deadline)
    if len(network.qpus) > 1 and program.multi_qubit and not search.over:
        reorder = len(program.operations) <= REORDERED
        share = 0.5 if reorder else 1.0
        search.run(_chains(program, network, start, options.effort, seed), 0.0, share)
        if reorder:
            _search_orders(search, start, seed, share)
    return keep.plan()


@dataclass(frozen=True)
class Start:
    """Static homes, the sites of a minimum cover for them, and a packet order of both."""

    homes: Sequence[int]
    at: Sequence[int]
    order: Sequence[int]

    def solution(self, space: SearchSpace, grid: TimeGrid) -> Solution:
        """This start on a grid."""
        return start_from_homes(space, self.homes, self.at, grid)


def _static_start(program: Program, network: Network, keep: Best, seed: int) -> Start:
    """The best static start among several partitions and directions of packets."""
    best: tuple[float, Start] | None = None
    small = len(program.multi_qubit) <= SMALL
    for homes in _partitions(program, network, seed):
        for rank in _ranks(len(network.qpus))[: 4 if small else 2]:
            placement = Placement(homes=tuple(homes), sites=choose_sites(program, homes, rank=rank))
            packed = packet_order(program, network, placement)
            assert packed.order is not None
            candidates = [packed, placement] if small else [packed]
            spare = [int(min(q.memory_limit, program.num_qubits)) - 1 for q in network.qpus]
            stays = sites_at_lasting_copies(program, homes, placement.sites, spare)
            if stays != list(placement.sites):
                candidates.append(packet_order(program, network, replace(placement, sites=stays)))
            for candidate in candidates:
                cost = keep.offer(candidate)
                if program.x_blocks:  # the annealer's moves do not see copies that follow
                    cost = keep.closing(candidate)
                if best is None or cost <= best[0]:
                    best = (cost, Start(homes, candidate.sites, candidate.order or packed.order))
    assert best is not None
    return best[1]


def _ranks(k: int) -> list[list[int]]:
    """Directions of packets between every two of ``k`` QPUs: to the later one, to the earlier one, and mixed.

    With the mixed ones, copies of one QPU's qubits go out to all and the others go one way among themselves, so that a
    copy from that QPU which stays as a guest meets the copies that stream past it, at a third QPU. They are each
    other's mirror images: which one serves depends on the end of the register at which the circuit begins.
    """
    return [list(range(k)), list(range(k, 0, -1)), [0, *range(k, 1, -1)], [*range(1, k), 0]]


def _partitions(program: Program, network: Network, seed: int) -> Iterator[list[int]]:
    """Static homes; of equally good ones the later ones are taken."""
    small = len(program.multi_qubit) <= SMALL
    for partition in (spectral, bisection) if small else ():
        yield list(partition(program, network, np.random.default_rng(seed)))
    yield partition_hypergraph(program, [q.data for q in network.qpus], seed=seed)
    if small:
        shares = even_shares(program.num_qubits, network)
        seats = [s for s, share in enumerate(shares) for _ in range(share)]
        active = {q for i in program.multi_qubit for q in program.operations[i].qubits}
        homes = [0] * program.num_qubits
        for seat, qubit in zip(seats, sorted(range(program.num_qubits), key=lambda q: q not in active), strict=True):
            homes[qubit] = seat  # contiguous, and qubits without partners out of the way
        yield homes
        yield list(kl(program, network, np.random.default_rng(seed)))


def _search_orders(search: Search, start: Start, seed: int, done: float) -> None:
    """Many short chains, each on an order of its own: a random one, or the best one so far with small changes."""
    program, crowded = search.program, limited(search.network)
    rng = np.random.default_rng(seed)
    before = dependencies(program)
    steps = max(ORDER_STEPS, 50 * len(program.multi_qubit))
    tries = min(ORDERS, int(search.options.effort * ORDER_PROPOSALS / steps))
    best: tuple[float, list[int]] | None = None
    for begin in range(0, tries, ROUND):
        if search.over:
            return
        goals, chains = [], []
        for number in range(begin, min(begin + ROUND, tries)):
            anew = best is None or number % 2 == 0
            goals.append(random_goals(program, rng) if anew or best is None else varied_goals(best[1], rng))
            price = (0.3, 0.5, 1.0)[number // 2 % 3] if crowded else 0.0
            stages = (Stage(FINE, steps, 0.5, 0.06),)
            order = demand_order(before, goals[-1])
            chains.append(Chain(order, start.solution, price, stages, (seed + 1) * ORDERS + number))
        found = search.run(chains, done + (1 - done) * begin / tries, (1 - done) * len(chains) / tries)
        leader = min(range(len(found)), key=lambda i: found[i])
        if best is None or found[leader] <= best[0]:
            best = found[leader], goals[leader]


def _chains(program: Program, network: Network, start: Start, effort: float, seed: int) -> list[Chain]:
    """Which long searches to run. Temperatures and grids were tuned on circuits/."""
    operations, crowded = len(program.multi_qubit), limited(network)
    if operations <= SMALL:
        steps = min(TINY * operations, 200_000 if crowded else max(500_000, 60 * operations))
        steps = int(effort * steps)
    else:
        steps = int(effort * min((4 if crowded else 20) * operations, 1_500_000 if crowded else 10_000_000))
    fine = FINE if operations <= SMALL else 192
    coarse_to_fine = (Stage(4, steps, 1.0, 0.2), Stage(16, steps, 0.5, 0.12), Stage(fine, steps, 0.35, 0.05))
    at_once = (Stage(fine, 3 * steps, 0.5, 0.06),)
    lazy, packed, first = lazy_order(program), tuple(start.order), start.solution
    if not crowded:
        return [Chain(lazy, first, 0.0, coarse_to_fine, 2 * seed), Chain(lazy, first, 0.0, at_once, 2 * seed + 1)]
    if operations > SMALL:
        return [
            Chain(packed, first, 0.5, coarse_to_fine, 2 * seed),
            Chain(lazy, first, 0.5, coarse_to_fine, 2 * seed + 1),
        ]
    gentle = (Stage(fine, steps, 0.15, 0.03),)  # keeps what is good about the start
    return [
        Chain(order, first, price, stages, 8 * seed + i)
        for i, (order, price, stages) in enumerate(
            [
                (lazy, 0.5, gentle),
                (packed, 0.5, gentle),
                (packed, 0.3, coarse_to_fine),
                (lazy, 0.3, coarse_to_fine),
                (packed, 1.0, coarse_to_fine),
                (lazy, 1.0, coarse_to_fine),
            ]
        )
    ]
