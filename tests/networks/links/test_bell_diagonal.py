"""Bell weights and waits against closed forms and explicit sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from distq.networks.links.bell_diagonal import (
    MIXED,
    PERFECT,
    Weights,
    both,
    convolve,
    dephasing,
    entropy_bits,
    erlang,
    mix,
    slowest,
    stored_for,
    stored_while_waiting,
    weights_of,
    werner,
)

WEIGHTS = st.tuples(*[st.floats(1e-3, 1.0)] * 4).map(weights_of)


@given(WEIGHTS, WEIGHTS, WEIGHTS)
def test_errors_add_like_the_group(a: Weights, b: Weights, c: Weights) -> None:
    assert convolve(a, b) == pytest.approx(convolve(b, a))
    assert convolve(convolve(a, b), c) == pytest.approx(convolve(a, convolve(b, c)))
    assert convolve(a, PERFECT) == pytest.approx(a)
    assert convolve(a, MIXED) == pytest.approx(MIXED)


@given(st.floats(0.25, 1.0), st.floats(0.25, 1.0))
def test_werner_parameters_multiply(f: float, g: float) -> None:
    product = (4 * f - 1) / 3 * (4 * g - 1) / 3
    assert convolve(werner(f), werner(g)) == pytest.approx(werner((3 * product + 1) / 4))


def test_pauli_products() -> None:
    i, z, x, y = (tuple(float(k == n) for k in range(4)) for n in range(4))
    assert convolve(z, x) == y  # type: ignore[arg-type]
    assert convolve(x, y) == z  # type: ignore[arg-type]
    assert convolve(y, y) == i  # type: ignore[arg-type]


def test_storage() -> None:
    assert stored_for(1.0, 10.0) == pytest.approx((1 - math.exp(-0.1)) / 2)
    assert stored_for(1.0, math.inf) == stored_while_waiting(1.0, math.inf) == 0.0
    assert stored_while_waiting(0.103, 0.92) == pytest.approx((1 - 1 / (1 + 0.103 / 0.92)) / 2)
    times = np.random.default_rng(1).exponential(0.3, size=400_000)
    sampled = float(np.mean((1 - np.exp(-times / 2.0)) / 2))
    assert stored_while_waiting(0.3, 2.0) == pytest.approx(sampled, abs=3e-4)
    assert both(0.1, 0.2) == pytest.approx(0.1 * 0.8 + 0.9 * 0.2)
    assert convolve(dephasing(0.1), dephasing(0.2)) == pytest.approx(dephasing(both(0.1, 0.2)))


def test_waits() -> None:
    assert erlang(4, 10.0) == (0.4, 0.2)
    assert slowest([9.7]) == pytest.approx(1 / 9.7)
    assert slowest([2.0, 2.0]) == pytest.approx(1.5 / 2.0)
    assert slowest([1.0] * 30) == pytest.approx(sum(1 / k for k in range(1, 31)))
    assert slowest([1.0, 2.0]) == pytest.approx(1 + 1 / 2 - 1 / 3)
    drawn = np.random.default_rng(2).exponential([[1.0], [0.5], [0.25]], size=(3, 200_000)).max(axis=0)
    assert slowest([1.0, 2.0, 4.0]) == pytest.approx(float(drawn.mean()), abs=0.01)
    with pytest.raises(ValueError, match="more than 20"):
        slowest([float(k) for k in range(1, 23)])


def test_mixtures_and_entropy() -> None:
    assert mix([(1.0, PERFECT), (3.0, MIXED)]) == pytest.approx(werner(0.25 + 0.75 / 4))
    assert entropy_bits(MIXED) == pytest.approx(2.0)
    assert entropy_bits(PERFECT) == 0.0
