"""One-qubit gates that wait to be merged, and the algebra that merges them."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2
from distq.ir.program import Angle, AxisRotation

Pending: TypeAlias = "list[Mat2 | AxisRotation]"


_SUM_NOISE = 1e-12
"""A sum of angles smaller than this, relative to the larger one, is rounding noise of a zero."""


def to_basis(axis: str) -> Mat2:
    """Gate B with ``B P B^dagger = Z`` for the Pauli P named ``axis``."""
    return {"x": matrix2.H, "y": matrix2.multiply(matrix2.H, matrix2.SDG), "z": matrix2.IDENTITY}[axis]


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


def compose(first: Pending, second: Pending) -> Pending:
    """Factors of ``first`` then ``second``; rotations stand before numeric gates that map their axis to an axis."""
    out = list(first)
    for factor in second:
        if isinstance(factor, AxisRotation):
            append_rotation(out, factor)
        else:
            append_gate(out, factor)
    return out


def append_rotation(out: Pending, rotation: AxisRotation) -> None:
    last = out[-1] if out else None
    if isinstance(last, AxisRotation) and last.axis == rotation.axis:
        angle = add_angles(last.angle, rotation.angle)
        out.pop()
        if isinstance(angle, float):
            if angle != 0.0:
                append_gate(out, matrix2.rotation(rotation.axis, angle))
        else:
            out.append(AxisRotation(rotation.axis, angle))
    elif isinstance(last, tuple) and (seen := _seen_through(last, rotation)) is not None:
        out.pop()
        append_rotation(out, seen)
        append_gate(out, last)
    else:
        out.append(rotation)


def append_gate(out: Pending, matrix: Mat2) -> None:
    if out and isinstance(out[-1], tuple):
        out[-1] = matrix2.multiply(matrix, out[-1])
    else:
        out.append(matrix)


def _seen_through(matrix: Mat2, rotation: AxisRotation) -> AxisRotation | None:
    """The rotation that before ``matrix`` does what ``rotation`` does after it, if its axis is x, y or z."""
    axis = matrix2.multiply(matrix2.dagger(matrix), matrix2.multiply(matrix2.FIXED[rotation.axis], matrix))
    for name in "xyz":
        for sign in (1, -1):
            if all(abs(a - sign * b) < matrix2.TOLERANCE for a, b in zip(axis, matrix2.FIXED[name], strict=True)):
                return AxisRotation(name, rotation.angle if sign > 0 else -rotation.angle)
    return None


def flip_of(pending: Pending) -> int | None:
    """0 if the gate is diagonal, 1 if anti-diagonal, None if neither."""
    flip = 0
    for factor in pending:
        if isinstance(factor, AxisRotation):
            if factor.axis != "z":
                return None
        elif abs(factor[1]) < matrix2.TOLERANCE and abs(factor[2]) < matrix2.TOLERANCE:
            continue
        elif abs(factor[0]) < matrix2.TOLERANCE and abs(factor[3]) < matrix2.TOLERANCE:
            flip ^= 1
        else:
            return None
    return flip


def postponed_phase(pending: Pending) -> Mat2 | None:
    """A diagonal gate that ``pending`` should leave to what comes later, so that it turns Z to X; None if none.

    Only for gates that turn Z to some axis in the equator: where that is X or Y, runs of CX are X-blocks
    (:class:`distq.ir.program.XBlock`), and a diagonal gate can stand on either side of them.
    """
    if len(pending) != 1 or not isinstance(pending[0], tuple):
        return None
    a, b, c, d = pending[0]
    axis = a * c.conjugate() - b * d.conjugate()
    if abs(abs(axis) - 1.0) > matrix2.TOLERANCE or min(abs(axis.real), abs(axis.imag)) < matrix2.TOLERANCE:
        return None
    return (1.0, 0.0, 0.0, axis.conjugate() / abs(axis))


def without_full_turns(angle: float) -> float:
    """``angle`` modulo 2 pi, in (-pi, pi]; what whole turns leave is exactly zero, while small angles stay."""
    wrapped = matrix2.wrap(angle)
    return 0.0 if wrapped != angle and abs(wrapped) < _SUM_NOISE else wrapped


def is_local_rotation(angle: Angle) -> bool:
    """True if a parity rotation by ``angle``, in (-pi, pi], is the identity or a Z on each qubit."""
    return isinstance(angle, float) and (angle == 0.0 or abs(abs(angle) - math.pi) < _SUM_NOISE)
