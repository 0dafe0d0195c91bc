"""What happens in a batch of trajectories, as arrays for the compiled kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class TrajectoryBatch(NamedTuple):
    """Events of a batch of trajectories, which are sorted by where they leave the run without faults.

    Attributes
    ----------
    first, last
        Per trajectory: the place of its first event, ascending, and where its last one is over. A place is the number
        of the op that comes next.
    pointer
        Trajectory t has the events ``pointer[t]`` to ``pointer[t + 1]`` - 1.
    at
        Per event: its place, ascending within a trajectory, and a PAULI before an INVERSION at the same place.
    kind, x, z
        Per event: as in :class:`distq.simulation.reduction.faults.FaultEvent`.
    fault
        Per event: number of the fault behind it.
    """

    first: Ints
    last: Ints
    pointer: Ints
    at: Ints
    kind: Ints
    x: Ints
    z: Ints
    fault: Ints

    @property
    def shots(self) -> int:
        """Number of trajectories."""
        return len(self.first)

    def part(self, start: int, end: int) -> TrajectoryBatch:
        """Trajectories ``start`` to ``end`` - 1."""
        events = slice(self.pointer[start], self.pointer[end])
        return TrajectoryBatch(
            first=self.first[start:end],
            last=self.last[start:end],
            pointer=self.pointer[start : end + 1] - self.pointer[start],
            at=self.at[events],
            kind=self.kind[events],
            x=self.x[events],
            z=self.z[events],
            fault=self.fault[events],
        )
