"""A Qiskit circuit, run as Qiskit understands it, for the check of the reader.

The reader of :mod:`distq.frontend` has rules for gates, controls, powers and blocks. Nothing of it is used here: a
standard gate is the matrix that Qiskit gives it, a controlled gate is the matrix of what it controls where the controls
say so, and everything else is its definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import (
    AnnotatedOperation,
    Barrier,
    BoxOp,
    ControlledGate,
    ControlModifier,
    Delay,
    IfElseOp,
    InverseModifier,
    Measure,
    ParameterExpression,
    PowerModifier,
    Reset,
)
from qiskit.circuit.library import CUGate, UnitaryGate

from distq.ir.program import Matrix
from distq.verification.if_conditions import read_test
from distq.verification.numeric import parameter_value
from distq.verification.state_run import StateRun

MATRIX_QUBITS = 6
"""Matrices are made for gates on at most this many qubits."""


class NotRunnableError(Exception):
    """The circuit holds something that cannot be run here, or is too large for it."""


def run_circuit(circuit: QuantumCircuit, run: StateRun) -> None:
    """Take the state of ``run`` through ``circuit``; unbound parameters have the values of ``numeric``.

    Raises
    ------
    NotRunnableError
        Something in it has neither a matrix nor a definition.
    """
    clbit = {bit: i for i, bit in enumerate(circuit.clbits)}
    _body(bound(circuit), list(range(circuit.num_qubits)), clbit, run)


def bound(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with the values of :func:`distq.verification.numeric.parameter_value` for its parameters."""
    if not circuit.parameters:
        return circuit
    return circuit.assign_parameters({p: parameter_value(p.name) for p in circuit.parameters})


def _body(circuit: QuantumCircuit, qubits: Sequence[int], clbit: Mapping[Any, int], run: StateRun) -> None:
    run.phase(_number(circuit.global_phase))
    place = dict(zip(circuit.qubits, qubits, strict=True))
    for position, item in enumerate(circuit.data):
        _operation(
            position, item.operation, [place[q] for q in item.qubits], [clbit[b] for b in item.clbits], clbit, run
        )


def _operation(
    position: int, operation: Any, qubits: list[int], bits: list[int], clbit: Mapping[Any, int], run: StateRun
) -> None:
    match operation:
        case Barrier() | Delay():
            return
        case Measure():
            run.measure(qubits[0], bits[0])
        case Reset():
            run.reset(qubits[0])
        case IfElseOp():
            test = read_test(position, operation.condition, clbit)
            branch = 0 if test.holds(run.bits) else 1
            if branch < len(operation.blocks) and operation.blocks[branch] is not None:
                _inner(operation.blocks[branch], qubits, bits, clbit, run)
        case BoxOp():
            _inner(operation.body, qubits, bits, clbit, run)
        case _ if len(qubits) <= MATRIX_QUBITS and not bits:
            run.apply(matrix_of(operation), qubits)
        case _:
            definition = getattr(operation, "definition", None)
            if definition is None or isinstance(operation, AnnotatedOperation | ControlledGate):
                raise NotRunnableError(f"{operation.name!r} on {len(qubits)} qubits")
            _inner(definition, qubits, bits, clbit, run)


def _inner(body: QuantumCircuit, qubits: list[int], bits: list[int], clbit: Mapping[Any, int], run: StateRun) -> None:
    """A body, whose bits are those of the instruction; conditions in it may also name bits of the whole circuit."""
    _body(body, qubits, {**clbit, **dict(zip(body.clbits, bits, strict=True))}, run)


def matrix_of(operation: Any) -> Matrix:
    """Unitary of a gate on at most MATRIX_QUBITS qubits, the first qubit least significant."""
    match operation:
        case AnnotatedOperation():
            return _modified(operation)
        case ControlledGate() if _is_plain_control(operation):
            return _controlled(matrix_of(operation.base_gate), operation.num_ctrl_qubits, operation.ctrl_state)
        case UnitaryGate():
            return np.asarray(operation.to_matrix(), dtype=np.complex128)
    if getattr(operation, "_standard_gate", None) is not None:
        return np.asarray(operation.to_matrix(), dtype=np.complex128)
    definition = getattr(operation, "definition", None)
    if definition is not None:
        return _of_definition(definition)
    try:
        from qiskit.quantum_info import Operator

        return np.asarray(Operator(operation).data, dtype=np.complex128)
    except Exception as error:
        raise NotRunnableError(f"{operation.name!r}: {error}") from error


def _of_definition(definition: QuantumCircuit) -> Matrix:
    """Every basis state taken through the definition: further axes of the state are the columns."""
    n = definition.num_qubits
    columns = np.eye(1 << n, dtype=np.complex128).reshape((2,) * n + (1 << n,))
    run = StateRun(np.moveaxis(columns, range(n), range(n - 1, -1, -1)))  # qubit 0 is least significant
    _body(definition, list(range(n)), {}, run)
    return np.moveaxis(run.state, range(n), range(n - 1, -1, -1)).reshape(1 << n, 1 << n)


def _is_plain_control(gate: ControlledGate) -> bool:
    """True unless ancillas or a phase make the gate more than its base gate under control."""
    base = gate.base_gate
    return gate.num_qubits == gate.num_ctrl_qubits + base.num_qubits and not (
        isinstance(gate, CUGate) or (base.name == "u" and len(base.params) != 3)
    )


def _controlled(matrix: Matrix, controls: int, state: int) -> Matrix:
    """``matrix`` where the controls, which are the first qubits, hold ``state``."""
    out = np.eye(len(matrix) << controls, dtype=np.complex128)
    rows = (np.arange(len(matrix)) << controls) + state
    out[np.ix_(rows, rows)] = matrix
    return out


def _modified(operation: AnnotatedOperation) -> Matrix:
    from qiskit.quantum_info import Operator

    matrix = matrix_of(operation.base_op)
    for modifier in operation.modifiers:
        match modifier:
            case InverseModifier():
                matrix = matrix.conj().T
            case PowerModifier():
                matrix = np.asarray(Operator(matrix).power(modifier.power, assume_unitary=True).data)
            case ControlModifier():
                matrix = _controlled(matrix, modifier.num_ctrl_qubits, modifier.ctrl_state)
    return matrix


def _number(value: Any) -> float:
    return float(value.numeric()) if isinstance(value, ParameterExpression) else float(value)
