"""When every event happens: as soon as its ions, its link, a gate zone and its classical bits are free.

Each ion does one thing at a time, a link heralds one pair per channel at a time, and a trap does as many multi-qubit
gates at once as it has zones. Inside a protocol every ion is held only while it takes part: the root of a cat-entangler
is free after its CX, and the correction on the copy waits for the outcome and its message, not for the reset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.execution.dispatch import FRAMES, GATES, Machine, Policy, Times, ions_of
from distq.execution.dispatch.tasks import Tasks
from distq.ir.events import Events
from distq.ir.program import Program
from distq.networks.network import Network

__all__ = ["Schedule", "ions_of", "sample_makespans", "schedule"]

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


def schedule(events: Events, program: Program, network: Network, policy: Policy = GATES) -> Schedule:
    """Times of all events with mean heralding times.

    Parameters
    ----------
    events
        In a valid order, which is kept on every ion, link and classical bit.
    program
        Operations that the events execute.
    network
        Durations of the QPUs' operations and rates of the links.
    policy
        By default pairs ahead of their use, and corrections as the gates that the emitted circuit has.
    """
    return timed(Machine(events, program, network, policy))


def timed(machine: Machine) -> Schedule:
    """The schedule of a machine whose pairs all take their mean time."""
    tasks, times = machine.tasks, machine.run()
    instant = machine.run(np.zeros_like(machine.means)).makespan_s
    start, end = _births_moved(tasks, times)
    touch_start = np.zeros(len(tasks.ions) + 1, dtype=np.int64)
    np.cumsum(tasks.ions, out=touch_start[1:])
    return Schedule(
        start_s=start,
        end_s=end,
        touch_start=touch_start,
        idle_s=times.idle[tasks.of_ions],
        makespan_s=times.makespan_s,
        bell_wait_s=times.makespan_s - instant,
    )


def _births_moved(tasks: Tasks, times: Times) -> tuple[Floats, Floats]:
    """Starts and ends, with births at the moment at which their qubits are first wanted: |0> costs nothing before."""
    start, end = times.start.copy(), times.end.copy()
    (touches,) = np.nonzero(tasks.birth >= 0)
    births = tasks.birth[touches]
    wanted = times.start[np.searchsorted(tasks.first, touches, side="right") - 1] + tasks.begin[touches]
    start[births] += wanted - times.end[births]
    end[births] = wanted
    return start, end


def sample_makespans(
    events: Events,
    program: Program,
    network: Network,
    *,
    samples: int = 200,
    seed: int = 0,
    policy: Policy = FRAMES,
) -> Floats:
    """Makespans (seconds) of ``samples`` runs with random waits for pairs
    (:mod:`distq.execution.dispatch.heralding`)."""
    return Machine(events, program, network, policy).sample(samples, seed).makespan_s
