"""Faults: what may go wrong in a noisy execution, as rows that the compiled kernels run.

After copies and frames are gone, a fault is a set of changes to the noiseless program: Paulis between its ops, and ops
that run inverted. :func:`distq.simulation.reduction.find_faults.find_faults` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from distq.simulation.noise.sources import Shares

PAULI, INVERSION = 0, 1
"""Kinds of fault events."""


class FaultEvent(NamedTuple):
    """One change to the noiseless program: a row of the kernels' arrays, but for its place.

    Attributes
    ----------
    op
        Index of an op of the frame program. (The kernels count only ops that do something: ``place[op]``.)
    kind
        PAULI: Z on the lines of bit mask ``z``, then X on those of ``x``, before the op. INVERSION: the op runs with
        inverted operands; ``x`` is 1 for a rotation whose angle changes sign and for a record that is inverted; for a
        phase, the bit mask of the lines inverted; for Kraus noise, 1 if its line is inverted, plus twice the number of
        the operator.
    x, z
        See ``kind``.
    """

    op: int
    kind: int
    x: int
    z: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fault changes.

    Attributes
    ----------
    events
        By op; a Pauli comes before an inversion of the same op. Only the first one may have a Z part, which then comes
        before all inversions.
    earliest
        If the fault is Z alone: the first op before which it would have the same effect (its event has the last one).
        Otherwise where its first event is.
    """

    events: tuple[FaultEvent, ...]
    earliest: int

    @property
    def is_dephasing(self) -> bool:
        """True for Z alone."""
        return len(self.events) == 1 and self.events[0].kind == PAULI and self.events[0].x == 0


@dataclass(frozen=True, slots=True)
class Fault:
    """At most one of ``effects`` happens, with these ``probabilities``.

    Attributes
    ----------
    position
        Index of the op before which the first of them may act.
    shares
        How much of the probability each source contributes, to first order.
    condition_of
        Operation of the program whose condition must hold; None: always.
    fixed, idle_columns
        Of a Z by waiting, whose probability differs from schedule to schedule and is the mean here: the part of it that
        does not, and the columns of :class:`distq.simulation.noise.waiting.IdleTimes` that the rest follows from.
    """

    position: int
    effects: tuple[Effect, ...]
    probabilities: tuple[float, ...]
    shares: Shares
    condition_of: int | None = None
    fixed: float = 0.0
    idle_columns: tuple[int, ...] = ()

    @property
    def probability(self) -> float:
        """That any of the effects happens; never quite 1, so that not happening has a logarithm."""
        return min(1.0 - 1e-12, sum(self.probabilities))
