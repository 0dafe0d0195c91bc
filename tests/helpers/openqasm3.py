"""Programs in OpenQASM 3 beside circuits that Qiskit was told gate by gate, and whether both do the same."""

from __future__ import annotations

import io

import numpy as np
from qiskit import QuantumCircuit

from distq.frontend import read_circuit
from helpers.circuits import chosen_bits, random_state, run_exactly, same_branches

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'


def read(text: str) -> QuantumCircuit:
    """The circuit of a text."""
    return read_circuit(io.StringIO(text))


def assert_reads_as(text: str, reference: QuantumCircuit, seed: int = 0) -> QuantumCircuit:
    """The text does what the reference does, on a random state and for every outcome of its measurements.

    Bits that only the reader needs are summed over.
    """
    found = read(text)
    assert found.num_qubits == reference.num_qubits, text
    state = random_state(reference.num_qubits, seed)
    expected = run_exactly(reference, state)
    got = chosen_bits(run_exactly(found, state), (1 << reference.num_clbits) - 1)
    assert same_branches(expected, got), text
    return found


def angle(rng: np.random.Generator) -> float:
    """An angle with few digits, so that its text is exact."""
    return round(float(rng.uniform(-3, 3)), 3)
