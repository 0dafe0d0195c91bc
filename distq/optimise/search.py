"""Search drivers: starts, temperature schedules and restarts, spread over threads. Deterministic for a given seed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from distq.network import Network
from distq.optimise.model import Ints, Model
from distq.program import Program
from distq.sites import choose_sites


@dataclass(frozen=True)
class Solution:
    """Sites (M,) and homes (n, T) on a model, and their cost with unlimited memory."""

    cost: float
    site: Ints
    home: Ints


def start_from(model: Model, program: Program, homes: Sequence[int]) -> Solution:
    """Static homes with a minimum vertex cover as a starting point (cost not yet counted: inf)."""
    at = np.asarray(choose_sites(program, homes), dtype=np.int64)
    home = np.full((program.num_qubits, model.slots), -1, dtype=np.int64)
    for q in range(program.num_qubits):
        home[q, model.birth[q] : model.death[q]] = homes[q]
    return Solution(float("inf"), at[model.operation], home)


def anneal(model: Model, start: Solution, *, proposals: int, hot: float, cold: float, seed: int) -> Solution:
    """One annealing run from ``start``."""
    from distq.optimise import kernels

    site, home = start.site.copy(), start.home.copy()
    best_site, best_home = site.copy(), home.copy()
    state = np.array([seed * 0x9E3779B97F4A7C15 & (2**64 - 1)], dtype=np.uint64)
    cost = kernels.anneal(
        site,
        home,
        model.start,
        model.segment,
        model.slot,
        model.seg_start,
        model.seg_op,
        model.seg_qubit,
        model.first,
        model.last,
        model.birth,
        model.death,
        model.capacity,
        model.tree_cost,
        model.distance,
        proposals,
        hot,
        cold,
        state,
        best_site,
        best_home,
    )
    return Solution(float(cost), best_site, best_home)


def best_of(
    model: Model, starts: Sequence[tuple[Solution, int]], *, proposals: int, hot: float, cold: float, threads: int = 2
) -> Solution:
    """Anneal from every (start, seed), side by side; the cheapest result, the first one among equals."""
    with ThreadPoolExecutor(threads) as pool:
        runs = [pool.submit(anneal, model, s, proposals=proposals, hot=hot, cold=cold, seed=seed) for s, seed in starts]
        return min((r.result() for r in runs), key=lambda s: s.cost)
