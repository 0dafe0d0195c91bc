"""Controls, inverses and powers of any gate, read by what the gate is and never by what it is called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm3
from qiskit.circuit import AnnotatedOperation, ControlledGate, ControlModifier, Gate, InverseModifier, PowerModifier
from qiskit.circuit.library import (
    CUGate,
    CXGate,
    ECRGate,
    RGate,
    RYGate,
    RZXGate,
    SwapGate,
    TGate,
    U2Gate,
    UnitaryGate,
    XGate,
    XXPlusYYGate,
    iSwapGate,
)
from qiskit.quantum_info import Operator, random_unitary

import distq
from distq.frontend import normalise, to_circuit

STANDARD_NAMES = ("t", "s", "x", "y", "h", "cx", "rz", "u", "swap", "p", "sx")


def controlled_matrix(matrix: np.ndarray, controls: int, state: int) -> np.ndarray:
    """``matrix`` where the controls, the first qubits, hold ``state``. Bit q of an index is qubit q."""
    size = len(matrix)
    out = np.eye(size << controls, dtype=complex)
    rows = (np.arange(size) << controls) + state
    out[np.ix_(rows, rows)] = matrix
    return out


def matrix_of(gate: Any) -> np.ndarray:
    """The matrix by definitions of ours: Qiskit's of controlled gates go by the names of what they control."""
    if isinstance(gate, AnnotatedOperation):
        matrix = matrix_of(gate.base_op)
        for modifier in gate.modifiers:
            match modifier:
                case InverseModifier():
                    matrix = matrix.conj().T
                case PowerModifier():
                    matrix = Operator(matrix).power(modifier.power, assume_unitary=True).data
                case ControlModifier():
                    matrix = controlled_matrix(matrix, modifier.num_ctrl_qubits, modifier.ctrl_state)
        return matrix
    if type(gate) is ControlledGate:
        return controlled_matrix(matrix_of(gate.base_gate), gate.num_ctrl_qubits, gate.ctrl_state)
    if type(gate) is Gate and gate.definition is not None:
        circuit = gate.definition
        whole = Operator(np.eye(1 << circuit.num_qubits) * np.exp(1j * float(circuit.global_phase)))
        for item in circuit.data:
            whole = whole.compose(Operator(matrix_of(item.operation)), [circuit.find_bit(q).index for q in item.qubits])
        return whole.data
    return Operator(gate).data


def own_gate(name: str, num_qubits: int, rng: np.random.Generator) -> Gate:
    """A gate of the user's own."""
    circuit = QuantumCircuit(num_qubits, name=name, global_phase=rng.normal())
    for _ in range(4):
        a, *rest = map(int, rng.permutation(num_qubits))
        match rng.integers(6 if rest else 3):
            case 0:
                circuit.h(a)
            case 1:
                circuit.u(*rng.normal(size=3), a)
            case 2:
                circuit.t(a)
            case 3:
                circuit.cx(a, rest[0])
            case 4:
                circuit.swap(a, rest[0])
            case _:
                circuit.rzz(rng.normal(), a, rest[0])
    return circuit.to_gate()


def random_gate(rng: np.random.Generator) -> Any:
    """A gate on one or two qubits: of a standard name, unitary, a power, or standard."""
    match rng.integers(4):
        case 0:
            return own_gate(str(rng.choice(STANDARD_NAMES)), int(rng.integers(1, 3)), rng)
        case 1:
            return UnitaryGate(random_unitary(1 << int(rng.integers(1, 3)), seed=rng))
        case 2:
            return own_gate("mine", int(rng.integers(1, 3)), rng)
        case _:
            gates = (XGate().power(0.5), TGate().power(0.3), RYGate(0.4), SwapGate(), CUGate(0.1, 0.2, 0.3, 0.4))
            more = (iSwapGate(), RZXGate(0.3), CXGate(ctrl_state=0), U2Gate(0.1, 0.2), RGate(0.1, 0.2), ECRGate())
            return (*gates, *more, XXPlusYYGate(0.1, 0.2))[rng.integers(12)]


def modified(gate: Any, rng: np.random.Generator) -> Any:
    """The gate under one to three modifiers, on five qubits at most."""
    for _ in range(int(rng.integers(1, 4))):
        match rng.integers(3):
            case 0 if gate.num_qubits < 4:
                controls = int(rng.integers(1, 3))
                annotated = bool(rng.integers(2)) or type(gate) is Gate  # Qiskit cannot control some gates by name
                state = int(rng.integers(1 << controls))
                gate = gate.control(controls, ctrl_state=state, annotated=annotated)
            case 1:
                gate = gate.inverse(annotated=bool(rng.integers(2)))
            case 2 if isinstance(gate, Gate | AnnotatedOperation):
                gate = AnnotatedOperation(gate, PowerModifier(float(rng.choice([2, 3, -2, 0.5, -0.25]))))
    return gate


@pytest.mark.parametrize("seed", range(150))
def test_modified_gates_are_what_their_definitions_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gate = modified(random_gate(rng), rng)
    where = [int(q) for q in rng.permutation(gate.num_qubits)]
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, where)
    expected = Operator(np.eye(1 << gate.num_qubits)).compose(Operator(matrix_of(gate)), where)
    assert np.abs(Operator(to_circuit(normalise(circuit))).data - expected.data).max() < 1e-8


@pytest.mark.parametrize("name", ["t", "s", "z"])
def test_a_gate_of_ones_own_with_a_standard_name_in_a_file(name: str, tmp_path: Any) -> None:
    gate = f"OPENQASM 3.0;\ngate {name} a {{ U(0.3, 0.1, 0.2) a; }}\n"
    text = gate + f"qubit[2] q;\nU(1, 1, 1) q[0];\nctrl @ {name} q[0], q[1];\n"
    path = tmp_path / "own.qasm"
    path.write_text(text)
    done = distq.compile(path, "2x1+1", "contiguous")
    definition = QuantumCircuit(1)
    definition.append(qasm3.loads("OPENQASM 3.0;\ngate g a { U(0.3, 0.1, 0.2) a; }\nqubit q;\ng q;"), [0])
    expected = QuantumCircuit(2)
    expected.u(1, 1, 1, 0)
    whole = controlled_matrix(Operator(definition).data, 1, 1) @ Operator(expected).data
    found = Operator(to_circuit(done.program)).data
    assert abs(np.vdot(found, whole)) / 4 == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("power", [1, 2, 8, 0.5])
def test_phase_estimation_of_a_unitary_compiles(power: float) -> None:
    circuit = QuantumCircuit(3)
    circuit.h([0, 1])
    circuit.append(UnitaryGate(random_unitary(2, seed=1)).power(power).control(1), [0, 2])
    circuit.append(UnitaryGate(random_unitary(2, seed=2)).control(2), [0, 1, 2])
    assert distq.compile(circuit, "3x1+2", "contiguous").report.verified


def test_large_power_of_a_large_gate_is_repetition() -> None:
    rng = np.random.default_rng(0)
    gate = own_gate("wide", 7, rng)
    circuit = QuantumCircuit(7)
    circuit.append(AnnotatedOperation(gate, PowerModifier(3)), range(7))
    expected = Operator(gate).power(3)
    assert Operator(to_circuit(normalise(circuit))).equiv(expected)
