"""Products of Pauli operators as bit masks, and the one-qubit Clifford gates that take them to each other.

A string is ``(x, z)``: bit q of the masks says whether line q has an X, a Z, or (both) a Y. It stands for the Hermitian
operator without sign; signs go into the angles of rotations.
"""

from __future__ import annotations

import cmath
import math
from functools import lru_cache
from typing import NamedTuple

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2

TOLERANCE = 1e-10
"""Angles this close to a multiple of pi/2 make a Clifford gate; the gate itself is kept as it is."""

HALF_PI = math.pi / 2


class SignedPauli(NamedTuple):
    """A product of Pauli operators with a sign (1 or -1); on one line the masks are 0 or 1."""

    x: int
    z: int
    sign: int


PLUS: dict[str, SignedPauli] = {"x": SignedPauli(1, 0, 1), "y": SignedPauli(1, 1, 1), "z": SignedPauli(0, 1, 1)}


def commute(x: int, z: int, other_x: int, other_z: int) -> bool:
    """True if two strings commute."""
    return not ((x & other_z).bit_count() + (z & other_x).bit_count()) & 1


def conjugated(x: int, z: int, by_x: int, by_z: int) -> SignedPauli:
    """The string i W P for anticommuting strings W = (x, z) and P = (by_x, by_z)."""
    new_x, new_z = x ^ by_x, z ^ by_z
    power = (x & z).bit_count() + (by_x & by_z).bit_count() - (new_x & new_z).bit_count()
    power += 2 * (z & by_x).bit_count() + 1
    return SignedPauli(new_x, new_z, 1 - (power & 3))


def quarter_turns(angle: float) -> int | None:
    """The multiple (0 to 3) of pi/2 that ``angle`` is, modulo 2 pi; None if it is none."""
    count = round(angle / HALF_PI)
    return count % 4 if abs(angle - count * HALF_PI) < TOLERANCE else None


class EulerAngles(NamedTuple):
    """Rotations ``(axis, angle)`` in the order in which they act, without those by 0, and the phase that is left."""

    rotations: tuple[tuple[str, float], ...]
    phase: float


@lru_cache(maxsize=65536)
def euler(m: Mat2) -> EulerAngles:
    """Rotations about z, x and z that make the unitary ``m``.

    A Clifford gate times one rotation comes out with one angle that is no multiple of pi/2.
    """
    delta = cmath.phase(m[0] * m[3] - m[1] * m[2]) / 2
    w = cmath.exp(-1j * delta)
    a, c = m[0] * w, m[2] * w
    b = 2.0 * math.atan2(abs(c), abs(a))
    # a = cos(b/2) exp(-i (first + last)/2), c = -i sin(b/2) exp(i (last - first)/2)
    total = -2.0 * cmath.phase(a) if abs(a) > 1e-12 else 0.0
    difference = 2.0 * (cmath.phase(c) + HALF_PI) if abs(c) > 1e-12 else total
    if abs(a) <= 1e-12:
        total = difference
    first, last = (total - difference) / 2, (total + difference) / 2
    turns = [("z", first), ("x", b), ("z", last)]
    made = matrix2.IDENTITY
    for axis, angle in turns:
        made = matrix2.multiply(matrix2.rotation(axis, angle), made)
    big = max(range(4), key=lambda i: abs(m[i]))
    rotations = tuple([(axis, angle) for axis, angle in turns if angle != 0.0])
    return EulerAngles(rotations, cmath.phase(m[big] / made[big]))


class CliffordGate:
    """A one-qubit Clifford gate C.

    Attributes
    ----------
    matrix
        Unitary.
    images
        What C^dagger P C is, for P = ``x``, ``y`` and ``z``.
    """

    __slots__ = ("images", "matrix")

    def __init__(self) -> None:
        self.matrix: Mat2 = matrix2.IDENTITY
        self.images: dict[str, SignedPauli] = dict(PLUS)

    @property
    def trivial(self) -> bool:
        """True if the gate is exactly the identity."""
        return self.matrix == matrix2.IDENTITY

    def then(self, axis: str, angle: float) -> None:
        """Append a rotation by a multiple of pi/2 about x, y or z."""
        self.matrix = matrix2.multiply(matrix2.rotation(axis, angle), self.matrix)
        count = quarter_turns(angle)
        assert count is not None
        for _ in range(count):
            old = dict(self.images)
            first, second = _CYCLE[axis]
            # with R = exp(-i pi/4 P): R^dagger Q R = i P Q, which is -(PQ)/i: for P = x it takes y to -z and z to y
            self.images[first] = _negative(old[second])
            self.images[second] = old[first]

    def first(self, pauli: SignedPauli, angle: float) -> None:
        """Put a rotation by a multiple of pi/2 about the given Pauli operator in front of the gate."""
        axis = next(name for name, plus in PLUS.items() if plus[:2] == pauli[:2])
        angle *= pauli.sign
        self.matrix = matrix2.multiply(self.matrix, matrix2.rotation(axis, angle))
        count = quarter_turns(angle)
        assert count is not None
        inner = CliffordGate()
        for _ in range(count):
            inner.then(axis, HALF_PI)
        for name, image in self.images.items():
            key = next(n for n, plus in PLUS.items() if plus[:2] == image[:2])
            found = inner.images[key]
            self.images[name] = SignedPauli(found.x, found.z, found.sign * image.sign)


_CYCLE = {"x": ("y", "z"), "y": ("z", "x"), "z": ("x", "y")}


def _negative(pauli: SignedPauli) -> SignedPauli:
    return SignedPauli(pauli.x, pauli.z, -pauli.sign)
