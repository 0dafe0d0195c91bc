"""Bell-diagonal states as weights (I, Z, X, Y), their algebra, and the statistics of waiting for pairs.

Weights are the probabilities of a Pauli error on one half of a perfect pair. As a pair of bits (x, z) the errors are
I = 00, Z = 01, X = 10, Y = 11: index ``2 x + z``, and errors of chained pairs add over Z2 x Z2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

Weights: TypeAlias = tuple[float, float, float, float]
"""Probabilities of (I, Z, X, Y), which sum to 1."""

PERFECT: Weights = (1.0, 0.0, 0.0, 0.0)
MIXED: Weights = (0.25, 0.25, 0.25, 0.25)


def weights_of(values: Sequence[float]) -> Weights:
    """Four numbers as weights that sum to 1."""
    total = math.fsum(values)
    i, z, x, y = (value / total for value in values)
    return (i, z, x, y)


def werner(fidelity: float) -> Weights:
    """Weights of the Werner state of that fidelity, in which all three errors are equally likely."""
    rest = (1.0 - fidelity) / 3.0
    return (fidelity, rest, rest, rest)


def convolve(a: Weights, b: Weights) -> Weights:
    """Weights of two errors one after the other.

    Entanglement swapping does this to two pairs; for Werner pairs w = (4 F - 1)/3 multiplies.
    """
    out = [0.0] * 4
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            out[i ^ j] += p * q
    return weights_of(out)


def mix(parts: Sequence[tuple[float, Weights]]) -> Weights:
    """Weights of a mixture; the shares need not sum to 1."""
    return weights_of([math.fsum(share * weights[k] for share, weights in parts) for k in range(4)])


def dephasing(q: float) -> Weights:
    """Weights of a Z error with probability q."""
    return (1.0 - q, q, 0.0, 0.0)


def stored_for(time_s: float, t2_s: float) -> float:
    """Probability of a Z after a fixed time in one ion: q = (1 - exp(-t/T2))/2."""
    return -0.5 * math.expm1(-time_s / t2_s)


def stored_while_waiting(mean_s: float, t2_s: float) -> float:
    """Probability of a Z after an exponentially distributed time in one ion: q = (1 - 1/(1 + tau/T2))/2."""
    ratio = mean_s / t2_s
    return 0.5 * ratio / (1.0 + ratio)


def together_s(*t2_s: float) -> float:
    """Coherence time of a pair (or more ions) whose ions wait for the same time; their rates 1/T2 add up."""
    rate = math.fsum(1.0 / t2 for t2 in t2_s)
    return 1.0 / rate if rate > 0.0 else math.inf


def both(q_a: float, q_b: float) -> float:
    """Probability that exactly one of two independent flips happens."""
    return q_a + q_b - 2.0 * q_a * q_b


def entropy_bits(weights: Weights) -> float:
    """Von Neumann entropy of the Bell-diagonal state, in bits; 1 - entropy bounds what hashing distils per pair."""
    return -math.fsum(w * math.log2(w) for w in weights if w > 0.0)


def erlang(count: int, rate_hz: float) -> tuple[float, float]:
    """Mean and standard deviation (seconds) of the wait for ``count`` pairs one after the other."""
    return count / rate_hz, math.sqrt(count) / rate_hz


def slowest(rates_hz: Sequence[float]) -> float:
    """Mean (seconds) of the longest of independent exponential waits.

    E[max] = sum over non-empty subsets S of (-1)^(|S| + 1) / (sum of the rates in S); H_k / R for k equal
    rates, 1.5 / R for two. Equal rates are exact for any number; of different ones there may be at most 20.

    Raises
    ------
    ValueError
        More than 20 different rates.
    """
    if len(set(rates_hz)) == 1:
        return math.fsum(1.0 / k for k in range(1, len(rates_hz) + 1)) / rates_hz[0]
    if len(rates_hz) > 20:
        raise ValueError("more than 20 links of different rates")
    terms = [(0.0, -1.0)]
    for rate in rates_hz:
        terms += [(total + rate, -sign) for total, sign in terms]
    return math.fsum(sign / total for total, sign in terms[1:])
