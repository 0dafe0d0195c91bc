"""Events as tasks on numbered resources, in flat arrays.

Resources are ions, link channels, limits that many share (gate zones, communication ions, analysers of hubs), classical
bits, and the knowledge of Pauli frames. A frame of a copy (X
on one member of a copy set, from its cat-entangler) matters to rotations on that member, except by multiples of pi/2,
where it turns into a Z frame of all operands. A Z frame of a qubit (from a cat-disentangler) matters to its next gate
that is not diagonal. Neither delays a measurement: the outcome is put right when the message comes.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch.heralding import channels
from distq.execution.dispatch.kernels import HOLD, KEEP, PASSIVE, READ, SWITCH, WRITE
from distq.execution.dispatch.policy import Policy
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

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Touch = tuple[int, int, float, float, int, int]
"""Resource, width (slots to choose from), begin and end in seconds after the task's start, flags, source."""

NEVER = -math.inf


def ions_of(event: Event) -> tuple[Ion, ...]:
    """The ions that an event touches, in the order of its fields."""
    match event:
        case Execute(_, ions, _, followers):
            return (*ions, *[ion for follower in followers for ion in follower])
        case Allocate(_, ion) | Release(_, ion):
            return (ion,)
        case HeraldPair(_, a, b) | Transfer(_, a, _, b):
            return (a, b)
        case CatEntangle(_, root, half, copy):
            return (root, half, copy)
        case CatDisentangle(_, copy, root):
            return (copy, root)
        case _:
            assert_never(event)


@dataclass(frozen=True)
class Limit:
    """Slots from resource ``first`` on that many tasks share: gate zones or communication ions of QPU ``where``, its
    place to swap pairs, or the analysers of hub ``where``. ``kind``: ``zones``, ``communication``, ``swap``, ``hub``.
    """

    kind: str
    where: int
    first: int
    slots: int


@dataclass(frozen=True, eq=False)
class Tasks:
    """Compiled events: what :func:`distq.execution.dispatch.kernels.dispatch` takes.

    Attributes
    ----------
    first, res, width, begin, end, flags, source
        Touches; those of task i are ``first[i]`` to ``first[i + 1]`` - 1, its ions first.
    ions
        Per task: how many of its touches are ions, in the order of :func:`ions_of`.
    pair, link, number
        Per task: index of its pair or -1. Per pair: its link and its number there.
    cutoff
        Per pair: seconds after which it expires; inf if never. The task after that of such a pair uses it.
    birth
        Per touch: the Birth whose qubit it is the first to want, -1 if it is none.
    resources
        Number of resources.
    links, shared
        The first resource that is a link channel (belongs to one of ``limits``) and the one after the last; the latter
        follow the former.
    limits
        What many tasks share, and may take in another order than the given one.
    """

    first: Ints
    res: Ints
    width: Ints
    begin: Floats
    end: Floats
    flags: Ints
    source: Ints
    ions: Ints
    pair: Ints
    link: Ints
    number: Ints
    cutoff: Floats
    birth: Ints
    resources: int
    links: tuple[int, int]
    shared: tuple[int, int]
    limits: tuple[Limit, ...]

    @property
    def of_ions(self) -> NDArray[np.bool_]:
        """Per touch: True if it is one of an ion."""
        position = np.arange(len(self.res)) - np.repeat(self.first[:-1], np.diff(self.first))
        found: NDArray[np.bool_] = position < np.repeat(self.ions, np.diff(self.first))
        return found


def compile_tasks(events: Events, program: Program, network: Network, policy: Policy) -> Tasks:
    """Compile ``events`` (in a valid order, which is kept on every ion and link) for dispatch."""
    work = _Compiler(events, program, network, policy)
    for index, event in enumerate(events.events):
        work.add(event, events.events[index + 1] if index + 1 < len(events.events) else None)
    return work.finish()


class _Compiler:
    def __init__(self, events: Events, program: Program, network: Network, policy: Policy) -> None:
        self.program, self.network, self.policy = program, network, policy
        self.message = network.message_time_s
        self.count = 0
        self.limits: list[Limit] = []
        self.ion: dict[Ion, int] = {}
        for s, (data, memory) in enumerate(zip(events.data_ions, events.memory_ions, strict=True)):
            for role, size in (("data", data), ("memory", memory)):
                for number in range(size):
                    self.ion[Ion(s, role, number)] = self.new()
        begin = self.count
        self.link = [(self.new(channels(link)), channels(link)) for link in network.links]
        before = self.count
        self.zone = [self.limit("zones", s, q.zones) for s, q in enumerate(network.qpus)]
        self.communication = [self.limit("communication", s, q.communication) for s, q in enumerate(network.qpus)]
        middle = {s for link in network.links for s in link.via}
        self.swap = [self.limit("swap", s, 1 if s in middle else None) for s in range(len(network.qpus))]
        self.hub = [self.limit("hub", index, hub.analysers) for index, hub in enumerate(network.hubs)]
        self.link_range, self.shared_range = (begin, before), (before, self.count)
        self.clbit = [self.new() for _ in range(program.num_clbits)]
        self.written_at = [-1] * program.num_clbits
        self.frame: dict[tuple[int, int], int] = {}
        """Resource of the X frame of (qubit, QPU), and of the Z frame of (qubit, -1)."""
        self.cost: dict[tuple[Kind, int, tuple[int, ...]], tuple[int, int]] = {}
        self.born: dict[int, int] = {}
        self.touches: list[Touch] = []
        self.first = [0]
        self.ions: list[int] = []
        self.pair: list[int] = []
        self.pair_link: list[int] = []
        self.pair_number: list[int] = []
        self.pair_cutoff: list[float] = []
        self.heralded = [0] * len(network.links)
        self.birth: dict[int, int] = {}

    def new(self, slots: int = 1) -> int:
        """Number of the first of so many new resources."""
        self.count += slots
        return self.count - slots

    def limit(self, kind: str, where: int, slots: int | None) -> Limit | None:
        """So many slots that tasks share; None if there is no limit."""
        if slots is None:
            return None
        self.limits.append(Limit(kind, where, self.new(slots), slots))
        return self.limits[-1]

    def add(self, event: Event, following: Event | None) -> None:
        touches, ions = self.task(event, following)
        index, at = len(self.ions), len(self.touches)
        for position in range(ions):
            touch = touches[position]
            if touch[4] & HOLD and touch[0] in self.born:
                self.birth[at + position] = self.born.pop(touch[0])
                touches[position] = (*touch[:4], touch[4] & ~HOLD, touch[5])
        if isinstance(event, Allocate):
            self.born[touches[0][0]] = index
        self.touches += touches
        self.first.append(len(self.touches))
        self.ions.append(ions)
        self.pair.append(len(self.pair_link) - 1 if isinstance(event, HeraldPair) else -1)

    def task(self, event: Event, following: Event | None) -> tuple[list[Touch], int]:
        """Touches of one event, and how many of them are ions."""
        at, qpus = self.ion, self.network.qpus
        match event:
            case Execute():
                return self.execute(event), len(ions_of(event))
            case HeraldPair(link, a, b):
                return self.herald(link, a, b, following), 2
            case CatEntangle(qubit, root, half, copy):
                return self.entangle(qubit, root, half, copy), 3
            case CatDisentangle(qubit, copy, root):
                return self.disentangle(qubit, copy, root), 2
            case Transfer(qubit_a, a, qubit_b, b):
                time = qpus[a.qpu].time_transfer_s
                first = plain(at[a], 0.0, time, qubit_a is not None)
                return [first, plain(at[b], 0.0, time, qubit_b is not None)], 2
            case Allocate(_, ion, fresh):
                return [plain(at[ion], 0.0, 0.0 if fresh else qpus[ion.qpu].time_reset_s)], 1
            case Release(_, ion):
                return [plain(at[ion], 0.0, qpus[ion.qpu].time_reset_s, True)], 1
            case _:
                assert_never(event)

    def herald(self, link: int, a: Ion, b: Ion, following: Event | None) -> list[Touch]:
        self.pair_link.append(link)
        self.pair_number.append(self.heralded[link])
        self.heralded[link] += 1
        used = isinstance(following, CatEntangle) and {following.half, following.copy} == {a, b}
        found = self.network.links[link]
        self.pair_cutoff.append(found.cutoff_s if used and found.cutoff_s is not None else math.inf)
        resource, width = self.link[link]
        touches = [plain(self.ion[a]), plain(self.ion[b]), (resource, width, 0.0, 0.0, 0, -1)]
        each = 1 if found.model is None else found.model.ions_per_pair
        for ions in (self.communication[a.qpu], self.communication[b.qpu]):
            if ions is not None:
                touches += [(ions.first, ions.slots, 0.0, 0.0, 0, -1)] * each
        if self.policy.pairs == "on-demand" and isinstance(following, CatEntangle):
            touches.append((self.ion[following.root], 1, 0.0, 0.0, READ, -1))
        return touches + (self.on_the_way(found) if found.via else self.analyser(link))

    def analyser(self, link: int) -> list[Touch]:
        """The analyser of a hub that a pair of the link takes, if its hub has a number of them."""
        index = self.network.links[link].hub
        if index is None or (hub := self.hub[index]) is None:
            return []
        return [(hub.first, hub.slots, -self.network.hubs[index].reconfiguration_s, 0.0, SWITCH, link)]

    def on_the_way(self, link: Link) -> list[Touch]:
        """What a swapped pair takes: a channel of every link on its way with its analyser, and what swaps."""
        touches: list[Touch] = []
        for near, far in itertools.pairwise(link.way):
            index = self.network.link_index(near, far)
            resource, width = self.link[index]
            touches += [(resource, width, 0.0, 0.0, 0, -1), *self.analyser(index)]
        for qpu in link.via:
            for limit, each in ((self.swap[qpu], 1), (self.communication[qpu], SWAP_IONS)):
                if limit is not None:
                    touches += [(limit.first, limit.slots, 0.0, 0.0, 0, -1)] * each
        return touches

    def entangle(self, qubit: int, root: Ion, half: Ion, copy: Ion) -> list[Touch]:
        near, far = self.network.qpus[root.qpu], self.network.qpus[copy.qpu]
        known = near.time_2q_s + near.time_measure_s
        told = known + self.message
        touches = [
            plain(self.ion[root], 0.0, near.time_2q_s, True),
            plain(self.ion[half], 0.0, known + near.time_reset_s, True),
        ]
        if self.policy.frames:
            touches.append(plain(self.ion[copy], near.time_2q_s, near.time_2q_s, True))
            touches += self.zones(root.qpu, near.time_2q_s)
            source = self.frame.get((qubit, root.qpu), -1)
            touches.append((self.frame_of(qubit, copy.qpu), 1, self.message, told, WRITE, source))
            return touches
        touches.append(plain(self.ion[copy], told, told + far.time_1q_s, True))
        return touches + self.zones(root.qpu, near.time_2q_s)

    def disentangle(self, qubit: int, copy: Ion, root: Ion) -> list[Touch]:
        far = self.network.qpus[copy.qpu]
        known = far.time_1q_s + far.time_measure_s
        told = known + (self.message if copy.qpu != root.qpu else 0.0)
        measured = plain(self.ion[copy], 0.0, known + far.time_reset_s, True)
        if not self.policy.frames:
            return [measured, plain(self.ion[root], told, told + self.network.qpus[root.qpu].time_1q_s, True)]
        passive = (self.ion[root], 1, 0.0, 0.0, PASSIVE, -1)
        self.frame.pop((qubit, copy.qpu), None)
        return [measured, passive, (self.frame_of(qubit, -1), 1, 0.0, told, WRITE | KEEP, -1)]

    def frame_of(self, qubit: int, qpu: int) -> int:
        key = qubit, qpu
        if key not in self.frame:
            self.frame[key] = self.new()
        return self.frame[key]

    def zones(self, qpu: int, time: float) -> list[Touch]:
        zone = self.zone[qpu]
        return [] if zone is None else [(zone.first, zone.slots, 0.0, time, 0, -1)]

    def execute(self, event: Execute) -> list[Touch]:
        op, ions, followers = self.program.operations[event.operation], event.ions, event.followers
        qpu = ions[0].qpu
        time = self.duration(op, self.network.qpus[qpu])
        touches = [plain(self.ion[ion], 0.0, time, True) for ion in ions]
        for follower in followers:
            there = self.network.qpus[follower[0].qpu]
            needed = there.time_2q_s if len(follower) > 1 else there.time_1q_s
            touches += [plain(self.ion[ion], 0.0, needed, True) for ion in follower]
        if op.condition is not None:
            for bit in op.condition.clbits:
                away = self.message if self.written_at[bit] not in (-1, qpu) else 0.0
                touches.append((self.clbit[bit], 1, -away, 0.0, READ, -1))
        if op.clbit is not None:
            touches.append(plain(self.clbit[op.clbit], 0.0, time))
            self.written_at[op.clbit] = qpu
            frame = self.frame.get((op.qubits[0], qpu), -1)
            if frame >= 0:
                touches.append((self.clbit[op.clbit], 1, 0.0, time, WRITE | KEEP, frame))
        if len(ions) > 1:
            touches += self.zones(qpu, time)
            for follower in followers:
                touches += self.zones(follower[0].qpu, self.network.qpus[follower[0].qpu].time_2q_s)
        return touches + self.awaited(op, qpu) + self.passed_on(op, event) if self.frame else touches

    def awaited(self, op: Operation, qpu: int) -> list[Touch]:
        """Frames that the operation needs to know, and Z frames that it makes of X frames."""
        if op.kind is Kind.LOCAL:
            keys = [(op.qubits[0], qpu), (op.qubits[0], -1)]
            return [(self.frame[key], 1, 0.0, 0.0, READ, -1) for key in keys if key in self.frame]
        if not op.diagonal:
            return []
        frames = [(q, self.frame[q, qpu]) for q in op.qubits if (q, qpu) in self.frame]
        if not _clifford(op):
            return [(frame, 1, 0.0, 0.0, READ, -1) for _, frame in frames]
        return [(self.frame_of(q, -1), 1, 0.0, NEVER, WRITE | KEEP, frame) for _, frame in frames for q in op.qubits]

    def passed_on(self, op: Operation, event: Execute) -> list[Touch]:
        """X frames of the copies that follow: a CX adds those of its control.

        What the control's frame at the home does is a Z of the target there, which the closing boundary awaits.
        """
        found = []
        for control in [q for q in op.qubits if q != event.target]:
            for qpu in [follower[0].qpu for follower in event.followers]:
                if (control, qpu) in self.frame:
                    key = self.frame_of(event.target, qpu)
                    found.append((key, 1, 0.0, NEVER, WRITE | KEEP, self.frame[control, qpu]))
        return found

    def duration(self, op: Operation, qpu: QPU) -> float:
        """Native gates of the operation one after the other."""
        if op.kind is Kind.MEASURE:
            return qpu.time_measure_s
        if op.kind is Kind.RESET:
            return qpu.time_reset_s
        key = (op.kind, len(op.factors) or len(op.qubits), op.pattern)
        if key not in self.cost:
            sizes = [len(gate.operands) for gate in native_gates(op)]
            self.cost[key] = sizes.count(1), sizes.count(2)
        singles, doubles = self.cost[key]
        return singles * qpu.time_1q_s + doubles * qpu.time_2q_s

    def finish(self) -> Tasks:
        columns = list(zip(*self.touches, strict=True)) if self.touches else [()] * 6
        res, width, flags, source = (np.array(columns[c], dtype=np.int64) for c in (0, 1, 4, 5))
        birth = np.full(len(self.touches), -1, dtype=np.int64)
        birth[list(self.birth)] = list(self.birth.values())
        integer = [np.array(x, dtype=np.int64) for x in (self.first, self.ions, self.pair)]
        return Tasks(
            first=integer[0],
            res=res,
            width=width,
            begin=np.array(columns[2], dtype=np.float64),
            end=np.array(columns[3], dtype=np.float64),
            flags=flags,
            source=source,
            ions=integer[1],
            pair=integer[2],
            link=np.array(self.pair_link, dtype=np.int64),
            number=np.array(self.pair_number, dtype=np.int64),
            cutoff=np.array(self.pair_cutoff, dtype=np.float64),
            birth=birth,
            resources=self.count,
            links=self.link_range,
            shared=self.shared_range,
            limits=tuple(self.limits),
        )


def plain(resource: int, begin: float = 0.0, end: float = 0.0, holding: bool = False) -> Touch:
    """A touch of one resource that is waited for and held."""
    return resource, 1, begin, end, HOLD if holding else 0, -1


def _clifford(op: Operation) -> bool:
    """True for a rotation by a multiple of pi/2: its inverse differs from it by Z on every operand at most."""
    if op.kind is not Kind.ROTATION or op.condition is not None or not isinstance(op.angle, float | int):
        return False
    turns = float(op.angle) / (math.pi / 2)
    return abs(turns - round(turns)) < 1e-9
