"""Circuits of the families that papers on distributed compilers report, and larger ones."""

from __future__ import annotations

import math

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import library


def qft(n: int) -> QuantumCircuit:
    """The quantum Fourier transform without its final swaps."""
    circuit = QuantumCircuit(n, name=f"qft_{n}")
    for i in range(n):
        circuit.h(i)
        for j in range(i + 1, n):
            circuit.cp(math.pi / 2 ** (j - i), i, j)
    return circuit


def cp_fraction(n: int, fraction: float, seed: int) -> QuantumCircuit:
    """n layers; in each a share ``fraction`` of the qubits is paired by CP gates, the others get a Hadamard."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(n, name=f"cpf_{n}_{fraction}")
    for _ in range(n):
        order = rng.permutation(n)
        paired = order[: int(fraction * n) // 2 * 2]
        for a, b in paired.reshape(-1, 2).tolist():
            circuit.cp(float(rng.uniform(0, 2 * math.pi)), a, b)
        for q in order[len(paired) :].tolist():
            circuit.h(q)
    return circuit


def quantum_volume(n: int, seed: int) -> QuantumCircuit:
    """n layers of random two-qubit unitaries on random pairs."""
    return library.quantum_volume(n, n, seed=seed).decompose()


def random_blocks(n: int, gates: int, seed: int) -> QuantumCircuit:
    """A large circuit with structure: CX between near neighbours mostly, some far, rotations between."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(n, name=f"blocks_{n}_{gates}")
    pairs = gates // 2
    left = rng.integers(n, size=pairs)
    reach = np.where(rng.random(pairs) < 0.98, rng.integers(1, 6, size=pairs), rng.integers(1, n, size=pairs))
    turn = rng.integers(n, size=pairs)
    for a, b, q, theta in zip(
        left.tolist(), ((left + reach) % n).tolist(), turn.tolist(), rng.random(pairs).tolist(), strict=True
    ):
        circuit.cx(a, b)
        circuit.rx(theta, q)
    return circuit


def cx_network(n: int, gates: int, share: float, seed: int) -> QuantumCircuit:
    """CX on random pairs of qubits; ``share`` of the gates are CX, the rest CP."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(n, name=f"cx_{n}_{gates}_{share:g}")
    for _ in range(gates):
        a, b = (int(q) for q in rng.choice(n, 2, replace=False))
        if rng.random() < share:
            circuit.cx(a, b)
        else:
            circuit.cp(0.3, a, b)
    return circuit


def clifford_blocks(n: int, gates: int, seed: int) -> QuantumCircuit:
    """CX on random pairs, with H, S or X on three controls in ten."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(n, name=f"clifford_{n}_{gates}")
    for _ in range(gates):
        a, b = (int(q) for q in rng.choice(n, 2, replace=False))
        circuit.cx(a, b)
        if rng.random() < 0.3:
            (circuit.h, circuit.s, circuit.x)[int(rng.integers(3))](a)
    return circuit


def ghz(n: int) -> QuantumCircuit:
    """A chain of CX gates from a qubit in superposition."""
    circuit = QuantumCircuit(n, name=f"ghz_{n}")
    circuit.h(0)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
    return circuit


def mcx_over_all(qubits: int) -> QuantumCircuit:
    """One X gate controlled by all other qubits."""
    circuit = QuantumCircuit(qubits, name=f"mcx_{qubits}")
    circuit.mcx(list(range(qubits - 1)), qubits - 1)
    return circuit
