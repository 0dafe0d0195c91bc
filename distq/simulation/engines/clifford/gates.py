"""Clifford gates by the names that stim gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import stim

from distq.ir.program import Kind, Matrix, Operation, Program
from distq.simulation.noise.matrices import local_matrix, number

_TOLERANCE = 1e-9


def not_clifford(program: Program) -> str | None:
    """The first operation that stim cannot run, in words; None if there is none."""
    for index, op in enumerate(program.operations):
        if op.kind is Kind.LOCAL and gate_name(local_matrix(op.factors)) is None:
            return f"operation {index}, a gate on line {op.qubits[0]}, is not Clifford"
        if op.diagonal and _quarter_turns(op) is None:
            return f"operation {index}, {op.kind.name.lower()} by {number(op.angle):.6g}, is not Clifford"
    return None


def gate_name(matrix: Matrix) -> str | None:
    """stim's name of a one-qubit Clifford gate, whatever its phase; None for other gates."""
    images = (_image(matrix, _X), _image(matrix, _Z))
    return None if None in images else _names().get(images)


_X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
_Y: Matrix = np.array([[0, -1j], [1j, 0]], dtype=np.complex128)
_Z: Matrix = np.array([[1, 0], [0, -1]], dtype=np.complex128)


def _image(matrix: Matrix, pauli: Matrix, tolerance: float = _TOLERANCE) -> int | None:
    """U P U^-1 as +-1, +-2, +-3 for +-X, +-Y, +-Z; None if it is no Pauli."""
    image = matrix @ pauli @ matrix.conj().T
    parts = [float(np.trace(image @ p).real) / 2 for p in (_X, _Y, _Z)]
    best = int(np.argmax(np.abs(parts)))
    if abs(abs(parts[best]) - 1.0) > tolerance:
        return None
    return (best + 1) * (1 if parts[best] > 0 else -1)


@lru_cache(maxsize=1)
def _names() -> dict[tuple[int | None, int | None], str]:
    """Images of X and Z -> the name of the one-qubit gate with these."""
    names = {}
    for name, data in stim.gate_data().items():
        if data.is_unitary and data.is_single_qubit_gate:
            matrix = np.asarray(data.unitary_matrix, dtype=np.complex128)
            names[_image(matrix, _X, 1e-5), _image(matrix, _Z, 1e-5)] = name  # single precision
    return names


@lru_cache(maxsize=1)
def inverses() -> dict[str, str]:
    """Name of a one-qubit gate -> name of its inverse."""
    return {name: stim.gate_data(name).inverse.name for name in _names().values()}


def _quarter_turns(op: Operation) -> int | None:
    """Angle of a diagonal operation in units of pi/2, modulo 4; a PHASE must be trivial."""
    turns = number(op.angle) / (math.pi / 2)
    if abs(turns - round(turns)) > _TOLERANCE:
        return None
    whole = round(turns) % 4
    return whole if op.kind is Kind.ROTATION or whole == 0 else None


class Instruction(NamedTuple):
    """A gate of stim and its inverse, as text, or as format strings with fields numbered by operand."""

    text: str
    inverse: str

    def on(self, qubits: Sequence[int]) -> Instruction:
        """The instruction on these qubits, its format strings filled in."""
        return Instruction(self.text.format(*qubits), self.inverse.format(*qubits))


def instruction(op: Operation) -> Instruction | None:
    """Format strings of a Clifford operation; None if it is the identity, or neither local nor diagonal."""
    if op.kind is Kind.LOCAL:
        name = gate_name(local_matrix(op.factors))
        assert name is not None
        return None if name == "I" else Instruction(f"{name} {{0}}", f"{inverses()[name]} {{0}}")
    turns = _quarter_turns(op) if op.diagonal else 0
    if turns == 0:
        return None
    fields = [f"{{{k}}}" for k in range(len(op.qubits))]
    if turns == 2:
        text = f"Z {' '.join(fields)}"
        return Instruction(text, text)
    if len(fields) == 2:
        quarter, back = (f"{name} {' '.join(fields)}" for name in ("SQRT_ZZ", "SQRT_ZZ_DAG"))
    else:
        product = "*".join(f"Z{f}" for f in fields)
        quarter, back = f"SPP {product}", f"SPP_DAG {product}"
    return Instruction(quarter, back) if turns == 1 else Instruction(back, quarter)
