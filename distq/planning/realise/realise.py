"""From a placement to a plan that respects data and memory ions.

:func:`realise` runs the operations of a placement in their order. It opens the copies that are missing and closes those
that memory has no room for (:mod:`distq.planning.realise.copies`), relays over QPUs in between where there is no direct
link, moves homes, in cycles where no data ion is free, and embeds X-blocks where that saves pairs
(:mod:`distq.planning.realise.embedding`).
"""

from __future__ import annotations

from collections.abc import Sequence

from distq.errors import InfeasiblePlanError
from distq.ir.plan import HandOver, Plan, RunOp
from distq.ir.program import Program
from distq.ir.tally import bell_pairs
from distq.networks.network import Network
from distq.planning.realise.copies import CopyManager
from distq.planning.realise.embedding import Embedding, control_of, operands
from distq.planning.realise.move_cycle import move_cycle
from distq.planning.realise.next_use import NEVER
from distq.planning.realise.placement import HomeMove, Placement

REACHES = (4, 1)
"""How many X-blocks in a row a copy may be kept through for its next use: the values tried."""
MAX_GATES_ALL_REACHES = 5_000
"""Multi-qubit operations up to which all reaches are tried; beyond, only the last one, for lack of time."""


def realise(
    program: Program, network: Network, placement: Placement, *, strategy: str = "", seed: int = 0, embed: bool = True
) -> Plan:
    """The plan of ``placement`` with few Bell pairs: the fewest that its order allows, if nothing is embedded.

    Which X-blocks to embed is decided greedily, and a copy kept for later takes room from others. So the placement is
    carried out with each of REACHES, and without embedding if that could differ; the plan of fewest Bell pairs is
    returned, among equals one without embedding, then the one of the larger reach.

    Parameters
    ----------
    program, network, placement
        What to carry out, and where.
    strategy, seed
        Written into the plan.
    embed
        False: no X-block is embedded.

    Raises
    ------
    InfeasiblePlanError
        If an operation needs more copies at once than there are memory ions, or the order needs more qubits at once at
        a QPU than it has data ions.
    """
    order = placement.order if placement.order is not None else range(len(program.operations))
    reaches = REACHES if len(program.multi_qubit) <= MAX_GATES_ALL_REACHES else REACHES[-1:]
    best: _PlanBuilder | None = None
    for reach in reaches if embed and program.x_blocks else ():
        attempt = _attempt(program, network, placement, order, reach)
        if isinstance(attempt, _PlanBuilder) and (best is None or attempt.ebits < best.ebits):
            best = attempt
    if best is None or best.found_use_beyond:
        attempt = _attempt(program, network, placement, order, 0)
        if isinstance(attempt, _PlanBuilder):
            best = attempt if best is None or attempt.ebits <= best.ebits else best
        elif best is None:
            raise attempt
    return best.plan(strategy, seed)


def _attempt(
    program: Program, network: Network, placement: Placement, order: Sequence[int], reach: int
) -> _PlanBuilder | InfeasiblePlanError:
    """The placement carried out, or why it does not fit."""
    builder = _PlanBuilder(program, network, placement, order, reach)
    try:
        builder.run()
    except InfeasiblePlanError as error:
        return error
    return builder


class _PlanBuilder:
    """Carries out a placement step by step.

    Attributes
    ----------
    copies
        Homes, members and steps so far.
    initial_homes
        Per qubit: QPU where the plan has it begin. Qubits moved before their first use begin where they move to.
    """

    def __init__(
        self, program: Program, network: Network, placement: Placement, order: Sequence[int], reach: int
    ) -> None:
        self.program, self.network = program, network
        self.order, self.sites, self.moves = order, placement.sites, placement.moves
        self.copies = CopyManager(program, network, placement, order, reach)
        self.initial_homes = list(placement.homes)
        self._data = [q.data for q in network.qpus]
        self._allocated = [False] * program.num_qubits

    @property
    def ebits(self) -> int:
        """Bell pairs so far."""
        return bell_pairs(self.copies.steps, self.network)

    @property
    def found_use_beyond(self) -> bool:
        """True if a copy was kept for a use beyond an X-block, so that the plan may differ from one without that."""
        return self.copies.chooser.found_use_beyond

    def plan(self, strategy: str, seed: int) -> Plan:
        """What has been written."""
        return Plan(homes=tuple(self.initial_homes), steps=tuple(self.copies.steps), strategy=strategy, seed=seed)

    def run(self) -> None:
        """Run all operations in order, each after the moves of homes that come before it."""
        pending = 0
        operations = self.program.operations
        segment_ids = self.program.segment_ids
        for position, operation in enumerate(self.order):
            if pending < len(self.moves) and self.moves[pending].position <= position:
                first = pending
                while pending < len(self.moves) and self.moves[pending].position <= position:
                    pending += 1
                self._move_homes(self.moves[first:pending])
            op = operations[operation]
            if len(op.qubits) == 1:
                self._run_local(operation, op.qubits[0], op.diagonal, position)
            else:
                self._run_gate(operation, op.qubits, segment_ids[operation])
        for qubit in range(self.program.num_qubits):
            self.copies.close_all(qubit)

    def _allocate(self, qubit: int, kept: Sequence[tuple[int, int]] = ()) -> None:
        """Give a qubit its data ion, unless it has one; copies that are not ``kept`` give way where all are in use."""
        if not self._allocated[qubit]:
            self._allocated[qubit] = True
            home, homes_at = self.copies.home[qubit], self.copies.homes_at
            homes_at[home] += 1
            if homes_at[home] > self._data[home]:
                raise InfeasiblePlanError(f"the placement puts more qubits on {self.network.qpus[home].name} than fit")
            self.copies.make_room(home, 0, kept, f"qubit {qubit}, which begins there,")

    # ---- operations ---------------------------------------------------------------------------------------------

    def _run_local(self, operation: int, qubit: int, diagonal: bool, position: int) -> None:
        """Run an operation on one qubit at its home; a boundary closes the copies that are not embedded."""
        copies = self.copies
        self._allocate(qubit)
        ends_block = False
        if not diagonal:
            ends_block = copies.embedded.pop(qubit, None) is not None
            if not ends_block:
                self._begin_block_or_close(operation, qubit)
            copies.next_uses.pass_boundary(operation, qubit)
        copies.steps.append(RunOp(operation, copies.home[qubit]))
        if ends_block:
            copies.close_unused(qubit)
        if position == copies.next_uses.last[qubit]:
            copies.homes_at[copies.home[qubit]] -= 1

    def _run_gate(self, operation: int, qubits: tuple[int, ...], segments: tuple[int, ...]) -> None:
        """Run an operation on several qubits, with copies of those that are not at home at its QPU."""
        copies = self.copies
        planned = self.sites[operation]
        for qubit in qubits:
            self._allocate(qubit, [(q, planned) for q in qubits])
        if operation in copies.chooser.target_of:
            self._run_embedded(operation, qubits, segments)
            return
        site = self._feasible_site(planned, qubits)
        for qubit in qubits:
            if site not in copies.members[qubit]:
                copies.open(qubit, site, [(q, site) for q in qubits])
        copies.steps.append(RunOp(operation, site))
        for qubit, segment in zip(qubits, segments, strict=True):
            copies.next_uses.positions[segment, planned].pop()
            for qpu in {site, planned}:
                is_copy = qpu in copies.members[qubit] and qpu != copies.home[qubit]
                if is_copy and copies.next_use(qubit, qpu) == NEVER:
                    copies.close(qubit, qpu)

    def _feasible_site(self, planned: int, qubits: tuple[int, ...]) -> int:
        """``planned``, or the home of most operands if ``planned`` has too little memory for all the copies."""
        home = self.copies.home

        def copies(qpu: int) -> int:
            return sum(home[q] != qpu for q in qubits)

        if self.copies.fits(planned, copies(planned)):
            return planned
        return min((home[q] for q in qubits), key=lambda s: (not self.copies.fits(s, copies(s)), copies(s), s))

    # ---- embedded X-blocks --------------------------------------------------------------------------------------

    def _begin_block_or_close(self, boundary: int, qubit: int) -> None:
        """At a boundary, begin an embedded X-block if that pays, and close the copies that it does not keep."""
        embedding = self.copies.chooser.choose(boundary, qubit)
        for qpu in self.copies.copies_of(qubit):
            if embedding is None or qpu not in embedding.qpus:
                self.copies.close(qubit, qpu)
        if embedding is not None:
            self._begin_block(embedding)

    def _begin_block(self, embedding: Embedding) -> None:
        """Begin an embedded X-block: its operations run at the home, their controls are needed wherever a copy is."""
        copies, qubit = self.copies, embedding.block.qubit
        home = copies.home[qubit]
        copies.embedded[qubit] = embedding
        copies.chooser.target_of |= dict.fromkeys(embedding.block.operations, qubit)
        for operation in embedding.block.operations:
            position = copies.chooser.position[operation]
            for q, segment in operands(self.program, operation):
                qpus = (home,) if q == qubit else (home, *embedding.qpus)
                copies.next_uses.relocate(segment, position, self.sites[operation], qpus)

    def _run_embedded(self, operation: int, qubits: tuple[int, ...], segments: tuple[int, ...]) -> None:
        """Run an operation of an embedded X-block at the home of its target, with the control at every copy."""
        copies = self.copies
        target = copies.chooser.target_of[operation]
        control, segment = control_of(self.program, operation, target)
        home = copies.home[target]
        qpus = (home, *copies.embedded[target].qpus)
        for qpu in qpus:
            if qpu not in copies.members[control]:
                copies.open(control, qpu, [(q, s) for q in qubits for s in qpus])
        copies.steps.append(RunOp(operation, home))
        copies.next_uses.positions[dict(zip(qubits, segments, strict=True))[target], home].pop()
        for qpu in qpus:
            copies.next_uses.positions[segment, qpu].pop()
        copies.close_unused(control)

    # ---- moves --------------------------------------------------------------------------------------------------

    def _move_homes(self, moves: Sequence[HomeMove]) -> None:
        """Move homes: alone where a data ion is free, else along a cycle of QPUs."""
        copies = self.copies
        targets: dict[int, int] = {}
        for _, qubit, qpu in moves:
            if not self._allocated[qubit]:  # nothing has touched the qubit yet: it can begin anywhere
                self.initial_homes[qubit] = copies.home[qubit] = qpu
                copies.members[qubit] = [qpu]
            if copies.home[qubit] == qpu:
                copies.next_uses.arrive(qubit, qpu)
            else:
                targets[qubit] = qpu
        while targets:
            single = next((q for q, s in targets.items() if copies.homes_at[s] < self._data[s]), None)
            group = [single] if single is not None else move_cycle(self.network, copies.home, targets)
            self._hand_over([(q, targets.pop(q)) for q in group])

    def _hand_over(self, moves: list[tuple[int, int]]) -> None:
        """Make copies the homes, all at once, after opening those that are missing."""
        copies = self.copies
        for qubit, qpu in moves:
            if qpu not in copies.members[qubit]:
                copies.open(qubit, qpu, moves)
        former = [copies.home[q] for q, _ in moves]
        left_behind = [(qubit, home) for (qubit, _), home in zip(moves, former, strict=True)]
        for (qubit, qpu), home in zip(moves, former, strict=True):
            copies.homes_at[home] -= 1
            copies.homes_at[qpu] += 1
            copies.copies_at[qpu].discard(qubit)
            copies.copies_at[home].add(qubit)
        for qpu in set(former) - {s for _, s in moves}:
            copies.make_room(qpu, 0, [*moves, *left_behind], "a move")
        copies.steps.append(HandOver(tuple(moves)))
        for qubit, qpu in moves:
            copies.next_uses.arrive(qubit, qpu)
            copies.home[qubit] = qpu
        for (qubit, _), qpu in zip(moves, former, strict=True):
            if copies.next_use(qubit, qpu) == NEVER:
                copies.close(qubit, qpu)
