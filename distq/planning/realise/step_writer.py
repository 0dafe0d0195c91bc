"""Writes plan steps one by one under the limits of every QPU, for strategies that do not use ``realise``.

A :class:`StepWriter` knows who is where, refuses what does not fit, and can return to an earlier state. Moves of qubits
are built on it in :mod:`distq.planning.realise.qubit_moves`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.ion_limits import IonLimits, shortage

HINT = "give the QPUs one more memory or data ion each, or use strategy 'auto'"


@dataclass(frozen=True)
class Checkpoint:
    """A state to which a writer can return: how many steps, where homes and copies are."""

    steps: int
    home: tuple[int, ...]
    copies_at: tuple[frozenset[int], ...]


class StepWriter:
    """A plan under construction and its present state.

    As in the published models, every qubit has its data ion from the start and gives it back when a measurement is its
    last operation, if ions may be used again.

    Attributes
    ----------
    steps
        Written so far.
    home
        Per qubit: QPU of its data ion.
    copies_at
        Per QPU: the qubits with a copy in its memory ions.
    data_in_use
        Per QPU: data ions taken.
    released
        Qubits whose final measurement has run.
    """

    def __init__(self, program: Program, network: Network, homes: Sequence[int]) -> None:
        self.program, self.network = program, network
        self.initial_homes = tuple(homes)
        self.home = list(homes)
        self.copies_at: list[set[int]] = [set() for _ in network.qpus]
        self.data_in_use = [self.home.count(s) for s in range(len(network.qpus))]
        self.steps: list[Step] = []
        self.released: set[int] = set()
        self._limits = IonLimits(network)
        self._final_measurement = [
            line[-1] if line and program.operations[line[-1]].always_measures else -1 for line in program.lines
        ]

    def plan(self, strategy: str, seed: int) -> Plan:
        """What has been written."""
        return Plan(homes=self.initial_homes, steps=tuple(self.steps), strategy=strategy, seed=seed)

    # ---- state --------------------------------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """The present state."""
        return Checkpoint(len(self.steps), tuple(self.home), tuple(map(frozenset, self.copies_at)))

    def back_to(self, checkpoint: Checkpoint) -> None:
        """Take back the steps since ``checkpoint``, none of which may be a final measurement."""
        del self.steps[checkpoint.steps :]
        for qubit, (now, then) in enumerate(zip(self.home, checkpoint.home, strict=True)):
            if now != then:
                self._change_home(qubit, then)
        self.copies_at = [set(copies) for copies in checkpoint.copies_at]

    def first_that_fits(self, attempts: Iterable[Callable[[], None]], *, blame: int = 0) -> None:
        """Make the first attempt that fits; if none does, raise the error of the attempt with index ``blame``."""
        checkpoint = self.checkpoint()
        failures: list[InfeasiblePlanError] = []
        for attempt in attempts:
            try:
                attempt()
            except InfeasiblePlanError as error:
                failures.append(error)
                self.back_to(checkpoint)
            else:
                return
        raise failures[blame]

    def free_data_ions(self, qpu: int) -> int:
        """Number of free data ions at a QPU."""
        return int(self._limits.for_homes(qpu, len(self.copies_at[qpu]))) - self.data_in_use[qpu]

    def residents(self, qpu: int) -> list[int]:
        """Qubits at home at a QPU, ascending."""
        return [q for q, s in enumerate(self.home) if s == qpu and q not in self.released]

    def homes_of(self, operation: int) -> list[int]:
        """Homes of the operands."""
        return [self.home[q] for q in self.program.operations[operation].qubits]

    def is_local(self, operation: int) -> bool:
        """True if all operands are at home at one QPU."""
        return len(set(self.homes_of(operation))) == 1

    def path(self, a: int, b: int) -> tuple[int, ...]:
        """QPUs on the best path of links; raises InfeasiblePlanError if there is none."""
        path = self.network.path(a, b)
        if not path:
            names = self.network.qpus[a].name, self.network.qpus[b].name
            raise InfeasiblePlanError(f"no links connect {names[0]} and {names[1]}", "add a link between them")
        return path

    def _change_home(self, qubit: int, qpu: int) -> None:
        self.data_in_use[self.home[qubit]] -= 1
        self.data_in_use[qpu] += 1
        self.home[qubit] = qpu

    def _require_memory(self, qpu: int, slots: int, what: str) -> None:
        """Raise InfeasiblePlanError unless ``slots`` memory ions are free; ``what`` says what needs them."""
        used, homes = len(self.copies_at[qpu]) + slots, self.data_in_use[qpu]
        if used > self._limits.for_copies(qpu, homes):
            raise InfeasiblePlanError(shortage(what, used, self.network.qpus[qpu], homes), HINT)

    # ---- steps --------------------------------------------------------------------------------------------------

    def run(self, operation: int, qpu: int) -> None:
        """Execute an operation."""
        self.steps.append(RunOp(operation, qpu))
        qubit = self.program.operations[operation].qubits[0]
        if self._final_measurement[qubit] == operation:
            self.released.add(qubit)
            self.data_in_use[self.home[qubit]] -= self.program.reuse

    def open_copy(self, qubit: int, qpu: int) -> None:
        """Open a copy at ``qpu`` from the home, one pair a hop; relays are closed as soon as they have served."""
        what = f"a copy of qubit {qubit}"
        for near, far in itertools.pairwise(self.path(self.home[qubit], qpu)):
            self._require_memory(near, 1, what)
            self._require_memory(far, 1, what)
            self.steps.append(Grow(qubit, near, far))
            self.copies_at[far].add(qubit)
            if near != self.home[qubit]:
                self.close_copy(qubit, near)

    def close_copy(self, qubit: int, qpu: int) -> None:
        """Close a copy."""
        self.steps.append(Shrink(qubit, qpu))
        self.copies_at[qpu].remove(qubit)

    def hand_over(self, moves: Sequence[tuple[int, int]]) -> None:
        """Make copies the homes, all at once, and close the copies at the former homes.

        ``moves`` holds (qubit, QPU of the new home).
        """
        former = [self.home[q] for q, _ in moves]
        for (qubit, qpu), old in zip(moves, former, strict=True):
            self.copies_at[qpu].remove(qubit)
            self.copies_at[old].add(qubit)
            self._change_home(qubit, qpu)
        for qpu in {*former}:
            self._require_memory(qpu, 0, "a move")
        for _, qpu in moves:
            if self.free_data_ions(qpu) < 0:
                raise InfeasiblePlanError(f"no data ion is free at {self.network.qpus[qpu].name}", HINT)
        self.steps.append(HandOver(tuple(moves)))
        for (qubit, _), old in zip(moves, former, strict=True):
            self.close_copy(qubit, old)

    def run_with_copies(self, operation: int) -> None:
        """Execute an operation at the home of an operand, with copies of the others that are closed right after."""
        qubits = self.program.operations[operation].qubits
        distance = self.network.distance

        def total_distance(qpu: int) -> tuple[int, int]:
            return sum(distance[self.home[q]][qpu] for q in qubits), qpu

        def attempt(qpu: int) -> None:
            away = [q for q in qubits if self.home[q] != qpu]
            for qubit in away:
                self.open_copy(qubit, qpu)
            self.run(operation, qpu)
            for qubit in away:
                self.close_copy(qubit, qpu)

        sites = sorted({self.home[q] for q in qubits}, key=total_distance)
        self.first_that_fits(functools.partial(attempt, qpu) for qpu in sites)
