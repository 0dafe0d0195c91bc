"""Texts to syntax trees, by the parser of the ``openqasm3`` package."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

from openqasm3 import ast

from distq.errors import CircuitError
from distq.frontend.places import SourceText, located

_PLACE = re.compile(r"^L?(\d+)(?:,|:C)(\d+): (.*)$", re.DOTALL)


def parse_text(source: SourceText) -> ast.Program:
    """The syntax tree of a text. Raises CircuitError with the place of what is no OpenQASM 3."""
    import openqasm3

    try:
        with contextlib.redirect_stderr(io.StringIO()):  # the parser prints what it raises
            return openqasm3.parse(source.text)
    except RecursionError:
        raise CircuitError(f"{source.label}: is nested too deeply to be read") from None
    except Exception as error:  # the parser raises several kinds
        raise parse_error(error, source) from error


def read_as_written(source: SourceText) -> Any:
    """The circuit of a text that distq wrote, instruction for instruction, as Qiskit's own importer reads it.

    What is said of such a circuit counts its instructions, so nothing of it may be worked out or joined.
    """
    from qiskit import qasm3

    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return qasm3.loads(source.text)
    except RecursionError:
        raise CircuitError(f"{source.label}: is nested too deeply to be read") from None
    except Exception as error:  # the importer raises several kinds
        raise parse_error(error, source) from error


def parse_error(error: BaseException, source: SourceText) -> CircuitError:
    """What the parser says, with the position that it gives (columns from 0) taken apart."""
    message = str(getattr(error, "message", None) or error).strip().strip("'\"")
    found = _PLACE.match(message)
    if found is not None:
        return located(source, int(found[1]), int(found[2]) + 1, found[3].strip())
    token = _offending_token(error)
    if token is not None:
        what = "unexpected end of file" if token.text == "<EOF>" else f"unexpected {token.text!r}"
        return located(source, token.line, token.column + 1, what, _hint(token, source))
    return CircuitError(f"{source.label}: cannot be read: {message or type(error).__name__}")


def _hint(token: Any, source: SourceText) -> str | None:
    """What may be wrong before a token that begins its line, where the line before does not end a statement."""
    *earlier, line = source.text.splitlines()[: token.line] or [""]
    code = [text.partition("//")[0].strip() for text in earlier]
    before = next((text for text in reversed(code) if text), ";")
    if token.text == "<EOF>" or line[: token.column].strip() or before.endswith((";", "{", "}", "*/")):
        return None
    return "does the statement before it end with a semicolon?"


def _offending_token(error: BaseException | None) -> Any:
    """The token at which the parser gave up, from the chain of causes; None if there is none."""
    while error is not None:
        for holder in (error, *error.args):
            token = getattr(holder, "offendingToken", None)
            if token is not None:
                return token
        error = error.__cause__ or error.__context__
    return None
