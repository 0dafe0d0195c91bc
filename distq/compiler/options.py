"""How a circuit is to be compiled: one frozen value, checked when it is made and handed to every stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Integral

from distq.errors import InputError, UnknownNameError
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.distilled_links import DISTILLATION_CHOICES, NO_DISTILLATION
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import EBITS, FIDELITY
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import check_budget

Progress = Callable[[str], None]
"""Is called with the name of each stage as it starts."""

OBJECTIVES = (EBITS, FIDELITY, "makespan")
"""What the best plan has: the fewest Bell pairs, the highest estimated fidelity, the shortest mean time."""
AUTO = "auto"
ALL = "all"
DISTILLATIONS = (*DISTILLATION_CHOICES, AUTO)
"""Distil the pairs of no link, of every link by one method, or of those links where the estimated fidelity rises."""
SWAPPINGS = (NO_DISTILLATION, ALL, AUTO)
"""Where no link joins two QPUs: relay copies, swap entanglement, or whichever is estimated to be more faithful."""


def silent(stage: str) -> None:
    """Progress that nobody watches."""


def no_objection(program: Program, network: Network) -> None:
    """Let everything be planned."""


@dataclass(frozen=True)
class CompileOptions:
    """What :func:`distq.compile` is told beyond the circuit and the network.

    Attributes
    ----------
    strategy
        Name of a strategy, or a finished plan.
    seed
        Everything random follows from it.
    objective
        One of :data:`OBJECTIVES`. All but ``ebits`` plan with several strategies, or with several seeds of the one that
        was named, and keep the best plan; see :mod:`distq.compiler.objective`.
    distill
        One of :data:`DISTILLATIONS`; see :mod:`distq.compiler.link_choice`.
    swap
        One of :data:`SWAPPINGS`; None: ``auto`` if ``distill`` is, else ``none``.
    approximation_budget
        Infidelity that leaving out remote rotations may cost; None: nothing is left out.
    planning
        How hard a searching strategy tries.
    reuse
        False: no ion that held a qubit which the circuit has measured holds another qubit of the circuit.
    max_rounds
        How many rounds are compiled of a loop whose end depends on measured bits; at least 1.
    progress
        Is called with the name of each stage as it starts.
    before_planning
        Is called with the normal form and the network as soon as they are known; what it raises ends the compilation.
    keep_interrupted
        True: if the user interrupts a search, its best plan so far is compiled. False: KeyboardInterrupt is raised.

    Raises
    ------
    InputError
        The seed or the budget is out of range, or two of the choices exclude each other.
    UnknownNameError
        There is no such strategy, objective, distillation or swapping.
    """

    strategy: str | Plan = "auto"
    seed: int = 0
    objective: str = EBITS
    distill: str = NO_DISTILLATION
    swap: str | None = None
    approximation_budget: float | None = None
    planning: PlanningOptions = field(default_factory=PlanningOptions)
    reuse: bool = True
    max_rounds: int = UNCERTAIN_ROUNDS
    progress: Progress = silent
    before_planning: Callable[[Program, Network], None] = no_objection
    keep_interrupted: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.strategy, Plan):
            get_strategy(self.strategy)
        if not isinstance(self.seed, Integral) or self.seed < 0:
            raise InputError(f"the seed is {self.seed!r}: it is a whole number, 0 or more")
        if not isinstance(self.max_rounds, Integral) or self.max_rounds < 1:
            raise InputError(f"the most rounds of a loop are {self.max_rounds!r}: a whole number, 1 or more")
        if self.approximation_budget is not None:
            check_budget(self.approximation_budget)
        choices = (
            ("objective", self.objective, OBJECTIVES),
            ("distillation", self.distill, DISTILLATIONS),
            ("swapping", self.swapping, SWAPPINGS),
        )
        for what, name, known in choices:
            if name not in known:
                raise UnknownNameError(what, name, known)
        if self.objective != EBITS:
            self._require_one_choice()

    def _require_one_choice(self) -> None:
        """Raise InputError if something else than the objective would choose the plan."""
        if isinstance(self.strategy, Plan):
            raise InputError(
                f"the objective {self.objective!r} chooses a plan, and one is given (made by {self.strategy.strategy})",
                "name a strategy, or leave the objective at 'ebits'",
            )
        for what, choice in (("distillation", self.distill), ("swapping", self.swapping)):
            if choice == AUTO:
                raise InputError(
                    f"the objective {self.objective!r} and the {what} 'auto' each choose a plan",
                    f"choose the {what} yourself, e.g. 'none'",
                )

    @property
    def swapping(self) -> str:
        """What is done where no link joins two QPUs: one of :data:`SWAPPINGS`."""
        return self.swap or (AUTO if self.distill == AUTO else NO_DISTILLATION)
