"""Plan steps become protocol events: which ion holds what.

Every QPU has a pool of ions for homes and one for copies and halves of pairs: its data ions and its memory ions, or,
where ions have any role, the inner ions and the communication ions. There, homes take communication ions if no others
are left, and where a pair needs a communication ion and all are taken, what one of them holds moves to an inner ion
(:mod:`distq.execution.ion_pools`).
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from distq.errors import InternalError
from distq.execution.ion_pools import ion_pools
from distq.ir.events import (
    Allocate,
    CatDisentangle,
    CatEntangle,
    Event,
    Events,
    Execute,
    HeraldPair,
    Ion,
    Release,
    Transfer,
)
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Operation, Program
from distq.ir.replay import PlanReplay
from distq.networks.network import Network


def lower(program: Program, plan: Plan, network: Network) -> Events:
    """Choose ions for every step of a plan.

    Parameters
    ----------
    program
        What is executed.
    plan
        A plan that :func:`distq.verification.plan_checker.check_plan` accepts for this program and network.
    network
        Sizes of the QPUs and their links.

    Returns
    -------
    Events
        One HeraldPair and one CatEntangle per Grow, one CatDisentangle per Shrink, one Execute per RunOp, together with
        what copies do to follow it; a Transfer wherever a member changes between a data and a memory ion, or makes a
        communication ion free; an Allocate per qubit, and a Release if it is measured in the end.

    Raises
    ------
    InternalError
        If a QPU has no ion left for a step: the plan is not valid.
    """
    lowering = _Lowering(program, plan, network)
    for step in plan.steps:
        lowering.take(step)
    return lowering.finish()


class _Followers(NamedTuple):
    """The embedded qubit whose copies follow an operation, -1 if none do, and the ions on which they do."""

    target: int = -1
    ions: tuple[tuple[Ion, ...], ...] = ()


class _Lowering:
    """Which ion holds which member, and the events so far."""

    def __init__(self, program: Program, plan: Plan, network: Network) -> None:
        self.program, self.network, self.steps = program, network, plan.steps
        self.replay = PlanReplay(program, network, plan)
        self.pools = ion_pools(program, plan, network)
        self.ions: list[dict[int, Ion]] = [{} for _ in range(program.num_qubits)]
        """Per qubit, by QPU: the ion of each of its members."""
        self.closed_early: set[int] = set()
        """Shrinks to come whose copies a HandOver has closed already."""
        self.events: list[Event] = []

    def take(self, step: Step) -> None:
        """Lower the next step of the plan."""
        index = self.replay.index + 1
        match step:
            case RunOp(operation, qpu):
                self._run(index, operation, qpu)
                self.replay.advance(step)
            case Grow(qubit, source, target):
                self._grow(qubit, source, target)
                self.replay.advance(step)
            case Shrink(qubit, qpu):
                if index not in self.closed_early:
                    self._shrink(qubit, qpu)
                self.replay.advance(step)
            case HandOver(moves):
                former = {qubit: self.replay.home[qubit] for qubit, _ in moves}
                self.replay.advance(step)
                self._hand_over(moves, former, self._leaving(index, former))

    def finish(self) -> Events:
        """The events, with data ions for the qubits that no step has touched."""
        for qubit, allocated in enumerate(self.replay.allocated):
            if allocated < 0:
                self._allocate(qubit)
        return Events(
            events=tuple(self.events),
            sizes=tuple([pools.sizes for pools in self.pools]),
            final=tuple([ions.get(home) for ions, home in zip(self.ions, self.replay.home, strict=True)]),
        )

    # ---- operations -----------------------------------------------------------------------------------------------

    def _run(self, index: int, operation: int, qpu: int) -> None:
        op = self.program.operations[operation]
        for qubit in op.qubits:
            if self.replay.allocated[qubit] < 0:
                self._allocate(qubit)
        ions = tuple([self._ion(q, qpu) for q in op.qubits])
        self.events.append(Execute(operation, ions, *self._followers(op, qpu)))
        if self.program.gives_back(operation) and self.replay.last_step[op.qubits[0]] == index:
            (qubit,) = op.qubits
            self.events.append(Release(qubit, self.ions[qubit].pop(qpu)))
            self._free(ions[0])

    def _followers(self, op: Operation, qpu: int) -> _Followers:
        """What the copies of an embedded qubit do when an operation runs at ``qpu``, its home."""
        embedded = self.replay.embedded
        if op.diagonal:
            for target in op.qubits:
                if target in embedded:
                    (control,) = [q for q in op.qubits if q != target]
                    copies = [s for s in self.ions[target] if s != qpu]
                    return _Followers(target, tuple([(self._ion(control, s), self._ion(target, s)) for s in copies]))
            return _Followers()
        (qubit,) = op.qubits
        opening = embedded.get(qubit)
        if opening is None or not self.program.x_blocks[opening].flips:
            return _Followers()
        return _Followers(qubit, tuple([(ion,) for s, ion in self.ions[qubit].items() if s != qpu]))

    # ---- copies and moves -------------------------------------------------------------------------------------------

    def _grow(self, qubit: int, source: int, target: int) -> None:
        if self.replay.allocated[qubit] < 0:
            self._allocate(qubit)
        half, copy = self._take_for_pair(source), self._take_for_pair(target)
        root = self._ion(qubit, source)
        self.events.append(HeraldPair(self.network.link_index(source, target), half, copy))
        self.events.append(CatEntangle(qubit, root, half, copy))
        self.ions[qubit][target] = copy
        self._free(half)

    def _shrink(self, qubit: int, qpu: int) -> None:
        copy = self._ion(qubit, qpu)
        ions = self.ions[qubit]
        del ions[qpu]
        root = ions.get(self.replay.home[qubit]) or next(iter(ions.values()), None)
        if root is None:
            self._fail(f"QPU {qpu} holds the last member of qubit {qubit}")
        self.events.append(CatDisentangle(qubit, copy, root))
        self._free(copy)

    def _leaving(self, index: int, former: dict[int, int]) -> list[int]:
        """Qubits whose ``former`` homes the Shrinks right after the HandOver at ``index`` close."""
        qubits = []
        for later in range(index + 1, len(self.steps)):
            step = self.steps[later]
            if not isinstance(step, Shrink):
                break
            if former.get(step.qubit) == step.qpu:
                self.closed_early.add(later)
                qubits.append(step.qubit)
        return qubits

    def _hand_over(self, moves: tuple[tuple[int, int], ...], former: dict[int, int], leaving: list[int]) -> None:
        """Make other members the homes. The former homes of the qubits ``leaving`` are closed from their data ions.

        Where one qubit gives its data ion to a copy of its own and another one enters the data ions of that QPU, the
        two exchange their ions. Ions with any role need not change.
        """
        for qubit in leaving:
            self._shrink(qubit, former[qubit])
        staying: dict[int, list[int]] = {}
        for qubit, qpu in former.items():
            if qubit not in leaving:
                staying.setdefault(qpu, []).append(qubit)
        for qubit, qpu in moves:
            others = staying.get(qpu)
            if self.pools[qpu].any_role:
                continue
            if others:
                self._exchange(qpu, others.pop(), qubit)
            else:
                self._transfer(qubit, qpu, self._take_for_home(qpu))
        for qpu, qubits in staying.items():
            for qubit in qubits if not self.pools[qpu].any_role else ():
                self._transfer(qubit, qpu, self._take_for_pair(qpu))

    def _exchange(self, qpu: int, former: int, entering: int) -> None:
        """Exchange the data ion of a ``former`` home with the memory ion of the qubit ``entering`` the data ions."""
        data, memory = self._ion(former, qpu), self._ion(entering, qpu)
        self.events.append(Transfer(former, data, entering, memory))
        self.ions[former][qpu], self.ions[entering][qpu] = memory, data

    def _transfer(self, qubit: int, qpu: int, new: Ion) -> None:
        """Move a member to another ion, which is free."""
        old = self._ion(qubit, qpu)
        self.events.append(Transfer(qubit, old, None, new))
        self.pools[qpu].used.add(new)
        self.ions[qubit][qpu] = new
        self._free(old)

    # ---- ions -------------------------------------------------------------------------------------------------------

    def _allocate(self, qubit: int) -> None:
        """Give a qubit a data ion at its home."""
        qpu = self.replay.home[qubit]
        ion = self._take_for_home(qpu)
        self.ions[qubit][qpu] = ion
        self.events.append(Allocate(qubit, ion, fresh=ion not in self.pools[qpu].used))
        self.pools[qpu].used.add(ion)

    def _ion(self, qubit: int, qpu: int) -> Ion:
        ion = self.ions[qubit].get(qpu)
        if ion is None:
            self._fail(f"qubit {qubit} has no member at QPU {qpu}")
        return ion

    def _take_for_home(self, qpu: int) -> Ion:
        ion = self.pools[qpu].take_for_home()
        return self._fail(f"QPU {qpu} has no free ion for a qubit") if ion is None else ion

    def _take_for_pair(self, qpu: int) -> Ion:
        """A free ion that can hold half of a pair; where all are taken, what one of them holds moves away."""
        pools = self.pools[qpu]
        if pools.any_role and not pools.for_pairs:
            held = {ions[qpu]: qubit for qubit, ions in enumerate(self.ions) if qpu in ions}
            movable = [ion for ion in held if pools.optical(ion)]
            inner = pools.take_for_home()
            if not movable or inner is None:
                self._fail(f"QPU {qpu} has no ion to make a communication ion free")
            # qubits at home stay longest
            leaving = min(movable, key=lambda ion: (self.replay.home[held[ion]] != qpu, ion.number))
            self._transfer(held[leaving], qpu, inner)
        ion = pools.take_for_pair()
        return self._fail(f"QPU {qpu} has no free ion for a pair") if ion is None else ion

    def _free(self, ion: Ion) -> None:
        self.pools[ion.qpu].give_back(ion)

    def _fail(self, reason: str) -> NoReturn:
        raise InternalError(
            f"lowering event {len(self.events)}: {reason}", "the plan is not valid, which the checker should have found"
        )
