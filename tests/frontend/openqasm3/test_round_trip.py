"""Qiskit's own exports are read as what they were made of, and as Qiskit's own importer reads them."""

from __future__ import annotations

import pytest
from qiskit import qasm3

from helpers.circuits import ALL, DYNAMIC, random_circuit, random_state, run_exactly, same_branches
from helpers.openqasm3 import assert_reads_as, read

UNEXPORTED = ("evolution", "diagonal", "pauli")
"""Gates that Qiskit's exporter, or its importer, refuses."""


@pytest.mark.parametrize("seed", range(30))
def test_exported_dynamic_circuits(seed: int) -> None:
    circuit = random_circuit(3, 12, seed, DYNAMIC, clbits=3)
    found = assert_reads_as(qasm3.dumps(circuit), circuit, seed)
    assert found.num_clbits == 3, "no further bits are needed"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_exported_gates(seed: int) -> None:
    circuit = random_circuit(4, 8, seed, [name for name in ALL if name not in UNEXPORTED])
    text = qasm3.dumps(circuit)
    state = random_state(4, seed)
    expected = run_exactly(qasm3.loads(text), state)
    assert same_branches(expected, run_exactly(read(text), state)), text
