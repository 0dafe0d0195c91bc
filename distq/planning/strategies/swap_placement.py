"""Where qubits begin that move and change places: wherever those that interact can come together.

QPUs can come together if links join them, directly or over others, all of them with memory ions: a *region*. Qubits
that interact, directly or through others, are a *cluster*, and have to be in one region. Mostly there is one region.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from distq.errors import InfeasiblePlanError
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.hypergraph import hypergraph
from distq.planning.strategies.spectral import bisection, spectral
from distq.planning.strategies.static import contiguous
from distq.util.union_find import components

MAX_TRIED = 20_000
"""Placements of a cluster that are tried while all of them are looked for together."""


def placements(program: Program, network: Network, region: Sequence[int], seed: int) -> Iterator[list[int]]:
    """Homes of several kinds, in all of which clusters are in one region each.

    Parameters
    ----------
    program, network, seed
        As for strategies.
    region
        Per QPU: a number of its region.

    Raises
    ------
    InfeasiblePlanError
        If there are no such homes.
    """
    if len(set(region)) > 1:
        yield _by_region(program, network, region)
    for choose in (hypergraph, contiguous, spectral, bisection):
        homes = list(choose(program, network, np.random.default_rng(seed)))
        if all(len({region[homes[q]] for q in program.operations[i].qubits}) == 1 for i in program.multi_qubit):
            yield homes


def _by_region(program: Program, network: Network, region: Sequence[int]) -> list[int]:
    """Homes for which every cluster, the largest first, has a region with room; raises InfeasiblePlanError if none."""
    of = components(program.num_qubits, (program.operations[i].qubits for i in program.multi_qubit))
    clusters = sorted(
        ([q for q in range(program.num_qubits) if of[q] == root] for root in set(of)), key=lambda c: (-len(c), c)
    )
    seats: dict[int, list[int]] = {}
    for qpu, number in enumerate(region):
        seats.setdefault(number, []).extend([qpu] * network.qpus[qpu].data)
    chosen = _packed([len(c) for c in clusters], {number: len(free) for number, free in seats.items()})
    if chosen is None:
        raise _no_room(clusters[0], max(map(len, seats.values())))
    homes = [0] * program.num_qubits
    for cluster, number in zip(clusters, chosen, strict=True):
        for qubit in cluster:
            homes[qubit] = seats[number].pop(0)
    return homes


def _packed(sizes: Sequence[int], room: dict[int, int]) -> list[int] | None:
    """A region for each cluster, the fullest that has room; where one finds none, earlier ones go elsewhere."""
    chosen: list[int] = []
    options: list[list[int]] = []
    for _ in range(MAX_TRIED):
        if len(chosen) == len(sizes):
            return chosen
        if len(options) == len(chosen):
            size = sizes[len(chosen)]
            distinct = {free: number for number, free in room.items() if free >= size}  # equal rooms are alike
            options.append([distinct[free] for free in sorted(distinct, reverse=True)])
        if options[-1]:
            number = options[-1].pop()
            room[number] -= sizes[len(chosen)]
            chosen.append(number)
        else:
            options.pop()
            if not chosen:
                return None
            room[chosen[-1]] += sizes[len(chosen) - 1]
            chosen.pop()
    return None


def _no_room(largest: Sequence[int], room: int) -> InfeasiblePlanError:
    """The error for clusters without regions; ``room`` are the most data ions of a region."""
    hint = "give the QPUs in between memory ions, or link the QPUs that have some"
    if len(largest) > room:
        return InfeasiblePlanError(
            f"{len(largest)} qubits interact, directly or through others, but the QPUs that links and memory ions join "
            f"have at most {room} data ions together",
            hint,
        )
    return InfeasiblePlanError(
        f"qubits that interact, up to {len(largest)} of them, find no room together: Bell pairs join only QPUs with "
        f"memory ions and links, at most {room} data ions of them",
        hint,
    )
