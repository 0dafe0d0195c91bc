"""Observables as groups of Pauli strings that are measured together, and what is read from the shots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Observable = Mapping[str, float]
"""Coefficients of strings over ``I X Y Z`` and the projectors ``0 1 + - r l``, as Qiskit writes them: qubit 0 last."""

_BASIS = {"X": "X", "+": "X", "-": "X", "Y": "Y", "r": "Y", "l": "Y", "Z": "Z", "0": "Z", "1": "Z"}
_OUTCOME = {"0": 0, "1": 1, "+": 0, "-": 1, "r": 0, "l": 1}


@dataclass
class Group:
    """Terms that one basis for every qubit measures together.

    Attributes
    ----------
    basis
        Per qubit ``X``, ``Y``, ``Z``, or ``I`` where any will do.
    terms
        The strings.
    weight
        The largest sum of coefficients that an observable has on them: its shots are in proportion to that.
    """

    basis: list[str]
    terms: list[str] = field(default_factory=list)
    weight: float = 0.0

    def take(self, term: str) -> bool:
        """Add a term if its basis fits."""
        wanted = [_BASIS.get(letter, "I") for letter in reversed(term)]
        if any("I" not in (a, b) and a != b for a, b in zip(self.basis, wanted, strict=True)):
            return False
        self.basis = [b if a == "I" else a for a, b in zip(self.basis, wanted, strict=True)]
        self.terms.append(term)
        return True


def groups_of(observables: Sequence[Observable]) -> list[Group]:
    """Groups for all terms that are not the identity."""
    found: list[Group] = []
    for term in dict.fromkeys(term for observable in observables for term in observable):
        if set(term) == {"I"}:
            continue
        if not any(group.take(term) for group in found):
            found.append(Group(["I"] * len(term)))
            found[-1].take(term)
    for group in found:
        group.weight = max(sum(abs(observable.get(term, 0.0)) for term in group.terms) for observable in observables)
    return found


def shots_for(groups: Iterable[Group], precision: float) -> list[int]:
    """Shots per group with which no observable has a standard error above ``precision``.

    A group's part of an observable lies within its weight w, so its variance is at most w^2. Shots n in proportion to
    the weights, n = w W / precision^2 with W their sum, make the sum of all w^2 / n equal to precision^2.
    """
    weights = [group.weight for group in groups]
    return [max(2, math.ceil(weight * sum(weights) / precision**2)) for weight in weights]


def values_of(term: str, bits: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Per shot: the value of a term; ``bits`` (shots, qubits) were measured in its basis."""
    out = np.ones(len(bits))
    for qubit, letter in enumerate(reversed(term)):
        if letter in _OUTCOME:
            out *= bits[:, qubit] == _OUTCOME[letter]
        elif letter != "I":
            out *= 1.0 - 2.0 * bits[:, qubit]
    return out
