"""How Qiskit's standard gates are written in primitives, by name. All exact, with unknown angles where possible.

Every rule is called as ``rule(sink, qubits, angles)``. Changes of basis around a diagonal operation go to
``sink.frame``, which ignores the classical condition: unconditioned they cancel when the operation does not happen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from distq.frontend import matrix2 as mat
from distq.frontend.matrix2 import Mat2
from distq.frontend.pending import to_basis
from distq.frontend.primitives import OneQubitGate, OneQubitRotation, ParityRotation, Phase, Primitive, Swap
from distq.ir.program import Angle, Condition

Qubits: TypeAlias = "tuple[int, ...]"
HALF_PI = math.pi / 2


class PrimitiveBuilder:
    """Collects primitives under a current classical condition.

    Attributes
    ----------
    primitives
        What came so far.
    condition
        Under which the following gates happen; None: always.
    global_phase
        Sum of the numeric unconditioned phases, radians.
    numeric
        False once a global phase depended on unknown angles.
    """

    def __init__(self) -> None:
        self.primitives: list[Primitive] = []
        self.condition: Condition | None = None
        self.global_phase = 0.0
        self.numeric = True

    @property
    def certain(self) -> bool:
        """True if what is written now happens in every run and for every state of the other qubits."""
        return self.condition is None

    def phase(self, angle: Angle) -> None:
        """A global phase; under a condition it cannot be observed."""
        if self.condition is not None:
            return
        if isinstance(angle, float):
            self.global_phase += angle
        else:
            self.numeric = False

    def one(self, qubit: int, matrix: Mat2) -> None:
        """A one-qubit gate."""
        self.primitives.append(OneQubitGate(qubit, matrix, self.condition))

    def frame(self, qubit: int, matrix: Mat2) -> None:
        """A change of basis that is undone later, with only diagonal operations under the condition in between."""
        self.primitives.append(OneQubitGate(qubit, matrix))

    def turn(self, qubit: int, axis: str, angle: Angle) -> None:
        """exp(-i angle/2 P) on one qubit."""
        if isinstance(angle, float):
            self.one(qubit, mat.rotation(axis, angle))
        else:
            self.primitives.append(OneQubitRotation(qubit, axis, angle, self.condition))

    def parity(self, qubits: Qubits, angle: Angle) -> None:
        """exp(-i angle/2 Z...Z)."""
        if len(qubits) == 0:
            self.phase(-angle / 2)
        elif len(qubits) == 1:
            self.turn(qubits[0], "z", angle)
        elif angle != 0.0:
            self.primitives.append(ParityRotation(qubits, angle, self.condition))

    def pauli(self, qubits: Qubits, axes: str, angle: Angle) -> None:
        """exp(-i angle/2 P) for the product P of one Pauli per qubit (``axes`` of letters x, y, z)."""
        if len(qubits) == 1:
            self.turn(qubits[0], axes, angle)
            return
        bases = [(q, to_basis(axis)) for q, axis in zip(qubits, axes, strict=True) if axis != "z"]
        for q, basis in bases:
            self.frame(q, basis)
        self.parity(qubits, angle)
        for q, basis in bases:
            self.frame(q, mat.dagger(basis))

    def controlled_phase(self, qubits: Qubits, angle: Angle, pattern: Qubits | None = None) -> None:
        """exp(i angle) on the basis state ``pattern`` (all ones if None)."""
        pattern = (1,) * len(qubits) if pattern is None else pattern
        if isinstance(angle, float) and angle == 0.0:
            return
        if len(qubits) > 2:
            self.primitives.append(Phase(qubits, pattern, angle, self.condition))
            return
        if len(qubits) == 2 and angle == math.pi:
            angle = -angle  # the same gate; the rotation's angle is then +pi/2 for a CZ
        # the projector on the pattern is the product of (1 + s Z)/2
        signs = [1 - 2 * p for p in pattern]
        scale = 2.0 ** (1 - len(qubits))
        self.phase(angle * (scale / 2))
        for q, sign in zip(qubits, signs, strict=True):
            self.turn(q, "z", angle * (-sign * scale))
        if len(qubits) == 2:
            self.parity(qubits, angle * (-signs[0] * signs[1] * scale))

    def controlled(self, controls: Qubits, pattern: Qubits, target: int, matrix: Mat2) -> None:
        """``matrix`` on ``target`` if the controls hold ``pattern``."""
        basis, low, high = mat.spectrum(matrix)
        self.frame(target, mat.dagger(basis))
        self.controlled_phase((*controls, target), _clean(high - low), (*pattern, 1))
        self.controlled_phase(controls, _clean(low), pattern)
        self.frame(target, basis)

    def controlled_turn(self, controls: Qubits, pattern: Qubits, target: int, axis: str, angle: Angle) -> None:
        """exp(-i angle/2 P) on ``target`` if the controls hold ``pattern``; the angle may be unknown."""
        basis = to_basis(axis)
        self.frame(target, basis)
        if len(controls) == 1:
            self.turn(target, "z", angle / 2)
            self.parity((controls[0], target), angle * (-0.5 if pattern[0] else 0.5))
        else:
            self.controlled_phase((*controls, target), angle, (*pattern, 1))
            self.controlled_phase(controls, angle * -0.5, pattern)
        self.frame(target, mat.dagger(basis))

    def swap(self, a: int, b: int) -> None:
        """Exchange two qubits: a relabelling, or three CX under a condition."""
        if self.condition is None:
            self.primitives.append(Swap((a, b)))
            return
        for control, target in ((a, b), (b, a), (a, b)):
            self.cx(control, target)

    def cx(self, control: int, target: int) -> None:
        """Controlled X."""
        self.frame(target, mat.H)
        self.controlled_phase((control, target), math.pi)
        self.frame(target, mat.H)

    def frame_cx(self, control: int, target: int) -> None:
        """Controlled X that is undone later, with only what commutes with it unless the condition holds in between."""
        condition, self.condition = self.condition, None
        self.cx(control, target)
        self.condition = condition


class ControlledSink(PrimitiveBuilder):
    """Writes to another sink what is to happen only where some qubits hold some pattern.

    Whatever is written here becomes its controlled form there, so that a gate of any definition can be controlled.

    Attributes
    ----------
    inner
        Where the controlled forms go.
    controls, pattern
        The controlling qubits, and what each of them must hold, 0 or 1.
    """

    def __init__(self, inner: PrimitiveBuilder, controls: Qubits, pattern: Qubits) -> None:
        self.inner, self.controls, self.pattern = inner, controls, pattern
        super().__init__()
        self.primitives = inner.primitives

    @property
    def condition(self) -> Condition | None:
        """The classical condition, which is that of the inner sink."""
        return self.inner.condition

    @condition.setter
    def condition(self, condition: Condition | None) -> None:
        self.inner.condition = condition

    @property
    def certain(self) -> bool:
        """False: nothing happens where the controls hold anything else."""
        return False

    def phase(self, angle: Angle) -> None:
        """A global phase, which is a relative one between the states of the controls."""
        self.inner.controlled_phase(self.controls, angle, self.pattern)

    def one(self, qubit: int, matrix: Mat2) -> None:
        """A one-qubit gate."""
        self.inner.controlled(self.controls, self.pattern, qubit, matrix)

    def frame(self, qubit: int, matrix: Mat2) -> None:
        """A change of basis: it needs no control, since it cancels where nothing happens in between."""
        self.inner.frame(qubit, matrix)

    def frame_cx(self, control: int, target: int) -> None:
        """Controlled X that needs no further control."""
        self.inner.frame_cx(control, target)

    def turn(self, qubit: int, axis: str, angle: Angle) -> None:
        """exp(-i angle/2 P) on one qubit."""
        self.inner.controlled_turn(self.controls, self.pattern, qubit, axis, angle)

    def parity(self, qubits: Qubits, angle: Angle) -> None:
        """exp(-i angle/2 Z...Z): with one control two rotations, since the projector on |p> is (1 + (-1)^p Z)/2."""
        if len(qubits) < 2:
            super().parity(qubits, angle)
        elif len(self.controls) == 1:
            self.inner.parity(qubits, angle * 0.5)
            self.inner.parity((*self.controls, *qubits), angle * (-0.5 if self.pattern[0] else 0.5))
        else:
            *others, last = qubits
            for q in others:
                self.inner.frame_cx(q, last)
            self.turn(last, "z", angle)
            for q in reversed(others):
                self.inner.frame_cx(q, last)

    def controlled_phase(self, qubits: Qubits, angle: Angle, pattern: Qubits | None = None) -> None:
        """exp(i angle) on a basis state of ``qubits``: more qubits join it."""
        pattern = (1,) * len(qubits) if pattern is None else pattern
        self.inner.controlled_phase((*self.controls, *qubits), angle, (*self.pattern, *pattern))

    def swap(self, a: int, b: int) -> None:
        """Exchange two qubits."""
        controlled_swap(self.inner, self.controls, self.pattern, a, b)


def _clean(angle: float) -> float:
    """Angle from an eigenvalue, modulo 2 pi; rounding noise around zero is zero."""
    angle = mat.wrap(angle)
    return 0.0 if abs(angle) < 1e-13 else angle


Rule: TypeAlias = Callable[[PrimitiveBuilder, Qubits, Sequence[Angle]], None]
RULES: dict[str, Rule] = {}
"""Rules of the standard gates with parameters or on two and more qubits, by Qiskit's name."""


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return add


def _known(*angles: Angle) -> bool:
    return all(isinstance(angle, float) for angle in angles)


@_rule("id")
def _identity(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    return


@_rule("global_phase")
def _global_phase(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    sink.phase(p[0])


@_rule("p", "u1")
def _p(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    sink.controlled_phase(q, p[0])


@_rule("u", "u3")
def _u(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    theta, phi, lam = p
    if _known(theta, phi, lam):
        sink.one(q[0], mat.u_gate(float(theta), float(phi), float(lam)))
        return
    sink.phase((phi + lam) / 2)
    for axis, angle in (("z", lam), ("y", theta), ("z", phi)):
        sink.turn(q[0], axis, angle)


@_rule("u2")
def _u2(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    _u(sink, q, (HALF_PI, p[0], p[1]))


@_rule("r")
def _r(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    theta, phi = p
    for axis, angle in (("z", -phi), ("x", theta), ("z", phi)):
        sink.turn(q[0], axis, angle)


@_rule("cu")
def _cu(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    theta, phi, lam, gamma = p
    if _known(theta, phi, lam):
        sink.controlled(q[:1], (1,), q[1], mat.u_gate(float(theta), float(phi), float(lam)))
        sink.controlled_phase(q[:1], gamma)
        return
    # controlled exp(i(phi + lam)/2) RZ(phi) RY(theta) RZ(lam)
    sink.controlled_phase(q[:1], gamma + (phi + lam) / 2)
    for axis, angle in (("z", lam), ("y", theta), ("z", phi)):
        sink.controlled_turn(q[:1], (1,), q[1], axis, angle)


@_rule("cu3")
def _cu3(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    _cu(sink, q, (*p, 0.0))


@_rule("rzx")
def _rzx(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    sink.pauli(q, "zx", p[0])


@_rule("swap")
def _swap(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    sink.swap(q[0], q[1])


@_rule("iswap")
def _iswap(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    sink.controlled_phase(q, math.pi)
    for qubit in q:
        sink.one(qubit, mat.S)
    sink.swap(q[0], q[1])


@_rule("dcx")
def _dcx(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    sink.cx(q[0], q[1])
    sink.cx(q[1], q[0])


@_rule("cswap")
def _cswap(sink: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    controlled_swap(sink, q[:1], (1,), q[1], q[2])


def controlled_swap(sink: PrimitiveBuilder, controls: Qubits, pattern: Qubits, a: int, b: int) -> None:
    """Exchange a and b if the controls hold ``pattern``."""
    sink.frame_cx(b, a)  # the outer CX cancel if the middle does not happen
    sink.controlled((*controls, a), (*pattern, 1), b, mat.X)
    sink.frame_cx(b, a)


def _pauli_rotation(axis: str) -> Rule:
    return lambda sink, q, p: sink.pauli(q, axis * len(q), p[0])


def _controlled_rotation(axis: str) -> Rule:
    return lambda sink, q, p: sink.controlled_turn(q[:1], (1,), q[1], axis, p[0])


def _controlled_fixed(matrix: Mat2) -> Rule:
    return lambda sink, q, p: sink.controlled(q[:-1], (1,) * (len(q) - 1), q[-1], matrix)


for _axis in "xyz":
    RULES["r" + _axis] = RULES["r" + 2 * _axis] = _pauli_rotation(_axis)
    RULES["cr" + _axis] = _controlled_rotation(_axis)
for _name, _matrix in {"cy": mat.Y, "ch": mat.H, "cs": mat.S, "csdg": mat.SDG, "csx": mat.SX, "ccz": mat.Z}.items():
    RULES[_name] = _controlled_fixed(_matrix)
for _name, _matrix in {"ccx": mat.X, "mcx": mat.X, "c3sx": mat.SX}.items():
    RULES[_name] = _controlled_fixed(_matrix)
RULES["cx"] = lambda sink, q, p: sink.cx(q[0], q[1])
RULES["cz"] = lambda sink, q, p: sink.controlled_phase(q, math.pi)
RULES["cp"] = RULES["cu1"] = RULES["mcphase"] = lambda sink, q, p: sink.controlled_phase(q, p[0])
