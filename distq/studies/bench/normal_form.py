"""A digest that is equal for circuits of equal normal form, so that results of different circuits are not compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from distq.ir.program import Operation, Program

DECIMALS = 9
"""Digits of angles and matrices that count: files round them, and the reader computes with them."""


def normal_form_digest(program: Program) -> str:
    """16 hexadecimal digits that follow from the operations, not from names."""
    digest = hashlib.sha256(repr((program.num_qubits, program.num_clbits, program.output)).encode())
    for operation in program.operations:
        for part in _parts(operation):
            digest.update(part)
    return digest.hexdigest()[:16]


def _parts(op: Operation) -> Iterator[bytes]:
    """What one operation is, as bytes."""
    angle = round(op.angle, DECIMALS) + 0.0 if isinstance(op.angle, float) else str(op.angle)
    yield repr((op.kind, op.qubits, angle, op.pattern, op.clbit, str(op.condition))).encode()
    for factor in op.factors:
        yield (np.round(factor, DECIMALS) + 0.0).tobytes() if isinstance(factor, np.ndarray) else str(factor).encode()
