"""Plan steps written one by one under the limits of every trap, for strategies that do not use realise().

A :class:`Writer` knows who is where, refuses what does not fit, and can be set back to an earlier state. It offers the
protocols that published compilers are made of: fetch a copy, drop it, move a qubit, let two qubits change places.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network

HINT = "give the QPUs one more memory or data ion each, or use another strategy"


@dataclass(frozen=True)
class Mark:
    """A state to which a writer can return."""

    steps: int
    home: tuple[int, ...]
    guests: tuple[frozenset[int], ...]


class Writer:
    """Writes a plan and keeps its state.

    Every qubit has its data ion from the start, as in the published models, and loses it when a measurement is its
    last operation.

    Attributes
    ----------
    home
        Per qubit: QPU of its data ion.
    guests
        Per QPU: the qubits with a copy in its memory ions.
    load
        Per QPU: data ions taken.
    dead
        Qubits whose final measurement has run.
    """

    def __init__(self, program: Program, network: Network, homes: Sequence[int]) -> None:
        self.program, self.network = program, network
        self.births = tuple(homes)
        self.home = list(homes)
        self.guests: list[set[int]] = [set() for _ in network.qpus]
        self.load = [self.home.count(s) for s in range(len(network.qpus))]
        self.steps: list[Step] = []
        self.dead: set[int] = set()
        self._limit = [qpu.memory_limit for qpu in network.qpus]
        self._last = [
            line[-1] if line and program.operations[line[-1]].clbit is not None else -1 for line in program.lines
        ]

    def plan(self, strategy: str, seed: int) -> Plan:
        """What has been written."""
        return Plan(homes=self.births, steps=tuple(self.steps), strategy=strategy, seed=seed)

    # ---- state --------------------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        """The present state."""
        return Mark(len(self.steps), tuple(self.home), tuple(map(frozenset, self.guests)))

    def back_to(self, mark: Mark) -> None:
        """Take back the steps since ``mark``, none of which may be a final measurement."""
        del self.steps[mark.steps :]
        for qubit, (now, then) in enumerate(zip(self.home, mark.home, strict=True)):
            if now != then:
                self._settle(qubit, then)
        self.guests = [set(g) for g in mark.guests]

    def first_of(self, attempts: Iterable[Callable[[], None]], *, blame: int = 0) -> None:
        """Make the first attempt that fits; if none does, raise the error of the attempt with index ``blame``."""
        mark = self.mark()
        failures: list[InfeasiblePlanError] = []
        for attempt in attempts:
            try:
                attempt()
            except InfeasiblePlanError as error:
                failures.append(error)
                self.back_to(mark)
            else:
                return
        raise failures[blame]

    def room(self, qpu: int) -> int:
        """Free data ions."""
        return self.network.qpus[qpu].data - self.load[qpu]

    def residents(self, qpu: int) -> list[int]:
        """Qubits at home there, ascending."""
        return [q for q, s in enumerate(self.home) if s == qpu and q not in self.dead]

    def homes_of(self, operation: int) -> list[int]:
        """Homes of the operands."""
        return [self.home[q] for q in self.program.operations[operation].qubits]

    def is_local(self, operation: int) -> bool:
        """True if all operands are at home at one QPU."""
        return len(set(self.homes_of(operation))) == 1

    def _settle(self, qubit: int, qpu: int) -> None:
        self.load[self.home[qubit]] -= 1
        self.load[qpu] += 1
        self.home[qubit] = qpu

    def _path(self, a: int, b: int) -> tuple[int, ...]:
        path = self.network.path(a, b)
        if not path:
            names = self.network.qpus[a].name, self.network.qpus[b].name
            raise InfeasiblePlanError(f"no links connect {names[0]} and {names[1]}", "add a link between them")
        return path

    def _need(self, qpu: int, slots: int, what: str) -> None:
        used = len(self.guests[qpu]) + slots
        if used > self._limit[qpu]:
            has, ions = self.network.qpus[qpu], f"{used} memory ion{'s' * (used > 1)}"
            raise InfeasiblePlanError(f"{what} needs {ions} at {has.name}; it has {has.memory}", HINT)

    # ---- operations and copies ------------------------------------------------------------------------------------

    def run(self, operation: int, qpu: int) -> None:
        """Execute an operation."""
        self.steps.append(RunOp(operation, qpu))
        qubit = self.program.operations[operation].qubits[0]
        if self._last[qubit] == operation:
            self.dead.add(qubit)
            self.load[self.home[qubit]] -= 1

    def fetch(self, qubit: int, qpu: int) -> None:
        """Open a copy at ``qpu`` from the home, one pair a hop; relays are closed as soon as they have served."""
        what = f"a copy of qubit {qubit}"
        for near, far in itertools.pairwise(self._path(self.home[qubit], qpu)):
            self._need(near, 1, what)
            self._need(far, 1, what)
            self.steps.append(Grow(qubit, near, far))
            self.guests[far].add(qubit)
            if near != self.home[qubit]:
                self.drop(qubit, near)

    def drop(self, qubit: int, qpu: int) -> None:
        """Close a copy."""
        self.steps.append(Shrink(qubit, qpu))
        self.guests[qpu].remove(qubit)

    def run_with_copies(self, operation: int) -> None:
        """Execute an operation at the home of an operand, with copies of the others that are closed right after."""
        qubits = self.program.operations[operation].qubits
        distance = self.network.distance

        def effort(qpu: int) -> tuple[int, int]:
            return sum(distance[self.home[q]][qpu] for q in qubits), qpu

        def at(qpu: int) -> Callable[[], None]:
            def attempt() -> None:
                away = [q for q in qubits if self.home[q] != qpu]
                for qubit in away:
                    self.fetch(qubit, qpu)
                self.run(operation, qpu)
                for qubit in away:
                    self.drop(qubit, qpu)

            return attempt

        self.first_of(at(qpu) for qpu in sorted({self.home[q] for q in qubits}, key=effort))

    # ---- moves ----------------------------------------------------------------------------------------------------

    def hand_over(self, moves: Sequence[tuple[int, int]]) -> None:
        """Make copies the homes, all at once, and close the copies at the former homes."""
        former = [self.home[q] for q, _ in moves]
        for (qubit, qpu), old in zip(moves, former, strict=True):
            self.guests[qpu].remove(qubit)
            self.guests[old].add(qubit)
            self._settle(qubit, qpu)
        for qpu in {*former}:
            self._need(qpu, 0, "a move")
        for _, qpu in moves:
            if self.room(qpu) < 0:
                raise InfeasiblePlanError(f"no data ion is free at {self.network.qpus[qpu].name}", HINT)
        self.steps.append(HandOver(tuple(moves)))
        for (qubit, _), old in zip(moves, former, strict=True):
            self.drop(qubit, old)

    def move(self, qubit: int, qpu: int) -> None:
        """Teleport a qubit to a QPU with a free data ion.

        Over several hops it is relayed by memory ions; where a relay has only one, it stops over in data ions, and
        changes places with residents where these are taken.
        """
        self.first_of(
            (lambda: self._teleport(qubit, qpu), lambda: self._stop_over(qubit, qpu), lambda: self._push(qubit, qpu))
        )

    def _teleport(self, qubit: int, qpu: int) -> None:
        self.fetch(qubit, qpu)
        self.hand_over([(qubit, qpu)])

    def _stop_over(self, qubit: int, qpu: int) -> None:
        for stop in self._path(self.home[qubit], qpu)[1:]:
            self._teleport(qubit, stop)

    def _push(self, qubit: int, qpu: int) -> None:
        """Change places with one resident of each QPU on the way, and let these shift back behind."""
        path = self._path(self.home[qubit], qpu)
        if len(path) < 3:
            raise InfeasiblePlanError(f"no way to move qubit {qubit} to {self.network.qpus[qpu].name}", HINT)
        helpers = [self._helper(stop, {qubit}) for stop in path[1:-1]]
        for helper in helpers:
            self._exchange_near(qubit, helper)
        self._teleport(qubit, qpu)
        for helper, stop in zip(reversed(helpers), reversed(path[1:-1]), strict=True):
            self._teleport(helper, stop)

    def _helper(self, qpu: int, but: set[int]) -> int:
        found = next((q for q in self.residents(qpu) if q not in but), None)
        if found is None:
            raise InfeasiblePlanError(f"no qubit at {self.network.qpus[qpu].name} can make way", HINT)
        return found

    def exchange(self, first: int, second: int) -> None:
        """Let two qubits at different QPUs change places."""
        self.first_of((lambda: self._exchange_near(first, second), lambda: self._exchange_far(first, second)))

    def _exchange_near(self, first: int, second: int) -> None:
        self.first_of(
            (
                lambda: self._cross([(first, self.home[second]), (second, self.home[first])]),
                lambda: self._cross([(second, self.home[first]), (first, self.home[second])]),
                lambda: self._exchange_through_hole(first, second),
                lambda: self._exchange_through_hole(second, first),
            ),
            blame=-1,
        )

    def _cross(self, moves: Sequence[tuple[int, int]]) -> None:
        """Moves along a cycle of full QPUs: every qubit is fetched before any is handed over."""
        for qubit, qpu in moves:
            self.fetch(qubit, qpu)
        self.hand_over(moves)

    def _exchange_through_hole(self, first: int, second: int) -> None:
        """Exchange with one memory ion each: a free data ion is passed to the second's QPU, used, and passed back."""
        a, b = self.home[first], self.home[second]
        if self.room(a) > 0:
            self._teleport(second, a)
            self._teleport(first, b)
            return
        distance = self.network.distance[b]
        holes = [s for s in range(len(self.load)) if self.room(s) > 0 and distance[s] >= 0]
        if not holes:
            names = self.network.qpus[a].name, self.network.qpus[b].name
            raise InfeasiblePlanError(
                f"qubits {first} and {second} cannot change places: all data ions are taken, "
                f"and neither {names[0]} nor {names[1]} has two free memory ions",
                HINT,
            )
        path = self._path(min(holes, key=lambda s: (distance[s], s)), b)
        shifted = []
        for empty, full in itertools.pairwise(path):
            helper = self._helper(full, {first, second})
            self._teleport(helper, empty)
            shifted.append((helper, full))
        self._teleport(first, b)
        self._teleport(second, a)
        for helper, qpu in reversed(shifted):
            self._teleport(helper, qpu)

    def _exchange_far(self, first: int, second: int) -> None:
        """Exchange hop by hop: the first goes there by exchanges with neighbours, the second comes back by them."""
        path = self._path(self.home[first], self.home[second])
        if len(path) < 3:
            raise InfeasiblePlanError(f"qubits {first} and {second} cannot change places", HINT)
        helpers = [self._helper(stop, {first, second}) for stop in path[1:-1]]
        for other in [*helpers, second]:
            self._exchange_near(first, other)
        for helper in reversed(helpers):
            self._exchange_near(second, helper)

    def rearrange(self, targets: Mapping[int, int]) -> None:
        """Bring every qubit of ``targets`` to its QPU: moves where a data ion is free, cycles and exchanges elsewhere.

        The targets must fit into the data ions.
        """
        pending = {q: s for q, s in sorted(targets.items()) if self.home[q] != s and q not in self.dead}
        while pending:
            single = next((q for q, s in pending.items() if self.room(s) > 0), None)
            if single is not None:
                self.move(single, pending.pop(single))
                continue
            self._turn(pending)

    def _turn(self, pending: dict[int, int]) -> None:
        """Settle a cycle of moves, or the first qubit of it by an exchange."""
        cycle = self._cycle(pending)
        mark = self.mark()
        for start in range(len(cycle)):
            first, *others = cycle[start:] + cycle[:start]  # where the first goes, two memory ions are needed
            try:
                self._cross([(q, pending[q]) for q in (first, *reversed(others))])
            except InfeasiblePlanError:
                self.back_to(mark)
                continue
            for qubit in cycle:
                del pending[qubit]
            return
        self.exchange(cycle[0], cycle[1])
        for qubit in cycle[:2]:
            if self.home[qubit] == pending[qubit]:
                del pending[qubit]

    def _cycle(self, pending: Mapping[int, int]) -> list[int]:
        """Qubits each of which wants the place of the next one."""
        leaving: dict[int, int] = {}
        for qubit in pending:
            leaving.setdefault(self.home[qubit], qubit)
        seen: list[int] = []
        at = next(iter(leaving))
        while at not in seen:
            seen.append(at)
            at = pending[leaving[at]]
        return [leaving[s] for s in seen[seen.index(at) :]]

    def gather(self, qubits: Sequence[int], rank: Callable[[int], float]) -> None:
        """Bring all of ``qubits`` to one QPU; where it is full, residents of lowest ``rank`` change places with them.

        Raises
        ------
        InfeasiblePlanError
            No QPU has that many data ions, or nothing can move.
        """
        distance = self.network.distance
        sites = [s for s, qpu in enumerate(self.network.qpus) if qpu.data >= len(qubits)]
        if not sites:
            raise InfeasiblePlanError(
                f"a gate on {len(qubits)} qubits needs as many data ions at one QPU when qubits only move",
                "use a strategy that opens copies",
            )

        def effort(qpu: int) -> tuple[int, int, int]:
            away = [distance[self.home[q]][qpu] for q in qubits]
            return sum(away) + 10_000 * (min(away) < 0), sum(map(bool, away)) - self.room(qpu), qpu

        def at(qpu: int) -> Callable[[], None]:
            def attempt() -> None:
                for qubit in qubits:
                    self._bring(qubit, qpu, qubits, rank)

            return attempt

        self.first_of(at(qpu) for qpu in sorted(sites, key=effort))

    def _bring(self, qubit: int, qpu: int, kept: Sequence[int], rank: Callable[[int], float]) -> None:
        if self.home[qubit] == qpu:
            return
        if self.room(qpu) > 0:
            self.move(qubit, qpu)
            return
        others = [q for q in self.residents(qpu) if q not in kept]
        self.exchange(qubit, min(others, key=lambda q: (rank(q), q)))
