"""The check of the reader finds planted misreadings, and lets every right reading pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import distq
from distq.compiler import flow
from distq.errors import InternalError
from distq.frontend import normalise, read_circuit
from distq.ir.program import Condition, Kind, Program
from distq.verification.source_checker import check_reading
from helpers.circuits import ALL, DYNAMIC, random_circuit

CIRCUITS = sorted(Path("circuits").glob("*.qasm"))


def misreadings(program: Program, rng: np.random.Generator) -> list[Program]:
    """The program with one thing wrong in it, as many ways as it has."""
    made = []
    for index, operation in enumerate(program.operations):
        rest = program.operations[:index], program.operations[index + 1 :]
        wrong = []
        if operation.angle is not None and abs(np.sin(operation.angle / 2)) > 1e-3:
            wrong = [replace(operation, angle=operation.angle + 0.01), replace(operation, angle=-operation.angle)]
            if abs(np.sin(operation.angle)) < 1e-3:
                wrong = wrong[:1]
        if operation.condition is not None and operation.kind is not Kind.LOCAL:
            bits = operation.condition
            wrong.append(replace(operation, condition=Condition(bits.clbits, bits.value, not bits.negate)))
        made += [replace(program, operations=(*rest[0], w, *rest[1])) for w in wrong]
    if program.num_qubits > 1:
        made.append(replace(program, output=program.output[1:] + program.output[:1]))
    picks = rng.permutation(len(made))[:4]
    return [made[i] for i in picks]


@pytest.mark.parametrize("seed", range(30))
def test_misreadings_are_found_and_right_readings_pass(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mix, clbits = (DYNAMIC, 2) if seed % 2 else (ALL, 0)
    circuit = random_circuit(int(rng.integers(2, 6)), 15, seed, mix, clbits)
    program = normalise(circuit)
    assert check_reading(circuit, program, normalise) == "reading checked"
    if any(op.kind in (Kind.MEASURE, Kind.RESET) for op in program.operations):
        return  # what is changed behind a measurement may have no effect
    for wrong in misreadings(program, rng):
        with pytest.raises(InternalError, match="misread"):
            check_reading(circuit, wrong, normalise)


def test_a_wrong_condition_is_found() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    program = normalise(circuit)
    check_reading(circuit, program, normalise)
    (index,) = [i for i, op in enumerate(program.operations) if op.condition is not None]
    operation = program.operations[index]
    wrong = replace(operation, condition=replace(operation.condition, value=1 - operation.condition.value))
    operations = (*program.operations[:index], wrong, *program.operations[index + 1 :])
    with pytest.raises(InternalError, match="misread"):
        check_reading(circuit, replace(program, operations=operations), normalise)


@pytest.mark.slow
@pytest.mark.parametrize("path", CIRCUITS, ids=lambda path: path.stem)
def test_samples_of_larger_circuits_pass(path: Path) -> None:
    if path.stat().st_size > 500_000:
        path = CIRCUITS[0]
    circuit = read_circuit(path)
    assert "reading" in check_reading(circuit, normalise(circuit), normalise)


def test_a_reader_that_errs_on_one_gate_of_a_wide_circuit_is_found() -> None:
    circuit = QuantumCircuit(30)
    circuit.cx(range(29), range(1, 30))
    circuit.cry(0.3, 28, 29)

    def errs(given: QuantumCircuit) -> Program:
        program = normalise(given)
        if not any(item.name == "cry" for item in given.data):
            return program
        last = program.operations[-1]
        assert last.kind is Kind.LOCAL
        return replace(program, operations=program.operations[:-1])

    assert "distinct gates" in check_reading(circuit, normalise(circuit), normalise)
    with pytest.raises(InternalError, match="misread"):
        check_reading(circuit, errs(circuit), errs)


def test_unbound_parameters_take_equal_values_on_both_sides() -> None:
    def parametrised(a: Parameter, b: Parameter) -> QuantumCircuit:
        circuit = QuantumCircuit(2, global_phase=a)
        circuit.rx(a, 0)
        circuit.rzz(a + 2 * b, 0, 1)
        circuit.ry(-b, 1)
        return circuit

    a, b = Parameter("a"), Parameter("b")
    program = normalise(parametrised(a, b))
    assert check_reading(parametrised(a, b), program, normalise) == "reading checked"
    with pytest.raises(InternalError, match="misread"):
        check_reading(parametrised(b, a), program, normalise)


def test_a_misread_circuit_stops_the_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)

    def misread(given: QuantumCircuit | str, network: object, max_rounds: int) -> tuple[QuantumCircuit, Program]:
        other = QuantumCircuit(2)
        other.h(0)
        other.cz(0, 1)
        return circuit, normalise(other)

    monkeypatch.setattr(flow, "read_program", misread)
    with pytest.raises(InternalError, match="misread"):
        distq.compile(circuit, "2x1+1", "contiguous")
