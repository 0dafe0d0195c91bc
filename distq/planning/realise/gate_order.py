"""Orders of execution for a program without sites: dependencies, and orders that reach one goal after the other.

Operations of one segment commute, so their order is a choice. Going for one goal at a time lets qubits take their data
ions late and give them back early, which leaves data ions to others. For given sites see
:mod:`distq.planning.realise.packet_order`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from distq.ir.program import Program


def dependencies(program: Program, chunk: Iterable[int] | None = None) -> dict[int, list[int]]:
    """Per operation of ``chunk`` (None: all): those of the chunk that must come before it; indirect ones left out.

    A boundary waits for the segment before it, a diagonal operation for the boundary before its segment; a reader of a
    classical bit waits for its last writer, a writer for that one and for the readers since.
    """
    before: dict[int, list[int]] = {}
    last_boundary: dict[int, int] = {}  # by qubit
    diagonal_since: dict[int, list[int]] = {}  # by qubit: diagonal operations since its last boundary
    last_writer: dict[int, int] = {}  # by classical bit
    readers_since: dict[int, list[int]] = {}  # by classical bit
    for operation in range(len(program.operations)) if chunk is None else chunk:
        op = program.operations[operation]
        first: set[int] = set()
        if op.diagonal:
            for q in op.qubits:
                if q in last_boundary:
                    first.add(last_boundary[q])
                diagonal_since.setdefault(q, []).append(operation)
        else:
            (q,) = op.qubits
            first.update(diagonal_since.pop(q, ()) or ([last_boundary[q]] if q in last_boundary else ()))
            last_boundary[q] = operation
        for bit in op.clbits:
            if bit in last_writer:
                first.add(last_writer[bit])
            if bit == op.clbit:
                first.update(readers_since.pop(bit, ()))
                last_writer[bit] = operation
            else:
                readers_since.setdefault(bit, []).append(operation)
        first.discard(operation)
        before[operation] = sorted(first)
    return before


def remote_first(program: Program, homes: Sequence[int]) -> tuple[int, ...]:
    """An order in which gates between QPUs come as early as they can, with qubits at these homes.

    Where ions have any role, pairs then find ions that qubits which are born later take.
    """
    apart = [i for i in program.multi_qubit if len({homes[q] for q in program.operations[i].qubits}) > 1]
    return demand_order(dependencies(program), apart)


def demand_order(before: Mapping[int, Sequence[int]], goals: Iterable[int]) -> tuple[int, ...]:
    """An order that reaches one goal after the other, each with no more than it depends on; the rest comes at the end.

    Parameters
    ----------
    before
        The :func:`dependencies` of all operations.
    goals
        Operations, in the order in which to reach them.
    """
    done = [False] * len(before)
    order: list[int] = []
    for goal in itertools.chain(goals, range(len(before))):
        stack = [goal]
        while stack:
            operation = stack[-1]
            waiting = () if done[operation] else [o for o in before[operation] if not done[o]]
            if waiting:
                stack.extend(reversed(waiting))
                continue
            stack.pop()
            if not done[operation]:
                done[operation] = True
                order.append(operation)
    return tuple(order)


def lazy_order(program: Program) -> tuple[int, ...]:
    """An order in which everything happens as late as the boundaries that end a segment allow.

    These boundaries are its goals, in program order, so that qubits take their data ions late.
    """
    in_segment = [False] * program.num_qubits
    goals = []
    for index, op in enumerate(program.operations):
        for q in op.qubits:
            if not op.diagonal and in_segment[q]:
                goals.append(index)
            in_segment[q] = op.diagonal
    return demand_order(dependencies(program), goals)


def random_goals(program: Program, rng: np.random.Generator) -> list[int]:
    """Shuffled goals for :func:`demand_order`: last operations of qubits, boundaries as well, or all operations.

    Which of the three kinds it is is drawn too, so that the orders differ as a whole and not only in details.
    """
    last_operations = [line[-1] for line in program.lines if line]
    kind = int(rng.integers(3))
    if kind == 0:
        chosen = last_operations
    elif kind == 1:
        chosen = [i for i, op in enumerate(program.operations) if not op.diagonal] + last_operations
    else:
        chosen = list(range(len(program.operations)))
    return list(map(int, rng.permutation(chosen)))


def varied_goals(goals: Sequence[int], rng: np.random.Generator) -> list[int]:
    """``goals`` with one or two of them moved to another place."""
    varied = list(goals)
    for _ in range(1 + int(rng.integers(2))):
        goal = varied.pop(int(rng.integers(len(varied))))
        varied.insert(int(rng.integers(len(varied) + 1)), goal)
    return varied
