"""State vectors of many runs at once, in which ions come and go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

X = np.array([[0, 1], [1, 0]], dtype=np.complex128)
Y = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
Z = np.diag([1.0 + 0j, -1.0])
PAULIS = (X, Y, Z)


class ShotStates:
    """The states of ``shots`` runs of one circuit.

    An ion that nothing has entangled since it was measured or reset holds a bit, in each run its own; only the others
    are axes of the state vectors. What acts on some of the runs is told by a mask.

    Attributes
    ----------
    psi
        (shots, 2, ..., 2), one axis for each of ``axes``; normalised.
    axes
        Ions that are axes of ``psi``.
    bits
        (ions, shots): what the other ions hold.
    """

    def __init__(self, ions: int, shots: int, rng: np.random.Generator) -> None:
        self.psi = np.ones(shots, dtype=np.complex128)
        self.axes: list[int] = []
        self.bits = np.zeros((ions, shots), dtype=np.int8)
        self.rng = rng

    def gate(self, matrix: NDArray[np.complex128], ions: Sequence[int], mask: Mask | None = None) -> None:
        """Apply a unitary, whose first ion is the least significant, to the runs in the mask, or to all."""
        if mask is not None and not mask.any():
            return
        for ion in ions:
            self._enter(ion)
        psi = self.psi if mask is None else self.psi[mask]
        where = [1 + self.axes.index(ion) for ion in reversed(ions)]
        front = np.moveaxis(psi, where, range(len(where)))
        turned = np.tensordot(matrix.reshape([2] * (2 * len(ions))), front, len(ions))
        out = np.moveaxis(turned, range(len(where)), where)
        if mask is None:
            self.psi = np.ascontiguousarray(out)
        else:
            self.psi[mask] = out

    def pauli(self, which: int, ion: int, mask: Mask) -> None:
        """X (0), Y (1) or Z (2) on one ion in the runs in the mask."""
        if ion in self.axes:
            self.gate(PAULIS[which], [ion], mask)
        elif which < 2:
            self.bits[ion] ^= mask

    def excited(self, ion: int) -> NDArray[np.float64]:
        """(shots,) probability that the ion is found in |1>."""
        if ion not in self.axes:
            bits: NDArray[np.float64] = self.bits[ion].astype(np.float64)
            return bits
        one = np.take(self.psi, 1, axis=1 + self.axes.index(ion)).reshape(len(self.psi), -1)
        found: NDArray[np.float64] = np.linalg.norm(one, axis=1) ** 2
        return found

    def measure(self, ion: int, mask: Mask | None = None) -> NDArray[np.int8]:
        """(shots,) outcomes of a Z measurement in the runs in the mask; elsewhere 0, and nothing happens."""
        if ion not in self.axes:
            found: NDArray[np.int8] = self.bits[ion].copy() if mask is None else self.bits[ion] * mask
            return found
        outcomes: NDArray[np.int8] = (self.rng.random(len(self.psi)) < self.excited(ion)).astype(np.int8)
        where = self.axes.index(ion)
        moved = np.moveaxis(self.psi, 1 + where, 1)
        if mask is None:
            self.psi = moved[np.arange(len(moved)), outcomes].copy()
            del self.axes[where]
            self.bits[ion] = outcomes
            self._normalise()
            return outcomes
        rows = np.flatnonzero(mask)
        moved[rows, 1 - outcomes[rows]] = 0.0
        self._normalise()
        return outcomes * mask

    def damp(self, ion: int, lost: NDArray[np.float64]) -> None:
        """Relaxation: |1> decays to |0> with the probability ``lost`` (shots,)."""
        one = self.excited(ion)
        jump = self.rng.random(len(one)) < one * lost
        if ion not in self.axes:
            self.bits[ion] *= ~jump
            return
        if jump.any():
            self.measure_is(ion, 1, jump)
            self.gate(X, [ion], jump)
        view = np.moveaxis(self.psi, 1 + self.axes.index(ion), 1)
        kept = np.where(jump, 1.0, np.sqrt(1.0 - lost))
        view[:, 1] *= kept.reshape(-1, *[1] * (view.ndim - 2))
        self._normalise()

    def measure_is(self, ion: int, value: int, mask: Mask) -> None:
        """Project an ion that is an axis on ``value`` in the runs in the mask."""
        view = np.moveaxis(self.psi, 1 + self.axes.index(ion), 1)
        view[np.flatnonzero(mask), 1 - value] = 0.0
        self._normalise()

    def _enter(self, ion: int) -> None:
        """Make an ion an axis."""
        if ion in self.axes:
            return
        shots = len(self.psi)
        basis = np.zeros((shots, 2))
        basis[np.arange(shots), self.bits[ion]] = 1.0
        self.psi = self.psi[..., None] * basis.reshape(shots, *[1] * len(self.axes), 2)
        self.axes.append(ion)

    def _normalise(self) -> None:
        flat = self.psi.reshape(len(self.psi), -1)
        norms = np.linalg.norm(flat, axis=1)
        self.psi = (flat / norms[:, None]).reshape(self.psi.shape)
