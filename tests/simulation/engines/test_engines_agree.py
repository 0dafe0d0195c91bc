"""The engines agree with each other."""

from __future__ import annotations

import numpy as np
import pytest

from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.simulation.engines import bounds
from distq.simulation.engines.clifford import clifford
from distq.simulation.engines.clifford.error_model import error_model
from distq.simulation.engines.clifford.stim_circuit import Emitter
from distq.simulation.engines.density import density
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution
from distq.simulation.reduction.faults import INVERSION, PAULI
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions, Interrupted
from distq.simulation.statevector import kernels, op_kernels, single_faults
from distq.simulation.statevector.input_states import input_states
from distq.simulation.statevector.op_arrays import flatten
from helpers.executions import clifford_program, execution
from helpers.networks import network_of
from helpers.noise import noisy
from helpers.plans import random_plan


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_single_fault_survivals_equal_trajectories_with_one_fault(seed: int) -> None:
    run = execution(seed, phase=0.2)
    (state,) = input_states(["product"], run.qubits, seed)
    flat = flatten(run.frame_program, state)
    output = state.vector()
    op_kernels.run(output, flat.ops, 0, flat.size)
    found = np.concatenate(single_faults.survivals(flat, run.faults, *[output.copy()] * 2))
    effects = [effect for fault in run.faults for effect in fault.effects]
    for survival, effect in zip(found, effects, strict=True):
        phi = state.vector()
        for k in range(flat.size + 1):
            here = [event for event in effect.events if flat.place[event.op] == k]
            for event in here:
                if event.kind == PAULI:
                    kernels.pauli(phi, event.x, event.z)
            if k < flat.size:
                toggle = sum(event.x for event in here if event.kind == INVERSION)
                op_kernels.step(phi, flat.ops, k, toggle)
        assert survival == pytest.approx(abs(np.vdot(output, phi)) ** 2, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_trajectories_agree_with_density_matrices(seed: int) -> None:
    run = execution(seed, noise=0.3, phase=0.2)
    states = input_states(["zero", "product"], run.qubits, seed)
    exact = [density.fidelity(run.frame_program, state) for state in states]
    found = trajectories.estimate_fidelity(run, states, EngineOptions(1.0, 4000, seed))
    for value, truth in zip(found.fidelities, exact, strict=True):
        assert abs(value.mean - truth) < 4 * value.stderr
        assert value.stderr < 0.02


@pytest.mark.parametrize("seed", range(6))
def test_stabilizer_sampling_agrees_with_density_matrices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = noisy(network_of([2, 2, 1], 3, "complete"), rng, 0.3)
    program = clifford_program(rng, 4, 12)
    events = lower(program, random_plan(program, network, rng), network)
    run = Execution(reduce_events(program, events, schedule(events, program, network), network))
    states = input_states(["zero", "stabilizer"], 4, seed)
    found = clifford.estimate_fidelity(run, states, EngineOptions(1.0, 40000, seed))
    for value, state in zip(found.fidelities, states, strict=True):
        assert abs(value.mean - density.fidelity(run.frame_program, state)) < 4 * value.stderr
    bound = float(error_model(Emitter(run).circuit(states[0])).silent[0])
    assert bounds.lower_bound(run) <= bound + 1e-9


def test_interruption_gives_the_estimate_so_far() -> None:
    run = execution(3, noise=0.3)
    states = input_states(["zero", "product", "product"], run.qubits, 0)
    seen: list[str] = []

    def progress(stage: str) -> None:
        seen.append(stage)
        if stage.startswith("simulating") and "input 3 of 3" in stage:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stop:
        trajectories.estimate_fidelity(run, states, EngineOptions(0.01, None, 0, progress=progress))
    assert len(stop.value.outcome.fidelities) == 2
    assert any("±" in stage for stage in seen)
