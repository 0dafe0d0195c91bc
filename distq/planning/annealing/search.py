"""Search drivers: stages from coarse to fine time. Deterministic for a given seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from distq.planning.annealing.search_space import Ints, Model, Slots, cut

_PART = 500_000
"""Proposals between two looks at the clock."""
DRAG = 100.0
"""Operations that a move of a home may drag along; on grids where it is more, there are as many fewer proposals."""


@dataclass(frozen=True)
class Stage:
    """One annealing run: number of slots, proposals, first and last temperature in Bell pairs."""

    slots: int
    proposals: int
    hot: float
    cold: float


@dataclass(frozen=True)
class Solution:
    """Sites (M,) and homes (n, T) on a grid, and their cost (with the toll for crowded memory)."""

    slots: Slots
    site: Ints
    home: Ints
    cost: float = float("inf")


def start_from(model: Model, homes: Sequence[int], at: Sequence[int], slots: Slots) -> Solution:
    """Static ``homes`` and the sites ``at`` (per operation of the program) as a starting point."""
    home = np.full((len(homes), slots.count), -1, dtype=np.int64)
    for q in range(len(homes)):
        home[q, slots.birth[q] : slots.death[q]] = homes[q]
    return Solution(slots, np.asarray(at, dtype=np.int64)[model.operation], home)


def refine(solution: Solution, slots: Slots) -> Solution:
    """The same solution on a grid whose slots are parts of the old ones (or nearly so)."""
    old = solution.slots
    if slots.count == old.count:
        return solution
    parent = np.clip(np.searchsorted(old.border, slots.border[:-1], side="right") - 1, 0, old.count - 1)
    home = solution.home[:, parent].copy()
    grid = np.arange(slots.count)
    for q in range(home.shape[0]):
        alive = (grid >= slots.birth[q]) & (grid < slots.death[q])
        row = home[q]
        known = np.flatnonzero(row >= 0)
        if alive.any():
            near = known[np.clip(np.searchsorted(known, grid), 0, len(known) - 1)] if len(known) else None
            row[row < 0] = row[near][row < 0] if near is not None else solution.home[q].max()
        row[~alive] = -1
    return Solution(slots, solution.site, home)


def anneal(
    model: Model, solution: Solution, stage: Stage, *, price: float, seed: int, deadline: float | None = None
) -> Solution:
    """One annealing run from ``solution``, on its grid; it ends early at ``deadline`` (``time.monotonic``)."""
    from distq.planning.annealing import kernels

    slots = solution.slots
    site, home = solution.site.copy(), solution.home.copy()
    best_site, best_home = site.copy(), home.copy()
    state = np.array([(seed * 0x9E3779B97F4A7C15 + 1) & (2**64 - 1)], dtype=np.uint64)
    best = float("inf")
    part = max(_PART, len(model.operation))
    for begin in range(0, max(stage.proposals, 1), part):
        end = min(begin + part, stage.proposals)
        best = float(
            kernels.anneal(
                site, home, model.start, model.segment, slots.slot, model.seg_start, model.seg_op, model.seg_qubit,
                slots.first, slots.last, slots.birth, slots.death, model.capacity, model.tree_cost, model.distance,
                slots.position, model.room, model.gates, model.gate_cost, price,
                begin, end, stage.proposals, stage.hot, stage.cold, state, best_site, best_home, best,
            )
        )  # fmt: skip
        if deadline is not None and time.monotonic() > deadline:
            break
    return Solution(slots, best_site, best_home, best)


def run_stages(
    model: Model,
    start: Callable[[Model, Slots], Solution],
    stages: Sequence[Stage],
    *,
    price: float,
    seed: int,
    deadline: float | None = None,
) -> Solution:
    """Anneal stage after stage from what ``start`` gives for the first grid, each on a finer one."""
    solution: Solution | None = None
    for number, stage in enumerate(stages):
        slots = cut(model, stage.slots)
        drag = len(model.segment) / max(1, len(model.born) * slots.count)  # operations of one qubit in one slot
        stage = replace(stage, proposals=int(stage.proposals * min(1.0, DRAG / max(drag, 1.0))))
        solution = start(model, slots) if solution is None else refine(solution, slots)
        solution = anneal(model, solution, stage, price=price, seed=seed * 1000 + number, deadline=deadline)
    assert solution is not None
    return solution
