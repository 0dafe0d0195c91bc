"""A network: ion-trap QPUs and the photonic links between them. An immutable value, validated on construction.

What the parts are is in :mod:`distq.networks.parts`, how they must fit together in :mod:`distq.networks.consistency`,
and how paths are found in :mod:`distq.networks.routing`. :func:`distq.networks.parse.parse_network` reads one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from distq.errors import NetworkError
from distq.networks.consistency import check_parts, link_table, swap_obstacle
from distq.networks.fields import Seconds, Validated, as_tuple
from distq.networks.parts import QPU, Hub, Link
from distq.networks.presets import LINK_PRESETS
from distq.networks.routing import BestPaths, Distances
from distq.util.text import counted, link_name


class Network(Validated):
    """QPUs and links.

    Attributes
    ----------
    name
        How the user named it: the shorthand or the file.
    qpus, links
        Links are undirected, at most one per pair of QPUs.
    hubs
        Bell-state analysers that links share.
    scenario
        What its numbers are when they are not all measured ones; shown in reports. None if the user gave them all.
    first_operations
        When the first gates of a qubit run: ``late``, just before something needs the qubit, or ``early``, as soon as
        possible, so that the qubit then waits.
    message_time_s
        How long a classical message between two QPUs takes; 0 where nothing is said (at 10 m of fibre it is 50 ns).
    """

    name: str = Field(default="", description="must be text")
    qpus: Annotated[tuple[QPU, ...], BeforeValidator(as_tuple)] = Field(
        min_length=1, description="must be at least one QPU"
    )
    links: Annotated[tuple[Link, ...], BeforeValidator(as_tuple)] = Field(default=(), description="must be links")
    hubs: Annotated[tuple[Hub, ...], BeforeValidator(as_tuple)] = Field(default=(), description="must be hubs")
    scenario: str | None = Field(default=None, description="must be text")
    message_time_s: Seconds = 0.0
    first_operations: Literal["late", "early"] = Field(default="late", description='must be "late" or "early"')

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_parts(self.qpus, self.links, self.hubs)
        return self

    @cached_property
    def _link_of(self) -> dict[tuple[int, int], int]:
        return link_table(self.links)

    @cached_property
    def _paths(self) -> BestPaths:
        return BestPaths(self.qpus, self.links)

    @cached_property
    def _hash(self) -> int:
        return hash(
            (self.name, self.qpus, self.links, self.hubs, self.scenario, self.message_time_s, self.first_operations)
        )

    def __hash__(self) -> int:
        return self._hash

    # ---- links ------------------------------------------------------------------------------------------------

    def linked(self, a: int, b: int) -> bool:
        """True if a link joins the two QPUs directly."""
        return (a, b) in self._link_of

    def link_index(self, a: int, b: int) -> int:
        """Index of the link that joins the two QPUs. Raises KeyError if there is none."""
        return self._link_of[a, b]

    def link_name(self, index: int) -> str:
        """A link in words: its QPUs, and those in whose middle its pairs are swapped."""
        a, *via, b = [self.qpus[s].name for s in self.links[index].way]
        return link_name(a, b, via)

    def swap_obstacle(self, way: Sequence[int]) -> str | None:
        """Why the pairs of all photonic links along a way of QPUs cannot be heralded at once; None if they can."""
        return swap_obstacle(way, self.qpus, self.links, self.hubs, self._link_of)

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Per QPU: the QPUs linked to it, ascending."""
        out: list[list[int]] = [[] for _ in self.qpus]
        for link in self.links:
            out[link.a].append(link.b)
            out[link.b].append(link.a)
        return tuple(tuple(sorted(o)) for o in out)

    @cached_property
    def swaps(self) -> bool:
        """True if some link is made by swapping."""
        return any(link.via for link in self.links)

    @property
    def complete(self) -> bool:
        """True if photons link every two QPUs directly."""
        k = len(self.qpus)
        return not self.swaps and len(self.links) == k * (k - 1) // 2

    # ---- paths ------------------------------------------------------------------------------------------------

    def path(self, a: int, b: int) -> tuple[int, ...]:
        """QPUs on a best path from a to b, both included; () if there is none. Links made by swapping are one step."""
        return self._paths[a].to(a, b)

    @cached_property
    def distance(self) -> Distances:
        """Bell pairs that a copy from one QPU to another takes, along the best path; -1 if not connected."""
        return Distances(self._paths)

    # ---- what a circuit needs ---------------------------------------------------------------------------------

    @cached_property
    def data_ions(self) -> int:
        """Data ions of all QPUs together."""
        return sum(q.data for q in self.qpus)

    def require_connected(self) -> None:
        """Raise NetworkError, naming the QPUs that no links reach from the first one, unless all are connected."""
        lost = [qpu.name for qpu, pairs in zip(self.qpus, self.distance[0], strict=True) if pairs < 0]
        if not lost:
            return
        first = self.qpus[0].name
        names = ", ".join(repr(n) for n in lost[:8]) + (f" and {len(lost) - 8} more" if len(lost) > 8 else "")
        raise NetworkError(
            f"network {self.name!r} is not connected: no links lead from {first!r} to {names}",
            f'add a link, e.g. in its file: [[link]] with between = ["{first}", "{lost[0]}"]',
        )

    def require_capacity(self, qubits: int) -> None:
        """Raise NetworkError, saying by how many data ions the network is too small, unless it can hold the qubits."""
        short = qubits - self.data_ions
        if short <= 0:
            return
        k = len(self.qpus)
        each = -(-short // k)
        apart = all(qpu.ions is None for qpu in self.qpus)
        kind = "data ion" if apart else "ion"
        hint = f"give each QPU {counted(each, f'more {kind}')}, or add QPUs" + (
            "; memory ions hold no qubits of the circuit" if apart else ""
        )
        if self.name in LINK_PRESETS:  # a machine that bears the name of its link
            shorthand = f"{k}x{-(-qubits // k)}+{max(1, self.qpus[0].memory or 1)}:{self.name}"
            hint = f"{shorthand} has larger QPUs and the links of {self.name}"
        raise NetworkError(
            f"the circuit has {qubits} qubits, but network {self.name!r} has {self.data_ions} {kind}s on {k} "
            f"QPU{'s' if k > 1 else ''}: {short} too few",
            hint,
        )
