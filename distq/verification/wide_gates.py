"""Finds whole operations on three or more qubits in a stream of one- and two-qubit gates.

Such an operation is diagonal, so copies may take part in it, but the gates that it is made of are not. In:
instructions, and the operations that a program has, which say where looking is worthwhile. Out: the operation that a
run of gates on the right qubits in the right order makes, worked out from their matrices: the run is applied to a
random product state, and if every amplitude keeps its modulus it is diagonal (the products of states span all
operators, so that this holds for a random one only if it holds for all), and the phases are read off.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from distq.ir.native_gates import native_gates
from distq.ir.program import Condition, Kind, Matrix, Operation
from distq.verification.instructions import Instruction
from distq.verification.unitaries import GateInfo

_TOLERANCE = 1e-8
_MAX_WIDTH = 20


@dataclass(frozen=True)
class WideGateShape:
    """An operation to look for: its kind, qubits and pattern, and the qubits of each of its usual gates."""

    kind: Kind
    qubits: tuple[int, ...]
    pattern: tuple[int, ...]
    operands: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class FoundOperation:
    """An operation found, made of the gates in ``size`` instructions."""

    operation: Operation
    size: int


class WideGateFinder:
    """Looks for the operations on three or more qubits of a program, wherever their first gate occurs.

    The program only says where looking is worthwhile; what is found is what the gates do.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.shapes: dict[tuple[int, ...], list[WideGateShape]] = {}
        seen = set()
        for op in operations:
            key = (op.kind, op.qubits, op.pattern)
            if not op.diagonal or not 2 < len(op.qubits) <= _MAX_WIDTH or key in seen:
                continue
            seen.add(key)
            gates = native_gates(Operation(op.kind, op.qubits, angle=1.0, pattern=op.pattern))
            operands = tuple([tuple([op.qubits[i] for i in gate.operands]) for gate in gates])
            self.shapes.setdefault(operands[0], []).append(WideGateShape(*key, operands))
        self.found: dict[tuple[WideGateShape, tuple[int, ...]], float | None] = {}

    def match(
        self, instructions: Sequence[Instruction], start: int, lines_of: Callable[[Instruction], tuple[int, ...] | None]
    ) -> FoundOperation | None:
        """The operation whose gates begin with instruction ``start``, if there is one.

        ``lines_of`` tells on which lines an instruction acts, None if not on lines alone.
        """
        first = lines_of(instructions[start])
        if first is None:
            return None
        condition = instructions[start].condition
        for shape in self.shapes.get(first, ()):
            size = len(shape.operands)
            gates = []
            for instruction, operands in zip(instructions[start : start + size], shape.operands, strict=False):
                if instruction.gate is None or instruction.condition != condition or lines_of(instruction) != operands:
                    break
                gates.append(instruction.gate)
            if len(gates) == size and (angle := self.angle(shape, gates)) is not None:
                return FoundOperation(_operation(shape, angle, condition), size)
        return None

    def angle(self, shape: WideGateShape, gates: list[GateInfo]) -> float | None:
        """Angle of the operation that ``gates`` make; None if they make no operation of this shape."""
        key = (shape, tuple([id(g) for g in gates]))
        if key not in self.found:
            self.found[key] = _angle(shape, gates)
        return self.found[key]


def apply_matrix(state: NDArray[np.complex128], matrix: Matrix, axes: Sequence[int]) -> NDArray[np.complex128]:
    """Apply a gate (first qubit least significant) to axes of a state of shape (2, ..., 2)."""
    k = len(axes)
    tensor = matrix.reshape((2,) * (2 * k))
    order = list(reversed(axes))
    out = np.tensordot(tensor, state, axes=(list(range(k, 2 * k)), order))
    return np.moveaxis(out, list(range(k)), order)


@cache
def _probe(width: int) -> NDArray[np.complex128]:
    """A product state without small amplitudes, shape (2,) * width."""
    rng = np.random.default_rng(width)
    state = np.ones((), dtype=np.complex128)
    for _ in range(width):
        one = np.exp(2j * np.pi * rng.random(2)) * rng.uniform(0.75, 1.25, size=2)
        state = np.multiply.outer(state, one)
    return state


def _angle(shape: WideGateShape, gates: list[GateInfo]) -> float | None:
    """Angle of the operation that the gates make together; None if they make no operation of this shape."""
    width = len(shape.qubits)
    axis = {q: i for i, q in enumerate(shape.qubits)}
    probe = _probe(width)
    state = probe
    for gate, operands in zip(gates, shape.operands, strict=True):
        state = apply_matrix(state, gate.matrix, [axis[q] for q in operands])
    phases = state / probe
    if np.abs(np.abs(phases) - 1).max() > _TOLERANCE:
        return None
    if shape.kind is Kind.PHASE:
        rest = tuple([1 - b for b in shape.pattern])
        angle = cmath.phase(phases[shape.pattern] / phases[rest])
        wanted = np.ones_like(phases)
        wanted[shape.pattern] = cmath.exp(1j * angle)
        reference = phases[rest]
    else:
        parity = np.indices((2,) * width).sum(axis=0) & 1
        reference = phases[(0,) * width]
        angle = cmath.phase(phases[(0,) * (width - 1) + (1,)] / reference)
        wanted = np.exp(1j * angle * parity)
    return angle if np.abs(phases / reference - wanted).max() < _TOLERANCE else None


def _operation(shape: WideGateShape, angle: float, condition: Condition | None) -> Operation:
    return Operation(shape.kind, shape.qubits, angle=angle, pattern=shape.pattern, condition=condition)
