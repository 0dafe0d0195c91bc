"""State vectors for the check of the reader: gates, measurements and resets on a tensor, one branch at a time.

Two runs of one circuit are compared, in which measurements must fall alike. So no outcome is drawn: the k-th value that
is written to a classical bit is a fixed one, unless that is impossible. What a reset discards stays as a further axis
of the state, since the two runs may discard it in different bases.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Matrix

MAX_SIZE = 1 << 18
"""Amplitudes of a state with what it discarded."""

IMPOSSIBLE = 1e-9
"""An outcome with a smaller probability is not taken."""


class TooLargeError(Exception):
    """The circuit discards too much."""


class StateRun:
    """One run of a circuit.

    Attributes
    ----------
    state
        Shape (2, ..., 2, d): axis q is qubit q, the last axis what resets have discarded (or, for a matrix, columns).
    bits
        Values of the classical bits that were written; bits that never were are 0.
    log_probability
        Natural logarithm of the probability of all outcomes so far.
    """

    def __init__(self, state: NDArray[np.complex128]) -> None:
        self.state = state
        self.bits: Counter[int] = Counter()
        self.log_probability = 0.0
        self._writes: Counter[int] = Counter()

    def apply(self, matrix: Matrix, qubits: Sequence[int]) -> None:
        """Apply a unitary of shape (2^k, 2^k) to k qubits, the first of them least significant."""
        k = len(qubits)
        axes = list(reversed(qubits))
        tensor = np.tensordot(matrix.reshape((2,) * (2 * k)), self.state, (range(k, 2 * k), axes))
        self.state = np.moveaxis(tensor, range(k), axes)

    def phase(self, angle: float) -> None:
        """Multiply by exp(i angle)."""
        self.state = self.state * np.exp(1j * angle)

    def measure(self, qubit: int, clbit: int) -> None:
        """Measure a qubit into a classical bit."""
        wanted = zlib.crc32(f"{clbit} {self._writes[clbit]}".encode()) & 1
        self._writes[clbit] += 1
        self.bits[clbit] = self._project(qubit, wanted)

    def reset(self, qubit: int) -> None:
        """Reset a qubit to |0>.

        Raises
        ------
        TooLargeError
            So much was discarded that the state has become too large.
        """
        discarded = np.moveaxis(self.state, qubit, -1)
        kept = discarded.reshape((*discarded.shape[:-2], -1))
        amplitudes = kept.reshape(-1, kept.shape[-1])
        fewer = 1 << (self.state.ndim - 1)
        if amplitudes.shape[1] > 2 * fewer:  # the reduced state of n qubits needs no more than 2^n dimensions beside it
            _, triangular = np.linalg.qr(amplitudes.conj().T)
            kept = triangular.conj().T.reshape((*kept.shape[:-1], -1))
        fresh = np.zeros((2, *kept.shape), dtype=np.complex128)
        fresh[0] = kept
        self.state = np.moveaxis(fresh, 0, qubit)
        if self.state.size > MAX_SIZE:
            raise TooLargeError

    def _project(self, qubit: int, wanted: int) -> int:
        """Find ``wanted`` in the qubit, or the other value if ``wanted`` is impossible; what was found."""
        weights = (np.abs(np.moveaxis(self.state, qubit, 0).reshape(2, -1)) ** 2).sum(axis=1)
        share = weights / weights.sum()
        found = wanted if share[wanted] > IMPOSSIBLE else 1 - wanted
        keep = np.zeros((2,) + (1,) * (self.state.ndim - 1))
        keep[found] = 1 / math.sqrt(float(share[found]))
        self.state = self.state * np.moveaxis(keep, 0, qubit)
        self.log_probability += math.log(float(share[found]))
        return found


def product_state(num_qubits: int, seed: int) -> NDArray[np.complex128]:
    """A product of Haar-random states of single qubits, shape (2, ..., 2, 1)."""
    rng = np.random.default_rng(seed)
    state = np.ones((), dtype=np.complex128)
    for _ in range(num_qubits):
        single = rng.normal(size=2) + 1j * rng.normal(size=2)
        state = np.multiply.outer(state, single / np.linalg.norm(single))
    return state[..., None]
