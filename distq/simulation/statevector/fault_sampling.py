"""Random faults, given how many there must at least be, as events for the compiled kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distq.simulation.reduction.fault_probabilities import FaultProbabilities
from distq.simulation.reduction.faults import Fault
from distq.simulation.statevector.op_arrays import FlatProgram
from distq.simulation.statevector.trajectory_batch import TrajectoryBatch

Ints = NDArray[np.int64]


class FaultSampler:
    """Draws sets of faults with at least ``need`` of them, each set in a schedule of its own.

    Attributes
    ----------
    probability
        Probability that at least ``need`` faults happen, mean over the schedules.
    """

    def __init__(
        self, faults: tuple[Fault, ...], flat: FlatProgram, need: int, fault_probabilities: FaultProbabilities
    ) -> None:
        self._probabilities, self._need = fault_probabilities, need
        enough = fault_probabilities.at_least(need)
        self.probability = float(enough.mean())
        self._schedules = np.cumsum(enough)
        self._compile(faults, flat)

    def _compile(self, faults: tuple[Fault, ...], flat: FlatProgram) -> None:
        """Events of every effect, and the cumulative probabilities of the effects of every fault."""
        pointer, rows, earliest, weights = [0], [], [], []
        self._first_effect = np.zeros(len(faults) + 1, dtype=np.int64)
        for index, fault in enumerate(faults):
            self._first_effect[index + 1] = self._first_effect[index] + len(fault.effects)
            weights += (np.cumsum(fault.probabilities) / sum(fault.probabilities)).tolist()
            for effect in fault.effects:
                events = sorted([(int(flat.place[op]), kind, x, z) for op, kind, x, z in effect.events])
                rows += events
                earliest += [int(flat.place[effect.earliest])] + [row[0] for row in events[1:]]
                pointer.append(len(rows))
        self._pointer = np.array(pointer, dtype=np.int64)
        self._at, self._kind, self._x, self._z = np.array(rows, dtype=np.int64).reshape(-1, 4).T.copy()
        self._earliest = np.minimum(np.array(earliest, dtype=np.int64), self._at)
        self._weights = np.array(weights) + np.repeat(np.arange(len(faults)), np.diff(self._first_effect))

    def sample(self, shots: int, rng: np.random.Generator) -> TrajectoryBatch:
        """Events of ``shots`` independent trajectories, sorted by where they begin."""
        return self._events(shots, *self._faults(shots, rng), rng)

    def _faults(self, shots: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """(shot, fault) pairs, each shot in a schedule as likely as it has enough faults."""
        drawn = np.searchsorted(self._schedules, rng.random(shots) * self._schedules[-1], side="right")
        schedule = np.sort(np.minimum(drawn, len(self._schedules) - 1))
        return self._probabilities.draw(schedule.astype(np.int64), self._need, rng)

    def alone(self, shots: int, rng: np.random.Generator) -> TrajectoryBatch:
        """Trajectories of one fault each, drawn in proportion to its probability."""
        mass = np.cumsum(self._probabilities.mean)
        fault = np.searchsorted(mass, rng.random(shots) * mass[-1], side="right")
        return self._events(shots, np.arange(shots), np.minimum(fault, len(mass) - 1), rng)

    def _events(self, shots: int, shot: Ints, fault: Ints, rng: np.random.Generator) -> TrajectoryBatch:
        """Events of the (shot, fault) pairs, an effect of each fault drawn."""
        pick = np.searchsorted(self._weights, fault + rng.random(len(fault)), side="right")
        effect = np.minimum(pick, self._first_effect[fault + 1] - 1)
        lengths = self._pointer[effect + 1] - self._pointer[effect]
        owner = np.repeat(shot, lengths)
        offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        event = np.repeat(self._pointer[effect], lengths) + offsets
        at, first, last = self._gather(shots, owner, event)
        order = np.argsort(first, kind="stable")
        rank = np.empty(shots, dtype=np.int64)
        rank[order] = np.arange(shots)
        sorting = np.lexsort((self._kind[event], at, rank[owner]))
        event = event[sorting]
        pointer = np.concatenate([[0], np.cumsum(np.bincount(rank[owner], minlength=shots))]).astype(np.int64)
        columns = (at[sorting], self._kind[event], self._x[event], self._z[event], np.repeat(fault, lengths)[sorting])
        return TrajectoryBatch(first[order], last[order], pointer, *columns)

    def _gather(self, shots: int, owner: Ints, event: Ints) -> tuple[Ints, Ints, Ints]:
        """Places of all events, and the first and last of every shot.

        Events that can slide are moved as close together as they can be, so that a trajectory is short: into the
        range that must be covered anyway.
        """
        low, high = self._earliest[event], self._at[event]
        end = high + self._kind[event]
        first = np.full(shots, np.iinfo(np.int64).max)
        np.minimum.at(first, owner, end)
        last = np.full(shots, -1)
        np.maximum.at(last, owner, low)
        at = np.clip(np.minimum(first, last)[owner], low, high)
        first[:] = np.iinfo(np.int64).max
        np.minimum.at(first, owner, at)
        last[:] = 0
        np.maximum.at(last, owner, at + self._kind[event])
        return at, first, last
