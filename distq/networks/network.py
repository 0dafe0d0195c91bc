"""Networks: ion-trap QPUs and the photonic links between them. Immutable values, validated on construction.

Reading and writing (TOML, the shorthand ``4x16+2@ring:oxford-2025``) is in :mod:`distq.networks.toml_reader`; numbers
with their sources are in :mod:`distq.networks.presets`.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from distq.errors import NetworkError
from distq.networks.fields import Seconds, Validated, as_tuple
from distq.networks.parts import QPU, SWAP_IONS, Hub, Link
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

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [q.name for q in self.qpus]
        for what, given in (("QPUs", names), ("hubs", [hub.name for hub in self.hubs])):
            if len(set(given)) < len(given):
                twice = next(n for n in given if given.count(n) > 1)
                raise ValueError(f"two {what} are named {twice!r}")
        seen: set[frozenset[int]] = set()
        for index, link in enumerate(self.links):
            if max(link.a, link.b) >= len(self.qpus):
                raise ValueError(f"links[{index}] names QPU {max(link.a, link.b)}; there are {len(self.qpus)}")
            if link.a == link.b:
                raise ValueError(f"links[{index}] joins QPU {names[link.a]!r} to itself")
            self._require_ions(index, link)
            self._require_hub(index, link)
            pair = frozenset((link.a, link.b))
            if pair in seen:
                raise ValueError(f"two links join {names[link.a]!r} and {names[link.b]!r}")
            seen.add(pair)
        for index, link in enumerate(self.links):
            if link.via:
                self._require_way(index, link)
        return self

    def _require_way(self, index: int, link: Link) -> None:
        """Raise ValueError unless photonic links lead from end to end, with analysers and ions for all at once."""
        if max(link.via) >= len(self.qpus):
            raise ValueError(f"links[{index}] goes via QPU {max(link.via)}; there are {len(self.qpus)}")
        names = [self.qpus[s].name for s in link.way]
        if len(set(names)) < len(names):
            raise ValueError(f"the way of links[{index}], {'-'.join(names)}, visits a QPU twice")
        for a, b in itertools.pairwise(link.way):
            if not self.linked(a, b) or self.links[self.link_index(a, b)].via:
                raise ValueError(
                    f"the way of links[{index}] is {'-'.join(names)}, but no photonic link joins "
                    f"{self.qpus[a].name!r} and {self.qpus[b].name!r}"
                )
        why = self.cannot_swap(link.way)
        if why is not None:
            raise ValueError(f"the pairs of links[{index}] cannot be swapped along {'-'.join(names)}: {why}")

    def _require_ions(self, index: int, link: Link) -> None:
        """Raise ValueError if a link's model has more communication ions than a QPU has memory ions."""
        wanted = 0 if link.model is None else link.model.communication_ions
        for qpu in (self.qpus[link.a], self.qpus[link.b]):
            if wanted > 1 and wanted > qpu.memory_limit:
                raise ValueError(
                    f"the model of links[{index}] has {wanted} communication ions, but {qpu.name!r} has {qpu.memory} "
                    "memory ions, which include them"
                )
            each = 1 if link.model is None else link.model.ions_per_pair
            if qpu.communication is not None and each > qpu.communication:
                raise ValueError(
                    f"the model of links[{index}] takes {each} communication ions for a pair, but {qpu.name!r} has "
                    f"communication = {qpu.communication}"
                )

    def _require_hub(self, index: int, link: Link) -> None:
        """Raise ValueError if a link's hub is not there, or its model takes turns at one already."""
        if link.hub is None:
            return
        if link.hub >= len(self.hubs):
            raise ValueError(f"links[{index}] is at hub {link.hub}; there are {len(self.hubs)}")
        if link.model is not None and link.model.takes_turns:
            raise ValueError(
                f"links[{index}] is at hub {self.hubs[link.hub].name!r}, and its model takes turns (shared_by) as "
                "well: give one of the two"
            )

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

    def link_name(self, index: int) -> str:
        """For people: its QPUs, and those in whose middle its pairs are swapped."""
        a, *via, b = [self.qpus[s].name for s in self.links[index].way]
        return link_name(a, b, via)

    def cannot_swap(self, way: Sequence[int]) -> str | None:
        """Why the pairs of all photonic links along a way of QPUs cannot be heralded at once; None if they can."""
        for qpu in (self.qpus[s] for s in way[1:-1]):
            if qpu.communication is not None and qpu.communication < SWAP_IONS:
                return f"{qpu.name!r} has {qpu.communication} communication ion, and swapping takes {SWAP_IONS} at once"
        hubs = [self.links[self.link_index(a, b)].hub for a, b in itertools.pairwise(way)]
        for index, hub in enumerate(self.hubs):
            if hubs.count(index) > hub.analysers:
                taken = counted(hubs.count(index), "analyser")
                return f"it takes {taken} of hub {hub.name!r} at once, which has {hub.analysers}"
        return None

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Per QPU: the QPUs linked to it, ascending."""
        out: list[list[int]] = [[] for _ in self.qpus]
        for link in self.links:
            out[link.a].append(link.b)
            out[link.b].append(link.a)
        return tuple(tuple(sorted(o)) for o in out)

    @cached_property
    def _shortest(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
        """Per QPU a: the QPU before b on the best path from a (-1 if there is none), and the Bell pairs of that path.

        Best has the fewest Bell pairs, then the fewest relays at QPUs without memory ions, where no copy can be, then
        the fewest links (swapped pairs before relays), then the highest product of fidelities.
        """
        k = range(len(self.qpus))
        no_relay = [qpu.memory == 0 for qpu in self.qpus]
        near_of: list[list[tuple[int, int, float]]] = [[] for _ in k]
        for link in self.links:
            loss = -math.log(max(link.fidelity, 1e-12))
            near_of[link.a].append((link.b, link.hops, loss))
            near_of[link.b].append((link.a, link.hops, loss))
        for beside in near_of:
            beside.sort()
        table = []
        for root in k:
            previous = [-1] * len(k)
            pairs = [-1] * len(k)
            reached: list[tuple[float, int, int, float]] = [(math.inf, 0, 0, 0.0)] * len(k)
            arrivals = itertools.count()  # first come, first served
            queue: list[tuple[tuple[float, int, int, float], int, int, int]] = []
            heapq.heappush(queue, ((0, 0, 0, 0.0), next(arrivals), root, root))
            while queue:
                so_far, _, at, before = heapq.heappop(queue)
                if previous[at] >= 0:
                    continue
                cost, relays, links, lost = so_far
                previous[at], pairs[at] = before, int(cost)
                relays += at != root and no_relay[at]
                for near, hops, loss in near_of[at]:
                    entry = (cost + hops, relays, links + 1, lost + loss)
                    if previous[near] < 0 and entry < reached[near]:
                        reached[near] = entry
                        heapq.heappush(queue, (entry, next(arrivals), near, at))
            table.append((tuple(previous), tuple(pairs)))
        return tuple(table)

    def path(self, a: int, b: int) -> tuple[int, ...]:
        """QPUs on a best path from a to b, both included; () if there is none. Links made by swapping are one step."""
        previous = self._shortest[a][0]
        if previous[b] < 0:
            return ()
        hops = [b]
        while hops[-1] != a:
            hops.append(previous[hops[-1]])
        return tuple(reversed(hops))

    @cached_property
    def distance(self) -> tuple[tuple[int, ...], ...]:
        """Bell pairs that a copy from one QPU to another takes; -1 if not connected."""
        return tuple(pairs for _, pairs in self._shortest)

    @cached_property
    def swaps(self) -> bool:
        """True if some link is made by swapping."""
        return any(link.via for link in self.links)

    @property
    def complete(self) -> bool:
        """True if photons link every two QPUs directly."""
        k = len(self.qpus)
        return not self.swaps and len(self.links) == k * (k - 1) // 2

    @property
    def data_ions(self) -> int:
        """Data ions of all QPUs together."""
        return sum(q.data for q in self.qpus)

    def require_connected(self) -> None:
        """Raise NetworkError, naming the QPUs that no links reach from the first one, unless all are connected."""
        lost = [qpu.name for qpu, hops in zip(self.qpus, self.distance[0], strict=True) if hops < 0]
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
        raise NetworkError(
            f"the circuit has {qubits} qubits, but network {self.name!r} has {self.data_ions} data ions on {k} "
            f"QPU{'s' if k > 1 else ''}: {short} too few",
            f"give each QPU {each} more data ion{'s' if each > 1 else ''}, or add QPUs; "
            "memory ions hold no qubits of the circuit",
        )
