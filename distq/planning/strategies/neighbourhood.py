"""Which QPUs can herald pairs with each other, and how far apart others are."""

from __future__ import annotations

from collections import deque

from distq.networks.network import Network
from distq.util.union_find import components


class Neighbourhood:
    """QPUs that can herald pairs with each other, and how far they are apart.

    Attributes
    ----------
    neighbours
        Per QPU: the QPUs that it shares a link with; none where either has no memory ion.
    group
        Per QPU: the one that stands for all that it is joined to, directly or through others.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        usable = [qpu.memory_beside_data >= 1 for qpu in network.qpus]
        self.neighbours = [
            [t for t in beside if usable[t]] if usable[s] else [] for s, beside in enumerate(network.neighbours)
        ]
        pairs = [(s, t) for s, beside in enumerate(self.neighbours) for t in beside]
        self.group = components(len(self.neighbours), pairs)
        self._hops: dict[int, list[int]] = {}

    def hops(self, qpu: int) -> list[int]:
        """Links on the shortest way from each QPU to this one; a large number where there is none."""
        if qpu not in self._hops:
            far = len(self.neighbours)
            found = [far] * far
            found[qpu] = 0
            queue = deque([qpu])
            while queue:
                s = queue.popleft()
                for t in self.neighbours[s]:
                    if found[t] == far:
                        found[t] = found[s] + 1
                        queue.append(t)
            self._hops[qpu] = found
        return self._hops[qpu]

    def next_stop(self, start: int, end: int) -> int:
        """The first QPU on a shortest way."""
        hops = self.hops(end)
        return min(self.neighbours[start], key=lambda s: (hops[s], s))
