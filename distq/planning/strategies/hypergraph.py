"""``hypergraph``: hypergraph partitioning with mtkahypar, deterministic for a given seed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies.fixed_homes import register_fixed_homes

MAX_PINS_WITH_GATES = 200_000
"""Pins (qubits in nets) beyond which gates are no vertices, so that nets join the qubits of a segment directly."""


@register_fixed_homes(
    "hypergraph",
    "multilevel hypergraph partitioning of qubits and gates (mtkahypar, connectivity)",
    "L. Gottesbüren et al., Mt-KaHyPar, ACM TALG 20 (2024); model: P. Andrés-Martínez, C. Heunen, PRA 100, 032308",
)
def hypergraph(program: Program, network: Network, rng: np.random.Generator) -> list[int]:
    """Minimise the sum over segments of (QPUs involved - 1): vertices are qubits and gates, nets are segments."""
    return partition_hypergraph(program, [q.data for q in network.qpus], seed=int(rng.integers(2**31)))


def partition_hypergraph(program: Program, capacities: Sequence[int], *, seed: int) -> list[int]:
    """Block of each qubit; no block exceeds its capacity. Objective: connectivity (km1) of the segments.

    Parameters
    ----------
    program
        The program.
    capacities
        Qubits that each block can hold; their sum is at least the number of qubits.
    seed
        The same seed gives the same blocks.
    """
    return _partition(program, capacities, seed).homes


def partition_with_gates(program: Program, capacities: Sequence[int], *, seed: int) -> tuple[list[int], list[int]]:
    """Block of each qubit, and of each operation: the gate's own block, or the qubit's for one-qubit operations.

    Gates that are no vertices of the hypergraph (see MAX_PINS_WITH_GATES) go to the block of most of their operands.
    Parameters as for :func:`partition_hypergraph`.
    """
    homes, gates = _partition(program, capacities, seed)
    sites = []
    for index, op in enumerate(program.operations):
        where = [homes[q] for q in op.qubits]
        sites.append(gates.get(index, max(where, key=where.count)) if len(where) > 1 else where[0])
    return homes, sites


@lru_cache(maxsize=1)
def _library() -> tuple[Any, Any]:
    """The module mtkahypar and its initialised library, with one thread, as determinism needs."""
    import mtkahypar

    return mtkahypar, mtkahypar.initialize(1)


def _segment_nets(program: Program, *, gates: bool) -> tuple[int, list[list[int]]]:
    """Number of vertices and nets. Vertices: qubits first, then (if ``gates``) the multi-qubit operations."""
    n = program.num_qubits
    vertex = {op: n + i for i, op in enumerate(program.multi_qubit)}
    nets: list[list[int]] = []
    for segment in program.segments:
        pins = {segment.qubit}
        for op in segment.operations:
            if op in vertex:
                pins |= {vertex[op]} if gates else set(program.operations[op].qubits)
        if len(pins) > 1:
            nets.append(sorted(pins))
    return n + (len(vertex) if gates else 0), nets


class _Blocks(NamedTuple):
    """Block of each qubit, and of each operation that is a vertex."""

    homes: list[int]
    gates: dict[int, int]


def _partition(program: Program, capacities: Sequence[int], seed: int) -> _Blocks:
    n, k = program.num_qubits, len(capacities)
    if k == 1 or n == 0:
        return _Blocks([0] * n, {})
    pins = sum(len(s.operations) for s in program.segments)
    vertices, nets = _segment_nets(program, gates=pins <= MAX_PINS_WITH_GATES)
    if not nets or n <= k:
        return _Blocks([s for s, c in enumerate(capacities) for _ in range(c)][:n], {})
    mtkahypar, library = _library()
    mtkahypar.set_seed(seed)
    context = library.context_from_preset(mtkahypar.PresetType.DETERMINISTIC)
    context.set_partitioning_parameters(k, 0.0, mtkahypar.Objective.KM1)
    context.set_individual_target_block_weights(list(capacities))
    context.logging = False
    weights = [1] * n + [0] * (vertices - n)
    graph = library.create_hypergraph(context, vertices, len(nets), nets, weights, [1] * len(nets))
    blocks = list(map(int, graph.partition(context).get_partition()))
    gates = dict(zip(program.multi_qubit, blocks[n:], strict=False))
    return _Blocks(_within_capacities(blocks[:n], capacities), gates)


def _within_capacities(blocks: list[int], capacities: Sequence[int]) -> list[int]:
    """``blocks`` with surplus vertices moved from overfull blocks to the emptiest ones."""
    load = [0] * len(capacities)
    for block in blocks:
        load[block] += 1
    for vertex, block in enumerate(blocks):
        if load[block] > capacities[block]:
            to = max(range(len(load)), key=lambda s: capacities[s] - load[s])
            blocks[vertex] = to
            load[block] -= 1
            load[to] += 1
    return blocks
