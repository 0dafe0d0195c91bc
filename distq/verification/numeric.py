"""Operations as numbers: angles and matrices in which unbound parameters take fixed values.

Two circuits with the same parameters are compared at one point in the space of their values, which tells them apart
with probability 1.
"""

from __future__ import annotations

import cmath
import math
import re
import zlib

import numpy as np

from distq.ir.program import Angle, AxisRotation, Factor, Matrix


def angle_value(angle: Angle | None) -> float:
    """An angle as a number; parameters take a value in (0.2, 2.9) that depends on their names only."""
    if angle is None:
        return 0.0
    if isinstance(angle, int | float):
        return float(angle)
    return float(angle.bind({p: parameter_value(p.name) for p in angle.parameters}))


def parameter_value(name: str) -> float:
    """The value that stands for a parameter. OpenQASM 3 renames ``a[0]`` to ``_a_0_``: both get the same one."""
    plain = re.sub(r"\W", "_", name).strip("_")
    return 0.2 + 2.7 * float(np.random.default_rng(zlib.crc32(plain.encode())).random())


def factor_matrix(factor: Factor) -> Matrix:
    """2x2 unitary of one factor of a LOCAL."""
    if not isinstance(factor, AxisRotation):
        return factor
    half = angle_value(factor.angle) / 2
    c, s = math.cos(half), math.sin(half)
    match factor.axis:
        case "x":
            return np.array([[c, -1j * s], [-1j * s, c]])
        case "y":
            return np.array([[c, -s], [s, c]], dtype=np.complex128)
        case _:
            return np.diag([cmath.exp(-1j * half), cmath.exp(1j * half)])
