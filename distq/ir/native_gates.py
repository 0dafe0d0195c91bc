"""Operations as one- and two-qubit gates inside one trap.

The gate set is ``u``, ``rx``, ``ry``, ``rz`` on one qubit and ``cx``, ``cp``, ``rzz`` on two, with Qiskit's conventions
for names and angles: each of the three is one partially entangling Molmer-Sorensen gate up to one-qubit gates. All
sequences are exact up to a global phase and use no other ions.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias, assert_never

import numpy as np

from distq.ir.program import Angle, AxisRotation, Factor, Kind, Matrix, Operation

_X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
_H: Matrix = np.array([[1, 1], [1, -1]], dtype=np.complex128) / math.sqrt(2)


@dataclass(frozen=True, slots=True)
class NativeGate:
    """One native gate.

    Attributes
    ----------
    name
        ``u``, ``rx``, ``ry``, ``rz``, ``cx``, ``cp`` or ``rzz``, as in Qiskit.
    operands
        Positions in ``Operation.qubits``: one or two.
    params
        Radians; floats, or Qiskit expressions of unbound parameters.
    """

    name: str
    operands: tuple[int, ...]
    params: tuple[Angle, ...] = ()


class ScaledGate(NamedTuple):
    """A gate whose angle is ``share`` of an operation's angle; 0: a constant gate."""

    gate: NativeGate
    share: float


Template: TypeAlias = "tuple[ScaledGate, ...]"


def native_gates(op: Operation) -> tuple[NativeGate, ...]:
    """Native gates of ``op``, in order; () for MEASURE and RESET, which are native themselves.

    A LOCAL is one ``u`` per matrix and one axis rotation per symbolic factor. A ROTATION on k qubits takes 2k - 3
    two-qubit gates (k > 1), a PHASE on k qubits 2k^2 - 6k + 5 (5, 13, 25, 41 for k = 3, 4, 5, 6). Conditions are left
    to the caller: they apply to every gate.
    """
    match op.kind:
        case Kind.LOCAL:
            return tuple([_factor_gate(f) for f in op.factors])
        case Kind.ROTATION:
            return _rotation(len(op.qubits), op.angle)
        case Kind.PHASE:
            return _bind(_phase_template(op.pattern), op.angle)
        case Kind.MEASURE | Kind.RESET:
            return ()
        case _:
            assert_never(op.kind)


def count_2q(op: Operation) -> int:
    """Number of two-qubit native gates of ``op``."""
    k = len(op.qubits)
    if k < 2:
        return 0
    return 2 * k - 3 if op.kind is Kind.ROTATION else 2 * k * k - 6 * k + 5


_SMALL = 1e-6
"""Entries of a unitary below this do not settle the phases between its other entries."""


def euler_angles(matrix: Matrix) -> tuple[float, float, float]:
    """Angles (theta, phi, lam) with ``matrix`` = exp(i alpha) U(theta, phi, lam), U as in Qiskit's UGate.

    ``matrix`` is unitary, 2x2.
    """
    (a, b), (c, d) = matrix.tolist()
    theta = 2.0 * math.atan2(abs(c), abs(a))
    if abs(c) < 1e-14:
        return 0.0, 0.0, cmath.phase(d / a)
    if abs(a) < 1e-14:
        return math.pi, cmath.phase(-c / b), 0.0
    phi = cmath.phase(c / a)
    if abs(c) < _SMALL:  # c and b may be mere rounding noise: phi + lam must come from what is not
        return theta, phi, cmath.phase(d / a) - phi
    if abs(a) < _SMALL:
        return theta, phi, phi - cmath.phase(-c / b)
    return theta, phi, cmath.phase(-b / a)


def _factor_gate(factor: Factor) -> NativeGate:
    """One factor of a LOCAL."""
    if isinstance(factor, AxisRotation):
        return NativeGate("r" + factor.axis, (0,), (factor.angle,))
    return NativeGate("u", (0,), euler_angles(factor))


def _rotation(k: int, angle: Angle | None) -> tuple[NativeGate, ...]:
    """exp(-i angle/2 Z^k): the parity of the first k - 1 operands is gathered on operand k - 2 by CX gates."""
    assert angle is not None
    if k == 1:
        return (NativeGate("rz", (0,), (angle,)),)
    ladder = [NativeGate("cx", (i, i + 1)) for i in range(k - 2)]
    return (*ladder, NativeGate("rzz", (k - 2, k - 1), (angle,)), *reversed(ladder))


def _bind(template: Template, angle: Angle | None) -> tuple[NativeGate, ...]:
    """The gates of a template, for a phase by ``angle``."""
    assert angle is not None
    return tuple(
        [NativeGate(gate.name, gate.operands, (angle * share,)) if share else gate for gate, share in template]
    )


@lru_cache(maxsize=4096)
def _phase_template(pattern: tuple[int, ...]) -> Template:
    """Gates of the phase on the basis state ``pattern``."""
    k = len(pattern)
    gates = _GateCollector(k)
    zeros = [i for i, bit in enumerate(pattern) if not bit]
    for i in zeros:
        gates.local(i, _X)
    if k == 3:
        for share, pair in ((0.5, (1, 2)), (0.0, (0, 1)), (-0.5, (1, 2)), (0.0, (0, 1)), (0.5, (0, 2))):
            gates.pair("cp" if share else "cx", pair, share)
    else:
        _linear_depth_phase(k, gates)
    for i in zeros:
        gates.local(i, _X)
    return gates.finish()


def _linear_depth_phase(k: int, gates: _GateCollector) -> None:
    """Phase on |1..1> of k qubits in linear depth, after da Silva and Park, Phys. Rev. A 106, 042602 (2022).

    Two V-shaped passes over the pairs (control, target). Controlled roots of X move the controls through states whose
    controlled roots of the phase on the last qubit add up to the whole; the passes then undo the roots of X.
    """
    for size, first in ((k, True), (k - 1, False)):
        pairs = [(c, t) for t in range(size) for c in range(t)]
        for step in (1, -1):
            for c, t in sorted(pairs, key=sum, reverse=step == 1):
                if c == 0 and step == -1:
                    continue  # the apex of the V is passed once
                angle = (-step if c == 0 and not first else step) / 2.0 ** (t - c - (c == 0))
                if first and t == k - 1:
                    gates.pair("cp", (c, t), angle)
                else:
                    gates.controlled_rx(c, t, math.pi * angle)


class _GateCollector:
    """Collects gates; merges constant one-qubit gates that meet, also through diagonal two-qubit gates."""

    def __init__(self, size: int) -> None:
        self._pending: list[Matrix | None] = [None] * size
        self._gates: list[ScaledGate] = []

    def local(self, qubit: int, matrix: Matrix) -> None:
        """A constant one-qubit gate."""
        before = self._pending[qubit]
        self._pending[qubit] = matrix if before is None else matrix @ before

    def pair(self, name: str, operands: tuple[int, int], share: float = 0.0, angle: float | None = None) -> None:
        """A two-qubit gate."""
        for position, qubit in enumerate(operands):
            self._flush(qubit, through_diagonal=name != "cx" or position == 0)
        self._gates.append(ScaledGate(NativeGate(name, operands, () if angle is None else (angle,)), share))

    def controlled_rx(self, control: int, target: int, angle: float) -> None:
        """CRX(angle) = H RZ(angle/2) RZZ(-angle/2) H, with H and RZ on the target."""
        self.local(target, _H)
        self.pair("rzz", (control, target), angle=-angle / 2)
        turn = cmath.exp(0.25j * angle)
        self.local(target, np.diag([1 / turn, turn]))
        self.local(target, _H)

    def finish(self) -> Template:
        """All gates; nothing stays pending."""
        for qubit in range(len(self._pending)):
            self._flush(qubit, through_diagonal=False)
        return tuple(self._gates)

    def _flush(self, qubit: int, through_diagonal: bool) -> None:
        """Write the pending gate of a qubit, unless it is diagonal and ``through_diagonal`` says that it can wait."""
        gate = self._pending[qubit]
        if gate is None:
            return
        diagonal = abs(gate[0, 1]) < 1e-14
        if diagonal and through_diagonal:
            return
        self._pending[qubit] = None
        if not (diagonal and abs(gate[0, 0] - gate[1, 1]) < 1e-14):
            self._gates.append(ScaledGate(NativeGate("u", (qubit,), euler_angles(gate)), 0.0))
