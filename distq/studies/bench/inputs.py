"""The circuits of a grid: files, all files of a folder, families by name and size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from distq.circuits import PREFIX, parse_names
from distq.errors import InputError

SUFFIXES = (".qasm", ".qasm3", ".qpy")
"""Files that are taken of a folder."""


class CircuitInput(NamedTuple):
    """A circuit: what the reader is given, its name in tables, and the SHA-256 of what it follows from."""

    source: str
    name: str
    content: str


def circuit_inputs(given: Sequence[str]) -> list[CircuitInput]:
    """Every circuit that is named, each name once.

    Raises
    ------
    InputError
        A file cannot be read, a folder holds no circuit, or there is no such family, size or parameter.
    """
    return list({one.source: one for text in given for one in _inputs(text)}.values())


def _inputs(text: str) -> Iterator[CircuitInput]:
    if text.startswith(PREFIX):
        for name in parse_names(text):
            yield CircuitInput(str(name), name.label, hashlib.sha256(str(name).encode()).hexdigest())
    elif Path(text).is_dir():
        files = sorted(path for path in Path(text).iterdir() if path.suffix.lower() in SUFFIXES)
        if not files:
            raise InputError(
                f"{text}: no circuit in this folder", f"it has no file {', '.join('*' + s for s in SUFFIXES)}"
            )
        yield from map(_file, files)
    else:
        yield _file(Path(text))


def _file(path: Path) -> CircuitInput:
    try:
        content = path.read_bytes()
    except OSError as error:
        hint = "name OpenQASM or QPY files, folders, or families such as @qft:16,32"
        raise InputError(f"cannot read {path}: {error.strerror or error}", hint) from error
    return CircuitInput(str(path), path.stem, hashlib.sha256(content).hexdigest())
