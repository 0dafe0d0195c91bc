"""Confidence intervals."""

from __future__ import annotations


def clopper_pearson(hits: int, shots: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a probability from ``hits`` in ``shots`` (Clopper and Pearson, Biometrika 26, 404 (1934))."""
    from scipy.special import betaincinv

    tail = (1.0 - level) / 2
    low = float(betaincinv(hits, shots - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, shots - hits, 1.0 - tail)) if hits < shots else 1.0
    return low, high
