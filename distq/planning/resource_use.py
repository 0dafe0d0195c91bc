"""What a plan uses of the network: pairs of each link, local operations at each QPU, ions, and time spent waiting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.native_gates import count_2q
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Kind, Operation, Program
from distq.ir.replay import PlanReplay
from distq.networks.network import Network
from distq.networks.parts import QPU

Reals = NDArray[np.float64]

LOCAL_OPERATIONS = ("one-qubit gate", "two-qubit gate", "measurement", "reset", "transfer")
"""What is counted at every QPU; a transfer exchanges a data ion and a memory ion. Where ions have any role, none is
needed for that, and those that make a communication ion free are known only when ions are chosen."""
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
    data, memory, ions
        (k,) largest number of data ions, of memory ions, and of both together in use.
    """

    ends: NDArray[np.int64]
    pairs: Reals
    waiting: Reals
    operations: Reals
    idling: float
    data: NDArray[np.int64]
    memory: NDArray[np.int64]
    ions: NDArray[np.int64]

    @property
    def ebits(self) -> int:
        """Number of Bell pairs."""
        return int(self.pairs.sum())


def resource_use(program: Program, network: Network, plan: Plan) -> ResourceUse:
    """Count what ``plan`` uses. The plan must be valid for ``program``."""
    replay = PlanReplay(program, network, plan)
    operations = _OperationCounter(program, replay, network)
    clock = None if uniform_speed(network) else _QubitClock(program, network, replay)
    k = len(network.qpus)
    pairs: dict[tuple[int, int], int] = {}
    waiting: dict[tuple[int, int], Reals] = {}
    for step in plan.steps:
        operations.count(step)
        if clock is not None:
            clock.advance(step)
        replay.advance(step)
        if isinstance(step, Grow):
            ends = min(step.source, step.target), max(step.source, step.target)
            pairs[ends] = pairs.get(ends, 0) + 1
            occupied = np.zeros(k)
            if clock is None:
                occupied += replay.occupied_ions
                occupied[step.target] -= 1.0  # the new copy did not wait for its own pair
            waiting[ends] = waiting.get(ends, 0.0) + occupied
    replay.finish()
    return ResourceUse(
        ends=np.asarray(list(pairs), dtype=np.int64).reshape(-1, 2),
        pairs=np.asarray(list(pairs.values()), dtype=np.float64),
        waiting=np.asarray(list(waiting.values()), dtype=np.float64).reshape(-1, k),
        operations=np.asarray(operations.done, dtype=np.float64),
        idling=0.0 if clock is None else clock.idling,
        data=np.asarray(replay.peak_data, dtype=np.int64),
        memory=np.asarray(replay.peak_memory, dtype=np.int64),
        ions=np.asarray(replay.peak_ions, dtype=np.int64),
    )


class _OperationCounter:
    """Counts LOCAL_OPERATIONS in ``done``, per QPU, from the state of a plan before each step."""

    def __init__(self, program: Program, replay: PlanReplay, network: Network) -> None:
        self.program, self.replay, self.qpus = program, replay, network.qpus
        self.done = [[0] * len(LOCAL_OPERATIONS) for _ in network.qpus]

    def count(self, step: Step) -> None:
        """Count the next step, which the replay has not taken yet."""
        match step:
            case RunOp(operation, qpu):
                self._run(self.program.operations[operation], qpu)
            case Grow(_, source):
                done = self.done[source]
                done[GATE_2Q] += 1
                done[MEASURE] += 1
            case Shrink(_, qpu):
                self.done[qpu][MEASURE] += 1
            case HandOver(moves):
                for _, qpu in moves:
                    self.done[qpu][TRANSFER] += self.qpus[qpu].ions is None

    def _run(self, op: Operation, qpu: int) -> None:
        """Gates of an operation, and of each copy that takes part in it because its qubit is embedded."""
        done = self.done[qpu]
        if op.diagonal:
            done[GATE_2Q] += count_2q(op)
            for target in op.qubits:
                if target in self.replay.embedded:
                    for copy in self.replay.members[target]:
                        self.done[copy][GATE_2Q] += copy != qpu
            return
        done[GATE_1Q] += len(op.factors) if op.kind is Kind.LOCAL else 0
        done[MEASURE] += op.kind is Kind.MEASURE
        done[RESET] += op.kind is Kind.RESET


class _QubitClock:
    """How long qubits idle where QPUs differ in speed: operations run as soon as their qubits are free.

    Attributes
    ----------
    idling
        As in :class:`ResourceUse`, so far.
    """

    def __init__(self, program: Program, network: Network, replay: PlanReplay) -> None:
        self.idling = 0.0
        self._operations, self._qpus, self._home = program.operations, network.qpus, replay.home
        self._ready_s: dict[frozenset[int], float] = {}  # per link: when its latest pair was heralded
        self._wait_s = {frozenset((link.a, link.b)): link.mean_wait_s for link in network.links}
        self._free_s = [-1.0] * program.num_qubits  # when a qubit has finished; negative before its first operation

    def advance(self, step: Step) -> None:
        """Let the qubits of a step wait for each other or for a pair, and then be busy."""
        match step:
            case RunOp(operation, qpu):
                self._run(self._operations[operation], self._qpus[qpu])
            case Grow(qubit, source, target):
                self._await_pair(qubit, source, target)

    def _await_pair(self, qubit: int, source: int, target: int) -> None:
        """Let the qubit wait for the next pair of the link, and be busy while its copy is opened."""
        ends = frozenset((source, target))
        ready = self._ready_s.get(ends, 0.0) + self._wait_s[ends]
        self._ready_s[ends] = ready
        if self._free_s[qubit] < 0.0:
            self._free_s[qubit] = ready
        begin = max(self._free_s[qubit], ready)
        self.idling += (begin - self._free_s[qubit]) / (2.0 * self._qpus[self._home[qubit]].t2_s)
        self._free_s[qubit] = begin + self._qpus[source].time_2q_s + self._qpus[source].time_measure_s

    def _run(self, op: Operation, qpu: QPU) -> None:
        """Let the operands wait for each other and then be busy; a qubit costs nothing before its first operation."""
        begin = max(0.0, *[self._free_s[q] for q in op.qubits])
        time = count_2q(op) * qpu.time_2q_s + (len(op.factors) * qpu.time_1q_s if op.kind is Kind.LOCAL else 0.0)
        time += (op.kind is Kind.MEASURE) * qpu.time_measure_s + (op.kind is Kind.RESET) * qpu.time_reset_s
        for qubit in op.qubits:
            if self._free_s[qubit] >= 0.0:
                self.idling += (begin - self._free_s[qubit]) / (2.0 * self._qpus[self._home[qubit]].t2_s)
            self._free_s[qubit] = begin + time
