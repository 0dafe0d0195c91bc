"""The one way in which distq compiles kernels with numba, which it wakes only for work that is worth the wait.

Importing numba and loading compiled kernels takes about a second, and compiling them takes several. Small circuits need
less than that in plain Python. So a kernel is both: a plain function, and a compiled one with the same results.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial, wraps
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeAlias, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

P = ParamSpec("P")
R = TypeVar("R")
Form: TypeAlias = Literal["plain", "compiled"]

WAKE_S = 1.0
"""Seconds of plain Python in one process after which numba is woken: about what that takes where kernels are cached."""
LOAD_S = 0.05
"""Seconds of plain Python after which a kernel is loaded once numba is awake: about what loading one takes."""


class Kernel(Generic[P, R]):
    """A function of numbers and arrays, in plain Python and compiled by numba, with the same results to the last bit.

    Calling it runs the compiled function. It is compiled when it is needed first, once per machine and types of
    arguments; the code is cached on disk and runs without holding the interpreter's lock, so that threads can share the
    work. Kernels that a kernel calls by name are plain in the plain one, and compiled in the compiled one.

    Parameters
    ----------
    function
        What numba can compile.
    options
        For ``numba.njit``.
    """

    def __init__(self, function: Callable[P, R], options: Mapping[str, Any]) -> None:
        self.function = cast(FunctionType, function)
        self.options = options
        self.plain_s = 0.0
        self.__name__, self.__qualname__ = self.function.__name__, self.function.__qualname__
        self.__doc__, self.__module__ = function.__doc__, function.__module__
        KERNELS.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the compiled function, or the plain one within ``always("plain")``."""
        return (self.plain if _forced == "plain" else self.compiled)(*args, **kwargs)

    def sized(self, plain_s: float) -> Callable[P, R]:
        """The function that is quicker for work of ``plain_s`` seconds in plain Python, all calls so far included."""
        if _forced:
            return self.plain if _forced == "plain" else self.compiled
        with _LOCK:
            awake = _numba is not None
            self.plain_s += plain_s
            spent_s = self.plain_s if awake else sum(kernel.plain_s for kernel in KERNELS)
            return self.compiled if spent_s > (LOAD_S if awake else WAKE_S) else self.plain

    @cached_property
    def plain(self) -> Callable[P, R]:
        """The function in plain Python. Unsigned integers overflow there without a warning, as in compiled code."""
        twin = self._twin

        @wraps(twin)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with np.errstate(over="ignore"):
                return cast(R, twin(*args, **kwargs))

        return run

    @cached_property
    def compiled(self) -> Callable[P, R]:
        """The function that numba compiles on its first call; the plain one where NUMBA_DISABLE_JIT says so."""
        with _LOCK:
            compiled = _wake().njit(cache=True, nogil=True, **self.options)(self._in_scope("compiled"))
            if not hasattr(compiled, "_cache"):
                return self.plain
            from distq.util.kernel_cache import KernelCache

            compiled._cache = KernelCache(self.function, self.sources)
            if "_nrt" not in self.options:
                compiled.get_call_template = partial(_without_literals, compiled.get_call_template)
            return cast("Callable[P, R]", compiled)

    @cached_property
    def sources(self) -> set[str]:
        """Files of its code, of the kernels that it calls, and of the named tuples in its scope."""
        sources = {self.function.__code__.co_filename}
        for kernel in self.callees.values():
            sources |= kernel.sources
        for value in self.function.__globals__.values():
            if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
                sources.add(str(getattr(sys.modules.get(value.__module__), "__file__", "")))
        return sources

    @property
    def callees(self) -> dict[str, Kernel[..., Any]]:
        """The kernels that it calls, by the names that they have in its scope."""
        scope = self.function.__globals__
        named = {name: scope.get(name) for name in self.function.__code__.co_names}
        return {name: value for name, value in named.items() if isinstance(value, Kernel)}

    @cached_property
    def _twin(self) -> FunctionType:
        """The plain function that calls plain ones."""
        return self._in_scope("_twin")

    def _in_scope(self, form: str) -> FunctionType:
        """The function in a copy of its scope where each kernel that it calls is a function of the same ``form``."""
        function = self.function
        scope = function.__globals__ | {name: getattr(kernel, form) for name, kernel in self.callees.items()}
        copy = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
        copy.__kwdefaults__ = function.__kwdefaults__
        return cast(FunctionType, wraps(function)(copy))


KERNELS: list[Kernel[..., Any]] = []
"""All kernels of the modules that have been imported."""

_LOCK = threading.RLock()
_numba: ModuleType | None = None
_forced: Form | None = None
_told_of_compilations: list[Callable[[str, str], None]] = []


def njit(function: Callable[P, R]) -> Kernel[P, R]:
    """Make ``function`` a kernel."""
    return Kernel(function, {})


def njit_borrowing(function: Callable[P, R]) -> Kernel[P, R]:
    """Make ``function`` a kernel that only borrows arrays: it makes none, and returns none.

    The code counts no references to arrays. Otherwise each array that it reads from a tuple, and each array of every
    tuple that it hands on, costs two atomic additions. numba refuses to compile a function that makes an array.

    For inner loops: where a kernel calls one with a constant, that is compiled for this constant.
    """
    return Kernel(function, {"_nrt": False})


def njit_inlined(function: Callable[P, R]) -> Kernel[P, R]:
    """Make ``function`` a kernel as :func:`njit_borrowing` does, inlined into every compiled function that calls it.

    For what inner loops call with tuples of many arrays, which are handed over by value. Takes time to compile.
    """
    return Kernel(function, {"_nrt": False, "forceinline": True})


@contextlib.contextmanager
def always(form: Form) -> Iterator[None]:
    """Run every kernel in this form meanwhile, whatever its work: to compare the two, and to compile in advance."""
    global _forced
    before, _forced = _forced, form
    try:
        yield
    finally:
        _forced = before


@contextlib.contextmanager
def told_of_compilations(tell: Callable[[str, str], None]) -> Iterator[None]:
    """Call ``tell`` with the module and the name of every kernel that numba begins to compile meanwhile."""
    _told_of_compilations.append(tell)
    try:
        yield
    finally:
        _told_of_compilations.remove(tell)


def _without_literals(template: Callable[..., Any], args: Iterable[Any], keywords: Mapping[str, Any]) -> Any:
    """``template`` for a call as if no argument were a constant: else numba compiles a kernel for every constant."""
    from numba.core.types import unliteral

    types = [unliteral(arg) for arg in args]  # type: ignore[no-untyped-call]
    return template(types, keywords)


def _wake() -> ModuleType:
    """numba, imported when it is needed first."""
    global _numba
    if _numba is None:
        import numba
        from numba.core import event

        class Compilations(event.Listener):
            def on_start(self, happening: Any) -> None:
                function = happening.data["dispatcher"].py_func
                for tell in _told_of_compilations:
                    tell(function.__module__, function.__qualname__)

            def on_end(self, happening: Any) -> None:
                pass

        event.register("numba:compile", Compilations())  # type: ignore[no-untyped-call]
        _numba = numba
    return _numba
