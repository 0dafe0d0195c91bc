"""``auto``: the best of several strategies by the true cost of their plans, also on a resynthesised program."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting
from distq.networks.network import Network
from distq.planning.bounds import lower_bound
from distq.planning.refine import prune
from distq.planning.refine.noise_aware import rank, reduce_infidelity
from distq.planning.strategies.anneal_on import anneal_on
from distq.planning.strategies.exact import TooLargeError, optimal_plan
from distq.planning.strategies.registry import NO_PLAN_EBITS, PlanningOptions, get_strategy, register_search
from distq.rewrite import rewrite

CANDIDATES = ("anneal", "greedy", "burst", "teledata-routing")
"""``anneal`` starts from, and so is never worse than, the contiguous, hypergraph and kl placements."""
CANDIDATES_LARGE = ("anneal", "time-sliced", "teledata-routing")
"""The same for circuits beyond LARGE; beyond HUGE only the first."""
GATHER = "gather"
"""Rewrites what it plans, so that bounds of the program as it is do not hold for it."""
LAST_RESORTS = (GATHER, "per-gate")
"""For circuits beyond LARGE of which memory allows no other plan: the first cuts wide gates down."""
QUICK_STATES = 200_000
"""States of the exact search that tiny circuits get."""
QUICK_OPERATIONS = 100
BOUND_S = 0.3
"""Time for the lower bound at which the search stops."""
LARGE = 2_500
"""Multi-qubit operations beyond which one of the two programs is planned, by few strategies, for lack of time."""
POLISHED = 1_000
"""Multi-qubit operations up to which the best plan is annealed on."""
HUGE = 20_000
"""Multi-qubit operations beyond which one strategy plans."""
RESYNTHESIS = 200_000
"""Operations up to which resynthesis is tried."""


@register_search("auto", "the best of several strategies, by Bell pairs consumed")
def auto(program: Program, network: Network, *, seed: int, options: PlanningOptions) -> Plan:
    """Plan with every candidate and keep the plan with the fewest Bell pairs, then least infidelity, then least memory.

    Leaves out candidates whose lower bound a plan has met, and ends early when time is up and there is a plan. At the
    end the best plan of circuits up to POLISHED is annealed on, and tiny circuits are searched exactly.
    """
    started = time.monotonic()
    best: tuple[tuple[int, float, int], Plan] | None = None
    failure: InfeasiblePlanError | None = None
    bounds = _Bounds(network)
    candidates = list(_candidates(program, network))
    for number, (name, rewriting, variant) in enumerate(candidates):
        bound = 0 if name == GATHER else bounds.of(variant)  # wide gates that are cut may cost less than whole ones
        left = _remaining(options, started, bound)
        left = replace(
            left, progress=_part(options, number, len(candidates) + 1, best[0][0] if best else NO_PLAN_EBITS)
        )
        if best is not None and left.time_limit_s == 0.0:
            return best[1]
        if best is not None and (best[0][0] <= bound or (name in LAST_RESORTS and program.gates_2q > LARGE)):
            continue
        try:
            plan = get_strategy(name).plan(variant, network, seed=seed, options=left)
        except InfeasiblePlanError as error:
            failure = failure or error
            continue
        if rewriting is not None:
            if plan.rewriting is not None:
                continue
            plan = replace(plan, rewriting=rewriting)
        planned = rewrite(program, plan.rewriting, network)
        plan = reduce_infidelity(planned, network, prune(planned, network, plan))
        key = rank(planned, network, plan)
        if best is None or key < best[0]:
            best = (key, replace(plan, strategy=f"auto ({plan.strategy})"))
    if best is not None and best[0][0] and program.gates_2q <= POLISHED:
        bound = bounds.of(rewrite(program, best[1].rewriting, network))
        if best[0][0] > bound:
            left = _remaining(options, started, bound)
            left = replace(left, progress=_part(options, len(candidates), len(candidates) + 1, best[0][0]))
            best = _polished(program, network, best[1], seed, left)
    if best is None or best[0][0] > bounds.of(program):
        exact = _exact(program, network, best[0][0] if best is not None else None)
        if exact is not None:
            return replace(reduce_infidelity(program, network, exact), strategy="auto (exact)", seed=seed)
    if best is None:
        assert failure is not None
        raise failure
    return best[1]


class _Bounds:
    """Lower bounds of programs that are planned, each computed once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.known: list[tuple[Program, int]] = []

    def of(self, program: Program) -> int:
        """Bell pairs that every plan of ``program`` as it is needs; 0 for large ones."""
        for other, bound in self.known:
            if other is program:
                return bound
        large = program.gates_2q > LARGE
        bound = 0 if large else lower_bound(program, self.network, time_limit_s=BOUND_S).ebits
        self.known.append((program, bound))
        return bound


def _remaining(options: PlanningOptions, started: float, bound: int) -> PlanningOptions:
    """``options`` with what is left of the time limit, and the lower bound at which a search can stop."""
    limit = options.time_limit_s
    left = None if limit is None else max(0.0, limit - (time.monotonic() - started))
    return replace(options, time_limit_s=left, stop_at_ebits=bound)


def _part(options: PlanningOptions, number: int, parts: int, fewest: int) -> Callable[[float, int], None] | None:
    """Progress of part ``number`` of ``parts`` as progress of the whole; ``fewest`` Bell pairs were reached before."""
    tell = options.progress
    if tell is None:
        return None
    return lambda share, ebits: tell((number + share) / parts, min(ebits, fewest))


def _polished(
    program: Program, network: Network, plan: Plan, seed: int, options: PlanningOptions
) -> tuple[tuple[int, float, int], Plan]:
    """The plan annealed on, with its cost."""
    planned = rewrite(program, plan.rewriting, network)
    better = anneal_on(planned, network, plan, seed=seed, options=options)
    return rank(planned, network, better), better


def _candidates(program: Program, network: Network) -> Iterator[tuple[str, Rewriting | None, Program]]:
    """Strategies to try, each with the program that it is to plan and how that was made from the given one."""
    rewriting = Rewriting(resynthesise=True)
    small = len(program.operations) <= RESYNTHESIS
    smaller = rewrite(program, rewriting, network) if small else program
    pays = smaller.gates_2q < program.gates_2q
    if program.gates_2q > LARGE:
        for name in CANDIDATES_LARGE if program.gates_2q <= HUGE else CANDIDATES_LARGE[:1]:
            yield (name, rewriting, smaller) if pays else (name, None, program)
        for name in LAST_RESORTS:
            yield name, None, program
        return
    for name in CANDIDATES:
        yield name, None, program
    if any(len(program.operations[i].qubits) > 2 for i in program.multi_qubit):
        yield GATHER, None, program
    if pays:
        for name in (*CANDIDATES, GATHER):
            yield name, rewriting, smaller


def _exact(program: Program, network: Network, ebits: int | None) -> Plan | None:
    """A plan with fewer than ``ebits`` Bell pairs by exhaustive search, for tiny circuits; None if none is found."""
    if len(program.operations) > QUICK_OPERATIONS or len(network.qpus) == 1:
        return None
    try:
        return optimal_plan(program, network, below=ebits, max_states=QUICK_STATES)
    except TooLargeError:  # too large after all
        return None
