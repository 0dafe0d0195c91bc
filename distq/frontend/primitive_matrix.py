"""The matrix of a list of primitives: for powers of gates, which need the eigenvalues of what they repeat."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from distq.frontend.primitives import OneQubitGate, ParityRotation, Phase, Primitive, Swap

Matrix = NDArray[np.complex128]


def matrix_of(primitives: Sequence[Primitive], num_qubits: int, global_phase: float) -> Matrix | None:
    """Unitary of unconditioned primitives, shape (2^n, 2^n); bit q of an index is qubit q.

    None if some angle is not known, or something else than a gate is among them. Takes O(4^n) per primitive.
    """
    size = 1 << num_qubits
    index = np.arange(size)
    out = np.eye(size, dtype=np.complex128) * cmath.exp(1j * global_phase)
    for primitive in primitives:
        match primitive:
            case OneQubitGate(q, matrix):
                a, b, c, d = np.asarray(matrix, dtype=np.complex128).ravel()
                one = index >> q & 1
                flipped = out[index ^ (1 << q)]
                out = np.where(one, d, a)[:, None] * out + np.where(one, c, b)[:, None] * flipped
            case ParityRotation(qubits, float(angle)):
                sign = 1 - 2 * (sum([index >> q & 1 for q in qubits]) & 1)
                out *= np.exp(-0.5j * angle * sign)[:, None]
            case Phase(qubits, pattern, float(angle)):
                held = np.all([(index >> q & 1) == p for q, p in zip(qubits, pattern, strict=True)], axis=0)
                out *= np.where(held, cmath.exp(1j * angle), 1.0)[:, None]
            case Swap((a, b)):
                differ = (index >> a ^ index >> b) & 1
                out = out[index ^ (differ << a | differ << b)]
            case _:
                return None
    return out


def power_of(matrix: Matrix, exponent: float) -> Matrix:
    """A power of a unitary, by its eigenvalues' principal arguments, in (-pi, pi], as Qiskit takes them."""
    from scipy.linalg import schur

    triangular, basis = schur(matrix, output="complex")
    angles = np.angle(np.diag(triangular))
    angles = np.where(angles <= -math.pi + 1e-12, math.pi, angles)
    powered: Matrix = (basis * np.exp(1j * exponent * angles)) @ basis.conj().T
    return powered
