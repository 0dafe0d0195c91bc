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
from distq.planning.realise.gate_order import demand_order, dependencies, lazy_order, random_goals, varied_goals
from distq.planning.realise.gate_sites import choose_sites, sites_at_lasting_copies
from distq.planning.realise.packet_order import packet_order
from distq.planning.realise.placement import Placement
from distq.planning.strategies.anneal_chains import Chain, ChainRunner, memory_is_limited
from distq.planning.strategies.fixed_homes import even_shares
from distq.planning.strategies.hypergraph import partition_hypergraph
from distq.planning.strategies.incumbent import Incumbent
from distq.planning.strategies.registry import PlanningOptions, register_search
from distq.planning.strategies.spectral import bisection, spectral
from distq.planning.strategies.static import kl

SMALL = 5_000
"""Multi-qubit operations up to which every start and every chain is tried; beyond, only the most promising ones."""
MAX_PROPOSALS_PER_GATE = 4_000
"""Proposals for each multi-qubit operation at effort 1, at most: so few gates are annealed long before that."""
FINE_SLOTS, FINE_SLOTS_LARGE = 64, 192
"""Slots of the finest grid, for circuits up to SMALL and for larger ones."""
MAX_OPERATIONS_REORDERED = 500
"""Operations up to which the order is searched too, with half of the effort."""
MAX_ORDERS = 200
"""Orders tried, at most."""
MIN_PROPOSALS_PER_ORDER, ORDER_PROPOSALS = 5_000, 600_000
"""Proposals for each order, at least, and for all orders together at effort 1."""
SEED_STRIDE = 1_000_003
"""Between the seeds of two runs of one search."""
ORDERS_PER_ROUND = 8
"""Orders tried before the best of them is chosen anew."""


@register_search(
    "anneal",
    "homes over time, gate sites and packets annealed together, from coarse to fine time, within memory",
    "distq; model: copy sets with km1 cost, after P. Andrés-Martínez, C. Heunen, PRA 100, 032308 (2019)",
)
def anneal(program: Program, network: Network, *, seed: int, options: PlanningOptions) -> Plan:
    """The best plan of several annealing runs and of the static placements that they start from.

    The best plan has the fewest Bell pairs or the least estimated infidelity, as ``options.objective`` says.

    Raises
    ------
    InfeasiblePlanError
        If memory allows neither a static placement nor what the runs find.
    """
    started = time.monotonic()
    search = AnnealSearch(program, network, seed, options.objective)
    if options.time_limit_s is not None:
        options = replace(options, time_limit_s=options.time_limit_s - (time.monotonic() - started))
    search.run(options)
    return search.best_plan()


class AnnealSearch:
    """Annealing runs on one program, which can be continued: what they start from is computed once.

    Parameters
    ----------
    program, network, seed
        As for every strategy.
    objective
        See :class:`distq.planning.strategies.registry.PlanningOptions`.
    """

    def __init__(self, program: Program, network: Network, seed: int, objective: str) -> None:
        self.program, self.network, self.seed = program, network, seed
        self._incumbent = Incumbent(program, network, "anneal", seed, objective)
        self._start = _best_static_start(program, network, self._incumbent, seed)
        self._runs = 0

    def run(self, options: PlanningOptions) -> None:
        """Search with the effort and the limits of ``options``. Further calls take other random numbers."""
        deadline = None if options.time_limit_s is None else time.monotonic() + options.time_limit_s
        runner = ChainRunner(self._incumbent, options, deadline)
        if len(self.network.qpus) == 1 or not self.program.multi_qubit or runner.finished:
            return
        seed = self.seed + self._runs * SEED_STRIDE
        self._runs += 1
        reorder = len(self.program.operations) <= MAX_OPERATIONS_REORDERED
        share = 0.5 if reorder else 1.0
        chains = _chains(self.program, self.network, self._start, options.effort, seed)
        runner.run(chains, done=0.0, share=share)
        if reorder:
            _search_orders(runner, self._start, seed, done=share)

    def best_plan(self) -> Plan:
        """The best plan so far.

        Raises
        ------
        InfeasiblePlanError
            If memory has allowed none.
        """
        return self._incumbent.plan()


# ---- where the runs start -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StaticStart:
    """Static homes, the sites of a minimum cover for them, and a packet order of both."""

    homes: Sequence[int]
    sites: Sequence[int]
    order: Sequence[int]

    def solution(self, space: SearchSpace, grid: TimeGrid) -> Solution:
        """This start as a solution on a grid."""
        return start_from_homes(space, self.homes, self.sites, grid)


def _best_static_start(program: Program, network: Network, incumbent: Incumbent, seed: int) -> StaticStart:
    """The best of several partitions and directions of packets; all are offered to the incumbent."""
    best: StaticStart | None = None
    least = 0.0
    for homes in _partitions(program, network, seed):
        for placement, order in _static_placements(program, network, homes):
            cost = incumbent.offer(placement)
            if program.x_blocks:  # the moves of the annealer do not see embedded X-blocks
                cost = incumbent.cost_without_embedding(placement)
            if best is None or cost <= least:
                best, least = StaticStart(homes, placement.sites, order), cost
    assert best is not None
    return best


def _static_placements(
    program: Program, network: Network, homes: Sequence[int]
) -> Iterator[tuple[Placement, Sequence[int]]]:
    """Placements for fixed homes, each with the order in which a search from it begins.

    They differ in the direction of packets, and in whether operations run packet by packet, in program order, or packet
    by packet at the sites of lasting copies.
    """
    small = len(program.multi_qubit) <= SMALL
    for rank in _packet_directions(len(network.qpus))[: 4 if small else 2]:
        placement = Placement(homes=tuple(homes), sites=choose_sites(program, homes, rank=rank))
        packed = packet_order(program, network, placement)
        assert packed.order is not None
        yield packed, packed.order
        if small:
            yield placement, packed.order
        spare = [int(min(q.memory_limit, program.num_qubits)) - 1 for q in network.qpus]
        other_sites = sites_at_lasting_copies(program, homes, placement.sites, spare)
        if other_sites != list(placement.sites):
            moved = packet_order(program, network, replace(placement, sites=other_sites))
            yield moved, moved.order or packed.order


def _packet_directions(k: int) -> list[list[int]]:
    """Ranks of ``k`` QPUs that direct packets: to the later QPU of two, to the earlier one, and mixed.

    With the mixed ones, copies of one QPU's qubits go out to all others, and packets among the others all go one way.
    A copy from that QPU that stays at a third one then meets the copies that stream past there. The two mixed ones are
    mirror images: which one serves depends on the end of the register at which the circuit begins.
    """
    return [list(range(k)), list(range(k, 0, -1)), [0, *range(k, 1, -1)], [*range(1, k), 0]]


def _partitions(program: Program, network: Network, seed: int) -> Iterator[list[int]]:
    """Static homes to start from; of equally good ones the later ones are taken."""
    small = len(program.multi_qubit) <= SMALL
    for partition in (spectral, bisection) if small else ():
        yield list(partition(program, network, np.random.default_rng(seed)))
    yield partition_hypergraph(program, [q.data for q in network.qpus], seed=seed)
    if small:
        yield _contiguous_active_qubits(program, network)
        yield list(kl(program, network, np.random.default_rng(seed)))


def _contiguous_active_qubits(program: Program, network: Network) -> list[int]:
    """Even shares of the qubits in their order, those without partners last, so that they are out of the way."""
    active = {q for i in program.multi_qubit for q in program.operations[i].qubits}
    qubits = sorted(range(program.num_qubits), key=lambda q: q not in active)
    qpus = [s for s, share in enumerate(even_shares(program.num_qubits, network)) for _ in range(share)]
    homes = [0] * program.num_qubits
    for qpu, qubit in zip(qpus, qubits, strict=True):
        homes[qubit] = qpu
    return homes


# ---- which runs -----------------------------------------------------------------------------------------------------


def _proposals(operations: int, crowded: bool) -> int:
    """Proposals of each stage at effort 1. Where memory is limited (``crowded``) more chains share the time."""
    if operations <= SMALL:
        return min(MAX_PROPOSALS_PER_GATE * operations, 200_000 if crowded else max(500_000, 60 * operations))
    return min((4 if crowded else 20) * operations, 1_500_000 if crowded else 10_000_000)


def _chains(program: Program, network: Network, start: StaticStart, effort: float, seed: int) -> list[Chain]:
    """Which long searches to run. Their temperatures, prices and grids were tuned on the circuits in ``circuits/``."""
    operations, crowded = len(program.multi_qubit), memory_is_limited(network)
    steps = int(effort * _proposals(operations, crowded))
    fine = FINE_SLOTS if operations <= SMALL else FINE_SLOTS_LARGE
    coarse_to_fine = (Stage(4, steps, 1.0, 0.2), Stage(16, steps, 0.5, 0.12), Stage(fine, steps, 0.35, 0.05))
    at_once = (Stage(fine, 3 * steps, 0.5, 0.06),)
    gentle = (Stage(fine, steps, 0.15, 0.03),)  # keeps what is good about the start
    lazy, packed, first = lazy_order(program), tuple(start.order), start.solution
    if not crowded:
        return [Chain(lazy, first, 0.0, coarse_to_fine, 2 * seed), Chain(lazy, first, 0.0, at_once, 2 * seed + 1)]
    if operations > SMALL:
        return [
            Chain(packed, first, 0.5, coarse_to_fine, 2 * seed),
            Chain(lazy, first, 0.5, coarse_to_fine, 2 * seed + 1),
        ]
    kinds = [
        (lazy, 0.5, gentle),
        (packed, 0.5, gentle),
        (packed, 0.3, coarse_to_fine),
        (lazy, 0.3, coarse_to_fine),
        (packed, 1.0, coarse_to_fine),
        (lazy, 1.0, coarse_to_fine),
    ]
    return [Chain(order, first, price, stages, 8 * seed + i) for i, (order, price, stages) in enumerate(kinds)]


def _search_orders(runner: ChainRunner, start: StaticStart, seed: int, done: float) -> None:
    """Many short chains, each on an order of its own: a random one, or the best one so far with small changes.

    ``done`` is the share of the work that was done before.
    """
    program, crowded = runner.program, memory_is_limited(runner.network)
    rng = np.random.default_rng(seed)
    before = dependencies(program)
    steps = max(MIN_PROPOSALS_PER_ORDER, 50 * len(program.multi_qubit))
    tries = min(MAX_ORDERS, int(runner.options.effort * ORDER_PROPOSALS / steps))
    stages = (Stage(FINE_SLOTS, steps, 0.5, 0.06),)
    best_goals: list[int] | None = None
    least = 0.0
    for begin in range(0, tries, ORDERS_PER_ROUND):
        if runner.finished:
            return
        goals, chains = [], []
        for number in range(begin, min(begin + ORDERS_PER_ROUND, tries)):
            anew = best_goals is None or number % 2 == 0
            goals.append(random_goals(program, rng) if anew or best_goals is None else varied_goals(best_goals, rng))
            price = (0.3, 0.5, 1.0)[number // 2 % 3] if crowded else 0.0
            order = demand_order(before, goals[-1])
            chains.append(Chain(order, start.solution, price, stages, (seed + 1) * MAX_ORDERS + number))
        share = (1 - done) / tries
        costs = runner.run(chains, done + share * begin, share * len(chains))
        leader = min(range(len(costs)), key=lambda i: costs[i])
        if best_goals is None or costs[leader] <= least:
            best_goals, least = goals[leader], costs[leader]
