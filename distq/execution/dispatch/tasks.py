"""Tasks on numbered resources: what events become so that compiled kernels can dispatch them.

A *resource* is what a task takes for a time: an ion, a channel of a link, one of the slots that several tasks share
(gate zones, communication ions, analysers of hubs), a classical bit, or what is known about a Pauli frame. A *touch* is
one use of a resource by a task. All numbers are kept in flat arrays, those of one task next to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.ir.events import Ion

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OCCUPIED, READ, WRITE, KEEP, PASSIVE, SWITCH = 1, 2, 4, 8, 16, 32
"""Flags of a touch.

OCCUPIED: the ion holds a state before the task, so that its wait counts as idle time. READ: the task waits for the
resource and leaves it alone. WRITE: the task does not wait for the resource but sets the time at which it is free;
together with KEEP only ever to a later time. PASSIVE: neither. SWITCH: ``source`` is the link that an analyser is to
serve, and ``begin_s`` counts only if the analyser served another link before.
"""


class Touch(NamedTuple):
    """One use of a resource by a task.

    Attributes
    ----------
    resource, width
        The task takes one of the ``width`` resources from ``resource`` on.
    begin_s, end_s
        When the use begins and ends, in seconds after the start of the task.
    flags
        A sum of OCCUPIED, READ, WRITE, KEEP, PASSIVE and SWITCH.
    source
        Of a WRITE: the resource after which the written one becomes free, ``begin_s`` later; -1 if there is none. Of a
        SWITCH: a link.
    """

    resource: int
    width: int = 1
    begin_s: float = 0.0
    end_s: float = 0.0
    flags: int = 0
    source: int = -1


class TaskArrays(NamedTuple):
    """T tasks with S touches and P Bell pairs, as the kernels of :mod:`distq.execution.dispatch.kernels` take them.

    Attributes
    ----------
    first
        (T + 1,) Touches of task i are ``first[i]`` to ``first[i + 1]`` - 1; those of its ions come first.
    resource, width, begin_s, end_s, flags, source
        (S,) The fields of every :class:`Touch`.
    pair
        (T,) Index of the Bell pair that the task heralds, -1 if it heralds none.
    cutoff_s
        (P,) Seconds after which a pair that nothing has used expires; inf if it never does. The task after the one that
        heralds such a pair uses it.
    resources
        Number of resources.
    late
        (T,) True for the first gates of qubits, which may come later than they could.
    held
        (H,) Ions that hold a qubit at the end of the run, which must not lose it before.
    """

    first: Ints
    resource: Ints
    width: Ints
    begin_s: Floats
    end_s: Floats
    flags: Ints
    source: Ints
    pair: Ints
    cutoff_s: Floats
    resources: int
    late: NDArray[np.bool_]
    held: Ints


@dataclass(frozen=True)
class SharedSlots:
    """The ``slots`` resources from ``first`` on, of which tasks take the one that suits them.

    ``kind`` says what they are: ``zones`` (gate zones), ``communication`` (ions) or ``swap`` (the place to swap pairs)
    of QPU ``where``, or ``hub`` (the analysers of hub ``where``).
    """

    kind: str
    where: int
    first: int
    slots: int


@dataclass(frozen=True, eq=False)
class Tasks:
    """Compiled events, one task per event.

    Attributes
    ----------
    arrays
        What the kernels take.
    ions
        (T,) How many of a task's touches are ions, in the order of :func:`distq.ir.events.ions_of`.
    held
        (H,) The ions that hold a qubit until the end of the run: those of qubits that are used and not measured last.
    link, number
        (P,) Link of every Bell pair, and how many pairs of that link precede it.
    first_use_of
        (S,) Index of the Allocate whose qubit the touch is the first to need, -1 for all other touches.
    link_channels, shared
        The first resource that is a link channel (that belongs to one of ``limits``), and the one after the last. The
        resources of the limits follow the channels.
    limits
        Slots that many tasks share, and may take in another order than the given one.
    """

    arrays: TaskArrays
    ions: Ints
    held: tuple[Ion, ...]
    link: Ints
    number: Ints
    first_use_of: Ints
    link_channels: tuple[int, int]
    shared: tuple[int, int]
    limits: tuple[SharedSlots, ...]

    @property
    def count(self) -> int:
        """Number of tasks."""
        return len(self.ions)

    @property
    def of_ions(self) -> NDArray[np.bool_]:
        """(S,) True where a touch is the use of an ion."""
        touches = np.diff(self.arrays.first)
        position = np.arange(len(self.arrays.resource)) - np.repeat(self.arrays.first[:-1], touches)
        found: NDArray[np.bool_] = position < np.repeat(self.ions, touches)
        return found

    def without_limits(self, low: int, high: int) -> TaskArrays:
        """The tasks as they were if resources ``low`` to ``high`` - 1 were no limit: no task waits for them."""
        arrays = self.arrays
        lifted = (arrays.resource >= low) & (arrays.resource < high)
        return arrays._replace(begin_s=np.where(lifted, np.inf, arrays.begin_s))
