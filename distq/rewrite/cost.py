"""A cost of programs that needs no network: how many operands must be brought together."""

from __future__ import annotations

from typing import NamedTuple

from distq.ir.program import Program


class StaticCost(NamedTuple):
    """What a program costs before anybody knows where its qubits are; the less, the better.

    Attributes
    ----------
    incidences
        Sum of k - 1 over the distinct maximal sets of k segments that meet in an operation.
    segments
        Number of segments.
    """

    incidences: int
    segments: int


def static_cost(program: Program) -> StaticCost:
    """The cost of a program, in time linear in its number of operands but for wide operations.

    An operation on k segments needs k - 1 copies if its operands are apart. It needs none of its own if another
    operation has all these segments among its own: it then runs where that one does.
    """
    keys = {frozenset(program.segment_ids[index]) for index in program.multi_qubit}
    wide = [key for key in keys if len(key) > 2]
    holders: dict[int, list[frozenset[int]]] = {}
    for key in wide:
        for segment in key:
            holders.setdefault(segment, []).append(key)
    total = 0
    for key in keys:
        fewest = min((holders.get(segment, []) for segment in key), key=len)
        total += 0 if any(key < other for other in fewest) else len(key) - 1
    return StaticCost(total, len(program.segments))
