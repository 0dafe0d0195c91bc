"""Noise that is no mixture of Paulis: relaxation and over-rotated pulses.

Relaxation has two Kraus operators, diag(1, sqrt(1 - g)) and sqrt(g) |0><1|, with g = 1 - exp(-t/T1) (Nielsen and
Chuang, section 8.3.5). An over-rotated pulse turns by (1 + f) times its angle: a one-qubit gate about its axis in the
equatorial plane, a two-qubit gate about ZZ (Z on a CX's control and X on its target).

A 2x2 matrix is the tuple of its four entries, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError
from distq.ir.native_gates import NativeGate, native_gates
from distq.ir.program import AxisRotation, Factor, Kind, Matrix, Operation
from distq.simulation.noise.matrices import factor_matrix, local_matrix, number
from distq.simulation.noise.pauli_channels import Channel, both

Entries: TypeAlias = tuple[complex, complex, complex, complex]
Transfer: TypeAlias = NDArray[np.float64]
"""A one-qubit channel on I, X, Y, Z: entry (i, j) is tr(P_i N(P_j))/2."""

HADAMARD: Entries = (math.sqrt(0.5), math.sqrt(0.5), math.sqrt(0.5), -math.sqrt(0.5))
IDENTITY: Entries = (1.0, 0.0, 0.0, 1.0)


class KrausOperator(NamedTuple):
    """A Kraus operator: ``matrix`` on one qubit, then the Pauli of this digit on another one, or on the same."""

    matrix: Entries
    pauli: int


@dataclass(frozen=True)
class Turned:
    """exp(-i ``angle``/2 Z x ... x Z) on ``operands``."""

    operands: tuple[int, ...]
    angle: float


@dataclass(frozen=True)
class Driven:
    """``matrix`` on ``operand``."""

    operand: int
    matrix: Entries


Step: TypeAlias = Turned | Driven


def entries(matrix: Matrix) -> Entries:
    """A 2x2 array as a tuple."""
    a, b, c, d = matrix.ravel().tolist()
    return (a, b, c, d)


def relaxed(time_s: float, t1_s: float) -> float:
    """Probability that |1> has decayed after ``time_s``."""
    return min(-math.expm1(-time_s / t1_s), 1.0 - 1e-12)


def relaxation(decayed: float) -> tuple[KrausOperator, ...]:
    """Kraus operators of relaxation: no jump, and a jump as a projection followed by X."""
    return KrausOperator((1.0, 0.0, 0.0, math.sqrt(1.0 - decayed)), 0), KrausOperator(
        (0.0, 0.0, 0.0, math.sqrt(decayed)), 1
    )


def proposals(choices: Sequence[KrausOperator]) -> NDArray[np.float64]:
    """Probabilities with which trajectories draw the operators, whatever the state: the most that each may have.

    The first one gets the rest.

    Raises
    ------
    SimulationError
        The others have more than all.
    """
    out = np.array([np.linalg.norm(np.reshape(choice.matrix, (2, 2)), 2) ** 2 for choice in choices])
    out[0] = 1.0 - out[1:].sum()
    if out[0] < 1e-13:
        raise SimulationError("noise that is no Pauli channel is too strong for trajectories", "use --engine density")
    return out


def overrotation(op: Operation, by_1q: float, by_2q: float) -> tuple[Step, ...] | None:
    """What over-rotated pulses do after the perfect operation; None if it must be undone first.

    Operations of several two-qubit gates are undone and run again, gate by gate with their errors.
    """
    gates = native_gates(op)
    if len(op.qubits) == 1:
        if op.kind is not Kind.LOCAL or not by_1q:
            return ()
        error: Matrix = _driven(op, by_1q) @ local_matrix(op.factors).conj().T
        return () if np.allclose(error, np.eye(2), atol=1e-15) else (Driven(0, entries(error)),)
    if len(gates) == 1:
        angle = by_2q * _zz_angle(gates[0])
        return (Turned(gates[0].operands, angle),) if angle else ()
    return None if by_1q or by_2q else ()


def twirled(op: Operation, by_1q: float, by_2q: float) -> tuple[tuple[tuple[int, ...], Channel], ...]:
    """Pauli channels, with their operands, that over-rotated pulses are taken for: each gate's error, twirled."""
    found: list[tuple[tuple[int, ...], Channel]] = []
    if op.kind is Kind.LOCAL:
        error: Matrix = _driven(op, by_1q) @ local_matrix(op.factors).conj().T
        return (((0,), twirl(entries(error))),)
    for gate in native_gates(op):
        match gate.name:
            case "u":
                theta, phi, _ = map(number, gate.params)
                turned = _rz(phi) @ _ry(by_1q * theta) @ _rz(-phi)
                found.append((gate.operands, twirl(entries(turned))))
            case "cx":
                found.append((gate.operands, both(2, 1, math.sin(by_2q * math.pi / 4) ** 2)))
            case "cp" | "rzz":
                found.append((gate.operands, both(2, 2, math.sin(by_2q * _zz_angle(gate) / 2) ** 2)))
    return tuple(found)


def twirl(matrix: Entries) -> Channel:
    """A 2x2 unitary, followed and preceded by the same random Pauli: I, X, Z, Y with |tr(P U)/2|^2."""
    a, b, c, d = matrix
    parts = (a + d, b + c, a - d, b - c)
    return tuple([abs(part) ** 2 / 4 for part in parts])


def replayed(op: Operation, by_1q: float, by_2q: float) -> tuple[Step, ...]:
    """The native gates of an operation on several qubits, with over-rotated pulses; up to a global phase."""
    return tuple([step for gate in native_gates(op) for step in _replayed(gate, by_1q, by_2q)])


def _replayed(gate: NativeGate, by_1q: float, by_2q: float) -> tuple[Step, ...]:
    match gate.name:
        case "u":
            theta, phi, lam = map(number, gate.params)
            turned = _rz(phi) @ _ry(theta * (1.0 + by_1q)) @ _rz(lam)
            return (Driven(gate.operands[0], entries(turned)),)
        case "rz":
            return (Turned(gate.operands, number(gate.params[0])),)
        case "cx":
            control, target = gate.operands
            return cx(control, target, by_2q)
        case "cp":
            half = number(gate.params[0]) / 2
            a, b = gate.operands
            return Turned((a,), half), Turned((b,), half), Turned((a, b), _zz_angle(gate) * (1.0 + by_2q))
        case _:
            return (Turned(gate.operands, _zz_angle(gate) * (1.0 + by_2q)),)


def cx(control: int, target: int, by: float = 0.0) -> tuple[Step, ...]:
    """CX with its ZX angle too large by the fraction ``by``, up to a global phase."""
    quarter = math.pi / 2
    turns = (Turned((control,), quarter), Turned((target,), quarter), Turned((control, target), -quarter * (1.0 + by)))
    return Driven(target, HADAMARD), *turns, Driven(target, HADAMARD)


def _zz_angle(gate: NativeGate) -> float:
    angle = number(gate.params[0])
    return angle if gate.name == "rzz" else -angle / 2


def _driven(op: Operation, by: float) -> Matrix:
    out: Matrix = np.eye(2, dtype=np.complex128)
    for factor, gate in zip(op.factors, native_gates(op), strict=True):
        out = _overdriven(factor, gate, by) @ out
    return out


def _overdriven(factor: Factor, gate: NativeGate, by: float) -> Matrix:
    """A one-qubit gate whose pulse is too long."""
    if gate.name == "u":
        theta, phi, _ = map(number, gate.params)
        error = _rz(phi) @ _ry(by * theta) @ _rz(-phi)
        matrix: Matrix = error @ factor_matrix(factor)
        return matrix
    assert isinstance(factor, AxisRotation)
    scale = 1.0 if factor.axis == "z" else 1.0 + by
    return factor_matrix(AxisRotation(factor.axis, number(factor.angle) * scale))


def _ry(angle: float) -> Matrix:
    c, s = math.cos(angle / 2), math.sin(angle / 2)
    return np.array([[c, -s], [s, c]], dtype=np.complex128)


def _rz(angle: float) -> Matrix:
    return np.diag(np.exp([-0.5j * angle, 0.5j * angle]))


def tilt(by: float) -> Entries:
    """What an over-rotated H before a measurement is before the H: H RY(by pi/2) H."""
    return entries(_ry(-by * math.pi / 2))


def x_turn(angle: float) -> Entries:
    """exp(-i angle/2 X): what an X whose pulse is too long does more."""
    c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
    return (c, s, s, c)


# One-qubit channels on I, X, Y, Z.


def pauli_transfer(channel: Channel) -> Transfer:
    """Transfer matrix of a one-qubit Pauli channel."""
    i, x, z, y = channel
    return np.diag([1.0, i + x - y - z, i + y - x - z, i + z - x - y])


def relaxation_transfer(decayed: float) -> Transfer:
    """Transfer matrix of relaxation."""
    s = math.sqrt(1.0 - decayed)
    out = np.diag([1.0, s, s, 1.0 - decayed])
    out[3, 0] = decayed
    return out


def pair_transfer(errors: Transfer, half: float, copy: float) -> Transfer:
    """Pauli errors of a pair and then relaxation of both halves, as a map on the copy.

    A Kraus operator K on one half is its transpose on the other. Trace-preserving only once the outcome is averaged.
    """
    out: Transfer = relaxation_transfer(copy) @ errors @ relaxation_transfer(half).T
    return out


def outcome_averaged(transfer: Transfer, flipped: Transfer) -> Transfer:
    """What a map on half of a pair does to the copy: outcome 0, or 1 with X before and after and then ``flipped``."""
    x = np.diag([1.0, 1.0, -1.0, -1.0])
    out: Transfer = (transfer + flipped @ x @ transfer @ x) / 2
    return out


def x_turn_transfer(angle: float) -> Transfer:
    """Transfer matrix of exp(-i angle/2 X)."""
    out = np.eye(4)
    out[2:, 2:] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return out


def kraus_choices(transfer: Transfer) -> tuple[KrausOperator, ...] | None:
    """Kraus operators of a channel, the most likely one first; None if the map is not completely positive.

    If populations and coherences do not mix, every operator is diagonal, or diagonal and then X.
    """
    paulis = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
    choi = np.zeros((4, 4), dtype=np.complex128)
    for i, j in np.argwhere(transfer).tolist():
        choi += transfer[i, j] / 2 * np.kron(paulis[j].T, paulis[i])
    stays, jumps = [0, 3], [1, 2]  # indices 2 * (in) + out of |0><0|, |1><1| and of |1><0|, |0><1|
    apart = np.allclose(choi[np.ix_(stays, jumps)], 0.0, atol=1e-15)
    found: list[tuple[float, KrausOperator]] = []
    if apart:
        for block, pauli in ((stays, 0), (jumps, 1)):
            found += [(value, _choice(stays, vector, pauli)) for value, vector in _eigen(choi[np.ix_(block, block)])]
    else:
        found += [(value, _choice([0, 1, 2, 3], vector, 0)) for value, vector in _eigen(choi)]
    if min(value for value, _ in found) < -1e-12:
        return None
    kept = [(value, choice) for value, choice in found if value > 1e-16]
    kept.sort(key=lambda pair: -pair[0])
    return tuple([KrausOperator(_scaled(choice.matrix, math.sqrt(value)), choice.pauli) for value, choice in kept])


def _eigen(matrix: Matrix) -> list[tuple[float, Matrix]]:
    values, vectors = np.linalg.eigh(matrix)
    return [(value, vectors[:, k]) for k, value in enumerate(values.tolist())]


def _choice(indices: list[int], vector: Matrix, pauli: int) -> KrausOperator:
    """The operator whose entries <out|K|in> are those of ``vector`` at ``indices``, which are 2 * in + out."""
    flat = np.zeros(4, dtype=np.complex128)
    flat[indices] = vector
    return KrausOperator(entries(flat.reshape(2, 2).T), pauli)


def _scaled(matrix: Entries, factor: float) -> Entries:
    a, b, c, d = matrix
    return (factor * a, factor * b, factor * c, factor * d)


@lru_cache(maxsize=4096)
def recorded(wrong: float, gate_error: float) -> tuple[KrausOperator, ...]:
    """Closing a coherent copy, after the CX from its root: Kraus operators on the copy, with a Pauli on the root.

    The outcome of the copy's measurement in the X basis is wrong with probability ``wrong``; the conditional Z on the
    root is followed by a depolarising error of probability ``gate_error``. Outcome m has the Kraus operator
    (A + (-1)^m B)/sqrt 2 with A, B = <0|, <1| on the copy; here they are mixed to one that is nearly A, and small ones.
    """
    even, odd = np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([[0.5, -0.5], [-0.5, 0.5]])
    right, p = 1.0 - wrong, gate_error
    weights = {
        0: right * (even + (1 - p) * odd) + wrong * p / 3 * even,
        2: right * p / 3 * odd + wrong * ((1 - p) * even + odd),
        1: right * p / 3 * odd + wrong * p / 3 * even,
        3: right * p / 3 * odd + wrong * p / 3 * even,
    }
    found = []
    for pauli, weight in weights.items():
        (a, b), (_, c) = weight.tolist()
        first = (math.sqrt(a), b / math.sqrt(a)) if a > 0.0 else (0.0, 0.0)
        for row in (first, (0.0, math.sqrt(max(0.0, c - first[1] ** 2)))):
            if max(map(abs, row)) > 1e-12:
                found.append(KrausOperator((row[0], row[1], 0.0, 0.0), pauli))
    return tuple(found)
