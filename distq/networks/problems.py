"""What is wrong with a value that a user gave, in words; several such problems make one error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from distq.errors import NetworkError, nearest_name


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    key
        Where: ``error_2q``, ``qpu[1].memory``; empty if the fault is not of one key.
    given
        What was given, as text; None if there is nothing to show.
    text
        What is allowed, or what is wrong.
    place
        File and line, ``net.toml:7``; empty if there is none.
    """

    key: str
    given: str | None
    text: str
    place: str = ""

    def __str__(self) -> str:
        what = f"{self.place}: " if self.place else ""
        return what + f"{self.key}{'' if self.given is None else f' = {self.given}'}: {self.text}".removeprefix(": ")


class InvalidValueError(NetworkError):
    """A QPU, link or network was given impossible values; ``problems`` has every one of them."""

    def __init__(self, what: str, problems: Sequence[Problem], hint: str | None = None) -> None:
        self.problems = tuple(problems)
        if len(problems) == 1:
            super().__init__(str(problems[0]) if problems[0].place else f"{what}: {problems[0]}", hint)
        else:
            super().__init__("\n  ".join([f"{what}: {len(problems)} errors", *map(str, problems)]), hint)


def shown(value: object) -> str:
    """A value as a TOML file has it, cut to 60 characters so that it fits a message."""
    match value:
        case None:
            text = "inf"
        case bool():
            text = str(value).lower()
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            text = "[" + ", ".join(map(shown, value)) + "]"
        case dict():
            text = "{" + ", ".join(f"{key} = {shown(entry)}" for key, entry in value.items()) + "}"
        case _:
            text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def unknown(what: str, name: str, known: Sequence[str], title: str = "known") -> str:
    """``"there is no link preset of that name; did you mean 'y'? known: y, z"``."""
    return f"there is no {what} of that name; {suggestion(name, known, title)}"


def unknown_key(name: str, allowed: Sequence[str]) -> str:
    """``"unknown key; did you mean 'memory'? keys: name, data, memory"``."""
    return f"unknown key; {suggestion(name, allowed, 'keys')}"


def suggestion(name: str, known: Sequence[str], title: str) -> str:
    """``"did you mean 'y'? known: y, z"``, where the question is left out if no known name is near."""
    near = nearest_name(name, known)
    listed = ", ".join(known[:24]) + (f", ... ({len(known)} in all)" if len(known) > 24 else "")
    return f"{f'did you mean {near!r}? ' if near else ''}{title}: {listed}"
