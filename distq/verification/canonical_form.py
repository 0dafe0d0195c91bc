"""Programs up to commutations: a canonical form that two programs share only if they are equal.

In: operations of a program. Out: :class:`CanonicalForm`: per qubit, the boundaries in order, each with the merged
one-qubit gate in front of it; between them lie *epochs*. The diagonal operations are a table: which operation on which
epochs of which qubits, with the sum of the angles. Conditions and measurements carry the version of each classical bit,
which is the number of writes before. All that does not commute is ordered by epochs and versions, so equal forms mean
equal programs (the normal form of a Mazurkiewicz trace).

Diagonal one-qubit gates are pushed through the diagonal operations towards the end, anti-diagonal ones too, which flips
signs and patterns; rotations are taken modulo pi, and the difference, a Z on each operand, joins the next boundary.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from distq.ir.program import Condition, Kind, Matrix, Operation
from distq.verification.numeric import angle_value, factor_matrix

ANGLE_TOLERANCE = 5e-9
"""Angles, and entries of one-qubit gates, closer than this count as equal."""
_ZERO = 1e-9
_PHASE = int(Kind.PHASE)  # a plain number: this is compared once for every term

ConditionKey: TypeAlias = "tuple[tuple[tuple[int, int, int], ...], bool] | None"
"""(bit, version of the bit, value) for each bit of a condition, and whether it is negated; None if there is none."""

_IDENTITY = np.eye(2, dtype=np.complex128)
_Z = np.diag([1, -1]).astype(np.complex128)


@dataclass
class Boundary:
    """What ends an epoch.

    Attributes
    ----------
    what
        Its kind, in words.
    gate
        The merged one-qubit gate that acts first; None if it does not matter, as before a reset.
    row_phases_free
        True if the phase of each row of ``gate`` does not matter, False if one common phase does not.
    key
        What else must be equal: bits, their versions, conditions.
    """

    what: str
    gate: Matrix | None
    row_phases_free: bool
    key: tuple[object, ...] = ()

    def same(self, other: Boundary) -> bool:
        """True if nothing that comes after could tell the two apart."""
        if (self.what, self.key, self.row_phases_free) != (other.what, other.key, other.row_phases_free):
            return False
        if self.gate is None or other.gate is None:
            return self.gate is other.gate
        overlaps = (self.gate.conj() * other.gate).sum(axis=1)
        if not self.row_phases_free:
            phase = overlaps.sum()
            overlaps = np.array([phase, phase])
        if np.abs(overlaps).min() < 0.5:
            return False
        aligned = self.gate * (overlaps / np.abs(overlaps))[:, None]
        return bool(np.abs(aligned - other.gate).max() < ANGLE_TOLERANCE)


class TermKey(NamedTuple):
    """Which diagonal operation it is.

    Attributes
    ----------
    kind
        ROTATION or PHASE, as a number.
    where
        (qubit, epoch) of every operand, by qubit.
    pattern
        For a PHASE: the basis state, in the same order.
    condition
        Under which condition it happens.
    """

    kind: int
    where: tuple[tuple[int, int], ...]
    pattern: tuple[int, ...]
    condition: ConditionKey

    @property
    def period(self) -> float:
        """Angles that differ by this are equal: conditioned rotations and phases have 2 pi, others pi and a Z each."""
        return 2 * math.pi if self.kind == _PHASE or self.condition is not None else math.pi


class Term(NamedTuple):
    """A diagonal operation's angle, in radians, and the index of the first operation that contributed to it."""

    angle: float
    first: int


@dataclass
class CanonicalForm:
    """What two programs share only if they are equal.

    Attributes
    ----------
    boundaries
        Per qubit: what ends its epochs, in order.
    terms
        The diagonal operations.
    """

    boundaries: list[list[Boundary]]
    terms: dict[TermKey, Term] = field(default_factory=dict)


def canonical(operations: Iterable[Operation], num_qubits: int) -> CanonicalForm:
    """Canonical form of a list of operations, in time linear in their number.

    Unbound parameters take fixed values that depend on their names.
    """
    builder = _CanonicalBuilder(num_qubits)
    for index, operation in enumerate(operations):
        builder.add(index, operation)
    return builder.finish()


def condition_key(condition: Condition | None, versions: list[int]) -> ConditionKey:
    """Bits with versions and wanted values, sorted; whether negated (never for a single bit)."""
    if condition is None:
        return None
    negate = condition.negate
    values = [condition.value >> i & 1 for i in range(len(condition.clbits))]
    if len(values) == 1 and negate:
        values, negate = [1 - values[0]], False
    return tuple(sorted(zip(condition.clbits, [versions[b] for b in condition.clbits], values, strict=True))), negate


class _CanonicalBuilder:
    """Builds a canonical form, one operation at a time.

    Attributes
    ----------
    gate
        Per qubit: the merged one-qubit gate behind the last boundary.
    versions
        Per classical bit: how often it has been written.
    sums
        The diagonal operations so far.
    """

    def __init__(self, num_qubits: int) -> None:
        self.gate: list[Matrix] = [_IDENTITY] * num_qubits
        self.boundaries: list[list[Boundary]] = [[] for _ in range(num_qubits)]
        self.versions: list[int] = []
        self.sums: dict[TermKey, Term] = {}

    def add(self, index: int, op: Operation) -> None:
        """Append operation number ``index``."""
        if op.clbits and max(op.clbits) >= len(self.versions):
            self.versions += [0] * (max(op.clbits) + 1 - len(self.versions))
        if op.diagonal:
            self.add_diagonal(index, op)
        elif op.kind is Kind.LOCAL and op.condition is None:
            (q,) = op.qubits
            for factor in op.factors:
                self.gate[q] = factor_matrix(factor) @ self.gate[q]
        else:
            self.add_boundary(op)

    def add_boundary(self, op: Operation) -> None:
        """A measurement, a reset or a conditioned one-qubit gate, which ends its qubit's epoch."""
        (q,) = op.qubits
        key = condition_key(op.condition, self.versions)
        match op.kind:
            case Kind.MEASURE:
                assert op.clbit is not None
                self.versions[op.clbit] += 1
                key_and_bit = (op.clbit, self.versions[op.clbit], key)
                self.close(q, Boundary("MEASURE", self.gate[q], row_phases_free=key is None, key=key_and_bit))
            case Kind.RESET:
                self.close(q, Boundary("RESET", None if key is None else self.gate[q], False, (key,)))
            case _:
                self.close(q, Boundary("gate in front of a conditioned one", self.gate[q], False))
                gate = _IDENTITY
                for factor in op.factors:
                    gate = factor_matrix(factor) @ gate
                self.close(q, Boundary("conditioned gate", gate, False, (key,)))

    def close(self, q: int, boundary: Boundary) -> None:
        """End the epoch of a qubit."""
        self.boundaries[q].append(boundary)
        self.gate[q] = _IDENTITY

    def add_diagonal(self, index: int, op: Operation) -> None:
        """A diagonal operation, which joins the table."""
        angle = angle_value(op.angle)
        if abs(math.remainder(angle, 2 * math.pi)) < _ZERO:
            return
        pattern = dict(zip(op.qubits, op.pattern, strict=True)) if op.pattern else {}
        for q in op.qubits:
            if self.passes_flipped(q):
                if pattern:
                    pattern[q] ^= 1
                else:
                    angle = -angle
        operands = sorted(op.qubits)
        where = tuple([(q, len(self.boundaries[q])) for q in operands])
        bits = tuple([pattern[q] for q in operands]) if pattern else ()
        key = TermKey(int(op.kind), where, bits, condition_key(op.condition, self.versions))
        known = self.sums.get(key)
        self.sums[key] = Term(angle, index) if known is None else Term(known.angle + angle, known.first)

    def passes_flipped(self, q: int) -> bool:
        """Bring a diagonal operation in front of the merged gate of a qubit.

        True if that gate is anti-diagonal, which flips the operation. A gate that is neither diagonal nor anti-diagonal
        ends the epoch instead.
        """
        gate = self.gate[q]
        if abs(gate[0, 1]) < _ZERO:
            return False
        if abs(gate[0, 0]) < _ZERO:
            return True
        row_phases = gate[:, 0] / np.abs(gate[:, 0])
        self.close(q, Boundary("gate", gate, True))
        self.gate[q] = np.diag(row_phases)
        return False

    def finish(self) -> CanonicalForm:
        """Close all epochs and take the angles modulo their periods."""
        for q, gate in enumerate(self.gate):
            last = self.boundaries[q][-1] if self.boundaries[q] else None
            measured = last is not None and last.what == "MEASURE" and last.row_phases_free
            if measured and abs(gate[0, 1]) < _ZERO:
                gate = _IDENTITY  # a phase on a measured qubit is a global one
            self.boundaries[q].append(Boundary("last gate", gate, False))
        terms: dict[TermKey, Term] = {}
        for key, (angle, first) in self.sums.items():
            kind, where, _, condition = key
            if kind == _PHASE or condition is not None:
                angle = math.remainder(angle, 2 * math.pi)
            else:
                turns = math.floor(angle / math.pi + 0.5 + _ZERO)
                angle -= turns * math.pi
                if turns % 2:  # a Z on every operand
                    for q, epoch in where:
                        boundary = self.boundaries[q][epoch]
                        if boundary.gate is not None:
                            boundary.gate = boundary.gate @ _Z
            if abs(angle) > ANGLE_TOLERANCE:
                terms[key] = Term(angle, first)
        return CanonicalForm(self.boundaries, terms)
