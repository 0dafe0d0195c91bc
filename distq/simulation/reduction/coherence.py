"""Which link copies must stay qubits, because noise hits them in a way that a classical bit cannot follow.

The reasons are in :mod:`distq.simulation.reduction.to_copies`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from distq.ir.events import CatDisentangle, CatEntangle, Event, Events, Execute
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.simulation.noise.overrotation import overrotation
from distq.simulation.noise.steps import LocalUnitary

NEGLIGIBLE = 1e-6
"""Interference of a copy that changes the state by less, in trace distance, is left out: an over-rotated CX of a
cat-entangler, seen through the error of a conditional Z, is not worth a qubit."""


def coherent_lines(program: Program, events: Events, network: Network) -> frozenset[int]:
    """Lines of which some copy must stay a qubit."""
    overrotated = any(qpu.overrotation_1q or qpu.overrotation_2q for qpu in network.qpus)
    found: set[int] = set()
    if overrotated or any(qpu.t1_s < math.inf for qpu in network.qpus):
        found |= _lines_in_x_blocks(program, events)
    if overrotated:
        found |= _lines_hit_by_pulses(program, events, network)
        found |= _lines_that_interfere(program, events, network)
    return frozenset(found)


def _with_copies(program: Program, events: Events) -> Iterator[tuple[Event, list[int]]]:
    """Every event, with the number of copies of every line after it."""
    copies = [0] * program.num_qubits
    for event in events.events:
        match event:
            case CatEntangle(qubit):
                copies[qubit] += 1
            case CatDisentangle(qubit):
                copies[qubit] -= 1
        yield event, copies


def _lines_in_x_blocks(program: Program, events: Events) -> set[int]:
    """Lines with copies that follow X-blocks: noise on the home is turned before the copies see it."""
    found: set[int] = set()
    for event, copies in _with_copies(program, events):
        if isinstance(event, Execute):
            op = program.operations[event.operation]
            found.update(q for q in op.qubits if not op.diagonal and copies[q])
    return found


def _lines_hit_by_pulses(program: Program, events: Events, network: Network) -> set[int]:
    """Lines whose copies are hit by over-rotated one-qubit pulses, in protocols or in operations on copies."""
    found: set[int] = set()
    for event, copies in _with_copies(program, events):
        match event:
            case CatEntangle(qubit, _, _, copy) | CatDisentangle(qubit, copy):
                if network.qpus[copy.qpu].overrotation_1q:
                    found.add(qubit)
            case Execute(operation, ions):
                op = program.operations[operation]
                if any(copies[q] for q in op.qubits) and _pulses_hit(op, network.qpus[ions[0].qpu]):
                    found.update(q for q in op.qubits if copies[q])
    return found


def _pulses_hit(op: Operation, qpu: QPU) -> bool:
    """True if over-rotated pulses of an operation are more than rotations about Z x ... x Z."""
    if op.kind >= Kind.MEASURE:
        return False
    steps = overrotation(op, qpu.overrotation_1q, qpu.overrotation_2q)
    return steps is None or any(isinstance(step, LocalUnitary) for step in steps)


def _lines_that_interfere(program: Program, events: Events, network: Network) -> set[int]:
    """Lines where an over-rotated CX of a cat-entangler shows through the error of a conditional Z."""
    turned, seen = np.zeros(program.num_qubits), np.zeros(program.num_qubits)
    for event in events.events:
        match event:
            case CatEntangle(qubit, _, half):
                fraction = abs(network.qpus[half.qpu].overrotation_2q)
                turned[qubit] = max(turned[qubit], math.sin(fraction * math.pi / 2) / 2)
            case CatDisentangle(qubit, _, root):
                seen[qubit] = max(seen[qubit], network.qpus[root.qpu].error_1q)
    return set(np.flatnonzero(turned * seen > NEGLIGIBLE).tolist())
