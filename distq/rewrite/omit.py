"""Operations left out of a program, and how much that can change its output at most.

Leaving out U = exp(-i a/2 Z x ... x Z), or a phase a on one basis state, turns the state after it by an angle of at
most |a|/2 (a taken modulo 2 pi into [-pi, pi]): the least |<psi|U|psi>| over all states psi, entangled or not,
is the distance from the origin of the chord between the eigenvalues of U, cos(a/2). The angles arccos |<psi|phi>|
between states obey the triangle inequality, and no unitary changes them. So leaving out several operations, wherever
they stand, turns the output by at most the sum A of their angles: its infidelity is at most sin(A)^2 for every input,
that of the process too, and half the diamond distance is at most sin(A). Rotations that share an axis reach the bound.
(Angles between mixed states, arccos of the root of their fidelity, do the same: with measurements and conditions inside
the bound holds for the joint state of qubits and classical bits.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from distq.errors import InputError
from distq.ir.program import Operation, Program


def drop(program: Program, operations: Sequence[int]) -> Program:
    """The program without these operations, the others in their order.

    Raises
    ------
    InputError
        Unless all are diagonal, with known angles, and their indices ascend.
    """
    for earlier, index in zip((-1, *operations), operations, strict=False):
        if not earlier < index < len(program.operations):
            raise InputError(f"operation {index} cannot be left out: there are {len(program.operations)}, in order")
        if removal_angle(program.operations[index]) is None:
            raise InputError(f"operation {index} cannot be left out: it is no rotation by a known angle")
    gone = set(operations)
    return replace(
        program,
        operations=tuple([op for index, op in enumerate(program.operations) if index not in gone]),
        global_phase=0.0 if gone else program.global_phase,
    )


def removal_angle(op: Operation) -> float | None:
    """The largest angle by which leaving ``op`` out can turn a state, in radians, 0 to pi/2.

    None if it must not be left out: if it is not diagonal, conditioned, or has an unbound parameter.
    """
    if not op.diagonal or op.condition is not None or not isinstance(op.angle, int | float):
        return None
    return abs(math.remainder(op.angle, 2 * math.pi)) / 2


def removal_angles(operations: Iterable[Operation]) -> tuple[float, ...]:
    """The removal angles of those operations that may be left out."""
    return tuple([angle for op in operations if (angle := removal_angle(op)) is not None])


def check_budget(budget: float) -> float:
    """The budget itself. Raises InputError unless it is an infidelity: 0 or more, and below 1."""
    if not 0.0 <= budget < 1.0:  # NaN is not either
        raise InputError(
            f"the approximation budget is {budget:g}: it is an infidelity, from 0 to below 1",
            "0.001 lets the output differ from that of the circuit by an infidelity of 0.001 at most",
        )
    return budget


def infidelity_bound(angles: Iterable[float]) -> float:
    """The most infidelity of the output, for any input, if operations of these removal angles are left out."""
    return math.sin(min(math.fsum(angles), math.pi / 2)) ** 2


def process_survival(angles: Iterable[float]) -> float:
    """Estimate of the process fidelity that is kept: the product over the operations of what each costs alone.

    It is no bound.
    """
    return math.prod(math.cos(angle) ** 2 for angle in angles)


def angle_within(budget: float) -> float:
    """The sum of removal angles whose :func:`infidelity_bound` is ``budget``."""
    return math.asin(math.sqrt(budget))
