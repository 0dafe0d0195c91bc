"""The array libraries that trajectories run on: NumPy, CuPy and PyTorch."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError


class Arrays(Protocol):
    """Where arrays live."""

    @property
    def name(self) -> str:
        """Of the library."""

    def put(self, array: NDArray[Any]) -> Any:
        """A copy of a NumPy array there."""

    def empty(self, rows: int, size: int) -> Any:
        """complex128 (rows, size), made there; values are arbitrary."""

    def get(self, array: Any) -> NDArray[Any]:
        """Back as a NumPy array."""

    def free_bytes(self) -> int:
        """Memory that new arrays may take."""


@dataclass(frozen=True)
class NumpyArrays:
    """Host memory: what tests compare with."""

    free: int = 1 << 34
    name: str = "numpy"

    def put(self, array: NDArray[Any]) -> Any:
        return array.copy()

    def empty(self, rows: int, size: int) -> Any:
        return np.empty((rows, size), dtype=np.complex128)

    def get(self, array: Any) -> NDArray[Any]:
        return np.asarray(array)

    def free_bytes(self) -> int:
        return self.free


@dataclass(frozen=True)
class CupyArrays:
    """A CUDA or ROCm device through CuPy."""

    module: Any
    name: str = "cupy"

    def put(self, array: NDArray[Any]) -> Any:
        return self.module.asarray(array)

    def empty(self, rows: int, size: int) -> Any:
        return self.module.empty((rows, size), dtype=np.complex128)

    def get(self, array: Any) -> NDArray[Any]:
        return np.asarray(array.get())

    def free_bytes(self) -> int:
        pooled = self.module.get_default_memory_pool().free_bytes()
        return int(self.module.cuda.runtime.memGetInfo()[0] + pooled)


@dataclass(frozen=True)
class TorchArrays:
    """A device through PyTorch."""

    module: Any
    device: str = "cuda"
    name: str = "torch"

    def put(self, array: NDArray[Any]) -> Any:
        return self.module.as_tensor(np.ascontiguousarray(array)).to(self.device, copy=True)

    def empty(self, rows: int, size: int) -> Any:
        return self.module.empty((rows, size), dtype=self.module.complex128, device=self.device)

    def get(self, array: Any) -> NDArray[Any]:
        return np.asarray(array.cpu().numpy())

    def free_bytes(self) -> int:
        cuda = self.module.cuda
        pooled = cuda.memory_reserved(self.device) - cuda.memory_allocated(self.device)
        return int(cuda.mem_get_info(self.device)[0] + pooled)


def gpu_arrays() -> Arrays:
    """Arrays on the GPU, through CuPy or else PyTorch.

    Raises
    ------
    SimulationError
        Neither is installed and sees a device.
    """
    found, missing = usable_libraries()
    if not found:
        raise SimulationError(
            f"no GPU can be used: {'; '.join(missing)}", "install cupy-cuda12x or torch, or leave out --device gpu"
        )
    return found[0]


def usable_libraries() -> tuple[list[Arrays], list[str]]:
    """Arrays on the GPU by every library that sees one, the preferred one first; and why others do not serve."""
    found: list[Arrays] = []
    missing = []
    for name in ("cupy", "torch"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            missing.append(f"{name} is not installed")
            continue
        try:
            if name == "cupy" and module.cuda.runtime.getDeviceCount() > 0:
                found.append(CupyArrays(module))
            elif name == "torch" and module.cuda.is_available():
                found.append(TorchArrays(module))
            else:
                missing.append(f"{name} sees no device")
        except Exception as error:  # a driver that does not answer raises errors of its own
            missing.append(f"{name} fails: {error}")
    return found, missing
