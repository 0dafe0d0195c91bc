"""What everything that users describe (QPUs, links, link models, networks) has in common.

Strict types of fields, and :class:`Validated`, the base class that turns pydantic's errors into words.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from distq.networks.problems import InvalidValueError, Problem, shown, unknown_key


def plain(value: object) -> object:
    """NumPy numbers as Python's; everything else (bool too) as it is, for strict validation."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value


def unlimited(value: object) -> object:
    """Infinity, in any of the ways a user may write it, as None."""
    if value == "inf" or (isinstance(value, float) and value == math.inf):
        return None
    return plain(value)


def as_tuple(value: object) -> object:
    """Lists, which TOML has, as tuples."""
    return tuple(value) if isinstance(value, list) else value


Number = Annotated[float, BeforeValidator(plain)]
Probability = Annotated[
    Number, Field(ge=0.0, le=1.0, allow_inf_nan=False, description="must be a probability from 0 to 1")
]
Fraction = Annotated[
    Number, Field(ge=-0.5, le=0.5, allow_inf_nan=False, description="must be a fraction from -0.5 to 0.5")
]
Seconds = Annotated[Number, Field(ge=0.0, allow_inf_nan=False, description="must be a time in seconds, 0 or more")]
BellWeights = Annotated[tuple[Probability, Probability, Probability, Probability], BeforeValidator(as_tuple)]


class Validated(BaseModel):
    """Base of what users describe: immutable, and strict about types.

    Raises :class:`InvalidValueError` with every problem, in place of pydantic's error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    if not TYPE_CHECKING:  # type checkers take the signature from the fields

        def __init__(self, **values: Any) -> None:
            problems = self._conflicts(values)
            named = {problem.key for problem in problems}
            try:
                super().__init__(**values)
            except ValidationError as error:
                found = [self._problem(detail) for detail in error.errors(include_url=False)]
                problems += [problem for problem in found if problem.key not in named]
            if problems:
                name = values.get("name")
                what = f"{type(self).__name__} {name!r}" if isinstance(name, str) and name else type(self).__name__
                raise InvalidValueError(what, problems)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values in some fields, not validated again; what is computed from fields is not copied."""
        copied = super().model_copy(update=update, deep=deep)
        values, fields = vars(copied), type(self).__pydantic_fields__
        if len(values) > len(fields):
            for key in [key for key in values if key not in fields]:
                del values[key]
        return copied

    @classmethod
    def _conflicts(cls, values: Mapping[str, Any]) -> list[Problem]:
        """What cannot be together among the values that were given, each of which may be valid by itself."""
        return []

    @classmethod
    def _problem(cls, detail: ErrorDetails) -> Problem:
        """One of pydantic's errors in words."""
        loc = detail["loc"]
        if not loc:
            return Problem("", None, str(detail["ctx"]["error"]))
        key = str(loc[0])
        if detail["type"] == "extra_forbidden":
            return Problem(key, None, unknown_key(key, list(cls.model_fields)))
        if detail["type"] == "missing" and len(loc) == 1:
            return Problem(key, None, "is missing")
        if detail["type"] == "value_error":
            return Problem(key, shown(detail["input"]), str(detail["ctx"]["error"]))
        rule = cls.model_fields[key].description or detail["msg"]
        if detail["type"] == "missing":
            return Problem(key, None, rule)
        return Problem(key + "".join(f"[{i}]" for i in loc[1:]), shown(detail["input"]), rule)
