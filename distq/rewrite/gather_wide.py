"""Wide operations over several QPUs with one local AND, or parity, per QPU, so that only these need copies elsewhere.

In: a program, and the QPU of each qubit. Out: :class:`Gathered`, an equal program with ancillas, and where it is meant
to run. Which operations are gathered, and in which shape, :mod:`distq.rewrite.gather_shapes` decides.

The QPUs of an operation form a tree. Each one but the root computes, into an ancilla of its own, the AND (of a PHASE)
or the parity (of a ROTATION) of its operands and of its children's ancillas, whose copies it holds; the operation
itself runs at the root on few operands; then everything is computed backwards. That takes one copy per QPU but one.
The shape of the tree follows from the memory: a root can hold ``memory`` copies, any other QPU one less, as it needs an
ion for half of the pair that brings its own ancilla to its parent; or as many, if one of them is closed for that and
opened again. A root that has a data ion to spare, and no ancilla in it, can take one in whole: it moves there and back
again for one pair, as its copy at home stays open meanwhile.

With one memory ion a QPU in the middle of a tree cannot hold the ancilla that came in, its own, and half of the pair
for the next one at once, and what it closes must come back to compute backwards. Measurement does without that. The
QPUs form a chain; the ancilla of each is allocated at the next one, where there is room, and lends it a copy for the
AND. Computing backwards is a measurement in the X basis; if it reads 1, the AND of the same operands, which are still
there, gets a sign (measurement-based uncomputation, after C. Gidney, Quantum 2, 74 (2018)). That takes one pair per QPU
but one, with a single memory ion each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from distq.frontend.matrix2 import H, Z
from distq.frontend.merge import NormalForm, merge_primitives
from distq.frontend.normalise import primitives_of
from distq.frontend.primitive_builder import PrimitiveBuilder
from distq.frontend.primitives import Measure, Reset
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network
from distq.rewrite.gather_shapes import ShapeFinder, Tree, spare_ions


class GuestMove(NamedTuple):
    """Before operation number ``operation``, the home of ``line`` moves to ``qpu``."""

    operation: int
    line: int
    qpu: int


@dataclass(frozen=True)
class Gathered:
    """A program with gathered operations and where they are meant to run.

    Attributes
    ----------
    program
        Ancillas are its last lines.
    homes
        QPU of each line, ancillas included.
    sites
        Per operation: its QPU if it was made by gathering, else -1.
    moves
        Ancillas that visit another QPU, by ascending operation.
    """

    program: Program
    homes: tuple[int, ...]
    sites: tuple[int, ...]
    moves: tuple[GuestMove, ...] = ()


class _Controls(NamedTuple):
    """Lines, and for each the value that the AND of them asks for."""

    lines: tuple[int, ...]
    values: tuple[int, ...]


class _WantedValue(NamedTuple):
    """A line, and the value that is wanted of it."""

    line: int
    value: int


class _Computed(NamedTuple):
    """An ancilla, the operands whose AND or parity it holds, and the QPU at which they are brought together."""

    line: int
    operands: list[_WantedValue]
    qpu: int


class _Guest(NamedTuple):
    """An ancilla that moves to the root of an operation."""

    line: int
    root: int


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
        The program itself if nothing is gathered. Otherwise one that is equal to it, given that ancillas begin in |0>.
    """
    gatherer = _Gatherer(program, tuple(homes), network, host)
    for op in program.operations:
        gatherer.add(op, measured)
    if not gatherer.gathered:
        return Gathered(program, tuple(homes), (-1,) * len(program.operations))
    lines = program.num_qubits + len(gatherer.ancillas)
    merged = merge_primitives(gatherer.builder.primitives, lines)
    assert merged.lines == list(range(lines))
    made = _with_ancillas(program, gatherer, merged)
    sites = tuple([gatherer.sites.get(frozenset(op.qubits), -1) for op in made.operations])
    all_homes = (*homes, *gatherer.ancillas)
    return Gathered(made, all_homes, sites, tuple(_moves(made, gatherer.guests, all_homes)))


def _with_ancillas(program: Program, gatherer: _Gatherer, merged: NormalForm) -> Program:
    """The program whose operations were gathered."""
    phase = program.global_phase + gatherer.builder.global_phase + merged.global_phase
    unitary = all(op.condition is None and op.kind < Kind.MEASURE for op in program.operations)
    return replace(
        program,
        num_qubits=program.num_qubits + len(gatherer.ancillas),
        operations=tuple(merged.operations),
        num_clbits=program.num_clbits + gatherer.measurements,
        ancillas=len(gatherer.ancillas),
        ancilla_clbits=gatherer.measurements,
        global_phase=phase if unitary and not program.parameters else 0.0,
    )


def _moves(program: Program, guests: Mapping[frozenset[int], _Guest], homes: Sequence[int]) -> Iterator[GuestMove]:
    """There before each operation that has a guest, and back before the next."""
    for index, op in enumerate(program.operations):
        guest = guests.get(frozenset(op.qubits))
        if guest is not None:
            yield GuestMove(index, guest.line, guest.root)
            yield GuestMove(index + 1, guest.line, homes[guest.line])


class _Gatherer:
    """Writes the operations of a program, gathered or as they are.

    Attributes
    ----------
    ancillas
        Line of each QPU's ancilla, in the order in which they were needed.
    measurements
        How many classical bits ancillas have been measured into.
    sites, guests
        By the operands of a written operation: the QPU at which it runs, the ancilla that moves there for it.
    gathered
        True once an operation has been gathered.
    """

    def __init__(self, program: Program, homes: tuple[int, ...], network: Network, host: int | None) -> None:
        self.num_qubits, self.homes, self.clbits = program.num_qubits, homes, program.num_clbits
        spare = spare_ions(homes, network)
        host = host if host is not None and spare[host] > 0 else None
        self.has_ancilla = [ions > 0 and qpu != host for qpu, ions in enumerate(spare)]
        self.shapes = ShapeFinder(homes, network, self.has_ancilla, host)
        self.memory = self.shapes.memory
        self.builder = PrimitiveBuilder()
        self.ancillas: dict[int, int] = {}
        self.measurements = 0
        self.sites: dict[frozenset[int], int] = {}
        self.guests: dict[frozenset[int], _Guest] = {}
        self.gathered = False

    def add(self, op: Operation, measured: bool) -> None:
        """Write one operation, in the shape that takes the fewest Bell pairs."""
        wide = len(op.qubits) > 2 and op.diagonal
        tree = self.shapes.tree(op) if wide else None
        chain = self.shapes.chain(op, tree) if wide and measured else None
        self.gathered |= tree is not None or chain is not None
        if chain is not None:
            self._write_chain(op, chain)
        elif tree is not None:
            self._write_tree(op, tree)
        else:
            self.builder.primitives += primitives_of([op])

    def _write_tree(self, op: Operation, tree: Tree) -> None:
        """Compute the ancillas from the leaves to the root, run the operation there, and compute back."""
        operands = self._operands_by_home(op, tree.order)
        computed: list[_Computed] = []
        for s in tree.order[:-1]:
            own = operands[s]
            if len(own) > 1 and self.has_ancilla[s]:
                computed.append(_Computed(self._ancilla(s), own, s))
                own = [_WantedValue(computed[-1].line, 1)]
            operands[tree.parent[s]] += own
        for ancilla in computed:
            self._compute(op.kind, ancilla)
        self._run_at(tree.root, op, operands[tree.root])
        for ancilla in reversed(computed):
            self._compute(op.kind, ancilla)

    def _write_chain(self, op: Operation, chain: tuple[int, ...]) -> None:
        """Each QPU computes into an ancilla at the next one; the last one runs the operation; then all are measured."""
        operands = self._operands_by_home(op, chain)
        computed: list[_Computed] = []
        for here, there in pairwise(chain):
            computed.append(_Computed(self._ancilla(there), operands[here], here))
            self._compute(op.kind, computed[-1])
            operands[there].append(_WantedValue(computed[-1].line, 1))
        self._run_at(chain[-1], op, operands[chain[-1]])
        for ancilla in reversed(computed):
            self._measure(op.kind, ancilla)

    def _operands_by_home(self, op: Operation, qpus: Sequence[int]) -> dict[int, list[_WantedValue]]:
        """The operands at each QPU; for a ROTATION, where no value is asked for, with value 1."""
        out: dict[int, list[_WantedValue]] = {s: [] for s in qpus}
        for q, value in zip(op.qubits, op.pattern or (1,) * len(op.qubits), strict=True):
            out[self.homes[q]].append(_WantedValue(q, value))
        return out

    def _ancilla(self, qpu: int) -> int:
        """The line of a QPU's ancilla."""
        return self.ancillas.setdefault(qpu, self.num_qubits + len(self.ancillas))

    def _home(self, line: int) -> int:
        """The QPU of a line."""
        return self.homes[line] if line < self.num_qubits else list(self.ancillas)[line - self.num_qubits]

    def _compute(self, kind: Kind, ancilla: _Computed) -> None:
        """XOR the AND or the parity of the operands into an ancilla."""
        line, qpu = ancilla.line, ancilla.qpu
        lines, values = _controls(ancilla.operands)
        self.builder.one_qubit_gate(line, H)
        if kind is Kind.PHASE:
            self.builder.controlled_phase((*lines, line), math.pi, (*values, 1))
            self.sites[frozenset((*lines, line))] = qpu
        else:
            for q in lines:
                self.builder.controlled_phase((q, line), math.pi)
                self.sites[frozenset((q, line))] = qpu
        self.builder.one_qubit_gate(line, H)

    def _measure(self, kind: Kind, ancilla: _Computed) -> None:
        """Measure an ancilla in the X basis, and where it reads 1 turn the sign of the AND or the parity."""
        clbit = self.clbits + self.measurements
        self.measurements += 1
        self.builder.one_qubit_gate(ancilla.line, H)
        self.builder.primitives += [Measure(ancilla.line, clbit), Reset(ancilla.line)]
        self.builder.condition = Condition((clbit,), 1)
        lines, values = _controls(ancilla.operands)
        if kind is Kind.PHASE:
            self.builder.controlled_phase(lines, math.pi, values)
            self.sites[frozenset(lines)] = ancilla.qpu
        else:
            for q in lines:
                self.builder.one_qubit_gate(q, Z)
        self.builder.condition = None

    def _run_at(self, root: int, op: Operation, operands: list[_WantedValue]) -> None:
        """The operation itself, on the operands and ancillas that are brought together at the root."""
        assert op.angle is not None
        lines, values = _controls(operands)
        self.builder.condition = op.condition
        if op.kind is Kind.PHASE:
            self.builder.controlled_phase(lines, op.angle, values)
        else:
            self.builder.parity_rotation(lines, op.angle)
        self.builder.condition = None
        self.sites[frozenset(lines)] = root
        away = [q for q in lines if self._home(q) != root]
        if len(away) > self.memory[root]:
            self.guests[frozenset(lines)] = _Guest(away[-1], root)


def _controls(operands: Sequence[_WantedValue]) -> _Controls:
    """Operands as lines and values."""
    return _Controls(tuple([operand.line for operand in operands]), tuple([operand.value for operand in operands]))
