"""Plans for given homes that never move, and what strategies that only choose homes have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies.registry import register

HomeChooser = Callable[[Program, Network, np.random.Generator], Sequence[int]]
"""Says in which QPU each qubit lives."""


def register_fixed_homes(name: str, summary: str, source: str = "distq") -> Callable[[HomeChooser], HomeChooser]:
    """Decorator that makes a strategy of a function that only chooses homes; the plan follows from them.

    Parameters as for :func:`distq.planning.strategies.registry.register`.
    """

    def add(choose_homes: HomeChooser) -> HomeChooser:
        def planner(program: Program, network: Network, *, seed: int) -> Plan:
            homes = choose_homes(program, network, np.random.default_rng(seed))
            return plan_fixed_homes(program, network, [int(h) for h in homes], strategy=name, seed=seed)

        register(name, summary, source)(planner)
        return choose_homes

    return add


def plan_fixed_homes(program: Program, network: Network, homes: Sequence[int], *, strategy: str, seed: int) -> Plan:
    """The cheapest plan found for fixed ``homes``: both extreme minimum covers are realised, the better one is kept.

    Raises
    ------
    InfeasiblePlanError
        If neither fits the memory.
    """
    best: Plan | None = None
    fewest = 0
    failure: InfeasiblePlanError | None = None
    for rank in (range(len(network.qpus)), range(len(network.qpus), 0, -1)):
        placement = Placement(homes=tuple(homes), sites=choose_sites(program, homes, rank=rank))
        try:
            plan = realise(program, network, placement, strategy=strategy, seed=seed)
        except InfeasiblePlanError as error:
            failure = error
            continue
        ebits = bell_pairs(plan.steps, network)
        if best is None or ebits < fewest:
            best, fewest = plan, ebits
    if best is None:
        assert failure is not None
        raise failure
    return best


def interaction_weights(program: Program) -> Counter[tuple[int, int]]:
    """Per pair of qubits (lower index first): the number of their distinct pairs of segments that interact."""
    pairs: set[tuple[int, int, int, int]] = set()
    for index in program.multi_qubit:
        qubits, ids = program.operations[index].qubits, program.segment_ids[index]
        for i, q in enumerate(qubits):
            for j, r in enumerate(qubits[:i]):
                pairs.add((min(q, r), max(q, r), ids[i] if q < r else ids[j], ids[j] if q < r else ids[i]))
    return Counter((q, r) for q, r, _, _ in pairs)


def even_shares(qubits: int, network: Network) -> list[int]:
    """Number of qubits for each QPU, in proportion to its data ions."""
    shares = [0] * len(network.qpus)
    for _ in range(qubits):
        s = min(range(len(shares)), key=lambda i: ((shares[i] + 1) / network.qpus[i].data, i))
        shares[s] += 1
    return shares
