"""State vectors as rows of one array on a GPU.

The code uses only what NumPy, CuPy and PyTorch arrays have in common.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.simulation.arrays import Arrays
from distq.simulation.statevector.op_arrays import FlatProgram
from distq.simulation.statevector.op_kernels import BRANCH, LOCAL, ROTATION

PASS_BYTES = 1 << 28
"""Rows that one array operation works on at a time, if a row is not larger: bounds the intermediate results."""


@dataclass
class StateRows:
    """States as rows of one array.

    First comes the noiseless state, then the one that trajectories are compared with if that is another one, and then
    the trajectories under way.

    Attributes
    ----------
    initial
        The states that are there from the start.
    capacity
        Trajectories that may be under way at once.
    flat
        The program.
    arrays
        Where the rows live.
    row_of
        Trajectory -> its row.
    """

    initial: list[NDArray[np.complex128]]
    capacity: int
    flat: FlatProgram
    arrays: Arrays
    row_of: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = len(self.initial[0])
        self.states = self.arrays.empty(self.capacity + len(self.initial), size)
        for row, state in enumerate(self.initial):
            self.states[row] = self.arrays.put(state)
        bits = np.arange(size)
        self.index = self.arrays.put(bits)
        self.signs = [self.arrays.put(1.0 - 2.0 * (bits >> q & 1)) for q in range(self.flat.lines)]
        self.owner = [-1] * len(self.initial)

    def start(self, t: int) -> None:
        """Trajectory ``t`` leaves the noiseless state: it gets a copy as its row."""
        self.row_of[t] = len(self.owner)
        self.states[len(self.owner)] = self.states[0]
        self.owner.append(t)

    def finish(self, finished: list[int], amplitudes: Any) -> None:
        """Compare with the noiseless state, and fill the rows left free with the last ones.

        Amplitudes stay on the device: to fetch each would wait for all operations before it.
        """
        ideal = self.states[len(self.initial) - 1].conj()
        for t in finished:
            amplitudes[t] = (ideal * self.states[self.row_of[t]]).sum()
            row, last = self.row_of.pop(t), self.owner.pop()
            if row < len(self.owner):
                self.states[row] = self.states[len(self.owner)]
                self.owner[row] = last
                self.row_of[last] = row

    def sign(self, mask: int) -> Any:
        """Per basis state +1 or -1, the parity of its bits in ``mask``; None if the mask is empty."""
        product = None
        for q in range(self.flat.lines):
            if mask >> q & 1:
                product = self.signs[q] if product is None else product * self.signs[q]
        return product

    def pauli(self, t: int, x: int, z: int) -> None:
        """Apply X^x Z^z to one trajectory."""
        row = self.states[self.row_of[t]]
        if z:
            row = row * self.sign(z)
        self.states[self.row_of[t]] = row[self.index ^ x] if x else row

    def step(self, place: int, inversions: dict[int, int]) -> None:
        """One op on all rows in use, inverted for those of ``inversions``."""
        active = self.states[: len(self.owner)]
        kind = self.flat.ops["kind"][place]
        if kind == LOCAL:
            self.local(int(self.flat.ops["qubit"][place]), _matrix(self.flat.ops[place]))
            return
        if kind == BRANCH:
            self.branch(place, inversions)
            return
        active *= self.diagonal(place, 0)
        for t, bits in inversions.items():
            row = self.row_of[t]
            self.states[row] = self.states[row] * (self.diagonal(place, 0).conj() * self.diagonal(place, bits))

    def local(self, qubit: int, matrix: list[complex]) -> None:
        """A 2x2 matrix on one qubit of all rows in use, so many rows at a time as a pass may take."""
        m00, m01, m10, m11 = matrix
        height = max(1, PASS_BYTES // (16 << self.flat.lines))
        for begin in range(0, len(self.owner), height):
            rows = self.states[begin : min(begin + height, len(self.owner))]
            pairs = rows.reshape(len(rows), -1, 2, 1 << qubit)
            zero, one = pairs[:, :, 0], pairs[:, :, 1]
            if m01 == m10 == 0.0:
                zero *= m00
                one *= m11
                continue
            mixed = m00 * zero + m01 * one
            pairs[:, :, 1] = m10 * zero + m11 * one
            pairs[:, :, 0] = mixed

    def branch(self, place: int, inversions: dict[int, int]) -> None:
        """A diagonal Kraus operator on all rows in use; the state compared with gets the inverse of its adjoint."""
        base = self.kraus(place, 0)
        self.states[: len(self.owner)] *= base
        if len(self.initial) > 1:
            self.states[1] = self.states[1] / (base * base.conj())
        for t, bits in inversions.items():
            row = self.row_of[t]
            self.states[row] = self.states[row] * (self.kraus(place, bits) / base)

    def kraus(self, place: int, inversion: int) -> Any:
        """Diagonal of the operator of a BRANCH that ``inversion`` says."""
        m00, m01, m10, m11 = _matrix(self.flat.ops[int(self.flat.ops["value"][place]) + (inversion >> 1)])
        assert m01 == m10 == 0.0  # others act on copies that are qubits, which no trajectory has
        zero, one = (m11, m00) if inversion & 1 else (m00, m11)
        return (zero + one) / 2 + (zero - one) / 2 * self.signs[int(self.flat.ops["qubit"][place])]

    def diagonal(self, place: int, inversion: int) -> Any:
        """Diagonal of a ROTATION or PHASE."""
        angle = float(self.flat.ops["angle"][place])
        mask = int(self.flat.ops["mask"][place])
        if self.flat.ops["kind"][place] == ROTATION:
            half = -angle / 2 if inversion else angle / 2
            return math.cos(half) - complex(0.0, math.sin(half)) * self.sign(mask)
        wanted = int(self.flat.ops["value"][place]) ^ inversion
        hit = 1.0  # real factors: PyTorch takes a truth value times a complex number in single precision
        for q in range(self.flat.lines):
            if mask >> q & 1:
                hit = hit * (0.5 - 0.5 * self.signs[q] if wanted >> q & 1 else 0.5 + 0.5 * self.signs[q])
        return 1.0 + (cmath.exp(1j * angle) - 1.0) * hit


def _matrix(op: Any) -> list[complex]:
    """Entries of an op's matrix, row by row."""
    return [complex(op[entry]) for entry in ("m00", "m01", "m10", "m11")]
