"""The one way in which distq compiles kernels with numba."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

F = TypeVar("F", bound=Callable[..., Any])


class _KernelCache(FunctionCache):
    """A cache on disk that notices changes of all sources of a kernel, and is emptied where it cannot be read.

    numba compares the date of a kernel's own file alone, although the code of the kernels that it calls is part of it.

    The index of a cache names the classes of a kernel's arguments. numba reads it before it compares any date, and
    fails if another version of distq wrote it and such a class has gone since.
    """

    def __init__(self, function: Callable[..., Any], sources: Iterable[str]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        stats = [os.stat(path) for path in sorted(sources) if os.path.exists(path)]
        self._cache_file._source_stamp = self._cache_file._source_stamp, [(s.st_mtime, s.st_size) for s in stats]

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """The compiled kernel for these types of arguments; None if there is none."""
        try:
            return super().load_overload(signature, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # whatever unpickling raises
            self.flush()  # type: ignore[no-untyped-call]
            return None


def _sources(function: Callable[..., Any]) -> set[str]:
    """Files of the code of ``function``, of the kernels that it calls by name, and of the named tuples in its scope."""
    scope = function.__globals__
    sources = {function.__code__.co_filename}
    for name in function.__code__.co_names:
        sources |= getattr(scope.get(name), "sources", set())
    for value in scope.values():
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
            sources.add(str(getattr(sys.modules.get(value.__module__), "__file__", "")))
    return sources


def _compiled(function: F, **options: Any) -> F:
    compiled = numba.njit(cache=True, nogil=True, **options)(function)
    if hasattr(compiled, "_cache"):  # not where NUMBA_DISABLE_JIT leaves the function as it is
        compiled.sources = _sources(function)
        compiled._cache = _KernelCache(function, compiled.sources)
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
