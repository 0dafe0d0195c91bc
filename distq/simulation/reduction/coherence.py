"""Which link copies must stay qubits, and which measurements are the circuit's last."""

from __future__ import annotations

import math

import numpy as np

from distq.ir.events import CatDisentangle, CatEntangle, Events, Execute
from distq.ir.program import Kind, Program
from distq.networks.network import Network
from distq.simulation.noise.overrotation import overrotation
from distq.simulation.noise.steps import LocalUnitary

NEGLIGIBLE = 1e-6
"""Interference of a copy that changes the state by less, in trace distance, is left out: an over-rotated CX of a
cat-entangler, seen through the error of a conditional Z, is not worth a qubit."""


def final_measurements(program: Program) -> frozenset[int]:
    """Measurements that end their qubit's line and whose bit no condition reads afterwards."""
    read_later: set[int] = set()
    found = []
    for index in range(len(program.operations) - 1, -1, -1):
        op = program.operations[index]
        if op.condition is not None:
            read_later.update(op.condition.clbits)
        last = program.lines[op.qubits[0]][-1] == index
        if op.kind is Kind.MEASURE and last and op.condition is None and op.clbit not in read_later:
            found.append(index)
    return frozenset(found)


def coherent_lines(program: Program, events: Events, network: Network) -> frozenset[int]:
    """Lines of which some copy is hit by noise in a way that a classical bit cannot follow."""
    overrotated = any(qpu.overrotation_1q or qpu.overrotation_2q for qpu in network.qpus)
    found = _held_lines(program, events) if overrotated or any(qpu.t1_s < math.inf for qpu in network.qpus) else set()
    if not overrotated:
        return frozenset(found)
    copies = [0] * program.num_qubits
    turned, read = np.zeros(program.num_qubits), np.zeros(program.num_qubits)
    for event in events.events:
        match event:
            case CatEntangle(qubit, _, half, copy):
                copies[qubit] += 1
                by = abs(network.qpus[half.qpu].overrotation_2q)
                turned[qubit] = max(turned[qubit], math.sin(by * math.pi / 2) / 2)
                if network.qpus[copy.qpu].overrotation_1q:
                    found.add(qubit)
            case CatDisentangle(qubit, copy, root):
                copies[qubit] -= 1
                read[qubit] = max(read[qubit], network.qpus[root.qpu].error_1q)
                if network.qpus[copy.qpu].overrotation_1q:
                    found.add(qubit)
            case Execute(operation, ions, _, _):
                op, rates = program.operations[operation], network.qpus[ions[0].qpu]
                if op.kind < Kind.MEASURE and any(copies[q] for q in op.qubits):
                    steps = overrotation(op, rates.overrotation_1q, rates.overrotation_2q)
                    if steps is None or any(isinstance(step, LocalUnitary) for step in steps):
                        found.update(q for q in op.qubits if copies[q])
    return frozenset(found.union(np.flatnonzero(turned * read > NEGLIGIBLE).tolist()))


def _held_lines(program: Program, events: Events) -> set[int]:
    """Lines with copies that follow X-blocks: noise on the home is turned before the copies see it."""
    found: set[int] = set()
    copies = [0] * program.num_qubits
    for event in events.events:
        match event:
            case CatEntangle(qubit):
                copies[qubit] += 1
            case CatDisentangle(qubit):
                copies[qubit] -= 1
            case Execute(operation):
                op = program.operations[operation]
                found.update(q for q in op.qubits if not op.diagonal and copies[q])
    return found
