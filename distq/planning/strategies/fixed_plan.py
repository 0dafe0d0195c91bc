"""The plan for given homes that never move."""

from __future__ import annotations

from collections.abc import Sequence

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise


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
