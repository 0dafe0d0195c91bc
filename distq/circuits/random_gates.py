"""Gates one after the other on random qubits, as many as one likes."""

from __future__ import annotations

from qiskit import QuantumCircuit

from distq.circuits.registry import family, random_numbers


@family("blocks", "CX between near neighbours mostly, some far; rotations between", size="qubits", default=64, least=2)
def blocks(n: int, gates: int = 1000, seed: int = 0) -> QuantumCircuit:
    """A large circuit with structure: half of the gates are CX, 98 % of them at most 5 apart."""
    import numpy as np

    rng = random_numbers(seed)
    pairs = max(1, gates // 2)
    left = rng.integers(n, size=pairs)
    reach = np.where(rng.random(pairs) < 0.98, rng.integers(1, 6, size=pairs), rng.integers(1, n, size=pairs))
    turn = rng.integers(n, size=pairs)
    reach = np.where(reach % n == 0, 1, reach)
    circuit = QuantumCircuit(n)
    for a, b, q, theta in zip(
        left.tolist(), ((left + reach) % n).tolist(), turn.tolist(), rng.random(pairs).tolist(), strict=True
    ):
        circuit.cx(a, b)
        circuit.rx(theta, q)
    return circuit


@family("cx-network", "CX on random pairs; a share of the gates, the others are CP", size="qubits", default=16, least=2)
def cx_network(n: int, gates: int = 200, share: float = 1.0, seed: int = 0) -> QuantumCircuit:
    """CX on random pairs of qubits; ``share`` of the gates are CX, the rest CP."""
    rng = random_numbers(seed)
    circuit = QuantumCircuit(n)
    for _ in range(gates):
        a, b = (int(q) for q in rng.choice(n, 2, replace=False))
        if rng.random() < share:
            circuit.cx(a, b)
        else:
            circuit.cp(0.3, a, b)
    return circuit


@family(
    "clifford-gates", "CX on random pairs, with H, S or X on three controls in ten", size="qubits", default=16, least=2
)
def clifford_gates(n: int, gates: int = 200, seed: int = 0) -> QuantumCircuit:
    """CX on random pairs, with H, S or X on three controls in ten."""
    rng = random_numbers(seed)
    circuit = QuantumCircuit(n)
    for _ in range(gates):
        a, b = (int(q) for q in rng.choice(n, 2, replace=False))
        circuit.cx(a, b)
        if rng.random() < 0.3:
            (circuit.h, circuit.s, circuit.x)[int(rng.integers(3))](a)
    return circuit
