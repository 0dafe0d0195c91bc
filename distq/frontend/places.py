"""Errors that say where in a text they are, and where notes on the reading are kept."""

from __future__ import annotations

from typing import NamedTuple

from distq.errors import CircuitError

NOTES = "distq-notes"
"""Key of a circuit's metadata under which stands what a report should say about how it was read."""


class SourceText(NamedTuple):
    """A text and what to call it in messages, such as its path."""

    label: str
    text: str


def located(source: SourceText, line: int, column: int, what: str, hint: str | None = None) -> CircuitError:
    """Error with the position, both counted from 1, and an excerpt of the line."""
    lines = source.text.splitlines()
    message = f"{source.label}:{line}:{column}: {what}"
    if 1 <= line <= len(lines):
        start = max(0, column - 60)
        excerpt = lines[line - 1][start : start + 100]
        message += f"\n  {line} | {excerpt}\n  {' ' * len(str(line))} | {' ' * (column - 1 - start)}^"
    return CircuitError(message, hint)


def pass_on_interrupts(error: BaseException) -> None:
    """Raise ``error`` again unless it comes from a library, whose Rust panics are no ``Exception``."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
        raise error
