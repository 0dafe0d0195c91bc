"""The exact engine agrees with qiskit-aer on the full dynamic circuit."""

from __future__ import annotations

import numpy as np
import pytest

from distq.errors import SimulationError
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.ir.plan import Plan
from distq.simulation.engines.density import density
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.reduction.to_frames import to_frames
from distq.simulation.statevector.input_states import input_states
from helpers.aer import assert_standard_normal, shoot
from helpers.aer_reference import aer_circuit
from helpers.executions import DYNAMIC, case, exact_counts
from helpers.networks import network_of
from helpers.noise import beyond_pauli, noisy
from helpers.plans import random_plan
from helpers.programs import random_program

PLANS = 50
SHOTS = 500


@pytest.mark.slow
def test_exact_engine_agrees_with_aer_on_many_plans() -> None:
    scores = []
    for seed in range(PLANS):
        rng = np.random.default_rng(seed)
        network = noisy(network_of([2, 1], 2), rng, 0.5)
        program = random_program(rng, 3, 6, phase=0.1)
        events = lower(program, random_plan(program, network, rng, wander=0.4), network)
        times = schedule(events, program, network)
        (state,) = input_states(["product"], 3, seed)
        exact = density.fidelity(to_frames(reduce_events(program, events, times, network)), state)
        circuit = aer_circuit(program, events, times, network, state)
        hits = sum(n for bits, n in shoot(circuit, SHOTS, seed).items() if bits.split()[0] == "000")
        scores.append((hits / SHOTS - exact) / np.sqrt(exact * (1 - exact) / SHOTS))
    assert_standard_normal(scores)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["relaxation", "all"])
def test_exact_engine_agrees_with_aer_beyond_pauli_noise(kind: str) -> None:
    scores = []
    for seed in range(PLANS // 2):
        rng = np.random.default_rng(seed)
        network = beyond_pauli(noisy(network_of([2, 1], 2), rng, 0.3), kind, rng)
        program = random_program(rng, 3, 6, phase=0.1)
        events = lower(program, random_plan(program, network, rng, wander=0.4), network)
        times = schedule(events, program, network)
        (state,) = input_states(["product"], 3, seed)
        exact = density.fidelity(to_frames(reduce_events(program, events, times, network)), state)
        circuit = aer_circuit(program, events, times, network, state)
        hits = sum(n for bits, n in shoot(circuit, SHOTS, seed).items() if bits.split()[0] == "000")
        scores.append((hits / SHOTS - exact) / np.sqrt(exact * (1 - exact) / SHOTS))
    assert_standard_normal(scores)


@pytest.mark.slow
@pytest.mark.parametrize("shares", [DYNAMIC, {**DYNAMIC, "final_measure": True}])
def test_exact_engine_agrees_with_aer_on_dynamic_programs(shares: dict[str, float]) -> None:
    """One score per plan: a random half of all values of the program's bits, against its exact probability."""
    scores = []
    for seed in range(PLANS // 2):
        program, events, times, network = case(seed, **shares)
        rng = np.random.default_rng(seed)
        wanted = {bits: p for bits, p in exact_counts(program, events, times, network).items() if rng.integers(2)}
        p = sum(wanted.values())
        (zero,) = input_states(["zero"], 3, 0)
        counts = shoot(aer_circuit(program, events, times, network, zero, undo=False), SHOTS, seed)
        hits = sum(n for bits, n in counts.items() if bits.split()[-2] in wanted)
        if 0.02 < p < 0.98:
            scores.append((hits / SHOTS - p) / np.sqrt(p * (1 - p) / SHOTS))
    assert len(scores) > PLANS // 4
    assert_standard_normal(scores)


def test_reference_refuses_measurements_inside() -> None:
    rng = np.random.default_rng(0)
    network = network_of([2])
    program = random_program(rng, 2, 6, clbits=1, measure=0.9)
    with pytest.raises(SimulationError, match="undone"):
        aer_circuit(program, lower(program, Plan((0, 0), ()), network), None, network, input_states(["zero"], 2, 0)[0])
