"""Any plan as a point of the search space, so that a search can go on from what another strategy found."""

from __future__ import annotations

from functools import partial

import numpy as np

from distq.ir.plan import HandOver, Plan, RunOp
from distq.planning.annealing.search import Solution
from distq.planning.annealing.search_space import Ints, Model, Slots


def run_order(plan: Plan) -> tuple[int, ...]:
    """The operations of ``plan`` in the order in which it runs them."""
    return tuple([step.operation for step in plan.steps if isinstance(step, RunOp)])


def replayed(plan: Plan, model: Model, slots: Slots) -> Solution:
    """``plan`` on a grid over its own order (see :func:`run_order`).

    The home of a qubit in a slot is the one that it has as the slot begins, or at birth. Where that is one too many
    for a QPU, as moves within a slot can make it, qubits born in the slot begin elsewhere.
    """
    site = np.zeros(len(model.operation), dtype=np.int64)
    number = {operation: o for o, operation in enumerate(model.operation.tolist())}
    home = np.full((len(model.born), slots.count), -1, dtype=np.int64)
    now = list(plan.homes)
    at_birth = list(plan.homes)
    born = model.born.tolist()
    border = slots.border.tolist()
    position = slot = 0
    for step in plan.steps:
        if isinstance(step, HandOver):
            for qubit, qpu in step.moves:
                now[qubit] = qpu
                if born[qubit] >= position:  # it was born by a copy, before its first operation
                    at_birth[qubit] = qpu
        elif isinstance(step, RunOp):
            if position == border[slot]:
                home[:, slot] = now
                slot += 1
            if step.operation in number:
                site[number[step.operation]] = step.qpu
            position += 1
    grid = np.arange(slots.count)
    home[(grid < slots.birth[:, None]) | (grid >= slots.death[:, None])] = -1
    for t in range(slots.count):
        _settle(home, t, [q for q in np.flatnonzero(slots.birth == t).tolist() if born[q] > border[t]], at_birth, model)
    return Solution(slots, site, home)


def _settle(home: Ints, t: int, newborn: list[int], wanted: list[int], model: Model) -> None:
    """Homes in slot ``t`` for qubits born inside it: where they are wanted if there is room, else where most is."""
    home[newborn, t] = -1
    free = model.capacity - np.bincount(home[home[:, t] >= 0, t], minlength=len(model.capacity))
    for qubit in newborn:
        qpu = wanted[qubit] if free[wanted[qubit]] > 0 else int(np.argmax(free))
        home[qubit, t] = qpu
        free[qpu] -= 1


def resuming(plan: Plan) -> partial[Solution]:
    """A start for :func:`distq.planning.annealing.search.run_stages` from ``plan``."""
    return partial(replayed, plan)
