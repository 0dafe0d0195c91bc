"""The one way in which distq compiles kernels with numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def njit(function: F) -> F:
    """Compile ``function`` on its first call, once per machine and types of arguments.

    The compiled code is cached on disk and runs without holding the interpreter's lock, so that threads can share the
    work. ``.py_func`` of the result is the plain Python function, with which tests compare it.
    """
    return cast(F, numba.njit(cache=True, nogil=True)(function))
