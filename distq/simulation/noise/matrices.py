"""Bound one-qubit operations as matrices, bound angles as numbers."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from distq.ir.program import AxisRotation, Factor, Matrix

Entries: TypeAlias = tuple[complex, complex, complex, complex]
"""A 2x2 matrix, row by row."""

HADAMARD: Entries = (math.sqrt(0.5), math.sqrt(0.5), math.sqrt(0.5), -math.sqrt(0.5))


def entries(matrix: Matrix) -> Entries:
    """A 2x2 array as a tuple."""
    a, b, c, d = matrix.ravel().tolist()
    return (a, b, c, d)


def local_matrix(factors: tuple[Factor, ...]) -> Matrix:
    """Product of the factors of a LOCAL operation, the first one rightmost."""
    out: Matrix = np.eye(2, dtype=np.complex128)
    for factor in factors:
        out = factor_matrix(factor) @ out
    return out


def factor_matrix(factor: Factor) -> Matrix:
    """Unitary of one factor of a LOCAL operation."""
    if not isinstance(factor, AxisRotation):
        return factor
    half = number(factor.angle) / 2
    axis = {"x": [[0, 1], [1, 0]], "y": [[0, -1j], [1j, 0]], "z": [[1, 0], [0, -1]]}[factor.axis]
    matrix: Matrix = np.cos(half) * np.eye(2) - 1j * np.sin(half) * np.array(axis, dtype=np.complex128)
    return matrix


def number(angle: Any) -> float:
    """A bound angle as a float."""
    return float(angle)
