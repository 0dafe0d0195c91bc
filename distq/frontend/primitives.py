"""What a circuit is written in between reading it and its normal form: a few kinds of exact primitives.

A primitive without a condition always happens. Those on several qubits are diagonal, but for swaps, which only relabel,
and two-qubit blocks, which stand for runs of primitives.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from distq.frontend.matrix2 import Mat2
from distq.ir.program import Angle, Condition


class OneQubitGate(NamedTuple):
    """A one-qubit unitary."""

    qubit: int
    matrix: Mat2
    condition: Condition | None = None


class OneQubitRotation(NamedTuple):
    """exp(-i angle/2 P) on one qubit, P = ``axis``: with an angle that is not known yet, or under a condition."""

    qubit: int
    axis: str
    angle: Angle
    condition: Condition | None = None


class ParityRotation(NamedTuple):
    """exp(-i angle/2 Z x ... x Z) on two or more qubits."""

    qubits: tuple[int, ...]
    angle: Angle
    condition: Condition | None = None


class Phase(NamedTuple):
    """exp(i angle) on the basis state ``pattern`` of three or more qubits."""

    qubits: tuple[int, ...]
    pattern: tuple[int, ...]
    angle: Angle
    condition: Condition | None = None


class Swap(NamedTuple):
    """Exchange of two qubits."""

    qubits: tuple[int, int]


class Measure(NamedTuple):
    """Z measurement."""

    qubit: int
    clbit: int
    condition: Condition | None = None


class Reset(NamedTuple):
    """Reset to |0>."""

    qubit: int
    condition: Condition | None = None


class TwoQubitBlock(NamedTuple):
    """A two-qubit unitary, up to global phase: locals ``before``, commuting rotations, locals ``after``.

    Each of ``rotations`` is ``(axis, angle)``: exp(-i angle/2 P x P) with P = ``x``, ``y`` or ``z``.
    """

    qubits: tuple[int, int]
    before: tuple[Mat2, Mat2]
    rotations: tuple[tuple[str, float], ...]
    after: tuple[Mat2, Mat2]


Primitive: TypeAlias = OneQubitGate | OneQubitRotation | ParityRotation | Phase | Swap | Measure | Reset | TwoQubitBlock
