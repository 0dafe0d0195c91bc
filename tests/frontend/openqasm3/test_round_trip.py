"""Qiskit's own exports are read as what they were made of, and as Qiskit's own importer reads them."""

from __future__ import annotations

import pytest
from qiskit import qasm3

from distq.errors import CircuitError
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


def test_single_bits_keep_their_names() -> None:
    text = "OPENQASM 3.0; qubit[2] q; bit[2] c; bit m; bit a; m = measure q[0]; a = measure q[1];"
    assert [(register.name, register.size) for register in read(text).cregs] == [("c", 2), ("m", 1), ("a", 1)]


@pytest.mark.parametrize(
    ("statements", "asked"),
    [
        ("h q[0]\ncx q[0], q[1];", True),
        ("h q[0] // Hadamard\n\n  cx q[0], q[1];", True),
        ("h q[0];\n// a comment\n] cx q[0], q[1];", False),
        ("h q[0] cx q[0], q[1];", False),
    ],
)
def test_a_semicolon_that_may_be_missing_is_asked_for(statements: str, asked: bool) -> None:
    with pytest.raises(CircuitError) as refused:
        read(f'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\n{statements}')
    assert (refused.value.hint is not None and "semicolon" in refused.value.hint) == asked
