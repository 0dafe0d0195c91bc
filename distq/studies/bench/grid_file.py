"""A grid in a TOML file: the options of ``distq bench run`` under their names, some of them in the plural."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from distq.errors import InputError, UnknownNameError

LISTS: dict[str, tuple[type, ...]] = {
    "circuits": (str,),
    "networks": (str,),
    "strategies": (str,),
    "seeds": (int,),
    "effort": (int, float),
    "objective": (str,),
    "distill": (str,),
    "swap": (str,),
    "approximation_budget": (int, float),
}
"""Keys with one value or a list of them, and the types of these."""
SINGLE: dict[str, tuple[type, ...]] = {
    "simulate": (bool,),
    "precision": (int, float),
    "timeout_s": (int, float),
    "jobs": (int,),
    "output": (str,),
}
"""Keys with one value."""
EXAMPLE = 'for example: circuits = ["@qft:16,32"], networks = ["4x8+2"], strategies = ["kl", "auto"]'


def read_grid_file(path: Path) -> dict[str, Any]:
    """The options in a grid file; lists as tuples.

    Raises
    ------
    InputError
        The file cannot be read, is no TOML, or a key or a value is not one of a grid.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read the grid file {path}: {reason}", EXAMPLE) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is no TOML: {error}", EXAMPLE) from error
    return {key: _checked(path, key, value) for key, value in tables.items()}


def _checked(path: Path, key: str, value: Any) -> Any:
    known = LISTS | SINGLE
    if key not in known:
        raise UnknownNameError(f"key of the grid file {path}:", key, known)
    values = value if isinstance(value, list) and key in LISTS else [value]
    for one in values:
        if not isinstance(one, known[key]) or (isinstance(one, bool) and bool not in known[key]):
            kinds = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
            raise InputError(f"{path}: {key} is {kinds[known[key][-1]]}, not {one!r}", EXAMPLE)
    return value if key in SINGLE else tuple(values)
