"""Solutions of the annealer for random programs on networks of every kind."""

from __future__ import annotations

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.search import Solution, Stage, anneal, start_from_homes
from distq.planning.annealing.search_space import SearchSpace, build_search_space, time_grid
from distq.planning.realise.gate_order import (
    lazy_order,
)
from distq.planning.realise.gate_sites import choose_sites
from helpers.networks import network_of, varied
from helpers.programs import random_program

NETWORKS = {
    "complete": network_of([3, 3, 3], None),
    "line": network_of([3, 2, 3], None, "line"),
    "one-ion": network_of([3, 3, 3], 1),
    "line-one-ion": network_of([2, 2, 3], 1, "line"),
    "unlike": varied(network_of([3, 3, 3], None), 5),
    "ring-unlike": varied(network_of([2, 2, 2, 2], 1, [(0, 1), (1, 2), (2, 3), (0, 3)]), 6),
}


def random_case(seed: int) -> Program:
    return random_program(np.random.default_rng(seed), 6, 60, phase=0.1)


def homes_of(program: Program, network: Network) -> list[int]:
    """Qubits dealt to the data ions in order."""
    ions = [s for s, qpu in enumerate(network.qpus) for _ in range(qpu.data)]
    return ions[: program.num_qubits]


def price_of(network: Network) -> float:
    return 0.0 if network.qpus[0].memory is None else 0.5


def annealed(name: str, *, seed: int = 3, proposals: int = 20_000) -> tuple[Solution, SearchSpace]:
    """A solution for a random program on a network by name, and its search space."""
    program, network = random_case(5), NETWORKS[name]
    space = build_search_space(program, network, lazy_order(program))
    grid = time_grid(space, 8)
    homes = homes_of(program, network)
    start = start_from_homes(space, homes, choose_sites(program, homes), grid)
    found = anneal(space, start, Stage(8, proposals, 0.5, 0.05), price=price_of(network), seed=seed)
    return found, space
