"""Bound one-qubit operations as matrices, bound angles as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from distq.ir.program import AxisRotation, Factor, Matrix


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
