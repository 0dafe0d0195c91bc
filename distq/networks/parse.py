"""The one entry for every notation of a network: shorthand, machine presets and TOML files.

In: text or a path. Out: a :class:`distq.networks.network.Network`, or ``NetworkError`` with everything that is wrong.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from distq.errors import NetworkError
from distq.networks.network import Network
from distq.networks.presets import MACHINE_PRESETS
from distq.networks.problems import InvalidValueError, shown, suggestion
from distq.networks.shorthand import EXAMPLE, is_shorthand, parse_shorthand
from distq.networks.toml_lines import key_lines
from distq.networks.toml_reader import HINT, network_from_tables


def parse_network(text: str) -> Network:
    """Network from any notation a user may give.

    Parameters
    ----------
    text
        The shorthand (:mod:`distq.networks.shorthand`), the name of a machine preset, or the path of a network file.

    Raises
    ------
    NetworkError
        If it is none of these, or is wrong; every error is listed.
    """
    text = text.strip()
    if text in MACHINE_PRESETS:
        return parse_toml(MACHINE_PRESETS[text].toml, text)
    if is_shorthand(text) and not text.endswith(".toml") and os.sep not in text:
        return parse_shorthand(text)
    if text.endswith(".toml") or os.sep in text or os.path.isfile(text):
        return read_toml(Path(text))
    known = suggestion(text, sorted(MACHINE_PRESETS), "machine presets")
    raise NetworkError(
        f"{shown(text)} is no network: neither shorthand, nor a machine preset, nor a .toml file; {known}", EXAMPLE
    )


def read_toml(path: Path) -> Network:
    """Network from a file. Raises NetworkError if it cannot be read, or with every error in it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NetworkError(f"{path} is not UTF-8 text (byte {error.start})", HINT) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise NetworkError(f"cannot read the network file {path}: {reason}", HINT) from None
    return parse_toml(text, path.stem, str(path))


def parse_toml(text: str, name: str = "", source: str = "network file") -> Network:
    """Network from the text of a network file.

    Parameters
    ----------
    text
        TOML.
    name
        The network's name if the text gives none.
    source
        How messages call the text.

    Raises
    ------
    NetworkError
        With every error in it.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NetworkError(_syntax_error(text, str(error), source), HINT) from None
    try:
        return network_from_tables(tables, name, source)
    except InvalidValueError:
        # Where everything stands takes time to find out, which a right file does not need.
        return network_from_tables(tables, name, source, key_lines(text))


def _syntax_error(text: str, error: str, source: str) -> str:
    """A message about wrong TOML, with the line, the column marked."""
    lines = text.splitlines() or [""]
    place = re.search(r"\(at line (\d+), column (\d+)\)", error)
    line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
    what = error.split(" (at ")[0]
    message = f"{source}, line {line}, column {column}: {what[:1].lower()}{what[1:]}"
    if line > len(lines) or len(lines[line - 1]) > 200:
        return message
    return f"{message}\n    {lines[line - 1]}\n    {' ' * (column - 1)}^"
