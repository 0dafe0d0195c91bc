"""The error of a plan that breaks a rule."""

from __future__ import annotations

from distq.errors import InternalError


class PlanViolation(InternalError):
    """A plan breaks a rule of the copy-set model.

    Attributes
    ----------
    step
        Index of the offending step; None if the fault lies in the plan's homes or at its end.
    reason
        The rule that is broken, in words.
    """

    def __init__(self, reason: str, index: int | None = None, step: object = None) -> None:
        where = "the plan" if index is None else f"step {index} of the plan, {step!r},"
        super().__init__(f"{where} is not valid: {reason}", "this is a fault in distq or in the strategy: report it")
        self.step = index
        self.reason = reason
