"""Where annealing begins: the best of several static placements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.annealing.objective_weights import FIDELITY
from distq.planning.annealing.search import Solution, start_from_homes
from distq.planning.annealing.search_space import SearchSpace, TimeGrid
from distq.planning.realise.gate_order import remote_first
from distq.planning.realise.gate_sites import choose_sites, sites_at_lasting_copies
from distq.planning.realise.packet_order import packet_order
from distq.planning.realise.placement import Placement
from distq.planning.strategies.fixed_homes import even_shares
from distq.planning.strategies.hypergraph import partition_hypergraph
from distq.planning.strategies.incumbent import Incumbent
from distq.planning.strategies.ion_shares import fewest_qpus
from distq.planning.strategies.spectral import bisection, spectral
from distq.planning.strategies.static import kl

SMALL = 5_000
"""Multi-qubit operations up to which every start is tried; beyond, only the most promising ones."""


@dataclass(frozen=True)
class StaticStart:
    """Static homes, the sites of a minimum cover for them, and a packet order of both."""

    homes: Sequence[int]
    sites: Sequence[int]
    order: Sequence[int]

    def solution(self, space: SearchSpace, grid: TimeGrid) -> Solution:
        """This start as a solution on a grid."""
        return start_from_homes(space, self.homes, self.sites, grid)


class _StartSearch:
    """Tries static placements, none twice, and keeps the one from which an annealing run may begin best."""

    def __init__(self, program: Program, network: Network, incumbent: Incumbent) -> None:
        self.program, self.network, self.incumbent = program, network, incumbent
        self.best: StaticStart | None = None
        self.least = float("inf")
        self._tried: set[tuple[object, ...]] = set()
        self._spare = [int(min(q.memory_beside_data, program.num_qubits)) - 1 for q in network.qpus]

    def by_packets(self, homes: tuple[int, ...], rank: Sequence[int]) -> StaticStart:
        """Try the operations packet by packet, also at the sites of lasting copies; returns the order of packets."""
        placement = Placement(homes=homes, sites=choose_sites(self.program, homes, rank=rank))
        packed = packet_order(self.program, self.network, placement)
        assert packed.order is not None
        self.offer(packed, packed.order)
        other_sites = sites_at_lasting_copies(self.program, homes, placement.sites, self._spare)
        if other_sites != list(placement.sites):
            moved = packet_order(self.program, self.network, replace(placement, sites=other_sites))
            self.offer(moved, moved.order or packed.order)
        return StaticStart(homes, placement.sites, packed.order)

    def offer(self, placement: Placement, order: Sequence[int]) -> None:
        """Offer a placement to the incumbent; the search would begin from it in ``order``."""
        order_key = None if placement.order is None else tuple(placement.order)
        key = (tuple(placement.homes), tuple(placement.sites), order_key)
        if key in self._tried:
            return
        self._tried.add(key)
        if self.program.x_blocks:  # the moves of the annealer do not see embedded X-blocks
            cost = self.incumbent.cost_without_embedding(placement)
            if self.incumbent.objective == FIDELITY or self.incumbent.is_worth_refining(cost):
                self.incumbent.offer(placement)
        else:
            cost = self.incumbent.offer(placement)
        if self.best is None or cost <= self.least:
            self.best, self.least = StaticStart(placement.homes, placement.sites, order), cost


def best_static_start(program: Program, network: Network, incumbent: Incumbent, seed: int) -> StaticStart:
    """The best of several partitions and directions of packets; all that are promising are offered to the incumbent.

    Operations run packet by packet. With the partition that is best then, they are also tried in program order.
    """
    search = _StartSearch(program, network, incumbent)
    small = len(program.multi_qubit) <= SMALL
    ranks = _packet_directions(len(network.qpus))[: 4 if small else 2]
    starts = [
        search.by_packets(homes, rank)
        for homes in dict.fromkeys(map(tuple, _partitions(program, network, seed)))
        for rank in ranks
    ]
    if small and any(qpu.ions is not None for qpu in network.qpus):
        for start in starts[:: len(ranks)]:
            order = remote_first(program, start.homes)
            search.offer(Placement(homes=tuple(start.homes), sites=start.sites, order=order), order)
    assert search.best is not None
    homes = search.best.homes
    for start in starts if small else ():
        if start.homes == homes:
            search.offer(Placement(homes=tuple(homes), sites=start.sites), start.order)
    return search.best


def _packet_directions(k: int) -> list[list[int]]:
    """Ranks of ``k`` QPUs that direct packets: to the later QPU of two, to the earlier one, and mixed.

    With the mixed ones, copies of one QPU's qubits go out to all others, and packets among the others all go one way.
    A copy from that QPU that stays at a third one then meets the copies that stream past there. The two mixed ones are
    mirror images: which one serves depends on the end of the register at which the circuit begins.
    """
    return [list(range(k)), list(range(k, 0, -1)), [0, *range(k, 1, -1)], [*range(1, k), 0]]


def _partitions(program: Program, network: Network, seed: int) -> Iterator[list[int]]:
    """Static homes to start from; of equally good ones the later ones are taken."""
    small = len(program.multi_qubit) <= SMALL
    for partition in (spectral, bisection) if small else ():
        yield list(partition(program, network, np.random.default_rng(seed)))
    yield partition_hypergraph(program, [q.data for q in network.qpus], seed=seed)
    if any(qpu.ions is not None for qpu in network.qpus):
        yield _on_few_qpus(program, network, seed)
    if small:
        yield _contiguous_active_qubits(program, network)
        yield list(kl(program, network, np.random.default_rng(seed)))


def _on_few_qpus(program: Program, network: Network, seed: int) -> list[int]:
    """A partition over as few QPUs as the qubits fit."""
    largest = sorted(range(len(network.qpus)), key=lambda s: (-network.qpus[s].data, s))
    few = largest[: fewest_qpus(network, program.num_qubits)]
    parts = partition_hypergraph(program, [network.qpus[s].data for s in few], seed=seed)
    return [few[part] for part in parts]


def _contiguous_active_qubits(program: Program, network: Network) -> list[int]:
    """Even shares of the qubits in their order, those without partners last, so that they are out of the way."""
    active = {q for i in program.multi_qubit for q in program.operations[i].qubits}
    qubits = sorted(range(program.num_qubits), key=lambda q: q not in active)
    qpus = [s for s, share in enumerate(even_shares(program.num_qubits, network)) for _ in range(share)]
    homes = [0] * program.num_qubits
    for qpu, qubit in zip(qpus, qubits, strict=True):
        homes[qubit] = qpu
    return homes
