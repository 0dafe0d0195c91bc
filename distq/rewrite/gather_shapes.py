"""The shapes in which an operation over several QPUs is gathered: trees and chains of QPUs, and what they cost.

In: an operation, the homes of its qubits, the network. Out: the cheapest :class:`Tree` or chain, or the answer that the
operation is better left whole. Costs are Bell pairs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from distq.ir.program import Operation
from distq.networks.network import Network


@dataclass(frozen=True)
class Tree:
    """A tree of QPUs.

    Attributes
    ----------
    order
        The QPUs from the leaves to the root, which is last.
    parent
        Of each QPU but the root.
    cost
        Bell pairs that it takes.
    """

    order: tuple[int, ...]
    parent: dict[int, int]
    cost: int

    @property
    def root(self) -> int:
        """The QPU at which the operation runs."""
        return self.order[-1]


def spare_ions(homes: Sequence[int], network: Network) -> list[int]:
    """Per QPU: data ions that qubits at these homes leave. Where ions have any role, one is kept for copies."""
    at_home = Counter(homes)
    ions = [qpu.data if qpu.ions is None else qpu.ions - 1 for qpu in network.qpus]
    return [number - at_home[s] for s, number in enumerate(ions)]


def memory_left(homes: Sequence[int], network: Network, has_ancilla: Sequence[bool]) -> list[float]:
    """Per QPU: ions for copies, where qubits are at these homes and some QPUs have an ancilla."""
    at_home = Counter(homes)
    return [
        qpu.memory_limit if qpu.ions is None else float(qpu.ions - at_home[s] - has_ancilla[s])
        for s, qpu in enumerate(network.qpus)
    ]


class ShapeFinder:
    """Finds the shapes of operations.

    Parameters
    ----------
    homes
        QPU of each qubit.
    network
        Sizes of the QPUs and distances between them.
    has_ancilla
        Per QPU: whether it has a data ion for an ancilla.
    host
        A QPU without an ancilla that can take one in whole where it is the root.
    """

    def __init__(self, homes: Sequence[int], network: Network, has_ancilla: Sequence[bool], host: int | None) -> None:
        self.homes, self.has_ancilla, self.host = homes, has_ancilla, host
        self.distance = network.distance
        self.memory = memory_left(homes, network, has_ancilla)

    def operands_at(self, op: Operation) -> Counter[int]:
        """How many operands each QPU holds."""
        return Counter(self.homes[q] for q in op.qubits)

    def tree(self, op: Operation) -> Tree | None:
        """The cheapest tree for ``op``; None if it is better left whole."""
        operands = self.operands_at(op)
        if len(operands) < 2:
            return None
        trees = [tree for root in sorted(operands) if (tree := self._tree_to(root, operands)) is not None]
        best = min(trees, key=lambda tree: tree.cost, default=None)
        return None if best is None or best.cost >= self.whole_cost(operands) else best

    def whole_cost(self, operands: Mapping[int, int]) -> float:
        """Bell pairs for an operation as it is, at the best QPU that can hold the copies; infinite if none can."""
        count = sum(operands.values())
        return min(
            (
                sum(n * self.distance[s][site] for s, n in operands.items())
                for site, own in operands.items()
                if count - own <= self.memory[site]
            ),
            default=math.inf,
        )

    def _tree_to(self, root: int, operands: Mapping[int, int]) -> Tree | None:
        """A tree over all QPUs with operands, each joined to the nearest one that can hold its copies."""
        distance = self.distance
        room = {root: self.memory[root] + (root == self.host and self.memory[root] > 0)}
        depth = {root: 0}
        parent: dict[int, int] = {}
        order = [root]
        cost = 0
        for s in sorted(operands, key=lambda s: (not self.has_ancilla[s], distance[s][root], s)):
            if s == root:
                continue
            copies = 1 if self.has_ancilla[s] else operands[s]
            price = {
                p: (copies + (p != root and room[p] - copies < 1)) * distance[s][p]
                for p in order
                if room[p] >= copies and distance[s][p] > 0
            }
            if not price:
                return None
            p = min(price, key=lambda p: (price[p], depth[p], p))
            parent[s], depth[s] = p, depth[p] + 1
            room[p] -= copies
            room[s] = self.memory[s] if self.has_ancilla[s] else 0
            cost += price[p]
            order.append(s)
        return Tree(tuple(reversed(order)), parent, cost)

    def chain(self, op: Operation, tree: Tree | None) -> tuple[int, ...] | None:
        """QPUs in the order of a chain, each but the first with room for an ancilla; None if that saves nothing.

        ``tree`` is what it has to beat; without one, the operation as it is.
        """
        qpus = sorted(set(self.operands_at(op)))
        if len(qpus) < 3 or min(self.memory[s] for s in qpus) < 1:
            return None
        best: tuple[int, tuple[int, ...]] | None = None
        for first in qpus:
            order = self._nearest_first(first, qpus)
            if all(self.has_ancilla[s] for s in order[1:]):
                cost = sum(self.distance[a][b] for a, b in pairwise(order))
                best = min(best or (cost, order), (cost, order))
        otherwise = self.whole_cost(self.operands_at(op)) if tree is None else tree.cost
        if best is None:
            return None
        cost, chain = best
        return chain if cost < otherwise else None

    def _nearest_first(self, first: int, qpus: Sequence[int]) -> tuple[int, ...]:
        """The QPUs from ``first`` on, each followed by the nearest one that is left."""
        order, left = [first], [s for s in qpus if s != first]
        while left:
            order.append(min(left, key=lambda s: (self.distance[order[-1]][s], s)))
            left.remove(order[-1])
        return tuple(order)
