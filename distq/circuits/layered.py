"""Layers of random gates on all qubits."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit
from qiskit.circuit.library import quantum_volume, random_iqp
from qiskit.quantum_info import random_clifford

from distq.circuits.gates import on_one_register
from distq.circuits.registry import family, random_numbers


@family("qv", "quantum volume: n layers of random two-qubit unitaries", size="qubits", default=16, least=2, most=1000,
        source="Qiskit")  # fmt: skip
def qv(n: int, seed: int = 0) -> QuantumCircuit:
    """Random unitaries on random pairs, made of rotations and CX gates."""
    return on_one_register(quantum_volume(n, n, seed=seed).decompose().decompose())


@family(
    "cp-fraction", "n layers; a fraction of the qubits is paired by CP gates, the others get an H", size="qubits",
    default=16, least=2, most=5000, source="pytket-dqc, arXiv:2305.14148",
)  # fmt: skip
def cp_fraction(n: int, fraction: float = 0.5, seed: int = 0) -> QuantumCircuit:
    """n layers; in each a share ``fraction`` of the qubits is paired by CP gates, the others get a Hadamard."""
    rng = random_numbers(seed)
    circuit = QuantumCircuit(n)
    for _ in range(n):
        order = rng.permutation(n)
        paired = order[: int(fraction * n) // 2 * 2]
        for a, b in paired.reshape(-1, 2).tolist():
            circuit.cp(float(rng.uniform(0, 2 * math.pi)), a, b)
        for q in order[len(paired) :].tolist():
            circuit.h(q)
    return circuit


@family(
    "iqp",
    "instantaneous quantum polynomial time, random",
    size="qubits",
    default=12,
    least=2,
    most=1000,
    source="Qiskit",
)
def iqp(n: int, seed: int = 0) -> QuantumCircuit:
    """Random phases on qubits and pairs between two layers of H."""
    return on_one_register(random_iqp(n, seed=seed))


@family(
    "clifford", "a random element of the Clifford group", size="qubits", default=12, least=1, most=500, source="Qiskit"
)
def clifford(n: int, seed: int = 0) -> QuantumCircuit:
    """Uniformly random, synthesised by Qiskit."""
    return on_one_register(random_clifford(n, seed=seed).to_circuit())
