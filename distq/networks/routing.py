"""The best path between every two QPUs of a network, and how many Bell pairs a copy takes along it."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias, overload

from distq.networks.parts import QPU, Link

PathCost: TypeAlias = "tuple[int, int, int, float]"
"""(Bell pairs, relays at QPUs without memory ions, links, -ln of the product of fidelities): the least is best."""

_LEAST_FIDELITY = 1e-12


class Paths(NamedTuple):
    """The best paths from one QPU.

    Attributes
    ----------
    previous
        Per QPU: the one before it on the path; itself for the root, -1 where no path leads.
    bell_pairs
        Per QPU: the Bell pairs that the path takes; -1 where no path leads.
    """

    previous: tuple[int, ...]
    bell_pairs: tuple[int, ...]

    def to(self, root: int, qpu: int) -> tuple[int, ...]:
        """QPUs from ``root``, from which these paths lead, to ``qpu``, both included; () where no path leads."""
        if self.previous[qpu] < 0:
            return ()
        path = [qpu]
        while path[-1] != root:
            path.append(self.previous[path[-1]])
        return tuple(reversed(path))


class _Step(NamedTuple):
    """A link from one QPU to the next."""

    to: int
    bell_pairs: int
    loss: float


class BestPaths(Sequence[Paths]):
    """The best paths from every QPU, by Dijkstra's algorithm, those from one QPU in O(L log L) for L links.

    They are found when they are first asked for, because small circuits use few QPUs of large networks.

    Best has the fewest Bell pairs, then the fewest relays at QPUs without memory ions, where no copy can be, then the
    fewest links (swapped pairs before relays), then the highest product of fidelities. A link whose pairs are swapped
    is one step.
    """

    def __init__(self, qpus: Sequence[QPU], links: Sequence[Link]) -> None:
        self._links = links
        self._no_relay = [qpu.memory == 0 for qpu in qpus]
        self._direct = 2 * len(links) == len(qpus) * (len(qpus) - 1) and all(link.hops == 1 for link in links)
        self._found: dict[int, Paths] = {}

    @cached_property
    def _steps(self) -> list[list[_Step]]:
        """Per QPU: the links from there."""
        steps: list[list[_Step]] = [[] for _ in self._no_relay]
        for link in self._links:
            loss = -math.log(max(link.fidelity, _LEAST_FIDELITY))
            steps[link.a].append(_Step(link.b, link.hops, loss))
            steps[link.b].append(_Step(link.a, link.hops, loss))
        for beside in steps:
            beside.sort()
        return steps

    def __len__(self) -> int:
        return len(self._no_relay)

    @overload
    def __getitem__(self, index: int) -> Paths: ...

    @overload
    def __getitem__(self, index: slice) -> list[Paths]: ...

    def __getitem__(self, index: int | slice) -> Paths | list[Paths]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        root = range(len(self))[index]
        if root not in self._found:
            if self._direct:
                self._found[root] = _direct(root, len(self))
            else:
                self._found[root] = _paths_from(root, self._steps, self._no_relay)
        return self._found[root]


class Distances(Sequence[tuple[int, ...]]):
    """Bell pairs from every QPU to every other one, a row of them found when it is first asked for."""

    def __init__(self, paths: BestPaths) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, index: int) -> tuple[int, ...]: ...

    @overload
    def __getitem__(self, index: slice) -> list[tuple[int, ...]]: ...

    def __getitem__(self, index: int | slice) -> tuple[int, ...] | list[tuple[int, ...]]:
        if isinstance(index, slice):
            return [paths.bell_pairs for paths in self._paths[index]]
        return self._paths[index].bell_pairs


def _direct(root: int, count: int) -> Paths:
    """The paths from a QPU where links of one Bell pair join all QPUs."""
    return Paths((root,) * count, tuple([int(s != root) for s in range(count)]))


def _paths_from(root: int, steps: Sequence[Sequence[_Step]], no_relay: Sequence[bool]) -> Paths:
    """The best paths from one QPU. ``no_relay`` per QPU: it has no memory ions."""
    count = len(steps)
    previous = [-1] * count
    bell_pairs = [-1] * count
    best: list[PathCost | None] = [None] * count
    arrivals = itertools.count()  # of equally good paths the one that was found first
    queue: list[tuple[PathCost, int, int, int]] = [((0, 0, 0, 0.0), next(arrivals), root, root)]
    while queue:
        (pairs, relays, links, lost), _, at, before = heapq.heappop(queue)
        if previous[at] >= 0:
            continue
        previous[at], bell_pairs[at] = before, pairs
        relays += at != root and no_relay[at]
        for to, more, loss in steps[at]:
            cost = (pairs + more, relays, links + 1, lost + loss)
            known = best[to]
            if previous[to] < 0 and (known is None or cost < known):
                best[to] = cost
                heapq.heappush(queue, (cost, next(arrivals), to, at))
    return Paths(tuple(previous), tuple(bell_pairs))
