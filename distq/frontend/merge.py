"""Primitives to operations: merge one-qubit gates, push (anti-)diagonal ones to the next boundary, merge rotations.

In: primitives on labels. Out: :class:`NormalForm`, operations on lines. Per line, a *pending* gate waits to be placed.
A diagonal multi-qubit operation passes it if it is diagonal (they commute) or anti-diagonal (the operation's sign or
pattern flips); otherwise it is placed first and ends the segment. When a rotation cancels, the gate placed before it
may become pending again.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from distq.frontend import matrix2
from distq.frontend.angles import add_angles, is_local_rotation, without_full_turns
from distq.frontend.matrix2 import Mat2
from distq.frontend.pending import Pending, append_gate, compose, postponed_phase, total_flip
from distq.frontend.placed_operations import PlacedOperations, one_qubit_operation
from distq.frontend.primitives import (
    Measure,
    OneQubitGate,
    OneQubitRotation,
    ParityRotation,
    Phase,
    Primitive,
    Reset,
    Swap,
    TwoQubitBlock,
)
from distq.ir.program import Angle, AxisRotation, Condition, Kind, Operation


class NormalForm(NamedTuple):
    """What primitives became.

    Attributes
    ----------
    operations
        In normal form (:class:`distq.ir.program.Program`).
    lines
        Per label: the line on which it is at the end.
    global_phase
        The phase that appeared, radians.
    """

    operations: list[Operation]
    lines: list[int]
    global_phase: float


def merge_primitives(primitives: Iterable[Primitive], num_qubits: int) -> NormalForm:
    """Normal form of ``primitives`` on ``num_qubits`` lines, without looking for two-qubit blocks.

    Takes time linear in the number of primitives, as long as few rotations cancel.
    """
    merger = _PrimitiveMerger(num_qubits)
    for primitive in primitives:
        merger.add(primitive)
    return merger.finish()


class _PrimitiveMerger:
    """One pass over primitives.

    Attributes
    ----------
    lines
        Per label: the line that it is on.
    pending
        Per line: the one-qubit gate that waits to be placed.
    placed
        The operations so far.
    mergeable
        Rotations and phases that a later one can join, by kind and by the segments of their operands.
    """

    def __init__(self, num_qubits: int) -> None:
        self.lines = list(range(num_qubits))
        self.pending: list[Pending] = [[] for _ in range(num_qubits)]
        self.placed = PlacedOperations(num_qubits)
        self.mergeable: dict[tuple[object, ...], int] = {}
        self.global_phase = 0.0

    def add(self, primitive: Primitive) -> None:
        """Append one primitive."""
        lines = self.lines
        match primitive:
            case OneQubitGate(qubit, matrix, condition):
                if condition is None:
                    append_gate(self.pending[lines[qubit]], matrix)
                else:
                    self._conditioned_gate(lines[qubit], matrix, condition)
            case ParityRotation(qubits, angle, condition):
                self._parity(tuple([lines[q] for q in qubits]), angle, condition)
            case TwoQubitBlock():
                self._block(primitive)
            case OneQubitRotation(qubit, axis, angle, condition):
                if condition is None:
                    self.pending[lines[qubit]] = compose(self.pending[lines[qubit]], [AxisRotation(axis, angle)])
                else:
                    self._conditioned_rotation(lines[qubit], axis, angle, condition)
            case Phase(qubits, pattern, angle, condition):
                self._phase(tuple([lines[q] for q in qubits]), pattern, angle, condition)
            case Swap((a, b)):
                lines[a], lines[b] = lines[b], lines[a]
            case Measure(qubit, clbit, condition):
                self._measure(lines[qubit], clbit, condition)
            case Reset(qubit, condition):
                self._reset(lines[qubit], condition)

    def finish(self) -> NormalForm:
        """Place what is left and return the result."""
        for line, pending in enumerate(self.pending):
            if not pending:
                continue
            first = pending[0]
            if len(pending) == 1 and isinstance(first, tuple) and _is_phase(first):
                self.global_phase += cmath.phase(first[0] + first[3])
                continue
            self._place_pending(line)
        return NormalForm([op for op in self.placed.operations if op is not None], self.lines, self.global_phase)

    # ---- one-qubit gates and boundaries -----------------------------------------------------------------------

    def _place_pending(self, line: int) -> None:
        """Place the pending gate of a line, if there is one."""
        if self.pending[line]:
            self.placed.append_gate(line, self.pending[line])
            self.pending[line] = []

    def _measure(self, line: int, clbit: int, condition: Condition | None) -> None:
        """A measurement: of a pending gate in front, what is diagonal can go, and what is anti-diagonal is an X.

        Under a condition, a diagonal gate passes, and any other one is placed.
        """
        flip = total_flip(self.pending[line])
        if condition is None and flip is not None:
            self.pending[line] = [matrix2.X] if flip else []
        if condition is None or flip != 0:
            self._place_pending(line)
        self.placed.append_boundary(Operation(Kind.MEASURE, (line,), clbit=clbit, condition=condition))

    def _reset(self, line: int, condition: Condition | None) -> None:
        """A reset, which no pending gate in front survives; under a condition, a diagonal one passes."""
        if condition is None:
            self.pending[line] = []
        elif total_flip(self.pending[line]) != 0:
            self._place_pending(line)
        self.placed.append_boundary(Operation(Kind.RESET, (line,), condition=condition))

    def _conditioned_gate(self, line: int, matrix: Mat2, condition: Condition) -> None:
        """A one-qubit gate under a condition; a pending (anti-)diagonal gate passes it and conjugates it."""
        if matrix2.is_diagonal(matrix):
            self._conditioned_rotation(line, "z", cmath.phase(matrix[3]) - cmath.phase(matrix[0]), condition)
            return
        pending = self.pending[line]
        if len(pending) == 1 and isinstance(pending[0], tuple) and total_flip(pending) is not None:
            matrix = matrix2.multiply(matrix2.dagger(pending[0]), matrix2.multiply(matrix, pending[0]))
        else:
            self._place_pending(line)
        self.placed.append_boundary(one_qubit_operation(line, [matrix], condition))

    def _conditioned_rotation(self, line: int, axis: str, angle: Angle, condition: Condition) -> None:
        """A one-qubit rotation under a condition: a ROTATION about z, a boundary about another axis."""
        if axis != "z":
            self._place_pending(line)
            self.placed.append_boundary(one_qubit_operation(line, [AxisRotation(axis, angle)], condition))
            return
        (flip,) = self._flips([line])
        self.placed.append_diagonal(
            Operation(Kind.ROTATION, (line,), -angle if flip else angle, condition=condition),
        )

    # ---- diagonal operations ----------------------------------------------------------------------------------

    def _flips(self, lines: Sequence[int]) -> list[int]:
        """Per line, 1 if its pending gate flips a diagonal operation that passes it, else 0.

        Gates that let no diagonal operation pass are placed first.
        """
        flips = []
        for line in lines:
            flip = total_flip(self.pending[line])
            if flip is None:
                phase = postponed_phase(self.pending[line])
                if phase is not None:
                    append_gate(self.pending[line], matrix2.dagger(phase))
                self._place_pending(line)
                if phase is not None:
                    self.pending[line] = [phase]
                flip = 0
            flips.append(flip)
        return flips

    def _parity(self, lines: tuple[int, ...], angle: Angle, condition: Condition | None) -> None:
        """A rotation about a parity, which joins an earlier one about the same segments."""
        if condition is not None:
            if sum(self._flips(lines)) % 2:
                angle = -angle
            self.placed.append_diagonal(Operation(Kind.ROTATION, lines, angle, condition=condition))
            return
        angle = self._wrapped(angle)
        if is_local_rotation(angle):
            for line in self._z_lines(lines, angle):
                append_gate(self.pending[line], matrix2.Z)
            return
        if sum(self._flips(lines)) % 2:
            angle = -angle
        segment = self.placed.segment
        key = ("rotation", *sorted([(line, segment[line]) for line in lines]))
        index, known = self._known(key)
        if known is None:
            self._put(key, None, Operation(Kind.ROTATION, lines, angle))
            return
        assert known.angle is not None
        angle = self._wrapped(add_angles(known.angle, angle))
        if is_local_rotation(angle):
            for line in self._z_lines(lines, angle):
                self.pending[line] = compose([matrix2.Z], self.pending[line])
            self._put(key, index, None)
        else:
            self._put(key, index, Operation(Kind.ROTATION, known.qubits, angle))

    def _wrapped(self, angle: Angle) -> Angle:
        """Angle of a rotation modulo 2 pi, in (-pi, pi] if it is known; each turn left out is a sign."""
        if not isinstance(angle, float):
            return angle
        wrapped = matrix2.wrap(angle)
        if round((angle - wrapped) / (2 * math.pi)) % 2:
            self.global_phase += math.pi
        return without_full_turns(angle)

    def _z_lines(self, lines: tuple[int, ...], angle: Angle) -> tuple[int, ...]:
        """The lines that get a Z from a rotation by 0 (none) or by pi (all), whose phase is counted here."""
        if angle == 0.0:
            return ()
        assert isinstance(angle, float)
        self.global_phase -= angle / 2
        return lines

    def _phase(
        self, lines: tuple[int, ...], pattern: tuple[int, ...], angle: Angle, condition: Condition | None
    ) -> None:
        """A phase on a basis state, which joins an earlier one on the same state of the same segments."""
        if isinstance(angle, float):
            angle = without_full_turns(angle)
            if angle == 0.0:
                return
        pattern = tuple([p ^ f for p, f in zip(pattern, self._flips(lines), strict=True)])
        if condition is not None:
            self.placed.append_diagonal(Operation(Kind.PHASE, lines, angle, pattern, condition=condition))
            return
        segment = self.placed.segment
        key = ("phase", *sorted([(line, segment[line], p) for line, p in zip(lines, pattern, strict=True)]))
        index, known = self._known(key)
        if known is not None:
            assert known.angle is not None
            lines, pattern, angle = known.qubits, known.pattern, add_angles(known.angle, angle)
            angle = without_full_turns(angle) if isinstance(angle, float) else angle
        self._put(key, index, Operation(Kind.PHASE, lines, angle, pattern) if angle != 0.0 else None)

    def _known(self, key: tuple[object, ...]) -> tuple[int | None, Operation | None]:
        """The operation that one with this key can join, and its index; None for both if there is none."""
        index = self.mergeable.get(key)
        known = self.placed.operations[index] if index is not None else None
        return (None, None) if known is None else (index, known)

    def _put(self, key: tuple[object, ...], index: int | None, operation: Operation | None) -> None:
        """Put an operation in the place of number ``index``, or at the end if that is None; None takes it out."""
        if index is None:
            if operation is not None:
                self.mergeable[key] = len(self.placed.operations)
                self.placed.append_diagonal(operation)
        elif operation is not None:
            self.placed.operations[index] = operation
        else:
            del self.mergeable[key]
            for line, gate in self.placed.remove_diagonal(index):
                self.pending[line] = compose(gate, self.pending[line])

    # ---- two-qubit blocks -------------------------------------------------------------------------------------

    def _block(self, block: TwoQubitBlock) -> None:
        """A two-qubit block; of its rotations, which commute, those that open the fewest segments come first."""
        lines = [self.lines[q] for q in block.qubits]
        for line, matrix in zip(lines, block.before, strict=True):
            append_gate(self.pending[line], matrix)
        for axis, angle in sorted(block.rotations, key=lambda rotation: self._segments_opened(lines, rotation[0])):
            basis = matrix2.to_basis(axis)
            for line in lines:
                append_gate(self.pending[line], basis)
            self._parity((lines[0], lines[1]), angle, None)
            for line in lines:
                append_gate(self.pending[line], matrix2.dagger(basis))
        for line, matrix in zip(lines, block.after, strict=True):
            append_gate(self.pending[line], matrix)

    def _segments_opened(self, lines: Sequence[int], axis: str) -> int:
        """Segments that a rotation about ``axis`` would have to open on ``lines``."""
        basis: Pending = [matrix2.to_basis(axis)]
        return sum([total_flip(compose(self.pending[line], basis)) is None for line in lines])


def _is_phase(m: Mat2) -> bool:
    """True if a gate is the identity up to a phase."""
    return matrix2.is_diagonal(m) and abs(m[0] - m[3]) < matrix2.TOLERANCE
