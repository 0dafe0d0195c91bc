"""The array engine computes what the compiled kernel does; a GPU that is not there is named."""

from __future__ import annotations

import importlib.util
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from distq.errors import SimulationError
from distq.simulation.arrays import Arrays, CupyArrays, NumpyArrays, TorchArrays, gpu_arrays
from distq.simulation.engines.trajectories import gpu, gpu_rows, trajectories
from distq.simulation.result import EngineOptions
from distq.simulation.statevector import op_kernels
from distq.simulation.statevector.fault_sampling import FaultSampler
from distq.simulation.statevector.input_states import haar_states
from distq.simulation.statevector.op_arrays import flatten
from helpers.array_libraries import LIBRARIES, fake_cupy, on_the_gpu
from helpers.executions import execution

KIB = 1024


def in_batch(batch: Any, most: int) -> list[int]:
    """Lengths of the parts, each checked to have as many rows as trajectories under way at once."""
    lengths = []
    for part, rows in gpu.parts_that_fit(batch, most):
        under_way = [int(np.sum((part.first <= p) & (part.last >= p))) for p in range(int(part.last.max()) + 1)]
        assert rows == max(under_way) <= most
        lengths.append(part.shots)
    return lengths


def forty(seed: int, operations: int = 12, noise: float = 1.0) -> tuple[Any, Any, Any]:
    """Input, ops and forty trajectories of a random program."""
    run = execution(seed, operations=operations, noise=noise, phase=0.3)
    (state,) = haar_states(1, run.qubits, seed)
    flat = flatten(run.frame_program, state)
    return (
        state,
        flat,
        FaultSampler(run.faults, flat, 1, run.fault_probabilities).sample(40, np.random.default_rng(seed)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("seed", range(4))
def test_array_engine_equals_the_kernel(
    seed: int, library: Callable[[], Arrays], monkeypatch: pytest.MonkeyPatch
) -> None:
    state, flat, batch = forty(seed)
    end = state.vector()
    op_kernels.run(end, flat.ops, 0, flat.size)
    expected = np.zeros(40)
    marks = np.array([flat.size])
    op_kernels.sweep(state.vector(), flat.ops, marks, end[None], batch, expected)
    arrays = library()
    np.testing.assert_allclose(gpu.sweep(state.vector(), batch, flat, arrays), expected, atol=1e-12)
    monkeypatch.setattr(gpu_rows, "PASS_BYTES", 3 * end.nbytes)
    np.testing.assert_allclose(gpu.sweep(state.vector(), batch, flat, arrays), expected, atol=1e-12)
    monkeypatch.setattr(gpu, "rows_that_fit", lambda qubits, arrays: 7)
    np.testing.assert_allclose(gpu.sweep(state.vector(), batch, flat, arrays), expected, atol=1e-12)


def test_parts_hold_no_more_rows_than_fit() -> None:
    _, _, batch = forty(0, operations=40, noise=0.02)
    for most in (1, 2, 7, 40):
        assert sum(in_batch(batch, most)) == 40
    assert in_batch(batch, 40) == [40]
    assert len(in_batch(batch, 7)) > 1
    assert next(gpu.parts_that_fit(batch, 40)).rows < 40, "rows are used again"


@pytest.mark.slow
def test_memory_taken_stays_below_what_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    run = execution(1, qubits=5, phase=0.3)
    (state,) = haar_states(1, run.qubits, 0)
    flat = flatten(run.frame_program, state)
    batch = FaultSampler(run.faults, flat, 1, run.fault_probabilities).sample(40, np.random.default_rng(0))
    wide = replace(flat, lines=16)
    start = np.zeros(1 << 16, dtype=np.complex128)
    start[: 1 << run.qubits] = state.vector()
    monkeypatch.setattr(gpu_rows, "PASS_BYTES", 4 * start.nbytes)
    for most in (3, 20):
        monkeypatch.setattr(gpu, "rows_that_fit", lambda qubits, arrays, most=most: most)
        tracemalloc.start()
        gpu.sweep(start, batch, wide, NumpyArrays())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < gpu.device_bytes(16, most)


def test_too_small_a_device_is_refused_before_the_run() -> None:
    run = execution(5, noise=0.3)
    arrays = NumpyArrays(64 * KIB)
    with pytest.raises(SimulationError, match=r"qubits need .* GiB of free GPU memory \(numpy\)"):
        trajectories.estimate_fidelity(run, haar_states(1, run.qubits, 0), EngineOptions(1.0, 300, 7, arrays=arrays))
    enough = int(gpu.device_bytes(20, 5) / gpu.USABLE) + 1
    assert gpu.rows_that_fit(20, NumpyArrays(enough)) == 5
    with pytest.raises(SimulationError, match="20 qubits"):
        gpu.rows_that_fit(20, NumpyArrays(int(gpu.device_bytes(20, 1) / gpu.USABLE) - 1))


def test_memory_kept_by_the_library_counts_as_free() -> None:
    assert CupyArrays(fake_cupy(3 * KIB, 5 * KIB)).free_bytes() == 8 * KIB
    cuda = SimpleNamespace(
        mem_get_info=lambda device: (3 * KIB, 9 * KIB),
        memory_reserved=lambda device: 4 * KIB,
        memory_allocated=lambda device: KIB,
    )
    assert TorchArrays(SimpleNamespace(cuda=cuda)).free_bytes() == 6 * KIB


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) for name in ("cupy", "torch")), reason="a GPU library is installed"
)
def test_absent_gpu_is_named() -> None:
    with pytest.raises(SimulationError, match="cupy is not installed; torch is not installed"):
        gpu_arrays()


@pytest.mark.parametrize("library", LIBRARIES)
def test_estimates_do_not_depend_on_the_device(library: Callable[[], Arrays]) -> None:
    run = execution(5, noise=0.3)
    states = haar_states(2, run.qubits, 0)
    settings = EngineOptions(1.0, 300, 7)
    host = trajectories.estimate_fidelity(run, states, settings)
    device = trajectories.estimate_fidelity(run, states, replace(settings, arrays=library()))
    assert [v.mean for v in device.fidelities] == pytest.approx([v.mean for v in host.fidelities], abs=1e-12)
    assert "GPU" in device.method


@pytest.mark.parametrize("name", ["cupy", "torch"])
def test_a_real_device_has_as_much_memory_as_it_says(name: str) -> None:
    arrays = on_the_gpu(name)
    before = arrays.free_bytes()
    rows = arrays.empty(4, 1 << 22)
    rows[:] = 1.0
    taken = before - arrays.free_bytes()
    assert rows.nbytes <= taken < rows.nbytes + (64 << 20)
    most = gpu.rows_that_fit(20, arrays)
    assert 0.5 * arrays.free_bytes() < gpu.device_bytes(20, most) <= arrays.free_bytes()


def test_memory_that_runs_out_is_said() -> None:
    class OutOfMemoryError(RuntimeError):
        pass

    class Full(NumpyArrays):
        def empty(self, rows: int, size: int) -> Any:
            raise OutOfMemoryError("2 GiB were asked for")

    state, flat, batch = forty(0)
    with pytest.raises(SimulationError, match="memory has run out"):
        gpu.sweep(state.vector(), batch, flat, Full())
