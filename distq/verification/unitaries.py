"""Gates by their matrices: what a unitary is and what it commutes with."""

from __future__ import annotations

import cmath
import math
from functools import cached_property
from typing import NamedTuple

import numpy as np

from distq.ir.program import Matrix

TOLERANCE = 1e-9
"""Entries of unitary matrices closer than this count as equal."""

FIXED: dict[str, Matrix] = {
    "x": np.array([[0, 1], [1, 0]], dtype=np.complex128),
    "z": np.diag([1, -1]).astype(np.complex128),
    "h": np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2),
    "cx": np.eye(4)[[0, 3, 2, 1]].astype(np.complex128),
    "swap": np.eye(4)[[0, 2, 1, 3]].astype(np.complex128),
}
"""The gates that protocols are made of, the first qubit least significant."""


class GateInfo:
    """A unitary: its matrix (first qubit least significant, as in Qiskit) and what it commutes with.

    ``name`` is for messages only.
    """

    def __init__(self, name: str, matrix: Matrix) -> None:
        self.name = name
        self.matrix = np.asarray(matrix, dtype=np.complex128)
        self.arity = self.matrix.shape[0].bit_length() - 1

    @cached_property
    def diagonal(self) -> bool:
        """True if it is diagonal on all operands."""
        return bool(np.abs(self.matrix - np.diag(np.diag(self.matrix))).max() < TOLERANCE)

    @cached_property
    def diagonal_on(self) -> tuple[bool, ...]:
        """Per operand: True if the gate commutes with Z on it."""
        index = np.arange(len(self.matrix))
        mixes = np.abs(self.matrix) >= TOLERANCE
        return tuple(
            [not bool((mixes & ((index[:, None] ^ index[None, :]) >> i & 1)).any()) for i in range(self.arity)]
        )

    def equals(self, other: Matrix) -> bool:
        """True if it is ``other`` up to a phase."""
        if self.matrix.shape != other.shape:
            return False
        overlap = np.vdot(other, self.matrix)
        return bool(abs(overlap) > 0.5 and np.abs(self.matrix - other * (overlap / abs(overlap))).max() < TOLERANCE)

    @cached_property
    def fixed(self) -> str:
        """The name in :data:`FIXED` of the gate that it is up to a phase, ``""`` if it is none of these."""
        return next((name for name, matrix in FIXED.items() if self.equals(matrix)), "")


class DiagonalGate(NamedTuple):
    """A diagonal two-qubit gate as RZZ by ``zz`` and a phase gate on each qubit, in radians."""

    zz: float
    phases: tuple[float, float]


def as_zz_and_phases(matrix: Matrix) -> DiagonalGate:
    """Take a diagonal two-qubit gate apart.

    The angle of RZZ is fixed only modulo pi; the one with the smaller phases is taken, so that RZZ is itself.
    """
    d = np.diag(matrix)
    zz = -cmath.phase(d[0] * d[3] / (d[1] * d[2])) / 2
    even, odd = cmath.exp(0.5j * zz), cmath.exp(-0.5j * zz)
    local = d * np.array([even, odd, odd, even])
    first, second = local[1] / local[0], local[2] / local[0]
    if first.real + second.real < 0:
        return DiagonalGate(math.remainder(zz + math.pi, 2 * math.pi), (cmath.phase(-first), cmath.phase(-second)))
    return DiagonalGate(zz, (cmath.phase(first), cmath.phase(second)))
