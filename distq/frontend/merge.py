"""Primitives to operations: merge one-qubit gates, push (anti-)diagonal ones to the next boundary, merge rotations.

Per line, a *pending* gate waits to be placed. A diagonal multi-qubit operation passes it if it is diagonal (they
commute) or anti-diagonal (the operation's sign or pattern flips); otherwise it is placed first and ends the segment.
When a rotation cancels, the gate placed before it may become pending again.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2
from distq.frontend.pending import (
    Pending,
    add_angles,
    append_gate,
    compose,
    flip_of,
    is_local_rotation,
    postponed_phase,
    to_basis,
    without_full_turns,
)
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
from distq.ir.program import Angle, AxisRotation, Condition, Factor, Kind, Operation


class NormalForm(NamedTuple):
    """Operations, the line of each label at the end, and the global phase that appeared."""

    operations: list[Operation]
    lines: list[int]
    global_phase: float


def merge_primitives(primitives: Iterable[Primitive], num_qubits: int) -> NormalForm:
    """Normal form of ``primitives`` without looking for two-qubit blocks."""
    builder = _Builder(num_qubits)
    for primitive in primitives:
        builder.add(primitive)
    return builder.finish()


def _local(qubit: int, factors: Sequence[Mat2 | AxisRotation], condition: Condition | None = None) -> Operation:
    made: tuple[Factor, ...] = tuple([f if isinstance(f, AxisRotation) else matrix2.to_array(f) for f in factors])
    return Operation(Kind.LOCAL, (qubit,), factors=made, condition=condition)


class _Builder:
    """State of one pass. ``stack`` holds per line the indices of placed operations that still stand."""

    def __init__(self, num_qubits: int) -> None:
        self.lines = list(range(num_qubits))
        self.pending: list[Pending] = [[] for _ in range(num_qubits)]
        self.stack: list[list[int]] = [[] for _ in range(num_qubits)]
        self.epoch = [-1] * num_qubits
        self.out: list[Operation | None] = []
        self.placed: dict[int, tuple[Pending, int]] = {}
        self.known: dict[tuple[object, ...], int] = {}
        self.global_phase = 0.0

    def add(self, primitive: Primitive) -> None:
        """Append one primitive."""
        match primitive:
            case OneQubitGate(qubit, matrix, None):
                self._one(self.lines[qubit], matrix)
            case ParityRotation(qubits, angle, condition):
                self._parity(tuple([self.lines[q] for q in qubits]), angle, condition)
            case TwoQubitBlock():
                self._block(primitive)
            case OneQubitRotation(qubit, axis, angle, None):
                line = self.lines[qubit]
                self.pending[line] = compose(self.pending[line], [AxisRotation(axis, angle)])
            case Phase(qubits, pattern, angle, condition):
                self._phase(tuple([self.lines[q] for q in qubits]), pattern, angle, condition)
            case Swap((a, b)):
                self.lines[a], self.lines[b] = self.lines[b], self.lines[a]
            case Measure(qubit, clbit):
                self._measure(self.lines[qubit], clbit)
            case Reset(qubit):
                self._reset(self.lines[qubit])
            case OneQubitGate(qubit, matrix, condition):
                self._conditioned(self.lines[qubit], matrix, condition)
            case OneQubitRotation(qubit, axis, angle, condition):
                self._conditioned_turn(self.lines[qubit], axis, angle, condition)

    def finish(self) -> NormalForm:
        """Place what is left and return the result."""
        for line, pending in enumerate(self.pending):
            if not pending:
                continue
            first = pending[0]
            if len(pending) == 1 and isinstance(first, tuple) and self._is_identity(first):
                self.global_phase += cmath.phase(first[0] + first[3])
                continue
            self._place(line)
        return NormalForm([op for op in self.out if op is not None], self.lines, self.global_phase)

    # one-qubit gates and boundaries

    def _one(self, line: int, matrix: Mat2) -> None:
        append_gate(self.pending[line], matrix)

    @staticmethod
    def _is_identity(m: Mat2) -> bool:
        return matrix2.is_diagonal(m) and abs(m[0] - m[3]) < matrix2.TOLERANCE

    def _boundary(self, operation: Operation) -> None:
        """Append a boundary, which ends its line's segment."""
        line = operation.qubits[0]
        self.stack[line].append(len(self.out))
        self.epoch[line] = len(self.out)
        self.out.append(operation)

    def _place(self, line: int) -> None:
        """Place the pending gate of ``line`` as a LOCAL."""
        pending = self.pending[line]
        self.placed[len(self.out)] = (pending, self.epoch[line])
        self._boundary(_local(line, pending))
        self.pending[line] = []

    def _settle_sign(self, line: int) -> None:
        """Before a measurement or reset: what is diagonal can go, what is anti-diagonal is an X."""
        flip = flip_of(self.pending[line])
        if flip is None:
            self._place(line)
            return
        self.pending[line] = [matrix2.X] if flip else []

    def _measure(self, line: int, clbit: int) -> None:
        self._settle_sign(line)
        if self.pending[line]:
            self._place(line)
        self._boundary(Operation(Kind.MEASURE, (line,), clbit=clbit))

    def _reset(self, line: int) -> None:
        self.pending[line] = []  # no local unitary survives a reset
        self._boundary(Operation(Kind.RESET, (line,)))

    def _conditioned(self, line: int, matrix: Mat2, condition: Condition | None) -> None:
        if matrix2.is_diagonal(matrix):
            self._conditioned_turn(line, "z", cmath.phase(matrix[3]) - cmath.phase(matrix[0]), condition)
            return
        pending = self.pending[line]
        if len(pending) == 1 and isinstance(pending[0], tuple) and flip_of(pending) is not None:
            matrix = matrix2.multiply(matrix2.dagger(pending[0]), matrix2.multiply(matrix, pending[0]))
        elif pending:
            self._place(line)
        self._boundary(_local(line, [matrix], condition))

    def _conditioned_turn(self, line: int, axis: str, angle: Angle, condition: Condition | None) -> None:
        if axis != "z":
            if self.pending[line]:
                self._place(line)
            self._boundary(_local(line, [AxisRotation(axis, angle)], condition))
            return
        if self._pass([line])[0]:
            angle = -angle
        self._append((line,), Operation(Kind.ROTATION, (line,), angle, condition=condition))

    # diagonal operations

    def _pass(self, lines: Sequence[int]) -> list[int]:
        """Make the pending gates of ``lines`` passable for a diagonal operation; which of them flip it."""
        flips = []
        for line in lines:
            flip = flip_of(self.pending[line])
            if flip is None:
                left = postponed_phase(self.pending[line])
                if left is not None:
                    append_gate(self.pending[line], matrix2.dagger(left))
                self._place(line)
                if left is not None:
                    self.pending[line] = [left]
                flip = 0
            flips.append(flip)
        return flips

    def _append(self, lines: tuple[int, ...], operation: Operation) -> None:
        for line in lines:
            self.stack[line].append(len(self.out))
        self.out.append(operation)

    def _parity(self, lines: tuple[int, ...], angle: Angle, condition: Condition | None) -> None:
        if condition is not None:
            if sum(self._pass(lines)) % 2:
                angle = -angle
            self._append(lines, Operation(Kind.ROTATION, lines, angle, condition=condition))
            return
        angle = self._wrapped(angle)
        if is_local_rotation(angle):
            for line in self._half_turn(lines, angle):
                self._one(line, matrix2.Z)
            return
        if sum(self._pass(lines)) % 2:
            angle = -angle
        key = ("r", *sorted([(line, self.epoch[line]) for line in lines]))
        index = self.known.get(key)
        known = self.out[index] if index is not None else None
        if known is None:
            self._replace(key, None, Operation(Kind.ROTATION, lines, angle))
            return
        assert known.angle is not None
        angle = self._wrapped(add_angles(known.angle, angle))
        if is_local_rotation(angle):
            for line in self._half_turn(lines, angle):
                self.pending[line] = compose([matrix2.Z], self.pending[line])
            self._replace(key, index, None)
        else:
            self._replace(key, index, Operation(Kind.ROTATION, known.qubits, angle))

    def _wrapped(self, angle: Angle) -> Angle:
        """Angle of a rotation modulo 2 pi, in (-pi, pi] if it is known; each turn left out is a sign."""
        if not isinstance(angle, float):
            return angle
        wrapped = matrix2.wrap(angle)
        if round((angle - wrapped) / (2 * math.pi)) % 2:
            self.global_phase += math.pi
        return without_full_turns(angle)

    def _half_turn(self, lines: tuple[int, ...], angle: Angle) -> tuple[int, ...]:
        """Lines that get a Z from a rotation by 0 or pi."""
        if angle == 0.0:
            return ()
        assert isinstance(angle, float)
        self.global_phase -= angle / 2
        return lines

    def _phase(
        self, lines: tuple[int, ...], pattern: tuple[int, ...], angle: Angle, condition: Condition | None
    ) -> None:
        if isinstance(angle, float):
            angle = without_full_turns(angle)
            if angle == 0.0:
                return
        pattern = tuple([p ^ f for p, f in zip(pattern, self._pass(lines), strict=True)])
        if condition is not None:
            self._append(lines, Operation(Kind.PHASE, lines, angle, pattern, condition=condition))
            return
        key = ("p", *sorted([(line, self.epoch[line], p) for line, p in zip(lines, pattern, strict=True)]))
        index = self.known.get(key)
        known = self.out[index] if index is not None else None
        if known is not None:
            assert known.angle is not None
            lines, pattern, angle = known.qubits, known.pattern, add_angles(known.angle, angle)
            angle = without_full_turns(angle) if isinstance(angle, float) else angle
        made = Operation(Kind.PHASE, lines, angle, pattern) if angle != 0.0 else None
        self._replace(key, index if known is not None else None, made)

    def _replace(self, key: tuple[object, ...], index: int | None, made: Operation | None) -> None:
        """Put ``made`` in the place of operation ``index``, or at the end if there is none; remove if None."""
        if index is None:
            if made is not None:
                self.known[key] = len(self.out)
                self._append(made.qubits, made)
        elif made is not None:
            self.out[index] = made
        else:
            del self.known[key]
            self._remove(index)

    def _remove(self, index: int) -> None:
        """Take a diagonal operation out; a LOCAL that then ends its line is pending again."""
        operation = self.out[index]
        assert operation is not None
        self.out[index] = None
        for line in operation.qubits:
            stack = self.stack[line]
            del stack[len(stack) - 1 - stack[::-1].index(index)]
            if stack and stack[-1] in self.placed:
                last = stack.pop()
                pending, self.epoch[line] = self.placed.pop(last)
                self.pending[line] = compose(pending, self.pending[line])
                self.out[last] = None

    # two-qubit blocks

    def _block(self, block: TwoQubitBlock) -> None:
        lines = [self.lines[q] for q in block.qubits]
        for line, matrix in zip(lines, block.before, strict=True):
            self._one(line, matrix)
        rotations = list(block.rotations)
        if rotations:
            rotations.sort(key=lambda rotation: self._opened(lines, rotation[0]))
        for axis, angle in rotations:
            basis = to_basis(axis)
            for line in lines:
                self._one(line, basis)
            self._parity((lines[0], lines[1]), angle, None)
            for line in lines:
                self._one(line, matrix2.dagger(basis))
        for line, matrix in zip(lines, block.after, strict=True):
            self._one(line, matrix)

    def _opened(self, lines: Sequence[int], axis: str) -> int:
        """Segments that a rotation about ``axis`` would have to open on ``lines``."""
        count = 0
        for line in lines:
            count += flip_of(compose(self.pending[line], [to_basis(axis)])) is None
        return count
