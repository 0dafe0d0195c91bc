"""``anneal``: homes over time and sites of operations searched together, within memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.search import Stage
from distq.planning.realise.gate_order import demand_order, dependencies, lazy_order, random_goals, varied_goals
from distq.planning.strategies.anneal_chains import Chain, ChainRunner, memory_is_limited
from distq.planning.strategies.anneal_start import SMALL, best_static_start
from distq.planning.strategies.incumbent import Incumbent
from distq.planning.strategies.registry import NO_PLAN_EBITS, PlanningInterruptedError, PlanningOptions, register_search
from distq.planning.strategies.rounds import Round, Rounds, progress_of_round

MAX_PROPOSALS_PER_GATE = 4_000
"""Proposals for each multi-qubit operation at effort 1, at most: so few gates are annealed long before that."""
MIN_PROPOSALS = 2_000
"""Proposals of a stage, at least, whatever the effort: they take a few milliseconds."""
FINE_SLOTS, FINE_SLOTS_LARGE = 64, 192
"""Slots of the finest grid, for circuits up to SMALL and for larger ones."""
MAX_OPERATIONS_REORDERED = 500
"""Operations up to which the order is searched too."""
MAX_ORDERS = 200
"""Orders tried in one round, at most."""
MIN_PROPOSALS_PER_ORDER, ORDER_PROPOSALS = 5_000, 600_000
"""Proposals for each order, at least, and for all orders of a round together at effort 1."""
SEED_STRIDE = 1_000_003
"""Between the seeds of two rounds of one search."""
ORDERS_AT_ONCE = 8
"""Orders tried before the best of them is chosen anew."""


@register_search(
    "anneal",
    "homes over time, gate sites and packets annealed together, from coarse to fine time, within memory",
    "distq; model: copy sets with km1 cost, after P. Andrés-Martínez, C. Heunen, PRA 100, 032308 (2019)",
)
def anneal(program: Program, network: Network, *, seed: int, options: PlanningOptions) -> Plan:
    """The best plan of several annealing runs and of the static placements that they start from.

    The best plan has the fewest Bell pairs or the least estimated infidelity, as ``options.objective`` says. Rounds of
    runs follow each other until they find nothing better (:mod:`distq.planning.strategies.rounds`).

    Raises
    ------
    InfeasiblePlanError
        If memory allows neither a static placement nor what the runs find.
    PlanningInterruptedError
        If the user interrupts the runs; it has the best plan so far.
    """
    deadline = None if options.time_limit_s is None else time.monotonic() + options.time_limit_s
    search = AnnealSearch(program, network, seed, options.objective)
    try:
        _run_rounds(search, options, deadline)
    except KeyboardInterrupt as stop:
        if search.ebits == NO_PLAN_EBITS:
            raise
        raise PlanningInterruptedError(search.best_plan()) from stop
    return search.best_plan()


def _run_rounds(search: AnnealSearch, options: PlanningOptions, deadline: float | None) -> None:
    """Run rounds until they are of no more use, or time is up."""
    rounds, ended = Rounds(), False
    while not ended:
        part = rounds.present
        present = replace(options, progress=progress_of_round(options.progress, rounds.number))
        ended = not search.run_round(part, present, deadline) or rounds.end(search.effort_of(part), search.cost)


@dataclass
class _Kind:
    """A kind of annealing run: what is the same for all its runs, and the least cost that they have found.

    ``stages`` have the proposals of effort 1.
    """

    order: tuple[int, ...]
    memory_price: float
    stages: tuple[Stage, ...]
    least: float = float("inf")


class AnnealSearch:
    """Annealing of one program round by round: what the runs start from is computed once.

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
        self._start = best_static_start(program, network, self._incumbent, seed)
        self._kinds = _kinds(program, network, tuple(self._start.order))
        self._rounds = 0

    @property
    def cost(self) -> float:
        """Bell pairs of the best plan so far, or its infidelity if that is the objective."""
        return self._incumbent.cost

    @property
    def ebits(self) -> int:
        """Bell pairs of the best plan so far; NO_PLAN_EBITS if there is none."""
        return int(self._incumbent.rank.ebits)

    def effort_of(self, part: Round) -> float:
        """Effort that a round takes."""
        return part.total_effort(len(self._kinds))

    def run_round(self, part: Round, options: PlanningOptions, deadline: float | None) -> bool:
        """Run the most successful kinds with the effort of ``part``, then search orders; False if there is no need to.

        Every round takes other random numbers. ``deadline`` is when to stop, by ``time.monotonic``; None: never.
        """
        runner = ChainRunner(self._incumbent, options, deadline)
        if len(self.network.qpus) == 1 or not self.program.multi_qubit or runner.finished:
            return False
        seed = self.seed + self._rounds * SEED_STRIDE
        self._rounds += 1
        kinds = sorted(self._kinds, key=lambda kind: kind.least)[: part.kinds]
        effort = part.effort * options.effort
        chains = [self._chain(kind, effort, 8 * seed + i) for i, kind in enumerate(kinds)]
        for kind, cost in zip(kinds, runner.run(chains, done=0.0, share=0.5), strict=True):
            kind.least = min(kind.least, cost)
        if len(self.program.operations) <= MAX_OPERATIONS_REORDERED:
            self._search_orders(runner, part.order_effort * options.effort, seed)
        return True

    def best_plan(self) -> Plan:
        """The best plan so far.

        Raises
        ------
        InfeasiblePlanError
            If memory has allowed none.
        """
        return self._incumbent.plan()

    def _chain(self, kind: _Kind, effort: float, seed: int) -> Chain:
        stages = tuple(
            Stage(s.slots, max(MIN_PROPOSALS, int(effort * s.proposals)), s.hot, s.cold) for s in kind.stages
        )
        return Chain(kind.order, self._start.solution, kind.memory_price, stages, seed)

    def _search_orders(self, runner: ChainRunner, effort: float, seed: int) -> None:
        """Many short chains, each on an order of its own: a random one, or the best one so far with small changes."""
        program, crowded = self.program, memory_is_limited(self.network)
        rng = np.random.default_rng(seed)
        before = dependencies(program)
        steps = max(MIN_PROPOSALS_PER_ORDER, 50 * len(program.multi_qubit))
        tries = min(MAX_ORDERS, int(effort * ORDER_PROPOSALS / steps))
        stages = (Stage(FINE_SLOTS, steps, 0.5, 0.06),)
        best_goals: list[int] | None = None
        least = 0.0
        for begin in range(0, tries, ORDERS_AT_ONCE):
            if runner.finished:
                return
            goals, chains = [], []
            for number in range(begin, min(begin + ORDERS_AT_ONCE, tries)):
                anew = best_goals is None or number % 2 == 0
                goals.append(
                    random_goals(program, rng) if anew or best_goals is None else varied_goals(best_goals, rng)
                )
                price = (0.3, 0.5, 1.0)[number // 2 % 3] if crowded else 0.0
                order = demand_order(before, goals[-1])
                chains.append(Chain(order, self._start.solution, price, stages, (seed + 1) * MAX_ORDERS + number))
            share = 0.5 / tries
            costs = runner.run(chains, 0.5 + share * begin, share * len(chains))
            leader = min(range(len(costs)), key=lambda i: costs[i])
            if best_goals is None or costs[leader] <= least:
                best_goals, least = goals[leader], costs[leader]


def _proposals(operations: int, crowded: bool) -> int:
    """Proposals of each stage at effort 1. Where memory is limited (``crowded``) more chains share the time."""
    if operations <= SMALL:
        return min(MAX_PROPOSALS_PER_GATE * operations, 200_000 if crowded else max(500_000, 60 * operations))
    return min((4 if crowded else 20) * operations, 1_500_000 if crowded else 10_000_000)


def _kinds(program: Program, network: Network, packed: tuple[int, ...]) -> list[_Kind]:
    """Kinds of runs, the gentle ones first. All numbers were tuned on the circuits in ``circuits/``."""
    operations, crowded = len(program.multi_qubit), memory_is_limited(network)
    steps = _proposals(operations, crowded)
    fine = FINE_SLOTS if operations <= SMALL else FINE_SLOTS_LARGE
    coarse_to_fine = (Stage(4, steps, 1.0, 0.2), Stage(16, steps, 0.5, 0.12), Stage(fine, steps, 0.35, 0.05))
    at_once = (Stage(fine, 3 * steps, 0.5, 0.06),)
    gentle = (Stage(fine, steps, 0.15, 0.03),)  # keeps what is good about the start
    lazy = lazy_order(program)
    if not crowded:
        return [_Kind(lazy, 0.0, coarse_to_fine), _Kind(lazy, 0.0, at_once)]
    if operations > SMALL:
        return [_Kind(packed, 0.5, coarse_to_fine), _Kind(lazy, 0.5, coarse_to_fine)]
    return [_Kind(order, 0.5, gentle) for order in (lazy, packed)] + [
        _Kind(order, price, coarse_to_fine) for price in (0.3, 1.0) for order in (packed, lazy)
    ]
