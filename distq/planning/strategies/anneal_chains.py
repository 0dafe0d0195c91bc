"""Annealing runs as chains of stages, several at a time, whose solutions are offered to an incumbent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from distq.networks.network import Network
from distq.planning.annealing.search import Solution, Stage, run_stages
from distq.planning.annealing.search_space import SearchSpace, TimeGrid, build_search_space, to_placement
from distq.planning.realise.packet_order import packet_order
from distq.planning.strategies.incumbent import Incumbent
from distq.planning.strategies.registry import PlanningOptions

THREADS = 2
"""Chains that run at the same time. Their results are used in the order of the chains, so plans do not depend on it."""


@dataclass(frozen=True)
class Chain:
    """One annealing search.

    Attributes
    ----------
    order
        The operations of the program in the order that the search assumes.
    start
        Gives the first solution on the grid of the first stage.
    memory_price
        What a copy beyond the memory ions costs for each slot that it stays, in Bell pairs; 0 where memory is
        unlimited.
    stages
        Run one after the other.
    seed
        The same seed gives the same solution, unless a time limit strikes.
    """

    order: tuple[int, ...]
    start: Callable[[SearchSpace, TimeGrid], Solution]
    memory_price: float
    stages: tuple[Stage, ...]
    seed: int


class ChainRunner:
    """Runs chains, THREADS at a time, and offers what they find until it is good enough or time is up.

    Attributes
    ----------
    incumbent
        Keeps the best plan.
    deadline
        When to stop, by ``time.monotonic``; None: never.
    """

    def __init__(self, incumbent: Incumbent, options: PlanningOptions, deadline: float | None) -> None:
        self.program, self.network = incumbent.program, incumbent.network
        self.incumbent, self.options, self.deadline = incumbent, options, deadline
        self._spaces: dict[tuple[int, ...], SearchSpace] = {}  # by order

    @property
    def finished(self) -> bool:
        """True if time is up or the best plan is good enough."""
        late = self.deadline is not None and time.monotonic() > self.deadline
        return late or self.incumbent.rank.ebits <= self.options.stop_at_ebits

    def run(self, chains: Sequence[Chain], done: float, share: float) -> list[float]:
        """Run all of ``chains``; returns the Bell pairs, or infidelity, of what each one finds.

        Parameters
        ----------
        chains
            The searches.
        done, share
            For the progress: the shares of all the work that were done before, and that this is.
        """
        costs: list[float] = []
        orders = dict.fromkeys(chain.order for chain in chains)
        objective = self.incumbent.objective
        self._spaces = {order: build_search_space(self.program, self.network, order, objective) for order in orders}
        pool = ThreadPoolExecutor(THREADS)
        try:
            runs = [pool.submit(self._anneal, chain) for chain in chains]
            for chain, run in zip(chains, runs, strict=True):
                costs.append(self._offer(chain, run.result()))
                if self.options.progress is not None:
                    self.options.progress(done + share * len(costs) / len(chains), self.incumbent.rank.ebits)
        finally:  # interrupted users do not wait for chains that have not begun
            pool.shutdown(wait=False, cancel_futures=True)
        return costs

    def _anneal(self, chain: Chain) -> Solution:
        return run_stages(
            self._spaces[chain.order],
            chain.start,
            chain.stages,
            price=chain.memory_price,
            seed=chain.seed,
            deadline=self.deadline,
        )

    def _offer(self, chain: Chain, found: Solution) -> float:
        """Offer a solution in its own order and, where memory is limited, packet by packet if that is promising."""
        space = self._spaces[chain.order]
        placement = to_placement(space, found.grid, self.program, found.site, found.home)
        cost = self.incumbent.offer(placement)
        if chain.memory_price and self.incumbent.is_promising(found.cost):
            cost = min(cost, self.incumbent.offer(packet_order(self.program, self.network, placement)))
        return cost


def memory_is_limited(network: Network) -> bool:
    """True if any QPU has a limited number of memory ions."""
    return any(q.memory is not None for q in network.qpus)
