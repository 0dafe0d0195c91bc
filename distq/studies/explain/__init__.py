"""Why a plan costs what it costs, which trap limits it, and what one more ion would save.

Every Bell pair of a plan opens one copy. :func:`explain` follows each copy to its end and names the cause of its pair;
:func:`with_curve` plans again for networks with fewer and more ions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.studies.explain.bottleneck import binding
from distq.studies.explain.curve import with_curve
from distq.studies.explain.explanation import CAUSES, Cause, Copy, Explanation, Occupancy, Point
from distq.studies.explain.replay import Replay

__all__ = ["CAUSES", "Copy", "Explanation", "Occupancy", "Point", "explain", "with_curve"]


def explain(program: Program, network: Network, plan: Plan) -> Explanation:
    """Causes and occupancies of a valid plan. The curve is left empty, see :func:`with_curve`."""
    replay = Replay(program, network, plan)
    copies = tuple(replay.copies())
    names = [qpu.name for qpu in network.qpus]
    by_cause: Counter[Cause] = Counter()
    by_link: Counter[tuple[int, int]] = Counter()
    by_qubit: Counter[int] = Counter()
    for copy in copies:
        by_cause[copy.cause] += copy.pairs
        by_link[min(copy.source, copy.target), max(copy.source, copy.target)] += copy.pairs
        by_qubit[copy.qubit] += copy.pairs
    found = Explanation(
        circuit=program.name,
        network=network.name,
        strategy=plan.strategy,
        seed=plan.seed,
        ebits=sum(copy.pairs for copy in copies),
        causes=tuple((cause, by_cause[cause]) for cause in CAUSES if by_cause[cause]),
        qubits=tuple(sorted(by_qubit.items(), key=lambda item: (-item[1], item[0]))),
        links=tuple((names[a], names[b], n) for (a, b), n in sorted(by_link.items(), key=lambda i: (-i[1], i[0]))),
        copies=copies,
        occupancy=tuple(replay.occupancy(qpu) for qpu in range(len(names))),
    )
    return replace(found, binding=binding(found))
