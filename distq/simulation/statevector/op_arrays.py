"""Operations as numbers: what the compiled kernels run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError
from distq.ir.program import Kind, Operation, Program
from distq.simulation.noise.kraus import proposal_probabilities
from distq.simulation.noise.matrices import local_matrix, number
from distq.simulation.noise.steps import KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.frame_program import FrameOp, FrameProgram, Operand, PauliActions, line_mask
from distq.simulation.reduction.operations import Gate, Prepare
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.kernels import BRANCH, LOCAL, PHASE, PROJECT, RESET, ROTATION, TRACE

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
        int8, see :mod:`distq.simulation.statevector.kernels`.
    qubit
        int64, the line of LOCAL, PROJECT and RESET.
    mask, value
        int64, lines and wanted bits of ROTATION and PHASE; ``value`` is the outcome of PROJECT and RESET.
    angle
        float64.
    matrix
        complex128 (ops, 4): row-major entries of LOCAL.

    ``mask``, ``value`` and ``matrix`` have rows behind those of the ops, for the Kraus operators of BRANCH and TRACE:
    each divided by the root of the probability with which it is drawn in a BRANCH, and with its Pauli in a TRACE.
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


def flatten(framed: FrameProgram, state: InputState, *, noisy: bool = True) -> Flat:
    """Arrays of the ops of ``framed``, with ``state`` prepared where lines begin.

    Without noise, and so without copies, unless ``noisy``.
    """
    place = np.zeros(len(framed.ops) + 1, dtype=np.int64)
    kept: list[FrameOp] = []
    for index, op in enumerate(framed.ops):
        if _kept(op, state, noisy):
            kept.append(op)
        place[index + 1] = len(kept)
    size = len(kept)
    rows = size + sum(len(op.operators) for op in kept if isinstance(op, KrausNoise))
    flat = Flat(
        qubits=framed.lines,
        place=place,
        kind=np.zeros(size, dtype=np.int8),
        qubit=np.zeros(size, dtype=np.int64),
        mask=np.zeros(rows, dtype=np.int64),
        value=np.zeros(rows, dtype=np.int64),
        angle=np.zeros(size, dtype=np.float64),
        matrix=np.zeros((rows, 4), dtype=np.complex128),
    )
    row = size
    for index, kept_op in enumerate(kept):
        match kept_op:
            case Prepare(line):
                gate = state.gates[line]
                assert gate is not None
                _fill_local(flat, index, line, gate.ravel())
            case LocalUnitary(line, matrix):
                _fill_local(flat, index, line, matrix)
            case Gate(operation, operands):
                source = framed.program.operations[operation]
                _fill(flat, index, source, _lines(operands) if noisy else source.qubits, 1.0)
            case Undo(operation, operands):
                _fill(flat, index, framed.program.operations[operation], _lines(operands), -1.0)
            case Rotation(operands, angle):
                flat.kind[index], flat.angle[index] = ROTATION, angle
                flat.mask[index] = line_mask(operands)
            case KrausNoise():
                _fill_branch(flat, index, row, kept_op)
                row += len(kept_op.operators)
    return flat


def _kept(op: FrameOp, state: InputState, noisy: bool) -> bool:
    match op:
        case Prepare(line):
            return state.gates[line] is not None
        case Gate():
            return True
        case Rotation() | LocalUnitary() | Undo() | KrausNoise():
            return noisy
        case _:
            return False


def _lines(operands: tuple[Operand, ...]) -> tuple[int, ...]:
    return tuple([operand.line for operand in operands])


def _fill_local(flat: Flat, index: int, line: int, matrix: Any) -> None:
    flat.kind[index], flat.qubit[index] = LOCAL, line
    flat.matrix[index] = matrix


def _fill_branch(flat: Flat, index: int, row: int, op: KrausNoise[Operand, PauliActions]) -> None:
    end = row + len(op.operators)
    flat.kind[index], flat.qubit[index] = TRACE if op.traced else BRANCH, op.operand.line
    flat.value[index], flat.mask[index] = row, end
    scale = 1.0 if op.traced else 1.0 / np.sqrt(proposal_probabilities(op.operators))[:, None]
    flat.matrix[row:end] = scale * np.array([operator.matrix for operator in op.operators])
    if op.traced:
        flat.mask[row:end] = [op.pauli_on.of_x.x if operator.pauli & 1 else 0 for operator in op.operators]
        flat.value[row:end] = [op.pauli_on.of_z.z if operator.pauli & 2 else 0 for operator in op.operators]


def _fill(flat: Flat, index: int, op: Operation, lines: tuple[int, ...], sign: float) -> None:
    flat.kind[index] = _KIND[op.kind]
    flat.qubit[index] = lines[0]
    match op.kind:
        case Kind.LOCAL:
            flat.matrix[index] = local_matrix(op.factors).ravel()
        case Kind.ROTATION | Kind.PHASE:
            flat.mask[index] = sum(1 << line for line in lines)
            flat.value[index] = sum(bit << line for bit, line in zip(op.pattern, lines, strict=False))
            flat.angle[index] = sign * number(op.angle)
