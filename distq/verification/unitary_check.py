"""Small unitary circuits compared by what they do to a random state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Kind, Operation
from distq.verification.numeric import angle_value, factor_matrix
from distq.verification.recovered_circuit import ForeignGate
from distq.verification.wide_gates import apply_matrix

Operations: TypeAlias = Iterable[Operation | ForeignGate]

TOLERANCE = 1e-8
"""Largest difference between amplitudes that counts as rounding."""


def is_unitary(operations: Operations) -> bool:
    """True if there are no measurements, resets or conditions."""
    return all(
        op.condition is None and (isinstance(op, ForeignGate) or op.kind not in (Kind.MEASURE, Kind.RESET))
        for op in operations
    )


def same_unitary(first: Operations, second: Operations, num_qubits: int) -> bool:
    """True if two unitary circuits are equal up to a phase, in time and memory O(2^n) per operation.

    With probability 1, a random state is an eigenvector of one unitary followed by the other's inverse only if that
    product is a phase.
    """
    rng = np.random.default_rng(0)
    shape = (2,) * num_qubits
    state = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    state /= np.linalg.norm(state)
    one, two = apply_operations(first, state), apply_operations(second, state)
    overlap = np.vdot(one, two)
    return bool(abs(overlap) > 0.5 and np.abs(two - one * (overlap / abs(overlap))).max() < TOLERANCE)


def apply_operations(operations: Operations, state: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The state, shape (2, ..., 2) with axis i for line i, after unconditioned unitary operations."""
    for op in operations:
        if isinstance(op, ForeignGate):
            state = apply_matrix(state, op.matrix, op.qubits)
        elif op.kind is Kind.LOCAL:
            for factor in op.factors:
                state = apply_matrix(state, factor_matrix(factor), op.qubits)
        else:
            k = len(op.qubits)
            bits = np.indices((2,) * k)
            if op.kind is Kind.ROTATION:
                phases = np.exp(-0.5j * angle_value(op.angle) * (1 - 2 * (bits.sum(axis=0) & 1)))
            else:
                phases = np.ones((2,) * k, dtype=np.complex128)
                phases[op.pattern] = np.exp(1j * angle_value(op.angle))
            order = sorted(range(k), key=op.qubits.__getitem__)
            shape = [2 if q in op.qubits else 1 for q in range(state.ndim)]
            state = state * phases.transpose(order).reshape(shape)
    return state
