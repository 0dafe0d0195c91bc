"""The exact engine agrees with qiskit-aer on the full dynamic circuit."""

from __future__ import annotations

import numpy as np
import pytest
from plans import network_of, random_plan, random_program
from test_simulate_reduction import noisy

from distq.errors import SimulationError
from distq.lower import lower
from distq.plan import Plan
from distq.schedule import schedule
from distq.simulate import density
from distq.simulate.copies import reduce_events
from distq.simulate.frames import to_frames
from distq.simulate.inputs import input_states
from distq.simulate.reference import aer_circuit

PLANS = 50
SHOTS = 500


def test_exact_engine_agrees_with_aer_on_many_plans() -> None:
    from qiskit_aer import AerSimulator

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
        result = (
            AerSimulator(method="statevector", max_parallel_threads=1)
            .run(circuit, shots=SHOTS, seed_simulator=1000003 * seed + 17)
            .result()
        )
        assert result.success
        hits = sum(n for bits, n in result.get_counts().items() if bits.split()[0] == "000")
        scores.append((hits / SHOTS - exact) / np.sqrt(exact * (1 - exact) / SHOTS))
    assert np.max(np.abs(scores)) < 3.5
    assert abs(np.mean(scores)) < 3 / np.sqrt(PLANS)
    assert 0.7 < np.std(scores) < 1.3


def test_reference_refuses_measurements_inside() -> None:
    rng = np.random.default_rng(0)
    network = network_of([2])
    program = random_program(rng, 2, 6, clbits=1, measure=0.9)
    with pytest.raises(SimulationError, match="unitary"):
        aer_circuit(program, lower(program, Plan((0, 0), ()), network), None, network, input_states(["zero"], 2, 0)[0])
