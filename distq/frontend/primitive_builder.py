"""Collects primitives while a circuit is read, under a classical condition or under control of other qubits.

In: rotations, phases, changes of basis and one-qubit gates, with known or unknown angles. Out: a list of primitives and
a global phase.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2
from distq.frontend.primitives import OneQubitGate, OneQubitRotation, ParityRotation, Phase, Primitive, Swap
from distq.ir.program import Angle, Condition

Qubits: TypeAlias = "tuple[int, ...]"


class PrimitiveBuilder:
    """Collects primitives under a current classical condition.

    Attributes
    ----------
    primitives
        The primitives so far.
    condition
        The condition under which the gates that follow happen; None: always.
    global_phase
        Sum of the known unconditioned phases, radians.
    numeric
        False once a global phase has depended on unknown angles.
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

    def add_global_phase(self, angle: Angle) -> None:
        """A global phase; under a condition it cannot be observed."""
        if self.condition is not None:
            return
        if isinstance(angle, float):
            self.global_phase += angle
        else:
            self.numeric = False

    def one_qubit_gate(self, qubit: int, matrix: Mat2) -> None:
        """A one-qubit gate."""
        self.primitives.append(OneQubitGate(qubit, matrix, self.condition))

    def change_basis(self, qubit: int, matrix: Mat2) -> None:
        """A change of basis that is undone later, with only diagonal operations in between.

        It happens whatever the condition: where the diagonal operations do not happen, it and its inverse cancel.
        """
        self.primitives.append(OneQubitGate(qubit, matrix))

    def rotation(self, qubit: int, axis: str, angle: Angle) -> None:
        """exp(-i angle/2 P) on one qubit."""
        if isinstance(angle, float):
            self.one_qubit_gate(qubit, matrix2.rotation(axis, angle))
        else:
            self.primitives.append(OneQubitRotation(qubit, axis, angle, self.condition))

    def parity_rotation(self, qubits: Qubits, angle: Angle) -> None:
        """exp(-i angle/2 Z...Z)."""
        if len(qubits) == 0:
            self.add_global_phase(-angle / 2)
        elif len(qubits) == 1:
            self.rotation(qubits[0], "z", angle)
        elif angle != 0.0:
            self.primitives.append(ParityRotation(qubits, angle, self.condition))

    def pauli_rotation(self, qubits: Qubits, axes: str, angle: Angle) -> None:
        """exp(-i angle/2 P) for the product P of one Pauli per qubit (``axes`` of letters x, y, z)."""
        if len(qubits) == 1:
            self.rotation(qubits[0], axes, angle)
            return
        bases = [(q, matrix2.to_basis(axis)) for q, axis in zip(qubits, axes, strict=True) if axis != "z"]
        for q, basis in bases:
            self.change_basis(q, basis)
        self.parity_rotation(qubits, angle)
        for q, basis in bases:
            self.change_basis(q, matrix2.dagger(basis))

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
        self.add_global_phase(angle * (scale / 2))
        for q, sign in zip(qubits, signs, strict=True):
            self.rotation(q, "z", angle * (-sign * scale))
        if len(qubits) == 2:
            self.parity_rotation(qubits, angle * (-signs[0] * signs[1] * scale))

    def controlled(self, controls: Qubits, pattern: Qubits, target: int, matrix: Mat2) -> None:
        """``matrix`` on ``target`` if the controls hold ``pattern``."""
        basis, low, high = matrix2.spectrum(matrix)
        self.change_basis(target, matrix2.dagger(basis))
        self.controlled_phase((*controls, target), _clean(high - low), (*pattern, 1))
        self.controlled_phase(controls, _clean(low), pattern)
        self.change_basis(target, basis)

    def controlled_rotation(self, controls: Qubits, pattern: Qubits, target: int, axis: str, angle: Angle) -> None:
        """exp(-i angle/2 P) on ``target`` if the controls hold ``pattern``; the angle may be unknown."""
        basis = matrix2.to_basis(axis)
        self.change_basis(target, basis)
        if len(controls) == 1:
            self.rotation(target, "z", angle / 2)
            self.parity_rotation((controls[0], target), angle * (-0.5 if pattern[0] else 0.5))
        else:
            self.controlled_phase((*controls, target), angle, (*pattern, 1))
            self.controlled_phase(controls, angle * -0.5, pattern)
        self.change_basis(target, matrix2.dagger(basis))

    def swap(self, a: int, b: int) -> None:
        """Exchange two qubits: a relabelling, or three CX under a condition."""
        if self.condition is None:
            self.primitives.append(Swap((a, b)))
            return
        for control, target in ((a, b), (b, a), (a, b)):
            self.cx(control, target)

    def cx(self, control: int, target: int) -> None:
        """Controlled X."""
        self.change_basis(target, matrix2.H)
        self.controlled_phase((control, target), math.pi)
        self.change_basis(target, matrix2.H)

    def change_basis_cx(self, control: int, target: int) -> None:
        """Controlled X that is undone later, with only what commutes with it unless the condition holds in between."""
        condition, self.condition = self.condition, None
        self.cx(control, target)
        self.condition = condition

    def controlled_swap(self, controls: Qubits, pattern: Qubits, a: int, b: int) -> None:
        """Exchange a and b if the controls hold ``pattern``."""
        self.change_basis_cx(b, a)  # the outer CX cancel if the middle does not happen
        self.controlled((*controls, a), (*pattern, 1), b, matrix2.X)
        self.change_basis_cx(b, a)


class ControlledBuilder(PrimitiveBuilder):
    """Writes to another builder what is to happen only where some qubits hold some pattern.

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
        """The classical condition, which is that of the inner builder."""
        return self.inner.condition

    @condition.setter
    def condition(self, condition: Condition | None) -> None:
        self.inner.condition = condition

    @property
    def certain(self) -> bool:
        """False: nothing happens where the controls hold anything else."""
        return False

    def add_global_phase(self, angle: Angle) -> None:
        """A global phase, which is a relative one between the states of the controls."""
        self.inner.controlled_phase(self.controls, angle, self.pattern)

    def one_qubit_gate(self, qubit: int, matrix: Mat2) -> None:
        """A one-qubit gate."""
        self.inner.controlled(self.controls, self.pattern, qubit, matrix)

    def change_basis(self, qubit: int, matrix: Mat2) -> None:
        """A change of basis: it needs no control, since it cancels where nothing happens in between."""
        self.inner.change_basis(qubit, matrix)

    def change_basis_cx(self, control: int, target: int) -> None:
        """Controlled X that needs no further control."""
        self.inner.change_basis_cx(control, target)

    def rotation(self, qubit: int, axis: str, angle: Angle) -> None:
        """exp(-i angle/2 P) on one qubit."""
        self.inner.controlled_rotation(self.controls, self.pattern, qubit, axis, angle)

    def parity_rotation(self, qubits: Qubits, angle: Angle) -> None:
        """exp(-i angle/2 Z...Z): with one control two rotations, since the projector on |p> is (1 + (-1)^p Z)/2."""
        if len(qubits) < 2:
            super().parity_rotation(qubits, angle)
        elif len(self.controls) == 1:
            self.inner.parity_rotation(qubits, angle * 0.5)
            self.inner.parity_rotation((*self.controls, *qubits), angle * (-0.5 if self.pattern[0] else 0.5))
        else:
            *others, last = qubits
            for q in others:
                self.inner.change_basis_cx(q, last)
            self.rotation(last, "z", angle)
            for q in reversed(others):
                self.inner.change_basis_cx(q, last)

    def controlled_phase(self, qubits: Qubits, angle: Angle, pattern: Qubits | None = None) -> None:
        """exp(i angle) on a basis state of ``qubits``: more qubits join it."""
        pattern = (1,) * len(qubits) if pattern is None else pattern
        self.inner.controlled_phase((*self.controls, *qubits), angle, (*self.pattern, *pattern))

    def swap(self, a: int, b: int) -> None:
        """Exchange two qubits."""
        self.inner.controlled_swap(self.controls, self.pattern, a, b)


def _clean(angle: float) -> float:
    """Angle from an eigenvalue, modulo 2 pi; rounding noise around zero is zero."""
    angle = matrix2.wrap(angle)
    return 0.0 if abs(angle) < 1e-13 else angle
