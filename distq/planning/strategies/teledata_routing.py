"""Teledata routing: a look-ahead router that only moves qubits between neighbouring QPUs (as dSABRE)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.step_writer import Writer
from distq.planning.strategies.frontier import Frontier
from distq.planning.strategies.hypergraph import partition_hypergraph
from distq.planning.strategies.registry import register

LOOKAHEAD = 20
"""Gates beyond the front that are scored."""
LOOKAHEAD_WEIGHT = 0.5
"""Weight of the first layer beyond the front; it falls by ``LAYER_DECAY`` with each further one."""
LAYER_DECAY = 0.8
CROWDING = 0.3
"""Price, in pairs, of taking the last free data ion of a QPU."""
TIRED = 0.2
"""Price of moving a qubit again before any gate has run, per move."""
FAR = 1e9


@dataclass(frozen=True)
class Candidate:
    """A move of ``qubit`` to ``qpu``; ``makes_way`` (-1: nobody) goes to ``aside`` first, or in exchange."""

    qubit: int
    qpu: int
    pairs: int
    makes_way: int = -1
    aside: int = -1


@register(
    "teledata-routing",
    "rival model: look-ahead routing by moves of qubits alone (as dSABRE)",
    "S. Li, dSABRE, arXiv:2605.21960 (2026); G. Li et al., SABRE, ASPLOS 2019",
)
def teledata_routing(program: Program, network: Network, *, seed: int) -> Plan:
    """Run what is local, else make the move between neighbouring QPUs that brings present and coming gates closest.

    The model of S. Li, "dSABRE: a SABRE-style router for multi-core distributed quantum computers" (arXiv:2605.21960),
    which carries G. Li, Y. Ding, Y. Xie, "Tackling the qubit mapping problem for NISQ-era quantum devices" (ASPLOS
    2019) over to teleported qubits: a candidate is scored by the pairs it consumes, the hops it saves the front layer
    and, less by layer, a look-ahead set, a penalty for crowding a QPU, and one for moving the same qubit again. Where
    the target is full, a resident with nothing to do soon changes places or steps aside. When no candidate helps any
    more, the operands of the first gate are brought together directly. Traps are all-to-all, so there are no SWAPs;
    the initial layout is a hypergraph partition.

    Raises
    ------
    InfeasiblePlanError
        A gate has more operands than any QPU has data ions, or all data ions are taken and no QPU concerned has two
        memory ions.
    """
    part = int(np.random.default_rng(seed).integers(2**31))
    homes = partition_hypergraph(program, [q.data for q in network.qpus], seed=part)
    router = _Router(program, Writer(program, network, homes))
    router.run()
    return router.writer.plan("teledata-routing", seed)


class _Router:
    def __init__(self, program: Program, writer: Writer) -> None:
        self.program, self.writer = program, writer
        self.network = writer.network
        self.frontier = Frontier(program, commute=False)
        self.tired = [0] * program.num_qubits
        self.position = [0] * program.num_qubits
        self.patience = 2 * max(map(max, self.network.distance)) + 4

    def run(self) -> None:
        moves = 0
        self.run_local(self.frontier.ready)
        while self.frontier.ready:
            front = sorted(self.frontier.ready)
            if moves < self.patience and self.move_once(front):
                moves += 1
            else:
                self.writer.gather(self.program.operations[front[0]].qubits, lambda q: -float(self.next_gate(q)))
            if self.run_local(front):
                moves = 0
                self.tired = [0] * len(self.tired)

    def run_local(self, candidates: Iterable[int]) -> bool:
        """Run what is local among the candidates, and what follows; True if anything ran."""
        waiting = sorted(candidates, reverse=True)
        ran = False
        while waiting:
            operation = waiting.pop()
            if self.writer.is_local(operation):
                self.writer.run(operation, self.writer.homes_of(operation)[0])
                for qubit in self.program.operations[operation].qubits:
                    self.position[qubit] += 1
                waiting += reversed(self.frontier.execute(operation))
                ran = True
        return ran

    # ---- look-ahead -----------------------------------------------------------------------------------------------

    def next_gate(self, qubit: int) -> int:
        """Index of the next multi-qubit operation on a qubit; past the end if there is none."""
        operations = self.program.operations
        line = self.program.lines[qubit]
        for place in range(self.position[qubit], len(line)):
            if len(operations[line[place]].qubits) > 1:
                return line[place]
        return len(operations)

    def weights(self, front: list[int]) -> dict[int, float]:
        """Weight of every scored gate: those of the front, then layer by layer the gates behind it."""
        operations = self.program.operations
        found = dict.fromkeys(front, 1.0)
        layer, weight, room = front, LOOKAHEAD_WEIGHT, LOOKAHEAD
        while layer and room > 0:
            following = sorted({s for op in layer for s in self.frontier.successors(op)} - found.keys())
            for operation in following[: max(0, 2 * room)]:
                multi = len(operations[operation].qubits) > 1
                found[operation] = weight if multi else 0.0
                room -= multi
            layer, weight = following, weight * LAYER_DECAY
        return {op: w for op, w in found.items() if w}

    def hops(self, operation: int, moved: dict[int, int]) -> float:
        """Pairs that bring the operands together, if the qubits ``moved`` were at other QPUs."""
        home, distance = self.writer.home, self.network.distance
        where = [moved.get(q, home[q]) for q in self.program.operations[operation].qubits]
        if len(where) == 2:
            return distance[where[0]][where[1]]
        sites = [s for s, qpu in enumerate(self.network.qpus) if qpu.data >= len(where)]
        return min((sum(distance[a][s] for a in where) for s in sites), default=FAR)

    # ---- moves ----------------------------------------------------------------------------------------------------

    def move_once(self, front: list[int]) -> bool:
        """Make the best move; False if none brings a gate of the front closer within the memory."""
        weights = self.weights(front)
        gates_of: dict[int, list[int]] = {}
        for operation in weights:
            for qubit in self.program.operations[operation].qubits:
                gates_of.setdefault(qubit, []).append(operation)
        active = sorted({q for op in front for q in self.program.operations[op].qubits})
        scored = [(self.score(c, gates_of, weights), c) for q in active for c in self.candidates(q, set(active))]
        for score, candidate in sorted(scored, key=lambda pair: pair[0]):
            if score >= FAR:
                return False
            mark = self.writer.mark()
            try:
                self.make(candidate)
            except InfeasiblePlanError:
                self.writer.back_to(mark)
                continue
            self.tired[candidate.qubit] += 1
            return True
        return False

    def candidates(self, qubit: int, active: set[int]) -> Iterator[Candidate]:
        """Moves of a qubit to its neighbours, with the resident that makes way where they are full."""
        writer, neighbours = self.writer, self.network.neighbours
        home = writer.home[qubit]
        for qpu in neighbours[home]:
            if writer.room(qpu) > 0:
                yield Candidate(qubit, qpu, 1)
                continue
            residents = writer.residents(qpu)
            idle = [q for q in residents if q not in active] or residents
            resident = max(idle, key=lambda q: (self.next_gate(q), q))
            yield Candidate(qubit, qpu, 2, resident, home)
            for aside in neighbours[qpu]:
                if aside != home and writer.room(aside) > 0:
                    yield Candidate(qubit, qpu, 2, resident, aside)

    def score(self, candidate: Candidate, gates_of: dict[int, list[int]], weights: dict[int, float]) -> float:
        """Pairs consumed less hops saved, in pairs; ``FAR`` if no gate of the front comes closer."""
        moved = {candidate.qubit: candidate.qpu}
        if candidate.makes_way >= 0:
            moved[candidate.makes_way] = candidate.aside
        gain, closer = 0.0, False
        for operation in sorted({op for q in moved for op in gates_of.get(q, ())}):
            saved = self.hops(operation, {}) - self.hops(operation, moved)
            gain += weights[operation] * saved
            closer |= saved > 0 and operation in self.frontier.ready
        if not closer:
            return FAR
        taken = candidate.aside if candidate.aside != self.writer.home[candidate.qubit] else -1
        last = taken if candidate.makes_way >= 0 else candidate.qpu
        crowding = CROWDING * (last >= 0 and self.writer.room(last) == 1)
        return candidate.pairs + crowding + TIRED * self.tired[candidate.qubit] - gain

    def make(self, candidate: Candidate) -> None:
        writer = self.writer
        if candidate.makes_way < 0:
            writer.move(candidate.qubit, candidate.qpu)
        elif candidate.aside == writer.home[candidate.qubit]:
            writer.exchange(candidate.qubit, candidate.makes_way)
        else:
            writer.move(candidate.makes_way, candidate.aside)
            writer.move(candidate.qubit, candidate.qpu)
