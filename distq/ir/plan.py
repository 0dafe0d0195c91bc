"""Plans: who holds a copy of what, when, and where every operation runs.

The state that a plan acts on is, per qubit, its *copy set*: the QPUs that hold a Z-copy of it. One member, the *home*,
sits in a data ion; every other member sits in a memory ion. A qubit takes its data ion at the first step that touches
it (until then it is |0>, wherever it is wanted) and gives it back after the last one if that is a measurement.
Qubits that no step touches stay at ``Plan.homes`` and take their data ion at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from distq.ir.rewriting import Rewriting


@dataclass(frozen=True, slots=True)
class Grow:
    """Open a copy of ``qubit`` at QPU ``target`` from its copy at ``source`` (cat-entangler).

    Consumes one Bell pair of the link source-target. Needs a free memory ion at the target (it stays in use) and one
    at the source (for the half of the pair, free again at once).
    """

    qubit: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Shrink:
    """Close the copy of ``qubit`` at ``qpu`` (cat-disentangler). Not the home; another member stays."""

    qubit: int
    qpu: int


@dataclass(frozen=True, slots=True)
class HandOver:
    """Make other members the homes, all at once: ``moves`` holds (qubit, QPU of the new home).

    The former home stays in the copy set, now in a memory ion. Data and memory limits hold after the whole group, so
    two qubits can change places between QPUs whose data ions are all occupied.
    """

    moves: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RunOp:
    """Execute operation ``operation`` of the program at ``qpu``, where every operand has a member.

    Boundaries (LOCAL, MEASURE, RESET) need their qubit to have exactly one member, with one exception, the transversal
    rule: the boundary that opens an X-block (:class:`distq.ir.program.XBlock`) may run at the home while there are
    copies. These then *follow* the block, by a CX for each of its operations. Until the closing boundary the copy set
    stays as it is, and the operations of the block run at the home. Their controls must have a member wherever the
    qubit has one, and must not be inside an X-block that copies follow themselves.
    """

    operation: int
    qpu: int


Step: TypeAlias = Grow | Shrink | HandOver | RunOp


@dataclass(frozen=True)
class Plan:
    """A complete list of placement decisions for a program on a network. Immutable.

    Attributes
    ----------
    homes
        The QPU at which each qubit is at home first.
    steps
        In execution order.
    strategy, seed
        The strategy that made it, and the seed of its random choices.
    rewriting
        How the given program was rewritten before it was planned; None: the plan is for the program itself.
    """

    homes: tuple[int, ...]
    steps: tuple[Step, ...]
    strategy: str = ""
    seed: int = 0
    rewriting: Rewriting | None = None
