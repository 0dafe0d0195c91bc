"""Names that OpenQASM 3 does not take are changed in the file, and known again when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter

import distq
from distq.frontend import read_circuit
from distq.networks import parse_network
from distq.verification.circuit_checker import verify_circuit
from distq.verification.compare_files import compare

REGISTERS = ["output", "end", "input", "let", "def", "gate", "box", "bit", "x", "h", "déjà vu", "a-b", "1st", "c"]
PARAMETERS = ["t", "pi", "a[0]", "θ", "sin", "x", "input", "a b", "U", "$p"]


@pytest.mark.parametrize("name", REGISTERS)
def test_registers_of_any_name_are_known_again(name: str, tmp_path: Path) -> None:
    bits, other = ClassicalRegister(2, name), ClassicalRegister(1, name + "_0" if name.isidentifier() else "other")
    circuit = QuantumCircuit(QuantumRegister(4, "q"), bits, other)
    circuit.h(0)
    circuit.cx(0, 3)
    circuit.measure([0, 3], bits)
    with circuit.if_test((bits, 3)):
        circuit.x(1)
    circuit.measure(1, other[0])
    path = tmp_path / "out.qasm"
    done = distq.compile(circuit, "2x2+1", "contiguous")
    done.save(path)
    assert verify_circuit(circuit, read_circuit(path), done.network).equal
    exchanged = QuantumCircuit(QuantumRegister(4, "q"), other, bits)
    exchanged.compose(circuit, range(4), [1, 2, 0], inplace=True)
    assert verify_circuit(exchanged, read_circuit(path), done.network).equal


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_of_any_name_are_known_again(name: str, tmp_path: Path) -> None:
    one, two = Parameter(name), Parameter("second")
    circuit = QuantumCircuit(3)
    circuit.h(range(3))
    circuit.rzz(one, 0, 2)
    circuit.rx(one + two, 1)
    circuit.rzz(two, 1, 2)
    path = tmp_path / "out.qasm"
    done = distq.compile(circuit, "3x1+1", "contiguous")
    done.save(path)
    again = read_circuit(path)
    assert {p.name for p in again.parameters} == {name, "second"}
    assert verify_circuit(circuit, again, done.network).equal


def test_damaged_names_in_a_file_are_no_traceback(tmp_path: Path) -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(0, 0)
    path, original = tmp_path / "out.qasm", tmp_path / "original.qasm"
    distq.compile(circuit, "2x1+1", "contiguous").save(path)
    text = path.read_text()
    original.write_text(
        'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; creg c[1]; h q[0]; cx q[0],q[1]; measure q[0]->c[0];'
    )
    for damaged in (
        '"names":3',
        '"names":[1]',
        '"names":{"registers":[2],"parameters":"x"}',
        '"names":{"registers":7}',
    ):
        path.write_text(text.replace("// distq: {", "// distq: {" + damaged + ",", 1))
        assert compare(str(original), str(path), parse_network("2x1+1")).equal
