"""Measurements at the end of a program, which the reduction leaves out."""

from __future__ import annotations

from distq.ir.program import Kind, Program


def final_measurements(program: Program) -> frozenset[int]:
    """Indices of the measurements that end their qubit's line and whose bit no condition reads afterwards."""
    read_later: set[int] = set()
    found = []
    for index in range(len(program.operations) - 1, -1, -1):
        op = program.operations[index]
        if op.condition is not None:
            read_later.update(op.condition.clbits)
        last = program.lines[op.qubits[0]][-1] == index
        if op.kind is Kind.MEASURE and last and op.condition is None and op.clbit not in read_later:
            found.append(index)
    return frozenset(found)
