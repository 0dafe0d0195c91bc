"""Which qubits move, and which change places, so that the operands of every gate meet at neighbouring QPUs.

In: a program, a network, homes. Out: a :class:`distq.planning.strategies.route.Route`. A gate runs
where all its operands are at one QPU, or at one and its neighbours, as far as that has memory ions for their copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from distq.errors import InfeasiblePlanError
from distq.ir.program import Program
from distq.planning.strategies.frontier import Frontier
from distq.planning.strategies.neighbourhood import Neighbourhood
from distq.planning.strategies.route import Exchange, Move, Route

FRONT, LOOKAHEAD = 24, 20
"""Gates that are ready, and gates behind them, that are scored."""
LARGE, FRONT_LARGE = 3_000, 6
"""Multi-qubit operations beyond which fewer gates that are ready are scored, for lack of time."""
LOOKAHEAD_WEIGHT, LAYER_DECAY = 0.5, 0.8
"""Weight of the first layer behind the gates that are ready; it falls by ``LAYER_DECAY`` with each further one."""
HINT = "give the QPUs one more data ion each, or leave out --no-reuse"
REPEAT_PENALTY = 0.3
"""Price, in Bell pairs, of moving a qubit again before any gate has run, for each earlier move."""
RESIDENTS = 3
"""Residents of a full QPU that are tried as the one that makes way: those whose next gates are last."""

Steps: TypeAlias = "tuple[Move | Exchange, ...]"


class SwapRouter:
    """Walks the operations of a program and writes a route.

    Attributes
    ----------
    route
        Written so far.
    gates
        Per qubit: gates that are ready, but whose operands are apart.
    moves_since_gate
        Per qubit: its moves since a gate has run last.
    """

    def __init__(self, program: Program, near: Neighbourhood, homes: Sequence[int]) -> None:
        self.program, self.near = program, near
        self.operands = [op.qubits for op in program.operations]
        self.route = Route(program, near, homes)
        self._front = FRONT if program.gates_2q <= LARGE else FRONT_LARGE
        self.frontier = Frontier(program, commute=True)
        self.gates: list[set[int]] = [set() for _ in homes]
        self.moves_since_gate = [0] * program.num_qubits
        self._done = [False] * len(program.operations)
        self._later = [[i for i in line if len(self.operands[i]) > 1][::-1] for line in program.lines]

    def run(self) -> None:
        """Write everything: what can run as it becomes ready, and the best step whenever nothing can."""
        self.run_what_can(self.frontier.ready)
        idle, patience = 0, 0
        while self.frontier.ready:
            if not any(self.gates):
                self.run_what_can(self.frontier.ready, measure=True)
                continue
            front = sorted({gate for gates in self.gates for gate in gates})[: self._front]
            if not idle:
                patience = 2 * max(self.route.distance(self.operands[gate], {}) for gate in front)
            steps = self.best_steps(front) if idle < patience else None
            touched = self.bring(front[0]) if steps is None else [q for step in steps for q in self.take(step)]
            if self.run_what_can({gate for q in touched for gate in self.gates[q]}):
                idle, self.moves_since_gate = 0, [0] * len(self.gates)
            else:
                idle += 1

    # ---- gates --------------------------------------------------------------------------------------------------

    def run_what_can(self, candidates: Iterable[int], *, measure: bool = False) -> bool:
        """Run those candidates that can run where their operands are, and what follows; True if a gate ran.

        Where ions of measured qubits are not used again, last measurements wait for ``measure``: until then these
        qubits can make way for others.
        """
        waiting = sorted(candidates, reverse=True)
        ran = False
        while waiting:
            operation = waiting.pop()
            qubits = self.operands[operation]
            qpu = self.route.site(qubits)
            if qpu < 0:
                for qubit in qubits:
                    self.gates[qubit].add(operation)
            if qpu < 0 or not (measure or self.program.reuse or not self.route.measures_last(operation)):
                continue
            self.route.run(operation, qpu)
            self._done[operation] = True
            for qubit in qubits:
                self.gates[qubit].discard(operation)
            ran |= len(qubits) > 1
            waiting += sorted(self.frontier.execute(operation), reverse=True)
        return ran

    def next_gate(self, qubit: int) -> int:
        """Index of the next gate on a qubit; past the end if there is none."""
        later = self._later[qubit]
        while later and self._done[later[-1]]:
            later.pop()
        return later[-1] if later else len(self._done)

    # ---- the best steps -----------------------------------------------------------------------------------------

    def best_steps(self, front: Sequence[int]) -> Steps | None:
        """What brings present and coming gates closest for its Bell pairs; None if nothing does."""
        weights = self.weights(front)
        gates_of: dict[int, list[int]] = {}
        for gate in weights:
            for qubit in self.operands[gate]:
                gates_of.setdefault(qubit, []).append(gate)
        best, least = None, float("inf")
        for qubit in sorted({q for gate in front for q in self.operands[gate]}):
            for steps in self.candidates(qubit):
                score = self.score(steps, gates_of, weights)
                if score < least:
                    best, least = steps, score
        return best

    def weights(self, front: Sequence[int]) -> dict[int, float]:
        """Weight of every scored gate: those of the front, then layer by layer the gates behind it."""
        found = dict.fromkeys(front, 1.0)
        layer, weight, left = list(front), LOOKAHEAD_WEIGHT, LOOKAHEAD
        while layer and left > 0:
            behind = sorted({s for gate in layer for s in self.frontier.successors(gate)} - found.keys())
            layer = behind[: 2 * left]
            for gate in layer:
                several = len(self.operands[gate]) > 1
                found[gate] = weight if several else 0.0
                left -= several
            weight *= LAYER_DECAY
        return {gate: w for gate, w in found.items() if w}

    def candidates(self, qubit: int) -> Iterator[Steps]:
        """What can bring a qubit to a neighbouring QPU: a move, or where that is full a resident that makes way."""
        free, beside = self.route.free, self.near.neighbours
        for qpu in beside[self.route.home[qubit]]:
            if free[qpu] > 0:
                yield (Move(qubit, qpu),)
                continue
            aside = next((s for s in beside[qpu] if free[s] > 0), -1)
            for resident in sorted(self.route.residents[qpu], key=lambda q: (-self.next_gate(q), q))[:RESIDENTS]:
                yield (Exchange(qubit, resident),)
                if aside >= 0:
                    yield (Move(resident, aside), Move(qubit, qpu))

    def score(self, steps: Steps, gates_of: dict[int, list[int]], weights: dict[int, float]) -> float:
        """Bell pairs consumed, less weighted pairs saved; infinite if no gate that is ready comes closer."""
        moved: dict[int, int] = {}
        for step in steps:
            moved |= self.route.after(step)
        gain, closer = 0.0, False
        for gate in {gate for q in moved for gate in gates_of.get(q, ())}:
            qubits = self.operands[gate]
            saved = self.route.distance(qubits, {}) - self.route.distance(qubits, moved)
            gain += weights[gate] * saved
            closer |= saved > 0 and gate in self.gates[qubits[0]]
        penalty = REPEAT_PENALTY * sum(self.moves_since_gate[q] for q in moved)
        return sum(self.route.price(step) for step in steps) + penalty - gain if closer else float("inf")

    # ---- taking steps -------------------------------------------------------------------------------------------

    def take(self, step: Move | Exchange) -> tuple[int, ...]:
        """Write a step; returns the qubits that moved."""
        moved = self.route.take(step)
        for qubit in moved:
            self.moves_since_gate[qubit] += 1
        return moved

    def bring(self, gate: int) -> list[int]:
        """Bring the operands of a gate together, one after the other, so that it can run; returns who moved.

        All but one go to a QPU with as many data ions, the nearest one first, and the last one goes beside it. None
        meets an operand on its way that is not nearer, hence at its place already, so every exchange is with another
        qubit or with an operand that has yet to come.
        """
        qubits, home = self.operands[gate], self.route.home
        goal = self.meeting_place(qubits)
        hops = self.near.hops(goal)
        gathered: set[int] = set()
        touched: list[int] = []
        while self.route.site(qubits) < 0:
            qubit = min((q for q in qubits if q not in gathered), key=lambda q: (hops[home[q]], q))
            if home[qubit] == goal:
                gathered.add(qubit)
                continue
            stop = self.near.next_stop(home[qubit], goal)
            if self.route.free[stop] > 0:
                touched += self.take(Move(qubit, stop))
                continue
            others = self.route.residents[stop] - gathered
            if not others:
                name = self.near.network.qpus[stop].name
                raise InfeasiblePlanError(
                    f"measured qubits are in the way at {name}, whose ions are not used again", HINT
                )
            resident = max(others, key=lambda q: (q not in qubits, self.next_gate(q), q))
            touched += self.take(Exchange(qubit, resident))
        return touched

    def meeting_place(self, qubits: Sequence[int]) -> int:
        """The QPU with data ions for all but one of these qubits that is nearest to them."""
        rows = [self.near.hops(self.route.home[q]) for q in qubits]
        group = self.near.group[self.route.home[qubits[0]]]
        sites = [
            s
            for s, qpu in enumerate(self.near.network.qpus)
            if qpu.data >= len(qubits) - 1 and self.near.group[s] == group
        ]
        return min(sites, key=lambda s: (sum(row[s] for row in rows), s))
