"""Entanglement distillation, two pairs to one, with noisy local operations: exact on Bell-diagonal states.

Both ends apply a CX from the kept to the spare pair's ion, measure the spare and compare: equal outcomes keep the pair.
With errors as bits (x, z), the spare's outcomes differ if x1 + x2 = 1, and the kept pair ends with (x1, z1 + z2).
Noise only adds Pauli errors, so everything is a sum over bits. In the letters of Deutsch et al. for weights in the
order A = no error, B = not seen by the comparison, C, D:

    p = (A + B)^2 + (C + D)^2,   A' = (A^2 + B^2)/p,   C' = (C^2 + D^2)/p,   {B', D'} = {2 A B, 2 C D}/p

and the frame decides: rotating the smallest error into B before the CX is best. Sources: Bennett et al., PRL 76, 722
(1996) (BBPSSW); Deutsch et al., PRL 77, 2818 (1996) (DEJMPS); Duer and Briegel, RPP 70, 1381 (2007) (pumping).

A stored pair dephases, on both its halves for the same time, during the exponentially distributed wait for the other
one. Approximations: one-qubit gates of the frame are free; a failed round starts again from raw pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from distq.errors import NetworkError
from distq.networks.links.bell_diagonal import (
    Weights,
    both,
    convolve,
    dephasing,
    stored_while_waiting,
    together_s,
    weights_of,
    werner,
)
from distq.networks.links.effective import IDEAL, EffectivePair, LocalNoise


@dataclass(frozen=True)
class Distilled(EffectivePair):
    """What a method of distillation makes of a link: the pairs that come out.

    Attributes
    ----------
    method
        Its name.
    success
        Probability that all rounds of one try succeed.
    """

    method: str
    success: float


class PairComparison(NamedTuple):
    """The outcome of comparing two pairs: the probability that it succeeds, and the weights of the kept pair then."""

    success: float
    weights: Weights

    @property
    def fidelity(self) -> float:
        """Fidelity of the kept pair if it succeeds."""
        return self.weights[0]


def two_to_one(kept: Weights, spare: Weights, a: LocalNoise = IDEAL, b: LocalNoise = IDEAL) -> PairComparison:
    """One comparison of a kept and a spare pair.

    The comparison does not see Z errors (the second weight) of either pair.
    """
    noise = _noise(a, b)
    out = [0.0] * 4
    for i, p in enumerate(kept):
        for j, q in enumerate(spare):
            x, z, seen = i >> 1, (i ^ j) & 1, (i ^ j) >> 1
            for k, weight in enumerate(noise):
                if seen == k & 1:  # differing outcomes, unless noise turns them
                    out[(2 * x + z) ^ (k >> 1)] += p * q * weight
    success = sum(out)
    return PairComparison(success, weights_of(out))


def _noise(a: LocalNoise, b: LocalNoise) -> list[float]:
    """Probabilities of what local noise adds.

    Index ``4 x + 2 z + s`` for an error (x, z) of the kept pair; s if the comparison turns.
    """
    out = [1.0] + [0.0] * 7
    for end in (a, b):
        # Each Pauli of the kept ion comes with 2 of the spare ion that turn its outcome (X, Y) and 2 that do not.
        cx = [2.0 * end.error_2q / 15.0] * 8
        cx[0] = 1.0 - 14.0 * end.error_2q / 15.0
        out = [sum(out[i ^ j] * cx[j] for j in range(8)) for i in range(8)]
    turned = both(a.error_measure, b.error_measure)
    return [(1.0 - turned) * out[i] + turned * out[i ^ 1] for i in range(8)]


def in_frame(weights: Weights) -> Weights:
    """The pair rotated so that its smallest error is the one that the comparison does not see."""
    small, middle, large = sorted(weights[1:])
    return (weights[0], small, middle, large)


def phase_biased(weights: Weights) -> Weights:
    """The pair rotated so that its largest error is the phase flip, which does the least harm to the copy it makes."""
    small, middle, large = sorted(weights[1:])
    return (weights[0], large, middle, small)


def dejmps(kept: Weights, spare: Weights, a: LocalNoise = IDEAL, b: LocalNoise = IDEAL) -> PairComparison:
    """DEJMPS in the frame that is best for the two pairs."""
    success, out = two_to_one(in_frame(kept), in_frame(spare), a, b)
    return PairComparison(success, phase_biased(out))


def bbpssw(kept: Weights, spare: Weights, a: LocalNoise = IDEAL, b: LocalNoise = IDEAL) -> PairComparison:
    """BBPSSW: both pairs are twirled to Werner pairs before, and the result after.

    With e = (1 - F)/3: p = F^2 + 2 F e + 5 e^2, F' = (F^2 + e^2)/p.
    """
    success, out = two_to_one(werner(kept[0]), werner(spare[0]), a, b)
    return PairComparison(success, werner(out[0]))


class Method(NamedTuple):
    """A protocol, and how many raw pairs are used up, one after the other, to improve the kept one."""

    protocol: Callable[[Weights, Weights, LocalNoise, LocalNoise], PairComparison]
    rounds: int


METHODS = {"dejmps": Method(dejmps, 1), "bbpssw": Method(bbpssw, 1), "pumping": Method(dejmps, 2)}


def pump(
    method: str,
    weights: Weights,
    rate_hz: float,
    a: LocalNoise = IDEAL,
    b: LocalNoise = IDEAL,
    *,
    rounds: int | None = None,
    message_s: float = 0.0,
) -> Distilled:
    """What a method makes of a link that heralds pairs one after the other.

    With p_k the success of round k: N_k = (N_{k-1} + 1)/p_k raw pairs and T_k = (T_{k-1} + 1/R + t)/p_k, where t is the
    slower end's CX and measurement and the message of the outcome.

    Parameters
    ----------
    method
        A key of :data:`METHODS`.
    weights, rate_hz
        Of the raw pairs.
    a, b
        Local operations of the two ends.
    rounds
        Raw pairs that improve one; the method's own number if None.
    message_s
        Time of a classical message between the ends.

    Raises
    ------
    NetworkError
        The raw pairs are too bad for it ever to succeed.
    """
    protocol, usual_rounds = METHODS[method]
    require_distillable(method, weights)
    raw_s = 1.0 / rate_hz
    wait = stored_while_waiting(raw_s, together_s(a.t2_s, b.t2_s))
    kept, success, pairs, time_s = weights, 1.0, 1.0, raw_s
    for _ in range(usual_rounds if rounds is None else rounds):
        passed, kept = protocol(convolve(kept, dephasing(wait)), weights, a, b)
        success *= passed
        pairs = (pairs + 1.0) / passed
        time_s = (time_s + raw_s + max(a.round_s, b.round_s) + message_s) / passed
    return Distilled(kept, pairs, time_s, method=method, success=success)


def require_distillable(method: str, weights: Weights) -> None:
    """Raise NetworkError if distillation of such pairs can never succeed: only F > 1/2 can be raised."""
    if weights[0] <= 0.5:
        raise NetworkError(
            f"distillation by {method} can never succeed: its pairs have fidelity {weights[0]:.4g}, not above 0.5",
            "improve the link, or do without distillation (none)",
        )


def break_even(weights: Weights, method: str = "dejmps") -> float:
    """Average fidelity of both ends' two-qubit gates below which distillation loses; 1 if it never gains.

    Measurement and storage are taken as perfect. F_avg = 1 - 4/5 of the Pauli error (Nielsen, PLA 303, 249 (2002)).
    Found by bisection.
    """
    protocol = METHODS[method].protocol

    def gain(error: float) -> float:
        end = LocalNoise(error_2q=error)
        return protocol(weights, weights, end, end).fidelity - weights[0]

    low, high = 0.0, 0.9
    if gain(low) <= 0.0:
        return 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if gain(middle) > 0.0 else (low, middle)
    return 1.0 - 0.8 * low
