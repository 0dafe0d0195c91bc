"""The languages that node programs can be written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from distq.errors import UnknownNameError
from distq.ir.node_program import NodePrograms


@dataclass(frozen=True)
class NodeFormat:
    """A language of node programs.

    Attributes
    ----------
    name
        As ``--format`` takes it.
    suffix
        Of the files.
    version
        Of the language or of the package that reads it.
    write
        The files' texts, one per node. The second argument has the files' stems.
    """

    name: str
    suffix: str
    version: str
    write: Callable[[NodePrograms, list[str]], list[str]]


_FORMATS: dict[str, NodeFormat] = {}


def register(found: NodeFormat) -> NodeFormat:
    """Make a format known."""
    _FORMATS[found.name] = found
    return found


def format_named(name: str) -> NodeFormat:
    """The format of that name. Raises UnknownNameError."""
    if name not in _FORMATS:
        raise UnknownNameError("format of node programs", name, _FORMATS)
    return _FORMATS[name]


def format_names() -> list[str]:
    """All names, in the order of registration."""
    return list(_FORMATS)
