"""``auto``, the default: the best of several strategies by the cost of their plans, also on a resynthesised program."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting
from distq.networks.network import Network
from distq.planning.bounds import lower_bound
from distq.planning.refine import prune
from distq.planning.refine.noise_aware import PlanRank, rank, reduce_infidelity
from distq.planning.strategies.anneal import AnnealSearch
from distq.planning.strategies.anneal_on import anneal_on
from distq.planning.strategies.exact import TooLargeError, optimal_plan
from distq.planning.strategies.ion_shares import ion_shares
from distq.planning.strategies.registry import (
    NO_PLAN_EBITS,
    PlanningInterruptedError,
    PlanningOptions,
    get_strategy,
    register_search,
)
from distq.planning.strategies.rounds import Round, Rounds, progress_of_round
from distq.planning.strategies.tiny import tiny_plan
from distq.rewrite import rewrite

ANNEAL = "anneal"
STRATEGIES = (ANNEAL, "greedy", "burst", "teledata-routing")
"""Tried on the program as it is and resynthesised. ``anneal`` starts from the contiguous, hypergraph and kl placements,
so it is never worse than these."""
STRATEGIES_LARGE = (ANNEAL, "time-sliced", "teledata-routing")
"""The same for programs beyond LARGE; beyond HUGE only the first of them."""
GATHER = "gather"
"""Tried where gates act on more than two qubits. It rewrites what it plans, so that lower bounds of the program as it
is do not hold for it."""
SURE = "swap-routing"
"""Tried where not all QPUs can herald pairs with all others. It has a plan wherever there is one, and takes
long: where every QPU has two memory ions or more, it is tried only if the others before it have no plan."""
LAST_RESORTS = (GATHER, "per-gate", SURE)
"""For programs beyond LARGE of which memory allows no other plan; the first of them cuts wide gates down."""

ROUNDS_LARGE = (Round(0.1, 2, 0.0), Round(0.3, 2, 0.0), Round(1.0, 1, 0.0))
LEAST_EFFORT_LARGE = 0.5
"""The same as ROUNDS and LEAST_EFFORT for programs beyond LARGE."""

# The limits below bound the time that ``auto`` takes; all but RESYNTHESIS count multi-qubit operations.
LARGE = 2_500
"""Beyond, only one of the two programs is planned, by few strategies, and no lower bound is computed."""
ANNEALED_ON = 1_000
"""Up to this, the best plan is annealed on."""
MOST_CONTINUATIONS = 4
"""Times in a row that it is annealed on in one round, at most; the first one that is of no use is the last."""
HUGE = 20_000
"""Beyond, one strategy plans: routing by moves takes minutes there."""
RESYNTHESIS = 200_000
"""Operations of any kind up to which resynthesis is tried."""
EXACT_OPERATIONS = 100
"""Operations of any kind up to which the exact search is tried."""
EXACT_STATES = 200_000
"""States of the exact search; it gives up beyond, after about a second."""


@register_search("auto", "the best of several strategies, by Bell pairs consumed", cuts=False, shares=False)
def auto(program: Program, network: Network, *, seed: int, options: PlanningOptions) -> Plan:
    """Plan with every strategy and keep the plan with the fewest Bell pairs, then least infidelity, then least memory.

    The search goes in rounds of growing effort. The first round asks all strategies, and searches tiny programs
    exactly; the others only anneal, anew and on from the best plan. It ends after a few rounds in a row that have saved
    no Bell pair, when a lower bound is met, or when time is up and there is a plan. Strategies whose lower bound a plan
    has met are left out.

    Raises
    ------
    InfeasiblePlanError
        If there is no plan, because qubits that interact fit no QPUs that links and memory ions join.
    """
    return _Race(program, network, seed, options).run()


class _Attempt(NamedTuple):
    """A strategy, the program that it plans, and the rewriting that made that from the given one."""

    strategy: str
    rewriting: Rewriting | None
    program: Program


@dataclass(frozen=True)
class _Ranked:
    """A plan and how good it is."""

    rank: PlanRank
    plan: Plan


class _Race:
    """Where ions may have any role, a portfolio for each share of them: all take one round, and the best goes on."""

    def __init__(self, program: Program, network: Network, seed: int, options: PlanningOptions) -> None:
        self.program, self.network, self.seed = program, network, seed
        started = time.monotonic()
        shares = ion_shares(network, program.num_qubits)
        self.portfolios = [_Portfolio(program, share, seed, options, network, started) for share in shares]
        self.bound = 0 if len(shares) == 1 else _LowerBounds(network).of(program)

    def run(self) -> Plan:
        """The best plan. Raises PlanningInterruptedError with the best plan so far if the user interrupts."""
        try:
            best = self._run()
        except KeyboardInterrupt as stop:
            plans = [plan for portfolio in self._by_rank() if (plan := portfolio.best_so_far()) is not None]
            if not plans:
                raise
            raise PlanningInterruptedError(plans[0]) from stop
        if best.best is None:
            assert best.failure is not None
            raise best.failure
        return best.best.plan

    def _run(self) -> _Portfolio:
        first = self.portfolios[0]
        plan = tiny_plan(self.program, self.network, self.seed) if first.only_as_it_is else None
        if plan is not None:
            first.keep(self.program, plan)
            return first
        going = set()
        for portfolio in self.portfolios:
            if portfolio.go_on():
                going.add(portfolio)
            if portfolio.fewest <= self.bound:
                return portfolio
        best = self._by_rank()[0]
        while best in going and best.go_on():
            pass
        return best

    def _by_rank(self) -> list[_Portfolio]:
        """The portfolios, the best first; those without a plan last."""
        none = PlanRank(NO_PLAN_EBITS, 0.0, 0)
        return sorted(self.portfolios, key=lambda each: none if each.best is None else each.best.rank)


class _Portfolio:
    """The strategies run one after the other, and the best plan so far."""

    def __init__(
        self, program: Program, network: Network, seed: int, options: PlanningOptions, whole: Network, started: float
    ) -> None:
        self.program, self.network, self.seed, self.options = program, network, seed, options
        self.whole, self.started = whole, started
        self.attempts = list(_attempts(program, network))
        self.bounds = _LowerBounds(network)
        self.best: _Ranked | None = None
        self.failure: InfeasiblePlanError | None = None
        large = program.gates_2q > LARGE
        self.rounds = Rounds(ROUNDS_LARGE, LEAST_EFFORT_LARGE, 0.0) if large else Rounds()
        self.searches: dict[Rewriting | None, AnnealSearch] = {}

    @property
    def fewest(self) -> int:
        """Bell pairs of the best plan; NO_PLAN_EBITS if there is none."""
        return self.best.rank.ebits if self.best is not None else NO_PLAN_EBITS

    @property
    def only_as_it_is(self) -> bool:
        """True if no attempt rewrites the program."""
        return all(attempt.rewriting is None and attempt.strategy != GATHER for attempt in self.attempts)

    def best_so_far(self) -> Plan | None:
        """The best plan, or that of the first annealing search, if it has not ended."""
        if self.best is not None:
            return self.best.plan
        for rewriting, search in self.searches.items():
            if search.ebits < NO_PLAN_EBITS:
                return replace(search.best_plan(), rewriting=rewriting, strategy=f"auto ({ANNEAL})")
        return None

    def go_on(self) -> bool:
        """One round more; False if rounds are of no more use, nothing is left to save, or time is up."""
        part = self.rounds.present
        self._round(part)
        effort = max((search.effort_of(part) for search in self.searches.values()), default=0.0)
        met = self.best is None or self.fewest == 0 or self._time_left_s() == 0.0
        return not (self.rounds.end(effort, self.fewest) or met)

    def _round(self, part: Round) -> None:
        """All strategies in the first round, annealing in the others; then on from the best plan."""
        for place, attempt in enumerate(self.attempts):
            if self.rounds.number and attempt.strategy != ANNEAL:
                continue
            # wide gates that GATHER cuts down may cost less than whole ones, so it has no bound
            bound = 0 if attempt.strategy == GATHER else self.bounds.of(attempt.program)
            options = self._options_for(place, bound)
            if self.best is not None and options.time_limit_s == 0.0:
                return
            if not self._is_superfluous(attempt, bound):
                self._offer(attempt, part, options)
        self._anneal_best_on(part)
        if self.rounds.number == 0 and self.fewest > self.bounds.of(self.program):
            self._search_exactly()

    def _time_left_s(self) -> float | None:
        limit = self.options.time_limit_s
        return None if limit is None else max(0.0, limit - (time.monotonic() - self.started))

    def _options_for(self, place: int, bound: int) -> PlanningOptions:
        """Options of the attempt at ``place``: the time that is left, progress, the bound at which it can stop."""
        return replace(
            self.options,
            time_limit_s=self._time_left_s(),
            stop_at_ebits=bound,
            progress=self._partial_progress(place),
        )

    def _partial_progress(self, number: int) -> Callable[[float, int], None] | None:
        """Reports progress of one attempt as progress of the whole, with the fewest Bell pairs of all so far."""
        report = progress_of_round(self.options.progress, self.rounds.number)
        if report is None:
            return None
        parts, fewest = len(self.attempts) + 1, self.fewest
        return lambda share, ebits: report((number + share) / parts, min(ebits, fewest))

    def _is_superfluous(self, attempt: _Attempt, bound: int) -> bool:
        """True if the attempt cannot find fewer Bell pairs, was only for want of a plan, or is not the one to go on."""
        if self.best is None:
            return False
        last_resort = attempt.strategy in LAST_RESORTS and self.program.gates_2q > LARGE
        last_resort |= attempt.strategy == SURE and all(qpu.memory_beside_data > 1 for qpu in self.network.qpus)
        return self.best.rank.ebits <= bound or last_resort or not self._may_go_on(attempt)

    def _may_go_on(self, attempt: _Attempt) -> bool:
        """True if annealing has not begun with the attempt's program, or has found the fewest Bell pairs there."""
        if attempt.strategy != ANNEAL or attempt.rewriting not in self.searches:
            return True
        fewest = min(search.ebits for search in self.searches.values())
        leaders = [rewriting for rewriting, search in self.searches.items() if search.ebits == fewest]
        return attempt.rewriting == leaders[-1]

    def _offer(self, attempt: _Attempt, part: Round, options: PlanningOptions) -> None:
        """Plan, prune, make noise-aware, and keep the plan if it is the best."""
        try:
            plan = self._plan(attempt, part, options)
        except InfeasiblePlanError as error:
            self.failure = error if attempt.strategy == SURE else self.failure or error  # SURE says why there is none
            return
        if attempt.rewriting is not None:
            if plan.rewriting is not None:
                return  # GATHER has rewritten it once more: not considered
            plan = replace(plan, rewriting=attempt.rewriting)
        planned = rewrite(self.program, plan.rewriting, self.network)
        self.keep(planned, reduce_infidelity(planned, self.network, prune(planned, self.network, plan)))

    def keep(self, planned: Program, plan: Plan) -> None:
        """Keep the plan, which is one of ``planned``, if it is the best."""
        found = rank(planned, self.network, plan)
        if self.best is None or found < self.best.rank:
            self.best = _Ranked(found, replace(plan, strategy=f"auto ({plan.strategy})"))

    def _plan(self, attempt: _Attempt, part: Round, options: PlanningOptions) -> Plan:
        """The plan of one attempt; annealing goes on from where the round before has ended."""
        if attempt.strategy != ANNEAL:
            return get_strategy(attempt.strategy).plan(attempt.program, self.network, seed=self.seed, options=options)
        deadline = None if options.time_limit_s is None else time.monotonic() + options.time_limit_s
        search = self.searches.get(attempt.rewriting)
        if search is None:
            search = AnnealSearch(attempt.program, self.network, self.seed, options.objective)
            self.searches[attempt.rewriting] = search
        search.run_round(part, options, deadline)
        return search.best_plan()

    def _search_exactly(self) -> None:
        """Take the plan of the exact search if it has fewer Bell pairs."""
        exact = _exact(self.program, self.whole, self.fewest if self.best is not None else None)
        if exact is not None:
            plan = reduce_infidelity(self.program, self.network, exact)
            plan = replace(plan, strategy="auto (exact)", seed=self.seed)
            self.best = _Ranked(rank(self.program, self.network, plan), plan)

    def _anneal_best_on(self, part: Round) -> None:
        """Anneal on from the best plan as long as that improves it, if it is not too large."""
        if self.program.gates_2q > ANNEALED_ON:
            return
        for attempt in range(MOST_CONTINUATIONS):
            before = self.fewest
            if self.best is None or not before:
                return
            planned = rewrite(self.program, self.best.plan.rewriting, self.network)
            bound = self.bounds.of(planned)
            if before <= bound:
                return
            options = self._options_for(len(self.attempts), bound)
            options = replace(options, effort=part.effort * options.effort)
            seed = self.seed + MOST_CONTINUATIONS * self.rounds.number + attempt
            plan = anneal_on(planned, self.network, self.best.plan, seed=seed, options=options)
            self.best = _Ranked(rank(planned, self.network, plan), plan)
            if self.fewest == before:
                return


class _LowerBounds:
    """Lower bounds of the programs that are planned, each computed once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.known: list[tuple[Program, int]] = []

    def of(self, program: Program) -> int:
        """Bell pairs that every plan of ``program``, as it is, needs, by counting; 0 for large ones."""
        for other, bound in self.known:
            if other is program:
                return bound
        large = program.gates_2q > LARGE
        bound = 0 if large else lower_bound(program, self.network, nodes=0).ebits
        self.known.append((program, bound))
        return bound


def _attempts(program: Program, network: Network) -> Iterator[_Attempt]:
    """What to try, in order. Resynthesis counts only if it saves multi-qubit operations."""
    rewriting = Rewriting(resynthesise=True)
    small = len(program.operations) <= RESYNTHESIS
    smaller = rewrite(program, rewriting, network) if small else program
    pays = smaller.gates_2q < program.gates_2q
    if program.gates_2q > LARGE:
        for name in STRATEGIES_LARGE if program.gates_2q <= HUGE else STRATEGIES_LARGE[:1]:
            yield _Attempt(name, rewriting, smaller) if pays else _Attempt(name, None, program)
        for name in LAST_RESORTS:
            yield _Attempt(name, None, program)
        return
    for name in STRATEGIES:
        yield _Attempt(name, None, program)
    if any(len(program.operations[i].qubits) > 2 for i in program.multi_qubit):
        yield _Attempt(GATHER, None, program)
    if not network.complete or any(qpu.memory_beside_data == 0 for qpu in network.qpus):
        yield _Attempt(SURE, None, program)
    if pays:
        for name in (*STRATEGIES, GATHER):
            yield _Attempt(name, rewriting, smaller)


def _exact(program: Program, network: Network, ebits: int | None) -> Plan | None:
    """A plan with fewer than ``ebits`` Bell pairs by exhaustive search, for tiny programs; None if none is found."""
    if len(program.operations) > EXACT_OPERATIONS or len(network.qpus) == 1:
        return None
    try:
        return optimal_plan(program, network, below=ebits, max_states=EXACT_STATES)
    except TooLargeError:
        return None
