"""One parameter of a link model through a range: how rate and fidelity follow."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from distq.errors import InputError
from distq.networks.links.direct import Direct
from distq.networks.links.model import LinkBudget, LinkModel, parse_model
from distq.networks.problems import InvalidValueError

MAX_STEPS = 10_000
DEFAULT_STEPS = 11
_FORM = "KEY=FROM:TO[:STEPS], e.g. length_km=0:50 or far.collection=0.02:0.1:9"


@dataclass(frozen=True)
class Sweep:
    """A model's budgets at ``values`` of the parameter ``key``."""

    key: str
    values: tuple[float, ...]
    budgets: tuple[LinkBudget, ...]


def sweep(model: LinkModel, text: str) -> Sweep:
    """The model at evenly spaced values of one parameter, ends included.

    Parameters
    ----------
    model
        Gives all other parameters.
    text
        ``KEY=FROM:TO[:STEPS]``; a key of the far end is ``far.KEY``. Whole-number parameters take whole values.

    Raises
    ------
    InputError
        The text is wrong, the model has no such parameter, or a value is not possible.
    """
    key, values = parse_sweep(text)
    _require_dependence(model, key)
    try:
        budgets = [_with(model, key, value).budget() for value in values]
    except InvalidValueError as error:
        raise InputError(f"cannot sweep {key}: {error.problems[0]}", f"the form is {_FORM}") from None
    if isinstance(_current(model, key), int):
        whole = sorted({round(value) for value in values})
        return Sweep(key, tuple(map(float, whole)), tuple(_with(model, key, value).budget() for value in whole))
    return Sweep(key, values, tuple(budgets))


def parse_sweep(text: str) -> tuple[str, tuple[float, ...]]:
    """Key and values of ``KEY=FROM:TO[:STEPS]``. Raises InputError."""
    found = re.fullmatch(r"\s*((?:far\.)?[a-z][a-z0-9_]*)\s*=\s*([^:]+):([^:]+)(?::([^:]+))?\s*", text)
    if found is None:
        raise InputError(f"{text!r} is no sweep", f"the form is {_FORM}")
    try:
        start, stop, steps = float(found[2]), float(found[3]), int(found[4] or DEFAULT_STEPS)
    except ValueError:
        raise InputError(f"{text!r} is no sweep: FROM, TO and STEPS must be numbers", f"the form is {_FORM}") from None
    if not (math.isfinite(start) and math.isfinite(stop)) or not 2 <= steps <= MAX_STEPS or start == stop:
        raise InputError(
            f"{text!r} is no sweep: FROM and TO must be two finite numbers, and STEPS from 2 to {MAX_STEPS:,}",
            f"the form is {_FORM}",
        )
    width = (stop - start) / (steps - 1)
    return found[1], (*(round(start + i * width, 12) for i in range(steps - 1)), stop)


def _require_dependence(model: LinkModel, key: str) -> None:
    """Raise InputError if the model's fidelity and rate are given as numbers, so that nothing depends on ``key``."""
    if not isinstance(model, Direct) or key in type(model).model_fields:
        return
    given = ["fidelity"] if model.state is None else []
    given += [name for name in ("attempts_hz", "success", "rate_hz") if getattr(model, name) is not None]
    raise InputError(
        f"cannot sweep {key}: this link's fidelity and rate are given as numbers, which do not depend on {key}",
        f"sweep {' or '.join(given)}, or take a link whose photons have a model: distq link models lists them",
    )


def _with(model: LinkModel, key: str, value: float) -> LinkModel:
    """The model with one parameter replaced."""
    table = model.as_table()
    number: float | int = round(value) if isinstance(_current(model, key), int) else value
    where: dict[str, Any] = table
    if key.startswith("far."):
        where = table.setdefault("far", {})
    elif isinstance(table.get("far"), dict) and key in table["far"] and table["far"][key] == table.get(key):
        table["far"][key] = number  # the far end has this parameter from the near one
    where[key.removeprefix("far.")] = number
    if key == "fidelity":
        table.pop("weights", None)
    return parse_model(table)


def _current(model: LinkModel, key: str) -> object:
    """The parameter's value now; None if there is none."""
    return getattr(model, key, None) if "." not in key else None
