"""One-qubit gates that wait to be placed, and the algebra that merges them.

A pending gate is a list of factors in the order in which they act: numeric matrices, and rotations whose angles are not
known yet. Two neighbouring matrices are always multiplied, and rotations stand as early as they can.
"""

from __future__ import annotations

from typing import TypeAlias

from distq.frontend import matrix2
from distq.frontend.angles import add_angles
from distq.frontend.matrix2 import Mat2
from distq.ir.program import AxisRotation

Pending: TypeAlias = "list[Mat2 | AxisRotation]"


def compose(first: Pending, second: Pending) -> Pending:
    """``first``, then ``second``; rotations stand before numeric gates that map their axis to an axis."""
    out = list(first)
    for factor in second:
        if isinstance(factor, AxisRotation):
            append_rotation(out, factor)
        else:
            append_gate(out, factor)
    return out


def append_rotation(pending: Pending, rotation: AxisRotation) -> None:
    """Append a rotation: it joins one about the same axis, and goes before a gate that maps its axis to an axis."""
    last = pending[-1] if pending else None
    if isinstance(last, AxisRotation) and last.axis == rotation.axis:
        angle = add_angles(last.angle, rotation.angle)
        pending.pop()
        if isinstance(angle, float):
            if angle != 0.0:
                append_gate(pending, matrix2.rotation(rotation.axis, angle))
        else:
            pending.append(AxisRotation(rotation.axis, angle))
    elif isinstance(last, tuple) and (earlier := _moved_before(last, rotation)) is not None:
        pending.pop()
        append_rotation(pending, earlier)
        append_gate(pending, last)
    else:
        pending.append(rotation)


def append_gate(pending: Pending, matrix: Mat2) -> None:
    """Append a numeric gate."""
    if pending and isinstance(pending[-1], tuple):
        pending[-1] = matrix2.multiply(matrix, pending[-1])
    else:
        pending.append(matrix)


def _moved_before(matrix: Mat2, rotation: AxisRotation) -> AxisRotation | None:
    """The rotation that before ``matrix`` does what ``rotation`` does after it, if its axis is x, y or z."""
    axis = matrix2.multiply(matrix2.dagger(matrix), matrix2.multiply(matrix2.FIXED[rotation.axis], matrix))
    for name in "xyz":
        for sign in (1, -1):
            if all(abs(a - sign * b) < matrix2.TOLERANCE for a, b in zip(axis, matrix2.FIXED[name], strict=True)):
                return AxisRotation(name, rotation.angle if sign > 0 else -rotation.angle)
    return None


def total_flip(pending: Pending) -> int | None:
    """0 if a pending gate is diagonal, 1 if it is anti-diagonal, None if it is neither."""
    flip = 0
    for factor in pending:
        if isinstance(factor, AxisRotation):
            if factor.axis != "z":
                return None
            continue
        one = matrix2.flip_of(factor)
        if one is None:
            return None
        flip ^= one
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
