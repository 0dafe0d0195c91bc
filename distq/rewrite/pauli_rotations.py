"""A program as rotations about Pauli strings and what stands between them, and back.

In: operations of a normal form. Out: items, the form in which :mod:`distq.rewrite.clifford_pass` works, and from these
primitives again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2, from_array
from distq.frontend.normalise import primitives_of
from distq.frontend.primitives import OneQubitGate, OneQubitRotation, ParityRotation, Phase, Primitive
from distq.ir.program import Angle, AxisRotation, Kind, Operation
from distq.rewrite.pauli import PLUS, commute


@dataclass(slots=True)
class PauliRotation:
    """exp(-i angle/2 W) about the string W = (x, z)."""

    x: int
    z: int
    angle: Angle


@dataclass(slots=True)
class WholePhase:
    """A PHASE in the bases that the string (x, z) names.

    ``pattern`` says which eigenstate of each line's Pauli operator gets the phase: 0 for the eigenvalue +1.
    """

    x: int
    z: int
    qubits: tuple[int, ...]
    pattern: tuple[int, ...]
    angle: Angle


@dataclass(slots=True)
class LocalGate:
    """A one-qubit gate."""

    qubit: int
    factors: tuple[Mat2 | AxisRotation, ...]


@dataclass(slots=True)
class Fence:
    """An operation that no rotation passes: a measurement, a reset or a conditioned operation."""

    operation: Operation


Item: TypeAlias = "PauliRotation | WholePhase | LocalGate | Fence"


def items_of(operations: Iterable[Operation]) -> Iterator[Item]:
    """Operations of a normal form as items."""
    for op in operations:
        mask = sum(1 << q for q in op.qubits)
        if op.condition is not None or op.kind in (Kind.MEASURE, Kind.RESET):
            yield Fence(op)
        elif op.kind is Kind.LOCAL:
            yield LocalGate(
                op.qubits[0], tuple([f if isinstance(f, AxisRotation) else from_array(f) for f in op.factors])
            )
        elif op.kind is Kind.ROTATION:
            assert op.angle is not None
            yield PauliRotation(0, mask, op.angle)
        else:
            assert op.angle is not None
            yield WholePhase(0, mask, op.qubits, op.pattern, op.angle)


def weight(item: PauliRotation | WholePhase) -> int:
    """Number of lines that an item is on."""
    return (item.x | item.z).bit_count()


def lines_of(mask: int) -> list[int]:
    """The lines in a bit mask, ascending."""
    out = []
    while mask:
        low = mask & -mask
        out.append(low.bit_length() - 1)
        mask ^= low
    return out


def passes(item: Item, x: int, z: int) -> bool:
    """True if a rotation about (x, z) commutes with ``item``, which has a line in common with it."""
    match item:
        case PauliRotation():
            return commute(item.x, item.z, x, z)
        case WholePhase():
            return not ((item.x ^ x) | (item.z ^ z)) & (item.x | item.z) & (x | z)
        case _:
            return False


_BASES: dict[tuple[int, int], tuple[Mat2, Mat2]] = {
    (1, 0): (matrix2.H, matrix2.H),
    (1, 1): (matrix2.multiply(matrix2.H, matrix2.SDG), matrix2.multiply(matrix2.S, matrix2.H)),
}


def primitives_of_item(item: Item) -> Iterator[Primitive]:
    """An item as primitives of the frontend."""
    match item:
        case LocalGate(qubit, factors):
            for factor in factors:
                yield (
                    OneQubitRotation(qubit, factor.axis, factor.angle)
                    if isinstance(factor, AxisRotation)
                    else OneQubitGate(qubit, factor)
                )
        case Fence(operation):
            yield from primitives_of([operation])
        case PauliRotation() if weight(item) == 1:
            (q,) = lines_of(item.x | item.z)
            axis = next(name for name, plus in PLUS.items() if (plus.x, plus.z) == (item.x >> q, item.z >> q))
            if isinstance(item.angle, float):
                yield OneQubitGate(q, matrix2.rotation(axis, item.angle))
            else:
                yield OneQubitRotation(q, axis, item.angle)
        case PauliRotation() | WholePhase():
            lines = item.qubits if isinstance(item, WholePhase) else tuple(lines_of(item.x | item.z))
            bases = [(q, _BASES.get((item.x >> q & 1, item.z >> q & 1))) for q in lines]
            yield from [OneQubitGate(q, basis[0]) for q, basis in bases if basis]
            if isinstance(item, WholePhase):
                yield Phase(item.qubits, item.pattern, item.angle)
            else:
                yield ParityRotation(lines, item.angle)
            yield from [OneQubitGate(q, basis[1]) for q, basis in bases if basis]
