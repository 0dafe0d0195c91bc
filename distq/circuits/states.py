"""Entangled states."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit

from distq.circuits.registry import family, random_numbers


@family("ghz", "GHZ state by a chain of CX gates", size="qubits", default=16, least=2)
def ghz(n: int) -> QuantumCircuit:
    """A chain of CX gates from a qubit in superposition."""
    circuit = QuantumCircuit(n)
    circuit.h(0)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
    return circuit


@family("w-state", "one excitation shared equally by all qubits", size="qubits", default=16, least=2)
def w_state(n: int) -> QuantumCircuit:
    """The excitation is split off qubit by qubit."""
    circuit = QuantumCircuit(n)
    circuit.x(0)
    for q in range(n - 1):
        circuit.cry(2 * math.acos(math.sqrt(1 / (n - q))), q, q + 1)
        circuit.cx(q + 1, q)
    return circuit


@family("graph-state", "graph state of a random 3-regular graph", size="qubits (even)", default=16, least=4)
def graph_state(n: int, seed: int = 0) -> QuantumCircuit:
    """A CZ gate on every edge."""
    circuit = QuantumCircuit(n)
    circuit.h(range(n))
    for a, b in regular_graph(n, seed):
        circuit.cz(a, b)
    return circuit


def regular_graph(n: int, seed: int) -> list[tuple[int, int]]:
    """Edges of a random 3-regular graph, sorted. Raises InputError if n is odd."""
    import networkx

    from distq.errors import InputError

    if n % 2:
        raise InputError(f"there is no 3-regular graph of {n} vertices", f"an even number, e.g. {n + 1}")
    graph = networkx.random_regular_graph(3, n, seed=int(random_numbers(seed).integers(2**31)))
    return sorted((min(edge), max(edge)) for edge in graph.edges)
