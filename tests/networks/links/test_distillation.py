"""Distillation and swapping against density matrices, published figures and sampling."""

from __future__ import annotations

import itertools
import math
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq.errors import NetworkError
from distq.networks.links.bell_diagonal import PERFECT, Weights, convolve, dephasing, slowest, weights_of, werner
from distq.networks.links.distillation import (
    bbpssw,
    break_even,
    dejmps,
    in_frame,
    pump,
    two_to_one,
)
from distq.networks.links.effective import LocalNoise
from distq.networks.links.swapping import RawLink, swap_along, swap_pairs
from distq.networks.presets import LINK_PRESETS

OXFORD = LINK_PRESETS.find("oxford-2025").weights
WEIGHTS = st.tuples(*[st.floats(1e-3, 1.0)] * 4).map(weights_of)
ONE, X, Y, Z = np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])


def on(ions: dict[int, np.ndarray]) -> np.ndarray:
    """One-ion operators on four ions."""
    return reduce(np.kron, [ions.get(k, ONE) for k in range(4)])


def cx(control: int, target: int) -> np.ndarray:
    return on({control: np.diag([1, 0])}) + on({control: np.diag([0, 1]), target: X})


def pair(weights: Weights) -> np.ndarray:
    bell = np.array([1, 0, 0, 1]) / math.sqrt(2)
    states = [np.kron(ONE, pauli) @ bell for pauli in (ONE, Z, X, Y)]
    return sum(w * np.outer(s, s.conj()) for w, s in zip(weights, states, strict=True))


def depolarised(rho: np.ndarray, ions: tuple[int, int], error: float) -> np.ndarray:
    out = (1 - error) * rho
    for p, q in itertools.product((ONE, X, Y, Z), repeat=2):
        if p is not ONE or q is not ONE:
            operator = on({ions[0]: p, ions[1]: q})
            out = out + error / 15 * operator @ rho @ operator.conj().T
    return out


def bell_weights(rho: np.ndarray) -> np.ndarray:
    return np.array([np.real(np.trace(pair(tuple(np.eye(4)[k])) @ rho)) for k in range(4)])


def reduced(rho: np.ndarray, keep: tuple[int, int]) -> np.ndarray:
    letters = list("abcdefgh")
    for ion in range(4):
        if ion not in keep:
            letters[ion + 4] = letters[ion]
    out = "".join(letters[k] for k in keep) + "".join(letters[k + 4] for k in keep)
    return np.einsum(f"{''.join(letters)}->{out}", rho.reshape((2,) * 8)).reshape(4, 4)


@settings(max_examples=15)
@given(WEIGHTS, WEIGHTS, st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.3))
def test_comparison_is_that_of_density_matrices(
    kept: Weights, spare: Weights, p_a: float, p_b: float, m_a: float, m_b: float
) -> None:
    rho = np.kron(pair(kept), pair(spare))  # ions kept A, kept B, spare A, spare B
    for control, target, error in ((0, 2, p_a), (1, 3, p_b)):
        gate = cx(control, target)
        rho = depolarised(gate @ rho @ gate.T, (control, target), error)
    out, success = np.zeros((4, 4), dtype=complex), 0.0
    for a, b in itertools.product((0, 1), repeat=2):
        seen = on({2: np.diag([1 - a, a]), 3: np.diag([1 - b, b])})
        branch = seen @ rho @ seen
        equal = (1 - m_a) * (1 - m_b) + m_a * m_b
        chance = equal if a == b else 1 - equal
        out = out + chance * reduced(branch, (0, 1))
    success = float(np.real(np.trace(out)))
    found = two_to_one(kept, spare, LocalNoise(p_a, m_a), LocalNoise(p_b, m_b))
    assert found[0] == pytest.approx(success)
    assert found[1] == pytest.approx(bell_weights(out) / success)


@settings(max_examples=15)
@given(WEIGHTS, WEIGHTS, st.floats(0, 0.3), st.floats(0, 0.3))
def test_swapping_is_that_of_density_matrices(first: Weights, second: Weights, error: float, flip: float) -> None:
    rho = np.kron(pair(first), pair(second))  # ions far A, middle, middle, far B
    gate = cx(1, 2)
    rho = depolarised(gate @ rho @ gate.T, (1, 2), error)
    turn = on({1: np.array([[1, 1], [1, -1]]) / math.sqrt(2)})
    rho = turn @ rho @ turn
    out = np.zeros((4, 4), dtype=complex)
    for a, b in itertools.product((0, 1), repeat=2):
        seen = on({1: np.diag([1 - a, a]), 2: np.diag([1 - b, b])})
        branch = reduced(seen @ rho @ seen, (0, 3))
        for told_a, told_b in itertools.product((0, 1), repeat=2):
            chance = (flip if told_a != a else 1 - flip) * (flip if told_b != b else 1 - flip)
            fix = np.kron(ONE, np.linalg.matrix_power(Z, told_a) @ np.linalg.matrix_power(X, told_b))
            out = out + chance * fix @ branch @ fix.conj().T
    assert swap_pairs(first, second, LocalNoise(error, flip)) == pytest.approx(bell_weights(out))


@pytest.mark.parametrize(("fidelity", "better", "chance"), [(0.90, 0.926, 0.876), (0.94, 0.958, 0.923)])
def test_bbpssw_figures(fidelity: float, better: float, chance: float) -> None:
    e = (1 - fidelity) / 3
    success, out = bbpssw(werner(fidelity), werner(fidelity))
    assert success == pytest.approx(fidelity**2 + 2 * fidelity * e + 5 * e**2)
    assert out[0] == pytest.approx((fidelity**2 + e**2) / success)
    assert (round(out[0], 3), round(success, 3)) == (better, chance)
    assert out == werner(out[0])


@given(WEIGHTS)
def test_dejmps_closed_form(weights: Weights) -> None:
    a, b, c, d = in_frame(weights)
    success, out = dejmps(weights, weights)
    p = (a + b) ** 2 + (c + d) ** 2
    assert success == pytest.approx(p)
    assert out[0] == pytest.approx((a**2 + b**2) / p)
    assert sorted(out[1:]) == pytest.approx(sorted([2 * c * d / p, (c**2 + d**2) / p, 2 * a * b / p]))
    assert out[1] == max(out[1:])


def test_the_frame_decides_for_oxford() -> None:
    right, wrong = dejmps(OXFORD, OXFORD), two_to_one(OXFORD, OXFORD)
    assert (round(right[1][0], 3), round(right[0], 3)) == (0.987, 0.952)
    assert round(wrong[1][0], 3) == 0.963
    assert wrong[1][0] < OXFORD[0] < right[1][0]


def test_local_gates_decide_too() -> None:
    noisy = LocalNoise(error_2q=1.25 * (1 - 0.976))
    assert round(dejmps(OXFORD, OXFORD, noisy, noisy).fidelity, 3) == 0.962
    assert round(break_even(OXFORD), 3) == 0.983
    edge = LocalNoise(error_2q=1.25 * (1 - break_even(OXFORD)))
    assert dejmps(OXFORD, OXFORD, edge, edge).fidelity == pytest.approx(OXFORD[0], abs=1e-9)
    assert break_even(PERFECT) == 1.0


def test_pumping_counts_pairs_and_time_as_sampled() -> None:
    rate, rounds, end = 5.0, 2, LocalNoise(0.01, 0.005, t2_s=50.0, round_s=0.03)
    found = pump("pumping", werner(0.9), rate, end, end, message_s=0.02)
    chances = []
    for n in range(1, rounds + 1):
        so_far = pump("pumping", werner(0.9), rate, end, end, rounds=n).success
        chances.append(so_far / math.prod(chances))
    rng = np.random.default_rng(3)
    times, pairs = [], []
    for _ in range(20_000):
        time, used, done = 0.0, 0, False
        while not done:
            time += rng.exponential(1 / rate)
            used += 1
            for chance in chances:
                time += rng.exponential(1 / rate) + 0.05
                used += 1
                if rng.random() > chance:
                    break
            else:
                done = True
        times.append(time)
        pairs.append(used)
    for expected, sampled in ((found.time_s, times), (found.pairs, pairs)):
        assert abs(np.mean(sampled) - expected) < 4 * np.std(sampled) / math.sqrt(len(sampled))
    assert found.rate_hz == 1 / found.time_s
    assert found.success == pytest.approx(math.prod(chances))


def test_pumping_more_helps_and_storage_hurts() -> None:
    one, two = (pump("pumping", werner(0.95), 100.0, rounds=n).fidelity for n in (1, 2))
    assert werner(0.95)[0] < one < two
    assert pump("dejmps", werner(0.95), 100.0).fidelity == one
    lossy = LocalNoise(t2_s=0.1)
    assert pump("dejmps", werner(0.95), 100.0, lossy, lossy).fidelity < one


@pytest.mark.parametrize("method", ["dejmps", "bbpssw", "pumping"])
def test_what_can_never_succeed(method: str) -> None:
    with pytest.raises(
        NetworkError, match=rf"by {method} can never succeed: its pairs have fidelity 0.5, not above 0.5"
    ):
        pump(method, (0.5, 0.5, 0.0, 0.0), 1.0)


def test_chain_of_hops() -> None:
    hops = [RawLink(werner(0.95), 10.0), RawLink(werner(0.9), 5.0), RawLink(werner(0.99), 20.0)]
    found = swap_along(hops, [LocalNoise()] * 4)
    parameter = math.prod((4 * w[0] - 1) / 3 for w, _ in hops)
    assert found.fidelity == pytest.approx((3 * parameter + 1) / 4)
    assert found.time_s == pytest.approx(slowest([10.0, 5.0, 20.0]))
    assert found.pairs == 3
    one = swap_along(hops[:1], [LocalNoise(t2_s=1e-3)] * 2)  # a single pair waits for nobody
    assert (one.weights, one.time_s) == (pytest.approx(werner(0.95)), pytest.approx(0.1))
    tired = swap_along(hops, [LocalNoise(t2_s=1.0, round_s=0.5)] * 4)
    assert tired.fidelity < found.fidelity
    assert tired.time_s == pytest.approx(found.time_s + 0.5)
    with pytest.raises(ValueError, match="needs 4 ends"):
        swap_along(hops, [LocalNoise()])


def test_pairs_that_wait_together_are_the_mean_over_all_waits() -> None:
    """Sampled heralds: both halves of a pair wait for the same time, and no pair waits for itself."""
    rates, t2_s = (9.7, 4.0, 20.0), (0.85, 0.5, 2.0, 1.0)
    weights = ((0.9, 0.05, 0.03, 0.02), (0.85, 0.1, 0.05, 0.0), (0.95, 0.05, 0.0, 0.0))
    found = swap_along(list(map(RawLink, weights, rates)), [LocalNoise(t2_s=t) for t in t2_s])
    heralds = np.random.default_rng(0).exponential(1.0 / np.array(rates), (400_000, 3))
    waits = heralds.max(axis=1, keepdims=True) - heralds
    decay = np.array([1 / a + 1 / b for a, b in pairwise(t2_s)])
    kept = float(np.exp(-waits @ decay).mean())
    expected = dephasing((1 - kept) / 2)
    for fresh in weights:
        expected = convolve(expected, fresh)
    assert found.weights == pytest.approx(expected, abs=1e-3)
    assert swap_along([RawLink(weights[0], 1.0)], [LocalNoise(t2_s=0.1)] * 2).weights == pytest.approx(weights[0])
    end = LocalNoise(t2_s=0.85)
    kept = 1 / (1 + 2 / (9.7 * 0.85))
    stored = convolve(weights[0], dephasing((1 - kept) / 2))
    assert pump("dejmps", weights[0], 9.7, end, end).weights == pytest.approx(dejmps(stored, weights[0]).weights)
