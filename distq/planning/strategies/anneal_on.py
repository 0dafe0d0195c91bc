"""Anneals on from a plan that another strategy has made."""

from __future__ import annotations

import time

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.from_plan import run_order, start_from_plan
from distq.planning.annealing.search import Stage
from distq.planning.refine.noise_aware import rank
from distq.planning.strategies.anneal_chains import Chain, ChainRunner, memory_is_limited
from distq.planning.strategies.incumbent import Incumbent
from distq.planning.strategies.registry import PlanningOptions

MAX_CELLS = 4_000_000
"""Qubits times slots, at most. A slot for every operation keeps every move of the plan; coarser grids lose some."""
PROPOSALS_PER_GATE, MAX_PROPOSALS = 400, 80_000
"""Proposals at effort 1: for each multi-qubit operation, and at most."""
HOTTEST = (0.1, 0.25)
"""First temperatures of the two runs, in Bell pairs. They are low, so that what is good about the plan stays."""
COLDEST = 0.03
"""Last temperature of both runs."""


def anneal_on(program: Program, network: Network, plan: Plan, *, seed: int, options: PlanningOptions) -> Plan:
    """``plan``, or a cheaper one found by annealing from it.

    Parameters
    ----------
    program
        The program that ``plan`` is for, rewritten as the plan asks.
    network, seed, options
        As for every strategy.
    """
    if len(network.qpus) == 1 or not program.multi_qubit:
        return plan
    deadline = None if options.time_limit_s is None else time.monotonic() + options.time_limit_s
    incumbent = Incumbent(program, network, plan.strategy, plan.seed)
    runner = ChainRunner(incumbent, options, deadline)
    order = run_order(plan)
    slots = max(1, min(len(order), MAX_CELLS // program.num_qubits))
    proposals = int(options.effort * min(PROPOSALS_PER_GATE * len(program.multi_qubit), MAX_PROPOSALS))
    price = 0.5 if memory_is_limited(network) else 0.0
    stages = [(Stage(slots, proposals, hottest, COLDEST),) for hottest in HOTTEST]
    chains = [Chain(order, start_from_plan(plan), price, s, 2 * seed + i) for i, s in enumerate(stages)]
    runner.run(chains, done=0.0, share=1.0)
    found, given = incumbent.rank, rank(program, network, plan)
    if (found.ebits, found.infidelity) < (given.ebits, given.infidelity):
        best = incumbent.plan()
        return Plan(best.homes, best.steps, plan.strategy, plan.seed, plan.rewriting)
    return plan
