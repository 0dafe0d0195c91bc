"""Whole gates over many QPUs: gather their operands where they are at home, or cut them down, if that saves pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.network import Network
from distq.placement import Placement, realise
from distq.plan import Plan, tally
from distq.program import Program
from distq.rewrite import expand_wide, gather
from distq.rewriting import Rewriting
from distq.sites import choose_sites
from distq.strategies.base import register
from distq.strategies.static import plan_for


def plan_gathered(
    program: Program, network: Network, homes: Sequence[int], *, strategy: str = "", seed: int = 0
) -> tuple[Program, Plan]:
    """The cheapest plan found for fixed ``homes`` with wide operations whole, gathered or cut down.

    Parameters
    ----------
    program
        A program without ancillas.
    network
        The machine. QPUs with a spare data ion can gather.
    homes
        Per qubit: its QPU.

    Returns
    -------
    program, plan
        ``plan.rewriting`` says what was done to ``program`` to give the one that the plan is for.

    Raises
    ------
    InfeasiblePlanError
        If no variant fits the memory.
    """
    homes = tuple(homes)
    best: tuple[int, Program, Plan] | None = None
    failure: InfeasiblePlanError | None = None
    for rewriting, variant, variant_homes, at in _variants(program, network, homes):
        try:
            if at is None:
                plan = plan_for(variant, network, variant_homes, strategy=strategy, seed=seed)
            else:
                plan = _realised(variant, network, variant_homes, at, strategy, seed)
        except InfeasiblePlanError as error:
            failure = failure or error
            continue
        cost = tally(plan, variant, network).ebits
        if best is None or cost < best[0]:
            best = (cost, variant, replace(plan, rewriting=rewriting))
    if best is None:
        assert failure is not None
        raise failure
    return best[1:]


Variant = tuple[Rewriting | None, Program, tuple[int, ...], tuple[int, ...] | None]


def _variants(program: Program, network: Network, homes: tuple[int, ...]) -> list[Variant]:
    """Programs to plan: whole, gathered, and each of them cut down to what the smallest memory can serve."""
    out: list[Variant] = [(None, program, homes, None)]
    gathered = gather(program, homes, network)
    if gathered.program is not program:
        out.append((Rewriting(gather=homes), gathered.program, gathered.homes, gathered.at))
    smallest = min((qpu.memory for qpu in network.qpus if qpu.memory is not None), default=None)
    if smallest is not None:
        limit = max(2, smallest + 1)
        narrow = expand_wide(program, limit)
        if narrow is not program:
            out.append((Rewriting(limit=limit), narrow, homes, None))
    return out


def _realised(
    program: Program, network: Network, homes: tuple[int, ...], at: tuple[int, ...], strategy: str, seed: int
) -> Plan:
    chosen = choose_sites(program, homes)
    sites = [a if a >= 0 else s for a, s in zip(at, chosen, strict=True)]
    return realise(program, network, Placement(homes=homes, at=sites), strategy=strategy, seed=seed)


@register("gather", "hypergraph placement; operands of wide gates gathered by one AND or parity per QPU")
def gather_strategy(program: Program, network: Network, *, seed: int) -> Plan:
    """Place qubits by hypergraph partitioning, with a spare data ion per QPU where there is room, and gather."""
    from distq.strategies.partition import partition_hypergraph

    full = [qpu.data for qpu in network.qpus]
    spared = [c - 1 for c in full]
    capacities = spared if min(spared) > 0 and sum(spared) >= program.num_qubits else full
    homes = partition_hypergraph(program, capacities, seed=seed)
    return plan_gathered(program, network, homes, strategy="gather", seed=seed)[1]
