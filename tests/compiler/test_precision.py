"""Numbers that do not matter do not matter: angles with few digits and noisy matrices compile and verify."""

from __future__ import annotations

import math

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator

import distq
from distq.ir.native_gates import euler_angles

STRATEGIES = ("contiguous", "kl", "greedy", "hypergraph")


def disturbed(rng: np.random.Generator, angle: float) -> float:
    """The angle with 3 to 17 digits, or moved by 1e-17 to 1e-8, or moved to where tolerances are."""
    match rng.integers(4):
        case 0:
            return float(f"{angle:.{rng.integers(3, 18)}g}")
        case 1:
            return float(angle + rng.choice([-1, 1]) * 10.0 ** rng.uniform(-17, -8))
        case 2:
            return float(angle + rng.choice([-1, 1]) * 10.0 ** rng.uniform(-9.8, -8.2))
        case _:
            return angle


def noisy_unitary(rng: np.random.Generator, angle: float, num_qubits: int) -> UnitaryGate:
    """A unitary with symmetries, its entries moved by up to 1e-9: Qiskit takes it for one still."""
    circuit = QuantumCircuit(1)
    circuit.rx(angle, 0)
    circuit.rz(angle, 0)
    matrix = Operator(circuit).data
    if num_qubits == 2:
        matrix = np.diag([1, 1, 1, np.exp(1j * angle)]) @ np.kron(matrix, matrix)
    noise = rng.normal(size=matrix.shape) + 1j * rng.normal(size=matrix.shape)
    return UnitaryGate(matrix + 10.0 ** rng.uniform(-17, -9) * noise)


def disturbed_circuit(seed: int) -> QuantumCircuit:
    """Gates by multiples of pi/4, whose angles and entries are disturbed."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(int(rng.integers(3, 6)))
    for _ in range(int(rng.integers(8, 25))):
        angle = disturbed(rng, math.pi / 4 * int(rng.integers(-8, 9)))
        a, b, *_ = map(int, rng.permutation(circuit.num_qubits))
        match rng.integers(11):
            case 0:
                circuit.rz(angle, a)
            case 1:
                circuit.rx(angle, a)
            case 2:
                circuit.ry(angle, a)
            case 3:
                circuit.h(a)
            case 4:
                circuit.cx(a, b)
            case 5:
                circuit.rzz(angle, a, b)
            case 6:
                circuit.cp(angle, a, b)
            case 7:
                circuit.rxx(angle, a, b)
            case 8:
                circuit.u(angle, disturbed(rng, math.pi / 2), disturbed(rng, math.pi), a)
            case 9:
                circuit.append(noisy_unitary(rng, angle, 1), [a])
            case _:
                circuit.append(noisy_unitary(rng, angle, 2), [a, b])
    return circuit


@pytest.mark.parametrize("seed", range(60))
def test_disturbed_circuits_compile_and_verify(seed: int) -> None:
    done = distq.compile(disturbed_circuit(seed), "2x3+2", STRATEGIES[seed % len(STRATEGIES)], seed)
    assert done.report.verified


@pytest.mark.parametrize("exponent", [-7, -8, -10, -12, -13, -13.5, -14, -15, -17])
@pytest.mark.parametrize("flipped", [False, True])
def test_angles_of_a_nearly_diagonal_gate_come_from_its_large_entries(exponent: float, flipped: bool) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        gate = np.diag(np.exp(2j * math.pi * rng.uniform(size=2)))
        noise = 10.0**exponent * (rng.normal(size=2) + 1j * rng.normal(size=2))
        gate = gate + np.array([[0, noise[0]], [noise[1], 0]])
        gate = gate[::-1] if flipped else gate
        theta, phi, lam = euler_angles(gate)
        circuit = QuantumCircuit(1)
        circuit.u(theta, phi, lam, 0)
        made = Operator(circuit).data
        made = made * np.exp(1j * np.angle(np.vdot(made, gate)))
        assert np.abs(made - gate).max() < 10.0 * 10.0**exponent + 1e-14
