"""Sums of angles of rotations, in which rounding noise does not pass for an angle.

Angles are floats in radians, or Qiskit expressions of unbound parameters. Small angles that a circuit asks for are
kept, however small.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from distq.frontend.matrix2 import wrap
from distq.ir.program import Angle

_SUM_NOISE = 1e-12
"""A sum of angles smaller than this, relative to the larger one, is rounding noise of a zero."""


def add_angles(a: Angle, b: Angle) -> Angle:
    """Sum of two angles of rotations, in (-2 pi, 2 pi] and exactly 0.0 if only noise is left."""
    total = a + b
    if isinstance(total, float):
        return 0.0 if abs(total) <= _SUM_NOISE * max(abs(a), abs(b)) else total
    return 0.0 if _vanishes(total) else total


def _vanishes(angle: Any) -> bool:
    """True if a symbolic angle is zero whatever its parameters: an analytic function that is zero at random points."""
    rng = np.random.default_rng(0)
    parameters = list(angle.parameters)
    for _ in range(3):
        try:
            values = rng.uniform(0.1, 1.0, len(parameters)).tolist()
            value = complex(angle.bind(dict(zip(parameters, values, strict=True))))
        except (ValueError, TypeError, ZeroDivisionError, OverflowError):
            return False
        if abs(value) > _SUM_NOISE:
            return False
    return True


def without_full_turns(angle: float) -> float:
    """``angle`` modulo 2 pi, in (-pi, pi]; what whole turns leave is exactly zero, while small angles stay."""
    wrapped = wrap(angle)
    return 0.0 if wrapped != angle and abs(wrapped) < _SUM_NOISE else wrapped


def is_local_rotation(angle: Angle) -> bool:
    """True if a parity rotation by ``angle``, in (-pi, pi], is the identity or a Z on each qubit."""
    return isinstance(angle, float) and (angle == 0.0 or abs(abs(angle) - math.pi) < _SUM_NOISE)
