"""A valid plan followed step by step: copy sets, homes, embedded qubits, and the ions in use.

Whoever needs to know where things are while a plan runs follows it with a :class:`PlanReplay`. Only the plan checker
(:mod:`distq.verification.plan_checker`) has a replay of its own, so that an error here cannot hide there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Program
from distq.networks.network import Network


@dataclass(slots=True, eq=False)
class LinkCopy:
    """A member of a copy set that is not the home, from its first step to its last. It sits in a memory ion.

    Attributes
    ----------
    qubit, qpu
        Whose copy it is, and where.
    source
        QPU from which it was opened; -1 for a former home that a HandOver has left behind, without a Bell pair.
    opened, closed
        Indices of the steps with which it begins and ends; ``closed`` is -1 as long as there is none.
    became_home
        True if it ends as the new home of a HandOver.
    parent
        The copy that it was opened from; None if that was the home.
    children
        How many copies were opened from it.
    served
        Diagonal operations that have run at ``qpu`` meanwhile.
    """

    qubit: int
    qpu: int
    source: int
    opened: int
    closed: int = -1
    became_home: bool = False
    parent: LinkCopy | None = None
    children: int = 0
    served: set[int] = field(default_factory=set)

    @property
    def left_behind(self) -> bool:
        """True for a former home, which no Bell pair has opened."""
        return self.source < 0


class PlanReplay:
    """The state that a plan acts on. The plan must be valid: nothing is checked here.

    Attributes
    ----------
    index
        Of the step taken last; -1 at the beginning.
    home
        Per qubit: QPU of its home.
    members
        Per qubit: its copy set in the order of entry, as a dictionary from QPU to copy (None for the home). The home is
        there even before the qubit takes its data ion and after it has given it back.
    embedded
        Qubits inside an X-block that their copies follow, with the boundary that has opened it.
    allocated
        Per qubit: index of the step with which it took its data ion, -1 as long as there is none.
    last_step
        Per qubit: index of the last step on it, -1 if there is none. If that measures, the data ion is free again.
    data, memory, peak_data, peak_memory, peak_ions
        Per QPU: ions in use now and at most, each sort and both together; the peaks include halves of Bell pairs.
    copies
        All copies so far, in the order in which they begin.
    """

    def __init__(self, program: Program, network: Network, plan: Plan) -> None:
        qpus = len(network.qpus)
        self.index = -1
        self.home = list(plan.homes)
        self.members: list[dict[int, LinkCopy | None]] = [{home: None} for home in plan.homes]
        self.embedded: dict[int, int] = {}
        self.allocated = [-1] * program.num_qubits
        self.data, self.memory = [0] * qpus, [0] * qpus
        self.peak_data, self.peak_memory, self.peak_ions = [0] * qpus, [0] * qpus, [0] * qpus
        self.copies: list[LinkCopy] = []
        self._operations, self._gives_back = program.operations, program.gives_back
        self.last_step = _last_steps(plan, program)

    @property
    def occupied_ions(self) -> list[int]:
        """Per QPU: ions that hold a qubit or a copy."""
        return [data + memory for data, memory in zip(self.data, self.memory, strict=True)]

    def advance(self, step: Step) -> None:
        """Take the next step of the plan."""
        self.index += 1
        match step:
            case RunOp(operation, qpu):
                self._run(operation, qpu)
            case Grow(qubit, source, target):
                self._grow(qubit, source, target)
            case Shrink(qubit, qpu):
                self.memory[qpu] -= 1
                copy = self.members[qubit].pop(qpu, None)
                if copy is not None:
                    copy.closed = self.index
            case HandOver(moves):
                self._hand_over(moves)

    def finish(self) -> None:
        """Give the qubits that no step has touched their data ions."""
        for qubit, allocated in enumerate(self.allocated):
            if allocated < 0:
                self._allocate(qubit)

    def _allocate(self, qubit: int) -> None:
        self.allocated[qubit] = self.index
        self._use_data(self.home[qubit])

    def _use_data(self, qpu: int) -> None:
        self.data[qpu] += 1
        self.peak_data[qpu] = max(self.peak_data[qpu], self.data[qpu])
        self.peak_ions[qpu] = max(self.peak_ions[qpu], self.data[qpu] + self.memory[qpu])

    def _run(self, operation: int, qpu: int) -> None:
        op = self._operations[operation]
        for qubit in op.qubits:
            if self.allocated[qubit] < 0:
                self._allocate(qubit)
        if op.diagonal:
            for qubit in op.qubits:
                copy = self.members[qubit].get(qpu)
                if copy is not None:
                    copy.served.add(operation)
            return
        (qubit,) = op.qubits
        if qubit in self.embedded:
            del self.embedded[qubit]
        elif len(self.members[qubit]) > 1:
            self.embedded[qubit] = operation
        if self._gives_back(operation) and self.last_step[qubit] == self.index:
            self.data[qpu] -= 1

    def _grow(self, qubit: int, source: int, target: int) -> None:
        if self.allocated[qubit] < 0:
            self._allocate(qubit)
        parent = self.members[qubit].get(source)
        if parent is not None:
            parent.children += 1
        copy = LinkCopy(qubit, target, source, self.index, parent=parent)
        self.copies.append(copy)
        self.members[qubit][target] = copy
        memory, peak = self.memory, self.peak_memory
        memory[target] += 1
        peak[target] = max(peak[target], memory[target])
        peak[source] = max(peak[source], memory[source] + 1)
        together = self.peak_ions
        together[target] = max(together[target], self.data[target] + memory[target])
        together[source] = max(together[source], self.data[source] + memory[source] + 1)

    def _hand_over(self, moves: Sequence[tuple[int, int]]) -> None:
        for qubit, qpu in moves:
            members, former = self.members[qubit], self.home[qubit]
            copy = members.get(qpu)
            if copy is not None:
                copy.closed, copy.became_home = self.index, True
            members[qpu] = None
            members[former] = rest = LinkCopy(qubit, former, -1, self.index)
            self.copies.append(rest)
            self.home[qubit] = qpu
            self.data[former] -= 1
            self.memory[former] += 1
            self.memory[qpu] -= 1
        for _, qpu in moves:
            self._use_data(qpu)
        self.peak_memory = [max(both) for both in zip(self.peak_memory, self.memory, strict=True)]


def _last_steps(plan: Plan, program: Program) -> list[int]:
    """Per qubit: index of the last step on it, -1 if there is none."""
    last = [-1] * program.num_qubits
    for index, step in enumerate(plan.steps):
        match step:
            case RunOp(operation):
                for qubit in program.operations[operation].qubits:
                    last[qubit] = index
            case Grow(qubit) | Shrink(qubit):
                last[qubit] = index
            case HandOver(moves):
                for qubit, _ in moves:
                    last[qubit] = index
    return last
