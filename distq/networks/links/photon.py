"""From ion to click: what every heralded link shares, whichever the herald.

A photon survives with

    eta = p_excite x branching x collection x fibre coupling x conversion x 10^(-(a L + loss)/10) x filter x detector

where each photon runs over half of the fibre if the herald is at its midpoint. Attempts repeat every period: state
preparation, excitation (and detection window), the time of flight n L/c to the herald and back, during which other
communication ions may try; they pause for recooling, and where several links share the analysers of a hub, while it
serves the others and reconfigures. Formulas and typical numbers: Monroe et al., PRA 89, 022317 (2014); Stephenson et
al., PRL 124, 110501 (2020).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from distq.networks.fields import Number, Probability, Seconds, plain
from distq.networks.links.bell_diagonal import MIXED, Weights, mix
from distq.networks.links.model import BudgetLine, LinkBudget, LinkModel, SurvivalFactor
from distq.networks.links.photon_end import End, rayleigh_db_per_km
from distq.networks.problems import InvalidValueError, Problem

FLIGHT_S_PER_KM = 4.9e-6
"""Time of flight per km of fibre, index 1.468."""

Count = Annotated[int, BeforeValidator(plain), Field(ge=1, le=100_000, description="must be a whole number, 1 or more")]
Decibel = Annotated[Number, Field(ge=0.0, allow_inf_nan=False, description="must be a loss in dB, 0 or more")]
Kilometres = Annotated[Number, Field(ge=0.0, allow_inf_nan=False, description="must be a length in km, 0 or more")]


@dataclass(frozen=True)
class HeraldStatistics:
    """What a scheme of heralding makes of two photons: per attempt, before the hub and the clock.

    Attributes
    ----------
    success
        Probability of a herald, false ones included.
    false
        Probability of a false herald.
    weights
        Of a heralded pair.
    lines
        The scheme's part of the budget.
    excitations
        How often an attempt excites each ion.
    """

    success: float
    false: float
    weights: Weights
    lines: tuple[BudgetLine, ...]
    excitations: int = 1


class _Clock(NamedTuple):
    """Attempts per second over all channels and ions, pauses included, and what the budget says about them."""

    attempts_hz: float
    lines: tuple[BudgetLine, ...]


class _HubTurns(NamedTuple):
    """The share of the time in which a hub serves a link, and what the budget says about it."""

    share: float
    lines: tuple[BudgetLine, ...]


class HeraldedLink(LinkModel, End):
    """A link whose pairs are heralded by photons that meet at an analyser.

    The keys of :class:`End` hold for both ends; ``far`` is a table of those that differ at the second one.

    Attributes
    ----------
    length_km, attenuation_db_per_km, loss_db
        Fibre between the QPUs; its loss (None: the Rayleigh floor, a lower bound); connectors and switch, per photon.
    station
        Where the analyser is: ``midpoint``, or ``end`` (in the far QPU: the near photon runs the whole length).
    filter, detector, dark_rate_hz, window_s
        Transmission of filters; efficiency and dark counts per second of one detector; gate for clicks.
    preparation_s, excitation_s
        Of one attempt: pumping; excitation and detection window.
    cooling_s, cooling_interval_s
        Recooling, after every such interval of attempts.
    ions, channels
        Communication ions per QPU and channel, which try in turn while light travels; parallel channels with
        analysers of their own.
    analysers, shared_by, reconfiguration_s, pairs_per_turn
        A hub that serves so many of its links at a time: if there are more, they take turns of so many pairs each, and
        the switch takes time before each turn. The rate is the average if all want pairs all the time; where links
        compete for a hub of a network (:class:`distq.networks.parts.Hub`), the schedule finds out who waits when.
    """

    far: End | None = None
    length_km: Kilometres = 0.002
    attenuation_db_per_km: Decibel | None = Field(default=None, description="must be a loss in dB/km, 0 or more")
    loss_db: Decibel = 0.0
    station: Literal["midpoint", "end"] = Field(default="midpoint", description='must be "midpoint" or "end"')
    filter: Probability = 1.0
    detector: Probability = 0.7
    dark_rate_hz: Number = Field(
        default=50.0, ge=0.0, allow_inf_nan=False, description="must be a number of dark counts per second, 0 or more"
    )
    window_s: Seconds = 50e-9
    preparation_s: Seconds = 1e-6
    excitation_s: Seconds = 200e-9
    cooling_s: Seconds = 0.0
    cooling_interval_s: Number = Field(
        default=1.0, gt=0.0, allow_inf_nan=False, description="must be a time in seconds above 0"
    )
    ions: Count = 1
    channels: Count = 1
    analysers: Count = 1
    shared_by: Count = 1
    reconfiguration_s: Seconds = 0.0
    pairs_per_turn: Count = 1

    @classmethod
    def prepare(cls, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Build the table ``far`` on the keys of the near end."""
        own = values.get("far")
        if own is None or isinstance(own, End):
            return values, []
        rest = {key: value for key, value in values.items() if key != "far"}
        if not isinstance(own, dict):
            return rest, [Problem("far", str(own), "must be a table, e.g. far = { collection = 0.05 }")]
        near = {key: values[key] for key in End.model_fields if key in values}
        try:
            return rest | {"far": End(**(near | own))}, []
        except InvalidValueError as error:
            mine = [Problem(f"far.{p.key}", p.given, p.text) for p in error.problems if p.key in own]
            return rest, mine

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.dark_rate_hz * self.window_s > 1.0:
            raise ValueError(
                f"dark_rate_hz x window_s = {self.dark_rate_hz * self.window_s:.3g} dark counts per window; must be a "
                "probability, at most 1"
            )
        if self.preparation_s + self.excitation_s < 1e-9:
            raise ValueError("an attempt takes no time: preparation_s + excitation_s must be at least 1e-9 s")
        return self

    @property
    def communication_ions(self) -> int:
        """Ions that it keeps busy at either end."""
        return self.ions * self.channels

    @property
    def ions_per_pair(self) -> int:
        """Communication ions that try in turn for one pair."""
        return self.ions

    @property
    def takes_turns(self) -> bool:
        """True if it shares a hub that has fewer analysers than links."""
        return self.shared_by > self.analysers

    @property
    def far_end(self) -> End:
        """The second end."""
        return self if self.far is None else self.far

    @property
    def dark_probability(self) -> float:
        """Probability p_d of a dark count of one detector within the window."""
        return self.dark_rate_hz * self.window_s

    def path(self, end: End, share: float) -> tuple[SurvivalFactor, ...]:
        """The factors of eta for one end, whose photon runs over that share of the fibre's length."""
        loss = self.attenuation_db_per_km
        alpha = rayleigh_db_per_km(end.fibre_nm) if loss is None else loss
        fibre = f"{share * self.length_km:g} km at {end.fibre_nm:g} nm, {alpha:.3g} dB/km"
        fibre += " (Rayleigh floor)" if loss is None else ""

        def factor(stage: str, name: str, key: str, note: str = "") -> SurvivalFactor:
            owner: Any = end if key in End.model_fields else self
            return SurvivalFactor(stage, name, getattr(owner, key), note, self._unbacked(owner, key))

        made = [factor("generation", name, name) for name in ("excitation", "branching", "collection")]
        made.append(factor("generation", "fibre coupling", "coupling"))
        if end.conversion is not None:
            note = f"{end.wavelength_nm:g} to {end.converted_nm:g} nm"
            made.append(factor("transmission", "conversion", "conversion", note))
        through = 10.0 ** (-alpha * share * self.length_km / 10.0)
        unbacked = self._unbacked(self, "attenuation_db_per_km") and share * self.length_km > 0.1
        made.append(SurvivalFactor("transmission", "fibre", through, fibre, unbacked))
        if self.loss_db > 0.0:
            unbacked = self._unbacked(self, "loss_db")
            other = SurvivalFactor(
                "transmission", "connectors, switch", 10.0 ** (-self.loss_db / 10.0), f"{self.loss_db:g} dB", unbacked
            )
            made.append(other)
        made.append(factor("transmission", "filter", "filter"))
        made.append(factor("detection", "detector", "detector"))
        return tuple(made)

    def _unbacked(self, owner: End, key: str) -> bool:
        """True if no source backs this parameter of an end, or of the link itself."""
        return key in self.assumed or key not in owner.model_fields_set

    @abstractmethod
    def herald(self, eta_near: float, eta_far: float) -> HeraldStatistics:
        """What the scheme makes of photons that survive to a click with these probabilities."""

    def budget(self) -> LinkBudget:
        """Rate, weights, and where the photons go."""
        shares = (0.5, 0.5) if self.station == "midpoint" else (1.0, 0.0)
        near, far = self.path(self, shares[0]), self.path(self.far_end, shares[1])
        herald = self.herald(product(near), product(far))
        clock = self._clock(herald)
        pumped = (1.0 - self.pumping_error) * (1.0 - self.far_end.pumping_error)
        lines = herald.lines
        if pumped < 1.0:
            note = "pairs are fully mixed otherwise"
            lines = (*lines, BudgetLine("both ions pumped", pumped, "", note, self.is_assumed("pumping_error")))
        return LinkBudget(
            family=self.family,
            near=near,
            far=far,
            heralding=lines,
            timing=clock.lines,
            success=herald.success,
            attempts_hz=clock.attempts_hz,
            rate_hz=clock.attempts_hz * herald.success,
            weights=mix([(pumped, herald.weights), (1.0 - pumped, MIXED)]) if pumped < 1.0 else herald.weights,
            false_share=min(herald.false / herald.success, 1.0) if herald.success > 0.0 else 0.0,
        )

    def _clock(self, herald: HeraldStatistics) -> _Clock:
        """How often an attempt is made."""
        local = self.preparation_s + herald.excitations * self.excitation_s
        flight = FLIGHT_S_PER_KM * self.length_km * (1.0 if self.station == "midpoint" else 2.0)
        period = local + flight
        each_hz = min(self.ions / period, 1.0 / local)
        duty = self.cooling_interval_s / (self.cooling_interval_s + self.cooling_s)
        attempts_hz = self.channels * duty * each_hz
        hub = self._hub_turns(attempts_hz * herald.success)
        guess = self.is_assumed
        lines = [
            BudgetLine("preparation", self.preparation_s, "s", assumed=guess("preparation_s")),
            BudgetLine(
                "excitation, window",
                herald.excitations * self.excitation_s,
                "s",
                "two excitations" if herald.excitations > 1 else "",
                guess("excitation_s"),
            ),
            BudgetLine("light to the herald and back", flight, "s", f"{self.length_km:g} km, 4.9 us/km"),
            BudgetLine("attempt period", period, "s"),
        ]
        if self.ions > 1:
            note = f"{self.ions} ions try in turn" + (", as fast as the optics" if self.ions * local >= period else "")
            lines.append(BudgetLine("attempts of one channel", each_hz, "/s", note))
        if self.channels > 1:
            lines.append(BudgetLine("channels", float(self.channels)))
        if self.cooling_s > 0.0:
            lines.append(
                BudgetLine("duty with recooling", duty, "", "", guess("cooling_s") or guess("cooling_interval_s"))
            )
        lines += hub.lines
        lines.append(BudgetLine("attempts", attempts_hz * hub.share, "/s"))
        return _Clock(attempts_hz * hub.share, tuple(lines))

    def _hub_turns(self, alone_hz: float) -> _HubTurns:
        """How much of the time the hub serves this link, which alone would herald ``alone_hz`` pairs per second."""
        if self.shared_by <= self.analysers:
            return _HubTurns(1.0, ())
        turn = self.analysers / self.shared_by
        lines = [BudgetLine("turn of the hub", turn, "", f"{self.analysers} of {self.shared_by} links at a time")]
        used = 1.0
        if self.reconfiguration_s > 0.0 and alone_hz > 0.0:
            used = 1.0 / (1.0 + self.reconfiguration_s * alone_hz / self.pairs_per_turn)
            lines.append(BudgetLine("not reconfiguring", used, "", f"{self.reconfiguration_s:g} s before each turn"))
        return _HubTurns(turn * used, tuple(lines))


def product(path: tuple[SurvivalFactor, ...]) -> float:
    """Probability that a photon survives all factors."""
    return math.prod(factor.value for factor in path)
