"""The plan for given homes that never move."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies.cheapest import cheapest


def plan_fixed_homes(program: Program, network: Network, homes: Sequence[int], *, strategy: str, seed: int) -> Plan:
    """The cheapest plan found for fixed ``homes``: both extreme minimum covers are realised, the better one is kept.

    Raises
    ------
    InfeasiblePlanError
        If neither fits the memory.
    """

    def plans(rank: Sequence[int]) -> list[Plan]:
        placement = Placement(homes=tuple(homes), sites=choose_sites(program, homes, rank=rank))
        return [realise(program, network, placement, strategy=strategy, seed=seed)]

    count = len(network.qpus)
    return cheapest([partial(plans, range(count)), partial(plans, range(count, 0, -1))], network)
