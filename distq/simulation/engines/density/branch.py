"""The unnormalised density matrix that goes with one value of the classical bits, and what ops do to it.

Index bits of the matrix, as a vector: n row bits, n column bits, then one bit per live frame, lowest first. Coherent
copies are qubits too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.density.kernels import mix
from distq.simulation.noise.pauli_channels import Channel
from distq.simulation.noise.steps import KrausNoise
from distq.simulation.reduction.frame_program import FrameSite, Operand, PauliActions
from distq.simulation.statevector import kernels

Complex = NDArray[np.complex128]
Frames = tuple[int, ...]
Operands = tuple[Operand, ...]


class DensityBranch:
    """An unnormalised density matrix with live frames.

    Attributes
    ----------
    n
        Number of lines.
    rho
        The matrix as a vector, shape (4**n * 2**len(frames),).
    frames
        The live frames, in the order of their index bits.
    """

    def __init__(self, n: int, rho: Complex, frames: list[int]) -> None:
        self.n, self.rho, self.frames = n, rho, frames

    @classmethod
    def start(cls, n: int) -> DensityBranch:
        """All lines in |0>, without frames."""
        rho = np.zeros(4**n, dtype=np.complex128)
        rho[0] = 1.0
        return cls(n, rho, [])

    def copy(self) -> DensityBranch:
        """The same with a matrix of its own."""
        return DensityBranch(self.n, self.rho.copy(), list(self.frames))

    @property
    def marginal(self) -> Complex:
        """Sum over the values of the frames: the density matrix of the lines, transposed, shape (2**n, 2**n)."""
        side = 2**self.n
        out: Complex = self.rho.reshape(-1, side, side).sum(axis=0)
        return out

    def local(self, line: int, matrix: Complex) -> None:
        """A 2x2 matrix, row by row, on a line."""
        kernels.apply_1q(self.rho, line, *matrix)
        kernels.apply_1q(self.rho, line + self.n, *matrix.conj())

    def rotation(self, mask: int, angle: float, operands: Operands) -> None:
        """exp(-i angle/2 Z x ... x Z) on the lines of ``mask``, with frames that invert the operands."""
        flips = self._mask(_frames(operands))
        kernels.rotate(self.rho, mask | flips, angle)
        kernels.rotate(self.rho, mask << self.n | flips, -angle)

    def phase(self, mask: int, value: int, angle: float, operands: Operands) -> None:
        """exp(i angle) where the lines of ``mask`` are ``value``, with frames that invert the operands."""
        for pattern in self._patterns(operands, value):
            for shift, sign in ((0, 1), (self.n, -1)):
                lines = mask << shift | pattern.frame_mask
                kernels.phase(self.rho, lines, pattern.value << shift | pattern.frame_bits, sign * angle)

    def _patterns(self, operands: Operands, value: int) -> Iterator[_Pattern]:
        involved = [(line, frame) for line, frame in operands if frame is not None]
        mask = self._mask(_frames(operands))
        for choice in range(2 ** len(involved)):
            bits, flipped = 0, value
            for k, (line, frame) in enumerate(involved):
                if choice >> k & 1:
                    bits |= self._bit(frame)
                    flipped ^= 1 << line
            yield _Pattern(mask, bits, flipped)

    def project(self, line: int, outcome: int, *, restore: bool = False) -> None:
        """Project a line on an outcome; with ``restore`` it is |0> afterwards."""
        kernels.project(self.rho, line, outcome, restore)
        kernels.project(self.rho, line + self.n, outcome, restore)

    def recorded(self, frame: int | None, outcome: int) -> list[tuple[int, DensityBranch]]:
        """A projected branch by the bit that is written for its outcome: inverted where ``frame`` is 1."""
        if frame not in self.frames:
            return [(outcome, self)]
        parts = []
        for bit in (0, 1):
            part = self.copy()
            kernels.project(part.rho, self._bit(frame).bit_length() - 1, outcome ^ bit, False)
            parts.append((bit, part))
        return parts

    def reset(self, line: int) -> None:
        """Reset a line to |0>."""
        one = self.copy()
        self.project(line, 0, restore=True)
        one.project(line, 1, restore=True)
        self.rho = one.rho + self.rho

    def kraus(self, op: KrausNoise[Operand, PauliActions]) -> None:
        """Sum over Kraus operators; where the line is inverted by a frame, they are diagonal."""
        total = np.zeros_like(self.rho)
        index = np.arange(self.rho.size)
        line, of_x, of_z = op.operand.line, op.pauli_on.of_x, op.pauli_on.of_z
        inverted = (index & self._mask(_frames((op.operand,)))) != 0
        row, column = (((index >> shift & 1) == 1) ^ inverted for shift in (line, line + self.n))
        for (m00, m01, m10, m11), pauli in op.operators:
            if m01 == m10 == 0.0:
                part = self.rho * np.where(row, m11, m00) * np.where(column, m11, m00).conj()
            else:
                transformed = self.copy()
                transformed.local(line, np.array((m00, m01, m10, m11)))
                part = transformed.rho
            if pauli & 2:
                z = np.bitwise_count(index & self._flips(of_z.z, ())).astype(np.int64) & 1
                part *= 1 - 2 * z
            total += part[index ^ self._flips(of_x.x, of_x.frames)] if pauli & 1 else part
        self.rho = total

    def pauli_channel(self, site: FrameSite) -> None:
        """The Pauli channel of a fault site."""
        by_x = [self._flips(of_x.x, of_x.frames) for of_x, _ in site.operands]
        by_z = [self._flips(of_z.x, of_z.frames) for _, of_z in site.operands]
        signs = [self._flips(of_z.z, ()) for _, of_z in site.operands]
        out = np.empty_like(self.rho)
        mix(self.rho, out, *_mixture(site.error.channel, by_x, by_z), signs[0], signs[-1])
        self.rho = out

    def new_frame(self, frame: int, sources: Frames) -> None:
        """``frame`` comes to be, the parity of ``sources``."""
        mask = self._mask(tuple([f for f in sources if f in self.frames]))
        index = np.arange(self.rho.size) if mask else np.zeros(1, dtype=np.int64)
        odd = np.bitwise_count(index & mask) & 1
        self.rho = np.concatenate([np.where(odd, 0.0, self.rho), np.where(odd, self.rho, 0.0)])
        self.frames.append(frame)

    def change_reference(self, frame: int, line: int, others: Frames) -> None:
        """Where ``frame`` is 1, X on ``line`` and a flip of the ``others``."""
        bit = self._bit(frame)
        flips = self._flips(1 << line, others)
        index = np.arange(self.rho.size)
        self.rho = self.rho[np.where(index & bit, index ^ flips, index)]

    def drop(self, frame: int) -> None:
        """Forget the value of ``frame``."""
        self.rho = self.rho.reshape(-1, 2, self._bit(frame)).sum(axis=1).ravel()
        self.frames.remove(frame)

    def _flips(self, lines: int, frames: Frames) -> int:
        """Index bits that X on the lines of bit mask ``lines`` and a flip of the live ones of ``frames`` turn over."""
        return lines | lines << self.n | self._mask(tuple([f for f in frames if f in self.frames]))

    def _bit(self, frame: int) -> int:
        """Index bit of a live frame."""
        return 1 << (2 * self.n + self.frames.index(frame))

    def _mask(self, frames: Frames) -> int:
        """Index bits of live frames; of those that stand there twice, none."""
        mask = 0
        for frame in frames:
            mask ^= self._bit(frame)
        return mask


class _Pattern(NamedTuple):
    """Values of the frames that invert operands, and the lines' bits that get a phase then."""

    frame_mask: int
    frame_bits: int
    value: int


def _frames(operands: Operands) -> Frames:
    return tuple([operand.frame for operand in operands if operand.frame is not None])


def _mixture(channel: Channel, by_x: list[int], by_z: list[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What ``mix`` takes: the different ``flips``, none first, and ``table[a, d]``.

    ``by_x`` and ``by_z`` are, per operand, the index bits that its X and its Z turn over. ``table[a, d]`` is the sum of
    the probabilities of all Paulis that turn over ``flips[a]``, signed by the Z parts of the operands with parities d.
    """
    rows: dict[int, NDArray[np.float64]] = {0: np.zeros(4)}
    for pauli, p in enumerate(channel):
        turned, sign = 0, np.ones(4)
        for k in range(len(by_x)):
            digit = pauli >> 2 * k & 3
            turned ^= (by_x[k] if digit & 1 else 0) ^ (by_z[k] if digit & 2 else 0)
            if digit & 2:
                sign = sign * (1 - 2 * (np.arange(4) >> k & 1))
        rows[turned] = rows.get(turned, 0.0) + p * sign
    return np.array(list(rows), dtype=np.int64), np.array(list(rows.values()))
