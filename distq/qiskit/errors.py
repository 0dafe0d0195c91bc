"""Errors of distq as Qiskit's transpiler raises them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qiskit.transpiler.exceptions import TranspilerError

from distq.errors import DistqError


@contextmanager
def as_transpiler_errors() -> Iterator[None]:
    """What distq raises inside becomes a TranspilerError of one sentence, with distq's own error as its cause."""
    try:
        yield
    except DistqError as error:
        raise TranspilerError(sentence(error)) from error


def sentence(error: DistqError) -> str:
    """An error and how to correct it, on one line."""
    return error.message if error.hint is None else f"{error.message} ({error.hint})"
