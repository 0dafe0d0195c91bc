"""Over-rotated pulses: the angle of every gate is too large by a fraction, the same in every run.

A one-qubit gate turns by (1 + f) times its angle about its axis in the equatorial plane, with f the ``overrotation_1q``
of its QPU; a two-qubit gate by (1 + f) times its angle about ZZ (Z on a CX's control and X on its target), with f the
``overrotation_2q``. Rotations about Z take no pulse and are exact. Tests compare with the full protocol, in which every
gate is over-rotated on its ions.

In all functions here ``fraction_1q`` and ``fraction_2q`` are these two numbers.
"""

from __future__ import annotations

import math

import numpy as np

from distq.ir.native_gates import NativeGate, native_gates
from distq.ir.program import AxisRotation, Factor, Kind, Matrix, Operation
from distq.simulation.noise.matrices import HADAMARD, Entries, entries, factor_matrix, local_matrix, number
from distq.simulation.noise.pauli_channels import Channel, pauli_pair
from distq.simulation.noise.steps import CoherentStep, LocalUnitary, Rotation


def overrotation(op: Operation, fraction_1q: float, fraction_2q: float) -> tuple[CoherentStep, ...] | None:
    """What over-rotated pulses do after the perfect operation; None if the operation must be undone first.

    Operations of several two-qubit gates are undone and run again, gate by gate with their errors: see
    :func:`replayed`. Operands of the steps are positions in ``op.qubits``.
    """
    gates = native_gates(op)
    if len(op.qubits) == 1:
        if op.kind is not Kind.LOCAL or not fraction_1q:
            return ()
        error: Matrix = _with_long_pulses(op, fraction_1q) @ local_matrix(op.factors).conj().T
        return () if np.allclose(error, np.eye(2), atol=1e-15) else (LocalUnitary(0, entries(error)),)
    if len(gates) == 1:
        angle = fraction_2q * _zz_angle(gates[0])
        return (Rotation(gates[0].operands, angle),) if angle else ()
    return None if fraction_1q or fraction_2q else ()


def twirled(op: Operation, fraction_1q: float, fraction_2q: float) -> tuple[tuple[tuple[int, ...], Channel], ...]:
    """Pauli channels, with their operands, that over-rotated pulses become by twirling the error of each gate."""
    found: list[tuple[tuple[int, ...], Channel]] = []
    if op.kind is Kind.LOCAL:
        error: Matrix = _with_long_pulses(op, fraction_1q) @ local_matrix(op.factors).conj().T
        return (((0,), twirl(entries(error))),)
    for gate in native_gates(op):
        match gate.name:
            case "u":
                theta, phi, _ = map(number, gate.params)
                turned = _rz(phi) @ _ry(fraction_1q * theta) @ _rz(-phi)
                found.append((gate.operands, twirl(entries(turned))))
            case "cx":
                found.append((gate.operands, pauli_pair(2, 1, math.sin(fraction_2q * math.pi / 4) ** 2)))
            case "cp" | "rzz":
                found.append((gate.operands, pauli_pair(2, 2, math.sin(fraction_2q * _zz_angle(gate) / 2) ** 2)))
    return tuple(found)


def twirl(matrix: Entries) -> Channel:
    """A 2x2 unitary, followed and preceded by the same random Pauli: I, X, Z, Y with |tr(P U)/2|^2."""
    a, b, c, d = matrix
    parts = (a + d, b + c, a - d, b - c)
    return tuple([abs(part) ** 2 / 4 for part in parts])


def replayed(op: Operation, fraction_1q: float, fraction_2q: float) -> tuple[CoherentStep, ...]:
    """The native gates of an operation on several qubits, with over-rotated pulses; up to a global phase."""
    return tuple([step for gate in native_gates(op) for step in _replayed(gate, fraction_1q, fraction_2q)])


def _replayed(gate: NativeGate, fraction_1q: float, fraction_2q: float) -> tuple[CoherentStep, ...]:
    """One over-rotated native gate."""
    match gate.name:
        case "u":
            theta, phi, lam = map(number, gate.params)
            turned = _rz(phi) @ _ry(theta * (1.0 + fraction_1q)) @ _rz(lam)
            return (LocalUnitary(gate.operands[0], entries(turned)),)
        case "rz":
            return (Rotation(gate.operands, number(gate.params[0])),)
        case "cx":
            control, target = gate.operands
            return cx(control, target, fraction_2q)
        case "cp":
            half = number(gate.params[0]) / 2
            a, b = gate.operands
            return Rotation((a,), half), Rotation((b,), half), Rotation((a, b), _zz_angle(gate) * (1.0 + fraction_2q))
        case _:
            return (Rotation(gate.operands, _zz_angle(gate) * (1.0 + fraction_2q)),)


def cx(control: int, target: int, fraction: float = 0.0) -> tuple[CoherentStep, ...]:
    """CX with its ZX angle too large by ``fraction``, up to a global phase."""
    quarter = math.pi / 2
    turns = (
        Rotation((control,), quarter),
        Rotation((target,), quarter),
        Rotation((control, target), -quarter * (1.0 + fraction)),
    )
    return LocalUnitary(target, HADAMARD), *turns, LocalUnitary(target, HADAMARD)


def _zz_angle(gate: NativeGate) -> float:
    """Angle of the ZZ rotation in a ``cp`` or ``rzz``, radians."""
    angle = number(gate.params[0])
    return angle if gate.name == "rzz" else -angle / 2


def _with_long_pulses(op: Operation, fraction: float) -> Matrix:
    """A LOCAL operation whose pulses are all too long."""
    out: Matrix = np.eye(2, dtype=np.complex128)
    for factor, gate in zip(op.factors, native_gates(op), strict=True):
        out = _with_long_pulse(factor, gate, fraction) @ out
    return out


def _with_long_pulse(factor: Factor, gate: NativeGate, fraction: float) -> Matrix:
    """A one-qubit gate whose pulse is too long."""
    if gate.name == "u":
        theta, phi, _ = map(number, gate.params)
        error = _rz(phi) @ _ry(fraction * theta) @ _rz(-phi)
        matrix: Matrix = error @ factor_matrix(factor)
        return matrix
    assert isinstance(factor, AxisRotation)
    scale = 1.0 if factor.axis == "z" else 1.0 + fraction
    return factor_matrix(AxisRotation(factor.axis, number(factor.angle) * scale))


def _ry(angle: float) -> Matrix:
    c, s = math.cos(angle / 2), math.sin(angle / 2)
    return np.array([[c, -s], [s, c]], dtype=np.complex128)


def _rz(angle: float) -> Matrix:
    return np.diag(np.exp([-0.5j * angle, 0.5j * angle]))


def tilted_measurement(fraction: float) -> Entries:
    """What an over-rotated H before a measurement is before the H: H RY(``fraction`` pi/2) H."""
    return entries(_ry(-fraction * math.pi / 2))


def x_rotation(angle: float) -> Entries:
    """exp(-i angle/2 X): what an X whose pulse is too long does more."""
    c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
    return (c, s, s, c)
