"""What a strategy decides: where qubits live, where gates run, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

SegmentCopy: TypeAlias = tuple[int, int]
"""A copy of the qubit of a segment: (segment, QPU). A plain tuple, because millions are made."""


class HomeMove(NamedTuple):
    """Before the operation at ``position`` of the order, the home of ``qubit`` goes to ``qpu``."""

    position: int
    qubit: int
    qpu: int


@dataclass(frozen=True)
class Placement:
    """Homes over time, sites and order of the operations; copies follow from them.

    Attributes
    ----------
    homes
        Per qubit: QPU of its home at the beginning.
    sites
        Per operation: the QPU where it runs. It counts for operations on several qubits; others run at the home.
    order
        Indices of all operations, in a valid order of execution. None: as in the program.
    moves
        By ascending position.
    """

    homes: tuple[int, ...]
    sites: Sequence[int]
    order: Sequence[int] | None = None
    moves: tuple[HomeMove, ...] = ()
