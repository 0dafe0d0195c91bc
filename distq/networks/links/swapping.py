"""Entanglement swapping: pairs over several hops become one pair between the ends.

A Bell measurement in the middle (CX, H, two measurements) joins two Bell-diagonal pairs; their errors add, so weights
convolve over Z2 x Z2, and Werner parameters w = (4 F - 1)/3 multiply. Noise of the measurement adds an X if the
target's outcome is wrong, a Z if the control's is. Source: Zukowski et al., PRL
71, 4287 (1993); Briegel et al., PRL 81, 5932 (1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from distq.networks.links.bell_diagonal import (
    Weights,
    both,
    convolve,
    dephasing,
    slowest,
    stored_while_waiting,
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

    A pair that waits for the slowest dephases on both its ions; its wait has mean E[max] - 1/R and is taken as
    exponentially distributed.

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
    last_s = slowest([rate for _, rate in links])
    total: Weights = (1.0, 0.0, 0.0, 0.0)
    for (weights, rate), a, b in zip(links, ends, ends[1:], strict=False):
        wait = max(last_s - 1.0 / rate, 0.0)
        stored = both(stored_while_waiting(wait, a.t2_s), stored_while_waiting(wait, b.t2_s))
        total = convolve(total, convolve(weights, dephasing(stored)))
    for middle in ends[1:-1]:
        total = convolve(total, bell_measurement(middle))
    swapping_s = max((middle.round_s for middle in ends[1:-1]), default=0.0)
    return EffectivePair(total, len(links), last_s + swapping_s)
