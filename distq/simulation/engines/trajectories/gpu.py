"""Trajectories as one array, for a GPU: every array operation moves all of them by one op.

The code uses only what NumPy, CuPy and PyTorch arrays have in common. It computes what the kernel
:func:`distq.simulation.statevector.kernels.sweep` does, trajectory by trajectory the same numbers. All trajectories
advance with the noiseless state; each leaves it at its first fault and is compared with it after its last one, when its
row is freed. Memory for as many rows is taken as there are trajectories under way at once, at most what is free on the
device.
"""

from __future__ import annotations

import cmath
import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError
from distq.simulation.arrays import Arrays
from distq.simulation.statevector.fault_sampling import Trajectories
from distq.simulation.statevector.kernels import BRANCH, LOCAL, ROTATION
from distq.simulation.statevector.op_arrays import Flat

PASS_BYTES = 1 << 28
"""Rows that one array operation works on at a time, if a row is not larger: bounds the intermediate results."""
WORKING_ROWS = 6
"""Intermediate results of an operation on one row, in rows."""
USABLE = 0.9
"""Part of the free device memory that may be taken; the rest is lost between allocations."""


def device_bytes(qubits: int, rows: int) -> int:
    """Device memory that ``rows`` trajectories under way at once take, at most."""
    row = 16 << qubits
    tables = (qubits + 1) * row // 2
    return (rows + 2 + WORKING_ROWS) * row + tables + 2 * max(PASS_BYTES, row)


def rows_that_fit(qubits: int, arrays: Arrays) -> int:
    """How many trajectories can be under way at once in the free memory of the device.

    Raises
    ------
    SimulationError
        Not even one.
    """
    usable = int(USABLE * arrays.free_bytes())
    spare = usable - device_bytes(qubits, 0)
    rows = spare // (16 << qubits)
    if rows < 1:
        need = device_bytes(qubits, 1) / USABLE / 2**30
        raise SimulationError(
            f"{qubits} qubits need {need:.2f} GiB of free GPU memory ({arrays.name}), and "
            f"{arrays.free_bytes() / 2**30:.2f} GiB are free",
            "leave out --device gpu, or free memory on the device",
        )
    return rows


def sweep(
    start: NDArray[np.complex128],
    batch: Trajectories,
    flat: Flat,
    arrays: Arrays,
    compared: NDArray[np.complex128] | None = None,
) -> NDArray[np.float64]:
    """Overlap probability of every trajectory with the noiseless state; see
    :func:`distq.simulation.statevector.kernels.sweep`.

    With ``compared``, with what becomes of that instead of ``start``.

    Raises
    ------
    SimulationError
        The free memory of the device is too small.
    """
    if not len(batch):
        return np.zeros(0)
    most = rows_that_fit(flat.qubits, arrays)
    try:
        return np.concatenate([_sweep(start, part, rows, flat, arrays, compared) for part, rows in _parts(batch, most)])
    except Exception as error:  # CuPy's and PyTorch's have no common ancestor
        if "OutOfMemory" not in type(error).__name__:
            raise
        raise SimulationError(
            f"the GPU's memory has run out ({arrays.name}): {error}",
            "another program may have taken it; try again, or leave out --device gpu",
        ) from error


def _parts(batch: Trajectories, most: int) -> Iterator[tuple[Trajectories, int]]:
    """Slices of the batch with at most ``most`` trajectories under way at once, and how many there are."""
    begin, rows = 0, 0
    ends: list[int] = []
    for t, (first, last) in enumerate(zip(batch.first.tolist(), batch.last.tolist(), strict=True)):
        while ends and ends[0] < first:
            heapq.heappop(ends)
        if len(ends) == most:
            yield batch.part(begin, t), rows
            begin, rows, ends = t, 0, []
        heapq.heappush(ends, last)
        rows = max(rows, len(ends))
    yield batch.part(begin, len(batch)), rows


def _sweep(
    start: NDArray[np.complex128],
    batch: Trajectories,
    capacity: int,
    flat: Flat,
    arrays: Arrays,
    compared: NDArray[np.complex128] | None,
) -> NDArray[np.float64]:
    rows = _Rows([start] if compared is None else [start, compared], capacity, flat, arrays)
    amplitudes = arrays.put(np.zeros(len(batch), dtype=np.complex128))
    events = _by_place(batch)
    begins, ends = _group(batch.first), _group(batch.last)
    for place in range(int(batch.last.max()) + 1):
        for t in begins.get(place, ()):
            rows.start(t)
        toggles: dict[int, int] = {}
        for t, what, x, z in events.get(place, ()):
            if what == 0:
                rows.pauli(t, x, z)
            else:
                toggles[t] = toggles.get(t, 0) ^ x
        if place in ends:
            rows.finish(ends[place], amplitudes)
        if place < len(flat.kind):
            rows.step(place, {t: bits for t, bits in toggles.items() if bits})
    overlaps: NDArray[np.float64] = np.abs(arrays.get(amplitudes)) ** 2
    return overlaps


def _group(places: NDArray[np.int64]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for t, place in enumerate(places.tolist()):
        groups.setdefault(place, []).append(t)
    return groups


def _by_place(batch: Trajectories) -> dict[int, list[tuple[int, int, int, int]]]:
    owner = np.repeat(np.arange(len(batch)), np.diff(batch.pointer)).tolist()
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    columns = (batch.at, batch.what, batch.x, batch.z)
    for t, at, what, x, z in zip(owner, *(c.tolist() for c in columns), strict=True):
        found.setdefault(at, []).append((t, what, x, z))
    return found


@dataclass
class _Rows:
    """States as rows of one array: first the noiseless one and, if another one, that which others are compared with;
    the next rows are the trajectories under way.
    """

    initial: list[NDArray[np.complex128]]
    capacity: int
    flat: Flat
    arrays: Arrays
    row_of: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = len(self.initial[0])
        self.states = self.arrays.empty(self.capacity + len(self.initial), size)
        for row, state in enumerate(self.initial):
            self.states[row] = self.arrays.put(state)
        bits = np.arange(size)
        self.index = self.arrays.put(bits)
        self.signs = [self.arrays.put(1.0 - 2.0 * (bits >> q & 1)) for q in range(self.flat.qubits)]
        self.owner = [-1] * len(self.initial)

    def start(self, t: int) -> None:
        self.row_of[t] = len(self.owner)
        self.states[len(self.owner)] = self.states[0]
        self.owner.append(t)

    def finish(self, finished: list[int], amplitudes: Any) -> None:
        """Compare with the noiseless state, and fill the rows left free with the last ones.

        Amplitudes stay on the device: to fetch each would wait for all operations before it.
        """
        ideal = self.states[len(self.initial) - 1].conj()
        for t in finished:
            amplitudes[t] = (ideal * self.states[self.row_of[t]]).sum()
            row, last = self.row_of.pop(t), self.owner.pop()
            if row < len(self.owner):
                self.states[row] = self.states[len(self.owner)]
                self.owner[row] = last
                self.row_of[last] = row

    def sign(self, mask: int) -> Any:
        """+-1 per basis state: parity of its bits in ``mask``."""
        product = None
        for q in range(self.flat.qubits):
            if mask >> q & 1:
                product = self.signs[q] if product is None else product * self.signs[q]
        return product

    def pauli(self, t: int, x: int, z: int) -> None:
        row = self.states[self.row_of[t]]
        if z:
            row = row * self.sign(z)
        self.states[self.row_of[t]] = row[self.index ^ x] if x else row

    def step(self, place: int, toggles: dict[int, int]) -> None:
        """One op on all rows in use, inverted for those of ``toggles``."""
        active = self.states[: len(self.owner)]
        kind = self.flat.kind[place]
        if kind == LOCAL:
            self.local(int(self.flat.qubit[place]), self.flat.matrix[place].tolist())
            return
        if kind == BRANCH:
            self.branch(place, toggles)
            return
        active *= self.diagonal(place, 0)
        for t, bits in toggles.items():
            row = self.row_of[t]
            self.states[row] = self.states[row] * (self.diagonal(place, 0).conj() * self.diagonal(place, bits))

    def local(self, qubit: int, matrix: list[complex]) -> None:
        """A 2x2 matrix on one qubit of all rows in use, so many rows at a time as a pass may take."""
        m00, m01, m10, m11 = matrix
        height = max(1, PASS_BYTES // (16 << self.flat.qubits))
        for begin in range(0, len(self.owner), height):
            rows = self.states[begin : min(begin + height, len(self.owner))]
            pairs = rows.reshape(len(rows), -1, 2, 1 << qubit)
            zero, one = pairs[:, :, 0], pairs[:, :, 1]
            if m01 == m10 == 0.0:
                zero *= m00
                one *= m11
                continue
            mixed = m00 * zero + m01 * one
            pairs[:, :, 1] = m10 * zero + m11 * one
            pairs[:, :, 0] = mixed

    def branch(self, place: int, toggles: dict[int, int]) -> None:
        """A diagonal Kraus operator on all rows in use; what they are compared with goes by the inverse adjoint."""
        base = self.kraus(place, 0)
        self.states[: len(self.owner)] *= base
        if len(self.initial) > 1:
            self.states[1] = self.states[1] / (base * base.conj())
        for t, bits in toggles.items():
            row = self.row_of[t]
            self.states[row] = self.states[row] * (self.kraus(place, bits) / base)

    def kraus(self, place: int, toggle: int) -> Any:
        """Diagonal of the operator of a BRANCH that ``toggle`` says."""
        m00, m01, m10, m11 = self.flat.matrix[int(self.flat.value[place]) + (toggle >> 1)].tolist()
        assert m01 == m10 == 0.0  # others act on copies that are qubits, which no trajectory has
        zero, one = (m11, m00) if toggle & 1 else (m00, m11)
        return (zero + one) / 2 + (zero - one) / 2 * self.signs[int(self.flat.qubit[place])]

    def diagonal(self, place: int, toggle: int) -> Any:
        """Diagonal of a ROTATION or PHASE."""
        angle = float(self.flat.angle[place])
        mask = int(self.flat.mask[place])
        if self.flat.kind[place] == ROTATION:
            half = -angle / 2 if toggle else angle / 2
            return math.cos(half) - complex(0.0, math.sin(half)) * self.sign(mask)
        wanted = int(self.flat.value[place]) ^ toggle
        hit = 1.0  # real factors: PyTorch takes a truth value times a complex number in single precision
        for q in range(self.flat.qubits):
            if mask >> q & 1:
                hit = hit * (0.5 - 0.5 * self.signs[q] if wanted >> q & 1 else 0.5 + 0.5 * self.signs[q])
        return 1.0 + (cmath.exp(1j * angle) - 1.0) * hit
