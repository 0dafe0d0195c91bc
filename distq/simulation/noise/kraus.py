"""Kraus operators of one-qubit noise that is no mixture of Paulis: relaxation, and the measurement of coherent copies.

Relaxation has two Kraus operators, diag(1, sqrt(1 - g)) and sqrt(g) |0><1|, with g = 1 - exp(-t/T1) (amplitude damping;
Nielsen and Chuang, section 8.3.5). Other channels are given as transfer matrices and diagonalised
(:func:`kraus_operators`). Tests compare them with the full protocol, ion by ion.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError
from distq.ir.program import Matrix
from distq.simulation.noise.matrices import Entries, entries
from distq.simulation.noise.transfer_matrices import Transfer


class KrausOperator(NamedTuple):
    """``matrix`` on one qubit, then the Pauli of the digit ``pauli`` (x + 2 z) on another one, or on the same."""

    matrix: Entries
    pauli: int


def relaxation(decayed: float) -> tuple[KrausOperator, ...]:
    """Kraus operators of relaxation: no jump, and a jump as a projection followed by X."""
    return (
        KrausOperator((1.0, 0.0, 0.0, math.sqrt(1.0 - decayed)), 0),
        KrausOperator((0.0, 0.0, 0.0, math.sqrt(decayed)), 1),
    )


def proposal_probabilities(operators: Sequence[KrausOperator]) -> NDArray[np.float64]:
    """Probabilities with which trajectories draw the operators before they know the state.

    Each operator but the first gets the most that any state gives it, its largest singular value squared; the first
    one gets the rest. What a state gives is at most that, so a drawn operator is accepted or not once the state is
    known.

    Raises
    ------
    SimulationError
        The others leave nothing for the first one.
    """
    out = np.array([np.linalg.norm(np.reshape(operator.matrix, (2, 2)), 2) ** 2 for operator in operators])
    out[0] = 1.0 - out[1:].sum()
    if out[0] < 1e-13:
        raise SimulationError("noise that is no Pauli channel is too strong for trajectories", "use --engine density")
    return out


def kraus_operators(transfer: Transfer) -> tuple[KrausOperator, ...] | None:
    """Kraus operators of a channel, the most likely one first; None if the map is not completely positive.

    They are the eigenvectors of its Choi matrix times the square roots of their eigenvalues (Choi, Linear Algebra Appl.
    10, 285 (1975)). If populations and coherences do not mix, every operator is diagonal, or diagonal and then X.
    """
    choi = _choi_matrix(transfer)
    stays, jumps = [0, 3], [1, 2]  # indices 2 * in + out of |0><0|, |1><1| and of |1><0|, |0><1|
    if np.allclose(choi[np.ix_(stays, jumps)], 0.0, atol=1e-15):
        found = _eigenpairs(choi[np.ix_(stays, stays)], stays, 0) + _eigenpairs(choi[np.ix_(jumps, jumps)], stays, 1)
    else:
        found = _eigenpairs(choi, [0, 1, 2, 3], 0)
    if min(pair.value for pair in found) < -1e-12:
        return None
    kept = sorted([pair for pair in found if pair.value > 1e-16], key=lambda pair: -pair.value)
    return tuple([pair.operator() for pair in kept])


def _choi_matrix(transfer: Transfer) -> Matrix:
    """The Choi matrix of a channel, 4 x 4, with indices 2 * in + out."""
    paulis = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
    choi: Matrix = np.zeros((4, 4), dtype=np.complex128)
    for i, j in np.argwhere(transfer).tolist():
        choi += transfer[i, j] / 2 * np.kron(paulis[j].T, paulis[i])
    return choi


class _Eigenpair(NamedTuple):
    """An eigenvalue of a Choi matrix, the 2 x 2 matrix that its eigenvector is, and the Pauli that comes after it."""

    value: float
    matrix: Entries
    pauli: int

    def operator(self) -> KrausOperator:
        """The Kraus operator."""
        root = math.sqrt(self.value)
        a, b, c, d = self.matrix
        return KrausOperator((root * a, root * b, root * c, root * d), self.pauli)


def _eigenpairs(block: Matrix, indices: list[int], pauli: int) -> list[_Eigenpair]:
    """Eigenpairs of a block of a Choi matrix; ``indices``, 2 * in + out, are where eigenvectors have their entries."""
    values, vectors = np.linalg.eigh(block)
    found = []
    for value, vector in zip(values.tolist(), vectors.T, strict=True):
        flat = np.zeros(4, dtype=np.complex128)
        flat[indices] = vector
        found.append(_Eigenpair(value, entries(flat.reshape(2, 2).T), pauli))
    return found


@lru_cache(maxsize=4096)
def copy_measurement(wrong: float, gate_error: float) -> tuple[KrausOperator, ...]:
    """Closing a coherent copy, after the CX from its root: Kraus operators on the copy, with a Pauli on the root.

    The outcome of the copy's measurement in the X basis is wrong with probability ``wrong``; the conditional Z on the
    root is followed by a depolarising error of probability ``gate_error``. Outcome m has the Kraus operator
    (A + (-1)^m B)/sqrt 2 with A, B = <0|, <1| on the copy; here they are mixed to one that is nearly A, and small ones.
    """
    even, odd = np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([[0.5, -0.5], [-0.5, 0.5]])
    right, p = 1.0 - wrong, gate_error
    weights = {
        0: right * (even + (1 - p) * odd) + wrong * p / 3 * even,
        2: right * p / 3 * odd + wrong * ((1 - p) * even + odd),
        1: right * p / 3 * odd + wrong * p / 3 * even,
        3: right * p / 3 * odd + wrong * p / 3 * even,
    }
    found = []
    for pauli, weight in weights.items():
        (a, b), (_, c) = weight.tolist()
        first = (math.sqrt(a), b / math.sqrt(a)) if a > 0.0 else (0.0, 0.0)
        for row in (first, (0.0, math.sqrt(max(0.0, c - first[1] ** 2)))):
            if max(map(abs, row)) > 1e-12:
                found.append(KrausOperator((row[0], row[1], 0.0, 0.0), pauli))
    return tuple(found)
