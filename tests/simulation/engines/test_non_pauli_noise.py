"""Relaxation and over-rotated pulses: every engine that takes them gives what density matrices give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.simulation.arrays import Arrays
from distq.simulation.engines import bounds
from distq.simulation.engines.density import density
from distq.simulation.engines.dynamic import dynamic
from distq.simulation.engines.dynamic.engine import program_objection
from distq.simulation.engines.registry import ENGINES
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.engines.trajectories.tail import TailChunks
from distq.simulation.execution import Execution
from distq.simulation.process import process_fidelity
from distq.simulation.reduction.faults import INVERSION, PAULI
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions
from distq.simulation.statevector import kernels, op_kernels, single_faults
from distq.simulation.statevector.input_states import input_states
from distq.simulation.statevector.op_arrays import flatten
from helpers.array_libraries import LIBRARIES
from helpers.networks import network_of
from helpers.noise import beyond_pauli, noisy
from helpers.plans import random_plan
from helpers.programs import random_program


def execution(seed: int, kind: str, scale: float = 0.3, operations: int = 10, **shares: float) -> Execution:
    """A random plan of a random program, with relaxation ("relaxation"), over-rotation of some gates, or both."""
    rng = np.random.default_rng(seed)
    network = beyond_pauli(noisy(network_of([2, 1], 3), rng, scale), kind, rng)
    program = random_program(rng, 3, operations, **shares)  # type: ignore[arg-type]
    events = lower(program, random_plan(program, network, rng), network)
    return Execution(reduce_events(program, events, schedule(events, program, network), network))


def classical(count: int, kind: str) -> list[Execution]:
    """Executions whose copies are classical bits."""
    found = [run for seed in range(30 * count) if not (run := execution(seed, kind)).copy_program.coherent]
    assert len(found) >= count
    assert all(run.frame_program.lines == run.qubits and run.frame_program.has_non_pauli_noise for run in found)
    return found[:count]


STRATIFIED = ["relaxation", "2q, perfect 1q"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", STRATIFIED)
@pytest.mark.parametrize("seed", range(4))
def test_single_fault_survivals_equal_runs_with_one_fault(seed: int, kind: str) -> None:
    run = classical(4, kind)[seed]
    (state,) = input_states(["product"], run.qubits, seed)
    flat, perfect = flatten(run.frame_program, state), flatten(run.frame_program, state, noisy=False)
    ideal, output = state.vector(), state.vector()
    op_kernels.run(ideal, perfect.ops, 0, perfect.size)
    op_kernels.run(output, flat.ops, 0, flat.size)
    found = np.concatenate(single_faults.survivals(flat, run.faults, output.copy(), ideal.copy()))
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
        assert survival == pytest.approx(abs(np.vdot(ideal, phi)) ** 2, abs=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("kind", STRATIFIED)
def test_trajectories_agree_with_density_matrices(kind: str) -> None:
    scores = []
    for seed, run in enumerate(classical(8, kind)):
        states = input_states(["product"], run.qubits, seed)
        truth = density.fidelity(run.frame_program, states[0])
        (value,) = trajectories.estimate_fidelity(run, states, EngineOptions(1.0, 4000, seed)).fidelities
        scores.append((value.mean - truth) / value.stderr)
        assert value.stderr < 0.02
        assert bounds.lower_bound(run) <= truth + 1e-9
    assert np.max(np.abs(scores)) < 4
    assert abs(np.mean(scores)) < 3 / np.sqrt(len(scores))


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("kind", STRATIFIED)
def test_array_engine_equals_the_kernel(kind: str, library: Callable[[], Arrays]) -> None:
    arrays_there = library()
    for seed, run in enumerate(classical(3, kind)):
        (state,) = input_states(["product"], run.qubits, seed)
        flat, perfect = flatten(run.frame_program, state), flatten(run.frame_program, state, noisy=False)
        one, other = (
            TailChunks(state, flat, perfect, run.faults, run.fault_probabilities, 1, (seed, 0), arrays).chunk(200, 0)
            for arrays in (None, arrays_there)
        )
        assert one == pytest.approx(other, abs=1e-12)


DYNAMIC = {"clbits": 4, "measure": 0.15, "condition": 0.4}
SAMPLED = [("1q", {}), ("all", {}), ("all", {"phase": 0.3}), ("all", DYNAMIC), ("relaxation", DYNAMIC)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "shares"), SAMPLED)
def test_sampled_runs_agree_with_density_matrices(kind: str, shares: dict[str, float]) -> None:
    scores: list[float] = []
    seed = 0
    while len(scores) < 5:
        run = execution(seed, kind, 0.2, **shares)
        seed += 1
        final = frozenset(run.copy_program.final_measurements)
        if (not run.copy_program.coherent and run.unitary) or program_objection(
            run.copy_program.program, final
        ) is not None:
            continue
        states = input_states(["product"], run.qubits, seed)
        truth = density.fidelity(run.frame_program, states[0])
        (value,) = dynamic.estimate_fidelity(run, states, EngineOptions(1.0, 4096, seed)).fidelities
        assert value.stderr < 0.02
        scores.append((value.mean - truth) / value.stderr)
    assert np.max(np.abs(scores)) < 4
    assert abs(np.mean(scores)) < 3 / np.sqrt(len(scores))


@pytest.mark.slow
def test_twirled_noise_is_pauli_noise_and_near_the_truth_where_it_is_weak() -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        network = beyond_pauli(noisy(network_of([2, 1], 3), rng, 1e-3), "all", rng)
        weak = {"overrotation_1q": 0.02, "overrotation_2q": -0.03}
        network = network.model_copy(update={"qpus": tuple([qpu.model_copy(update=weak) for qpu in network.qpus])})
        program = random_program(rng, 3, 8, phase=0.2)
        events = lower(program, random_plan(program, network, rng), network)
        given = (program, events, schedule(events, program, network), network)
        exact, twirled = Execution(reduce_events(*given)), Execution(reduce_events(*given, twirl=True))
        assert exact.frame_program.has_non_pauli_noise
        assert not twirled.frame_program.has_non_pauli_noise
        states = input_states(["product"] * 6, 3, seed)
        lost = [
            np.mean([1 - density.fidelity(run.frame_program, state) for state in states]) for run in (exact, twirled)
        ]
        assert 0.3 < lost[1] / lost[0] < 3.0


@pytest.mark.slow
def test_process_product_is_near_the_process_fidelity() -> None:
    for seed in range(2):
        run = execution(seed, "relaxation", 0.02)
        found = process_fidelity(run, ENGINES["density"], EngineOptions(0.004, None, 1))
        assert found is not None
        assert abs(bounds.process_product(run) - found.mean) < 0.015 + 3 * found.stderr
