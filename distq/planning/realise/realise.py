"""From placement decisions to a plan that respects memory.

A :class:`Placement` says in which order operations run, where each runs, and where each qubit is at home when.
:func:`realise` turns it into plan steps: it opens the copies that are missing, keeps every copy as long as its segment
still needs it and memory allows, closes the one whose next use is furthest when a trap is full (Belady's rule, optimal
for a fixed order), relays over QPUs in between where there is no direct link, and moves homes, in cycles where no data
ion is free. Where it pays, copies follow their qubit through an X-block instead of being closed and opened again.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.infidelity_model import path_infidelity, uniform_links
from distq.planning.realise.embedding import Following, Hold, State, control_of, operands
from distq.planning.realise.next_use import NEVER, Forecast

REACHES = (4, 1)
"""X-blocks in a row through which a copy may be kept for its next use: what is tried."""
SMALL = 5_000
"""Up to this many multi-qubit operations all reaches are tried, beyond only the last."""


@dataclass(frozen=True)
class Placement:
    """What a strategy decides.

    Attributes
    ----------
    homes
        Per qubit: QPU of birth.
    at
        Per operation: the QPU where it runs (multi-qubit operations; others run at home and are ignored).
    order
        Indices of all operations, in a valid order of execution. None: as in the program.
    moves
        ``(position, qubit, qpu)``: before the operation at this position of the order, the home goes there. Ascending
        positions.
    """

    homes: tuple[int, ...]
    at: Sequence[int]
    order: Sequence[int] | None = None
    moves: tuple[tuple[int, int, int], ...] = ()


def realise(
    program: Program, network: Network, placement: Placement, *, strategy: str = "", seed: int = 0, follow: bool = True
) -> Plan:
    """The plan of ``placement`` with few Bell pairs: the fewest that its order allows if no copy follows an X-block.

    Copies do follow where that saves pairs on balance, unless ``follow`` is False.

    Raises
    ------
    InfeasiblePlanError
        When an operation needs more copies at once than there are memory ions, or the order gives birth to more qubits
        at a QPU than it has data ions for.
    """
    order = placement.order if placement.order is not None else range(len(program.operations))
    best: _Machine | None = None
    if follow and program.x_blocks:
        for reach in REACHES if len(program.multi_qubit) <= SMALL else REACHES[-1:]:
            machine = _Machine(program, network, placement, order, reach)
            try:
                machine.run()
            except InfeasiblePlanError:  # held copies take the room of others
                continue
            if best is None or machine.ebits < best.ebits:
                best = machine
    if best is None or best.following.hoped:
        machine = _Machine(program, network, placement, order, 0)
        try:
            machine.run()
            best = machine if best is None or machine.ebits <= best.ebits else best
        except InfeasiblePlanError:
            if best is None:
                raise
    machine = best
    return Plan(homes=tuple(machine.birthplace), steps=tuple(machine.steps), strategy=strategy, seed=seed)


class _Machine:
    """Replays a placement and writes down the steps."""

    def __init__(
        self, program: Program, network: Network, placement: Placement, order: Sequence[int], reach: int
    ) -> None:
        self.program = program
        self.network = network
        self.order = order
        self.at = placement.at
        self.moves = placement.moves
        self.birthplace = list(placement.homes)
        self.home = list(placement.homes)
        self.members: list[list[int]] = [[h] for h in placement.homes]
        self.limit = [q.memory_limit for q in network.qpus]
        self.data = [q.data for q in network.qpus]
        self.guests: list[set[int]] = [set() for _ in network.qpus]
        self.homes_at: list[int] = [0] * len(network.qpus)
        self.born = [False] * program.num_qubits
        self.steps: list[Step] = []
        self.forecast = Forecast(program, order, self.at, self.moves)
        state = State(self.home, self.members, self.forecast)
        self.following = Following(program, order, self.at, self.moves, state, reach)
        self.held: dict[int, Hold] = {}
        self.links_differ = not uniform_links(network)

    @property
    def ebits(self) -> int:
        """Bell pairs so far."""
        return bell_pairs(self.steps, self.network)

    # ---- the run ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        pending = 0
        operations = self.program.operations
        ids = self.program.segment_ids
        for position, operation in enumerate(self.order):
            if pending < len(self.moves) and self.moves[pending][0] <= position:
                first = pending
                while pending < len(self.moves) and self.moves[pending][0] <= position:
                    pending += 1
                self.move_homes([(q, s) for _, q, s in self.moves[first:pending]])
            op = operations[operation]
            if len(op.qubits) == 1:
                self.run_local(operation, op.qubits[0], op.diagonal, position)
            else:
                self.run_gate(operation, op.qubits, ids[operation])
        for qubit in range(self.program.num_qubits):
            self.close_all(qubit)

    def run_local(self, operation: int, qubit: int, diagonal: bool, position: int) -> None:
        self.touch(qubit)
        closing = False
        if not diagonal:
            closing = self.held.pop(qubit, None) is not None
            if not closing:
                hold = self.following.hold(operation, qubit)
                for qpu in [s for s in self.members[qubit] if s != self.home[qubit]]:
                    if hold is None or qpu not in hold.qpus:
                        self.close(qubit, qpu)
                if hold is not None:
                    self.enter(hold)
            self.forecast.pass_boundary(operation, qubit)
        self.steps.append(RunOp(operation, self.home[qubit]))
        if closing:
            self.close_unused(qubit)
        if position == self.forecast.last[qubit]:
            self.homes_at[self.home[qubit]] -= 1

    def run_gate(self, operation: int, qubits: tuple[int, ...], segments: tuple[int, ...]) -> None:
        for qubit in qubits:
            self.touch(qubit)
        if operation in self.following.targets:
            self.run_held(operation, qubits, segments)
            return
        planned = self.at[operation]
        at = self.feasible_site(planned, qubits)
        for qubit in qubits:
            if at not in self.members[qubit]:
                self.open(qubit, at, [(q, at) for q in qubits])
        self.steps.append(RunOp(operation, at))
        for qubit, segment in zip(qubits, segments, strict=True):
            self.forecast.uses[segment, planned].pop()
            for qpu in {at, planned}:
                if qpu in self.members[qubit] and qpu != self.home[qubit] and self.next_use(qubit, qpu) == NEVER:
                    self.close(qubit, qpu)

    # ---- X-blocks ---------------------------------------------------------------------------------------------

    def enter(self, hold: Hold) -> None:
        """Begin an X-block: its operations are to run at the home, their controls to be wherever a copy follows."""
        qubit = hold.block.qubit
        home = self.home[qubit]
        self.held[qubit] = hold
        self.following.targets |= dict.fromkeys(hold.block.operations, qubit)
        for operation in hold.block.operations:
            position = self.following.position[operation]
            for q, segment in operands(self.program, operation):
                qpus = (home,) if q == qubit else (home, *hold.qpus)
                self.forecast.relocate(segment, position, self.at[operation], qpus)

    def run_held(self, operation: int, qubits: tuple[int, ...], segments: tuple[int, ...]) -> None:
        """An operation of an X-block, at the home of its target, with the control at every copy."""
        target = self.following.targets[operation]
        hold = self.held[target]
        control, segment = control_of(self.program, operation, target)
        home = self.home[target]
        where = (home, *hold.qpus)
        for qpu in where:
            if qpu not in self.members[control]:
                self.open(control, qpu, [(q, s) for q in qubits for s in where])
        self.steps.append(RunOp(operation, home))
        self.forecast.uses[dict(zip(qubits, segments, strict=True))[target], home].pop()
        for qpu in where:
            self.forecast.uses[segment, qpu].pop()
        self.close_unused(control)

    def close_unused(self, qubit: int) -> None:
        """Close the copies of ``qubit`` that have no use in its segment."""
        for qpu in [s for s in self.members[qubit] if s != self.home[qubit]]:
            if self.next_use(qubit, qpu) == NEVER:
                self.close(qubit, qpu)

    def feasible_site(self, planned: int, qubits: tuple[int, ...]) -> int:
        """``planned``, or the home of most operands if ``planned`` has too little memory for all the copies."""

        def copies(qpu: int) -> int:
            return sum(self.home[q] != qpu for q in qubits)

        if copies(planned) <= self.limit[planned]:
            return planned
        return min((self.home[q] for q in qubits), key=lambda s: (copies(s) > self.limit[s], copies(s), s))

    def touch(self, qubit: int) -> None:
        if not self.born[qubit]:
            self.born[qubit] = True
            home = self.home[qubit]
            self.homes_at[home] += 1
            if self.homes_at[home] > self.data[home]:
                raise InfeasiblePlanError(f"the placement puts more qubits on {self.network.qpus[home].name} than fit")

    # ---- copies -----------------------------------------------------------------------------------------------

    def next_use(self, qubit: int, qpu: int) -> int:
        """Position of the next use of a copy, in its segment or beyond X-blocks that it might follow."""
        segment = self.forecast.segment[qubit]
        use = self.forecast.next(segment, qpu)
        return use if use != NEVER else self.following.use_beyond(segment, qpu)

    def make_room(self, qpu: int, slots: int, kept: Sequence[tuple[int, int]], why: str, opened: int = -1) -> None:
        """Close copies at ``qpu`` until ``slots`` memory ions are free, those used furthest in the future first.

        Copies in ``kept`` (qubit, QPU) and those of the qubit being ``opened`` stay.
        """
        guests = self.guests[qpu]
        while len(guests) + slots > self.limit[qpu]:
            free = [q for q in guests if q != opened and (q, qpu) not in kept and q not in self.held]
            if not free:
                has, used = self.network.qpus[qpu], len(guests) + slots
                raise InfeasiblePlanError(
                    f"{why} needs {used} memory ion{'s' * (used > 1)} at {has.name}; it has {has.memory}",
                    "give the QPUs more memory ions, or use another strategy",
                )
            self.close(max(free, key=lambda q: (self.next_use(q, qpu), q)), qpu)

    def open(self, qubit: int, qpu: int, kept: Sequence[tuple[int, int]]) -> None:
        """Open a copy at ``qpu`` from the nearest member over the best links, relaying through QPUs in between."""
        network = self.network
        distance = network.distance

        def preference(member: int) -> tuple[int, bool, tuple[float, float], bool]:
            full = len(self.guests[member]) + 1 > self.limit[member]
            links = path_infidelity(network, network.path(member, qpu)) if self.links_differ else (0.0, 0.0)
            return distance[member][qpu], full, links, member != self.home[qubit]

        source = min(self.members[qubit], key=preference)
        path = self.route(source, qpu, qubit)
        if not path:
            a, b = network.qpus[source].name, network.qpus[qpu].name
            raise InfeasiblePlanError(f"no links connect {a} and {b}", "add a link between them")
        for near, far in itertools.pairwise(path):
            what = f"a copy of qubit {qubit}"
            self.make_room(near, 1, kept, what, opened=qubit)
            self.make_room(far, 1, kept, what, opened=qubit)
            self.steps.append(Grow(qubit, near, far))
            self.members[qubit].append(far)
            self.guests[far].add(qubit)
        for relay in path[1:-1]:
            if self.next_use(qubit, relay) == NEVER:
                self.close(qubit, relay)

    def route(self, source: int, qpu: int, qubit: int) -> tuple[int, ...]:
        """The best path; where a copy in the middle has a use of its own, relays in place of swapped pairs."""
        links, path = self.network.links, self.network.path(source, qpu)
        if not self.network.swaps:
            return path
        out = list(path[:1])
        for near, far in itertools.pairwise(path):
            link = links[self.network.link_index(near, far)]
            middle = link.via if link.a == near else link.via[::-1]
            room = all(self.limit[s] > 0 and s not in self.members[qubit] for s in middle)
            if room and any(self.next_use(qubit, s) != NEVER for s in middle):
                out += middle
            out.append(far)
        return tuple(out)

    def close(self, qubit: int, qpu: int) -> None:
        self.steps.append(Shrink(qubit, qpu))
        self.members[qubit].remove(qpu)
        self.guests[qpu].discard(qubit)

    def close_all(self, qubit: int) -> None:
        home = self.home[qubit]
        for qpu in [s for s in self.members[qubit] if s != home]:
            self.close(qubit, qpu)

    # ---- moves ------------------------------------------------------------------------------------------------

    def move_homes(self, wanted: list[tuple[int, int]]) -> None:
        """Move homes: alone where a data ion is free, else along a cycle of QPUs."""
        target: dict[int, int] = {}
        for qubit, qpu in wanted:
            if not self.born[qubit]:
                self.birthplace[qubit] = self.home[qubit] = qpu  # unborn: it is free to start anywhere
                self.members[qubit] = [qpu]
            if self.home[qubit] == qpu:
                self.forecast.arrive(qubit, qpu)
            else:
                target[qubit] = qpu
        while target:
            single = next((q for q, s in target.items() if self.homes_at[s] < self.data[s]), None)
            group = [single] if single is not None else self.cycle(target)
            self.hand_over([(q, target.pop(q)) for q in group])

    def cycle(self, target: dict[int, int]) -> list[int]:
        """Qubits whose moves form a cycle of QPUs (exists when no target has a free data ion)."""
        leaving: dict[int, int] = {}
        for qubit in target:
            leaving.setdefault(self.home[qubit], qubit)
        seen: list[int] = []
        at = next(iter(leaving))
        while at not in seen:
            if at not in leaving:
                raise InfeasiblePlanError(f"the placement puts more qubits on {self.network.qpus[at].name} than fit")
            seen.append(at)
            at = target[leaving[at]]
        return [leaving[s] for s in seen[seen.index(at) :]]

    def hand_over(self, moves: list[tuple[int, int]]) -> None:
        for qubit, qpu in moves:
            if qpu not in self.members[qubit]:
                self.open(qubit, qpu, moves)
        former = [self.home[q] for q, _ in moves]
        arriving = [s for _, s in moves]
        for qpu in set(former) - set(arriving):
            self.make_room(qpu, 1, moves, "a move")
        self.steps.append(HandOver(tuple(moves)))
        for qubit, qpu in moves:
            self.forecast.arrive(qubit, qpu)
            self.homes_at[self.home[qubit]] -= 1
            self.homes_at[qpu] += 1
            self.guests[qpu].discard(qubit)
            self.guests[self.home[qubit]].add(qubit)
            self.home[qubit] = qpu
        for (qubit, _), qpu in zip(moves, former, strict=True):
            if self.next_use(qubit, qpu) == NEVER:
                self.close(qubit, qpu)
