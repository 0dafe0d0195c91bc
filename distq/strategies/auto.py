"""``auto``: the best of several strategies by the true cost of their plans."""

from __future__ import annotations

from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.network import Network
from distq.plan import Plan, tally
from distq.program import Program
from distq.strategies.base import Options, get_strategy, register_search

CANDIDATES = ("anneal", "greedy")
"""``anneal`` starts from, and so is never worse than, the contiguous, hypergraph and kl placements."""


@register_search("auto", "the best of several strategies, by Bell pairs consumed")
def auto(program: Program, network: Network, *, seed: int, options: Options) -> Plan:
    """Plan with every candidate and keep the plan with the fewest Bell pairs, then the least memory."""
    best: tuple[tuple[int, int], Plan] | None = None
    failure: InfeasiblePlanError | None = None
    for name in CANDIDATES:
        try:
            plan = get_strategy(name).plan(program, network, seed=seed, options=options)
        except InfeasiblePlanError as error:
            failure = error
            continue
        cost = tally(plan, program, network)
        key = (cost.ebits, cost.peak_memory)
        if best is None or key < best[0]:
            best = (key, plan)
    if best is None:
        assert failure is not None
        raise failure
    return replace(best[1], strategy=f"auto ({best[1].strategy})")
