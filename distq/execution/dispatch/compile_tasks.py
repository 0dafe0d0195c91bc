"""Events become tasks: which resources every event takes, from when to when."""

from __future__ import annotations

import functools
import itertools
import math
from typing import assert_never

import numpy as np

from distq.execution.dispatch.pauli_frames import PauliFrames
from distq.execution.dispatch.policy import Policy
from distq.execution.dispatch.resources import Resources
from distq.execution.dispatch.tasks import OCCUPIED, PASSIVE, READ, SWITCH, WRITE, TaskArrays, Tasks, Touch
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
from distq.ir.native_gates import native_gates
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU, SWAP_IONS, Link


def compile_tasks(events: Events, program: Program, network: Network, policy: Policy) -> Tasks:
    """Compile ``events`` for dispatch.

    Parameters
    ----------
    events
        In a valid order, which is kept on every ion, link and classical bit.
    program, network
        Operations that the events execute; durations and limits.
    policy
        When pairs are heralded and what becomes of corrections.
    """
    work = _Compiler(events, program, network, policy)
    for event, following in itertools.zip_longest(events.events, events.events[1:]):
        work.add(event, following)
    return work.finish()


class _Compiler:
    """The tasks so far."""

    def __init__(self, events: Events, program: Program, network: Network, policy: Policy) -> None:
        self.events, self.program, self.network, self.policy = events, program, network, policy
        self.message_s = network.message_time_s
        self.resources = Resources(events, program.num_clbits, network)
        self.ion = self.resources.ion
        self.frames = PauliFrames(self.resources)
        self.use = functools.cache(_use)
        """Touches of ions are alike again and again: made once, they cost a third of the time."""
        self.written_at = [-1] * program.num_clbits
        """Per classical bit: the QPU that wrote it last."""
        self.gate_counts: dict[tuple[Kind, int, tuple[int, ...]], tuple[int, int]] = {}
        self.unused_qubits: dict[int, int] = {}
        """By the resource of the ion: the Allocate of a qubit that nothing has used yet."""
        self.beginning: set[int] = set()
        """Resources of ions whose qubits have had nothing but first gates so far."""
        self.late: list[bool] = []
        self.touches: list[Touch] = []
        self.first = [0]
        self.ions: list[int] = []
        self.pair: list[int] = []
        self.pair_link: list[int] = []
        self.pair_number: list[int] = []
        self.pair_cutoff_s: list[float] = []
        self.heralded = [0] * len(network.links)
        self.first_use_of: dict[int, int] = {}

    def add(self, event: Event, following: Event | None) -> None:
        """Compile an event; ``following`` is the one after it."""
        touches, ions = self._task(event, following)
        index, at = len(self.ions), len(self.touches)
        if self.unused_qubits:
            for position in range(ions):
                touch = touches[position]
                if touch.flags & OCCUPIED and touch.resource in self.unused_qubits:
                    self.first_use_of[at + position] = self.unused_qubits.pop(touch.resource)
                    touches[position] = touch._replace(flags=touch.flags & ~OCCUPIED)
        if isinstance(event, Allocate):
            self.unused_qubits[touches[0].resource] = index
        self.late.append(self._begins(event, touches, ions))
        self.touches += touches
        self.first.append(len(self.touches))
        self.ions.append(ions)
        self.pair.append(len(self.pair_link) - 1 if isinstance(event, HeraldPair) else -1)

    def _begins(self, event: Event, touches: list[Touch], ions: int) -> bool:
        """True for a gate on qubits that have had nothing but such gates so far; it may come later than it could."""
        if isinstance(event, Allocate):
            if self.network.first_operations == "late":
                self.beginning.add(touches[0].resource)
            return False
        used = {touch.resource for touch in touches[:ions]}
        waits = READ | WRITE | PASSIVE | SWITCH
        begins = (
            isinstance(event, Execute)
            and used <= self.beginning
            and self.program.operations[event.operation].kind < Kind.MEASURE
            and not any(touch.flags & waits for touch in touches)
        )
        if not begins:
            self.beginning -= used
        return begins

    def _held(self) -> list[Ion]:
        """The ions that hold, until the end of the run, a qubit that is used and not measured last."""
        found = []
        for qubit, ion in enumerate(self.events.final):
            if ion is None or self.ion[ion] in self.unused_qubits:
                continue
            last = [self.program.operations[index] for index in self.program.lines[qubit][-1:]]
            if not any(op.kind is Kind.MEASURE and op.condition is None for op in last):
                found.append(ion)
        return found

    def _task(self, event: Event, following: Event | None) -> tuple[list[Touch], int]:
        """Touches of one event, and how many of them are ions."""
        ion, qpus = self.ion, self.network.qpus
        match event:
            case Execute(_, ions, _, followers):
                return self._execute(event), len(ions) + sum(map(len, followers))
            case HeraldPair(link, a, b):
                return self._herald(link, a, b, following), 2
            case CatEntangle(qubit, root, half, copy):
                return self._entangle(qubit, root, half, copy), 3
            case CatDisentangle(qubit, copy, root):
                return self._disentangle(qubit, copy, root), 2
            case Transfer(qubit_a, a, qubit_b, b):
                time_s = qpus[a.qpu].time_transfer_s
                first = self.use(ion[a], 0.0, time_s, qubit_a is not None)
                return [first, self.use(ion[b], 0.0, time_s, qubit_b is not None)], 2
            case Allocate(_, taken, fresh):
                return [self.use(ion[taken], 0.0, 0.0 if fresh else qpus[taken.qpu].time_reset_s, False)], 1
            case Release(_, freed):
                return [self.use(ion[freed], 0.0, qpus[freed.qpu].time_reset_s)], 1
            case _:
                assert_never(event)

    # ---- Bell pairs ---------------------------------------------------------------------------------------------

    def _herald(self, link: int, a: Ion, b: Ion, following: Event | None) -> list[Touch]:
        self.pair_link.append(link)
        self.pair_number.append(self.heralded[link])
        self.heralded[link] += 1
        used_next = isinstance(following, CatEntangle) and {following.half, following.copy} == {a, b}
        found = self.network.links[link]
        self.pair_cutoff_s.append(found.cutoff_s if used_next and found.cutoff_s is not None else math.inf)
        touches = [Touch(self.ion[a]), Touch(self.ion[b]), Touch(*self.resources.link[link])]
        each = 1 if found.model is None else found.model.ions_per_pair
        for ions in (self.resources.communication[a.qpu], self.resources.communication[b.qpu]):
            if ions is not None:
                touches += [Touch(ions.first, ions.slots)] * each
        if self.policy.pairs == "on-demand" and isinstance(following, CatEntangle):
            touches.append(Touch(self.ion[following.root], flags=READ))
        return touches + (self._on_the_way(found) if found.via else self._analyser(link))

    def _analyser(self, link: int) -> list[Touch]:
        """The analyser of a hub that a pair of the link takes, if its hub has a limited number of them."""
        index = self.network.links[link].hub
        if index is None or (hub := self.resources.hub[index]) is None:
            return []
        return [Touch(hub.first, hub.slots, -self.network.hubs[index].reconfiguration_s, 0.0, SWITCH, link)]

    def _on_the_way(self, link: Link) -> list[Touch]:
        """What a swapped pair takes: a channel and an analyser of every link on its way, and what swaps them."""
        touches: list[Touch] = []
        for near, far in itertools.pairwise(link.way):
            index = self.network.link_index(near, far)
            touches += [Touch(*self.resources.link[index]), *self._analyser(index)]
        for qpu in link.via:
            # where ions have any role, those that swap are apart from the communication ions
            shared = self.resources.communication[qpu] if self.network.qpus[qpu].ions is None else None
            for limit, each in ((self.resources.swap[qpu], 1), (shared, SWAP_IONS)):
                if limit is not None:
                    touches += [Touch(limit.first, limit.slots)] * each
        return touches

    # ---- copies ---------------------------------------------------------------------------------------------------

    def _entangle(self, qubit: int, root: Ion, half: Ion, copy: Ion) -> list[Touch]:
        near, far = self.network.qpus[root.qpu], self.network.qpus[copy.qpu]
        outcome_s = near.time_2q_s + near.time_measure_s
        known_s = outcome_s + self.message_s
        touches = [
            self.use(self.ion[root], 0.0, near.time_2q_s),
            self.use(self.ion[half], 0.0, outcome_s + near.time_reset_s),
        ]
        if self.policy.pauli_frames:
            touches.append(self.use(self.ion[copy], near.time_2q_s, near.time_2q_s))
            touches += self._zone(root.qpu, near.time_2q_s)
            touches.append(self.frames.opened(qubit, root.qpu, copy.qpu, self.message_s, known_s))
            return touches
        touches.append(self.use(self.ion[copy], known_s, known_s + far.time_1q_s))
        return touches + self._zone(root.qpu, near.time_2q_s)

    def _disentangle(self, qubit: int, copy: Ion, root: Ion) -> list[Touch]:
        far = self.network.qpus[copy.qpu]
        outcome_s = far.time_1q_s + far.time_measure_s
        known_s = outcome_s + (self.message_s if copy.qpu != root.qpu else 0.0)
        measured = self.use(self.ion[copy], 0.0, outcome_s + far.time_reset_s)
        if not self.policy.pauli_frames:
            return [measured, self.use(self.ion[root], known_s, known_s + self.network.qpus[root.qpu].time_1q_s)]
        return [measured, Touch(self.ion[root], flags=PASSIVE), self.frames.closed(qubit, copy.qpu, known_s)]

    def _zone(self, qpu: int, time_s: float) -> list[Touch]:
        """A gate zone for so long, if their number is limited."""
        zones = self.resources.zones[qpu]
        return [] if zones is None else [Touch(zones.first, zones.slots, 0.0, time_s)]

    # ---- operations -----------------------------------------------------------------------------------------------

    def _execute(self, event: Execute) -> list[Touch]:
        op, ions, followers = self.program.operations[event.operation], event.ions, event.followers
        qpus, qpu = self.network.qpus, ions[0].qpu
        time_s = self._duration(op, qpus[qpu])
        touches = [self.use(self.ion[ion], 0.0, time_s) for ion in ions]
        for follower in followers:
            there = qpus[follower[0].qpu]
            follow_s = there.time_2q_s if len(follower) > 1 else there.time_1q_s
            touches += [self.use(self.ion[ion], 0.0, follow_s) for ion in follower]
        if op.condition is not None or op.clbit is not None:
            touches += self._classical(op, qpu, time_s)
        if len(ions) > 1:
            touches += self._zone(qpu, time_s)
            for follower in followers:
                touches += self._zone(follower[0].qpu, qpus[follower[0].qpu].time_2q_s)
        return touches + self.frames.executed(op, event)

    def _classical(self, op: Operation, qpu: int, time_s: float) -> list[Touch]:
        """Bits that the operation reads, which take a message if another QPU wrote them, and the one that it writes."""
        touches = []
        if op.condition is not None:
            for bit in op.condition.clbits:
                away_s = self.message_s if self.written_at[bit] not in (-1, qpu) else 0.0
                touches.append(Touch(self.resources.clbit[bit], 1, -away_s, 0.0, READ))
        if op.clbit is not None:
            clbit = self.resources.clbit[op.clbit]
            touches += [Touch(clbit, 1, 0.0, time_s), *self.frames.measured(op.qubits[0], qpu, clbit, time_s)]
            self.written_at[op.clbit] = qpu
        return touches

    def _duration(self, op: Operation, qpu: QPU) -> float:
        """Seconds for the native gates of the operation one after the other."""
        if op.kind is Kind.MEASURE:
            return qpu.time_measure_s
        if op.kind is Kind.RESET:
            return qpu.time_reset_s
        key = (op.kind, len(op.factors) or len(op.qubits), op.pattern)
        if key not in self.gate_counts:
            sizes = [len(gate.operands) for gate in native_gates(op)]
            self.gate_counts[key] = sizes.count(1), sizes.count(2)
        singles, doubles = self.gate_counts[key]
        return singles * qpu.time_1q_s + doubles * qpu.time_2q_s

    def finish(self) -> Tasks:
        """The tasks as arrays."""
        # integers are exact as floats, and one array is made faster than several
        numbers = itertools.chain.from_iterable(self.touches)
        shape = len(self.touches), len(Touch._fields)
        columns = np.fromiter(numbers, np.float64, shape[0] * shape[1]).reshape(shape).T
        resource, width, flags, source = (columns[c].astype(np.int64) for c in (0, 1, 4, 5))
        begin_s, end_s = columns[2].copy(), columns[3].copy()
        first_use_of = np.full(len(self.touches), -1, dtype=np.int64)
        first_use_of[list(self.first_use_of)] = list(self.first_use_of.values())
        first, ions, pair, link, number = (
            np.array(column, dtype=np.int64)
            for column in (self.first, self.ions, self.pair, self.pair_link, self.pair_number)
        )
        cutoff_s = np.array(self.pair_cutoff_s, dtype=np.float64)
        late, held = np.array(self.late, dtype=np.bool_), self._held()
        held_at = np.array([self.ion[ion] for ion in held], dtype=np.int64)
        return Tasks(
            arrays=TaskArrays(
                *(first, resource, width, begin_s, end_s, flags, source, pair, cutoff_s, self.resources.count),
                late=late,
                held=held_at,
            ),
            ions=ions,
            held=tuple(held),
            link=link,
            number=number,
            first_use_of=first_use_of,
            link_channels=self.resources.link_channels,
            shared=self.resources.shared,
            limits=tuple(self.resources.limits),
        )


def _use(resource: int, begin_s: float, end_s: float, occupied: bool = True) -> Touch:
    """The use of an ion, which holds a state before unless it is not ``occupied``."""
    return Touch(resource, 1, begin_s, end_s, OCCUPIED if occupied else 0)
