"""What a strategy is, and the registry that finds it by name.

A strategy is registered by a decorator on its function. To add one, write a module such as the following; ``--plugin
FILE``, an entry point (:mod:`distq.util.plugins`), or an import in ``strategies/__init__.py`` has it found::

    from distq.planning.realise.gate_sites import choose_sites
    from distq.planning.realise.placement import Placement
    from distq.planning.realise.realise import realise
    from distq.planning.strategies.registry import register

    @register("first-fit", "fill one QPU after the other")
    def first_fit(program, network, *, seed):
        homes = [s for s, qpu in enumerate(network.qpus) for _ in range(qpu.data)][: program.num_qubits]
        placement = Placement(tuple(homes), choose_sites(program, homes))
        return realise(program, network, placement, strategy="first-fit", seed=seed)

``distq compile -s first-fit``, ``distq strategies`` and the tests that every strategy must pass
(``tests/planning/strategies/test_strategies.py``) then find it by its name. There are three decorators:

- :func:`register` for a function that constructs a plan;
- :func:`register_search` for one that searches, which gets :class:`PlanningOptions` as well;
- :func:`distq.planning.strategies.fixed_homes.register_fixed_homes` for one that only says where each qubit lives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from distq.errors import InfeasiblePlanError, InputError, UnknownNameError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting, then
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import EBITS
from distq.planning.measured_ions import require_kept
from distq.planning.strategies.ion_shares import ion_shares
from distq.planning.strategies.part_of_network import one_qpu_plan, part_for
from distq.rewrite import expand_wide, rewrite
from distq.util.gc_pause import gc_paused
from distq.util.plugins import load_plugins

NO_PLAN_EBITS = 1 << 60
"""The number of Bell pairs that is reported while no plan has been found: more than any plan has."""


class PlanningInterruptedError(KeyboardInterrupt):
    """The user interrupted a search that has found plans already.

    Attributes
    ----------
    plan
        The best plan so far.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__("planning was interrupted")
        self.plan = plan


@dataclass(frozen=True)
class PlanningOptions:
    """How hard a searching strategy tries, and for what.

    Attributes
    ----------
    effort
        Multiplies the number of search steps; 1 takes a few seconds for a circuit of some hundred gates.
    time_limit_s
        Stop searching after about this many seconds and return the best plan so far; None: no limit. When the limit
        cuts a search short, the result depends on the speed of the machine.
    stop_at_ebits
        Stop searching as soon as a plan needs no more Bell pairs than this: a lower bound, if one is known.
    progress
        Called with the share of the work done (0 to 1) and the fewest Bell pairs so far (NO_PLAN_EBITS without a plan).
    objective
        What ``anneal`` looks for: ``ebits``, the fewest Bell pairs, or ``fidelity``, the least estimated infidelity
        (:mod:`distq.planning.infidelity_model`), which may take more pairs over better links.
    """

    effort: float = 1.0
    time_limit_s: float | None = None
    stop_at_ebits: int = 0
    progress: Callable[[float, int], None] | None = None
    objective: str = EBITS


class Planner(Protocol):
    """The function of a constructive strategy: pure, and deterministic for a given seed."""

    def __call__(self, program: Program, network: Network, *, seed: int) -> Plan: ...


class Searcher(Protocol):
    """The function of a searching strategy: the same, with options."""

    def __call__(self, program: Program, network: Network, *, seed: int, options: PlanningOptions) -> Plan: ...


@dataclass(frozen=True)
class Strategy:
    """A registered strategy.

    Attributes
    ----------
    name, summary, source
        Its name, one line on what it does, and the paper or library that it comes from.
    search
        Its function.
    cuts
        True if gates on many qubits are cut down where it has no plan for the program as it is.
    gathers
        True if all qubits go to one QPU that is large enough, without asking it.
    parts
        True if it plans small circuits on a part of a large network.
    shares
        True if it plans for one share of the ions after the other where these may have any role.
    """

    name: str
    summary: str
    source: str
    search: Searcher
    cuts: bool = True
    gathers: bool = True
    parts: bool = True
    shares: bool = True

    @gc_paused
    def plan(self, program: Program, network: Network, *, seed: int, options: PlanningOptions | None = None) -> Plan:
        """Plan ``program`` on ``network``; the same seed gives the same plan unless a time limit cuts the search short.

        Raises
        ------
        InfeasiblePlanError
            If the strategy finds no plan within the data and memory ions.
        """
        options = options or PlanningOptions()
        try:
            return self._found(program, network, seed, options)
        except InfeasiblePlanError:
            plan = self._plan_cut_down(program, network, seed, options) if self.cuts else None
            if plan is None:
                raise
            return plan

    def _plan_cut_down(self, program: Program, network: Network, seed: int, options: PlanningOptions) -> Plan | None:
        """A plan with gates on many qubits cut down, no further than needed; None if that does not help either."""
        smallest = min(qpu.memory_beside_data for qpu in network.qpus)
        for limit in sorted({max(2, int(min(smallest + 1, program.num_qubits))), 2}, reverse=True):
            narrow = expand_wide(program, limit)
            if narrow is program:
                continue
            try:
                plan = self._found(narrow, network, seed, replace(options, stop_at_ebits=0))
            except InfeasiblePlanError:
                continue
            return replace(plan, rewriting=then(Rewriting(limit=limit), plan.rewriting))
        return None

    def _found(self, program: Program, network: Network, seed: int, options: PlanningOptions) -> Plan:
        """What the strategy finds, if it leaves measured qubits on ions that may not be used again."""
        plan = self._on_as_many_qpus_as_needed(program, network, seed, options)
        if not program.reuse:
            require_kept(program, rewrite(program, plan.rewriting, network), plan)
        return plan

    def _on_as_many_qpus_as_needed(
        self, program: Program, network: Network, seed: int, options: PlanningOptions
    ) -> Plan:
        """What the strategy finds on a part of a large network, or else on the whole of it."""
        alone = one_qpu_plan(program, network) if self.gathers else None
        if alone is not None:
            return replace(alone, strategy=self.name, seed=seed)
        part = part_for(program, network) if self.parts else None
        if part is not None:
            try:
                plan = self._on_best_share(program, part.network, seed, options)
                found = part.in_whole(program, plan)
            except InfeasiblePlanError:
                found = None
            if found is not None:
                return found
        return self._on_best_share(program, network, seed, options)

    def _on_best_share(self, program: Program, network: Network, seed: int, options: PlanningOptions) -> Plan:
        """The plan of fewest Bell pairs that the strategy finds for any share of the ions."""
        networks = ion_shares(network, program.num_qubits) if self.shares else (network,)
        best, failure = _Fewest(network), None
        for number, share in enumerate(networks):
            if number and best.ebits <= options.stop_at_ebits:
                break
            limit = None if options.time_limit_s is None else options.time_limit_s / len(networks)
            try:
                best.offer(self.search(program, share, seed=seed, options=replace(options, time_limit_s=limit)))
            except PlanningInterruptedError as stop:
                best.offer(stop.plan)
                raise PlanningInterruptedError(best.plan or stop.plan) from stop
            except InfeasiblePlanError as error:
                failure = failure or error
        if best.plan is None:
            assert failure is not None
            raise failure
        return best.plan


class _Fewest:
    """The plan with the fewest Bell pairs of those offered."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.plan: Plan | None = None
        self.ebits = NO_PLAN_EBITS

    def offer(self, plan: Plan) -> None:
        """Keep the plan if it has fewer Bell pairs than all before."""
        ebits = bell_pairs(plan.steps, self.network)
        if ebits < self.ebits:
            self.plan, self.ebits = plan, ebits


_REGISTRY: dict[str, Strategy] = {}


def _add(strategy: Strategy) -> None:
    """Register a strategy; raises InputError if another one has its name."""
    if strategy.name in _REGISTRY:
        raise InputError(f"there is a strategy {strategy.name!r} already", "register it under another name")
    _REGISTRY[strategy.name] = strategy


def register(
    name: str,
    summary: str,
    source: str = "distq",
    *,
    cuts: bool = True,
    gathers: bool = True,
    parts: bool = True,
    shares: bool = True,
) -> Callable[[Planner], Planner]:
    """Decorator that makes a constructive strategy available by name.

    Parameters
    ----------
    name
        The name that ``-s`` takes and that plans bear.
    summary
        One line for ``distq strategies``.
    source
        The paper or library that it comes from.
    cuts, gathers, parts, shares
        See :class:`Strategy`.
    """

    def add(planner: Planner) -> Planner:
        def search(program: Program, network: Network, *, seed: int, options: PlanningOptions) -> Plan:
            return planner(program, network, seed=seed)

        _add(Strategy(name, summary, source, search, cuts, gathers, parts, shares))
        return planner

    return add


def register_search(
    name: str, summary: str, source: str = "distq", *, cuts: bool = True, shares: bool = True
) -> Callable[[Searcher], Searcher]:
    """Decorator that makes a searching strategy available by name; parameters as for :func:`register`."""

    def add(searcher: Searcher) -> Searcher:
        _add(Strategy(name, summary, source, searcher, cuts, shares=shares))
        return searcher

    return add


def strategies() -> tuple[Strategy, ...]:
    """All registered strategies, those of plugins too, by name."""
    load_plugins()
    return tuple(_REGISTRY[name] for name in sorted(_REGISTRY))


def get_strategy(name: str) -> Strategy:
    """The strategy of that name; raises UnknownNameError with the nearest one."""
    if name not in _REGISTRY:
        load_plugins()
    if name not in _REGISTRY:
        raise UnknownNameError("strategy", name, _REGISTRY)
    return _REGISTRY[name]
