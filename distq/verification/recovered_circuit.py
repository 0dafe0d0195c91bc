"""The circuit on qubits that :mod:`distq.verification.extract` reads out of an emitted circuit."""

from __future__ import annotations

import cmath
from dataclasses import dataclass

import numpy as np

from distq.ir.program import Condition, Kind, Matrix, Operation
from distq.verification.unitaries import TOLERANCE, GateInfo


@dataclass(frozen=True, eq=False)
class ForeignGate:
    """A gate that no program has, since its normal form would be another one.

    Attributes
    ----------
    name
        For messages.
    qubits
        The lines that it acts on.
    matrix
        Unitary, its first line least significant.
    condition
        On the source's classical bits.
    """

    name: str
    qubits: tuple[int, ...]
    matrix: Matrix
    condition: Condition | None


class RecoveredCircuit:
    """The operations on lines (qubits) found so far.

    Attributes
    ----------
    operations
        In the order of the compiled circuit.
    last_kind
        Per line: the kind of its last operation, None before the first; LOCAL if that has a condition.
    epoch
        Per line: how many operations that are not diagonal it has had.
    """

    def __init__(self, lines: int) -> None:
        self.operations: list[Operation | ForeignGate] = []
        self.last_kind: list[Kind | None] = [None] * lines
        self.epoch = [0] * lines

    def write(self, operation: Operation | ForeignGate) -> None:
        """Append an operation."""
        self.operations.append(operation)
        kind = Kind.LOCAL
        if isinstance(operation, Operation) and operation.condition is None:
            kind = operation.kind
        for line in operation.qubits:
            self.last_kind[line] = kind
            self.epoch[line] += not (isinstance(operation, Operation) and _keeps_z(operation))

    def write_gate(self, line: int, gate: GateInfo, condition: Condition | None) -> None:
        """Append a one-qubit gate; a conditioned diagonal one is a ROTATION, as in the normal form."""
        if gate.diagonal and condition is not None:
            self.write_phase(line, cmath.phase(gate.matrix[1, 1] / gate.matrix[0, 0]), condition)
        else:
            self.write(Operation(Kind.LOCAL, (line,), factors=(gate.matrix,), condition=condition))

    def write_phase(self, line: int, angle: float, condition: Condition | None) -> None:
        """Append diag(1, exp(i angle)) on a line."""
        if condition is not None:
            self.write(Operation(Kind.ROTATION, (line,), angle=angle, condition=condition))
        elif abs(angle) > 1e-15:
            self.write(Operation(Kind.LOCAL, (line,), factors=(np.diag([1.0, cmath.exp(1j * angle)]),)))


def _keeps_z(operation: Operation) -> bool:
    """True if the operation is diagonal, on one qubit too."""
    if operation.kind is not Kind.LOCAL:
        return operation.diagonal
    return all(isinstance(f, np.ndarray) and abs(f[0, 1]) < TOLERANCE for f in operation.factors)
