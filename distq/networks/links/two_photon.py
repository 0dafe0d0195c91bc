"""Pairs heralded by the coincidence of two photons: polarisation, time-bin or frequency qubits."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from distq.networks.fields import Probability
from distq.networks.links.bell_diagonal import MIXED, PERFECT, both, convolve, dephasing, mix
from distq.networks.links.model import BudgetLine, register
from distq.networks.links.photon import HeraldedLink, HeraldStatistics


@register
class TwoPhoton(HeraldedLink):
    """Both ions emit a photon entangled with them; two clicks of the analyser herald a pair.

    With linear optics an analyser tells two of the four Bell states, so p = eta_A eta_B / 2. False heralds by dark
    counts, ~ 2 (eta_A (1 - eta_B) + eta_B (1 - eta_A)) p_d + 4 p_d^2 = 4 eta (1 - eta) p_d + 4 p_d^2, leave a fully
    mixed pair (F = 1/4). Visibility V < 1 is pure dephasing, F = (1 + V)/2; wrongly read photons are population errors
    of unknown phase, X and Y alike.
    Source: Barrett and Kok, PRA 71, 060310 (2005); Stephenson et al., PRL 124, 110501 (2020).

    Attributes
    ----------
    encoding
        ``polarisation``, ``frequency``, or ``time-bin``, which excites twice per attempt and has no mixing.
    visibility
        Two-photon interference visibility times all other coherence.
    mixing
        Probability, per photon, that its polarisation (frequency) is read wrongly.
    """

    family: ClassVar[str] = "two-photon"
    summary: ClassVar[str] = "two photons interfere, their coincidence heralds: p = eta_A eta_B / 2"

    encoding: Literal["polarisation", "time-bin", "frequency"] = Field(
        default="polarisation", description='must be "polarisation", "time-bin" or "frequency"'
    )
    visibility: Probability = 0.96
    mixing: Probability = 0.0

    @model_validator(mode="after")
    def _no_mixing_in_time(self) -> Self:
        if self.encoding == "time-bin" and self.mixing > 0.0:
            raise ValueError("mixing must be 0 with time-bin photons: they carry nothing in their polarisation")
        return self

    def herald(self, eta_near: float, eta_far: float) -> HeraldStatistics:
        """Probability and weights of true and false heralds."""
        p_dark = self.dark_probability
        one = eta_near * (1.0 - eta_far) + eta_far * (1.0 - eta_near)
        true = eta_near * eta_far / 2.0
        false = min(2.0 * one * p_dark + 4.0 * p_dark**2, 1.0 - true)
        wrong = both(self.mixing, self.mixing)
        made = convolve(dephasing((1.0 - self.visibility) / 2.0), (1.0 - wrong, 0.0, wrong / 2.0, wrong / 2.0))
        total = true + false
        lines: tuple[BudgetLine, ...] = (
            BudgetLine("both photons click", eta_near * eta_far),
            BudgetLine("Bell states told apart", 0.5, "", "two of four, linear optics"),
            BudgetLine("true heralds", true),
            BudgetLine(
                "false heralds", false, "", f"dark counts, {p_dark:.3g} per window", self.is_assumed("dark_rate_hz")
            ),
            BudgetLine("visibility", self.visibility, "", "F = (1 + V)/2", self.is_assumed("visibility")),
        )
        if self.mixing > 0.0:
            lines += (
                BudgetLine("photon read wrongly", self.mixing, "", "population error", self.is_assumed("mixing")),
            )
        return HeraldStatistics(
            success=total,
            false=false,
            weights=mix([(true, made), (false, MIXED)]) if total > 0.0 else PERFECT,
            lines=(*lines, BudgetLine("success probability", total)),
            excitations=2 if self.encoding == "time-bin" else 1,
        )
