"""``time-sliced``: qubits migrate between time slices so that every gate is local (as FGP-rOEE)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.realise.qubit_moves import QubitMover
from distq.planning.realise.step_writer import StepWriter
from distq.planning.strategies.hypergraph import hypergraph
from distq.planning.strategies.registry import register

LOOKAHEAD = 16
"""Slices ahead whose gates still have a weight; it halves from slice to slice."""
PRESENT_WEIGHT = 1e6
"""Weight of a gate of the present slice: more than that of all later ones together."""

Weights: TypeAlias = NDArray[np.float64]
"""(vertices, vertices) symmetric weights of interactions."""
Blocks: TypeAlias = NDArray[np.int64]
"""(vertices,) QPU of each vertex."""
Edges: TypeAlias = NDArray[np.int64]
"""(pairs, 2) qubits that interact."""
Goal: TypeAlias = Callable[[Blocks], bool]
"""Whether an assignment of vertices to QPUs will do."""


@register(
    "time-sliced",
    "rival model: qubits migrate between time slices, every gate local (as FGP-rOEE)",
    "J. M. Baker et al., Computing Frontiers 2020",
)
def time_sliced(program: Program, network: Network, *, seed: int) -> Plan:
    """Assign qubits to QPUs slice by slice and move those whose QPU changes, for one pair per qubit and hop.

    The model of J. M. Baker, C. Duckering, A. Hoover, F. T. Chong, "Time-sliced quantum circuit partitioning for
    modular architectures" (2020). Every slice of parallel gates has a graph in which present gates have a nearly
    infinite weight and future ones half the weight of the slice before. Overall extreme exchange (the best swap of two
    qubits, or of a qubit and a free ion, each at most once a pass) starts from the assignment of the slice before and
    stops as soon as all present gates are local. A slice that cannot be made local as a whole is halved. Moves go to
    free data ions or around cycles of QPUs.

    Raises
    ------
    InfeasiblePlanError
        A gate has more operands than any QPU has data ions, or qubits would have to change places and no QPU concerned
        has two memory ions or a free data ion.
    """
    homes = hypergraph(program, network, np.random.default_rng(seed))
    writer = StepWriter(program, network, homes)
    slices = _slices(program)
    graphs = [_edges(program, gates) for gates in slices]
    free_ions = sum(min(writer.free_data_ions(s), program.num_qubits) for s in range(len(network.qpus)))
    planner = _SlicePlanner(program, writer, program.num_qubits + free_ions)
    for index, members in enumerate(slices):
        planner.run_slice(members, _ahead(graphs[index + 1 : index + 1 + LOOKAHEAD], planner.vertices))
    return writer.plan("time-sliced", seed)


class _SlicePlanner:
    """Writes slices. Vertices are the qubits and then free data ions, no more of these than can be of use."""

    def __init__(self, program: Program, writer: StepWriter, vertices: int) -> None:
        self.program, self.writer, self.vertices = program, writer, vertices
        self.mover = QubitMover(writer)

    def run_slice(self, members: Sequence[int], future: Weights) -> None:
        """Make all gates among the operations ``members`` local and run them; halve what cannot be made local."""
        gates = [i for i in members if len(self.program.operations[i].qubits) > 1]
        edges = _edges(self.program, members)
        blocks = self.present_blocks()
        goal = _all_local(edges)
        if not goal(blocks):
            weights = future + PRESENT_WEIGHT * _ahead([edges], self.vertices)
            blocks = _extreme_exchange(weights, blocks, goal, self.settled())
        if goal(blocks):
            self.mover.rearrange({q: int(blocks[q]) for q in range(self.program.num_qubits)})
        elif len(gates) == 1:
            qubits = self.program.operations[gates[0]].qubits
            self.mover.gather(qubits, lambda q: float(future[q].sum()))
        else:
            middle = gates[len(gates) // 2]
            sooner, later = [i for i in members if i < middle], [i for i in members if i >= middle]
            self.run_slice(sooner, future + _ahead([_edges(self.program, later)], self.vertices))
            self.run_slice(later, future)
            return
        for index in members:
            self.writer.run(index, self.writer.homes_of(index)[0])

    def settled(self) -> NDArray[np.bool_]:
        """Per vertex: True for a measured qubit that keeps its data ion."""
        settled = np.zeros(self.vertices, dtype=bool)
        if not self.program.reuse:
            settled[sorted(self.writer.released)] = True
        return settled

    def present_blocks(self) -> Blocks:
        """QPU of every vertex; measured qubits count as free data ions if these may be used again."""
        writer, n = self.writer, self.program.num_qubits
        blocks = np.full(self.vertices, -1, dtype=np.int64)
        alive = [q for q in range(n) if q not in writer.released or not self.program.reuse]
        blocks[alive] = [writer.home[q] for q in alive]
        free = [s for s in range(len(writer.data_in_use)) for _ in range(min(writer.free_data_ions(s), n))]
        empty = np.flatnonzero(blocks < 0)
        blocks[empty] = free[: len(empty)]
        return blocks


def _slices(program: Program) -> list[list[int]]:
    """Operations by earliest time slice, ascending; a one-qubit operation shares the slice of what it waits for."""
    qubit_level = [0] * program.num_qubits
    bit_level = [0] * program.num_clbits
    slices: list[list[int]] = []
    for index, op in enumerate(program.operations):
        level = max([qubit_level[q] for q in op.qubits] + [bit_level[b] for b in op.clbits])
        level += len(op.qubits) > 1
        for qubit in op.qubits:
            qubit_level[qubit] = level
        for bit in op.clbits:
            bit_level[bit] = level
        while len(slices) <= level:
            slices.append([])
        slices[level].append(index)
    return slices


def _edges(program: Program, members: Sequence[int]) -> Edges:
    """Pairs of qubits that interact in the operations ``members``."""
    pairs = [pair for i in members for pair in itertools.combinations(program.operations[i].qubits, 2)]
    return np.asarray(pairs, dtype=np.int64).reshape(-1, 2)


def _ahead(graphs: Sequence[Edges], vertices: int) -> Weights:
    """Symmetric weights of the interactions of coming slices: 1 in the first, half as much in each later one."""
    weights = np.zeros((vertices, vertices))
    for distance, edges in enumerate(graphs):
        np.add.at(weights, (edges[:, 0], edges[:, 1]), 0.5**distance)
    return weights + weights.T


def _all_local(edges: Edges) -> Goal:
    """The goal that the ends of every edge are at one QPU."""
    return lambda blocks: bool((blocks[edges[:, 0]] == blocks[edges[:, 1]]).all())


def _extreme_exchange(weights: Weights, blocks: Blocks, goal: Goal, settled: NDArray[np.bool_]) -> Blocks:
    """Overall extreme exchange: passes of swaps that stop at ``goal``, or where no sequence of swaps gains anything.

    Keeps the best assignment of every pass. Each swap of a pass takes time in proportion to the vertices squared.
    Vertices that are ``settled`` stay where they are.
    """
    while True:
        best, best_gain, total = blocks, 0.0, 0.0
        for trial, gain in _swaps(weights, blocks, settled):
            if goal(trial):
                return trial
            total += gain
            if total > best_gain + 1e-9:
                best, best_gain = trial.copy(), total
        if best is blocks:
            return blocks
        blocks = best


def _swaps(weights: Weights, start: Blocks, settled: NDArray[np.bool_]) -> Iterator[tuple[Blocks, float]]:
    """One pass: again and again the swap of highest gain between two QPUs, every vertex at most once.

    Yields the assignment after each swap, in an array that changes, and the gain of the swap.
    """
    blocks = start.copy()
    linked = weights @ (blocks[:, None] == np.arange(blocks.max() + 1))  # weight of each vertex to each QPU
    vertex = np.arange(len(blocks))
    free = ~settled
    while True:
        cross = linked[:, blocks]
        own = linked[vertex, blocks]
        gain = cross + cross.T - own[:, None] - own[None, :] - 2 * weights
        gain[~(free[:, None] & free[None, :]) | (blocks[:, None] == blocks[None, :])] = -np.inf
        a, b = divmod(int(gain.argmax()), len(blocks))
        if gain[a, b] == -np.inf:
            return
        change = weights[:, b] - weights[:, a]
        linked[:, blocks[a]] += change
        linked[:, blocks[b]] -= change
        blocks[a], blocks[b] = blocks[b], blocks[a]
        free[[a, b]] = False
        yield blocks, float(gain[a, b])
