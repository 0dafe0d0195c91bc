"""Native gates: exact, few, and symbolic where the operation is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator, random_unitary

from distq.ir.native_gates import count_2q, euler_angles, native_gates
from distq.ir.program import AxisRotation, Kind, Operation
from helpers.strategies import SEEDS


def circuit_of(op: Operation) -> QuantumCircuit:
    circuit = QuantumCircuit(len(op.qubits))
    for gate in native_gates(op):
        getattr(circuit, gate.name)(*gate.params, *gate.operands)
    return circuit


def assert_same(circuit: QuantumCircuit, expected: np.ndarray) -> None:
    actual = Operator(circuit).data
    overlap = np.trace(expected.conj().T @ actual) / len(expected)
    assert abs(overlap) == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(actual, expected * overlap, atol=1e-12)


def phase_matrix(pattern: tuple[int, ...], angle: float) -> np.ndarray:
    diagonal = np.ones(2 ** len(pattern), dtype=complex)
    diagonal[sum(bit << i for i, bit in enumerate(pattern))] = np.exp(1j * angle)
    return np.diag(diagonal)


@settings(max_examples=40)
@given(SEEDS)
def test_local_gate_is_exact(seed: int) -> None:
    matrix = random_unitary(2, seed=seed).data
    assert_same(circuit_of(Operation(Kind.LOCAL, (0,), factors=(matrix,))), matrix)


@pytest.mark.parametrize("label", ["I", "X", "Y", "Z", "H", "S", "T"])
def test_named_gates_are_exact(label: str) -> None:
    matrix = Operator.from_label(label).data
    assert_same(circuit_of(Operation(Kind.LOCAL, (0,), factors=(matrix,))), matrix)


def test_nearly_diagonal_gates_keep_their_small_angle() -> None:
    for angle in (1e-3, 1e-6, 1e-9, 1e-12):
        matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=complex)
        assert euler_angles(matrix)[0] == pytest.approx(2 * angle, rel=1e-9)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_rotation_is_exact(k: int) -> None:
    parity = np.array([bin(x).count("1") % 2 for x in range(2**k)])
    expected = np.diag(np.exp(-0.5j * 0.7 * (1 - 2 * parity)))
    op = Operation(Kind.ROTATION, tuple(range(k)), angle=0.7)
    assert_same(circuit_of(op), expected)
    assert count_2q(op) == circuit_of(op).num_nonlocal_gates() == (2 * k - 3 if k > 1 else 0)


@pytest.mark.parametrize("k", [3, 4])
def test_phase_is_exact_on_every_pattern(k: int) -> None:
    for pattern in itertools.product((0, 1), repeat=k):
        op = Operation(Kind.PHASE, tuple(range(k)), angle=-1.3, pattern=pattern)
        assert_same(circuit_of(op), phase_matrix(pattern, -1.3))


@pytest.mark.parametrize(("k", "count"), [(3, 5), (4, 13), (5, 25), (6, 41), (7, 61)])
def test_phase_takes_few_two_qubit_gates(k: int, count: int) -> None:
    pattern = tuple(i % 3 != 1 for i in range(k))
    op = Operation(Kind.PHASE, tuple(range(k)), angle=np.pi, pattern=tuple(map(int, pattern)))
    assert_same(circuit_of(op), phase_matrix(op.pattern, np.pi))
    assert count_2q(op) == circuit_of(op).num_nonlocal_gates() == count


@pytest.mark.parametrize("k", [2, 3, 5])
def test_symbolic_angles_bind_to_the_numeric_gate(k: int) -> None:
    theta = Parameter("theta")
    kind = Kind.ROTATION if k == 2 else Kind.PHASE
    pattern = () if k == 2 else (1,) * k
    symbolic = circuit_of(Operation(kind, tuple(range(k)), angle=2 * theta + 0.1, pattern=pattern))
    numeric = circuit_of(Operation(kind, tuple(range(k)), angle=1.5, pattern=pattern))
    assert_same(symbolic.assign_parameters({theta: 0.7}), Operator(numeric).data)


def test_symbolic_local_gate_keeps_the_order_of_its_factors() -> None:
    theta = Parameter("theta")
    hadamard = Operator.from_label("H").data
    op = Operation(Kind.LOCAL, (0,), factors=(AxisRotation("x", theta), hadamard, AxisRotation("y", 2 * theta)))
    assert [g.name for g in native_gates(op)] == ["rx", "u", "ry"]
    expected = QuantumCircuit(1)
    expected.rx(0.3, 0)
    expected.h(0)
    expected.ry(0.6, 0)
    assert_same(circuit_of(op).assign_parameters({theta: 0.3}), Operator(expected).data)


@pytest.mark.parametrize("kind", [Kind.MEASURE, Kind.RESET])
def test_measure_and_reset_have_no_gates(kind: Kind) -> None:
    op = Operation(kind, (0,), clbit=0 if kind is Kind.MEASURE else None)
    assert native_gates(op) == ()
    assert count_2q(op) == 0
