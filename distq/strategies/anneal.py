"""``anneal``: homes over time and sites of operations searched together, within memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.network import Network
from distq.optimise.model import build_model, to_placement
from distq.optimise.search import Solution, Stage, run_stages
from distq.ordering import lazy_order, packet_order
from distq.packets import pruned
from distq.placement import Placement, realise
from distq.plan import Plan, tally
from distq.program import Program
from distq.sites import choose_sites, let_guests_stay
from distq.strategies.base import Options, register_search
from distq.strategies.partition import partition_hypergraph
from distq.strategies.static import even_shares, kl

SMALL = 5_000
"""Up to this many multi-qubit operations every candidate is tried; above, only the most promising."""
THREADS = 2


@dataclass(frozen=True)
class Chain:
    """One search: which time order, what a crowded memory ion costs per slot, which stages, which seed."""

    lazy: bool
    price: float
    stages: tuple[Stage, ...]
    seed: int


@register_search(
    "anneal",
    "homes over time, gate sites and packets annealed together, from coarse to fine time, within memory",
    "distq; model: copy sets with km1 cost, after P. Andrés-Martínez, C. Heunen, PRA 100, 032308 (2019)",
)
def anneal(program: Program, network: Network, *, seed: int, options: Options) -> Plan:
    """The best plan of several annealing runs and of the static placements that they start from."""
    started = time.monotonic()
    deadline = None if options.time_limit_s is None else started + options.time_limit_s
    keep = _Best(program, network, seed)
    start = _static_start(program, network, keep, seed)
    if len(network.qpus) > 1 and program.multi_qubit and keep.ebits != 0:
        _search(program, network, start, keep, seed, options, deadline)
    return keep.plan()


class _Best:
    """The cheapest plan so far: fewest Bell pairs, then least memory."""

    def __init__(self, program: Program, network: Network, seed: int) -> None:
        self.program, self.network, self.seed = program, network, seed
        self._plan: Plan | None = None
        self.key = (1 << 60, 1 << 60)
        self.failure: InfeasiblePlanError | None = None

    @property
    def ebits(self) -> int:
        return self.key[0]

    def offer(self, placement: Placement) -> int:
        """Realise ``placement``; returns its Bell pairs (huge if memory does not allow it)."""
        try:
            plan = realise(self.program, self.network, placement, strategy="anneal", seed=self.seed)
        except InfeasiblePlanError as error:
            self.failure = error
            return 1 << 60
        plan = pruned(self.program, self.network, plan)
        cost = tally(plan, self.program, self.network)
        if (cost.ebits, cost.peak_memory) < self.key:
            self.key, self._plan = (cost.ebits, cost.peak_memory), plan
        return cost.ebits

    def plan(self) -> Plan:
        if self._plan is None:
            assert self.failure is not None
            raise self.failure
        return self._plan


@dataclass(frozen=True)
class Start:
    """Static homes, the sites of a minimum cover for them, and a packet order of both."""

    homes: Sequence[int]
    at: Sequence[int]
    order: Sequence[int]


def _static_start(program: Program, network: Network, keep: _Best, seed: int) -> Start:
    """The best static start among several partitions and directions of packets."""
    best: tuple[int, Start] | None = None
    small = len(program.multi_qubit) <= SMALL
    for homes in _partitions(program, network, seed):
        for rank in _ranks(len(network.qpus))[: 4 if small else 2]:
            placement = Placement(homes=tuple(homes), at=choose_sites(program, homes, rank=rank))
            packed = packet_order(program, network, placement)
            assert packed.order is not None
            candidates = [packed, placement] if small else [packed]
            spare = [int(min(q.memory_limit, program.num_qubits)) - 1 for q in network.qpus]
            stays = let_guests_stay(program, homes, placement.at, spare)
            if stays != list(placement.at):
                candidates.append(packet_order(program, network, replace(placement, at=stays)))
            for candidate in candidates:
                ebits = keep.offer(candidate)
                if best is None or ebits <= best[0]:
                    best = (ebits, Start(homes, candidate.at, candidate.order or packed.order))
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
    capacities = [q.data for q in network.qpus]
    yield partition_hypergraph(program, capacities, seed=seed)
    if len(program.multi_qubit) <= SMALL:
        shares = even_shares(program.num_qubits, network)
        contiguous = [s for s, share in enumerate(shares) for _ in range(share)]
        yield contiguous
        yield list(kl(program, network, np.random.default_rng(seed)))


def _search(
    program: Program,
    network: Network,
    start: Start,
    keep: _Best,
    seed: int,
    options: Options,
    deadline: float | None,
) -> None:
    """Run all chains, ``THREADS`` at a time, and offer what they find."""
    models = {True: build_model(program, network, lazy_order(program))}
    chains = _chains(len(program.multi_qubit), network, options.effort, seed)
    if any(not c.lazy for c in chains):
        models[False] = build_model(program, network, start.order)

    def work(chain: Chain) -> Solution:
        return run_stages(
            models[chain.lazy],
            start.homes,
            start.at,
            chain.stages,
            price=chain.price,
            seed=chain.seed,
            deadline=deadline,
        )

    with ThreadPoolExecutor(THREADS) as pool:
        runs = [pool.submit(work, chain) for chain in chains]
        for done, (chain, run) in enumerate(zip(chains, runs, strict=True)):
            found = run.result()
            placement = to_placement(models[chain.lazy], found.slots, program, found.site, found.home)
            keep.offer(placement)
            if chain.price:
                keep.offer(packet_order(program, network, placement))
            if options.progress is not None:
                options.progress((done + 1) / len(chains), keep.ebits)


def _chains(operations: int, network: Network, effort: float, seed: int) -> list[Chain]:
    """Which searches to run. Temperatures and grids were tuned on circuits/."""
    limited = any(q.memory is not None for q in network.qpus)
    if operations <= SMALL:
        steps = int(effort * (300_000 if limited else max(1_000_000, 60 * operations)))
    else:
        steps = int(effort * min((4 if limited else 20) * operations, 1_500_000 if limited else 10_000_000))
    fine = 64 if operations <= SMALL else 192
    coarse_to_fine = (Stage(4, steps, 1.0, 0.2), Stage(16, steps, 0.5, 0.12), Stage(fine, steps, 0.35, 0.05))
    at_once = (Stage(fine, 3 * steps, 0.5, 0.06),)
    if not limited:
        return [Chain(True, 0.0, coarse_to_fine, 2 * seed), Chain(True, 0.0, at_once, 2 * seed + 1)]
    if operations > SMALL:
        return [Chain(False, 0.5, coarse_to_fine, 2 * seed), Chain(True, 0.5, coarse_to_fine, 2 * seed + 1)]
    gentle = (Stage(fine, steps, 0.15, 0.03),)  # keeps what is good about the start
    return [
        Chain(lazy, price, stages, 8 * seed + i)
        for i, (lazy, price, stages) in enumerate(
            [
                (True, 0.5, gentle),
                (False, 0.5, gentle),
                (False, 0.3, coarse_to_fine),
                (True, 0.3, coarse_to_fine),
                (False, 1.0, coarse_to_fine),
                (True, 1.0, coarse_to_fine),
            ]
        )
    ]
