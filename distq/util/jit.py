"""The one way in which distq compiles kernels with numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

F = TypeVar("F", bound=Callable[..., Any])


class _TolerantCache(FunctionCache):
    """A cache on disk that is emptied where what it holds cannot be read.

    The index of a cache names the classes of a kernel's arguments. numba reads it before it compares its date with that
    of the source, and fails if another version of distq wrote it and such a class has gone since.
    """

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """The compiled kernel for these types of arguments; None if there is none."""
        try:
            return super().load_overload(signature, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # whatever unpickling raises
            self.flush()  # type: ignore[no-untyped-call]
            return None


def _compiled(function: F, **options: Any) -> F:
    compiled = numba.njit(cache=True, nogil=True, **options)(function)
    if hasattr(compiled, "_cache"):  # not where NUMBA_DISABLE_JIT leaves the function as it is
        compiled._cache = _TolerantCache(function)  # type: ignore[no-untyped-call]
    return cast(F, compiled)


def njit(function: F) -> F:
    """Compile ``function`` on its first call, once per machine and types of arguments.

    The compiled code is cached on disk and runs without holding the interpreter's lock, so that threads can share the
    work. ``.py_func`` of the result is the plain Python function, with which tests compare it.
    """
    return _compiled(function)


def njit_borrowing(function: F) -> F:
    """Compile as :func:`njit` does, for functions that only borrow arrays: they make none, and return none.

    The code counts no references to arrays. Otherwise each array that it reads from a tuple, and each array of every
    tuple that it hands on, costs two atomic additions. numba refuses to compile a function that makes an array.
    """
    return _compiled(function, _nrt=False)


def njit_inlined(function: F) -> F:
    """Compile as :func:`njit_borrowing` does, into every compiled function that calls this one.

    For what inner loops call with tuples of many arrays, which are handed over by value. Takes time to compile.
    """
    return _compiled(function, _nrt=False, forceinline=True)
