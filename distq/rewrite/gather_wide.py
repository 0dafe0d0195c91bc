"""Wide operations over several QPUs with one local AND, or parity, per QPU, so that only these need copies elsewhere.

The QPUs of an operation form a tree. Each one but the root computes, into an ancilla of its own, the AND (of a PHASE)
or the parity (of a ROTATION) of its operands and of its children's ancillas, whose copies it holds; the operation
itself runs at the root on few operands; then everything is computed backwards. That takes one copy per QPU but one.
The shape of the tree follows from the memory: a root can hold ``memory`` copies, any other QPU one less, as it needs an
ion for half of the pair that brings its own ancilla to its parent; or as many, if one of them is closed for that and
opened again. A root that has a data ion to spare, and no ancilla in it, can take one in whole: it moves there and back
again for one pair, as its copy at home stays open meanwhile.

With one memory ion a QPU in the middle of a tree cannot hold the ancilla that came in, its own, and half of the pair
for the next one at once, and what it closes must come back to compute backwards. Measurement does without that. The
QPUs form a chain; the ancilla of each is born at the next one, where there is room, and lends it a copy for the AND.
Computing backwards is a measurement in the X basis; if it reads 1, the AND of the same operands, which are still there,
gets a sign (measurement-based uncomputation, after C. Gidney, Quantum 2, 74 (2018)). That takes one pair per QPU but
one, with a single memory ion each.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from distq.frontend.matrix2 import H, Z
from distq.frontend.merge import merge_primitives
from distq.frontend.normalise import primitives_of
from distq.frontend.primitive_builder import PrimitiveBuilder
from distq.frontend.primitives import Measure, Reset
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network


@dataclass(frozen=True)
class Gathered:
    """A program with gathered operations and where they are meant to run.

    Attributes
    ----------
    program
        Ancillas are its last lines.
    homes
        QPU of each line, ancillas included.
    at
        Per operation: its QPU if it was made by gathering, else -1.
    moves
        ``(operation, line, qpu)``: before this operation the line's home goes there.
    """

    program: Program
    homes: tuple[int, ...]
    at: tuple[int, ...]
    moves: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class _Tree:
    """``order`` from the leaves to the root, which is last. ``parent`` of each QPU but the root."""

    order: tuple[int, ...]
    parent: dict[int, int]
    cost: int


def gather(
    program: Program, homes: Sequence[int], network: Network, *, host: int | None = None, measured: bool = False
) -> Gathered:
    """Gather every operation on three or more qubits that needs fewer pairs then.

    Parameters
    ----------
    program
        Any program without ancillas.
    homes
        QPU of each qubit. A QPU gets one ancilla, shared by all operations, if it has a data ion to spare.
    network
        Sizes of the QPUs and distances between them.
    host
        A QPU that has no ancilla of its own and takes one in where it is the root and its memory is too small.
    measured
        Measure ancillas where that saves pairs; the program then has classical bits for them.

    Returns
    -------
    Gathered
        The program itself if nothing is gathered. Otherwise one that is equal to it, ancillas in |0> given.
    """
    spare = [qpu.data for qpu in network.qpus]
    for home in homes:
        spare[home] -= 1
    planner = _Gatherer(program, tuple(homes), network, [s > 0 for s in spare], host)
    found = False
    for op in program.operations:
        tree = planner.tree(op) if len(op.qubits) > 2 and op.diagonal else None
        chain = planner.chain(op, tree) if measured and len(op.qubits) > 2 and op.diagonal else None
        found = found or tree is not None or chain is not None
        if chain is not None:
            planner.write_chain(op, chain)
        elif tree is not None:
            planner.write(op, tree)
        else:
            planner.builder.primitives += primitives_of([op])
    if not found:
        return Gathered(program, tuple(homes), (-1,) * len(program.operations))
    lines = program.num_qubits + len(planner.ancilla)
    built = merge_primitives(planner.builder.primitives, lines)
    assert built.lines == list(range(lines))
    phase = program.global_phase + planner.builder.global_phase + built.global_phase
    unitary = all(op.condition is None and op.kind < Kind.MEASURE for op in program.operations)
    made = replace(
        program,
        num_qubits=lines,
        operations=tuple(built.operations),
        num_clbits=program.num_clbits + planner.measurements,
        ancillas=len(planner.ancilla),
        ancilla_clbits=planner.measurements,
        global_phase=phase if unitary and not program.parameters else 0.0,
    )
    at = tuple([planner.sites.get(frozenset(op.qubits), -1) for op in made.operations])
    everywhere = (*homes, *planner.ancilla)
    return Gathered(made, everywhere, at, tuple(_moves(made, planner.guests, everywhere)))


def _moves(
    program: Program, guests: dict[frozenset[int], tuple[int, int]], homes: tuple[int, ...]
) -> Iterator[tuple[int, int, int]]:
    """There before each operation that has a guest, and back before the next."""
    for index, op in enumerate(program.operations):
        if frozenset(op.qubits) in guests:
            line, root = guests[frozenset(op.qubits)]
            yield index, line, root
            yield index + 1, line, homes[line]


class _Gatherer:
    """Writes gathered operations.

    ``ancilla`` holds QPUs in the order of their ancillas, ``guests`` by operands the line that moves to the root.
    """

    def __init__(
        self, program: Program, homes: tuple[int, ...], network: Network, spare: list[bool], host: int | None
    ) -> None:
        self.lines, self.homes, self.network = program.num_qubits, homes, network
        self.clbits, self.measurements = program.num_clbits, 0
        self.host = host if host is not None and spare[host] else None
        self.spare = [s and qpu != self.host for qpu, s in enumerate(spare)]
        self.limit = [qpu.memory_limit for qpu in network.qpus]
        self.guests: dict[frozenset[int], tuple[int, int]] = {}
        self.ancilla: dict[int, int] = {}
        self.sites: dict[frozenset[int], int] = {}
        self.builder = PrimitiveBuilder()

    # ---- shapes -----------------------------------------------------------------------------------------------

    def tree(self, op: Operation) -> _Tree | None:
        """The cheapest tree for ``op``; None if it is better left whole."""
        groups: dict[int, int] = {}
        for q in op.qubits:
            groups[self.homes[q]] = groups.get(self.homes[q], 0) + 1
        if len(groups) < 2:
            return None
        trees = [tree for root in sorted(groups) if (tree := self._grown(root, groups)) is not None]
        best = min(trees, key=lambda t: t.cost, default=None)
        if best is None or best.cost >= self._whole(groups):
            return None
        return best

    def _whole(self, groups: dict[int, int]) -> float:
        """Pairs for the operation as it is, at the best QPU that can hold the copies."""
        distance = self.network.distance
        return min(
            (
                sum(n * distance[s][site] for s, n in groups.items())
                for site, own in groups.items()
                if sum(groups.values()) - own <= self.limit[site]
            ),
            default=math.inf,
        )

    def _grown(self, root: int, groups: dict[int, int]) -> _Tree | None:
        """A tree over all QPUs with operands, each joined to the nearest one that can hold its copies."""
        distance = self.network.distance
        room = {root: self.limit[root] + (root == self.host and self.limit[root] > 0)}
        depth = {root: 0}
        parent: dict[int, int] = {}
        order = [root]
        cost = 0
        for s in sorted(groups, key=lambda s: (not self.spare[s], distance[s][root], s)):
            if s == root:
                continue
            copies = 1 if self.spare[s] else groups[s]
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
            room[s] = self.limit[s] if self.spare[s] else 0
            cost += price[p]
            order.append(s)
        return _Tree(tuple(reversed(order)), parent, cost)

    def chain(self, op: Operation, tree: _Tree | None) -> tuple[int, ...] | None:
        """QPUs in the order of a chain, each but the first with room for an ancilla; None if that saves nothing."""
        qpus = sorted({self.homes[q] for q in op.qubits})
        if len(qpus) < 3 or min(self.limit[s] for s in qpus) < 1:
            return None
        distance = self.network.distance
        best: tuple[int, tuple[int, ...]] | None = None
        for first in qpus:
            order, left = [first], [s for s in qpus if s != first]
            while left:
                order.append(min(left, key=lambda s: (distance[order[-1]][s], s)))
                left.remove(order[-1])
            if all(self.spare[s] for s in order[1:]):
                cost = sum(distance[a][b] for a, b in pairwise(order))
                best = min(best or (cost, tuple(order)), (cost, tuple(order)))
        groups = Counter(self.homes[q] for q in op.qubits)
        otherwise = self._whole(groups) if tree is None else tree.cost
        return None if best is None or best[0] >= otherwise else best[1]

    # ---- writing ----------------------------------------------------------------------------------------------

    def write(self, op: Operation, tree: _Tree) -> None:
        """Compute the ancillas from the leaves to the root, run the operation there, and compute back."""
        pattern = op.pattern or (1,) * len(op.qubits)
        held: dict[int, list[tuple[int, int]]] = {s: [] for s in tree.order}
        for q, bit in zip(op.qubits, pattern, strict=True):
            held[self.homes[q]].append((q, bit))
        computed: list[tuple[int, list[tuple[int, int]]]] = []
        for s in tree.order[:-1]:
            operands = held[s]
            if len(operands) > 1 and self.spare[s]:
                line = self._line(s)
                computed.append((line, operands))
                operands = [(line, 1)]
            held[tree.parent[s]] += operands
        for line, operands in computed:
            self._compute(op.kind, line, operands, self._home(line))
        self._centre(op, held[tree.order[-1]], tree.order[-1])
        for line, operands in reversed(computed):
            self._compute(op.kind, line, operands, self._home(line))

    def write_chain(self, op: Operation, order: tuple[int, ...]) -> None:
        """Each QPU computes into an ancilla at the next one; the last one runs the operation; then all are measured."""
        pattern = op.pattern or (1,) * len(op.qubits)
        held: dict[int, list[tuple[int, int]]] = {s: [] for s in order}
        for q, bit in zip(op.qubits, pattern, strict=True):
            held[self.homes[q]].append((q, bit))
        computed: list[tuple[int, int, list[tuple[int, int]]]] = []
        for here, there in pairwise(order):
            line = self._line(there)
            self._compute(op.kind, line, held[here], here)
            computed.append((line, here, held[here]))
            held[there].append((line, 1))
        self._centre(op, held[order[-1]], order[-1])
        for line, here, operands in reversed(computed):
            self._uncompute(op.kind, line, operands, here)

    def _uncompute(self, kind: Kind, line: int, operands: list[tuple[int, int]], qpu: int) -> None:
        """Measure an ancilla in the X basis, and where it reads 1 turn the sign of the AND or the parity."""
        clbit = self.clbits + self.measurements
        self.measurements += 1
        self.builder.one_qubit_gate(line, H)
        self.builder.primitives += [Measure(line, clbit), Reset(line)]
        self.builder.condition = Condition((clbit,), 1)
        lines, bits = tuple([q for q, _ in operands]), tuple([bit for _, bit in operands])
        if kind is Kind.PHASE:
            self.builder.controlled_phase(lines, math.pi, bits)
            self.sites[frozenset(lines)] = qpu
        else:
            for q in lines:
                self.builder.one_qubit_gate(q, Z)
        self.builder.condition = None

    def _line(self, qpu: int) -> int:
        """The ancilla of a QPU."""
        if qpu not in self.ancilla:
            self.ancilla[qpu] = self.lines + len(self.ancilla)
        return self.ancilla[qpu]

    def _compute(self, kind: Kind, line: int, operands: list[tuple[int, int]], qpu: int) -> None:
        """XOR the AND or the parity of ``operands`` (line, value wanted) into an ancilla, at a QPU."""
        lines, bits = tuple([q for q, _ in operands]), tuple([bit for _, bit in operands])
        self.builder.one_qubit_gate(line, H)
        if kind is Kind.PHASE:
            self.builder.controlled_phase((*lines, line), math.pi, (*bits, 1))
            self.sites[frozenset((*lines, line))] = qpu
        else:
            for q in lines:
                self.builder.controlled_phase((q, line), math.pi)
                self.sites[frozenset((q, line))] = qpu
        self.builder.one_qubit_gate(line, H)

    def _centre(self, op: Operation, operands: list[tuple[int, int]], root: int) -> None:
        assert op.angle is not None
        lines, bits = tuple([q for q, _ in operands]), tuple([bit for _, bit in operands])
        self.builder.condition = op.condition
        if op.kind is Kind.PHASE:
            self.builder.controlled_phase(lines, op.angle, bits)
        else:
            self.builder.parity_rotation(lines, op.angle)
        self.builder.condition = None
        self.sites[frozenset(lines)] = root
        away = [q for q in lines if self._home(q) != root]
        if len(away) > self.limit[root]:
            self.guests[frozenset(lines)] = (away[-1], root)

    def _home(self, line: int) -> int:
        return self.homes[line] if line < self.lines else list(self.ancilla)[line - self.lines]
