"""The rule of algorithmic qubits, #AQ version 1.0, as IonQ published it.

Source: "Rules for #AQ v1.0", github.com/ionq/QC-App-Oriented-Benchmarks, branch ionq/aq, rules 8 and 9; introduced in
ionq.com/posts/february-23-2022-algorithmic-qubits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

THRESHOLD = 1.0 / math.e
"""A circuit passes if its fidelity exceeds this by more than the statistical error."""


class AlgorithmicQubits(NamedTuple):
    """#AQ of a machine; ``at_least``: it may be higher, as circuits that decide it were not run."""

    value: int
    at_least: bool

    def __str__(self) -> str:
        return f"{'at least ' if self.at_least else ''}{self.value}"


class Place(NamedTuple):
    """A circuit on the volumetric plane: qubits, CX gates, and whether it passed; None: it could not be run."""

    width: int
    cx: int
    passed: bool | None


def classical_fidelity(ideal: Mapping[bytes, float], found: Mapping[bytes, float]) -> float:
    """(sum of sqrt(p q))^2 of the ideal distribution and that of the outcomes (rule 8)."""
    return min(1.0, sum(math.sqrt(p * found.get(bits, 0.0)) for bits, p in ideal.items()) ** 2)


def statistical_error(fidelity: float, shots: int) -> float:
    """sqrt(F (1 - F) / shots) (rule 9)."""
    return math.sqrt(fidelity * (1.0 - fidelity) / shots)


def passes(fidelity: float, shots: int) -> bool:
    """True if F - error > 1/e (rule 9)."""
    return fidelity - statistical_error(fidelity, shots) > THRESHOLD


def first_width(width: int, cx: int) -> int:
    """The least n for which a circuit counts: n qubits and n^2 CX gates are no less than it has."""
    root = math.isqrt(cx)
    return max(width, root if root * root == cx else root + 1)


def algorithmic_qubits(places: Iterable[Place], most: int, *, complete: bool) -> AlgorithmicQubits:
    """The largest n such that all circuits of at most n qubits and n^2 CX gates pass (rule 9).

    Parameters
    ----------
    places
        The circuits of the suite that count for some n up to ``most``.
    most
        The largest n to consider.
    complete
        True if the machine has no more than ``most`` qubits: then #AQ cannot be higher.
    """
    counted = sorted((first_width(place.width, place.cx), place.passed is None) for place in places if not place.passed)
    if not counted or counted[0][0] > most:
        return AlgorithmicQubits(most, not complete)
    n, unknown = counted[0]
    return AlgorithmicQubits(n - 1, unknown)
