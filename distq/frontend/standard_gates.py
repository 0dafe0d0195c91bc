"""Qiskit's standard gates as primitives, one rule per gate name (:data:`RULES`).

In: the gate's qubits and angles (floats, or Qiskit expressions of unbound parameters). Out: primitives, appended to a
:class:`distq.frontend.primitive_builder.PrimitiveBuilder`. Every rule is exact and is called as
``rule(builder, qubits, angles)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from distq.frontend import matrix2
from distq.frontend.matrix2 import Mat2
from distq.frontend.primitive_builder import PrimitiveBuilder, Qubits
from distq.ir.program import Angle

HALF_PI = math.pi / 2

Rule: TypeAlias = Callable[[PrimitiveBuilder, Qubits, Sequence[Angle]], None]
RULES: dict[str, Rule] = {}
"""Rules of the standard gates with parameters or on two and more qubits, by Qiskit's name."""


def _rule(*names: str) -> Callable[[Rule], Rule]:
    """Decorator: the function is the rule of the gates of these names."""

    def add(function: Rule) -> Rule:
        for name in names:
            RULES[name] = function
        return function

    return add


def _known(*angles: Angle) -> bool:
    """True if all angles are numbers."""
    return all(isinstance(angle, float) for angle in angles)


@_rule("id")
def _identity(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    return


@_rule("global_phase")
def _global_phase(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    builder.add_global_phase(p[0])


@_rule("p", "u1")
def _p(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    builder.controlled_phase(q, p[0])


@_rule("u", "u3")
def _u(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    theta, phi, lam = p
    if _known(theta, phi, lam):
        builder.one_qubit_gate(q[0], matrix2.u_gate(float(theta), float(phi), float(lam)))
        return
    builder.add_global_phase((phi + lam) / 2)
    for axis, angle in (("z", lam), ("y", theta), ("z", phi)):
        builder.rotation(q[0], axis, angle)


@_rule("u2")
def _u2(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    _u(builder, q, (HALF_PI, p[0], p[1]))


@_rule("r")
def _r(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    theta, phi = p
    for axis, angle in (("z", -phi), ("x", theta), ("z", phi)):
        builder.rotation(q[0], axis, angle)


@_rule("cu")
def _cu(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    theta, phi, lam, gamma = p
    if _known(theta, phi, lam):
        builder.controlled(q[:1], (1,), q[1], matrix2.u_gate(float(theta), float(phi), float(lam)))
        builder.controlled_phase(q[:1], gamma)
        return
    # controlled exp(i(phi + lam)/2) RZ(phi) RY(theta) RZ(lam)
    builder.controlled_phase(q[:1], gamma + (phi + lam) / 2)
    for axis, angle in (("z", lam), ("y", theta), ("z", phi)):
        builder.controlled_rotation(q[:1], (1,), q[1], axis, angle)


@_rule("cu3")
def _cu3(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    _cu(builder, q, (*p, 0.0))


@_rule("rzx")
def _rzx(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    builder.pauli_rotation(q, "zx", p[0])


@_rule("swap")
def _swap(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    builder.swap(q[0], q[1])


@_rule("iswap")
def _iswap(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    builder.controlled_phase(q, math.pi)
    for qubit in q:
        builder.one_qubit_gate(qubit, matrix2.S)
    builder.swap(q[0], q[1])


@_rule("dcx")
def _dcx(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    builder.cx(q[0], q[1])
    builder.cx(q[1], q[0])


@_rule("cswap")
def _cswap(builder: PrimitiveBuilder, q: Qubits, p: Sequence[Angle]) -> None:
    builder.controlled_swap(q[:1], (1,), q[1], q[2])


def _pauli_rotation(axis: str) -> Rule:
    return lambda builder, q, p: builder.pauli_rotation(q, axis * len(q), p[0])


def _controlled_rotation(axis: str) -> Rule:
    return lambda builder, q, p: builder.controlled_rotation(q[:1], (1,), q[1], axis, p[0])


def _controlled_fixed(matrix: Mat2) -> Rule:
    return lambda builder, q, p: builder.controlled(q[:-1], (1,) * (len(q) - 1), q[-1], matrix)


for _axis in "xyz":
    RULES["r" + _axis] = RULES["r" + 2 * _axis] = _pauli_rotation(_axis)
    RULES["cr" + _axis] = _controlled_rotation(_axis)
for _name, _matrix in {
    "cy": matrix2.Y,
    "ch": matrix2.H,
    "cs": matrix2.S,
    "csdg": matrix2.SDG,
    "csx": matrix2.SX,
    "ccz": matrix2.Z,
}.items():
    RULES[_name] = _controlled_fixed(_matrix)
for _name, _matrix in {"ccx": matrix2.X, "mcx": matrix2.X, "c3sx": matrix2.SX}.items():
    RULES[_name] = _controlled_fixed(_matrix)
RULES["cx"] = lambda builder, q, p: builder.cx(q[0], q[1])
RULES["cz"] = lambda builder, q, p: builder.controlled_phase(q, math.pi)
RULES["cp"] = RULES["cu1"] = RULES["mcphase"] = lambda builder, q, p: builder.controlled_phase(q, p[0])
