"""What a family of circuits is, and the registry that finds it by name.

A family is a function of its size, registered by a decorator::

    @family("ghz", "a chain of CX gates from a qubit in superposition", size="qubits", default=16)
    def ghz(n: int) -> QuantumCircuit:
        ...

Its other parameters have defaults, and names and ranges of :data:`RANGES`. Whatever is random follows from ``seed``.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from distq.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

Number: TypeAlias = int | float
Builder = TypeVar("Builder", bound=Callable[..., "QuantumCircuit"])

RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32 - 1),
    "layers": (1, 100_000),
    "gates": (1, 100_000_000),
    "fraction": (0.0, 1.0),
    "share": (0.0, 1.0),
    "angle": (-1e6, 1e6),
}
"""Parameter -> its least and its largest value."""


@dataclass(frozen=True)
class Family:
    """A registered family.

    Attributes
    ----------
    name, summary, source
        Its name, one line on what it is, and where it is from.
    size
        What the size counts, e.g. ``qubits`` or ``bits of each number``.
    default, least, most
        The size where none is given, the smallest that there is, and the largest that can be made.
    builder
        Its function.
    """

    name: str
    summary: str
    source: str
    size: str
    default: int
    least: int
    most: int
    builder: Callable[..., QuantumCircuit]

    @cached_property
    def parameters(self) -> Mapping[str, Number]:
        """Its parameters beyond the size, with their defaults."""
        return {p.name: p.default for p in list(inspect.signature(self.builder).parameters.values())[1:]}

    def check(self, size: int, values: Mapping[str, Number]) -> None:
        """Raise InputError unless there is a circuit of this size with these parameters."""
        if not self.least <= size <= self.most:
            raise InputError(
                f"{self.name}:{size}: the size ({self.size}) is from {self.least} to {self.most:,}",
                f"for example {self.name}:{self.default}",
            )
        for name, value in values.items():
            low, high = RANGES[name]
            if not low <= value <= high:
                raise InputError(f"{self.name}: {name}={value:g} is not from {low:g} to {high:g}")


MODULES = (
    "applications",
    "arithmetic",
    "layered",
    "oracles",
    "physics",
    "random_gates",
    "states",
    "transforms",
    "variational",
)
"""Modules of this package that register families."""
_REGISTRY: dict[str, Family] = {}


def family(
    name: str, summary: str, *, size: str, default: int, least: int = 1, most: int = 100_000, source: str = "distq"
) -> Callable[[Builder], Builder]:
    """Decorator that makes a family of circuits available by name; parameters as in :class:`Family`."""

    def add(builder: Builder) -> Builder:
        _REGISTRY[name] = Family(name, summary, source, size, default, least, most, builder)
        return builder

    return add


def families() -> tuple[Family, ...]:
    """All registered families, by name."""
    return tuple(family for _, family in sorted(_registered().items()))


def get_family(name: str) -> Family:
    """The family of that name; raises UnknownNameError with the nearest one."""
    known = _registered()
    if name not in known:
        raise UnknownNameError("circuit family", name, known)
    return known[name]


def _registered() -> Mapping[str, Family]:
    """All families by name; Qiskit, of which they are made, is imported here and not before."""
    for module in MODULES:
        importlib.import_module(f"distq.circuits.{module}")
    return _REGISTRY


def random_numbers(seed: int) -> Any:
    """The random numbers of a circuit (numpy's ``Generator``)."""
    import numpy as np

    return np.random.default_rng(seed)
