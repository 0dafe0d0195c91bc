"""When every event happens: as soon as its ions, its link and its classical bits are free.

Each ion does one thing at a time and a link heralds one pair at a time; any number of gates run in parallel. Inside a
protocol every ion is held only while it takes part: the root of a cat-entangler is free after its CX, and the
correction on the copy waits for the outcome, not for the reset. Heralding takes its mean time 1/rate, or a random one
in :func:`sample_makespans`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from distq.events import Birth, CatDisentangle, CatEntangle, Death, Event, Events, Execute, HeraldPair, Ion, Transfer
from distq.native import native_gates
from distq.network import QPU, Network
from distq.program import Kind, Operation, Program

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Schedule:
    """Times of lowered events. Immutable.

    Attributes
    ----------
    start_s, end_s
        Per event, seconds from the start of the run.
    touch_start
        Event i touches the ions ``ions_of(event i)``; their entries in ``idle_s`` are
        ``touch_start[i]`` to ``touch_start[i + 1]`` - 1. int64, one entry more than events.
    idle_s
        Per event and ion touched: how long the ion held a qubit, a copy or half of a pair without doing anything,
        between its previous event and its part in this one. 0 where the ion held nothing.
    makespan_s
        End of the last event.
    bell_wait_s
        How much shorter the makespan would be if every pair were there at once.
    """

    start_s: Floats
    end_s: Floats
    touch_start: NDArray[np.int64]
    idle_s: Floats
    makespan_s: float
    bell_wait_s: float

    def idle(self, index: int) -> Floats:
        """Idle times (seconds) of the ions of event ``index``, in the order of :func:`ions_of`."""
        return self.idle_s[self.touch_start[index] : self.touch_start[index + 1]]


class _Touch(NamedTuple):
    """What an event needs of a resource (an ion, a link or a classical bit).

    It holds the resource from ``begin`` to ``end`` seconds after its own start. ``holding``: the ion holds a state
    before. A resource that is only read is not held.
    """

    resource: int
    begin: float
    end: float
    holding: bool = False
    read: bool = False


class _Task(NamedTuple):
    """An event: its ions first, in the order of :func:`ions_of`, then other resources."""

    touches: tuple[_Touch, ...]
    ions: int
    link: int = -1
    birth: bool = False


def ions_of(event: Event) -> tuple[Ion, ...]:
    """The ions that an event touches, in the order of its fields."""
    match event:
        case Execute(_, ions):
            return ions
        case Birth(_, ion) | Death(_, ion):
            return (ion,)
        case HeraldPair(_, a, b) | Transfer(_, a, _, b):
            return (a, b)
        case CatEntangle(_, root, half, copy):
            return (root, half, copy)
        case CatDisentangle(_, copy, root):
            return (copy, root)
        case _:
            assert_never(event)


def schedule(events: Events, program: Program, network: Network) -> Schedule:
    """Times of all events with mean heralding times.

    Parameters
    ----------
    events
        In a valid order, which is kept on every ion, link and classical bit.
    program
        Operations that the events execute.
    network
        Durations of the QPUs' operations and rates of the links.
    """
    tasks = _Tasks(events, program, network)
    means = [link.mean_wait_s for link in network.links]
    start, end, idle = _as_soon_as_possible(tasks, means)
    makespan = max(end, default=0.0)
    instant = max(_as_soon_as_possible(tasks, [0.0] * len(means))[1], default=0.0)
    touch_start = np.zeros(len(start) + 1, dtype=np.int64)
    np.cumsum([task.ions for task in tasks.tasks], out=touch_start[1:])
    return Schedule(
        start_s=np.asarray(start, dtype=np.float64),
        end_s=np.asarray(end, dtype=np.float64),
        touch_start=touch_start,
        idle_s=np.asarray(idle, dtype=np.float64),
        makespan_s=makespan,
        bell_wait_s=makespan - instant,
    )


def sample_makespans(
    events: Events, program: Program, network: Network, *, samples: int = 200, seed: int = 0
) -> Floats:
    """Makespans (seconds) of ``samples`` runs in which every pair takes an exponentially distributed time.

    The time to the first success of many short attempts of small probability is exponential, with mean 1/rate.
    """
    tasks = _Tasks(events, program, network)
    rng = np.random.default_rng(seed)
    free = np.zeros((tasks.resources, samples))
    makespan = np.zeros(samples)
    for touches, _, link, _ in tasks.tasks:
        start = np.zeros(samples)
        for touch in touches:
            np.maximum(start, free[touch.resource] - touch.begin, out=start)
        if link >= 0:
            end = start + rng.exponential(network.links[link].mean_wait_s, size=samples)
            for touch in touches:
                free[touch.resource] = end
            np.maximum(makespan, end, out=makespan)
            continue
        for touch in touches:
            if not touch.read:
                free[touch.resource] = start + touch.end
        np.maximum(makespan, start + max([touch.end for touch in touches]), out=makespan)
    return makespan


def _as_soon_as_possible(tasks: _Tasks, herald_s: list[float]) -> tuple[list[float], list[float], list[float]]:
    """Start and end of every event, and the idle times of its ions.

    A birth moves to the moment at which its qubit is first wanted: |0> costs nothing before.
    """
    free = [0.0] * tasks.resources
    starts: list[float] = []
    ends: list[float] = []
    idle: list[float] = []
    births: dict[int, int] = {}
    for index, (touches, ions, link, birth) in enumerate(tasks.tasks):
        start = 0.0
        for resource, begin, _, _, _ in touches:
            earliest = free[resource] - begin
            if earliest > start:
                start = earliest
        last = start
        for position, (resource, begin, finish, holding, read) in enumerate(touches):
            done = start + (finish if link < 0 else herald_s[link])
            if position < ions:
                wait = start + begin - free[resource] if holding else 0.0
                born = births.pop(resource, None) if births else None
                if born is not None:
                    starts[born] += wait
                    ends[born] += wait
                    wait = 0.0
                idle.append(wait)
            if not read:
                free[resource] = done
            if done > last:
                last = done
        if birth:
            births[touches[0].resource] = index
        starts.append(start)
        ends.append(last)
    return starts, ends, idle


class _Tasks:
    """Events as tasks on numbered resources."""

    def __init__(self, events: Events, program: Program, network: Network) -> None:
        self.program, self.network = program, network
        self._ion: dict[Ion, int] = {}
        for s, (data, memory) in enumerate(zip(events.data_ions, events.memory_ions, strict=True)):
            for role, size in (("data", data), ("memory", memory)):
                for number in range(size):
                    self._ion[Ion(s, role, number)] = len(self._ion)
        self._first_link = len(self._ion)
        self._first_clbit = self._first_link + len(network.links)
        self.resources = self._first_clbit + program.num_clbits
        self._cost: dict[tuple[Kind, int, tuple[int, ...]], tuple[int, int]] = {}
        self.tasks = [self._task(event) for event in events.events]

    def _task(self, event: Event) -> _Task:
        at, qpus = self._ion, self.network.qpus
        match event:
            case Execute(operation, ions):
                return self._execute(self.program.operations[operation], ions)
            case HeraldPair(link, a, b):
                ends = (_Touch(at[a], 0.0, 0.0), _Touch(at[b], 0.0, 0.0))
                return _Task((*ends, _Touch(self._first_link + link, 0.0, 0.0)), 2, link=link)
            case CatEntangle(_, root, half, copy):
                near = qpus[root.qpu]
                known = near.time_2q_s + near.time_measure_s
                touches = (
                    _Touch(at[root], 0.0, near.time_2q_s, True),
                    _Touch(at[half], 0.0, known + near.time_reset_s, True),
                    _Touch(at[copy], known, known + qpus[copy.qpu].time_1q_s, True),
                )
                return _Task(touches, 3)
            case CatDisentangle(_, copy, root):
                far = qpus[copy.qpu]
                known = far.time_1q_s + far.time_measure_s
                correction = _Touch(at[root], known, known + qpus[root.qpu].time_1q_s, True)
                return _Task((_Touch(at[copy], 0.0, known + far.time_reset_s, True), correction), 2)
            case Transfer(qubit_a, a, qubit_b, b):
                time = qpus[a.qpu].time_transfer_s
                first = _Touch(at[a], 0.0, time, qubit_a is not None)
                return _Task((first, _Touch(at[b], 0.0, time, qubit_b is not None)), 2)
            case Birth(_, ion, fresh):
                time = 0.0 if fresh else qpus[ion.qpu].time_reset_s
                return _Task((_Touch(at[ion], 0.0, time),), 1, birth=True)
            case Death(_, ion):
                return _Task((_Touch(at[ion], 0.0, qpus[ion.qpu].time_reset_s, True),), 1)
            case _:
                assert_never(event)

    def _execute(self, op: Operation, ions: tuple[Ion, ...]) -> _Task:
        time = self._duration(op, self.network.qpus[ions[0].qpu])
        touches = [_Touch(self._ion[ion], 0.0, time, True) for ion in ions]
        if op.condition is not None:
            touches += [_Touch(self._first_clbit + bit, 0.0, 0.0, read=True) for bit in op.condition.clbits]
        if op.clbit is not None:
            touches.append(_Touch(self._first_clbit + op.clbit, 0.0, time))
        return _Task(tuple(touches), len(ions))

    def _duration(self, op: Operation, qpu: QPU) -> float:
        """Native gates of the operation one after the other."""
        if op.kind is Kind.MEASURE:
            return qpu.time_measure_s
        if op.kind is Kind.RESET:
            return qpu.time_reset_s
        key = (op.kind, len(op.factors) or len(op.qubits), op.pattern)
        if key not in self._cost:
            sizes = [len(gate.operands) for gate in native_gates(op)]
            self._cost[key] = sizes.count(1), sizes.count(2)
        singles, doubles = self._cost[key]
        return singles * qpu.time_1q_s + doubles * qpu.time_2q_s
