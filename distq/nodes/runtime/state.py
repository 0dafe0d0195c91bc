"""The joint state of the ions of all nodes. Ions in a known basis state take no part in it, so that it stays small."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Ion = tuple[int, int]
"""Node and number."""
Amplitudes = NDArray[np.complex128]


class State:
    """A pure state.

    Attributes
    ----------
    known
        Ions in |0> or |1>, by themselves; those that are in none of the two lists are in |0>.
    live
        The ions of ``amplitudes``, one axis each.
    """

    def __init__(self) -> None:
        self.known: dict[Ion, int] = {}
        self.live: list[Ion] = []
        self.amplitudes: Amplitudes = np.ones((), dtype=np.complex128)

    def apply(self, matrix: Amplitudes, ions: Sequence[Ion]) -> None:
        """Apply a gate; the first ion is the least significant in the matrix."""
        for ion in ions:
            self._enliven(ion)
        count = len(ions)
        axes = [self.live.index(ion) for ion in reversed(ions)]
        tensor = matrix.reshape((2,) * (2 * count))
        moved = np.tensordot(tensor, self.amplitudes, (list(range(count, 2 * count)), axes))
        self.amplitudes = np.moveaxis(moved, list(range(count)), axes)

    def pair(self, a: Ion, b: Ion) -> None:
        """Put two ions, in |0> before, into (|00> + |11>)/sqrt 2. Raises ValueError if they are not."""
        for ion in (a, b):
            if ion in self.live or self.known.get(ion, 0):
                raise ValueError("a Bell pair is asked for on an ion that is not in |0>")
            self.known.pop(ion, None)
        bell = np.eye(2, dtype=np.complex128) / math.sqrt(2)
        self.amplitudes = np.multiply.outer(self.amplitudes, bell)
        self.live += [a, b]

    def measure(self, ion: Ion, draw: Callable[[], float]) -> int:
        """Measure an ion; ``draw`` gives a number in [0, 1)."""
        if ion not in self.live:
            return self.known.get(ion, 0)
        axis = self.live.index(ion)
        zero, one = np.moveaxis(self.amplitudes, axis, 0)
        weights = [float(np.vdot(part, part).real) for part in (zero, one)]
        outcome = int(draw() * (weights[0] + weights[1]) >= weights[0])
        self.live.pop(axis)
        kept = np.array((zero, one)[outcome], dtype=np.complex128)  # of a scalar, ascontiguousarray makes a vector
        self.amplitudes = kept * (1.0 / math.sqrt(weights[outcome]) + 0j)
        self.known[ion] = outcome
        return outcome

    def reset(self, ion: Ion, draw: Callable[[], float]) -> None:
        """Put an ion into |0>."""
        self.measure(ion, draw)
        self.known[ion] = 0

    def _enliven(self, ion: Ion) -> None:
        if ion in self.live:
            return
        basis = np.zeros(2, dtype=np.complex128)
        basis[self.known.pop(ion, 0)] = 1.0
        self.amplitudes = np.multiply.outer(self.amplitudes, basis)
        self.live.append(ion)
