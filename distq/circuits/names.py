"""Names of benchmark circuits, as users write them: ``qft:16``, ``qft:16,32,64``, ``qv:12:layers=4:seed=1``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from distq.circuits.registry import Family, Number, get_family
from distq.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

PREFIX = "@"
"""What a circuit's name begins with where a file might be meant."""
FORM = "FAMILY[:SIZE[,SIZE...]][:KEY=VALUE...], e.g. @qft:16 or @cp-fraction:32:fraction=0.3:seed=1"


@dataclass(frozen=True)
class CircuitName:
    """One circuit of a family.

    Attributes
    ----------
    family, size
        Which family, and how large.
    parameters
        Those that are not as they are by default, in the family's order.
    """

    family: Family
    size: int
    parameters: tuple[tuple[str, Number], ...] = ()

    def __str__(self) -> str:
        """The shortest name by which it is found again."""
        return PREFIX + ":".join([self.family.name, str(self.size), *self._changed()])

    @property
    def label(self) -> str:
        """Its name in reports, and as a file's stem."""
        return "_".join([self.family.name, str(self.size), *self._changed()])

    def _changed(self) -> list[str]:
        return [f"{key}={value:.12g}" for key, value in self.parameters]

    def build(self) -> QuantumCircuit:
        """The circuit, of the name :attr:`label`."""
        circuit = self.family.builder(self.size, **dict(self.parameters))
        circuit.name = self.label
        return circuit


def build_circuit(text: str) -> QuantumCircuit:
    """The circuit of this name. Raises InputError if it is not the name of one circuit."""
    return parse_name(text).build()


def parse_name(text: str) -> CircuitName:
    """The one circuit of this name, which may begin with ``@``.

    Raises
    ------
    InputError
        The name is malformed or has several sizes, or there is no such size or value.
    UnknownNameError
        There is no such family or parameter.
    """
    found = parse_names(text)
    if len(found) > 1:
        raise InputError(f"{text}: {len(found)} sizes, and one is meant", f"for example {found[0]}")
    return found[0]


def parse_names(text: str) -> list[CircuitName]:
    """The circuits of this name, one for each size; raises as :func:`parse_name` does."""
    name, *rest = text.removeprefix(PREFIX).split(":")
    family = get_family(name)
    sizes = [family.default]
    if rest and "=" not in rest[0]:
        sizes = [_size(text, part) for part in rest.pop(0).split(",")]
    values = _values(family, rest, text)
    for size in sizes:
        family.check(size, values)
    changed = tuple((key, values[key]) for key, default in family.parameters.items() if values[key] != default)
    return [CircuitName(family, size, changed) for size in dict.fromkeys(sizes)]


def _size(text: str, part: str) -> int:
    if not (part.isascii() and part.isdigit() and len(part) < 10):
        raise InputError(f"{text}: {part!r} is no size", f"the form is {FORM}")
    return int(part)


def _values(family: Family, parts: list[str], text: str) -> dict[str, Number]:
    """The family's parameters with the values that ``KEY=VALUE`` give them."""
    values = dict(family.parameters)
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"{text}: {part!r} is no KEY=VALUE", f"the form is {FORM}")
        if key not in values:
            if not values:
                raise InputError(f"{text}: {family.name} has no parameter {key!r}", "it has no parameter but its size")
            raise UnknownNameError(f"parameter of {family.name}", key, values)
        kind = type(values[key])
        try:
            values[key] = kind(value)
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise InputError(f"{text}: {key} is {what}, not {value!r}", f"the form is {FORM}") from None
    return values
