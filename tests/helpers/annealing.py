"""Solutions of the annealer for random programs on networks of every kind."""

from __future__ import annotations

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.annealing.kernel_arrays import Trees
from distq.planning.annealing.move_cost import tree_cost
from distq.planning.annealing.search import Solution, Stage, anneal, start_from_homes
from distq.planning.annealing.search_space import TICKS_PER_SLOT, SearchSpace, build_search_space, time_grid
from distq.planning.realise.gate_order import lazy_order
from distq.planning.realise.gate_sites import choose_sites
from distq.planning.strategies.ion_shares import ion_shares
from helpers.networks import network_of, varied
from helpers.programs import random_program

NETWORKS = {
    "complete": network_of([3, 3, 3], None),
    "line": network_of([3, 2, 3], None, "line"),
    "one-ion": network_of([3, 3, 3], 1),
    "line-one-ion": network_of([2, 2, 3], 1, "line"),
    "unlike": varied(network_of([3, 3, 3], None), 5),
    "any-role": ion_shares(parse_network("3x3c1"), 6)[-1],
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


def cost_of(found: Solution, space: SearchSpace, price: float) -> float:
    """The cost of a solution from its definition: trees over the QPUs of each segment, and crowded memory."""
    segments, (_, slots) = len(space.segment_qubit), found.home.shape
    load = np.zeros((slots, len(space.data)), dtype=np.int64)
    trees = Trees.of(space)
    total = 0.0
    for e in range(segments):
        ops = space.segment_op[space.segment_start[e] : space.segment_start[e + 1]]
        q = space.segment_qubit[e]
        alive = [t for t in range(slots) if found.grid.first_segment[q, t] <= e <= found.grid.last_segment[q, t]]
        qpus = {int(found.site[o]) for o in ops} | {int(found.home[q, t]) for t in alive}
        total += tree_cost(sum(1 << s for s in qpus), trees)
        for s in {int(found.site[o]) for o in ops}:
            times = [int(found.grid.op_time[o]) for o in ops if found.site[o] == s]
            for time in range(min(times), max(times) + 1):
                load[time // TICKS_PER_SLOT, s] += found.home[q, time // TICKS_PER_SLOT] != s
    for qubit_home in found.home:
        for t, s in enumerate(qubit_home.tolist()):
            load[t, s] += space.home_load[s] if s >= 0 else 0
    total += float((space.op_gates * space.gate_cost[found.site]).sum())
    return total + price / TICKS_PER_SLOT * float(np.maximum(load - space.memory, 0).sum())
