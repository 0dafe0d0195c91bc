"""When every event happens: as soon as its ions, its link, a gate zone and its classical bits are free.

The first gates of a qubit are an exception: a controller prepares and turns a qubit no earlier than something needs it,
so they come as late as that allows (``first_operations`` of a network: "early" for as soon as possible). At the end
every qubit is kept until the run ends, or until its own final measurement.

Each ion does one thing at a time, a link heralds one pair per channel at a time, and a trap does as many multi-qubit
gates at once as it has zones. Inside a protocol every ion is held only while it takes part: the root of a cat-entangler
is free after its CX, and the correction on the copy waits for the outcome and its message, not for the reset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import CORRECTION_GATES, PAULI_FRAMES, Dispatcher, Policy, TaskTimes
from distq.execution.dispatch.tasks import Floats, Tasks
from distq.ir.events import Events, Ion
from distq.ir.program import Program
from distq.networks.network import Network


@dataclass(frozen=True, eq=False)
class Schedule:
    """TaskTimes of lowered events. Immutable.

    Attributes
    ----------
    start_s, end_s
        Per event, seconds from the start of the run.
    touch_start
        Event i touches the ions :func:`distq.ir.events.ions_of` of it; their entries in ``idle_s`` are
        ``touch_start[i]`` to ``touch_start[i + 1]`` - 1. int64, one entry more than events.
    idle_s
        Per event and ion touched: how long the ion held a qubit, a copy or half of a pair without doing anything,
        between its previous event and its part in this one. 0 where the ion held nothing.
    held, held_s
        Ions that hold a qubit until the end of the run, and how long each has then waited since its last event.
    makespan_s
        End of the last event.
    bell_wait_s
        How much shorter the makespan would be if every pair were there at once.
    """

    start_s: Floats
    end_s: Floats
    touch_start: NDArray[np.int64]
    idle_s: Floats
    held: tuple[Ion, ...]
    held_s: Floats
    makespan_s: float
    bell_wait_s: float

    def idle(self, index: int) -> Floats:
        """Idle times (seconds) of the ions of event ``index``, in the order of
        :func:`distq.ir.events.ions_of`."""
        return self.idle_s[self.touch_start[index] : self.touch_start[index + 1]]


def schedule(events: Events, program: Program, network: Network, policy: Policy = CORRECTION_GATES) -> Schedule:
    """TaskTimes of all events if every Bell pair takes its mean time.

    Parameters
    ----------
    events
        In a valid order, which is kept on every ion, link and classical bit.
    program
        Operations that the events execute.
    network
        Durations of the QPUs' operations and rates of the links.
    policy
        By default pairs are heralded ahead of their use, and corrections are gates, as in the emitted circuit.
    """
    dispatcher = Dispatcher(events, program, network, policy)
    tasks, times = dispatcher.tasks, dispatcher.run()
    instant_s = dispatcher.run(np.zeros_like(dispatcher.mean_waits_s)).makespan_s
    start_s, end_s = _allocated_at_first_use(tasks, times)
    touch_start = np.zeros(tasks.count + 1, dtype=np.int64)
    np.cumsum(tasks.ions, out=touch_start[1:])
    return Schedule(
        start_s=start_s,
        end_s=end_s,
        touch_start=touch_start,
        idle_s=times.idle_s[tasks.of_ions],
        held=tasks.held,
        held_s=times.held_s,
        makespan_s=times.makespan_s,
        bell_wait_s=times.makespan_s - instant_s,
    )


def _allocated_at_first_use(tasks: Tasks, times: TaskTimes) -> tuple[Floats, Floats]:
    """Starts and ends, with every Allocate when its qubit is first needed: |0> costs nothing before."""
    start_s, end_s = times.start_s.copy(), times.end_s.copy()
    (touches,) = np.nonzero(tasks.first_use_of >= 0)
    allocations = tasks.first_use_of[touches]
    users = np.searchsorted(tasks.arrays.first, touches, side="right") - 1
    needed_s = times.start_s[users] + tasks.arrays.begin_s[touches]
    start_s[allocations] += needed_s - times.end_s[allocations]
    end_s[allocations] = needed_s
    return start_s, end_s


def sample_makespans(
    events: Events,
    program: Program,
    network: Network,
    *,
    samples: int = 200,
    seed: int = 0,
    policy: Policy = PAULI_FRAMES,
) -> Floats:
    """Makespans (seconds) of ``samples`` runs with random waits (:mod:`distq.execution.dispatch.heralding`)."""
    return Dispatcher(events, program, network, policy).sample(samples, seed).makespan_s
