"""Programs as arrays of numbers, which the compiled kernels run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.errors import InternalError, SimulationError
from distq.ir.program import Condition, Kind, Operation, Program
from distq.simulation.noise.kraus import proposal_probabilities
from distq.simulation.noise.matrices import local_matrix, number
from distq.simulation.noise.steps import KrausNoise, LocalUnitary, Rotation, Undo
from distq.simulation.reduction.frame_program import FrameOp, FrameProgram, Operand, PauliActions, line_mask
from distq.simulation.reduction.operations import Gate, Prepare
from distq.simulation.statevector.input_states import InputState
from distq.simulation.statevector.op_kernels import (
    BRANCH,
    CONDITION,
    LOCAL,
    OP,
    PHASE,
    PROJECT,
    RESET,
    ROTATION,
    TRACE,
    Ops,
)

_KIND = {
    Kind.LOCAL: LOCAL,
    Kind.ROTATION: ROTATION,
    Kind.PHASE: PHASE,
    Kind.MEASURE: PROJECT,
    Kind.RESET: RESET,
}


@dataclass(frozen=True, eq=False)
class FlatProgram:
    """The ops of a :class:`FrameProgram` as arrays, those that do nothing left out.

    Attributes
    ----------
    lines
        Number of qubits, and of copies that are qubits.
    place
        int64, one entry more than the ops of the frame program: how many of ``ops`` come before op i.
    size
        Number of ops.
    ops
        Array of :data:`distq.simulation.statevector.op_kernels.OP`, with the rows of Kraus operators behind the ops.
    conditions
        Array of :data:`distq.simulation.statevector.op_kernels.CONDITION`.
    """

    lines: int
    place: NDArray[np.int64]
    size: int
    ops: Ops
    conditions: NDArray[np.void]


def require_bound(program: Program) -> None:
    """Raise SimulationError naming the unbound parameters, if there are any."""
    if program.parameters:
        names = ", ".join(program.parameters[:8]) + (", ..." if len(program.parameters) > 8 else "")
        raise SimulationError(
            f"{program.name} has unbound parameters ({names}): only numbers can be simulated",
            "bind them with QuantumCircuit.assign_parameters before compiling",
        )


def flatten(framed: FrameProgram, state: InputState, *, noisy: bool = True) -> FlatProgram:
    """Arrays of the ops of ``framed``, with ``state`` prepared where lines begin.

    Unless ``noisy``, noise is left out, and copies with it.
    """
    place = np.zeros(len(framed.ops) + 1, dtype=np.int64)
    kept: list[FrameOp] = []
    for index, op in enumerate(framed.ops):
        if _kept(op, state, noisy):
            kept.append(op)
        place[index + 1] = len(kept)
    size = len(kept)
    rows: list[_Row] = []
    kraus: list[_Row] = []
    conditions: list[tuple[int, int]] = []
    for op in kept:
        match op:
            case Prepare(line):
                gate = state.gates[line]
                assert gate is not None
                row = _local(line, gate.ravel().tolist())
            case LocalUnitary(line, matrix):
                row = _local(line, matrix)
            case Gate(operation, operands):
                source = framed.program.operations[operation]
                row = _operation(source, _lines(operands) if noisy else source.qubits, 1.0)
            case Undo(operation, operands):
                row = _operation(framed.program.operations[operation], _lines(operands), -1.0)
            case Rotation(operands, angle):
                row = _Row(ROTATION, mask=line_mask(operands), angle=angle)
            case KrausNoise():
                first = size + len(kraus)
                kind = TRACE if op.traced else BRANCH
                row = _Row(kind, op.operand.line, value=first, mask=first + len(op.operators))
                kraus += _kraus_rows(op)
            case _:
                raise InternalError(f"{op} does nothing")
        rows.append(_with_condition(row, _condition(framed.program, op), conditions))
    ops: Ops = np.array(rows + kraus, dtype=OP)
    return FlatProgram(framed.lines, place, size, ops, np.array(conditions, dtype=CONDITION))


def _kept(op: FrameOp, state: InputState, noisy: bool) -> bool:
    """True if an op does anything."""
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


class _Row(NamedTuple):
    """The fields of an OP."""

    kind: int = 0
    qubit: int = 0
    mask: int = 0
    value: int = 0
    angle: float = 0.0
    m00: complex = 0.0
    m01: complex = 0.0
    m10: complex = 0.0
    m11: complex = 0.0
    first_condition: int = 0
    last_condition: int = 0
    negate: int = 0
    clbit: int = -1


def _local(line: int, matrix: Iterable[complex]) -> _Row:
    m00, m01, m10, m11 = matrix
    return _Row(LOCAL, line, 0, 0, 0.0, m00, m01, m10, m11)


def _operation(op: Operation, lines: tuple[int, ...], sign: float) -> _Row:
    """An operation of the program on these lines; its inverse if ``sign`` is -1 and it is diagonal."""
    match op.kind:
        case Kind.LOCAL:
            return _local(lines[0], local_matrix(op.factors).ravel().tolist())
        case Kind.ROTATION | Kind.PHASE:
            mask = sum(1 << line for line in lines)
            value = sum(bit << line for bit, line in zip(op.pattern, lines, strict=False))
            return _Row(_KIND[op.kind], lines[0], mask, value, sign * number(op.angle))
        case Kind.MEASURE if op.clbit is not None:
            return _Row(PROJECT, lines[0], clbit=op.clbit)
        case _:
            return _Row(_KIND[op.kind], lines[0])


def _kraus_rows(noise: KrausNoise[Operand, PauliActions]) -> list[_Row]:
    """The rows of the Kraus operators of a BRANCH or TRACE."""
    scale = 1.0 if noise.traced else 1.0 / np.sqrt(proposal_probabilities(noise.operators))[:, None]
    matrices = scale * np.array([operator.matrix for operator in noise.operators])
    rows = []
    for operator, matrix in zip(noise.operators, matrices.tolist(), strict=True):
        row = _local(noise.operand.line, matrix)
        if noise.traced:
            x = noise.pauli_on.of_x.x if operator.pauli & 1 else 0
            row = row._replace(mask=x, value=noise.pauli_on.of_z.z if operator.pauli & 2 else 0)
        rows.append(row)
    return rows


def _condition(program: Program, op: FrameOp) -> Condition | None:
    """The condition on which an op happens: its own or, of noise, that of the operation that it goes with."""
    if isinstance(op, Gate):
        return program.operations[op.operation].condition
    if isinstance(op, Rotation | LocalUnitary | Undo) and op.condition_of is not None:
        return program.operations[op.condition_of].condition
    return None


def _with_condition(row: _Row, condition: Condition | None, conditions: list[tuple[int, int]]) -> _Row:
    """The row with a condition, whose bits are appended to ``conditions``."""
    if condition is None:
        return row
    first = len(conditions)
    conditions += [(clbit, condition.value >> k & 1) for k, clbit in enumerate(condition.clbits)]
    return row._replace(first_condition=first, last_condition=len(conditions), negate=int(condition.negate))
