"""Compiled kernels on disk. Importing this module imports numba."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from numba.core.caching import FunctionCache


class KernelCache(FunctionCache):
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
