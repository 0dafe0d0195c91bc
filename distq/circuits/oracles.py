"""Algorithms that ask an oracle, and the wide gates that they need."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.circuit.library import grover_operator

from distq.circuits.gates import plain
from distq.circuits.registry import family, random_numbers


@family(
    "bv", "Bernstein-Vazirani with a random secret; the last qubit is the oracle's", size="qubits", default=16, least=2
)
def bv(n: int, seed: int = 0) -> QuantumCircuit:
    """A CX onto the last qubit for each bit of the secret."""
    secret = random_numbers(seed).integers(2, size=n - 1)
    circuit = QuantumCircuit(n)
    circuit.x(n - 1)
    circuit.h(range(n))
    for q in secret.nonzero()[0].tolist():
        circuit.cx(q, n - 1)
    circuit.h(range(n))
    return circuit


@family(
    "grover", "Grover search for one random bit string; layers: rounds", size="qubits", default=8, least=2, most=1000,
    source="Qiskit",
)  # fmt: skip
def grover(n: int, layers: int = 2, seed: int = 0) -> QuantumCircuit:
    """Phase oracle and diffusion, each with one wide gate."""
    marked = random_numbers(seed).integers(2, size=n)
    oracle = QuantumCircuit(n)
    flipped = (marked == 0).nonzero()[0].tolist()
    for q in flipped:
        oracle.x(q)
    oracle.h(n - 1)
    oracle.mcx(list(range(n - 1)), n - 1)
    oracle.h(n - 1)
    for q in flipped:
        oracle.x(q)
    circuit = QuantumCircuit(n)
    circuit.h(range(n))
    turn = grover_operator(oracle)
    for _ in range(layers):
        circuit.compose(turn, inplace=True)
    return plain(circuit)


@family("mcx", "one X gate controlled by all other qubits", size="qubits", default=8, least=3, most=5000)
def mcx(n: int) -> QuantumCircuit:
    """One wide gate."""
    circuit = QuantumCircuit(n)
    circuit.mcx(list(range(n - 1)), n - 1)
    return circuit


@family("hidden-shift", "hidden shift of a bent function, by CZ gates", size="qubits (even)", default=16, least=2)
def hidden_shift(n: int, seed: int = 0) -> QuantumCircuit:
    """Roetteler's algorithm for the inner product of two halves (arXiv:0811.3208); finds a random shift."""
    half = n // 2
    shift = random_numbers(seed).integers(2, size=2 * half).nonzero()[0].tolist()
    circuit = QuantumCircuit(n)
    circuit.h(range(2 * half))
    parts: tuple[list[int], ...] = (shift, [])
    for part in parts:
        for q in part:
            circuit.x(q)
        for q in range(half):
            circuit.cz(q, q + half)
        for q in part:
            circuit.x(q)
        circuit.h(range(2 * half))
    return circuit
