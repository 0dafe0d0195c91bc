"""The array libraries that trajectories run on: on the host, imitated, or on a GPU where there is one."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from distq.simulation.arrays import Arrays, CupyArrays, NumpyArrays, TorchArrays, usable_libraries


class HostTorch(TorchArrays):
    """PyTorch on the host."""

    def free_bytes(self) -> int:
        return 1 << 34


def host_torch() -> Arrays:
    return HostTorch(pytest.importorskip("torch", reason="PyTorch is not installed"), "cpu")


def fake_cupy(free: int = 1 << 34, pooled: int = 0) -> Any:
    """What distq calls of CuPy, on the host."""

    class Array(np.ndarray[Any, Any]):
        def get(self) -> Any:
            return self.view(np.ndarray)

    return SimpleNamespace(
        asarray=lambda array: array.copy().view(Array),
        empty=lambda shape, dtype: np.full(shape, np.nan, dtype).view(Array),
        get_default_memory_pool=lambda: SimpleNamespace(free_bytes=lambda: pooled),
        cuda=SimpleNamespace(runtime=SimpleNamespace(memGetInfo=lambda: (free, 1 << 36))),
    )


def on_the_gpu(name: str) -> Arrays:
    """A real device, where there is one."""
    found = {arrays.name: arrays for arrays in usable_libraries().usable}
    if name not in found:
        pytest.skip(f"{name} has no GPU")
    return found[name]


LIBRARIES: list[Callable[[], Arrays]] = [
    NumpyArrays,
    lambda: CupyArrays(fake_cupy()),
    host_torch,
    lambda: on_the_gpu("cupy"),
    lambda: on_the_gpu("torch"),
]
