"""Ansatz circuits with random parameters."""

from __future__ import annotations

import math
from itertools import combinations

from qiskit import QuantumCircuit
from qiskit.circuit.library import efficient_su2

from distq.circuits.registry import family, random_numbers
from distq.circuits.states import regular_graph


@family(
    "vqe", "hardware-efficient ansatz, CX chain", size="qubits", default=16, least=2, source="Qiskit (efficient_su2)"
)
def vqe(n: int, layers: int = 2, seed: int = 0) -> QuantumCircuit:
    """RY and RZ on every qubit, a CX chain, and so on."""
    return _bound(efficient_su2(n, entanglement="linear", reps=layers), seed)


@family(
    "vqe-full", "the same with CX between all pairs", size="qubits", default=8, least=2, source="Qiskit (efficient_su2)"
)
def vqe_full(n: int, layers: int = 1, seed: int = 0) -> QuantumCircuit:
    """RY and RZ on every qubit, CX on every pair, and so on."""
    return _bound(efficient_su2(n, entanglement="full", reps=layers), seed)


def _bound(circuit: QuantumCircuit, seed: int) -> QuantumCircuit:
    angles = random_numbers(seed).uniform(0.0, 2 * math.pi, size=circuit.num_parameters)
    return circuit.assign_parameters([float(angle) for angle in angles])


@family("qaoa-3reg", "QAOA of MaxCut on a random 3-regular graph", size="qubits (even)", default=16, least=4)
def qaoa_3reg(n: int, layers: int = 2, seed: int = 0) -> QuantumCircuit:
    """A ZZ rotation on every edge, X rotations on all qubits, and so on."""
    return _qaoa(n, regular_graph(n, seed), layers, seed)


@family("qaoa-complete", "QAOA with a term on every pair, as of a spin glass", size="qubits", default=12, least=2)
def qaoa_complete(n: int, layers: int = 1, seed: int = 0) -> QuantumCircuit:
    """A ZZ rotation on every pair with a random sign, X rotations on all qubits, and so on."""
    return _qaoa(n, list(combinations(range(n), 2)), layers, seed, signed=True)


def _qaoa(n: int, edges: list[tuple[int, int]], layers: int, seed: int, *, signed: bool = False) -> QuantumCircuit:
    rng = random_numbers(seed)
    signs = rng.choice([-1.0, 1.0], size=len(edges)).tolist() if signed else [1.0] * len(edges)
    circuit = QuantumCircuit(n)
    circuit.h(range(n))
    for _ in range(layers):
        cost, mixer = rng.uniform(0.0, math.pi, size=2).tolist()
        for (a, b), sign in zip(edges, signs, strict=True):
            circuit.rzz(sign * cost, a, b)
        circuit.rx(2 * mixer, range(n))
    return circuit
