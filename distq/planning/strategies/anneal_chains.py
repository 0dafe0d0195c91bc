"""Annealing runs as chains of stages, several at a time, and the cheapest plan of all that they find."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import Tally, tally
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import EBITS, FIDELITY
from distq.planning.annealing.search import Solution, Stage, run_stages
from distq.planning.annealing.search_space import SearchSpace, TimeGrid, build_search_space, to_placement
from distq.planning.infidelity_model import uniform
from distq.planning.realise.packet_order import packet_order
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.refine import prune
from distq.planning.refine.noise_aware import comparable_infidelity, reduce_infidelity
from distq.planning.strategies.registry import NO_PLAN_EBITS, PlanningOptions

PROMISING = 3.0
"""Bell pairs above the best plan up to which a solution is also tried packet by packet."""
PRUNED = 1.1
"""Share of the fewest Bell pairs so far (and PROMISING more) up to which a plan is rid of superfluous copies."""
THREADS = 2


@dataclass(frozen=True)
class Chain:
    """One search: order of the operations, where it starts, price of a crowded memory ion per slot, stages, seed."""

    order: tuple[int, ...]
    start: Callable[[SearchSpace, TimeGrid], Solution]
    price: float
    stages: tuple[Stage, ...]
    seed: int


class Best:
    """The cheapest plan so far: fewest Bell pairs, then least infidelity, then least memory."""

    def __init__(self, program: Program, network: Network, strategy: str, seed: int, objective: str = EBITS) -> None:
        self.program, self.network, self.strategy, self.seed = program, network, strategy, seed
        self._plan: Plan | None = None
        self.objective = EBITS if uniform(network) else objective  # among equals infidelity tells nothing
        self.ebits = NO_PLAN_EBITS
        self.key: tuple[float, float, int] = (NO_PLAN_EBITS, NO_PLAN_EBITS, NO_PLAN_EBITS)
        self.failure: InfeasiblePlanError | None = None

    def offer(self, placement: Placement) -> float:
        """Realise ``placement``; returns its Bell pairs, or infidelity (huge if memory does not allow it)."""
        try:
            plan = realise(self.program, self.network, placement, strategy=self.strategy, seed=self.seed)
        except InfeasiblePlanError as error:
            self.failure = error
            return NO_PLAN_EBITS
        cost = tally(plan, self.program, self.network)
        if cost.ebits < PRUNED * self.ebits + PROMISING:
            plan = prune(self.program, self.network, plan)
            cost = tally(plan, self.program, self.network)
        if cost.ebits > self.ebits and self.objective == EBITS:
            return cost.ebits
        better = reduce_infidelity(self.program, self.network, plan)
        if better is not plan:
            plan, cost = better, tally(better, self.program, self.network)
        key = self._key(plan, cost)
        if key < self.key:
            self.key, self._plan, self.ebits = key, plan, cost.ebits
        return key[0]

    def _key(self, plan: Plan, cost: Tally) -> tuple[float, float, int]:
        bad = comparable_infidelity(self.program, self.network, plan)
        first, second = (bad, cost.ebits) if self.objective == FIDELITY else (cost.ebits, bad)
        return first, second, cost.peak_memory

    def promising(self, cost: float) -> bool:
        """True if a search found a solution of a ``cost`` that may make a better plan."""
        return self.objective == FIDELITY or cost < self.ebits + PROMISING

    def closing(self, placement: Placement) -> float:
        """Bell pairs, or estimated infidelity, of ``placement`` if no copy follows an X-block."""
        try:
            plan = realise(self.program, self.network, placement, embed=False)
        except InfeasiblePlanError:
            return NO_PLAN_EBITS
        return self._key(plan, tally(plan, self.program, self.network))[0]

    def plan(self) -> Plan:
        """The cheapest plan; raises InfeasiblePlanError if none has been offered that memory allows."""
        if self._plan is None:
            assert self.failure is not None
            raise self.failure
        return self._plan


class Search:
    """Runs chains, ``THREADS`` at a time, and offers what they find until it is good enough or time is up."""

    def __init__(self, keep: Best, options: PlanningOptions, deadline: float | None) -> None:
        self.program, self.network = keep.program, keep.network
        self.keep, self.options, self.deadline = keep, options, deadline
        self.spaces: dict[tuple[int, ...], SearchSpace] = {}  # by order

    @property
    def over(self) -> bool:
        """Time is up, or the best plan is good enough."""
        late = self.deadline is not None and time.monotonic() > self.deadline
        return late or self.keep.ebits <= self.options.stop_at_ebits

    def run(self, chains: Sequence[Chain], done: float, share: float) -> list[float]:
        """Bell pairs, or infidelity, of what each chain finds: the part ``share`` of all work, behind ``done``."""
        found: list[float] = []
        orders = dict.fromkeys(c.order for c in chains)
        self.spaces = {
            order: build_search_space(self.program, self.network, order, self.keep.objective) for order in orders
        }
        pool = ThreadPoolExecutor(THREADS)
        try:
            runs = [pool.submit(self._anneal, chain) for chain in chains]
            for chain, run in zip(chains, runs, strict=True):
                found.append(self._offer(chain, run.result()))
                if self.options.progress is not None:
                    self.options.progress(done + share * len(found) / len(chains), self.keep.ebits)
        finally:  # interrupted users do not wait for chains that have not begun
            pool.shutdown(wait=False, cancel_futures=True)
        return found

    def _anneal(self, chain: Chain) -> Solution:
        space = self.spaces[chain.order]
        return run_stages(space, chain.start, chain.stages, price=chain.price, seed=chain.seed, deadline=self.deadline)

    def _offer(self, chain: Chain, found: Solution) -> float:
        space = self.spaces[chain.order]
        placement = to_placement(space, found.grid, self.program, found.site, found.home)
        ebits = self.keep.offer(placement)
        if chain.price and self.keep.promising(found.cost):
            ebits = min(ebits, self.keep.offer(packet_order(self.program, self.network, placement)))
        return ebits


def limited(network: Network) -> bool:
    """True if any QPU has a limit of memory ions."""
    return any(q.memory is not None for q in network.qpus)
