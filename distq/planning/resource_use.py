"""What a plan uses of the network: pairs of each link, local operations at each QPU, ions, and time spent waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.native_gates import count_2q
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Kind, Operation, Program
from distq.ir.tally import last_steps
from distq.networks.network import Network
from distq.networks.parts import QPU

Reals = NDArray[np.float64]

LOCAL_OPERATIONS = ("one-qubit gate", "two-qubit gate", "measurement", "reset", "transfer")
"""What is counted at every QPU; a transfer exchanges a data ion and a memory ion."""
GATE_1Q, GATE_2Q, MEASURE, RESET, TRANSFER = range(len(LOCAL_OPERATIONS))


def operation_times(qpu: QPU) -> tuple[float, ...]:
    """Seconds of a one-qubit gate, a two-qubit gate, a measurement and a reset."""
    return qpu.time_1q_s, qpu.time_2q_s, qpu.time_measure_s, qpu.time_reset_s


def uniform_speed(network: Network) -> bool:
    """True if operations take the same time at every QPU."""
    return len({operation_times(qpu) for qpu in network.qpus}) == 1


@dataclass(frozen=True)
class ResourceUse:
    """What a plan does at k QPUs and over the L links that it uses.

    Attributes
    ----------
    ends, pairs
        (L, 2) QPUs of each link, and (L,) number of pairs taken from it.
    waiting
        (L, k) ions that hold a qubit or a copy at each QPU while a pair of each link is awaited, summed over its pairs.
        Zero where QPUs differ in speed, since ``idling`` then counts instead.
    operations
        (k, 5) number of each of LOCAL_OPERATIONS.
    idling
        Sum over qubits of their idle time between operations over 2 T2 of their home, with the QPUs of the plan where
        it has them. Zero where all QPUs are equally fast.
    data, memory
        (k,) largest number of data and of memory ions in use.
    """

    ends: NDArray[np.int64]
    pairs: Reals
    waiting: Reals
    operations: Reals
    idling: float
    data: NDArray[np.int64]
    memory: NDArray[np.int64]

    @property
    def ebits(self) -> int:
        """Number of Bell pairs."""
        return int(self.pairs.sum())


def resource_use(program: Program, network: Network, plan: Plan) -> ResourceUse:
    """Count what ``plan`` uses. The plan must be valid for ``program``."""
    counter = ResourceCounter(program, network, plan)
    k = len(network.qpus)
    pairs: dict[tuple[int, int], int] = {}
    waiting: dict[tuple[int, int], Reals] = {}
    for step in plan.steps:
        counter.advance(step)
        if isinstance(step, Grow):
            ends = min(step.source, step.target), max(step.source, step.target)
            pairs[ends] = pairs.get(ends, 0) + 1
            occupied = np.zeros(k)
            if not counter.timed:
                occupied += counter.occupied_ions
                occupied[step.target] -= 1.0  # the new copy did not wait for its own pair
            waiting[ends] = waiting.get(ends, 0.0) + occupied
    counter.finish()
    return ResourceUse(
        ends=np.asarray(list(pairs), dtype=np.int64).reshape(-1, 2),
        pairs=np.asarray(list(pairs.values()), dtype=np.float64),
        waiting=np.asarray(list(waiting.values()), dtype=np.float64).reshape(-1, k),
        operations=np.asarray(counter.operations, dtype=np.float64),
        idling=counter.idling,
        data=np.asarray(counter.peak_data, dtype=np.int64),
        memory=np.asarray(counter.peak_memory, dtype=np.int64),
    )


class ResourceCounter:
    """Follows a valid plan step by step: where members are, which ions are in use, what has been done at each QPU.

    Attributes
    ----------
    home, members
        Per qubit: QPU of its home; QPUs with a member.
    embedded
        Qubits inside an X-block that is embedded, so that their copies take part in its gates.
    data, memory, peak_data, peak_memory
        Per QPU: ions in use now and at most, halves of pairs included.
    operations
        Per QPU: number so far of each of LOCAL_OPERATIONS.
    timed
        True if QPUs differ in speed.
    idling
        As in :class:`ResourceUse`, so far.
    """

    def __init__(self, program: Program, network: Network, plan: Plan) -> None:
        k = len(network.qpus)
        self.program = program
        self.home = list(plan.homes)
        self.members = [{home} for home in plan.homes]
        self.embedded: set[int] = set()
        self.data, self.memory = [0] * k, [0] * k
        self.peak_data, self.peak_memory = [0] * k, [0] * k
        self.operations = [[0] * len(LOCAL_OPERATIONS) for _ in range(k)]
        self.idling = 0.0
        self._qpus = network.qpus
        self._ready_s: dict[frozenset[int], float] = {}  # per link: when its latest pair was heralded
        self._wait_s = {frozenset((link.a, link.b)): link.mean_wait_s for link in network.links}
        self.timed = not uniform_speed(network)
        self._free_s = [-1.0] * program.num_qubits  # when a qubit has finished; negative before its first operation
        self._allocated = [False] * program.num_qubits
        self._last = last_steps(plan, program)
        self._index = -1

    @property
    def occupied_ions(self) -> list[int]:
        """Per QPU: ions that hold a qubit or a copy."""
        return [data + memory for data, memory in zip(self.data, self.memory, strict=True)]

    def advance(self, step: Step) -> None:
        """Take the next step."""
        self._index += 1
        match step:
            case Grow(qubit, source, target):
                self._grow(qubit, source, target)
            case Shrink(qubit, qpu):
                self.members[qubit].remove(qpu)
                self.memory[qpu] -= 1
                self.operations[qpu][MEASURE] += 1
                self.operations[qpu][RESET] += 1
            case HandOver(moves):
                self._hand_over(moves)
            case RunOp(operation, qpu):
                self._run(operation, qpu)

    def finish(self) -> None:
        """Give the qubits that no step touched their data ions."""
        for qubit in range(len(self.home)):
            self._allocate(qubit)

    def _allocate(self, qubit: int) -> None:
        """Give a qubit its data ion, unless it has one."""
        if not self._allocated[qubit]:
            self._allocated[qubit] = True
            self._use_data(self.home[qubit])

    def _use_data(self, qpu: int) -> None:
        self.data[qpu] += 1
        self.peak_data[qpu] = max(self.peak_data[qpu], self.data[qpu])

    def _grow(self, qubit: int, source: int, target: int) -> None:
        self._allocate(qubit)
        if self.timed:
            self._await_pair(qubit, source, target)
        self.members[qubit].add(target)
        self.memory[target] += 1
        self.peak_memory[source] = max(self.peak_memory[source], self.memory[source] + 1)
        self.peak_memory[target] = max(self.peak_memory[target], self.memory[target])
        near = self.operations[source]
        near[GATE_2Q] += 1
        near[MEASURE] += 1
        near[RESET] += 1

    def _hand_over(self, moves: Sequence[tuple[int, int]]) -> None:
        for qubit, qpu in moves:
            self.data[self.home[qubit]] -= 1
            self.memory[self.home[qubit]] += 1
            self.memory[qpu] -= 1
            self.home[qubit] = qpu
            self.operations[qpu][TRANSFER] += 1
        for _, qpu in moves:
            self._use_data(qpu)
        self.peak_memory = [max(pair) for pair in zip(self.peak_memory, self.memory, strict=True)]

    def _await_pair(self, qubit: int, source: int, target: int) -> None:
        """Let the qubit wait for the next pair of the link, and be busy while its copy is opened."""
        ends = frozenset((source, target))
        ready = self._ready_s.get(ends, 0.0) + self._wait_s[ends]
        self._ready_s[ends] = ready
        if self._free_s[qubit] < 0.0:
            self._free_s[qubit] = ready
        begin = max(self._free_s[qubit], ready)
        self.idling += (begin - self._free_s[qubit]) / (2.0 * self._qpus[self.home[qubit]].t2_s)
        self._free_s[qubit] = begin + self._qpus[source].time_2q_s + self._qpus[source].time_measure_s

    def _wait(self, op: Operation, qpu: QPU) -> None:
        """Let the operands wait for each other and then be busy; a qubit costs nothing before its first operation."""
        begin = max(0.0, *[self._free_s[q] for q in op.qubits])
        time = count_2q(op) * qpu.time_2q_s + (len(op.factors) * qpu.time_1q_s if op.kind is Kind.LOCAL else 0.0)
        time += (op.kind is Kind.MEASURE) * qpu.time_measure_s + (op.kind is Kind.RESET) * qpu.time_reset_s
        for qubit in op.qubits:
            if self._free_s[qubit] >= 0.0:
                self.idling += (begin - self._free_s[qubit]) / (2.0 * self._qpus[self.home[qubit]].t2_s)
            self._free_s[qubit] = begin + time

    def _run(self, operation: int, qpu: int) -> None:
        op = self.program.operations[operation]
        for qubit in op.qubits:
            self._allocate(qubit)
        if self.timed:
            self._wait(op, self._qpus[qpu])
        if op.diagonal:
            self._count_diagonal(op, qpu)
        else:
            self._count_boundary(op, qpu)

    def _count_diagonal(self, op: Operation, qpu: int) -> None:
        """Gates of a diagonal operation, and of each copy that takes part in it because its qubit is embedded."""
        self.operations[qpu][GATE_2Q] += count_2q(op)
        for target in self.embedded.intersection(op.qubits):
            for copy in self.members[target] - {qpu}:
                self.operations[copy][GATE_2Q] += 1

    def _count_boundary(self, op: Operation, qpu: int) -> None:
        """A boundary: with copies it begins or ends an embedded X-block; a last measurement frees the data ion."""
        (qubit,) = op.qubits
        if qubit in self.embedded:
            self.embedded.remove(qubit)
        elif len(self.members[qubit]) > 1:
            self.embedded.add(qubit)
        done = self.operations[qpu]
        done[GATE_1Q] += len(op.factors) if op.kind is Kind.LOCAL else 0
        done[MEASURE] += op.kind is Kind.MEASURE
        done[RESET] += op.kind is Kind.RESET
        if op.kind is Kind.MEASURE and self._last[qubit] == self._index:
            self.data[qpu] -= 1
