"""Counts follow the exact output distribution, with measurements and conditions inside too."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from distq.errors import InputError, SimulationError
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.ir.plan import Plan, RunOp
from distq.ir.program import Kind, Operation, Program
from distq.simulation.count_statistics import Counts
from distq.simulation.counts import sample
from distq.simulation.engines.dynamic.counts import noiseless_distribution
from distq.simulation.options import SimulationOptions
from distq.simulation.reduction.to_copies import reduce_events
from helpers.executions import DYNAMIC, case, exact_counts
from helpers.networks import network_of
from helpers.noise import noisy
from helpers.plans import random_plan


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shares", [{"final_measure": True}, {**DYNAMIC, "final_measure": True}, DYNAMIC])
def test_counts_follow_the_exact_distribution(seed: int, shares: dict[str, float]) -> None:
    given = case(seed, **shares)
    shots = 8000
    found = sample(*given, SimulationOptions(shots=shots, seed=seed))
    expected = exact_counts(*given)
    assert sum(found.counts.values()) == found.shots == shots
    chi2 = cells = 0.0
    for key, p in expected.items():
        if p * shots > 5:
            chi2 += (found.counts.get(key, 0) - p * shots) ** 2 / (p * shots)
            cells += 1
    assert chi2 < cells + 5 * np.sqrt(2 * cells)
    low, high = found.interval
    assert low - 0.02 < expected[found.outcome] < high + 0.02


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["relaxation", "all"])
@pytest.mark.parametrize("shares", [{"final_measure": True}, DYNAMIC])
def test_counts_beyond_pauli_noise_follow_the_exact_distribution(kind: str, shares: dict[str, float]) -> None:
    for seed in range(3):
        given = case(seed, kind, **shares)
        found = sample(*given, SimulationOptions(shots=8000, seed=seed, waits="mean"))
        chi2 = cells = 0.0
        for key, p in exact_counts(*given).items():
            if p * 8000 > 5:
                chi2 += (found.counts.get(key, 0) - p * 8000) ** 2 / (p * 8000)
                cells += 1
        assert chi2 < cells + 5 * np.sqrt(2 * cells)


def test_distances_and_reproducibility() -> None:
    given = case(1, final_measure=True)
    one, two = (sample(*given, SimulationOptions(shots=3000, seed=5, workers=w)) for w in (1, 3))
    assert one == two
    assert one.hellinger is not None
    assert one.total_variation is not None
    assert 0.5 < one.hellinger < 1.0
    assert 0.0 < one.total_variation < 0.5
    assert sample(*given, SimulationOptions(shots=20, seed=5)).hellinger is None


def test_distances_of_noiseless_counts_are_their_own_baseline() -> None:
    """Uniform over 16 outcomes: 1 - 15/(4 shots), and sum of sqrt(2 p (1 - p)/(pi shots))/2."""
    shots = 2000
    hadamard = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    ops = tuple([Operation(Kind.LOCAL, (q,), factors=(hadamard,)) for q in range(4)])
    program = Program("uniform", 4, 0, ops, (0, 1, 2, 3))
    perfect = {"error_1q": 0.0, "error_2q": 0.0, "error_reset": 0.0, "error_measure": 0.0, "t2_s": np.inf}
    (qpu,) = network_of([4]).qpus
    network = network_of([4]).model_copy(update={"qpus": (qpu.model_copy(update=perfect),)})
    plan = Plan((0,) * 4, tuple([RunOp(q, 0) for q in range(4)]))
    found = sample(program, lower(program, plan, network), None, network, SimulationOptions(shots=shots, seed=2))
    assert found.hellinger is not None
    assert found.total_variation is not None
    assert found.hellinger_noiseless == pytest.approx(1 - 15 / (4 * shots), abs=3e-4)
    assert found.variation_noiseless == pytest.approx(8 * np.sqrt(2 * 15 / 256 / (np.pi * shots)), rel=0.1)
    assert found.hellinger == pytest.approx(found.hellinger_noiseless, abs=4e-3)
    assert found.total_variation == pytest.approx(found.variation_noiseless, abs=0.02)


def test_named_outcome() -> None:
    given = case(2, final_measure=True)
    found: Counts = sample(*given, SimulationOptions(shots=500, outcome="0 1 1"))
    assert found.outcome == "011"
    assert found.success == found.counts.get("011", 0) / 500
    with pytest.raises(InputError, match="3 bits"):
        sample(*given, SimulationOptions(shots=10, outcome="01"))
    with pytest.raises(SimulationError, match="shots"):
        sample(*given, SimulationOptions(shots=0))


def test_registers_are_written_as_qiskit_writes_them() -> None:
    program, *rest = case(3, final_measure=True)
    program = Program(
        program.name, 3, 3, program.operations, program.output, (("a", (0,)), ("b", (1, 2))), program.global_phase
    )
    found = sample(program, *rest, SimulationOptions(shots=50))  # type: ignore[arg-type]
    assert all(len(key) == 4 and key[2] == " " for key in found.counts)


def test_without_measurements_all_qubits_are_read() -> None:
    found = sample(*case(4), SimulationOptions(shots=100))
    assert all(len(key) == 3 for key in found.counts)


def test_counts_of_clifford_circuits_in_stim_are_those_of_state_vectors() -> None:
    from distq.simulation.engines.clifford import counts as clifford_shots
    from distq.simulation.execution import Execution
    from helpers.executions import clifford_program

    for seed in range(4):
        rng = np.random.default_rng(seed)
        network = noisy(network_of([2, 1], 3), rng, 0.5)
        program = clifford_program(rng, 3, 12)
        ends = [Operation(Kind.MEASURE, (q,), clbit=2 - q) for q in range(3)]
        program = replace(program, num_clbits=3, operations=(*program.operations, *ends))
        events = lower(program, random_plan(program, network, rng), network)
        given = (program, events, schedule(events, program, network), network)
        run = Execution(reduce_events(*given))
        rows = clifford_shots.draw(run, 8000, seed, noisy=True)
        found = Counter("".join(map(str, reversed(row))) for row in rows.tolist())
        chi2 = cells = 0.0
        for key, p in exact_counts(*given).items():
            if p * 8000 > 5:
                chi2 += (found[key] - p * 8000) ** 2 / (p * 8000)
                cells += 1
        assert chi2 < cells + 5 * np.sqrt(2 * cells)
        wanted = noiseless_distribution(run)
        perfect = clifford_shots.draw(run, 100, seed, noisy=False)
        assert {row.tobytes() for row in perfect} <= {bits for bits, p in wanted.items() if p > 1e-9}
