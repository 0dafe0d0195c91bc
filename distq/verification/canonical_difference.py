"""The first difference between two canonical forms, in words."""

from __future__ import annotations

import math
from typing import NamedTuple

from distq.ir.program import Kind
from distq.verification.canonical_form import ANGLE_TOLERANCE, Boundary, CanonicalForm, TermKey


class _Changed(NamedTuple):
    """A diagonal operation whose angle differs, ordered by the first operation that contributed."""

    first: int
    key: TermKey
    expected: float
    found: float


class _Unmatched(NamedTuple):
    """A diagonal operation that only one of the two has, ordered likewise."""

    first: int
    key: TermKey
    angle: float


def first_difference(expected: CanonicalForm, found: CanonicalForm) -> str | None:
    """The first difference in words; None if the two forms are equal.

    Boundaries come first, then changed angles, then operations that are missing, then those that are too many.
    """
    for line, (a, b) in enumerate(zip(expected.boundaries, found.boundaries, strict=True)):
        difference = _boundary_difference(line, a, b)
        if difference is not None:
            return difference
    return _term_difference(expected, found)


def _boundary_difference(line: int, expected: list[Boundary], found: list[Boundary]) -> str | None:
    """The first difference in the boundaries of a qubit."""
    for epoch, (left, right) in enumerate(zip(expected, found, strict=False)):
        if not left.same(right):
            return f"{_boundary_text(left)} after epoch {epoch} of qubit {line} became {_boundary_text(right)}"
    if len(expected) == len(found):
        return None
    shorter, longer = sorted((expected, found), key=len)
    names = ", ".join(map(_boundary_text, longer[len(shorter) :][:3]))
    return f"qubit {line} {'lacks' if longer is expected else 'has in excess'} at its end: {names}"


def _term_difference(expected: CanonicalForm, found: CanonicalForm) -> str | None:
    """The first difference in the diagonal operations."""
    missing, changed = [], []
    for key, (angle, first) in expected.terms.items():
        other = found.terms.get(key)
        if other is None:
            missing.append(_Unmatched(first, key, angle))
        elif abs(math.remainder(angle - other.angle, key.period)) > ANGLE_TOLERANCE:
            changed.append(_Changed(first, key, angle, other.angle))
    if changed:
        worst = min(changed, key=lambda term: term.first)
        return f"the angle of {_term_text(worst.key)} is {worst.found:.9g} instead of {worst.expected:.9g}"
    if missing:
        lost = min(missing, key=lambda term: term.first)
        return f"{_term_text(lost.key)} with angle {lost.angle:.9g} is missing"
    extra = [_Unmatched(first, key, angle) for key, (angle, first) in found.terms.items() if key not in expected.terms]
    if extra:
        added = min(extra, key=lambda term: term.first)
        return f"{_term_text(added.key)} with angle {added.angle:.9g} is not in the original"
    return None


def _term_text(key: TermKey) -> str:
    """A diagonal operation in words."""
    qubits = ", ".join(f"{q} (epoch {e})" for q, e in key.where)
    what = f"the {Kind(key.kind).name} on qubit{'s' if len(key.where) > 1 else ''} {qubits}"
    what += f" with pattern {''.join(map(str, key.pattern))}" if key.pattern else ""
    return what + (" under a condition" if key.condition is not None else "")


def _boundary_text(boundary: Boundary) -> str:
    """A boundary in words."""
    if boundary.what == "MEASURE":
        bit, version, *_ = boundary.key
        return f"a MEASURE into bit {bit} (write {version})"
    if boundary.gate is None:
        return f"a {boundary.what}"
    theta = 2 * math.atan2(abs(boundary.gate[1, 0]), abs(boundary.gate[0, 0]))
    return f"a {boundary.what} (rotation by {theta:.6g} off the axis)"
