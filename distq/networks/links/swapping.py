"""Entanglement swapping: pairs over several hops become one pair between the ends.

A Bell measurement in the middle (CX, H, two measurements) joins two Bell-diagonal pairs; their errors add, so weights
convolve over Z2 x Z2, and Werner parameters w = (4 F - 1)/3 multiply. Noise of the measurement adds an X if the
target's outcome is wrong, a Z if the control's is. Source: Zukowski et al., PRL
71, 4287 (1993); Briegel et al., PRL 81, 5932 (1998).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from distq.networks.links.bell_diagonal import (
    Weights,
    convolve,
    dephasing,
    slowest,
    together_s,
    weights_of,
)
from distq.networks.links.effective import IDEAL, EffectivePair, LocalNoise


class RawLink(NamedTuple):
    """What a link heralds: Bell-diagonal weights of its pairs, and how many come per second."""

    weights: Weights
    rate_hz: float


def bell_measurement(middle: LocalNoise) -> Weights:
    """Weights of the error that a noisy Bell measurement at ``middle`` adds."""
    some = 4.0 * middle.error_2q / 15.0  # of the 15 Paulis 3 turn no outcome, 4 each turn one, the other, or both
    gate = (1.0 - 3.0 * some, some, some, some)
    flip = middle.error_measure
    outcomes = weights_of([(1 - flip) ** 2, flip * (1 - flip), flip * (1 - flip), flip**2])
    return convolve(gate, outcomes)


def swap_pairs(first: Weights, second: Weights, middle: LocalNoise = IDEAL) -> Weights:
    """Weights of the pair between the far ends of two pairs that meet in ``middle``."""
    return convolve(convolve(first, second), bell_measurement(middle))


def swap_along(links: Sequence[RawLink], ends: Sequence[LocalNoise]) -> EffectivePair:
    """The pair over a chain of links, all heralding at the same time, swapped when the last pair is there.

    A pair that waits for the slowest dephases on both its ions for the same time. Heralds are exponential, so that the
    mean over all waits is exact (:func:`_coherence_left`).

    Parameters
    ----------
    links
        One per hop.
    ends
        The QPUs along the chain, one more than hops.

    Returns
    -------
    EffectivePair
        Swapping always succeeds, so it takes one raw pair per hop.

    Raises
    ------
    ValueError
        No hop, another number of QPUs, or more than 20 links of different rates.
    """
    if not links or len(ends) != len(links) + 1:
        raise ValueError(f"a chain of {len(links)} hops needs {len(links) + 1} ends and at least one hop")
    rates = [rate for _, rate in links]
    last_s = slowest(rates)
    decay = [1.0 / together_s(a.t2_s, b.t2_s) for a, b in pairwise(ends)]
    total = dephasing((1.0 - _coherence_left(rates, decay)) / 2.0)
    for weights, _ in links:
        total = convolve(total, weights)
    for middle in ends[1:-1]:
        total = convolve(total, bell_measurement(middle))
    swapping_s = max((middle.round_s for middle in ends[1:-1]), default=0.0)
    return EffectivePair(total, len(links), last_s + swapping_s)


def _coherence_left(rates_hz: Sequence[float], decay_hz: Sequence[float]) -> float:
    """Mean of exp(-sum of the waits of all pairs times their decay rates), every pair waiting for the last one.

    With f(S) for the pairs S still to come, R their rates and D the decay rates of those that are there already:
    f(S) = sum over i in S of R_i / (R_S + D) f(S without i), f of none = 1. Pairs alike are counted, not told apart.
    """
    kinds = list(Counter(zip(rates_hz, decay_hz, strict=True)).items())
    everything = sum(decay * count for (_, decay), count in kinds)

    @cache
    def left(missing: tuple[int, ...]) -> float:
        if not any(missing):
            return 1.0
        waiting = everything - sum([decay * m for ((_, decay), _), m in zip(kinds, missing, strict=True)])
        coming = sum([rate * m for ((rate, _), _), m in zip(kinds, missing, strict=True)])
        total = 0.0
        for k, ((rate, _), _) in enumerate(kinds):
            if missing[k]:
                fewer = (*missing[:k], missing[k] - 1, *missing[k + 1 :])
                total += rate * missing[k] / (coming + max(waiting, 0.0)) * left(fewer)
        return total

    return left(tuple([count for _, count in kinds]))
