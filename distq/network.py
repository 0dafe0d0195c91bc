"""Networks: ion-trap QPUs and the photonic links between them. Immutable values, validated on construction.

Reading and writing (TOML, the shorthand ``4x16+2@ring:oxford-2025``) is in :mod:`distq.netfile`; numbers with their
sources are in :mod:`distq.presets`.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(ge=0.0)]
BellWeights = tuple[Probability, Probability, Probability, Probability]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)


class QPU(_Value):
    """One ion-trap processor: all-to-all gates inside.

    ``memory`` counts all ions that may hold a link copy or half of a Bell pair, communication ions included; None lifts
    the limit (no real trap: for comparison with published counts). Errors are total probabilities of a non-identity
    Pauli, uniform over the 3 (one-qubit) or 15 (two-qubit) Paulis; ``error_measure`` flips the outcome;
    ``error_reset`` leaves |1>. ``error_transfer`` is a two-qubit error on each exchange of a memory and a data ion.
    """

    name: str
    data: int = Field(ge=1)
    memory: int | None = Field(default=2, ge=0)
    error_1q: Probability = 1e-5
    error_2q: Probability = 1e-4
    error_measure: Probability = 1e-3
    error_reset: Probability = 1e-3
    error_transfer: Probability = 1e-4
    time_1q_s: Seconds = 10e-6
    time_2q_s: Seconds = 200e-6
    time_measure_s: Seconds = 200e-6
    time_reset_s: Seconds = 50e-6
    time_transfer_s: Seconds = 200e-6
    t2_s: float = Field(default=10.0, gt=0.0)

    @property
    def memory_limit(self) -> float:
        """Memory ions, ``inf`` if unlimited."""
        return float("inf") if self.memory is None else float(self.memory)


class Link(_Value):
    """A photonic connection of two QPUs (by index) that heralds Bell pairs.

    ``weights`` are the Bell-diagonal weights of the pair, as probabilities of the Pauli errors (I, Z, X, Y) on one half
    of a perfect pair; the fidelity is ``weights[0]``. ``rate_hz`` is the mean number of pairs per second.
    """

    a: int = Field(ge=0)
    b: int = Field(ge=0)
    weights: BellWeights = (0.97, 0.018, 0.006, 0.006)
    rate_hz: float = Field(default=250.0, gt=0.0)
    preset: str | None = None

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        if abs(sum(self.weights) - 1.0) > 1e-6:
            raise ValueError(f"Bell weights must sum to 1, not {sum(self.weights):.6g}")
        return self

    @property
    def fidelity(self) -> float:
        """Fidelity of a fresh pair with the perfect one."""
        return self.weights[0]

    @property
    def mean_wait_s(self) -> float:
        """Mean time to herald one pair."""
        return 1.0 / self.rate_hz


class Network(_Value):
    """QPUs and links.

    Attributes
    ----------
    name
        How the user named it: the shorthand or the file.
    qpus, links
        Links are undirected, at most one per pair of QPUs.
    scenario
        What its numbers are when they are not all measured ones; shown in reports. None if the user gave them all.
    """

    name: str = ""
    qpus: tuple[QPU, ...] = Field(min_length=1)
    links: tuple[Link, ...] = ()
    scenario: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [q.name for q in self.qpus]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"two QPUs are named {twice[0]!r}")
        seen: set[frozenset[int]] = set()
        for index, link in enumerate(self.links):
            if max(link.a, link.b) >= len(self.qpus):
                raise ValueError(f"links[{index}] names QPU {max(link.a, link.b)}; there are {len(self.qpus)}")
            if link.a == link.b:
                raise ValueError(f"links[{index}] joins QPU {names[link.a]!r} to itself")
            pair = frozenset((link.a, link.b))
            if pair in seen:
                raise ValueError(f"two links join {names[link.a]!r} and {names[link.b]!r}")
            seen.add(pair)
        return self

    @classmethod
    def parse(cls, text: str) -> Network:
        """Network from the shorthand ``KxDATA[+MEMORY][@TOPOLOGY][:PRESET]`` or the path of a TOML file."""
        from distq.netfile import parse_network

        return parse_network(text)

    @classmethod
    def from_toml(cls, path: str | Path) -> Network:
        """Network from a TOML file."""
        from distq.netfile import read_toml

        return read_toml(Path(path))

    def to_toml(self) -> str:
        """The network as the text of a TOML file that :meth:`from_toml` reads back to an equal value."""
        from distq.netfile import write_toml

        return write_toml(self)

    @cached_property
    def _link_of(self) -> dict[tuple[int, int], int]:
        table = {}
        for index, link in enumerate(self.links):
            table[link.a, link.b] = table[link.b, link.a] = index
        return table

    def linked(self, a: int, b: int) -> bool:
        """True if a link joins the two QPUs directly."""
        return (a, b) in self._link_of

    def link_index(self, a: int, b: int) -> int:
        """Index of the link that joins the two QPUs. Raises KeyError if there is none."""
        return self._link_of[a, b]

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Per QPU: the QPUs linked to it, ascending."""
        out: list[list[int]] = [[] for _ in self.qpus]
        for link in self.links:
            out[link.a].append(link.b)
            out[link.b].append(link.a)
        return tuple(tuple(sorted(o)) for o in out)

    @cached_property
    def _previous(self) -> tuple[tuple[int, ...], ...]:
        """``_previous[a][b]``: the QPU before b on a shortest path from a (breadth first; -1 if none)."""
        table = []
        for root in range(len(self.qpus)):
            previous = [-1] * len(self.qpus)
            previous[root] = root
            queue = deque([root])
            while queue:
                at = queue.popleft()
                for near in self.neighbours[at]:
                    if previous[near] < 0:
                        previous[near] = at
                        queue.append(near)
            table.append(tuple(previous))
        return tuple(table)

    def path(self, a: int, b: int) -> tuple[int, ...]:
        """QPUs on a shortest path from a to b, both included; () if there is none."""
        previous = self._previous[a]
        if previous[b] < 0:
            return ()
        hops = [b]
        while hops[-1] != a:
            hops.append(previous[hops[-1]])
        return tuple(reversed(hops))

    @cached_property
    def distance(self) -> tuple[tuple[int, ...], ...]:
        """Hops between every two QPUs; -1 if not connected."""
        k = range(len(self.qpus))
        return tuple(tuple(len(self.path(a, b)) - 1 for b in k) for a in k)

    @property
    def complete(self) -> bool:
        """True if every two QPUs are linked directly."""
        k = len(self.qpus)
        return len(self.links) == k * (k - 1) // 2

    @property
    def data_ions(self) -> int:
        """Data ions of all QPUs together."""
        return sum(q.data for q in self.qpus)
