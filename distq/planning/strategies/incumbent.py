"""The best plan that a search has found so far, and how good it is."""

from __future__ import annotations

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import EBITS, FIDELITY
from distq.planning.infidelity_model import uniform
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.refine import prune
from distq.planning.refine.noise_aware import PlanRank, rank, reduce_infidelity
from distq.planning.strategies.registry import NO_PLAN_EBITS

PROMISING_EBITS = 3.0
"""Bell pairs above the best plan up to which a solution of the search may still give a better plan."""
PRUNED_SHARE = 1.1
"""A plan is pruned, which takes time, if it has no more than this times the fewest Bell pairs so far, and
PROMISING_EBITS more."""


class Incumbent:
    """The best plan so far, by the objective: Bell pairs or estimated infidelity first, peak of memory last.

    Attributes
    ----------
    objective
        EBITS or FIDELITY. On a uniform network it is EBITS, because infidelity then follows from the Bell pairs.
    rank
        Rank of the best plan; of NO_PLAN_EBITS Bell pairs as long as there is none.
    """

    def __init__(self, program: Program, network: Network, strategy: str, seed: int, objective: str = EBITS) -> None:
        self.program, self.network, self.strategy, self.seed = program, network, strategy, seed
        self.objective = EBITS if uniform(network) else objective
        self.rank = PlanRank(NO_PLAN_EBITS, NO_PLAN_EBITS, NO_PLAN_EBITS)
        self._plan: Plan | None = None
        self._failure: InfeasiblePlanError | None = None

    @property
    def cost(self) -> float:
        """Bell pairs of the best plan, or its infidelity, as the objective says."""
        return self._order(self.rank)[0]

    def plan(self) -> Plan:
        """The best plan; raises InfeasiblePlanError if none has been offered that memory allows."""
        if self._plan is None:
            assert self._failure is not None
            raise self._failure
        return self._plan

    def offer(self, placement: Placement) -> float:
        """Realise ``placement`` and keep the plan if it is the best; returns its Bell pairs, or infidelity.

        By EBITS a plan that may become the best is pruned and made noise-aware first. Returns NO_PLAN_EBITS if memory
        does not allow a plan.
        """
        try:
            plan = realise(self.program, self.network, placement, strategy=self.strategy, seed=self.seed)
        except InfeasiblePlanError as error:
            self._failure = error
            return NO_PLAN_EBITS
        ebits = bell_pairs(plan.steps, self.network)
        if self.is_worth_refining(ebits):
            plan = prune(self.program, self.network, plan)
            ebits = bell_pairs(plan.steps, self.network)
        if ebits > self.rank.ebits and self.objective == EBITS:
            return ebits
        plan = reduce_infidelity(self.program, self.network, plan)
        found = rank(self.program, self.network, plan)
        if self._order(found) < self._order(self.rank):
            self.rank, self._plan = found, plan
        return self._order(found)[0]

    def cost_without_embedding(self, placement: Placement) -> float:
        """Bell pairs, or infidelity, of ``placement`` if no X-block is embedded; NO_PLAN_EBITS if nothing fits."""
        try:
            plan = realise(self.program, self.network, placement, embed=False)
        except InfeasiblePlanError:
            return NO_PLAN_EBITS
        return self._order(rank(self.program, self.network, plan))[0]

    def is_worth_refining(self, ebits: float) -> bool:
        """True if a plan of so many Bell pairs may become the best one when it is pruned, or X-blocks are embedded."""
        return ebits < PRUNED_SHARE * self.rank.ebits + PROMISING_EBITS

    def is_promising(self, cost: float) -> bool:
        """True if a solution of that ``cost`` in the search may give a better plan than the best so far."""
        return self.objective == FIDELITY or cost < self.rank.ebits + PROMISING_EBITS

    def _order(self, given: PlanRank) -> tuple[float, float, int]:
        """The parts of a rank by importance for the objective."""
        if self.objective == FIDELITY:
            return given.infidelity, given.ebits, given.peak_memory
        return given
