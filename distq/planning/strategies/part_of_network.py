"""Small circuits on large networks: one QPU where the circuit fits one, a part of the network where it needs few.

What a search costs grows with the square of the number of QPUs, and most of them would never hold a qubit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.refine.noise_aware import comparable_infidelity
from distq.rewrite import rewrite

FEWEST_QPUS = 24
"""QPUs of a part, at least, if the network has them."""
ROOM = 2
"""Data ions of a part, at least, in multiples of the number of qubits."""


def one_qpu_plan(program: Program, network: Network) -> Plan | None:
    """The plan of all qubits at one QPU, the one of least estimated infidelity; None if the circuit fits none."""
    kinds: dict[object, int] = {}
    for s, qpu in enumerate(network.qpus):
        if qpu.data >= program.num_qubits:
            kinds.setdefault(qpu.model_copy(update={"name": "", "ions": None, "data": 1, "memory": 0}), s)
    best: tuple[float, Plan] | None = None
    for s in kinds.values():
        plan = Plan((s,) * program.num_qubits, tuple([RunOp(i, s) for i in range(len(program.operations))]))
        infidelity = comparable_infidelity(program, network, plan) if len(kinds) > 1 else 0.0
        if best is None or infidelity < best[0]:
            best = infidelity, plan
    return None if best is None else best[1]


@dataclass(frozen=True)
class PartOfNetwork:
    """Some QPUs of a network, and the links between them.

    Attributes
    ----------
    whole, network
        The network, and the part as a network of its own.
    qpus
        Which QPUs, ascending: number i of the part is ``qpus[i]`` of the whole.
    """

    whole: Network
    network: Network
    qpus: tuple[int, ...]

    def in_whole(self, program: Program, plan: Plan) -> Plan | None:
        """A plan for the part as one for the whole; None if its rewriting would be another one there."""
        steps = tuple([self._step(step) for step in plan.steps])
        rewriting = plan.rewriting
        if rewriting is not None and rewriting.gather is not None:
            gather = tuple([self.qpus[s] for s in rewriting.gather])
            host = None if rewriting.host is None else self.qpus[rewriting.host]
            moved = replace(rewriting, gather=gather, host=host)
            there, here = rewrite(program, moved, self.whole), rewrite(program, rewriting, self.network)
            if [op.qubits for op in there.operations] != [op.qubits for op in here.operations]:
                return None
            rewriting = moved
        return replace(plan, homes=tuple([self.qpus[s] for s in plan.homes]), steps=steps, rewriting=rewriting)

    def _step(self, step: Step) -> Step:
        match step:
            case RunOp(operation, qpu):
                return RunOp(operation, self.qpus[qpu])
            case Grow(qubit, source, target):
                return Grow(qubit, self.qpus[source], self.qpus[target])
            case Shrink(qubit, qpu):
                return Shrink(qubit, self.qpus[qpu])
            case HandOver(moves):
                return HandOver(tuple([(qubit, self.qpus[qpu]) for qubit, qpu in moves]))


def part_for(program: Program, network: Network) -> PartOfNetwork | None:
    """QPUs near each other with room for the program; None if it needs half of the network or more.

    It grows from the QPU of most data ions, by the QPU with most links to the part, then of most data and memory ions.
    """
    count = len(network.qpus)
    if count <= 2 * FEWEST_QPUS or network.swaps or network.hubs:
        return None
    chosen = _grown(network, ROOM * program.num_qubits)
    if chosen is None or 2 * len(chosen) > count:
        return None
    place = {s: i for i, s in enumerate(chosen)}
    links = tuple(
        [
            network.links[network.link_index(s, t)].model_copy(update={"a": place[s], "b": place[t]})
            for s in chosen
            for t in network.neighbours[s]
            if t > s and t in place
        ]
    )
    qpus = tuple([network.qpus[s] for s in chosen])
    return PartOfNetwork(network, network.model_copy(update={"qpus": qpus, "links": links}), tuple(chosen))


def _grown(network: Network, room: int) -> Sequence[int] | None:
    """QPUs with so many data ions together, each linked to an earlier one; None if links do not lead to so many."""
    sizes = [(qpu.data, qpu.memory_beside_data) for qpu in network.qpus]
    first = max(range(len(sizes)), key=lambda s: (min(1.0, sizes[s][1]), sizes[s], -s))
    chosen, links = {first}, dict.fromkeys(network.neighbours[first], 1)
    ions = sizes[first][0]
    while ions < room or len(chosen) < FEWEST_QPUS:
        if not links:
            return None
        best = max(links, key=lambda s: (min(1.0, sizes[s][1]), links[s], sizes[s], -s))
        del links[best]
        chosen.add(best)
        ions += sizes[best][0]
        for s in network.neighbours[best]:
            if s not in chosen:
                links[s] = links.get(s, 0) + 1
    return sorted(chosen)
