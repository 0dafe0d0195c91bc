"""Rate and Bell weights given directly, or attempts and success probability as an experiment reports them.

The family without physics: what is measured is taken as it is.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from distq.networks.fields import BellWeights, Number, Probability, plain
from distq.networks.links.bell_diagonal import Weights, weights_of, werner
from distq.networks.links.model import BudgetLine, LinkBudget, LinkModel, register
from distq.networks.links.pair_state import RULE, PairState, as_rows, bell_weights, coherence, fault_of

Hertz = Annotated[Number, Field(ge=0.0, allow_inf_nan=False)]
Fidelity = Annotated[float, BeforeValidator(plain), Field(ge=0.25, le=1.0)]


@register
class Direct(LinkModel):
    """Measured numbers as they are: one of fidelity, weights and state; and the rate, or attempts and their success.

    Attributes
    ----------
    fidelity
        Of a Werner pair.
    weights
        Bell-diagonal weights (I, Z, X, Y).
    state
        Density matrix over |00>, |01>, |10>, |11>; its Bell weights are what counts
        (:mod:`distq.networks.links.pair_state`).
    rate_hz
        Pairs per second.
    attempts_hz, success
        Attempts per second and probability that one heralds a pair: their product is the rate.
    """

    family: ClassVar[str] = "direct"
    summary: ClassVar[str] = "fidelity, weights or density matrix, and the rate, given directly"

    fidelity: Fidelity | None = Field(default=None, description="must be a number from 0.25 (a fully mixed pair) to 1")
    weights: BellWeights | None = Field(
        default=None, description="must be four probabilities (I, Z, X, Y) from 0 to 1 that sum to 1"
    )
    state: PairState | None = Field(default=None, description=RULE)
    rate_hz: Hertz | None = Field(default=None, description="must be a number of pairs per second, 0 or more")
    attempts_hz: Hertz | None = Field(default=None, description="must be a number of attempts per second, 0 or more")
    success: Probability | None = Field(default=None, description="must be a probability from 0 to 1")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if sum(given is not None for given in (self.fidelity, self.weights, self.state)) != 1:
            raise ValueError("give fidelity, weights or state, one of the three")
        if self.state is not None and (fault := fault_of(self.state)) is not None:
            raise ValueError(f"state {fault}")
        if self.weights is not None and abs(sum(self.weights) - 1.0) > 1e-6:
            raise ValueError(f"weights must sum to 1, not {sum(self.weights):.6g}")
        attempts = (self.attempts_hz is not None, self.success is not None)
        if attempts not in ((False, False), (True, True)) or attempts[0] == (self.rate_hz is not None):
            raise ValueError("give rate_hz, or attempts_hz and success")
        return self

    def budget(self) -> LinkBudget:
        """The numbers as they were given."""
        guess = self.is_assumed
        if self.fidelity is not None:
            weights: Weights = werner(self.fidelity)
            heralding = [BudgetLine("fidelity", self.fidelity, "", "taken as a Werner pair", guess("fidelity"))]
        elif self.state is not None:
            weights = bell_weights(self.state)
            heralding = [BudgetLine("state", weights[0], "", "density matrix given directly", guess("state"))]
            note = "between Bell states, trace distance; the protocols twirl it away"
            heralding.append(BudgetLine("coherence", coherence(self.state), "", note))
        else:
            weights = weights_of(self.weights or ())
            heralding = [BudgetLine("weights", weights[0], "", "given directly", guess("weights"))]
        timing: tuple[BudgetLine, ...] = ()
        rate = self.rate_hz
        if self.attempts_hz is not None and self.success is not None:
            rate = self.attempts_hz * self.success
            heralding.append(BudgetLine("success probability", self.success, "", "", guess("success")))
            timing = (BudgetLine("attempts", self.attempts_hz, "/s", "", guess("attempts_hz")),)
        else:
            timing = (BudgetLine("pairs", rate or 0.0, "/s", "given directly", guess("rate_hz")),)
        return LinkBudget(
            family=self.family,
            rate_hz=rate or 0.0,
            weights=weights,
            heralding=tuple(heralding),
            timing=timing,
            success=self.success,
            attempts_hz=self.attempts_hz,
            coherence=0.0 if self.state is None else coherence(self.state),
        )

    def as_table(self) -> dict[str, Any]:
        """The parameters, a density matrix as rows."""
        return super().as_table() | ({} if self.state is None else {"state": as_rows(self.state)})
