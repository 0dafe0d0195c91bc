"""Moves of qubits between QPUs whose data or memory ions may be full, as plan steps.

These are the protocols that published compilers are made of: move a qubit, let two qubits change places, rearrange all,
gather some at one QPU. Each first tries the way of fewest Bell pairs, and then ways that need fewer free ions.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence

from distq.errors import InfeasiblePlanError
from distq.planning.realise.move_cycle import move_cycle
from distq.planning.realise.step_writer import HINT, StepWriter

UNREACHABLE_HOPS = 10_000
"""Charged for a QPU that a qubit cannot reach: more than any path is long."""


class QubitMover:
    """Moves qubits by the steps of ``writer``."""

    def __init__(self, writer: StepWriter) -> None:
        self.writer, self.network = writer, writer.network

    # ---- one qubit ----------------------------------------------------------------------------------------------

    def move(self, qubit: int, qpu: int) -> None:
        """Teleport a qubit to a QPU with a free data ion.

        Over several hops it is relayed by memory ions; where a relay has only one, it stops over in data ions, and
        changes places with residents where these are taken.

        Raises
        ------
        InfeasiblePlanError
            If none of that fits.
        """
        self.writer.first_that_fits(
            (
                lambda: self._teleport(qubit, qpu),
                lambda: self._move_by_stops(qubit, qpu),
                lambda: self._move_through_full_qpus(qubit, qpu),
            )
        )

    def _teleport(self, qubit: int, qpu: int) -> None:
        self.writer.open_copy(qubit, qpu)
        self.writer.hand_over([(qubit, qpu)])

    def _move_by_stops(self, qubit: int, qpu: int) -> None:
        """Move hop by hop, with a stop in a data ion of every QPU on the way."""
        for stop in self.writer.path(self.writer.home[qubit], qpu)[1:]:
            self._teleport(qubit, stop)

    def _move_through_full_qpus(self, qubit: int, qpu: int) -> None:
        """Change places with one resident of each QPU on the way, and let these shift back behind."""
        path = self.writer.path(self.writer.home[qubit], qpu)
        if len(path) < 3:
            raise InfeasiblePlanError(f"no way to move qubit {qubit} to {self.network.qpus[qpu].name}", HINT)
        helpers = [self._helper(stop, {qubit}) for stop in path[1:-1]]
        for helper in helpers:
            self._exchange_neighbours(qubit, helper)
        self._teleport(qubit, qpu)
        for helper, stop in zip(reversed(helpers), reversed(path[1:-1]), strict=True):
            self._teleport(helper, stop)

    def _helper(self, qpu: int, excluded: set[int]) -> int:
        """A resident that can make way, the first one."""
        found = next((q for q in self.writer.residents(qpu) if q not in excluded), None)
        if found is None:
            raise InfeasiblePlanError(f"no qubit at {self.network.qpus[qpu].name} can make way", HINT)
        return found

    # ---- two qubits ---------------------------------------------------------------------------------------------

    def exchange(self, first: int, second: int) -> None:
        """Let two qubits at different QPUs change places; raises InfeasiblePlanError if that does not fit."""
        self.writer.first_that_fits(
            (lambda: self._exchange_neighbours(first, second), lambda: self._exchange_hop_by_hop(first, second))
        )

    def _exchange_neighbours(self, first: int, second: int) -> None:
        home = self.writer.home
        self.writer.first_that_fits(
            (
                lambda: self._move_in_cycle([(first, home[second]), (second, home[first])]),
                lambda: self._move_in_cycle([(second, home[first]), (first, home[second])]),
                lambda: self._exchange_by_free_ion(first, second),
                lambda: self._exchange_by_free_ion(second, first),
            ),
            blame=-1,
        )

    def _move_in_cycle(self, moves: Sequence[tuple[int, int]]) -> None:
        """Moves along a cycle of full QPUs: every qubit has its copy opened before any is handed over."""
        for qubit, qpu in moves:
            self.writer.open_copy(qubit, qpu)
        self.writer.hand_over(moves)

    def _exchange_by_free_ion(self, first: int, second: int) -> None:
        """Exchange with one memory ion each: a free data ion is passed to the second's QPU, used, and passed back."""
        writer = self.writer
        a, b = writer.home[first], writer.home[second]
        if writer.free_data_ions(a) > 0:
            self._teleport(second, a)
            self._teleport(first, b)
            return
        path = writer.path(self._nearest_free_ion(first, second), b)
        shifted = []
        for empty, full in itertools.pairwise(path):
            helper = self._helper(full, {first, second})
            self._teleport(helper, empty)
            shifted.append((helper, full))
        self._teleport(first, b)
        self._teleport(second, a)
        for helper, qpu in reversed(shifted):
            self._teleport(helper, qpu)

    def _nearest_free_ion(self, first: int, second: int) -> int:
        """The QPU with a free data ion that is nearest to the home of ``second``."""
        writer = self.writer
        a, b = writer.home[first], writer.home[second]
        distance = self.network.distance[b]
        qpus = [s for s in range(len(self.network.qpus)) if writer.free_data_ions(s) > 0 and distance[s] >= 0]
        if not qpus:
            names = self.network.qpus[a].name, self.network.qpus[b].name
            raise InfeasiblePlanError(
                f"qubits {first} and {second} cannot change places: all data ions are taken, "
                f"and neither {names[0]} nor {names[1]} has two free memory ions",
                HINT,
            )
        return min(qpus, key=lambda s: (distance[s], s))

    def _exchange_hop_by_hop(self, first: int, second: int) -> None:
        """The first goes there by exchanges with a resident of every QPU on the way, the second comes back by them."""
        path = self.writer.path(self.writer.home[first], self.writer.home[second])
        if len(path) < 3:
            raise InfeasiblePlanError(f"qubits {first} and {second} cannot change places", HINT)
        helpers = [self._helper(stop, {first, second}) for stop in path[1:-1]]
        for other in [*helpers, second]:
            self._exchange_neighbours(first, other)
        for helper in reversed(helpers):
            self._exchange_neighbours(second, helper)

    # ---- many qubits --------------------------------------------------------------------------------------------

    def rearrange(self, targets: Mapping[int, int]) -> None:
        """Bring every qubit of ``targets`` to its QPU: moves where a data ion is free, cycles and exchanges elsewhere.

        The targets must fit into the data ions.
        """
        writer = self.writer
        pending = {q: s for q, s in sorted(targets.items()) if writer.home[q] != s and q not in writer.released}
        while pending:
            single = next((q for q, s in pending.items() if writer.free_data_ions(s) > 0), None)
            if single is not None:
                self.move(single, pending.pop(single))
            else:
                self._settle_cycle(pending)

    def _settle_cycle(self, pending: dict[int, int]) -> None:
        """Carry out a cycle of moves, or else the first of them by an exchange, and take what is done from ``pending``.

        Where the first qubit of the cycle goes, two memory ions are needed, so each of them is tried as the first.
        """
        cycle = move_cycle(self.network, self.writer.home, pending)
        checkpoint = self.writer.checkpoint()
        for start in range(len(cycle)):
            first, *others = cycle[start:] + cycle[:start]
            try:
                self._move_in_cycle([(q, pending[q]) for q in (first, *reversed(others))])
            except InfeasiblePlanError:
                self.writer.back_to(checkpoint)
                continue
            for qubit in cycle:
                del pending[qubit]
            return
        self.exchange(cycle[0], cycle[1])
        for qubit in cycle[:2]:
            if self.writer.home[qubit] == pending[qubit]:
                del pending[qubit]

    def gather(self, qubits: Sequence[int], rank: Callable[[int], float]) -> None:
        """Bring all of ``qubits`` to one QPU; where it is full, residents of lowest ``rank`` change places with them.

        Raises
        ------
        InfeasiblePlanError
            If no QPU has that many data ions, or nothing can move.
        """
        sites = [s for s, qpu in enumerate(self.network.qpus) if qpu.data >= len(qubits)]
        if not sites:
            raise InfeasiblePlanError(
                f"a gate on {len(qubits)} qubits needs as many data ions at one QPU when qubits only move",
                "use a strategy that opens copies",
            )

        def attempt(qpu: int) -> None:
            for qubit in qubits:
                self._bring(qubit, qpu, qubits, rank)

        ordered = sorted(sites, key=lambda qpu: self._gathering_cost(qubits, qpu))
        self.writer.first_that_fits(functools.partial(attempt, qpu) for qpu in ordered)

    def _gathering_cost(self, qubits: Sequence[int], qpu: int) -> tuple[int, int, int]:
        """Order of preference for the QPU to gather at: hops, then qubits that find no free data ion."""
        away = [self.network.distance[self.writer.home[q]][qpu] for q in qubits]
        hops = sum(away) + UNREACHABLE_HOPS * (min(away) < 0)
        return hops, sum(map(bool, away)) - self.writer.free_data_ions(qpu), qpu

    def _bring(self, qubit: int, qpu: int, gathered: Sequence[int], rank: Callable[[int], float]) -> None:
        """Bring one qubit to ``qpu``, in exchange for a resident that is not ``gathered`` if that is full."""
        if self.writer.home[qubit] == qpu:
            return
        if self.writer.free_data_ions(qpu) > 0:
            self.move(qubit, qpu)
            return
        others = [q for q in self.writer.residents(qpu) if q not in gathered]
        if not others:
            raise InfeasiblePlanError(f"no qubit at {self.network.qpus[qpu].name} can make room for another one", HINT)
        self.exchange(qubit, min(others, key=lambda q: (rank(q), q)))
