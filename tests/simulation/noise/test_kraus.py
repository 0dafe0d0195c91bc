"""Kraus operators are those of the channel that they are made from."""

from __future__ import annotations

import numpy as np
import pytest

from distq.simulation.noise import kraus, transfer_matrices


def test_kraus_operators_of_a_transfer_matrix_give_it_back() -> None:
    paulis = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
    for turned in (0.0, 0.3):
        pair = transfer_matrices.of_pair(np.diag([1.0, 0.9, 0.8, 0.85]), 0.2, 0.3)
        flipped = transfer_matrices.of_paulis((0.9, 0.05, 0.03, 0.02)) @ transfer_matrices.of_x_rotation(turned)
        transfer = transfer_matrices.outcome_averaged(pair, flipped)
        found = kraus.kraus_operators(transfer)
        assert found is not None
        assert all(operator.matrix[1] == operator.matrix[2] == 0.0 for operator in found) == (turned == 0.0)
        operators = [paulis[pauli] @ np.reshape(matrix, (2, 2)) for matrix, pauli in found]
        assert np.allclose(sum(k.conj().T @ k for k in operators), np.eye(2), atol=1e-12)
        for i, a in enumerate(paulis):
            for j, b in enumerate(paulis):
                image = sum(k @ b @ k.conj().T for k in operators)
                assert np.trace(a @ image).real / 2 == pytest.approx(transfer[i, j], abs=1e-12)
    assert kraus.kraus_operators(np.diag([1.0, 1.0, 1.0, -1.0])) is None
