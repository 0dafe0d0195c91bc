"""Operations as numbers: what the compiled kernels run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError
from distq.program import AxisRotation, Factor, Kind, Matrix, Operation, Program
from distq.simulate.frames import FrameProgram, Gate, Prepare
from distq.simulate.inputs import InputState
from distq.simulate.kernels import LOCAL, PHASE, PROJECT, RESET, ROTATION

_KIND = {
    Kind.LOCAL: LOCAL,
    Kind.ROTATION: ROTATION,
    Kind.PHASE: PHASE,
    Kind.MEASURE: PROJECT,
    Kind.RESET: RESET,
}


@dataclass(frozen=True, eq=False)
class Flat:
    """The ops of a :class:`FrameProgram` as arrays of equal length, those that do nothing left out.

    Attributes
    ----------
    qubits
        Number of lines.
    place
        int64, one entry more than ops: how many of the entries below come before op i.
    kind
        int8, see :mod:`distq.simulate.kernels`.
    qubit
        int64, the line of LOCAL, PROJECT and RESET.
    mask, value
        int64, lines and wanted bits of ROTATION and PHASE; ``value`` is the outcome of PROJECT and RESET.
    angle
        float64.
    matrix
        complex128 (ops, 4): row-major entries of LOCAL.
    """

    qubits: int
    place: NDArray[np.int64]
    kind: NDArray[np.int8]
    qubit: NDArray[np.int64]
    mask: NDArray[np.int64]
    value: NDArray[np.int64]
    angle: NDArray[np.float64]
    matrix: NDArray[np.complex128]

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """In the order that kernels take them."""
        return self.kind, self.qubit, self.mask, self.value, self.angle, self.matrix


def require_bound(program: Program) -> None:
    """Raise SimulationError naming the unbound parameters, if there are any."""
    if program.parameters:
        names = ", ".join(program.parameters[:8]) + (", ..." if len(program.parameters) > 8 else "")
        raise SimulationError(
            f"{program.name} has unbound parameters ({names}): only numbers can be simulated",
            "bind them with QuantumCircuit.assign_parameters before compiling",
        )


def flatten(framed: FrameProgram, state: InputState) -> Flat:
    """Arrays of the ops of ``framed``, with ``state`` prepared where lines begin."""
    place = np.zeros(len(framed.ops) + 1, dtype=np.int64)
    kept: list[Gate | Prepare] = []
    for index, op in enumerate(framed.ops):
        if isinstance(op, Gate) or (isinstance(op, Prepare) and state.gates[op.line] is not None):
            kept.append(op)
        place[index + 1] = len(kept)
    size = len(kept)
    flat = Flat(
        qubits=framed.program.num_qubits,
        place=place,
        kind=np.zeros(size, dtype=np.int8),
        qubit=np.zeros(size, dtype=np.int64),
        mask=np.zeros(size, dtype=np.int64),
        value=np.zeros(size, dtype=np.int64),
        angle=np.zeros(size, dtype=np.float64),
        matrix=np.zeros((size, 4), dtype=np.complex128),
    )
    for index, kept_op in enumerate(kept):
        match kept_op:
            case Prepare(line):
                gate = state.gates[line]
                assert gate is not None
                flat.kind[index], flat.qubit[index] = LOCAL, line
                flat.matrix[index] = gate.ravel()
            case Gate(operation, lines):
                _fill(flat, index, framed.program.operations[operation], lines)
    return flat


def _fill(flat: Flat, index: int, op: Operation, lines: tuple[int, ...]) -> None:
    flat.kind[index] = _KIND[op.kind]
    flat.qubit[index] = lines[0]
    match op.kind:
        case Kind.LOCAL:
            flat.matrix[index] = local_matrix(op.factors).ravel()
        case Kind.ROTATION | Kind.PHASE:
            flat.mask[index] = sum(1 << line for line in lines)
            flat.value[index] = sum(bit << line for bit, line in zip(op.pattern, lines, strict=False))
            flat.angle[index] = number(op.angle)


def local_matrix(factors: tuple[Factor, ...]) -> Matrix:
    """Product of the factors of a LOCAL operation, the first one rightmost."""
    out: Matrix = np.eye(2, dtype=np.complex128)
    for factor in factors:
        out = _factor_matrix(factor) @ out
    return out


def _factor_matrix(factor: Factor) -> Matrix:
    if not isinstance(factor, AxisRotation):
        return factor
    half = number(factor.angle) / 2
    axis = {"x": [[0, 1], [1, 0]], "y": [[0, -1j], [1j, 0]], "z": [[1, 0], [0, -1]]}[factor.axis]
    matrix: Matrix = np.cos(half) * np.eye(2) - 1j * np.sin(half) * np.array(axis, dtype=np.complex128)
    return matrix


def number(angle: Any) -> float:
    """A bound angle as a float."""
    return float(angle)
