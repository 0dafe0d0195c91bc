"""A plan of any strategy, annealed on from where it is."""

from __future__ import annotations

import time

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.from_plan import run_order, start_from_plan
from distq.planning.annealing.search import Stage
from distq.planning.refine.noise_aware import rank
from distq.planning.strategies.anneal_chains import Best, Chain, Search, limited
from distq.planning.strategies.registry import PlanningOptions

CELLS = 4_000_000
"""Qubits times slots at most. A slot for every operation keeps every move of the plan; coarser grids lose some."""
STEPS_EACH, STEPS = 400, 80_000
"""Proposals at effort 1: for each multi-qubit operation, and at most."""
HOT = (0.1, 0.25)
"""First temperatures, in Bell pairs, of the two runs: low, so that what is good about the plan stays."""


def anneal_on(program: Program, network: Network, plan: Plan, *, seed: int, options: PlanningOptions) -> Plan:
    """``plan``, or a cheaper one found by annealing from it.

    Parameters
    ----------
    program
        What ``plan`` is for, rewritten as it asks.
    network, seed, options
        As for every strategy.
    """
    if len(network.qpus) == 1 or not program.multi_qubit:
        return plan
    deadline = None if options.time_limit_s is None else time.monotonic() + options.time_limit_s
    keep = Best(program, network, plan.strategy, plan.seed)
    search = Search(keep, options, deadline)
    order, operations = run_order(plan), len(program.multi_qubit)
    steps = int(options.effort * min(STEPS_EACH * operations, STEPS))
    price = 0.5 if limited(network) else 0.0
    stages = [(Stage(max(1, min(len(order), CELLS // program.num_qubits)), steps, hot, 0.03),) for hot in HOT]
    search.run([Chain(order, start_from_plan(plan), price, s, 2 * seed + i) for i, s in enumerate(stages)], 0.0, 1.0)
    if keep.key[:2] < rank(program, network, plan)[:2]:
        found = keep.plan()
        return Plan(found.homes, found.steps, plan.strategy, plan.seed, plan.rewriting)
    return plan
