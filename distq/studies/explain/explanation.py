"""What an explanation of a plan holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Cause: TypeAlias = Literal["packet", "move", "evicted", "reopened", "relay", "idle"]

CAUSES: dict[Cause, str] = {
    "packet": "a copy that served gates",
    "move": "a qubit changed its home",
    "evicted": "a copy opened again: memory was full meanwhile",
    "reopened": "a copy opened again, though memory had room for it",
    "relay": "a stop on the way between QPUs without a link",
    "idle": "a copy that served nothing",
}
"""Causes of Bell pairs, and what they mean. A pair has exactly one."""


@dataclass(frozen=True)
class ExplainedCopy:
    """A copy, and the Bell pairs that opened it.

    Attributes
    ----------
    qubit
        Whose copy.
    source, target
        QPUs.
    cause
        See ``CAUSES``.
    gates
        Operations away from the home that it served.
    opened, closed
        Indices of the steps of the plan at which it is opened and closed; it serves until the step before ``closed``.
    pairs
        Bell pairs that it took, more than one if they were swapped.
    """

    qubit: int
    source: int
    target: int
    cause: Cause
    gates: int
    opened: int
    closed: int
    pairs: int = 1


@dataclass(frozen=True)
class Occupancy:
    """How full one QPU is while the plan runs. Time is counted in operations that have run.

    Attributes
    ----------
    qpu
        Its name.
    memory, data
        Ions there are; memory None if unlimited. Both are all ions where these have any role.
    peak_memory, peak_data
        Ions in use at most, halves of pairs in transit included. The data ion of a qubit is in use from its first
        operation on.
    full_memory, full_data
        Share of the plan's steps at which not one was free for a copy or half (for a qubit).
    first_full, last_full
        Operations that had run when memory was full for the first and last time; None if it never was.
    evictions
        Copies here that were opened again in the same segment after others had filled the memory.
    used
        For each operation, in the order in which they run: the most memory ions in use since the operation before.
    """

    qpu: str
    memory: int | None
    data: int
    peak_memory: int
    peak_data: int
    full_memory: float
    full_data: float
    first_full: int | None
    last_full: int | None
    evictions: int
    used: tuple[int, ...]


@dataclass(frozen=True)
class Point:
    """What the same strategy pays on a network with other numbers of ions.

    Attributes
    ----------
    label
        Such as ``m+1``, or ``ions+1`` where ions have any role.
    memory
        Memory ions per QPU, or ions where these have any role (the largest, if QPUs differ); None: unlimited.
    extra_data
        Data ions that every QPU has more than on the network given.
    ebits
        Bell pairs of the best plan found that fits; None if none fits.
    note
        Why none fits, or that a plan for fewer ions was the best.
    """

    label: str
    memory: int | None
    extra_data: int
    ebits: int | None
    note: str = ""


@dataclass(frozen=True)
class Explanation:
    """Where the Bell pairs of a plan go.

    Attributes
    ----------
    circuit, network, strategy, seed
        What was planned, for what, how.
    ebits
        Bell pairs in all.
    causes
        Pairs per cause, in the order of ``CAUSES``.
    qubits
        ``(qubit, pairs)`` of the qubits that consume any, most first.
    links
        ``(QPU, QPU, pairs)`` by name, most first.
    copies
        Every copy, in the order of the plan.
    occupancy
        Per QPU.
    curve
        Costs with other numbers of ions, the network as given among them (label ``m``); empty if not asked for.
    binding
        What limits the plan, in one sentence.
    local_transfers, with_one_more
        Local transfers of the plan, and what they would be if one more ion of each QPU were one for communication; None
        where no QPU has ions for any role.
    left_out, infidelity
        How many operations of the circuit the plan leaves out, where that was allowed, and how much infidelity that can
        cost at most.
    """

    circuit: str
    network: str
    strategy: str
    seed: int
    ebits: int
    causes: tuple[tuple[Cause, int], ...]
    qubits: tuple[tuple[int, int], ...]
    links: tuple[tuple[str, str, int], ...]
    copies: tuple[ExplainedCopy, ...]
    occupancy: tuple[Occupancy, ...]
    curve: tuple[Point, ...] = ()
    binding: str = ""
    local_transfers: int | None = None
    with_one_more: int | None = None
    left_out: int = 0
    infidelity: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: copies are objects, causes one object with a number for each; no ``used``."""
        raw = asdict(self)
        raw["causes"] = dict(self.causes)
        raw["qubits"] = [{"qubit": q, "ebits": e} for q, e in self.qubits]
        raw["links"] = [{"between": [a, b], "ebits": e} for a, b, e in self.links]
        for row in raw["occupancy"]:
            del row["used"]
        return raw
