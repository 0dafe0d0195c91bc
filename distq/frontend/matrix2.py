"""Algebra of 2x2 matrices as plain tuples ``(m00, m01, m10, m11)``: many times faster than small arrays.

``multiply(a, b)`` is first b, then a. Matrices are unitary wherever nothing else is said.
"""

from __future__ import annotations

import cmath
import math
from typing import Any, TypeAlias

import numpy as np

from distq.ir.program import Matrix

Mat2: TypeAlias = "tuple[complex, complex, complex, complex]"

TOLERANCE = 1e-9
"""Below this an entry of a unitary matrix counts as zero when a gate is classified. Nothing is ever rounded."""

_EXACT = 1e-13
"""Matrices that are unitary to this are left as they are."""

_R = 1 / math.sqrt(2)
IDENTITY: Mat2 = (1, 0, 0, 1)
X: Mat2 = (0, 1, 1, 0)
Y: Mat2 = (0, -1j, 1j, 0)
Z: Mat2 = (1, 0, 0, -1)
H: Mat2 = (_R, _R, _R, -_R)
S: Mat2 = (1, 0, 0, 1j)
SDG: Mat2 = (1, 0, 0, -1j)
T: Mat2 = (1, 0, 0, cmath.exp(0.25j * math.pi))
TDG: Mat2 = (1, 0, 0, cmath.exp(-0.25j * math.pi))
SX: Mat2 = (0.5 + 0.5j, 0.5 - 0.5j, 0.5 - 0.5j, 0.5 + 0.5j)
SXDG: Mat2 = (0.5 - 0.5j, 0.5 + 0.5j, 0.5 + 0.5j, 0.5 - 0.5j)

FIXED: dict[str, Mat2] = {
    "x": X,
    "y": Y,
    "z": Z,
    "h": H,
    "s": S,
    "sdg": SDG,
    "t": T,
    "tdg": TDG,
    "sx": SX,
    "sxdg": SXDG,
}
"""Matrices of the standard gates without parameters, by name."""


def multiply(a: Mat2, b: Mat2) -> Mat2:
    """The product ``a b``: first b, then a."""
    a0, a1, a2, a3 = a
    b0, b1, b2, b3 = b
    return (a0 * b0 + a1 * b2, a0 * b1 + a1 * b3, a2 * b0 + a3 * b2, a2 * b1 + a3 * b3)


def dagger(m: Mat2) -> Mat2:
    """Hermitian conjugate."""
    return (m[0].conjugate(), m[2].conjugate(), m[1].conjugate(), m[3].conjugate())


def is_diagonal(m: Mat2) -> bool:
    """True if the unitary ``m`` is diagonal."""
    return abs(m[1]) < TOLERANCE and abs(m[2]) < TOLERANCE


def flip_of(m: Mat2) -> int | None:
    """0 if the unitary ``m`` is diagonal, 1 if it is anti-diagonal, None if it is neither."""
    if abs(m[1]) < TOLERANCE and abs(m[2]) < TOLERANCE:
        return 0
    return 1 if abs(m[0]) < TOLERANCE and abs(m[3]) < TOLERANCE else None


def rotation(axis: str, angle: float) -> Mat2:
    """exp(-i angle/2 P) for the Pauli P named ``x``, ``y`` or ``z``."""
    cos, sin = math.cos(angle / 2), math.sin(angle / 2)
    if axis == "x":
        return (cos, -1j * sin, -1j * sin, cos)
    if axis == "y":
        return (cos, -sin, sin, cos)
    return (complex(cos, -sin), 0, 0, complex(cos, sin))


def u_gate(theta: float, phi: float, lam: float) -> Mat2:
    """Qiskit's ``u`` gate."""
    cos, sin = math.cos(theta / 2), math.sin(theta / 2)
    return (cos, -cmath.exp(1j * lam) * sin, cmath.exp(1j * phi) * sin, cmath.exp(1j * (phi + lam)) * cos)


def spectrum(m: Mat2) -> tuple[Mat2, float, float]:
    """Spectral form of a unitary: ``m = V diag(exp(i alpha), exp(i beta)) V^dagger``.

    Returns
    -------
    V, alpha, beta
        V is the identity if ``m`` is a multiple of it.
    """
    a, b, c, d = m
    delta = cmath.phase(a * d - b * c) / 2
    w = cmath.exp(-1j * delta)
    a, b, c, d = a * w, b * w, c * w, d * w
    # m = exp(i delta) (cos(phi) - i sin(phi) n.sigma) with a unit vector n
    cos = ((a + d) / 2).real
    nx, ny, nz = (0.5j * (b + c)).real, ((c - b) / 2).real, (0.5j * (a - d)).real
    sin = math.sqrt(nx * nx + ny * ny + nz * nz)
    if sin < 1e-14:
        scalar = delta if cos > 0 else delta + math.pi
        return IDENTITY, scalar, scalar
    phi = math.atan2(sin, cos)
    sign = -1.0 if nz < 0 else 1.0  # the eigenvector of the upper half sphere is the well conditioned one
    nx, ny, nz, phi = sign * nx / sin, sign * ny / sin, sign * nz / sin, sign * phi
    norm = math.sqrt(2 * (1 + nz))
    p, r = (1 + nz) / norm, complex(nx, ny) / norm
    return (p, -r.conjugate(), r, p), delta - phi, delta + phi


def to_basis(axis: str) -> Mat2:
    """The gate B with ``B P B^dagger = Z`` for the Pauli operator P named ``x``, ``y`` or ``z``."""
    return {"x": H, "y": multiply(H, SDG), "z": IDENTITY}[axis]


def wrap(angle: float) -> float:
    """``angle`` modulo 2 pi, in (-pi, pi]; unchanged if it lies there already, however small."""
    if -math.pi < angle <= math.pi:
        return angle
    return -math.remainder(-angle, 2 * math.pi)


def from_array(m: Any) -> Mat2:
    """Tuple form of a 2x2 array."""
    return (complex(m[0][0]), complex(m[0][1]), complex(m[1][0]), complex(m[1][1]))


def to_array(m: Mat2) -> Matrix:
    """Array form, shape (2, 2)."""
    return np.array(m, dtype=np.complex128).reshape(2, 2)


def nearest_unitary(matrix: Matrix) -> Matrix:
    """The unitary closest to ``matrix``, which Qiskit lets be unitary to some 1e-8 only; itself if it is one.

    It is the unitary factor of the polar decomposition (K. Fan and A. J. Hoffman, Proc. AMS 6, 111 (1955)).
    """
    if np.abs(matrix.conj().T @ matrix - np.eye(len(matrix))).max() < _EXACT:
        return matrix
    left, _, right = np.linalg.svd(matrix)
    found: Matrix = left @ right
    return found


def kron(a: Mat2, b: Mat2) -> Matrix:
    """Kronecker product, shape (4, 4); ``a`` acts on the more significant qubit."""
    out: Matrix = np.outer(np.array(a, dtype=np.complex128), np.array(b, dtype=np.complex128))
    return out.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)
