"""Two-qubit unitaries as local gates around the fewest commuting rotations (Cartan decomposition).

In: a 4x4 unitary. Out: :class:`Cartan`. Source: Kraus and Cirac, PRA 63, 062309 (2001); computed by Qiskit.
"""

from __future__ import annotations

import cmath
import math
from typing import Any, NamedTuple

import numpy as np
from qiskit.exceptions import QiskitError
from qiskit.synthesis import TwoQubitWeylDecomposition

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2
from distq.ir.program import Matrix

_ZERO = 1e-10
_EXACT = 1e-9
_XX, _YY, _ZZ = (matrix2.kron(p, p) for p in (matrix2.X, matrix2.Y, matrix2.Z))
_PAULIS = {"x": _XX, "y": _YY, "z": _ZZ}
_HALF = math.sqrt(0.5)
_BASES: dict[str, Mat2] = {
    "x": (_HALF, _HALF, _HALF, -_HALF),
    "y": (_HALF, _HALF, 1j * _HALF, -1j * _HALF),
    "z": matrix2.IDENTITY,
}
"""Basis changes F with F Z F^-1 = X, Y, Z."""
_SWAP = np.eye(4)[[0, 2, 1, 3]].astype(np.complex128)
_EYE = np.eye(4, dtype=np.complex128)


_TURNS = (matrix2.u_gate(0.7, 0.3, 1.1), matrix2.u_gate(1.3, 2.1, 0.4))
"""Gates without any symmetry, for :func:`decompose_any`."""


class Cartan(NamedTuple):
    """``exp(i phase) SWAP^mirrored (after0 x after1) prod exp(-i angle/2 P x P) (before0 x before1)``.

    Attributes
    ----------
    before, after
        One-qubit gates of the first and of the second qubit.
    rotations
        At most three ``(axis, angle)``, P being the Pauli operator ``x``, ``y`` or ``z``.
    phase
        Radians.
    mirrored
        True if a SWAP comes last.
    """

    before: tuple[Mat2, Mat2]
    rotations: tuple[tuple[str, float], ...]
    after: tuple[Mat2, Mat2]
    phase: float
    mirrored: bool


def decompose(unitary: Matrix, mirror: bool = False) -> Cartan | None:
    """Decompose a two-qubit unitary.

    Parameters
    ----------
    unitary
        Shape (4, 4); the first qubit is the more significant one.
    mirror
        Take the form with a SWAP at the end if that needs fewer rotations.

    Returns
    -------
    Cartan or None
        None if the numerical decomposition is not exact to 1e-9 on every entry.
    """
    try:
        weyl: Any = TwoQubitWeylDecomposition(unitary, fidelity=None)
    except QiskitError:
        return None
    coordinates = (weyl.a, weyl.b, weyl.c)
    before = (matrix2.from_array(weyl.K2l), matrix2.from_array(weyl.K2r))
    after = (matrix2.from_array(weyl.K1l), matrix2.from_array(weyl.K1r))
    rotations, local = _terms(coordinates)
    mirrored = False
    if mirror and rotations:
        # SWAP is exp(i pi/4 (XX + YY + ZZ)) up to phase
        other = _terms(tuple([c + math.pi / 4 for c in coordinates]))
        if len(other[0]) < len(rotations):
            (rotations, local), mirrored, after = other, True, (after[1], after[0])
    before = (matrix2.multiply(local, before[0]), matrix2.multiply(local, before[1]))
    if len(rotations) == 1:
        before, after = _without_common_turns(before, after, rotations[0][0])
    return _verified(unitary, Cartan(before, rotations, after, 0.0, mirrored))


def decompose_any(unitary: Matrix) -> Cartan | None:
    """The same as :func:`decompose`; where Qiskit's eigenvalue search fails, the unitary is turned locally first."""
    found = decompose(unitary)
    if found is not None:
        return found
    turned = decompose(unitary @ matrix2.kron(*_TURNS).conj().T)
    if turned is None:
        return None
    before = (matrix2.multiply(turned.before[0], _TURNS[0]), matrix2.multiply(turned.before[1], _TURNS[1]))
    return _verified(unitary, turned._replace(before=before))


def _without_common_turns(
    before: tuple[Mat2, Mat2], after: tuple[Mat2, Mat2], axis: str
) -> tuple[tuple[Mat2, Mat2], tuple[Mat2, Mat2]]:
    """Gates before a lone rotation without what commutes with it, which goes after it.

    The numerical decomposition puts an arbitrary turn about the axis before and its inverse after. Without it the local
    gates of a Clifford unitary are Clifford gates.
    """
    turns = [_leading_turn(m, axis) for m in before]
    inverse = [matrix2.rotation(axis, -turn) for turn in turns]
    forward = [matrix2.rotation(axis, turn) for turn in turns]
    return (
        (matrix2.multiply(inverse[0], before[0]), matrix2.multiply(inverse[1], before[1])),
        (matrix2.multiply(after[0], forward[0]), matrix2.multiply(after[1], forward[1])),
    )


def _leading_turn(matrix: Mat2, axis: str) -> float:
    """The last angle of a decomposition into turns about the axis, another one, and the axis."""
    basis = _BASES[axis]
    a, b, c, d = matrix2.multiply(matrix2.dagger(basis), matrix2.multiply(matrix, basis))
    both = cmath.phase(d / a) if abs(a) > _EXACT else None  # first + last angle
    apart = cmath.phase(-c / b) if abs(b) > _EXACT else None  # last - first
    if both is None or apart is None:
        return both or apart or 0.0  # the first angle may be 0
    return (both + apart) / 2


def _terms(coordinates: tuple[float, ...]) -> tuple[tuple[tuple[str, float], ...], Mat2]:
    """Rotations that make exp(i (a XX + b YY + c ZZ)), and the Pauli that is left on each qubit, up to phase."""
    rotations = []
    local = matrix2.IDENTITY
    for axis, coordinate in zip("xyz", coordinates, strict=True):
        quarters = round(coordinate / (math.pi / 2))
        if quarters % 2:  # exp(i pi/2 P x P) = i P x P
            local = matrix2.multiply(matrix2.FIXED[axis], local)
        rest = coordinate - quarters * (math.pi / 2)
        if abs(rest) > _ZERO:
            rotations.append((axis, -2 * rest))
    return tuple(rotations), local


def _verified(unitary: Matrix, found: Cartan) -> Cartan | None:
    """``found`` with its phase, if it is the unitary."""
    made = matrix2.kron(*found.before)
    for axis, angle in found.rotations:
        made = (math.cos(angle / 2) * _EYE - 1j * math.sin(angle / 2) * _PAULIS[axis]) @ made
    made = matrix2.kron(*found.after) @ made
    if found.mirrored:
        made = _SWAP @ made
    overlap = np.vdot(made, unitary)
    phase = float(np.angle(overlap))
    if float(np.abs(made * np.exp(1j * phase) - unitary).max()) > _EXACT:
        return None
    return found._replace(phase=phase)
