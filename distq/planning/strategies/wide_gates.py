"""Gates on many qubits, for fixed homes: whole, with their operands gathered where they are at home, or cut down.

The cheapest plan is kept.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting
from distq.networks.network import Network
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.realise.placement import HomeMove, Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies.cheapest import cheapest
from distq.planning.strategies.fixed_plan import plan_fixed_homes
from distq.rewrite import Gathered, expand_wide, gather

MAX_MEASURED_ANCILLAS = 10
MAX_QUBITS_SIMULATED = 24
"""In programs of up to so many qubits at most so many ancillas are measured: without measurements inside, an engine can
simulate them, and with more than these none can."""


def plan_gathered(
    program: Program, network: Network, homes: Sequence[int], *, strategy: str = "", seed: int = 0
) -> Plan:
    """The cheapest plan found for fixed ``homes`` with wide operations whole, gathered or cut down.

    Its ``rewriting`` says what was done to ``program`` to give the one that it is for.

    Parameters
    ----------
    program
        A program without ancillas.
    network
        The network that is planned for. QPUs with a spare data ion can gather.
    homes
        Per qubit: its QPU.

    Raises
    ------
    InfeasiblePlanError
        If no variant fits the memory.
    """

    def plans(rewriting: Rewriting | None, variant: Gathered) -> list[Plan]:
        return [replace(_planned(variant, network, strategy, seed), rewriting=rewriting)]

    return cheapest((partial(plans, *variant) for variant in _variants(program, network, tuple(homes))), network)


def _variants(
    program: Program, network: Network, homes: tuple[int, ...]
) -> Iterator[tuple[Rewriting | None, Gathered]]:
    """Programs to plan, each with the rewriting that gives it.

    Wide operations are whole; gathered, without a host, at the busiest QPU as the host, and with measured ancillas; or
    cut down to what the smallest memory can serve.
    """
    yield None, Gathered(program, homes, ())
    busiest = Counter(homes[q] for index in program.multi_qubit for q in program.operations[index].qubits)
    for host in (None, *[s for s, _ in busiest.most_common(1)]):
        found = gather(program, homes, network, host=host)
        if found.program is not program:
            yield Rewriting(gather=homes, host=host), found
    measured = gather(program, homes, network, measured=True)
    ancillas = measured.program.ancilla_clbits
    if ancillas and (program.num_qubits > MAX_QUBITS_SIMULATED or ancillas <= MAX_MEASURED_ANCILLAS):
        yield Rewriting(gather=homes, measured=True), measured
    smallest = min(qpu.memory_beside_data for qpu in network.qpus)
    if smallest < math.inf:
        limit = max(2, int(smallest) + 1)
        narrow = expand_wide(program, limit)
        if narrow is not program:
            yield Rewriting(limit=limit), Gathered(narrow, homes, ())


def _planned(variant: Gathered, network: Network, strategy: str, seed: int) -> Plan:
    """A plan for one variant, at the sites and with the moves that gathering asks for."""
    if not variant.sites:
        return plan_fixed_homes(variant.program, network, variant.homes, strategy=strategy, seed=seed)
    chosen = choose_sites(variant.program, variant.homes)
    sites = [given if given >= 0 else free for given, free in zip(variant.sites, chosen, strict=True)]
    moves = tuple([HomeMove(*move) for move in variant.moves])
    placement = Placement(homes=variant.homes, sites=sites, moves=moves)
    return realise(variant.program, network, placement, strategy=strategy, seed=seed)
