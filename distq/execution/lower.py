"""Plan steps become protocol events: which ion holds what.

Every QPU has a pool of data ions and one of memory ions. An ion that was never used is taken first, then the one that
has been free the longest, so that the next pair can be heralded while its predecessor is still at work. If memory is
unlimited, as many memory ions are used as the plan needs at its peak.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, NoReturn

from distq.errors import InternalError
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
from distq.ir.tally import tally
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
        what copies do to follow it; a Transfer wherever a member changes between a data and a memory ion; an Allocate
        per qubit, and a Release if it is measured in the end.

    Raises
    ------
    InternalError
        If a QPU has no ion left for a step: the plan is not valid.
    """
    lowering = _Lowering(program, plan, network)
    for step in plan.steps:
        lowering.take(step)
    return lowering.finish()


def _memory_ions(program: Program, plan: Plan, network: Network) -> list[int]:
    """Per QPU: memory ions that it has, or as many as the plan needs at its peak where it has any number of them."""
    sizes = [qpu.memory for qpu in network.qpus]
    limited = [size for size in sizes if size is not None]
    if len(limited) == len(sizes):
        return limited
    peaks = tally(plan, program, network).peak_memory_by_qpu
    return [peak if size is None else size for peak, size in zip(peaks, sizes, strict=True)]


class _IonPool:
    """The free ions of one role at one QPU.

    Attributes
    ----------
    used
        Ions taken at least once: these are numbers 0 to ``used`` - 1.
    """

    def __init__(self, qpu: int, role: str, size: int) -> None:
        self.qpu, self.role = qpu, role
        self.free = deque([Ion(qpu, role, number) for number in range(size)])
        self.used = 0


class _Followers(NamedTuple):
    """The embedded qubit whose copies follow an operation, -1 if none do, and the ions on which they do."""

    target: int = -1
    ions: tuple[tuple[Ion, ...], ...] = ()


class _Lowering:
    """Which ion holds which member, and the events so far."""

    def __init__(self, program: Program, plan: Plan, network: Network) -> None:
        self.program, self.network, self.steps = program, network, plan.steps
        self.replay = PlanReplay(program, network, plan)
        self.data = [_IonPool(s, "data", qpu.data) for s, qpu in enumerate(network.qpus)]
        self.memory = [_IonPool(s, "memory", size) for s, size in enumerate(_memory_ions(program, plan, network))]
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
            data_ions=tuple([pool.used for pool in self.data]),
            memory_ions=tuple([pool.used for pool in self.memory]),
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
        root = self._ion(qubit, source)
        half, copy = self._take_free(self.memory[source]), self._take_free(self.memory[target])
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
        two exchange their ions.
        """
        for qubit in leaving:
            self._shrink(qubit, former[qubit])
        staying: dict[int, list[int]] = {}
        for qubit, qpu in former.items():
            if qubit not in leaving:
                staying.setdefault(qpu, []).append(qubit)
        for qubit, qpu in moves:
            others = staying.get(qpu)
            if others:
                self._exchange(qpu, others.pop(), qubit)
            else:
                self._transfer(qubit, qpu, self.data[qpu])
        for qpu, qubits in staying.items():
            for qubit in qubits:
                self._transfer(qubit, qpu, self.memory[qpu])

    def _exchange(self, qpu: int, former: int, entering: int) -> None:
        """Exchange the data ion of a ``former`` home with the memory ion of the qubit ``entering`` the data ions."""
        data, memory = self._ion(former, qpu), self._ion(entering, qpu)
        self.events.append(Transfer(former, data, entering, memory))
        self.ions[former][qpu], self.ions[entering][qpu] = memory, data

    def _transfer(self, qubit: int, qpu: int, pool: _IonPool) -> None:
        """Move a member to a free ion of the pool."""
        old, new = self._ion(qubit, qpu), self._take_free(pool)
        self.events.append(Transfer(qubit, old, None, new))
        self.ions[qubit][qpu] = new
        self._free(old)

    # ---- ions -------------------------------------------------------------------------------------------------------

    def _allocate(self, qubit: int) -> None:
        """Give a qubit a data ion at its home."""
        pool = self.data[self.replay.home[qubit]]
        used_before = pool.used
        ion = self._take_free(pool)
        self.ions[qubit][pool.qpu] = ion
        self.events.append(Allocate(qubit, ion, fresh=ion.number >= used_before))

    def _ion(self, qubit: int, qpu: int) -> Ion:
        ion = self.ions[qubit].get(qpu)
        if ion is None:
            self._fail(f"qubit {qubit} has no member at QPU {qpu}")
        return ion

    def _take_free(self, pool: _IonPool) -> Ion:
        if not pool.free:
            self._fail(f"QPU {pool.qpu} has no free {pool.role} ion")
        ion = pool.free.popleft()
        pool.used = max(pool.used, ion.number + 1)
        return ion

    def _free(self, ion: Ion) -> None:
        (self.data if ion.role == "data" else self.memory)[ion.qpu].free.append(ion)

    def _fail(self, reason: str) -> NoReturn:
        raise InternalError(
            f"lowering event {len(self.events)}: {reason}", "the plan is not valid, which the checker should have found"
        )
