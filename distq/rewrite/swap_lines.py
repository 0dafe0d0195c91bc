"""Qubits exchanged by gates: SWAPs that are carried out, for QPUs that have no ion to move a qubit to.

Between two QPUs, each of the three rotations of a SWAP takes one Bell pair and one memory ion at either side, and no
data ion beyond the two that the qubits occupy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from distq.errors import InputError
from distq.ir.program import Kind, Matrix, Operation, Program

SWAP_OPERATIONS = 9
"""Operations of a SWAP: a rotation of both lines and a gate on each, three times over."""
_SWAP_PHASE = math.pi / 4
"""The global phase, in radians, of a SWAP less that of its operations."""

_CYCLE: Matrix = np.array([[1 - 1j, -1 - 1j], [1 - 1j, 1 + 1j]], dtype=np.complex128) / 2
"""Takes Z to X, X to Y and Y to Z; its third power is -1."""


def insert_swaps(program: Program, order: Sequence[int], swaps: Sequence[tuple[int, int, int]]) -> Program:
    """An equal program, up to a global phase, in another order and with SWAPs that are carried out by gates.

    SWAP is exp(-i pi/4 (XX + YY + ZZ)) up to a phase: three rotations of both lines by pi/2 about ZZ, each followed by
    a gate on either line that takes Z to X, X to Y and Y to Z. The first rotation joins the segments that both lines
    are in, so that a copy which is there serves it.

    Parameters
    ----------
    program
        Any program.
    order
        Its operations in their new order; empty: as they are.
    swaps
        (place, a, b) as in :class:`distq.ir.rewriting.Rewriting`. Later operations on what was on line a are on line b,
        and the reverse.

    Returns
    -------
    Program
        With SWAP_OPERATIONS more operations for each swap, right before the operation at its place.

    Raises
    ------
    InputError
        If the order is none of this program, or a swap has no such place or lines.
    """
    order = order or range(len(program.operations))
    _check_order(program, order)
    _check_swaps(program, swaps)
    line = list(range(program.num_qubits))  # per line of the program: the one that holds its qubit now
    operations: list[Operation] = []
    waiting = iter([*swaps, (len(order) + 1, 0, 0)])
    place, a, b = next(waiting)
    for position in range(len(order) + 1):
        while place == position:
            operations += _swap(a, b)
            at = {a: b, b: a}
            line = [at.get(now, now) for now in line]
            place, a, b = next(waiting)
        if position < len(order):
            op = program.operations[order[position]]
            operations.append(replace(op, qubits=tuple([line[q] for q in op.qubits])))
    return replace(
        program,
        operations=tuple(operations),
        output=tuple([line[q] for q in program.output]),
        global_phase=program.global_phase + _SWAP_PHASE * len(swaps) if _has_phase(program) else 0.0,
    )


def _swap(a: int, b: int) -> Iterator[Operation]:
    """The operations of a SWAP."""
    for _ in range(3):
        yield Operation(Kind.ROTATION, (a, b), angle=math.pi / 2)
        for line in (a, b):
            yield Operation(Kind.LOCAL, (line,), factors=(_CYCLE,))


def _has_phase(program: Program) -> bool:
    """True if the global phase of a program is known."""
    unitary = all(op.condition is None and op.kind < Kind.MEASURE for op in program.operations)
    return unitary and not program.parameters


def _check_order(program: Program, order: Sequence[int]) -> None:
    """Raise InputError unless ``order`` is one in which the operations may stand: only commuting ones change places."""
    count = len(program.operations)
    if sorted(order) != list(range(count)):
        raise InputError(f"the new order of operations is no permutation of the {count} there are")
    if order == range(count):
        return
    group = [-1] * (program.num_qubits + program.num_clbits)  # per line or bit: number of its present group
    is_diagonal = [False] * len(group)
    groups: list[list[tuple[int, int]]] = []  # per operation: its groups, each with its line or bit
    for op in program.operations:
        for q in op.qubits:
            group[q] += not (op.diagonal and is_diagonal[q])
            is_diagonal[q] = op.diagonal
        bits = [program.num_qubits + bit for bit in sorted(set(op.clbits))]
        for bit in bits:
            group[bit] += 1
        groups.append([(line, group[line]) for line in (*op.qubits, *bits)])
    done = [0] * len(group)
    for index in order:
        for line, number in groups[index]:
            if number < done[line]:
                raise InputError(f"operation {index} comes after one that it does not commute with, in the new order")
            done[line] = number


def _check_swaps(program: Program, swaps: Sequence[tuple[int, int, int]]) -> None:
    """Raise InputError unless every swap has a place and two lines of the program."""
    lines, last = range(program.num_qubits), 0
    for place, a, b in swaps:
        if a == b or a not in lines or b not in lines:
            raise InputError(f"lines {a} and {b} are swapped; the program has lines 0 to {program.num_qubits - 1}")
        if not last <= place <= len(program.operations):
            raise InputError(f"lines {a} and {b} are swapped before operation {place}, which is out of order")
        last = place
