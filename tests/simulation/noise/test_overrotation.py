"""Over-rotated gates are the operation where the excess is 0, and keep what they do to each Pauli when twirled."""

from __future__ import annotations

import numpy as np
import pytest

from distq.ir.program import Kind
from distq.simulation.noise import matrices, overrotation, pauli_channels, transfer_matrices
from distq.simulation.noise.steps import LocalUnitary, Rotation
from distq.simulation.statevector import kernels
from helpers.programs import random_program, random_unitary


def test_replayed_gates_without_error_are_the_operation() -> None:
    rng = np.random.default_rng(5)
    for op in random_program(rng, 4, 60, phase=0.5).operations:
        if op.kind is Kind.LOCAL:
            continue
        width = len(op.qubits)
        columns = np.eye(2**width, dtype=complex)
        for column in columns:
            for step in overrotation.replayed(op, 0.0, 0.0):
                match step:
                    case Rotation(operands, angle):
                        kernels.rotate(column, sum(1 << i for i in operands), angle)
                    case LocalUnitary(operand, matrix):
                        kernels.apply_1q(column, operand, *map(complex, matrix))
        index = np.arange(2**width)
        bits = [index >> i & 1 for i in range(width)]
        if op.kind is Kind.ROTATION:
            expected = np.exp(-0.5j * op.angle * (-1.0) ** sum(bits))
        else:
            hit = np.all([bit == wanted for bit, wanted in zip(bits, op.pattern, strict=True)], axis=0)
            expected = np.where(hit, np.exp(1j * op.angle), 1.0)
        assert abs(np.vdot(np.diag(expected), columns.T)) == pytest.approx(2**width, abs=1e-9)


def test_twirled_channels_keep_the_diagonal_of_the_transfer_matrix() -> None:
    rng = np.random.default_rng(2)
    paulis = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
    for _ in range(5):
        unitary = random_unitary(rng)
        diagonal = [np.trace(p @ unitary @ p @ unitary.conj().T).real / 2 for p in paulis]
        twirled = transfer_matrices.of_paulis(overrotation.twirl(matrices.entries(unitary)))
        assert np.diag(twirled) == pytest.approx(diagonal, abs=1e-12)
        decayed = float(rng.uniform())
        expected = np.diag(transfer_matrices.of_relaxation(decayed))
        relaxation = transfer_matrices.of_paulis(pauli_channels.twirled_relaxation(decayed))
        assert np.diag(relaxation) == pytest.approx(expected, abs=1e-12)
