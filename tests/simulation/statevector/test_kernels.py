"""Compiled kernels equal their plain Python twins and textbook matrices; sampling follows its probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distq.simulation.engines.trajectories.tail import Tail, TailChunks
from distq.simulation.exact_terms import ExactTerms
from distq.simulation.noise import pauli_channels
from distq.simulation.result import EngineOptions
from distq.simulation.statevector import kernels, op_kernels
from distq.simulation.statevector.fault_sampling import FaultSampler
from distq.simulation.statevector.input_states import input_states
from distq.simulation.statevector.op_arrays import flatten
from helpers.executions import execution

QUBITS = 7  # one more than a chunk of the rotation kernel


def random_state(rng: np.random.Generator, qubits: int = QUBITS) -> Any:
    state = rng.normal(size=2**qubits) + 1j * rng.normal(size=2**qubits)
    return state / np.linalg.norm(state)


CALLS: dict[str, tuple[Any, ...]] = {
    "apply_1q": (3, 0.6, 0.8j, 0.8j, 0.6),
    "rotate": (0b1010010, 0.7),
    "phase": (0b0110001, 0b0100001, 0.4),
    "pauli": (0b0010010, 0b1010001),
    "project": (2, 1, True),
    "weight": (2, 0),
    "scale_outcome": (2, 1, 0.5),
    "collapse": (4, 0.4),
    "select": (4, 1),
    "norm": (),
    "pick": (0.7,),
}


@pytest.mark.parametrize("name", CALLS)
def test_kernel_equals_its_twin(name: str) -> None:
    rng = np.random.default_rng(1)
    kernel = getattr(kernels, name)
    for args in (CALLS[name], *([(0, 0b100)] if name == "pauli" else [])):
        one = random_state(rng)
        two = one.copy()
        assert kernel(one, *args) == pytest.approx(kernel.plain(two, *args))
        np.testing.assert_allclose(one, two, atol=1e-14)


def test_rotation_and_phase_are_what_they_say() -> None:
    rng = np.random.default_rng(2)
    index = np.arange(2**QUBITS)
    for qubits in (1, 6, 7):
        for mask in (1, 0b11, 0b1000001, 0b0100100):
            mask &= 2**qubits - 1
            state = random_state(rng, qubits)
            signs = np.array([(-1) ** (i & mask).bit_count() for i in range(2**qubits)])
            expected = state * np.exp(-0.45j * signs)
            kernels.rotate(state, mask, 0.9)
            np.testing.assert_allclose(state, expected, atol=1e-14)
    state = random_state(rng)
    expected = np.where(index & 0b101 == 0b100, np.exp(0.3j), 1.0) * state
    kernels.phase(state, 0b101, 0b100, 0.3)
    np.testing.assert_allclose(state, expected, atol=1e-14)


def test_overlaps_and_transition_matrix() -> None:
    rng = np.random.default_rng(3)
    left, right = random_state(rng), random_state(rng)
    moved = right.copy()
    kernels.pauli(moved, 0b0010010, 0b1010001)
    expected = np.vdot(left, moved)
    assert kernels.overlap(left, moved) == pytest.approx(expected)
    assert kernels.pauli_overlap(left, right, 0b0010010, 0b1010001) == pytest.approx(expected)
    matrix = kernels.transition(left, right, 1, 4)
    blocks = [v.reshape(2, 2, 2, 2, 2, 2, 2).transpose(2, 5, 0, 1, 3, 4, 6).reshape(4, -1) for v in (left, right)]
    np.testing.assert_allclose(matrix, blocks[0].conj() @ blocks[1].T, atol=1e-13)


def test_running_backwards_undoes_the_program() -> None:
    run = execution(0, phase=0.3)
    flat = flatten(run.frame_program, input_states(["product"], run.qubits, 0)[0])
    state = random_state(np.random.default_rng(4), run.qubits)
    start = state.copy()
    op_kernels.run(state, flat.ops, 0, flat.size)
    op_kernels.run(state, flat.ops, flat.size, 0)
    np.testing.assert_allclose(state, start, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.2, 1.0])
@pytest.mark.parametrize("need", [0, 1, 2])
def test_fault_sampler_follows_the_conditional_distribution(need: int, noise: float) -> None:
    run = execution(1, noise=noise)
    flat = flatten(run.frame_program, input_states(["zero"], run.qubits, 0)[0])
    p = run.fault_probabilities.mean
    sampler = FaultSampler(run.faults, flat, need, run.fault_probabilities)
    rng = np.random.default_rng(5)
    table = rng.random((200_000, len(p))) < p
    table = table[table.sum(axis=1) >= need]
    assert sampler.probability == pytest.approx(len(table) / 200_000, abs=5e-3)
    shot, fault = sampler._faults(100_000, rng)
    counts = np.bincount(shot, minlength=100_000)
    assert counts.min() >= need
    assert np.mean(counts) == pytest.approx(table.sum(axis=1).mean(), rel=0.02)
    np.testing.assert_allclose(np.bincount(fault, minlength=len(p)) / 100_000, table.mean(axis=0), atol=6e-3)


@pytest.mark.slow
def test_intervals_cover_the_truth() -> None:
    """Over 200 repetitions the 95 % interval of the random part covers its exact value 92 to 98 % of the time."""
    run = execution(2, noise=0.2)
    (state,) = input_states(["product"], run.qubits, 2)
    exact = ExactTerms(run, state)

    def tail_of(seed: int, shots: int) -> Tail:
        tail = Tail(
            TailChunks(state, exact.flat, exact.perfect, run.faults, run.fault_probabilities, 2, (seed, 0), None)
        )
        tail.run(0.0, shots, EngineOptions(1.0, None, 0, 2), lambda value, part: None)
        return tail

    truth = tail_of(0, 200_000)
    covered = 0
    for seed in range(1, 201):
        tail = tail_of(seed, 150)
        covered += abs(tail.value.mean - truth.value.mean) <= 1.96 * tail.value.stderr
    assert 0.92 <= covered / 200 <= 0.98


def test_channels_sum_to_one_and_independent_flips_compose_to_them() -> None:
    given = [
        pauli_channels.depolarize_1q(0.1),
        pauli_channels.depolarize_2q(0.1),
        pauli_channels.half_of_2q(0.1),
        pauli_channels.flip(0.1),
        pauli_channels.dephase(0.1),
        pauli_channels.pair_error((0.97, 0.018, 0.006, 0.006)),
        pauli_channels.entangling_cx(0.1),
    ]
    for channel in given:
        assert sum(channel) == pytest.approx(1.0)
        flips = pauli_channels.independent(channel)
        assert flips is not None
        found = np.zeros(len(channel))
        found[0] = 1.0
        for pauli, q in enumerate(flips):
            found = (1 - q) * found + q * found[np.arange(len(channel)) ^ pauli]
        np.testing.assert_allclose(found, channel, atol=1e-12)
    assert pauli_channels.independent((0.8, 0.1, 0.1, 0.0)) is None
