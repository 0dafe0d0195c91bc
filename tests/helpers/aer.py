"""Counts from qiskit-aer, and the test that sampled results agree with exact ones."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit


def assert_standard_normal(scores: list[float]) -> None:
    """Scores of correct engines: each of three tests fails one by chance with a probability below 0.3 %.

    Of this many scores one is beyond 3 standard errors in one set out of eight, two in one out of 120, three in one
    out of 2500; so the rule of 3 standard errors is kept by their mean and spread, and by all but two of them.
    """
    number = len(scores)
    assert abs(np.mean(scores)) < 3 / np.sqrt(number)
    assert abs(np.std(scores) - 1) < 3 / np.sqrt(2 * number)
    assert np.sum(np.abs(scores) > 3) <= 2
    assert np.max(np.abs(scores)) < 4.5


def shoot(circuit: QuantumCircuit, shots: int, seed: int) -> dict[str, int]:
    """Counts from Aer, by bit string."""
    from qiskit_aer import AerSimulator

    backend = AerSimulator(method="statevector", max_parallel_threads=1)
    result = backend.run(circuit, shots=shots, seed_simulator=1000003 * seed + 17).result()
    assert result.success
    counts: dict[str, int] = result.get_counts()
    return counts
