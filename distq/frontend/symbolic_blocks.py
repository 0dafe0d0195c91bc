"""Folding of runs that hold unknown angles: CX-RZ(a)-CX is one rotation whatever a is.

With numeric gates N and rotations R_j = exp(-i a_j/2 P_j), ``N_k R_k ... R_1 N_0`` is ``N_k ... N_0`` after the
rotations about ``M_j^dagger P_j M_j``, M_j being the product of the numeric gates before R_j. Where these axes are
products of one-qubit operators (always if the gates are Clifford), each rotation is one parity rotation between local
gates, or a local one; the numeric rest has at most three.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2
from distq.frontend.primitives import OneQubitGate, OneQubitRotation, ParityRotation, Primitive, Swap, TwoQubitBlock
from distq.frontend.weyl import decompose
from distq.ir.program import Matrix

BlockGate: TypeAlias = "OneQubitGate | OneQubitRotation | ParityRotation"

_LONGEST = 8
"""Most multi-qubit rotations that are tried to be folded at once."""

_PAULIS = [matrix2.IDENTITY, matrix2.X, matrix2.Y, matrix2.Z]
_PRODUCTS = np.array([[matrix2.kron(a, b) for b in _PAULIS] for a in _PAULIS])
_PARITY = np.array([1, -1, -1, 1], dtype=np.float64)


class FoldedPart(NamedTuple):
    """What a part of a run became.

    Attributes
    ----------
    rotations
        How many rotations on both qubits it has.
    primitives
        In order, on labels.
    phase
        The global phase that appeared, radians.
    """

    rotations: int
    primitives: list[Primitive]
    phase: float


def fold_symbolic(pair: tuple[int, int], gates: Sequence[BlockGate]) -> FoldedPart:
    """The run ``gates`` on the labels ``pair``, cut into parts such that the fewest rotations are left.

    Dynamic programming over the places at which to cut, with parts of at most 8 rotations: linear in the run's length.
    """
    ends = [i + 1 for i, gate in enumerate(gates) if isinstance(gate, ParityRotation)]
    starts = [0, *ends[:-1]]
    best: list[FoldedPart] = [FoldedPart(0, [], 0.0)]
    for j, end in enumerate(ends):
        choices = []
        for i in range(max(0, j + 1 - _LONGEST), j + 1):
            inside = gates[starts[i] : end]
            part = FoldedPart(1, list(inside), 0.0) if i == j else _fold(pair, inside)
            if part is not None:
                before = best[i]
                rotations, primitives = before.rotations + part.rotations, before.primitives + part.primitives
                choices.append(FoldedPart(rotations, primitives, before.phase + part.phase))
        best.append(min(choices, key=lambda choice: (choice.rotations, len(choice.primitives))))
    last = best[-1]
    return last._replace(primitives=last.primitives + list(gates[ends[-1] :]))


def _fold(pair: tuple[int, int], gates: Sequence[BlockGate]) -> FoldedPart | None:
    """A part of a run with its unknown rotations first; None if one of their axes is no product."""
    made: list[Primitive] = []
    rotations = 0
    numeric: Matrix = np.eye(4, dtype=np.complex128)
    for gate in gates:
        if isinstance(gate, OneQubitGate):
            numeric = _on(pair, gate.qubit, gate.matrix) @ numeric
        elif isinstance(gate, ParityRotation) and isinstance(gate.angle, float):
            numeric = np.exp(-0.5j * gate.angle * _PARITY)[:, None] * numeric
        else:
            if isinstance(gate, ParityRotation):
                axis = np.diag(_PARITY).astype(np.complex128)
            else:
                axis = _on(pair, gate.qubit, matrix2.FIXED[gate.axis])
            factors = _factors(numeric.conj().T @ axis @ numeric)
            if factors is None:
                return None
            rotations += _append_about(made, pair, factors, gate)
    found = decompose(numeric, mirror=True)
    if found is None:
        return None
    made.append(TwoQubitBlock(pair, found.before, found.rotations, found.after))
    if found.mirrored:
        made.append(Swap(pair))
    return FoldedPart(rotations + len(found.rotations), made, found.phase)


def _on(pair: tuple[int, int], label: int, matrix: Mat2) -> Matrix:
    """A one-qubit gate on one label of the pair, shape (4, 4)."""
    return matrix2.kron(matrix, matrix2.IDENTITY) if label == pair[0] else matrix2.kron(matrix2.IDENTITY, matrix)


class _OneQubitFactor(NamedTuple):
    """``sign basis Z basis^dagger``, or ``sign`` times the identity if ``basis`` is None."""

    sign: float
    basis: Mat2 | None


def _factors(operator: Matrix) -> tuple[_OneQubitFactor, _OneQubitFactor] | None:
    """A Hermitian unitary as a product of two one-qubit ones; None if it is none."""
    weights = np.einsum("abij,ji->ab", _PRODUCTS, operator).real / 4
    left, sizes, right = np.linalg.svd(weights)
    if abs(sizes[0] - 1) > matrix2.TOLERANCE or sizes[1] > matrix2.TOLERANCE:
        return None
    first, second = _factor(left[:, 0]), _factor(right[0])
    return (first, second) if first is not None and second is not None else None


def _factor(weights: Matrix) -> _OneQubitFactor | None:
    """One-qubit operator with the given weights of I, X, Y, Z."""
    identity, x, y, z = weights.tolist()
    if abs(abs(identity) - 1) < matrix2.TOLERANCE:
        return _OneQubitFactor(identity, None)
    if abs(identity) > matrix2.TOLERANCE:
        return None
    basis, low, _ = matrix2.spectrum((z, complex(x, -y), complex(x, y), -z))
    return _OneQubitFactor(math.copysign(1.0, math.cos(low)), basis)


def _append_about(
    out: list[Primitive],
    pair: tuple[int, int],
    factors: tuple[_OneQubitFactor, _OneQubitFactor],
    gate: OneQubitRotation | ParityRotation,
) -> int:
    """Append the rotation by the angle of ``gate`` about the product; 1 if it is on both qubits, else 0."""
    bases = [(label, f.basis) for label, f in zip(pair, factors, strict=True) if f.basis is not None]
    angle = gate.angle if factors[0].sign * factors[1].sign > 0 else -gate.angle
    out.extend([OneQubitGate(label, matrix2.dagger(basis)) for label, basis in bases])
    if len(bases) == 2:
        out.append(ParityRotation(pair, angle))
    else:
        out.append(OneQubitRotation(bases[0][0], "z", angle))  # merging moves it before the change of basis
    out.extend([OneQubitGate(label, basis) for label, basis in bases])
    return len(bases) - 1
