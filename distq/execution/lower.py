"""Plan -> protocol events: which ion holds what.

Every QPU has a pool of data ions and one of memory ions. An ion that was never used is taken first, then the one that
has been free the longest, so that the next pair can be heralded while its predecessor is still at work. If memory is
unlimited, as many memory ions are used as the plan needs at its peak.
"""

from __future__ import annotations

from collections import deque
from typing import NoReturn

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
from distq.ir.program import Kind, Operation, Program, XBlock
from distq.ir.tally import last_steps, tally
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
        One HeraldPair and one CatEntangle per Grow, one CatDisentangle per Shrink, one Execute per Run, with what
        copies do to follow it; a Transfer
        wherever a member changes between a data and a memory ion; births and deaths.

    Raises
    ------
    InternalError
        If a QPU has no ion left for a step: the plan is not valid.
    """
    lowering = _Lowering(program, plan, network)
    steps = plan.steps
    consumed: set[int] = set()
    for index, step in enumerate(steps):
        match step:
            case RunOp(operation, qpu):
                lowering.run(index, operation, qpu)
            case Grow(qubit, source, target):
                lowering.grow(qubit, source, target)
            case Shrink(qubit, qpu):
                if index in consumed:
                    consumed.remove(index)
                else:
                    lowering.shrink(qubit, qpu)
            case HandOver(moves):
                departures = _departures(steps, index, {(q, lowering.home[q]) for q, _ in moves})
                consumed.update(departures)
                lowering.hand_over(moves, tuple(departures.values()))
    return lowering.finish()


def _departures(steps: tuple[Step, ...], index: int, former: set[tuple[int, int]]) -> dict[int, int]:
    """Those Shrinks right after a HandOver that close a former home (qubit, QPU): step index -> qubit."""
    found = {}
    for i in range(index + 1, len(steps)):
        step = steps[i]
        if not isinstance(step, Shrink):
            break
        if (step.qubit, step.qpu) in former:
            found[i] = step.qubit
    return found


class _Pool:
    """The free ions of one role at one QPU."""

    def __init__(self, qpu: int, role: str, size: int) -> None:
        self.qpu, self.role = qpu, role
        self.free = deque([Ion(qpu, role, number) for number in range(size)])
        self.used = 0
        """Ions taken at least once: these are numbers 0 to ``used`` - 1."""


class _Lowering:
    """Which ion holds which member, and the events so far."""

    def __init__(self, program: Program, plan: Plan, network: Network) -> None:
        peak = tally(plan, program, network).peak_memory_by_qpu
        sizes = [p if qpu.memory is None else qpu.memory for p, qpu in zip(peak, network.qpus, strict=True)]
        self.program, self.network = program, network
        self.data = [_Pool(s, "data", qpu.data) for s, qpu in enumerate(network.qpus)]
        self.memory = [_Pool(s, "memory", size) for s, size in enumerate(sizes)]
        self.home = list(plan.homes)
        self.members: list[dict[int, Ion]] = [{} for _ in range(program.num_qubits)]
        self.born = [False] * program.num_qubits
        self.last = last_steps(plan, program)
        self.events: list[Event] = []
        self.held: dict[int, XBlock] = {}

    def run(self, index: int, operation: int, qpu: int) -> None:
        op = self.program.operations[operation]
        for qubit in op.qubits:
            if not self.born[qubit]:
                self._bear(qubit)
        ions = tuple([self._member(q, qpu) for q in op.qubits])
        self.events.append(Execute(operation, ions, *self._followers(op, operation, qpu)))
        if op.kind is Kind.MEASURE and self.last[op.qubits[0]] == index:
            (qubit,) = op.qubits
            self.events.append(Release(qubit, self.members[qubit].pop(qpu)))
            self._release(ions[0])

    def _followers(self, op: Operation, index: int, qpu: int) -> tuple[int, tuple[tuple[Ion, ...], ...]]:
        """The held qubit whose copies follow an operation, and the ions on which they do."""
        if op.diagonal:
            for target in op.qubits:
                if target in self.held:
                    (control,) = [q for q in op.qubits if q != target]
                    copies = [s for s in self.members[target] if s != qpu]
                    return target, tuple([(self._member(control, s), self._member(target, s)) for s in copies])
            return -1, ()
        (qubit,) = op.qubits
        if qubit not in self.held:
            if len(self.members[qubit]) > 1:
                self.held[qubit] = self.program.x_blocks[index]
            return -1, ()
        if not self.held.pop(qubit).flips:
            return -1, ()
        return qubit, tuple([(ion,) for s, ion in self.members[qubit].items() if s != qpu])

    def grow(self, qubit: int, source: int, target: int) -> None:
        if not self.born[qubit]:
            self._bear(qubit)
        root = self._member(qubit, source)
        half, copy = self._take(self.memory[source]), self._take(self.memory[target])
        self.events.append(HeraldPair(self.network.link_index(source, target), half, copy))
        self.events.append(CatEntangle(qubit, root, half, copy))
        self.members[qubit][target] = copy
        self._release(half)

    def shrink(self, qubit: int, qpu: int) -> None:
        copy = self._member(qubit, qpu)
        members = self.members[qubit]
        del members[qpu]
        root = members.get(self.home[qubit]) or next(iter(members.values()), None)
        if root is None:
            self._fail(f"QPU {qpu} holds the last member of qubit {qubit}")
        self.events.append(CatDisentangle(qubit, copy, root))
        self._release(copy)

    def hand_over(self, moves: tuple[tuple[int, int], ...], departing: tuple[int, ...]) -> None:
        """Make other members the homes. The former homes of the ``departing`` qubits are closed from their data ions.

        Where one qubit leaves the data ions of a QPU and another one enters them, the two exchange their ions.
        """
        former = {qubit: self.home[qubit] for qubit, _ in moves}
        for qubit, qpu in moves:
            self.home[qubit] = qpu
        for qubit in departing:
            self.shrink(qubit, former[qubit])
        gone = set(departing)
        leaving: dict[int, list[int]] = {}
        for qubit, qpu in former.items():
            if qubit not in gone:
                leaving.setdefault(qpu, []).append(qubit)
        for qubit, qpu in moves:
            others = leaving.get(qpu)
            if others:
                self._exchange(qpu, others.pop(), qubit)
            else:
                self._move(qubit, qpu, self.data[qpu])
        for qpu, qubits in leaving.items():
            for qubit in qubits:
                self._move(qubit, qpu, self.memory[qpu])

    def finish(self) -> Events:
        for qubit, born in enumerate(self.born):
            if not born:
                self._bear(qubit)
        return Events(
            events=tuple(self.events),
            data_ions=tuple([pool.used for pool in self.data]),
            memory_ions=tuple([pool.used for pool in self.memory]),
            final=tuple([members.get(home) for members, home in zip(self.members, self.home, strict=True)]),
        )

    def _bear(self, qubit: int) -> None:
        pool = self.data[self.home[qubit]]
        before = pool.used
        ion = self._take(pool)
        self.born[qubit] = True
        self.members[qubit][self.home[qubit]] = ion
        self.events.append(Allocate(qubit, ion, fresh=ion.number >= before))

    def _exchange(self, qpu: int, leaving: int, entering: int) -> None:
        data, memory = self._member(leaving, qpu), self._member(entering, qpu)
        self.events.append(Transfer(leaving, data, entering, memory))
        self.members[leaving][qpu], self.members[entering][qpu] = memory, data

    def _move(self, qubit: int, qpu: int, pool: _Pool) -> None:
        old, new = self._member(qubit, qpu), self._take(pool)
        self.events.append(Transfer(qubit, old, None, new))
        self.members[qubit][qpu] = new
        self._release(old)

    def _member(self, qubit: int, qpu: int) -> Ion:
        ion = self.members[qubit].get(qpu)
        if ion is None:
            self._fail(f"qubit {qubit} has no member at QPU {qpu}")
        return ion

    def _take(self, pool: _Pool) -> Ion:
        if not pool.free:
            self._fail(f"QPU {pool.qpu} has no free {pool.role} ion")
        ion = pool.free.popleft()
        pool.used = max(pool.used, ion.number + 1)
        return ion

    def _release(self, ion: Ion) -> None:
        (self.data if ion.role == "data" else self.memory)[ion.qpu].free.append(ion)

    def _fail(self, reason: str) -> NoReturn:
        raise InternalError(
            f"lowering event {len(self.events)}: {reason}", "the plan is not valid, which the checker should have found"
        )
