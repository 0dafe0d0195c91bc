"""On which line of a TOML text every key stands, which ``tomllib`` does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_ASSIGNMENT = re.compile(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=")
_PART = re.compile(_KEY)


def key_lines(text: str) -> dict[str, int]:
    """Line (from 1) of each key and table: ``{"qpu[1]": 7, "qpu[1].memory": 9}``.

    Parameters
    ----------
    text
        Valid TOML. Keys inside inline tables, and whatever else the notation of network files does not need, have no
        entry.
    """
    lines: dict[str, int] = {}
    count: dict[str, int] = {}
    table, value = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if value:  # a value that goes on over several lines
            value = _unfinished(f"{value}\n{line}")
            continue
        header = _HEADER.match(line)
        if header is not None:
            table = _path(header[2])
            if header[1] == "[[":
                count[table] = count.get(table, -1) + 1
                table = f"{table}[{count[table]}]"
            lines[table] = number
            continue
        found = _ASSIGNMENT.match(line)
        if found is not None:
            lines[".".join(filter(None, (table, _path(found[1]))))] = number
            value = _unfinished(f"x = {line[found.end() :]}")
    return lines


def line_of(key: str, lines: Mapping[str, int]) -> int | None:
    """Line of a key, or of the innermost table or key around it that has one."""
    while key:
        if key in lines:
            return lines[key]
        key = re.sub(r"(\.[^.\[\]]*|\[\d+\]|^[^.\[\]]*)$", "", key)
    return None


def _path(key: str) -> str:
    """A dotted key without blanks and quotes."""
    return ".".join(part.strip("\"'") for part in _PART.findall(key))


def _unfinished(assignment: str) -> str:
    """The assignment, if it goes on on the next line; else nothing."""
    try:
        tomllib.loads(assignment)
    except tomllib.TOMLDecodeError:
        return assignment
    return ""
