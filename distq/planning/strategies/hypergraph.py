"""Hypergraph partitioning with mtkahypar, deterministic for a given seed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from distq.ir.program import Program

LARGE = 200_000
"""Pins beyond which gates are left out of the hypergraph (nets then join the qubits of a segment directly)."""


@lru_cache(maxsize=1)
def _library() -> tuple[Any, Any]:
    import mtkahypar

    return mtkahypar, mtkahypar.initialize(1)


def segment_nets(program: Program, *, gates: bool) -> tuple[int, list[list[int]]]:
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


def partition_hypergraph(program: Program, capacities: Sequence[int], *, seed: int) -> list[int]:
    """Block of each qubit; no block exceeds its capacity. Objective: connectivity (km1) of the segments.

    Parameters
    ----------
    program
        The program.
    capacities
        Qubits that each block can hold; their sum is at least the number of qubits.
    seed
        Repeats exactly.
    """
    return _partition(program, capacities, seed)[0]


def partition_with_gates(program: Program, capacities: Sequence[int], *, seed: int) -> tuple[list[int], list[int]]:
    """Block of each qubit, and of each operation: the gate's own block, or the qubit's for one-qubit operations.

    Gates that are no vertices of the hypergraph (see ``LARGE``) go to the block of most of their operands. Parameters
    as in :func:`partition_hypergraph`.
    """
    homes, gates = _partition(program, capacities, seed)
    at = []
    for index, op in enumerate(program.operations):
        where = [homes[q] for q in op.qubits]
        at.append(gates.get(index, max(where, key=where.count)) if len(where) > 1 else where[0])
    return homes, at


def _partition(program: Program, capacities: Sequence[int], seed: int) -> tuple[list[int], dict[int, int]]:
    """Block of each qubit, and of each operation that is a vertex."""
    n, k = program.num_qubits, len(capacities)
    if k == 1 or n == 0:
        return [0] * n, {}
    pins = sum(len(s.operations) for s in program.segments)
    vertices, nets = segment_nets(program, gates=pins <= LARGE)
    if not nets or n <= k:
        return _fill(n, capacities), {}
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
    return within(blocks[:n], capacities), gates


def _fill(n: int, capacities: Sequence[int]) -> list[int]:
    blocks = [s for s, c in enumerate(capacities) for _ in range(c)]
    return blocks[:n]


def within(blocks: list[int], capacities: Sequence[int]) -> list[int]:
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
