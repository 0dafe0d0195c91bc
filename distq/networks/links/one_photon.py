"""Pairs heralded by a single photon, of which nobody can tell from which ion it came."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from distq.networks.fields import Probability, plain
from distq.networks.links.bell_diagonal import PERFECT, Weights, mix
from distq.networks.links.model import BudgetLine, register
from distq.networks.links.photon import HeraldedLink, HeraldStatistics

Bright = Annotated[
    float,
    BeforeValidator(plain),
    Field(gt=0.0, lt=1.0, description="must be a fraction between 0 and 1"),
]


@register
class OnePhoton(HeraldedLink):
    """Each ion is put into the bright state with a small amplitude, and one click heralds: fast, but never pure.

    With bright fraction alpha a herald is true with probability ~ 2 alpha (1 - alpha) eta, and with
    alpha^2 (2 eta - eta^2) both ions were bright (the two photons bunch), a population error. So p ~ 2 alpha eta and
    F ~ (1 - alpha)(1 + C)/2: alpha trades rate for fidelity. Unlike eta lowers the coherence by
    2 sqrt(eta_A eta_B)/(eta_A + eta_B). A dark count (two detectors, no photon) leaves the ions as they were prepared:
    F = alpha (1 - alpha).
    Source: Cabrillo et al., PRA 59, 1025 (1999); Slodicka et al., PRL 110, 083603 (2013).

    Attributes
    ----------
    bright
        Fraction alpha of the bright state.
    contrast
        Phase contrast C of the interferometer.
    """

    family: ClassVar[str] = "one-photon"
    summary: ClassVar[str] = "one click heralds: p ~ 2 alpha eta, F ~ (1 - alpha)(1 + C)/2"

    bright: Bright = 0.05
    contrast: Probability = 0.95

    def herald(self, eta_near: float, eta_far: float) -> HeraldStatistics:
        """Probability and weights of true and false heralds."""
        alpha, sum_eta = self.bright, eta_near + eta_far
        one = alpha * (1.0 - alpha) * sum_eta
        two = alpha**2 * (sum_eta - eta_near * eta_far)
        none = (1.0 - alpha) ** 2 + alpha * (1.0 - alpha) * (2.0 - sum_eta) + alpha**2 * (1 - eta_near) * (1 - eta_far)
        false = min(2.0 * self.dark_probability, 1.0) * none
        balance = 2.0 * math.sqrt(eta_near * eta_far) / sum_eta if sum_eta > 0.0 else 1.0
        coherence = self.contrast * balance
        single: Weights = ((1.0 + coherence) / 2.0, (1.0 - coherence) / 2.0, 0.0, 0.0)
        same = ((1.0 - alpha) ** 2 + alpha**2) / 2.0
        other = alpha * (1.0 - alpha)
        total = one + two + false
        parts: list[tuple[float, Weights]] = [(one, single), (two, (0.0, 0.0, 0.5, 0.5))]
        parts.append((false, (other, other, same, same)))
        note = f"dark counts, {self.dark_probability:.3g} per window"
        lines: tuple[BudgetLine, ...] = (
            BudgetLine("bright fraction", alpha, "", "alpha", self.is_assumed("bright")),
            BudgetLine("one ion bright, its photon clicks", one),
            BudgetLine("both bright", two, "", "population error"),
            BudgetLine("false heralds", false, "", note, self.is_assumed("dark_rate_hz")),
            BudgetLine("phase contrast", self.contrast, "", "F ~ (1 - alpha)(1 + C)/2", self.is_assumed("contrast")),
        )
        if balance < 1.0:
            lines += (BudgetLine("balance of the ends", balance, "", "2 sqrt(eta_A eta_B)/(eta_A + eta_B)"),)
        return HeraldStatistics(
            success=total,
            false=false,
            weights=mix(parts) if total > 0.0 else PERFECT,
            lines=(*lines, BudgetLine("success probability", total)),
        )
