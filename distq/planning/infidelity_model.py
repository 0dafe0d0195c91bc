"""How bad a plan is on links and QPUs that differ: an estimate of its infidelity that is cheap to count.

The infidelity is, to first order, -ln of the process fidelity:

    sum over Bell pairs of (-ln F of the link + (1/R of the link) x sum over members held of 1/(2 T2 of their QPU))
    + sum over local operations of -ln(1 - their error at the QPU where they run)

Local operations are those of the circuit (a two-qubit error for each native two-qubit gate, one for each CX by which a
copy follows an X-block; one-qubit gates, measurements, resets) and of the protocols: opening a copy takes a two-qubit
gate, a measurement and a reset at the near QPU, closing it a measurement and a reset at its own, and a move of a home
one exchange of ions at the new one.

Where QPUs are not equally fast, gates take time that counts, and there is no waiting for one pair after the other:
in place of the second term each qubit costs the time between its operations x 1/(2 T2 of its home), every operation
running as soon as its qubits are free, every link heralding ahead.

Assumed: pairs are heralded one after the other at the mean rate while everything else waits, as in
:func:`distq.networks.distilled_links.best_distillation`; waiting costs a Z at a rate of 1/(2 T2) on every member; any
error of a pair or an operation counts in full, wherever it spreads; over-rotations and relaxation beyond T2 count
nothing. Which QPU an operation runs at changes nothing but its own errors: the pairs of the copies that it uses are
paid for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from distq.ir.native_gates import count_2q
from distq.ir.plan import Grow, HandOver, Plan, Run, Shrink, Step
from distq.ir.program import Kind, Operation, Program
from distq.ir.tally import last_steps
from distq.networks.network import Network
from distq.networks.parts import QPU, Link

Reals = NDArray[np.float64]
ERRORS = ("error_1q", "error_2q", "error_measure", "error_reset", "error_transfer")
"""Errors of a QPU that count; their order is that of the columns of ``ResourceUse.operations``."""
TIMES = ("time_1q_s", "time_2q_s", "time_measure_s", "time_reset_s")
"""Times of operations by which one QPU is faster than another."""
ONE, TWO, MEASURE, RESET, TRANSFER = range(len(ERRORS))


def neg_log_survival(error: float) -> float:
    """-ln of the chance that an error of this probability does not happen; large, but finite, for 1."""
    return -math.log(max(1.0 - error, 1e-300))


def link_infidelity(link: Link, waiting_hz: float = 0.0) -> float:
    """Of one pair: -ln F, and the wait for it where members dephase at ``waiting_hz`` in all."""
    return neg_log_survival(1.0 - link.fidelity) + waiting_hz * link.mean_wait_s


def path_infidelity(network: Network, path: Sequence[int]) -> tuple[float, float]:
    """-ln of the product of the fidelities along a path of QPUs, and the sum of the mean waits for its pairs."""
    links = [network.links[network.link_index(a, b)] for a, b in pairwise(path)]
    return sum(link_infidelity(link) for link in links), sum(link.mean_wait_s for link in links)


def uniform_links(network: Network) -> bool:
    """True if a pair of any link is as good, and takes as long, as that of any other."""
    return len({(link.weights[0], link.rate_hz) for link in network.links}) <= 1


def uniform(network: Network) -> bool:
    """True if plans with as many pairs and moves are equally bad wherever they run."""
    return uniform_links(network) and len({_figures(qpu) for qpu in network.qpus}) == 1


def uniform_speed(network: Network) -> bool:
    """True if operations take the same time at every QPU."""
    return len({tuple([getattr(qpu, name) for name in TIMES]) for qpu in network.qpus}) == 1


def _figures(qpu: QPU) -> tuple[float, ...]:
    return (qpu.t2_s, *[getattr(qpu, name) for name in (*ERRORS, *TIMES)])


def estimated_infidelity(program: Program, network: Network, plan: Plan) -> float:
    """The infidelity of ``plan``, a valid one for ``program``: about its infidelity, where that is small."""
    return total_infidelity(ErrorRates.of(network), resource_use(program, network, plan))


def total_infidelity(prices: ErrorRates, used: ResourceUse) -> float:
    """The infidelity of what a plan does where it does it."""
    return float(prices.estimated_infidelity(used, np.arange(len(prices.data))[None])[0]) + used.idling


@dataclass(frozen=True)
class ResourceUse:
    """What a plan does at k QPUs and over the L links that it uses.

    Attributes
    ----------
    ends, pairs
        (L, 2) QPUs of each link and (L,) pairs that it gives.
    waiting
        (L, k) members at each QPU while a pair of each link is awaited, summed over its pairs; 0 where idling counts.
    operations
        (k, 5) operations with each of ERRORS.
    idling
        What waiting for gates and pairs costs if QPUs keep their labels; 0 where all are equally fast.
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
        """Bell pairs."""
        return int(self.pairs.sum())


def resource_use(program: Program, network: Network, plan: Plan) -> ResourceUse:
    """Count what ``plan`` does. Assumes a valid plan."""
    replay = Replay(program, network, plan)
    k = len(network.qpus)
    pairs: dict[tuple[int, int], int] = {}
    waiting: dict[tuple[int, int], Reals] = {}
    for step in plan.steps:
        replay.advance(step)
        if isinstance(step, Grow):
            ends = min(step.source, step.target), max(step.source, step.target)
            pairs[ends] = pairs.get(ends, 0) + 1
            held = np.zeros(k)
            if not replay.timed:
                held += replay.held_ions
                held[step.target] -= 1.0  # it was not there yet
            waiting[ends] = waiting.get(ends, 0.0) + held
    replay.finish()
    return ResourceUse(
        ends=np.asarray(list(pairs), dtype=np.int64).reshape(-1, 2),
        pairs=np.asarray(list(pairs.values()), dtype=np.float64),
        waiting=np.asarray(list(waiting.values()), dtype=np.float64).reshape(-1, k),
        operations=np.asarray(replay.operations, dtype=np.float64),
        idling=replay.idling,
        data=np.asarray(replay.peak_data, dtype=np.int64),
        memory=np.asarray(replay.peak_memory, dtype=np.int64),
    )


class Replay:
    """Follows a valid plan step by step: where members are, what is held, and what has been done where.

    Attributes
    ----------
    home, members
        Per qubit: QPU of its home; QPUs with a member.
    held
        Qubits within an X-block that their copies follow.
    data, memory, peak_data, peak_memory
        Per QPU: ions in use now and at most, halves of pairs included.
    operations
        Per QPU: operations so far with each of ERRORS.
    timed
        True if QPUs are not equally fast.
    idling
        Sum so far over all qubits of the time between their operations over twice the T2 of their home; 0 where all
        QPUs are equally fast.
    """

    def __init__(self, program: Program, network: Network, plan: Plan) -> None:
        k = len(network.qpus)
        self.program = program
        self.home = list(plan.homes)
        self.members = [{home} for home in plan.homes]
        self.held: set[int] = set()
        self.data, self.memory = [0] * k, [0] * k
        self.peak_data, self.peak_memory = [0] * k, [0] * k
        self.operations = [[0] * len(ERRORS) for _ in range(k)]
        self.idling = 0.0
        self._qpus = network.qpus
        self._ready_s: dict[frozenset[int], float] = {}
        self._wait_s = {frozenset((link.a, link.b)): link.mean_wait_s for link in network.links}
        self.timed = not uniform_speed(network)
        self._free_s = [-1.0] * program.num_qubits
        self._born = [False] * program.num_qubits
        self._last = last_steps(plan, program)
        self._index = -1

    @property
    def held_ions(self) -> list[int]:
        """Per QPU: ions that hold a member of a qubit."""
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
            case Run(operation, qpu):
                self._run(operation, qpu)

    def finish(self) -> None:
        """Give the qubits that no step touched their data ions."""
        for qubit in range(len(self.home)):
            self._touch(qubit)

    def _touch(self, qubit: int) -> None:
        if not self._born[qubit]:
            self._born[qubit] = True
            self._use_data(self.home[qubit])

    def _use_data(self, qpu: int) -> None:
        self.data[qpu] += 1
        self.peak_data[qpu] = max(self.peak_data[qpu], self.data[qpu])

    def _grow(self, qubit: int, source: int, target: int) -> None:
        self._touch(qubit)
        if self.timed:
            self._await_pair(qubit, source, target)
        self.members[qubit].add(target)
        self.memory[target] += 1
        self.peak_memory[source] = max(self.peak_memory[source], self.memory[source] + 1)
        self.peak_memory[target] = max(self.peak_memory[target], self.memory[target])
        near = self.operations[source]
        near[TWO] += 1
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
            self._touch(qubit)
        if self.timed:
            self._wait(op, self._qpus[qpu])
        done = self.operations[qpu]
        if op.diagonal:
            done[TWO] += count_2q(op)
            for target in self.held.intersection(op.qubits):
                for at in self.members[target] - {qpu}:
                    self.operations[at][TWO] += 1
            return
        (qubit,) = op.qubits
        if qubit in self.held:
            self.held.remove(qubit)
        elif len(self.members[qubit]) > 1:
            self.held.add(qubit)
        done[ONE] += len(op.factors) if op.kind is Kind.LOCAL else 0
        done[MEASURE] += op.kind is Kind.MEASURE
        done[RESET] += op.kind is Kind.RESET
        if op.kind is Kind.MEASURE and self._last[qubit] == self._index:
            self.data[qpu] -= 1


@dataclass(frozen=True)
class ErrorRates:
    """What things cost on a network of k QPUs, as arrays.

    Attributes
    ----------
    pair
        (k, k) -ln F of a pair; inf where no link is.
    wait_s
        (k, k) mean wait for a pair; 0 where no link is.
    dephasing_hz
        (k,) 1/(2 T2).
    error
        (k, 5) -ln(1 - error) of each of ERRORS.
    data, memory
        (k,) limits of ions.
    """

    pair: Reals
    wait_s: Reals
    dephasing_hz: Reals
    error: Reals
    data: Reals
    memory: Reals

    @classmethod
    def of(cls, network: Network) -> ErrorRates:
        """Those of ``network``."""
        k = len(network.qpus)
        pair, wait_s = np.full((k, k), np.inf), np.zeros((k, k))
        for link in network.links:
            pair[link.a, link.b] = pair[link.b, link.a] = link_infidelity(link)
            wait_s[link.a, link.b] = wait_s[link.b, link.a] = link.mean_wait_s
        return cls(
            pair=pair,
            wait_s=wait_s,
            dephasing_hz=np.asarray([0.5 / qpu.t2_s for qpu in network.qpus]),
            error=np.asarray([[neg_log_survival(getattr(qpu, name)) for name in ERRORS] for qpu in network.qpus]),
            data=np.asarray([qpu.data for qpu in network.qpus], dtype=np.float64),
            memory=np.asarray([qpu.memory_limit for qpu in network.qpus]),
        )

    def estimated_infidelity(self, used: ResourceUse, labels: NDArray[np.int64]) -> Reals:
        """(P,) infidelity if QPU s of the plan is QPU ``labels[p, s]`` of the network, for (P, k) ``labels``.

        Without waiting for gates, which is to be counted anew; inf where a link or ions are missing.
        """
        a, b = labels[:, used.ends[:, 0]], labels[:, used.ends[:, 1]]
        fits = (used.data <= self.data[labels]).all(1) & (used.memory <= self.memory[labels]).all(1)
        dephasing = self.dephasing_hz[labels] @ used.waiting.T
        pairs = (self.pair[a, b] * used.pairs + self.wait_s[a, b] * dephasing).sum(1)
        operations = (self.error[labels] * used.operations).sum((1, 2))
        return np.where(fits, pairs + operations, np.inf)
