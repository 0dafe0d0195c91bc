"""Programs up to commutations: a canonical form that two programs share only if they are equal.

Per qubit, the boundaries in order, each with the merged one-qubit gate (its *frame*) in front of it; between them
*epochs*. The diagonal operations as a table: which operation on which epochs of which qubits, with the sum of the
angles. Conditions and measurements carry the version of each classical bit, the number of writes before. All that does
not commute is ordered by epochs and versions, so equal traces mean equal programs (a Mazurkiewicz trace normal form).
Diagonal one-qubit gates are pushed through the diagonal operations towards the end, anti-diagonal ones too, which flips
signs and patterns; rotations are taken modulo pi, with the difference, a Z on each operand, put into the next frame.
"""

from __future__ import annotations

import cmath
import math
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from distq.ir.program import Angle, AxisRotation, Condition, Factor, Kind, Matrix, Operation

ANGLE_TOLERANCE = 5e-9
_ZERO = 1e-9

ConditionKey: TypeAlias = "tuple[tuple[tuple[int, int, int], ...], bool] | None"
TermKey: TypeAlias = "tuple[int, tuple[tuple[int, int], ...], tuple[int, ...], ConditionKey]"

_IDENTITY = np.eye(2, dtype=np.complex128)
_Z = np.diag([1, -1]).astype(np.complex128)


@dataclass
class Boundary:
    """What ends an epoch. ``frame`` acts first: up to phases of its rows if ``rows``, else up to one phase."""

    what: str
    frame: Matrix | None
    rows: bool
    key: tuple[object, ...] = ()

    def same(self, other: Boundary) -> bool:
        """Equal as far as anything after it can tell."""
        if (self.what, self.key, self.rows) != (other.what, other.key, other.rows):
            return False
        if self.frame is None or other.frame is None:
            return self.frame is other.frame
        overlaps = (self.frame.conj() * other.frame).sum(axis=1)
        if not self.rows:
            phase = overlaps.sum()
            overlaps = np.array([phase, phase])
        if np.abs(overlaps).min() < 0.5:
            return False
        turned = self.frame * (overlaps / np.abs(overlaps))[:, None]
        return bool(np.abs(turned - other.frame).max() < ANGLE_TOLERANCE)


@dataclass
class CanonicalForm:
    """The canonical form. ``terms`` holds angle and index of the first operation that contributed."""

    boundaries: list[list[Boundary]]
    terms: dict[TermKey, tuple[float, int]] = field(default_factory=dict)


def canonical(operations: Iterable[Operation], num_qubits: int) -> CanonicalForm:
    """Canonical form of a list of operations. Unbound parameters take fixed values that depend on their names."""
    builder = _Builder(num_qubits)
    for index, operation in enumerate(operations):
        builder.add(index, operation)
    return builder.finish()


def first_difference(expected: CanonicalForm, found: CanonicalForm) -> str | None:
    """The first difference in words; None if the traces are equal."""
    missing, extra, changed = [], [], []
    for key, (angle, index) in expected.terms.items():
        other = found.terms.get(key)
        if other is None:
            missing.append((index, key, angle))
        elif _apart(angle, other[0], key) > ANGLE_TOLERANCE:
            changed.append((index, key, angle, other[0]))
    extra = [(index, key, angle) for key, (angle, index) in found.terms.items() if key not in expected.terms]
    for line, (a, b) in enumerate(zip(expected.boundaries, found.boundaries, strict=True)):
        for number, (left, right) in enumerate(zip(a, b, strict=False)):
            if not left.same(right):
                return f"{_boundary(left)} after epoch {number} of qubit {line} became {_boundary(right)}"
        if len(a) != len(b):
            number = min(len(a), len(b))
            names = ", ".join(_boundary(x) for x in (a if len(a) > len(b) else b)[number:][:3])
            return f"qubit {line} {'lacks' if len(a) > len(b) else 'has in excess'} at its end: {names}"
    if changed:
        _, key, left_angle, right_angle = min(changed, key=lambda c: c[0])
        return f"the angle of {_term(key)} is {right_angle:.9g} instead of {left_angle:.9g}"
    if missing:
        _, key, angle = min(missing, key=lambda c: c[0])
        return f"{_term(key)} with angle {angle:.9g} is missing"
    if extra:
        _, key, angle = min(extra, key=lambda c: c[0])
        return f"{_term(key)} with angle {angle:.9g} is not in the original"
    return None


def number(angle: Angle | None) -> float:
    """An angle as a number; parameters take a value in (0.2, 2.9) that depends on their names only."""
    if angle is None:
        return 0.0
    if isinstance(angle, int | float):
        return float(angle)
    return float(angle.bind({p: parameter_value(p.name) for p in angle.parameters}))


def parameter_value(name: str) -> float:
    """The value that stands for a parameter. OpenQASM 3 renames ``a[0]`` to ``_a_0_``: both get the same one."""
    plain = re.sub(r"\W", "_", name).strip("_")
    return 0.2 + 2.7 * float(np.random.default_rng(zlib.crc32(plain.encode())).random())


def factor_matrix(factor: Factor) -> Matrix:
    """2x2 unitary of one factor of a LOCAL."""
    if not isinstance(factor, AxisRotation):
        return factor
    half = number(factor.angle) / 2
    c, s = math.cos(half), math.sin(half)
    match factor.axis:
        case "x":
            return np.array([[c, -1j * s], [-1j * s, c]])
        case "y":
            return np.array([[c, -s], [s, c]], dtype=np.complex128)
        case _:
            return np.diag([cmath.exp(-1j * half), cmath.exp(1j * half)])


def condition_key(condition: Condition | None, versions: list[int]) -> ConditionKey:
    """Bits with versions and wanted values, sorted; whether negated (never for a single bit)."""
    if condition is None:
        return None
    negate = condition.negate
    values = [condition.value >> i & 1 for i in range(len(condition.clbits))]
    if len(values) == 1 and negate:
        values, negate = [1 - values[0]], False
    return tuple(sorted(zip(condition.clbits, [versions[b] for b in condition.clbits], values, strict=True))), negate


class _Builder:
    def __init__(self, num_qubits: int) -> None:
        self.frame: list[Matrix] = [_IDENTITY] * num_qubits
        self.boundaries: list[list[Boundary]] = [[] for _ in range(num_qubits)]
        self.versions: list[int] = []
        self.sums: dict[TermKey, tuple[float, int]] = {}

    def add(self, index: int, op: Operation) -> None:
        if op.clbits and max(op.clbits) >= len(self.versions):
            self.versions += [0] * (max(op.clbits) + 1 - len(self.versions))
        if op.diagonal:
            self.diagonal(index, op)
        elif op.kind is Kind.LOCAL and op.condition is None:
            (q,) = op.qubits
            for factor in op.factors:
                self.frame[q] = factor_matrix(factor) @ self.frame[q]
        else:
            self.boundary(op)

    def boundary(self, op: Operation) -> None:
        (q,) = op.qubits
        key = condition_key(op.condition, self.versions)
        match op.kind:
            case Kind.MEASURE:
                assert op.clbit is not None
                self.versions[op.clbit] += 1
                free = key is None
                self.close(q, Boundary("MEASURE", self.frame[q], free, (op.clbit, self.versions[op.clbit], key)))
            case Kind.RESET:
                self.close(q, Boundary("RESET", None if key is None else self.frame[q], False, (key,)))
            case _:
                self.close(q, Boundary("frame before a conditioned gate", self.frame[q], False))
                gate = _IDENTITY
                for factor in op.factors:
                    gate = factor_matrix(factor) @ gate
                self.close(q, Boundary("conditioned gate", gate, False, (key,)))

    def close(self, q: int, boundary: Boundary) -> None:
        self.boundaries[q].append(boundary)
        self.frame[q] = _IDENTITY

    def diagonal(self, index: int, op: Operation) -> None:
        angle = number(op.angle)
        if abs(math.remainder(angle, 2 * math.pi)) < _ZERO:
            return
        pattern = dict(zip(op.qubits, op.pattern, strict=True)) if op.pattern else {}
        for q in op.qubits:
            if self.pass_frame(q):
                if pattern:
                    pattern[q] ^= 1
                else:
                    angle = -angle
        operands = sorted(op.qubits)
        where = tuple([(q, len(self.boundaries[q])) for q in operands])
        bits = tuple([pattern[q] for q in operands]) if pattern else ()
        key = (int(op.kind), where, bits, condition_key(op.condition, self.versions))
        known, first = self.sums.get(key, (0.0, index))
        self.sums[key] = (known + angle, first)

    def pass_frame(self, q: int) -> bool:
        """Bring a diagonal operation in front of the frame: True if it is flipped; a general frame ends the epoch."""
        frame = self.frame[q]
        if abs(frame[0, 1]) < _ZERO:
            return False
        if abs(frame[0, 0]) < _ZERO:
            return True
        left = frame[:, 0] / np.abs(frame[:, 0])
        self.close(q, Boundary("gate", frame, True))
        self.frame[q] = np.diag(left)
        return False

    def finish(self) -> CanonicalForm:
        for q, frame in enumerate(self.frame):
            measured = bool(self.boundaries[q]) and self.boundaries[q][-1].what == "MEASURE"
            if measured and abs(frame[0, 1]) < _ZERO and self.boundaries[q][-1].rows:
                frame = _IDENTITY  # a phase on a measured qubit is a global one
            self.boundaries[q].append(Boundary("last gate", frame, False))
        terms: dict[TermKey, tuple[float, int]] = {}
        for key, (angle, first) in self.sums.items():
            conditioned = key[3] is not None
            if key[0] == Kind.PHASE or conditioned:
                angle = math.remainder(angle, 2 * math.pi)
            else:
                turns = math.floor(angle / math.pi + 0.5 + _ZERO)
                angle -= turns * math.pi
                if turns % 2:
                    for q, epoch in key[1]:
                        self.flip(self.boundaries[q][epoch])
            if abs(angle) > ANGLE_TOLERANCE:
                terms[key] = (angle, first)
        return CanonicalForm(self.boundaries, terms)

    @staticmethod
    def flip(boundary: Boundary) -> None:
        """Put a Z in front of the frame."""
        if boundary.frame is not None:
            boundary.frame = boundary.frame @ _Z


def _apart(a: float, b: float, key: TermKey) -> float:
    period = 2 * math.pi if key[0] == Kind.PHASE or key[3] is not None else math.pi
    return abs(math.remainder(a - b, period))


def _term(key: TermKey) -> str:
    kind, where, pattern, condition = key
    qubits = ", ".join(f"{q} (epoch {e})" for q, e in where)
    what = f"the {Kind(kind).name} on qubit{'s' if len(where) > 1 else ''} {qubits}"
    what += f" with pattern {''.join(map(str, pattern))}" if pattern else ""
    return what + (" under a condition" if condition is not None else "")


def _boundary(boundary: Boundary) -> str:
    if boundary.what == "MEASURE":
        return f"a MEASURE into bit {boundary.key[0]} (write {boundary.key[1]})"
    if boundary.frame is None:
        return f"a {boundary.what}"
    theta = 2 * math.atan2(abs(boundary.frame[1, 0]), abs(boundary.frame[0, 0]))
    return f"a {boundary.what} (rotation by {theta:.6g} off the axis)"
