"""What a link model is, what it answers, and the registry of families.

In: a table of parameters (:func:`parse_model`). Out: a :class:`LinkModel`, whose :meth:`LinkModel.budget` is a
:class:`LinkBudget`: rate, Bell weights, and where the photons go. A new family is one file with a class that is
registered (:func:`register`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from distq.errors import UnknownNameError
from distq.networks.fields import Validated
from distq.networks.links.bell_diagonal import Weights
from distq.networks.problems import InvalidValueError, Problem, shown, unknown, unknown_key


@dataclass(frozen=True)
class SurvivalFactor:
    """One factor of a photon's way from ion to click.

    Attributes
    ----------
    stage
        ``generation``, ``transmission`` or ``detection``.
    name
        What it is, in words.
    value
        Probability that the photon survives it.
    note
        Where the number comes from, if it is not one that the user gave.
    assumed
        True if no source backs the number.
    """

    stage: str
    name: str
    value: float
    note: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class BudgetLine:
    """One line of the rest of a budget.

    Attributes
    ----------
    name
        What it is, in words.
    value, unit
        The number and its unit, which is empty for pure numbers and probabilities.
    note
        Where the number comes from, or what it means.
    assumed
        True if no source backs the number.
    """

    name: str
    value: float
    unit: str = ""
    note: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class LinkBudget:
    """What a link model answers.

    Attributes
    ----------
    family
        Name of the model's family.
    near, far
        The way of the photon of either end; empty if the rate was given directly.
    heralding, timing
        How clicks become pairs, and attempts become pairs per second.
    success
        Probability that an attempt heralds a pair, false heralds included; None if the rate was given directly.
    attempts_hz
        Attempts per second over all channels and ions, pauses included; None likewise.
    rate_hz
        Mean pairs per second.
    weights
        Bell-diagonal weights (I, Z, X, Y) of a fresh pair; those of an exact density matrix in the Bell basis: what is
        off the diagonal is twirled away by random Pauli pairs.
    false_share
        Share of the heralds that dark counts caused.
    coherence
        Trace distance between the pair as it was given and the Bell-diagonal one of ``weights``.
    """

    family: str
    rate_hz: float
    weights: Weights
    near: tuple[SurvivalFactor, ...] = ()
    far: tuple[SurvivalFactor, ...] = ()
    heralding: tuple[BudgetLine, ...] = ()
    timing: tuple[BudgetLine, ...] = ()
    success: float | None = None
    attempts_hz: float | None = None
    false_share: float = 0.0
    coherence: float = 0.0

    @property
    def fidelity(self) -> float:
        """Fidelity of a fresh pair with the perfect one."""
        return self.weights[0]

    @property
    def entries(self) -> tuple[SurvivalFactor | BudgetLine, ...]:
        """All factors and lines, in order."""
        return (*self.near, *self.far, *self.heralding, *self.timing)

    @property
    def has_assumed(self) -> bool:
        """True if some number of the budget is backed by no source."""
        return any(entry.assumed for entry in self.entries)

    @property
    def blocked(self) -> str | None:
        """Why no pair is ever heralded, which is the first number that is zero; None if pairs come."""
        if self.rate_hz > 0.0 and self.false_share < 1.0:
            return None
        zero = [entry.name for entry in self.entries if entry.value == 0.0]
        return f"{zero[0]} is 0" if zero else "the success probability is too small to tell from 0"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        out: dict[str, Any] = {"family": self.family}
        for part in ("near", "far", "heralding", "timing"):
            out[part] = [vars(entry) for entry in getattr(self, part)]
        out |= {"success_probability": self.success, "attempts_hz": self.attempts_hz, "rate_hz": self.rate_hz}
        out |= {"fidelity": self.fidelity, "weights": list(self.weights)}
        return out | {"false_share": self.false_share, "coherence": self.coherence}


class LinkModel(Validated):
    """A model of a link. Subclasses are families; :func:`register` each.

    A parameter that is not given takes a default, which counts as assumed.

    Attributes
    ----------
    family, summary
        How network files name the family; one line about it.
    source
        Citation of the parameters.
    assumed
        Parameters that no source backs.
    """

    family: ClassVar[str]
    summary: ClassVar[str]

    source: str = ""
    assumed: tuple[str, ...] = ()

    @classmethod
    def prepare(cls, values: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Build what is nested in the values of a table. Returns the values, and what is wrong with what was nested."""
        return values, []

    @property
    def communication_ions(self) -> int:
        """Communication ions that it keeps busy at either end."""
        return 1

    @property
    def ions_per_pair(self) -> int:
        """Communication ions that try in turn for one pair."""
        return 1

    @property
    def takes_turns(self) -> bool:
        """True if its rate is already the average over the turns of a saturated hub."""
        return False

    @abstractmethod
    def budget(self) -> LinkBudget:
        """The link's rate and Bell weights, and how they come about."""

    def is_assumed(self, key: str) -> bool:
        """True if no source backs this parameter."""
        return key in self.assumed or key not in self.model_fields_set

    def as_table(self) -> dict[str, Any]:
        """The parameters that were given, as the table that :func:`parse_model` reads."""
        given = {key: getattr(self, key) for key in type(self).model_fields if key in self.model_fields_set}
        return {"family": self.family} | {key: _plain_table(value) for key, value in given.items()}


def _plain_table(value: object) -> object:
    """A value as a network file has it: what was given of nested values, tuples as lists."""
    if isinstance(value, Validated):
        given = [key for key in type(value).model_fields if key in value.model_fields_set]
        return {key: _plain_table(getattr(value, key)) for key in given}
    return list(value) if isinstance(value, tuple) else value


_FAMILIES: dict[str, type[LinkModel]] = {}
M = TypeVar("M", bound=type[LinkModel])


def register(model: M) -> M:
    """Class decorator: the family can be named in ``model = { family = "..." }`` from now on."""
    _FAMILIES[model.family] = model
    return model


def families() -> tuple[type[LinkModel], ...]:
    """All families, in the order of their registration."""
    return tuple(_FAMILIES.values())


def get_family(name: str) -> type[LinkModel]:
    """The family of that name; raises UnknownNameError with the nearest one."""
    if name not in _FAMILIES:
        raise UnknownNameError("link model", name, _FAMILIES)
    return _FAMILIES[name]


def parse_model(table: Mapping[str, Any], what: str = "link model") -> LinkModel:
    """The model that a table of a network file describes.

    Parameters
    ----------
    table
        ``family`` and its parameters.
    what
        How messages call it.

    Raises
    ------
    InvalidValueError
        With every problem, each with its key.
    """
    name = table.get("family")
    known = sorted(_FAMILIES)
    if name is None:
        raise InvalidValueError(what, [Problem("family", None, f"is missing; one of {', '.join(known)}")])
    if not isinstance(name, str) or name not in _FAMILIES:
        raise InvalidValueError(what, [Problem("family", shown(name), unknown("link model", str(name), known))])
    model = _FAMILIES[name]
    values, problems = model.prepare({key: value for key, value in table.items() if key != "family"})
    if isinstance(values.get("assumed"), list):
        values["assumed"] = tuple(values["assumed"])
        fields = [key for key in model.model_fields if key not in ("source", "assumed")]
        for key in values["assumed"]:
            if isinstance(key, str) and key not in fields:
                problems.append(Problem("assumed", shown(key), unknown_key(str(key), fields)))
    try:
        built = model(**values)
    except InvalidValueError as error:
        raise InvalidValueError(what, [*problems, *error.problems]) from None
    if problems:
        raise InvalidValueError(what, problems)
    return built
