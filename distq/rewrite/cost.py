"""A cost of programs that needs no network: how many operands must be brought together."""

from __future__ import annotations

from distq.ir.program import Program


def static_cost(program: Program) -> tuple[int, int]:
    """What a program costs before anybody knows where its qubits are.

    An operation on k segments needs k - 1 copies if its operands are apart. It needs none of its own if another
    operation has all these segments among its own: it then runs where that one does.

    Returns
    -------
    (incidences, segments)
        Sum of k - 1 over the distinct maximal sets of segments that meet in an operation; number of segments.
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
    return total, len(program.segments)
