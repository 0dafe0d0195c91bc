"""The operations that merging has placed so far, from which the last ones on a line can be taken back."""

from __future__ import annotations

from collections.abc import Iterator

from distq.frontend import matrix2
from distq.frontend.pending import Pending
from distq.ir.program import AxisRotation, Condition, Factor, Kind, Operation


def one_qubit_operation(line: int, pending: Pending, condition: Condition | None = None) -> Operation:
    """A LOCAL of the factors of a one-qubit gate."""
    factors: tuple[Factor, ...] = tuple(
        [factor if isinstance(factor, AxisRotation) else matrix2.to_array(factor) for factor in pending]
    )
    return Operation(Kind.LOCAL, (line,), factors=factors, condition=condition)


class PlacedOperations:
    """Operations in the order of placement.

    Attributes
    ----------
    operations
        None where one was taken out again.
    segment
        Per line: the index of the boundary at which its present segment begins, -1 if there is none yet.
    """

    def __init__(self, num_lines: int) -> None:
        self.operations: list[Operation | None] = []
        self.segment = [-1] * num_lines
        self._standing: list[list[int]] = [[] for _ in range(num_lines)]
        """Per line: indices of the operations on it that still stand, ascending."""
        self._gates: dict[int, tuple[Pending, int]] = {}
        """Unconditioned one-qubit gates by index, each with the segment that it ended."""

    def append_gate(self, line: int, pending: Pending) -> None:
        """Place a pending gate, which ends its line's segment."""
        self._gates[len(self.operations)] = (pending, self.segment[line])
        self.append_boundary(one_qubit_operation(line, pending))

    def append_boundary(self, operation: Operation) -> None:
        """Place a boundary, which ends its line's segment."""
        (line,) = operation.qubits
        self._standing[line].append(len(self.operations))
        self.segment[line] = len(self.operations)
        self.operations.append(operation)

    def append_diagonal(self, operation: Operation) -> None:
        """Place a diagonal operation."""
        for line in operation.qubits:
            self._standing[line].append(len(self.operations))
        self.operations.append(operation)

    def remove_diagonal(self, index: int) -> Iterator[tuple[int, Pending]]:
        """Take a diagonal operation out.

        Yields
        ------
        line, gate
            A one-qubit gate that is the last operation of its line now. It is taken out too, and pends again.
        """
        operation = self.operations[index]
        assert operation is not None
        self.operations[index] = None
        for line in operation.qubits:
            standing = self._standing[line]
            del standing[len(standing) - 1 - standing[::-1].index(index)]
            if standing and standing[-1] in self._gates:
                last = standing.pop()
                pending, self.segment[line] = self._gates.pop(last)
                self.operations[last] = None
                yield line, pending
