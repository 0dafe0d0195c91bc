"""Nested control flow in both languages: every branch is what the program says, before and after it is compiled."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from qiskit import QuantumCircuit

import distq
from distq.execution.circuit_files import write_qasm3
from distq.frontend import normalise, prepared, read_circuit, to_circuit
from distq.verification.circuit_checker import verify_circuit
from helpers.circuits import chosen_bits, random_state, run_exactly, same_branches
from helpers.coherent import assert_equivalent
from helpers.dynamic_programs import BITS, QUBITS, Node, as_circuit, as_text, random_program, run_program


def assert_does(circuit: QuantumCircuit, program: list[Node], seed: int, computed: list[int]) -> None:
    """The circuit does what the program does, but for bits that are computed and so not written."""
    state = random_state(QUBITS, seed)
    kept = ((1 << BITS) - 1) & ~sum(1 << bit for bit in computed)
    expected = chosen_bits(run_program(program, state), kept)
    assert same_branches(expected, chosen_bits(run_exactly(circuit, state), kept)), as_text(program)


def computed_bits(circuit: QuantumCircuit) -> list[int]:
    """The bits of which a note says that they are not written."""
    notes = (circuit.metadata or {}).get("distq-notes", ())
    return [int(found[1]) for note in notes if (found := re.match(r"(?:c\[|classical bit )(\d)\]? is computed", note))]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_programs_in_openqasm_3(seed: int) -> None:
    program = random_program(np.random.default_rng(seed), 6)
    circuit = read_circuit(io.StringIO(as_text(program)))
    assert_does(circuit, program, seed, computed_bits(circuit))
    assert_does(to_circuit(normalise(circuit)), program, seed, computed_bits(circuit))


@pytest.mark.parametrize("seed", range(40))
def test_programs_in_qiskit(seed: int) -> None:
    program = random_program(np.random.default_rng(seed), 6)
    circuit = prepared(as_circuit(program), QUBITS)
    assert_does(circuit, program, seed, computed_bits(circuit))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_compiled_programs(part: int) -> None:
    """Two hundred programs: compiled, proved equal by the checker, and simulated on forced outcomes."""
    for seed in range(100 * part, 100 * part + 20):
        rng = np.random.default_rng(seed)
        program = random_program(rng, 6)
        done = distq.compile(as_circuit(program), ("2x2+1", "3x1+1", "3x1+2")[seed % 3], ("kl", "contiguous")[seed % 2])
        assert done.report.verified, as_text(program)
        assert_equivalent(done.source, done.circuit, branches=3, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_emitted_files_are_read_as_written(seed: int) -> None:
    """What distq writes in OpenQASM 3 is proved equal to the source after it is read back."""
    program = random_program(np.random.default_rng(1000 + seed), 5)
    done = distq.compile(read_circuit(io.StringIO(as_text(program))), "3x1+1", "kl")
    again = read_circuit(io.StringIO(write_qasm3(done.circuit)))
    assert verify_circuit(done.source, again, done.network).equal, as_text(program)
