"""A route: where every qubit goes and where every operation runs, written action by action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from distq.ir.program import Program
from distq.planning.strategies.neighbourhood import Neighbourhood

COPY_PAIRS, MOVE_PAIRS, SWAP_PAIRS = 1, 1, 3
"""Bell pairs of a copy at a neighbour, of a move there, and of an exchange by gates."""


class Run(NamedTuple):
    """An operation runs at a QPU, with copies of the operands that are at its neighbours."""

    operation: int
    qpu: int


class Move(NamedTuple):
    """A qubit moves to a neighbouring QPU, where a data ion is free."""

    qubit: int
    qpu: int


class Exchange(NamedTuple):
    """Two qubits at neighbouring QPUs change places."""

    first: int
    second: int


Action: TypeAlias = "Run | Move | Exchange"


class Route:
    """Actions, and where they leave the qubits.

    Attributes
    ----------
    home
        Per qubit: QPU of its data ion.
    free, residents
        Per QPU: how many data ions no qubit has, or will have before it moves; which qubits there can move.
    born
        Per qubit: whether it has taken part in anything. Until then it can begin anywhere, for nothing.
    actions
        Written so far.
    """

    def __init__(self, program: Program, near: Neighbourhood, homes: Sequence[int]) -> None:
        self.program, self.near = program, near
        self.home = list(homes)
        self.free = [qpu.data for qpu in near.network.qpus]
        self.residents: list[set[int]] = [set() for _ in near.network.qpus]
        for qubit, qpu in enumerate(homes):
            self.free[qpu] -= 1
            self.residents[qpu].add(qubit)
        self.born = [False] * program.num_qubits
        self.actions: list[Action] = []
        self._memory = [qpu.memory_beside_data for qpu in near.network.qpus]

    def site(self, qubits: Sequence[int]) -> int:
        """A QPU where a gate on these qubits can run now, with the fewest copies; -1 if there is none."""
        homes = [self.home[q] for q in qubits]
        best, fewest = -1, len(homes)
        for qpu in homes:
            away = [h for h in homes if h != qpu]
            fits = len(away) <= self._memory[qpu] and all(h in self.near.neighbours[qpu] for h in away)
            if fits and len(away) < fewest:
                best, fewest = qpu, len(away)
        return best

    def distance(self, qubits: Sequence[int], moved: Mapping[int, int]) -> int:
        """Pairs for a gate on these qubits, if they were brought together by exchanges and ``moved`` were elsewhere."""
        where = [moved.get(q, self.home[q]) for q in qubits]
        least = len(where) * SWAP_PAIRS * len(self.free)
        for qpu in set(where):
            hops = self.near.hops(qpu)
            away = [hops[h] for h in where if h != qpu]
            beyond = max(0, len(away) - self._memory[qpu])
            least = min(least, int(SWAP_PAIRS * (sum(away) - len(away) + beyond) + COPY_PAIRS * len(away)))
        return least

    def price(self, step: Action) -> int:
        """Bell pairs of a move or an exchange; qubits that nothing has touched yet begin elsewhere instead."""
        match step:
            case Move(qubit):
                return MOVE_PAIRS * self.born[qubit]
            case Exchange(first, second):
                born = self.born[first] + self.born[second]
                cross = max(self._memory[self.home[first]], self._memory[self.home[second]]) >= 2
                return MOVE_PAIRS * born if born < 2 or cross else SWAP_PAIRS
        return 0

    # ---- writing ------------------------------------------------------------------------------------------------

    def run(self, operation: int, qpu: int) -> None:
        """Write that an operation runs. A qubit that it measures last stays where it is, or gives back its data ion."""
        self.actions.append(Run(operation, qpu))
        for qubit in self.program.operations[operation].qubits:
            self.born[qubit] = True
            if self.measures_last(operation):
                self.free[self.home[qubit]] += self.program.reuse
                self.residents[self.home[qubit]].discard(qubit)

    def measures_last(self, operation: int) -> bool:
        """True if an operation always measures a qubit, and nothing else happens to that later."""
        op = self.program.operations[operation]
        return op.always_measures and self.program.lines[op.qubits[0]][-1] == operation

    def take(self, step: Move | Exchange) -> tuple[int, ...]:
        """Write a move or an exchange; returns the qubits that moved."""
        self.actions.append(step)
        moved = self.after(step)
        if isinstance(step, Move):
            self.free[self.home[step.qubit]] += 1
            self.free[step.qpu] -= 1
        for qubit, qpu in moved.items():
            self.residents[self.home[qubit]].discard(qubit)
            self.home[qubit] = qpu
        for qubit, qpu in moved.items():
            self.residents[qpu].add(qubit)
        return tuple(moved)

    def after(self, step: Move | Exchange) -> dict[int, int]:
        """The new homes of the qubits that a step moves."""
        if isinstance(step, Move):
            return {step.qubit: step.qpu}
        return {step.first: self.home[step.second], step.second: self.home[step.first]}
