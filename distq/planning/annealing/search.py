"""Runs of the annealer: stages from coarse to fine grids of time. Deterministic for a given seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from distq.planning.annealing.kernel_arrays import Best, Log, Problem, Schedule, State
from distq.planning.annealing.search_space import Ints, SearchSpace, TimeGrid, time_grid

PART = 500_000
"""Proposals between two looks at the clock, which take some tenths of a second."""
MAX_DRAGGED_PER_SLOT = 100.0
"""Operations that a move of a home over one slot may drag along on average. On grids where it is more, each proposal
takes longer, and a stage makes as many fewer. Of the circuits in ``circuits/``, only the one with 42,181 operations
on 45 qubits reaches it, on grids of up to 16 slots."""


@dataclass(frozen=True)
class Stage:
    """One annealing run: number of slots, proposals, first and last temperature in Bell pairs."""

    slots: int
    proposals: int
    hot: float
    cold: float


@dataclass(frozen=True)
class Solution:
    """A point of the search space.

    Attributes
    ----------
    grid
        The slots of time.
    site
        (M,) QPU where each multi-qubit operation runs.
    home
        (n, T) home of each qubit in each slot; -1 before birth and after death.
    cost
        Bell pairs, or what the objective counts, with the price of crowded memory; inf if not known.
    """

    grid: TimeGrid
    site: Ints
    home: Ints
    cost: float = float("inf")


def start_from_homes(space: SearchSpace, homes: Sequence[int], sites: Sequence[int], grid: TimeGrid) -> Solution:
    """A solution with fixed ``homes`` (n,), and with ``sites`` for all operations of the program."""
    home = np.full((len(homes), grid.slots), -1, dtype=np.int64)
    for q in range(len(homes)):
        home[q, grid.birth[q] : grid.death[q]] = homes[q]
    return Solution(grid, np.asarray(sites, dtype=np.int64)[space.operations], home)


def on_grid(solution: Solution, grid: TimeGrid) -> Solution:
    """The same solution on a grid whose slots are parts of the old ones, or nearly so."""
    old = solution.grid
    if grid.slots == old.slots:
        return solution
    parent = np.clip(np.searchsorted(old.border, grid.border[:-1], side="right") - 1, 0, old.slots - 1)
    home = solution.home[:, parent].copy()
    slots = np.arange(grid.slots)
    for q in range(home.shape[0]):
        alive = (slots >= grid.birth[q]) & (slots < grid.death[q])
        row = home[q]
        known = np.flatnonzero(row >= 0)
        if alive.any():
            near = known[np.clip(np.searchsorted(known, slots), 0, len(known) - 1)] if len(known) else None
            row[row < 0] = row[near][row < 0] if near is not None else solution.home[q].max()
        row[~alive] = -1
    return Solution(grid, solution.site, home)


def anneal(
    space: SearchSpace, solution: Solution, stage: Stage, *, price: float, seed: int, deadline: float | None = None
) -> Solution:
    """One annealing run from ``solution``, on its grid.

    Parameters
    ----------
    space, solution, stage
        Where to search, from which point, and how long; ``stage.slots`` does not matter here.
    price
        Cost of one memory ion too few during one slot; 0: memory is unlimited.
    seed
        Equal seeds give equal solutions.
    deadline
        The run ends early at this ``time.monotonic()``, so that its result depends on the speed of the machine.
    """
    from distq.planning.annealing import kernels

    grid = solution.grid
    problem = Problem.of(space, grid, price)
    log, best = Log.of(problem), Best.of(solution.site, solution.home)
    schedule = Schedule(stage.proposals, stage.hot, stage.cold)
    random = np.array([(seed * 0x9E3779B97F4A7C15 + 1) & (2**64 - 1)], dtype=np.uint64)
    site, home = solution.site.copy(), solution.home.copy()
    part = max(PART, len(space.operations))
    for begin in range(0, max(stage.proposals, 1), part):
        state = State.of(problem, site, home, random)
        kernels.anneal(problem, state, log, best, schedule, begin, min(begin + part, stage.proposals))
        if deadline is not None and time.monotonic() > deadline:
            break
    return Solution(grid, best.site, best.home, float(best.cost[0]))


def run_stages(
    space: SearchSpace,
    start: Callable[[SearchSpace, TimeGrid], Solution],
    stages: Sequence[Stage],
    *,
    price: float,
    seed: int,
    deadline: float | None = None,
) -> Solution:
    """Anneal stage after stage from what ``start`` gives for the first grid; see :func:`anneal` for the parameters."""
    solution: Solution | None = None
    for number, stage in enumerate(stages):
        grid = time_grid(space, stage.slots)
        dragged = len(space.operand_segment) / max(1, space.qubits * grid.slots)  # operations of a qubit in a slot
        stage = replace(stage, proposals=int(stage.proposals * min(1.0, MAX_DRAGGED_PER_SLOT / max(dragged, 1.0))))
        solution = start(space, grid) if solution is None else on_grid(solution, grid)
        solution = anneal(space, solution, stage, price=price, seed=seed * 1000 + number, deadline=deadline)
    assert solution is not None
    return solution
