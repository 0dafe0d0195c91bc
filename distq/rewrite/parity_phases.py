"""Sets of parity rotations that together are one phase on a basis state.

In: a program. Out: primitives, in which such a set is one PHASE. The seven rotations of a CCZ are the usual case.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

from distq.frontend import matrix2
from distq.frontend.normalise import primitives_of
from distq.frontend.primitives import OneQubitRotation, ParityRotation, Phase, Primitive
from distq.ir.program import Kind, Operation, Program

MAX_WIDTH = 6
_TOLERANCE = 1e-11


class JoinedPhases(NamedTuple):
    """Primitives that hold phases in the place of rotations, and the global phase that appeared (radians)."""

    primitives: list[Primitive]
    global_phase: float


def join_phases(program: Program) -> JoinedPhases:
    """Replace sets of rotations by a PHASE where that leaves fewer multi-qubit operations.

    A phase of theta on a basis state of k qubits is a rotation by -theta / 2^(k - 1) times the product of the signs
    (+1 for a 0, -1 for a 1 in the pattern) about every parity of them.
    """
    rotations: dict[frozenset[int], int] = {}
    angles: dict[int, float] = {}
    for index in program.multi_qubit:
        op = program.operations[index]
        if op.kind is Kind.ROTATION and op.condition is None and isinstance(op.angle, float):
            rotations[frozenset(program.segment_ids[index])] = index
            angles[index] = op.angle
    joined: dict[int, list[Primitive]] = {}
    phase = 0.0
    for key in sorted(rotations, key=lambda k: (-len(k), rotations[k])):
        if 3 <= len(key) <= MAX_WIDTH and angles[rotations[key]] != 0.0:
            found = _join(program, key, rotations, angles)
            if found is not None:
                joined[rotations[key]] = found.primitives
                phase += found.global_phase
    out: list[Primitive] = []
    for index, op in enumerate(program.operations):
        out += joined.get(index, [])
        angle = angles.get(index, op.angle)
        if index not in angles:
            out += primitives_of([op])
        elif angle != 0.0:
            assert angle is not None
            out.append(ParityRotation(op.qubits, angle))
    return JoinedPhases(out, phase)


def _join(
    program: Program, key: frozenset[int], rotations: dict[frozenset[int], int], angles: dict[int, float]
) -> JoinedPhases | None:
    """One phase in the place of the rotations about the parities of ``key``; updates ``angles`` if that pays."""
    index = rotations[key]
    op = program.operations[index]
    segments = dict(zip(op.qubits, program.segment_ids[index], strict=True))
    parts = [s for size in range(2, len(key) + 1) for s in combinations(op.qubits, size)]
    at = {s: rotations.get(frozenset([segments[q] for q in s])) for s in parts}
    given = {s: 0.0 if i is None else angles[i] for s, i in at.items()}
    signs = _signs(op, given)
    size = abs(given[op.qubits])
    if signs is None:
        return None
    scale, sign = signs
    share = {s: scale * size * math.prod(sign[q] for q in s) for s in parts}
    rest = {s: matrix2.wrap(given[s] - share[s]) for s in parts}
    left = {s: 0.0 if abs(r) < _TOLERANCE * size else r for s, r in rest.items()}
    before, after = sum(a != 0.0 for a in given.values()), 1 + sum(a != 0.0 for a in left.values())
    if after >= before:
        return None
    turns = sum(round((given[s] - share[s] - rest[s]) / (2 * math.pi)) for s in parts)
    added: list[Primitive] = []
    for s, i in at.items():
        if i is not None:
            angles[i] = left[s]
        elif left[s] != 0.0:
            added.append(ParityRotation(s, left[s]))
    theta = -scale * size * 2 ** (len(key) - 1)
    pattern = tuple([(1 - sign[q]) // 2 for q in op.qubits])
    out: list[Primitive] = [Phase(op.qubits, pattern, theta), *added]
    out += [OneQubitRotation(q, "z", -scale * size * sign[q]) for q in op.qubits]
    return JoinedPhases(out, math.pi * turns - theta / 2 ** len(key))


class _Signs(NamedTuple):
    """The sign of a phase, and of each of its qubits: -1 where the pattern has a 1."""

    scale: int
    sign: dict[int, int]


def _signs(op: Operation, given: dict[tuple[int, ...], float]) -> _Signs | None:
    """Signs that explain the widest rotation and as many of the ``given`` angles as possible, by parity."""
    best, most = None, -1
    size = abs(given[op.qubits])
    for bits in range(2 ** len(op.qubits)):
        sign = {q: 1 - 2 * (bits >> i & 1) for i, q in enumerate(op.qubits)}
        scale = int(math.copysign(1, given[op.qubits])) * math.prod(sign.values())
        share = {s: scale * size * math.prod(sign[q] for q in s) for s in given}
        explained = sum(abs(matrix2.wrap(given[s] - share[s])) < _TOLERANCE * size for s in given)
        if explained > most:
            best, most = _Signs(scale, sign), explained
    return best
