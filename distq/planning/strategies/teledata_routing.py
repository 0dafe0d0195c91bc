"""``teledata-routing``: a look-ahead router that only moves qubits between neighbouring QPUs (as dSABRE)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.qubit_moves import QubitMover
from distq.planning.realise.step_writer import StepWriter
from distq.planning.strategies.frontier import Frontier
from distq.planning.strategies.hypergraph import hypergraph
from distq.planning.strategies.registry import register

LOOKAHEAD = 20
"""Gates beyond the front layer that are scored."""
LOOKAHEAD_WEIGHT = 0.5
"""Weight of the first layer beyond the front; it falls by ``LAYER_DECAY`` with each further one."""
LAYER_DECAY = 0.8
CROWDING_PENALTY = 0.3
"""Price, in Bell pairs, of taking the last free data ion of a QPU."""
REPEAT_PENALTY = 0.2
"""Price, in Bell pairs, of moving a qubit again before any gate has run, for each earlier move."""
NO_GAIN = 1e9
"""Score of a move that brings no gate of the front closer."""


@dataclass(frozen=True)
class TeledataMove:
    """A move of ``qubit`` to the neighbouring ``qpu``, for so many Bell ``pairs``.

    Where that is full, the resident ``makes_way`` (-1: nobody) goes to ``aside`` first, or in exchange if that is the
    home of ``qubit``.
    """

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
    2019) over to teleported qubits. The score of a move adds the pairs it consumes, a penalty for crowding a QPU and
    one for moving the same qubit again, and subtracts the hops it saves the front layer and, weighted less layer by
    layer, a look-ahead set. Where the target is full, a resident with nothing to do soon changes places or steps aside.
    When no move helps any more, the operands of the first gate are brought together directly. Traps are all-to-all, so
    there are no SWAPs; the initial layout is a hypergraph partition.

    Raises
    ------
    InfeasiblePlanError
        A gate has more operands than any QPU has data ions, or all data ions are taken and no QPU concerned has two
        memory ions.
    """
    homes = hypergraph(program, network, np.random.default_rng(seed))
    router = _Router(program, StepWriter(program, network, homes))
    router.run()
    return router.writer.plan("teledata-routing", seed)


class _Router:
    """Walks the frontier of a program and writes moves.

    Attributes
    ----------
    moves_since_gate
        Per qubit: its moves since a gate has run last.
    position
        Per qubit: how many operations of its line have run.
    patience
        Moves in a row, without a gate, after which the first gate is gathered directly.
    """

    def __init__(self, program: Program, writer: StepWriter) -> None:
        self.program, self.writer = program, writer
        self.network = writer.network
        self.mover = QubitMover(writer)
        self.frontier = Frontier(program, commute=False)
        self.moves_since_gate = [0] * program.num_qubits
        self.position = [0] * program.num_qubits
        self.patience = 2 * max(map(max, self.network.distance)) + 4

    def run(self) -> None:
        """Write the whole plan: local gates as they become ready, and a move whenever there are none."""
        moves = 0
        self.run_local(self.frontier.ready)
        while self.frontier.ready:
            front = sorted(self.frontier.ready)
            if moves < self.patience and self.make_best_move(front):
                moves += 1
            else:
                self.mover.gather(self.program.operations[front[0]].qubits, lambda q: -float(self.next_gate(q)))
            if self.run_local(front):
                moves = 0
                self.moves_since_gate = [0] * len(self.moves_since_gate)

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

    # ---- look-ahead ---------------------------------------------------------------------------------------------

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
        layer, weight, left = front, LOOKAHEAD_WEIGHT, LOOKAHEAD
        while layer and left > 0:
            behind = sorted({s for op in layer for s in self.frontier.successors(op)} - found.keys())
            for operation in behind[: max(0, 2 * left)]:
                multi = len(operations[operation].qubits) > 1
                found[operation] = weight if multi else 0.0
                left -= multi
            layer, weight = behind, weight * LAYER_DECAY
        return {op: w for op, w in found.items() if w}

    def hops(self, operation: int, moved: dict[int, int]) -> float:
        """Pairs that bring the operands together, if the qubits ``moved`` were at other QPUs."""
        home, distance = self.writer.home, self.network.distance
        where = [moved.get(q, home[q]) for q in self.program.operations[operation].qubits]
        if len(where) == 2:
            return distance[where[0]][where[1]]
        sites = [s for s, qpu in enumerate(self.network.qpus) if qpu.data >= len(where)]
        return min((sum(distance[a][s] for a in where) for s in sites), default=NO_GAIN)

    # ---- moves --------------------------------------------------------------------------------------------------

    def make_best_move(self, front: list[int]) -> bool:
        """Make the best move that fits; False if none brings a gate of the front closer."""
        weights = self.weights(front)
        gates_of: dict[int, list[int]] = {}
        for operation in weights:
            for qubit in self.program.operations[operation].qubits:
                gates_of.setdefault(qubit, []).append(operation)
        active = sorted({q for op in front for q in self.program.operations[op].qubits})
        moves = [move for q in active for move in self.moves(q, set(active))]
        scored = [(self.score(move, gates_of, weights), move) for move in moves]
        for score, move in sorted(scored, key=lambda pair: pair[0]):
            if score >= NO_GAIN:
                return False
            checkpoint = self.writer.checkpoint()
            try:
                self.make(move)
            except InfeasiblePlanError:
                self.writer.back_to(checkpoint)
                continue
            self.moves_since_gate[move.qubit] += 1
            return True
        return False

    def moves(self, qubit: int, active: set[int]) -> Iterator[TeledataMove]:
        """Moves of a qubit to its neighbours; where these are full, with a resident that makes way."""
        writer, neighbours = self.writer, self.network.neighbours
        home = writer.home[qubit]
        for qpu in neighbours[home]:
            if writer.free_data_ions(qpu) > 0:
                yield TeledataMove(qubit, qpu, 1)
                continue
            residents = writer.residents(qpu)
            if not residents:
                continue
            idle = [q for q in residents if q not in active] or residents
            resident = max(idle, key=lambda q: (self.next_gate(q), q))
            yield TeledataMove(qubit, qpu, 2, resident, home)
            for aside in neighbours[qpu]:
                if aside != home and writer.free_data_ions(aside) > 0:
                    yield TeledataMove(qubit, qpu, 2, resident, aside)

    def score(self, move: TeledataMove, gates_of: dict[int, list[int]], weights: dict[int, float]) -> float:
        """Pairs consumed, with penalties, less weighted hops saved; NO_GAIN if no gate of the front comes closer."""
        moved = {move.qubit: move.qpu}
        if move.makes_way >= 0:
            moved[move.makes_way] = move.aside
        gain, closer = 0.0, False
        for operation in sorted({op for q in moved for op in gates_of.get(q, ())}):
            saved = self.hops(operation, {}) - self.hops(operation, moved)
            gain += weights[operation] * saved
            closer |= saved > 0 and operation in self.frontier.ready
        if not closer:
            return NO_GAIN
        taken = move.aside if move.aside != self.writer.home[move.qubit] else -1
        filled = taken if move.makes_way >= 0 else move.qpu  # the QPU that has one free data ion less
        crowding = CROWDING_PENALTY * (filled >= 0 and self.writer.free_data_ions(filled) == 1)
        return move.pairs + crowding + REPEAT_PENALTY * self.moves_since_gate[move.qubit] - gain

    def make(self, move: TeledataMove) -> None:
        """Write the steps of a move."""
        if move.makes_way < 0:
            self.mover.move(move.qubit, move.qpu)
        elif move.aside == self.writer.home[move.qubit]:
            self.mover.exchange(move.qubit, move.makes_way)
        else:
            self.mover.move(move.makes_way, move.aside)
            self.mover.move(move.qubit, move.qpu)
