"""What strategies that only choose homes have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.fixed_plan import plan_fixed_homes
from distq.planning.strategies.registry import register
from distq.planning.strategies.wide_gates import plan_gathered

HomeChooser = Callable[[Program, Network, np.random.Generator], Sequence[int]]
"""Says in which QPU each qubit lives."""


def register_fixed_homes(
    name: str, summary: str, source: str = "distq", *, gathers: bool = True
) -> Callable[[HomeChooser], HomeChooser]:
    """Decorator that makes a strategy of a function that only chooses homes; the plan follows from them.

    Gates that need more copies than there are memory ions have their operands gathered, or are cut down.

    Parameters as for :func:`distq.planning.strategies.registry.register`.
    """

    def add(choose_homes: HomeChooser) -> HomeChooser:
        def planner(program: Program, network: Network, *, seed: int) -> Plan:
            homes = [int(h) for h in choose_homes(program, network, np.random.default_rng(seed))]
            return plan_at_homes(program, network, homes, strategy=name, seed=seed)

        register(name, summary, source, gathers=gathers)(planner)
        return choose_homes

    return add


def plan_at_homes(program: Program, network: Network, homes: Sequence[int], *, strategy: str, seed: int) -> Plan:
    """The plan for ``homes``, with the operands of wide gates gathered where copies of them do not fit.

    Raises
    ------
    InfeasiblePlanError
        That does not fit the memory either.
    """
    try:
        return plan_fixed_homes(program, network, homes, strategy=strategy, seed=seed)
    except InfeasiblePlanError:
        if program.ancillas or max(map(len, (program.operations[i].qubits for i in program.multi_qubit))) < 3:
            raise
        return plan_gathered(program, network, homes, strategy=strategy, seed=seed)


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
