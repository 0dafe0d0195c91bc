"""Python's cycle collector, paused where millions of values are made that live on.

As the number of living objects grows, the collector looks through all of them again and again, for garbage that distq
does not make. Reading a circuit of a million gates took twice as long with it.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def gc_paused(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the collector rests while ``function`` runs, and is afterwards as it was before."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            gc.enable()

    return run
