"""The array engine computes what the compiled kernel does; a GPU that is not there is named."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from test_simulate_engines import execution

from distq.errors import SimulationError
from distq.simulate import batched, kernels, trajectories
from distq.simulate.flat import flatten
from distq.simulate.inputs import haar_states
from distq.simulate.result import Settings
from distq.simulate.sampling import FaultSampler


@pytest.mark.parametrize("seed", range(4))
def test_array_engine_equals_the_kernel(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run = execution(seed, phase=0.3)
    (state,) = haar_states(1, run.qubits, seed)
    flat = flatten(run.framed, state)
    batch = FaultSampler(run.faults, flat, 1).sample(40, np.random.default_rng(seed))
    end = state.vector()
    kernels.run(end, 0, len(flat.kind), *flat.arrays())
    expected = np.zeros(40)
    marks = np.array([len(flat.kind)])
    events = (batch.first, batch.last, batch.pointer, batch.at, batch.what, batch.x, batch.z)
    kernels.sweep(state.vector(), marks, end[None], *events, expected, *flat.arrays())
    found = batched.sweep(state.vector(), batch, flat, batched.NumpyArrays())
    np.testing.assert_allclose(found, expected, atol=1e-12)
    monkeypatch.setattr(batched, "ROW_BYTES", 7 * end.nbytes)
    np.testing.assert_allclose(batched.sweep(state.vector(), batch, flat, batched.NumpyArrays()), found, atol=1e-12)


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) for name in ("cupy", "torch")), reason="a GPU library is installed"
)
def test_absent_gpu_is_named() -> None:
    with pytest.raises(SimulationError, match="cupy is not installed; torch is not installed"):
        batched.gpu_arrays()


def test_estimates_do_not_depend_on_the_device() -> None:
    run = execution(5, noise=0.3)
    states = haar_states(2, run.qubits, 0)
    settings = Settings(1.0, 300, 7)
    host = trajectories.estimate_fidelity(run, states, settings)
    device = trajectories.estimate_fidelity(run, states, replace(settings, arrays=batched.NumpyArrays()))
    assert [v.mean for v in device.fidelities] == pytest.approx([v.mean for v in host.fidelities], abs=1e-12)
    assert "GPU" in device.method
