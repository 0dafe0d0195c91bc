"""Any plan as a point of the search space, so that a search can go on from what another strategy found."""

from __future__ import annotations

from functools import partial

import numpy as np

from distq.ir.plan import HandOver, Plan, RunOp
from distq.planning.annealing.search import Solution
from distq.planning.annealing.search_space import Ints, SearchSpace, TimeGrid


def run_order(plan: Plan) -> tuple[int, ...]:
    """The operations of ``plan`` in the order in which it runs them."""
    return tuple([step.operation for step in plan.steps if isinstance(step, RunOp)])


def solution_of(plan: Plan, space: SearchSpace, grid: TimeGrid) -> Solution:
    """``plan`` as a solution on a grid over its own order (see :func:`run_order`).

    The home of a qubit in a slot is the one that it has as the slot begins, or at birth. Moves within a slot can make
    that one home too many for a QPU; qubits that are born in the slot then begin elsewhere.
    """
    site = np.zeros(len(space.operations), dtype=np.int64)
    number = {operation: o for o, operation in enumerate(space.operations.tolist())}
    home = np.full((space.qubits, grid.slots), -1, dtype=np.int64)
    now = list(plan.homes)
    at_birth = list(plan.homes)
    first_use = space.first_use.tolist()
    border = grid.border.tolist()
    position = slot = 0
    for step in plan.steps:
        if isinstance(step, HandOver):
            for qubit, qpu in step.moves:
                now[qubit] = qpu
                if first_use[qubit] >= position:  # it was born by a copy, before its first operation
                    at_birth[qubit] = qpu
        elif isinstance(step, RunOp):
            if position == border[slot]:
                home[:, slot] = now
                slot += 1
            if step.operation in number:
                site[number[step.operation]] = step.qpu
            position += 1
    slots = np.arange(grid.slots)
    home[(slots < grid.birth[:, None]) | (slots >= grid.death[:, None])] = -1
    for t in range(grid.slots):
        newborn = [q for q in np.flatnonzero(grid.birth == t).tolist() if first_use[q] > border[t]]
        _house(newborn, home[:, t], at_birth, space.data)
    return Solution(grid, site, home)


def _house(newborn: list[int], home: Ints, wanted: list[int], data: Ints) -> None:
    """Set ``home`` (n,) in one slot for qubits born inside it: where they are wanted if there is room, else anywhere.

    ``data`` (k,) are the data ions of each QPU; where a qubit cannot be where it is wanted, most of them are free.
    """
    home[newborn] = -1
    free = data - np.bincount(home[home >= 0], minlength=len(data))
    for qubit in newborn:
        qpu = wanted[qubit] if free[wanted[qubit]] > 0 else int(np.argmax(free))
        home[qubit] = qpu
        free[qpu] -= 1


def start_from_plan(plan: Plan) -> partial[Solution]:
    """A start for :func:`distq.planning.annealing.search.run_stages`: ``plan`` on the grid that it gives."""
    return partial(solution_of, plan)
