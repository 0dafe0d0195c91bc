"""Trajectories as one array, for a GPU: every array operation moves all of them by one op.

The code uses only what NumPy, CuPy and PyTorch arrays have in common. It computes what the kernel
:func:`distq.simulate.kernels.sweep` does, trajectory by trajectory the same numbers. All trajectories advance with the
noiseless state; each leaves it at its first fault and is compared with it after its last one, when its row is freed.
"""

from __future__ import annotations

import cmath
import importlib
import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError
from distq.simulate.flat import Flat
from distq.simulate.kernels import LOCAL, ROTATION
from distq.simulate.sampling import Trajectories

ROW_BYTES = 1 << 34
"""Device memory that the rows of trajectories may take; as much again is needed for intermediate results."""


class Arrays(Protocol):
    """Where arrays live."""

    @property
    def name(self) -> str:
        """Of the library."""

    def put(self, array: NDArray[Any]) -> Any:
        """A copy of a NumPy array there."""

    def get(self, array: Any) -> NDArray[Any]:
        """Back as a NumPy array."""


class NumpyArrays:
    """Host memory: what tests compare with."""

    name = "numpy"

    def put(self, array: NDArray[Any]) -> Any:
        return array.copy()

    def get(self, array: Any) -> NDArray[Any]:
        return np.asarray(array)


@dataclass(frozen=True)
class CupyArrays:
    """A CUDA or ROCm device through CuPy."""

    module: Any
    name: str = "cupy"

    def put(self, array: NDArray[Any]) -> Any:
        return self.module.asarray(array)

    def get(self, array: Any) -> NDArray[Any]:
        return np.asarray(array.get())


@dataclass(frozen=True)
class TorchArrays:
    """A device through PyTorch."""

    module: Any
    device: str = "cuda"
    name: str = "torch"

    def put(self, array: NDArray[Any]) -> Any:
        return self.module.as_tensor(np.ascontiguousarray(array)).to(self.device, copy=True)

    def get(self, array: Any) -> NDArray[Any]:
        return np.asarray(array.cpu().numpy())


def gpu_arrays() -> Arrays:
    """Arrays on the GPU, through CuPy or else PyTorch.

    Raises
    ------
    SimulationError
        Neither is installed and sees a device.
    """
    tried = []
    for name in ("cupy", "torch"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            tried.append(f"{name} is not installed")
            continue
        try:
            if name == "cupy" and module.cuda.runtime.getDeviceCount() > 0:
                return CupyArrays(module)
            if name == "torch" and module.cuda.is_available():
                return TorchArrays(module)
        except Exception as error:  # a driver that does not answer raises errors of its own
            tried.append(f"{name} fails: {error}")
            continue
        tried.append(f"{name} sees no device")
    raise SimulationError(
        f"no GPU can be used: {'; '.join(tried)}", "install cupy-cuda12x or torch, or leave out --device gpu"
    )


def sweep(start: NDArray[np.complex128], batch: Trajectories, flat: Flat, arrays: Arrays) -> NDArray[np.float64]:
    """Overlap probability of every trajectory with the noiseless state; see :func:`distq.simulate.kernels.sweep`."""
    most = max(1, ROW_BYTES // start.nbytes)
    parts = [batch.part(a, min(a + most, len(batch))) for a in range(0, len(batch), most)]
    return np.concatenate([_sweep(start, part, flat, arrays) for part in parts])


def _sweep(start: NDArray[np.complex128], batch: Trajectories, flat: Flat, arrays: Arrays) -> NDArray[np.float64]:
    rows = _Rows(start, len(batch), flat, arrays)
    out = np.zeros(len(batch))
    events = _by_place(batch)
    begins, ends = _group(batch.first), _group(batch.last)
    for place in range(int(batch.last.max(initial=-1)) + 1):
        for t in begins.get(place, ()):
            rows.start(t)
        toggles: dict[int, int] = {}
        for t, what, x, z in events.get(place, ()):
            if what == 0:
                rows.pauli(t, x, z)
            else:
                toggles[t] = toggles.get(t, 0) ^ x
        if place in ends:
            out[ends[place]] = rows.finish(ends[place])
        if place < len(flat.kind):
            rows.step(place, {t: bits for t, bits in toggles.items() if bits})
    return out


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
    """States as rows of one array: row 0 is the noiseless one, the next ``used`` are the trajectories under way."""

    initial: NDArray[np.complex128]
    trajectories: int
    flat: Flat
    arrays: Arrays
    row_of: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = len(self.initial)
        self.states = self.arrays.put(np.zeros((self.trajectories + 1, size), dtype=np.complex128))
        self.states[0] = self.arrays.put(self.initial)
        self.index = self.arrays.put(np.arange(size))
        bits = np.arange(size)
        self.signs = [self.arrays.put(1.0 - 2.0 * (bits >> q & 1)) for q in range(self.flat.qubits)]
        self.owner = [-1]

    def start(self, t: int) -> None:
        self.row_of[t] = len(self.owner)
        self.states[len(self.owner)] = self.states[0]
        self.owner.append(t)

    def finish(self, finished: list[int]) -> NDArray[np.float64]:
        """Compare with the noiseless state, and fill the rows left free with the last ones."""
        values = []
        for t in finished:
            amplitude = (self.states[0].conj() * self.states[self.row_of[t]]).sum()
            values.append(float(abs(complex(amplitude))) ** 2)
            row, last = self.row_of.pop(t), self.owner.pop()
            if row < len(self.owner):
                self.states[row] = self.states[len(self.owner)]
                self.owner[row] = last
                self.row_of[last] = row
        return np.array(values)

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
            m00, m01, m10, m11 = self.flat.matrix[place].tolist()
            pairs = active.reshape(len(self.owner), -1, 2, 1 << int(self.flat.qubit[place]))
            zero, one = pairs[:, :, 0] * 1.0, pairs[:, :, 1] * 1.0
            pairs[:, :, 0] = m00 * zero + m01 * one
            pairs[:, :, 1] = m10 * zero + m11 * one
            return
        active *= self.diagonal(place, 0)
        for t, bits in toggles.items():
            row = self.row_of[t]
            self.states[row] = self.states[row] * (self.diagonal(place, 0).conj() * self.diagonal(place, bits))

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
