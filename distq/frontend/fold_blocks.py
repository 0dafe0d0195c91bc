"""Runs of gates on one pair of qubits become the fewest rotations; SWAPs become relabellings.

In: primitives on qubits. Out: primitives on labels, where a run that shrank is one :class:`TwoQubitBlock`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2
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
from distq.frontend.symbolic_blocks import BlockGate, fold_symbolic
from distq.frontend.weyl import decompose
from distq.ir.program import Angle, Matrix

_PARITY = np.array([1, -1, -1, 1], dtype=np.float64)


class Folded(NamedTuple):
    """Primitives after folding.

    Attributes
    ----------
    primitives
        On labels.
    labels
        Per qubit: its label at the end.
    global_phase
        The phase that appeared, radians.
    shrunk
        How many runs have fewer rotations now.
    """

    primitives: list[Primitive]
    labels: list[int]
    global_phase: float
    shrunk: int


def fold(primitives: Iterable[Primitive], num_qubits: int) -> Folded:
    """Fold every maximal run of numeric two-qubit rotations on one pair of qubits if that needs fewer of them."""
    folder = _Folder(num_qubits)
    for primitive in primitives:
        folder.add(primitive)
    return folder.finish()


class _GateRun:
    """A run of gates on the labels ``pair``, in order.

    ``size`` of the gates are on both labels; the run is ``symbolic`` if one of its angles is unknown.
    """

    __slots__ = ("gates", "pair", "size", "symbolic")

    def __init__(self, pair: tuple[int, int], first: ParityRotation) -> None:
        self.pair = pair
        self.gates: list[BlockGate] = [first]
        self.size = 1
        self.symbolic = not isinstance(first.angle, float)


class _Folder:
    """One pass over primitives. ``runs`` has, per label, the run that it is in."""

    def __init__(self, num_qubits: int) -> None:
        self.labels = list(range(num_qubits))
        self.runs: list[_GateRun | None] = [None] * num_qubits
        self.out: list[Primitive] = []
        self.global_phase = 0.0
        self.shrunk = 0

    def add(self, primitive: Primitive) -> None:
        """Append one primitive: to the run of its labels, or behind it."""
        labels = self.labels
        match primitive:
            case OneQubitGate(qubit, matrix, None):
                label = labels[qubit]
                run = self.runs[label]
                if run is None:
                    self.out.append(OneQubitGate(label, matrix))
                else:
                    run.gates.append(OneQubitGate(label, matrix))
            case ParityRotation((a, b), angle, None):
                self._parity(labels[a], labels[b], angle)
            case OneQubitRotation(qubit, axis, angle, None) if (run := self.runs[labels[qubit]]) is not None:
                run.gates.append(OneQubitRotation(labels[qubit], axis, angle))
                run.symbolic = True
            case Swap((a, b)):
                labels[a], labels[b] = labels[b], labels[a]
            case ParityRotation(qubits) | Phase(qubits) | TwoQubitBlock(qubits):
                moved = tuple([labels[q] for q in qubits])
                self._close(moved)
                self.out.append(primitive._replace(qubits=moved))  # type: ignore[arg-type]
            case OneQubitGate(qubit) | OneQubitRotation(qubit) | Measure(qubit) | Reset(qubit):
                self._close((labels[qubit],))
                self.out.append(primitive._replace(qubit=labels[qubit]))

    def finish(self) -> Folded:
        """Close all runs and return the result."""
        self._close(range(len(self.labels)))
        return Folded(self.out, self.labels, self.global_phase, self.shrunk)

    def _parity(self, a: int, b: int, angle: Angle) -> None:
        """A rotation of two labels, which continues their run or begins one."""
        run = self.runs[a]
        if run is not None and run is self.runs[b]:
            run.gates.append(ParityRotation((a, b), angle))
            run.size += 1
            run.symbolic |= not isinstance(angle, float)
            return
        self._close((a, b))
        self.runs[a] = self.runs[b] = _GateRun((a, b), ParityRotation((a, b), angle))

    def _close(self, labels: Iterable[int]) -> None:
        """End the runs that the labels are in, and write what they became."""
        for label in labels:
            run = self.runs[label]
            if run is None:
                continue
            self.runs[run.pair[0]] = self.runs[run.pair[1]] = None
            if run.size > 1 and run.symbolic:
                part = fold_symbolic(run.pair, run.gates)
                self.global_phase += part.phase
                self.shrunk += part.rotations < run.size
                self.out.extend(part.primitives)
            elif run.size == 1 or not self._replace(run):
                self.out.extend(run.gates)

    def _replace(self, run: _GateRun) -> bool:
        """Write the run as a TwoQubitBlock; False if that needs as many rotations."""
        layers = _layers(run)
        if len(layers.angles) == 1:
            return False  # one segment on both: building merges the rotations
        found = decompose(_unitary(layers), mirror=True)
        if found is None or len(found.rotations) >= len(layers.angles):
            return False
        self.global_phase += found.phase
        self.shrunk += 1
        self.out.append(TwoQubitBlock(run.pair, found.before, found.rotations, found.after))
        if found.mirrored:
            self.out.append(Swap(run.pair))
        return True


class _Layers(NamedTuple):
    """Alternating locals (one more than angles) and parity rotations of one pair."""

    locals: list[tuple[Mat2, Mat2]]
    angles: list[float]


def _layers(run: _GateRun) -> _Layers:
    """The run with neighbouring rotations merged where the locals between are diagonal or anti-diagonal."""
    a = run.pair[0]
    made: list[tuple[Mat2, Mat2]] = []
    angles: list[float] = []
    one, two = matrix2.IDENTITY, matrix2.IDENTITY
    for gate in run.gates:
        if isinstance(gate, OneQubitGate):
            if gate.qubit == a:
                one = matrix2.multiply(gate.matrix, one)
            else:
                two = matrix2.multiply(gate.matrix, two)
            continue
        flips = matrix2.flip_of(one) if made else None
        other = matrix2.flip_of(two) if made else None
        assert isinstance(gate, ParityRotation)
        assert isinstance(gate.angle, float)
        if flips is not None and other is not None:
            angles[-1] += -gate.angle if flips ^ other else gate.angle
            continue
        made.append((one, two))
        angles.append(gate.angle)
        one, two = matrix2.IDENTITY, matrix2.IDENTITY
    made.append((one, two))
    return _Layers(made, angles)


def _unitary(layers: _Layers) -> Matrix:
    """Matrix of the run, shape (4, 4), the first label more significant."""
    made = matrix2.kron(*layers.locals[0])
    for angle, (one, two) in zip(layers.angles, layers.locals[1:], strict=True):
        made = np.exp(-0.5j * angle * _PARITY)[:, None] * made
        made = matrix2.kron(one, two) @ made
    return made
