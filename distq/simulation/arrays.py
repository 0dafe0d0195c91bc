"""The array libraries that trajectories run on: NumPy, CuPy and PyTorch."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError


class Arrays(Protocol):
    """An array library with the memory that its arrays live in."""

    @property
    def name(self) -> str:
        """Name of the library."""

    def put(self, array: NDArray[Any]) -> Any:
        """Copy a NumPy array to that memory."""

    def empty(self, rows: int, size: int) -> Any:
        """A complex128 array of shape (rows, size) in that memory, its values arbitrary."""

    def get(self, array: Any) -> NDArray[Any]:
        """Copy an array back to a NumPy array."""

    def free_bytes(self) -> int:
        """Memory that new arrays may take."""


@dataclass(frozen=True)
class NumpyArrays:
    """Arrays in host memory, with which tests compare the others."""

    free: int = 1 << 34
    """What ``free_bytes`` says."""
    name: str = "numpy"

    def put(self, array: NDArray[Any]) -> Any:
        """See :class:`Arrays`."""
        return array.copy()

    def empty(self, rows: int, size: int) -> Any:
        """See :class:`Arrays`."""
        return np.empty((rows, size), dtype=np.complex128)

    def get(self, array: Any) -> NDArray[Any]:
        """See :class:`Arrays`."""
        return np.asarray(array)

    def free_bytes(self) -> int:
        """See :class:`Arrays`."""
        return self.free


@dataclass(frozen=True)
class CupyArrays:
    """Arrays on a CUDA or ROCm device through CuPy."""

    module: Any
    name: str = "cupy"

    def put(self, array: NDArray[Any]) -> Any:
        """See :class:`Arrays`."""
        return self.module.asarray(array)

    def empty(self, rows: int, size: int) -> Any:
        """See :class:`Arrays`."""
        return self.module.empty((rows, size), dtype=np.complex128)

    def get(self, array: Any) -> NDArray[Any]:
        """See :class:`Arrays`."""
        return np.asarray(array.get())

    def free_bytes(self) -> int:
        """See :class:`Arrays`."""
        pooled = self.module.get_default_memory_pool().free_bytes()
        return int(self.module.cuda.runtime.memGetInfo()[0] + pooled)


@dataclass(frozen=True)
class TorchArrays:
    """Arrays on a device through PyTorch."""

    module: Any
    device: str = "cuda"
    name: str = "torch"

    def put(self, array: NDArray[Any]) -> Any:
        """See :class:`Arrays`."""
        return self.module.as_tensor(np.ascontiguousarray(array)).to(self.device, copy=True)

    def empty(self, rows: int, size: int) -> Any:
        """See :class:`Arrays`."""
        return self.module.empty((rows, size), dtype=self.module.complex128, device=self.device)

    def get(self, array: Any) -> NDArray[Any]:
        """See :class:`Arrays`."""
        return np.asarray(array.cpu().numpy())

    def free_bytes(self) -> int:
        """See :class:`Arrays`."""
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
    libraries = usable_libraries()
    if not libraries.usable:
        raise SimulationError(
            f"no GPU can be used: {'; '.join(libraries.reasons)}",
            "install cupy-cuda12x or torch, or leave out --device gpu",
        )
    return libraries.usable[0]


class Libraries(NamedTuple):
    """Array libraries that see a GPU, the preferred one first, and why the others cannot be used."""

    usable: list[Arrays]
    reasons: list[str]


def usable_libraries() -> Libraries:
    """Try all array libraries that can use a GPU."""
    found: list[Arrays] = []
    missing = []
    for name in ("cupy", "torch"):
        if importlib.util.find_spec(name) is None:
            missing.append(f"{name} is not installed")
            continue
        if not _has_device_files():
            missing.append(f"{name} sees no device")
            continue
        try:
            module = importlib.import_module(name)
            if name == "cupy" and module.cuda.runtime.getDeviceCount() > 0:
                found.append(CupyArrays(module))
            elif name == "torch" and module.cuda.is_available():
                found.append(TorchArrays(module))
            else:
                missing.append(f"{name} sees no device")
        except Exception as error:  # a driver that does not answer raises errors of its own
            missing.append(f"{name} fails: {error}")
    return Libraries(found, missing)


def _has_device_files() -> bool:
    """False if no driver for GPUs is loaded: then the libraries, which take seconds, need not be imported.

    On Linux, NVIDIA's driver makes /dev/nvidiactl, AMD's /dev/kfd, and Windows' subsystem /dev/dxg.
    """
    paths = (Path("/dev") / name for name in ("nvidiactl", "kfd", "dxg"))
    return sys.platform != "linux" or any(path.exists() for path in paths)
