"""Whole gates over many QPUs: gather their operands where they are at home, or cut them down, if that saves pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.realise.placement import HomeMove, Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies.registry import register
from distq.planning.strategies.static import plan_for
from distq.rewrite import Gathered, expand_wide, gather

MOST_BITS, SIMULABLE = 10, 24
"""Ancillas are measured at most so often in programs of up to so many qubits: with more measurements inside no engine
could simulate them, and without it can."""


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
    for rewriting, variant in _variants(program, network, homes):
        try:
            plan = _planned(variant, network, strategy, seed)
        except InfeasiblePlanError as error:
            failure = failure or error
            continue
        cost = tally(plan, variant.program, network).ebits
        if best is None or cost < best[0]:
            best = (cost, variant.program, replace(plan, rewriting=rewriting))
    if best is None:
        assert failure is not None
        raise failure
    return best[1:]


def _variants(
    program: Program, network: Network, homes: tuple[int, ...]
) -> Iterator[tuple[Rewriting | None, Gathered]]:
    """Programs to plan: whole; gathered, without and with a host, and with measured ancillas; cut down to what the
    smallest memory can serve.
    """
    yield None, Gathered(program, homes, ())
    busiest = Counter(homes[q] for index in program.multi_qubit for q in program.operations[index].qubits)
    for host in (None, *[s for s, _ in busiest.most_common(1)]):
        found = gather(program, homes, network, host=host)
        if found.program is not program:
            yield Rewriting(gather=homes, host=host), found
    measured = gather(program, homes, network, measured=True)
    if measured.program.ancilla_clbits and (
        program.num_qubits > SIMULABLE or measured.program.ancilla_clbits <= MOST_BITS
    ):
        yield Rewriting(gather=homes, measured=True), measured
    smallest = min((qpu.memory for qpu in network.qpus if qpu.memory is not None), default=None)
    if smallest is not None:
        limit = max(2, smallest + 1)
        narrow = expand_wide(program, limit)
        if narrow is not program:
            yield Rewriting(limit=limit), Gathered(narrow, homes, ())


def _planned(variant: Gathered, network: Network, strategy: str, seed: int) -> Plan:
    if not variant.at:
        return plan_for(variant.program, network, variant.homes, strategy=strategy, seed=seed)
    chosen = choose_sites(variant.program, variant.homes)
    sites = [a if a >= 0 else s for a, s in zip(variant.at, chosen, strict=True)]
    placement = Placement(homes=variant.homes, sites=sites, moves=tuple([HomeMove(*move) for move in variant.moves]))
    return realise(variant.program, network, placement, strategy=strategy, seed=seed)


@register("gather", "hypergraph placement; operands of wide gates gathered by one AND or parity per QPU")
def gather_strategy(program: Program, network: Network, *, seed: int) -> Plan:
    """Place qubits by hypergraph partitioning, with a spare data ion per QPU where there is room, and gather."""
    from distq.planning.strategies.hypergraph import partition_hypergraph

    full = [qpu.data for qpu in network.qpus]
    spared = [c - 1 for c in full]
    capacities = spared if min(spared) > 0 and sum(spared) >= program.num_qubits else full
    homes = partition_hypergraph(program, capacities, seed=seed)
    return plan_gathered(program, network, homes, strategy="gather", seed=seed)[1]
