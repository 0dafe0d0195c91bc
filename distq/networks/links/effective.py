"""What distillation and swapping have in common: noisy local operations in, and the pairs that come out."""

from __future__ import annotations

from dataclasses import dataclass

from distq.networks.links.bell_diagonal import Weights


@dataclass(frozen=True)
class LocalNoise:
    """Local operations of one end.

    Attributes
    ----------
    error_2q
        Total probability of the 15 two-qubit Paulis after a CX.
    error_measure
        Probability of a wrong outcome.
    t2_s
        Coherence time of a stored half of a pair.
    round_s
        Time of a CX and a measurement.
    """

    error_2q: float = 0.0
    error_measure: float = 0.0
    t2_s: float = float("inf")
    round_s: float = 0.0


IDEAL = LocalNoise()


@dataclass(frozen=True)
class EffectivePair:
    """A pair made of raw ones.

    Attributes
    ----------
    weights
        Bell-diagonal weights (I, Z, X, Y).
    pairs
        Mean number of raw pairs used for it, failures included.
    time_s
        Mean time to make it.
    """

    weights: Weights
    pairs: float
    time_s: float

    @property
    def fidelity(self) -> float:
        """Fidelity with the perfect pair."""
        return self.weights[0]

    @property
    def rate_hz(self) -> float:
        """Mean number of such pairs per second."""
        return 1.0 / self.time_s if self.time_s > 0.0 else float("inf")
