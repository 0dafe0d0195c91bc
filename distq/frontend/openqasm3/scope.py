"""What names mean: variables, gates and subroutines, in nested scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from qiskit.circuit import Instruction

from distq.frontend.openqasm3.types import Type, Typed
from distq.frontend.outcomes.values import Value
from distq.frontend.places import SourceText


@dataclass
class Variable:
    """A variable, a constant, or an alias of qubits or bits.

    Attributes
    ----------
    type
        Its type; ``value`` is as :mod:`distq.frontend.openqasm3.types` says, for qubits a tuple of their numbers (one
        number without a size), for an alias of classical bits a tuple of ``(variable, index)``.
    constant
        True if it may not be assigned to.
    declared
        Number of its first bit among the declared classical bits of the circuit; None if it is none of those.
    aliased
        For an alias of bits: per bit, the variable and the index in it.
    """

    type: Type
    value: Value = None
    constant: bool = False
    declared: int | None = None
    aliased: tuple[tuple[Variable, int], ...] | None = None

    @property
    def typed(self) -> Typed:
        """Its present value and its type."""
        if self.aliased is not None:
            return Typed(self.type, tuple([bit_at(variable, index) for variable, index in self.aliased]))
        return Typed(self.type, self.value)


def bit_at(variable: Variable, index: int) -> Value:
    """A bit of a variable of one or several bits."""
    return variable.value[index] if variable.type.is_register else variable.value


@dataclass(frozen=True)
class GateRule:
    """A gate that may be called.

    Attributes
    ----------
    name
        In the file.
    parameters, qubits
        How many it takes; ``optional`` of the parameters may be left out.
    make
        The instruction for given parameters.
    note
        What the report says if the gate is used; None if nothing.
    """

    name: str
    parameters: int
    qubits: int
    make: Callable[..., Instruction]
    note: str | None = None
    optional: int = 0


@dataclass(frozen=True)
class Subroutine:
    """A ``def``, with the file that it stands in; ``scope`` is where it was defined."""

    node: Any
    source: SourceText
    scope: Scope


@dataclass(frozen=True)
class Unsupported:
    """A name that may be declared, but not used: ``what`` it is, and what to do instead."""

    what: str
    hint: str


Symbol = Variable | GateRule | Subroutine | Unsupported


@dataclass
class Scope:
    """Names, and the scope around it."""

    outer: Scope | None = None
    names: dict[str, Symbol] = field(default_factory=dict)

    def find(self, name: str) -> Symbol | None:
        """What a name means here, None if nothing."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def all_names(self) -> Iterator[str]:
        """All names that mean something here."""
        yield from self.names
        if self.outer is not None:
            yield from self.outer.all_names()
