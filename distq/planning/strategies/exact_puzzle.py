"""The state space of the exact search: a program as integers that compiled code explores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink, Step
from distq.ir.program import Kind, Program, XBlock
from distq.networks.network import Network
from distq.planning.bounds.precedence import uses

Ints = NDArray[np.int64]


BITS = 62
"""Operations, and qubits times QPUs, that a state can hold."""


MASK = 12
"""QPUs that an action of the search can hold."""


@dataclass(frozen=True)
class _Puzzle:
    """The operations that matter to a search, as bit masks.

    Unconditioned one-qubit gates at the beginning of a line run when the qubit is born, those at its end at the end.
    """

    operations: tuple[int, ...]
    first: tuple[tuple[int, ...], ...]
    last: tuple[tuple[int, ...], ...]
    operands: Ints
    needs: Ints
    boundary: Ints
    dies: Ints
    blocks: tuple[XBlock, ...] = ()

    def x_blocks(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Per operation the mask of the X-blocks that it is in, and the one that it closes or -1; openings and qubits.

        X-blocks at an end of their line are left out: no copy gains by following these.
        """
        inside, closes = np.zeros(len(self.operations), np.int64), np.full(len(self.operations), -1, np.int64)
        number = {index: bit for bit, index in enumerate(self.operations)}
        for j, block in enumerate(self.blocks):
            closes[number[block.closing]] = j
            for index in block.operations:
                inside[number[index]] |= 1 << j
        opens = np.array([number[block.opening] for block in self.blocks], np.int64)
        return inside, closes, opens, np.array([block.qubit for block in self.blocks], np.int64)


def _puzzle(program: Program) -> _Puzzle:
    n = program.num_qubits
    first = tuple(_outer(program, line) for line in program.lines)
    last = tuple(
        tuple(reversed(_outer(program, line[len(head) :][::-1])))
        for line, head in zip(program.lines, first, strict=True)
    )
    outside = {i for ends in (*first, *last) for i in ends}
    inside = [i for i in range(len(program.operations)) if i not in outside]
    number = {index: bit for bit, index in enumerate(inside)}
    needs = _needs(program, number)
    boundary, dies = [], [0] * n
    for index in inside:
        op = program.operations[index]
        final = op.kind is Kind.MEASURE and program.lines[op.qubits[0]][-1] == index
        boundary.append(0 if op.diagonal else 1 + final)
        if final:
            dies[op.qubits[0]] = 1 << number[index]
    operands = [sum(1 << q for q in program.operations[i].qubits) for i in inside]
    blocks = tuple([b for b in program.x_blocks.values() if b.opening in number and b.closing in number])
    if max(len(inside), n) > BITS:  # refused by the caller
        none = np.zeros(0, np.int64)
        return _Puzzle(tuple(inside), first, last, none, none, none, none, blocks)
    masks = [np.array(values, np.int64) for values in (operands, [needs[i] for i in inside], boundary, dies)]
    return _Puzzle(tuple(inside), first, last, masks[0], masks[1], masks[2], masks[3], blocks)


def _outer(program: Program, line: Sequence[int]) -> tuple[int, ...]:
    """The unconditioned one-qubit gates and resets that ``line`` begins with."""
    out = []
    for index in line:
        op = program.operations[index]
        if op.kind not in (Kind.LOCAL, Kind.RESET) or op.condition is not None:
            break
        out.append(index)
    return tuple(out)


def _needs(program: Program, number: dict[int, int]) -> dict[int, int]:
    """Per operation: mask of those (with a number) that must have run before it, on its own lines."""
    lines = program.num_qubits + program.num_clbits
    opened, seen = [0] * lines, [0] * lines
    out = {}
    for index, op in enumerate(program.operations):
        need = 0
        where = list(uses(program, op))
        for line, commutes in where:
            need |= opened[line] if commutes else seen[line]
        out[index] = need
        own = 1 << number[index] if index in number else 0
        for line, commutes in where:
            seen[line] |= own
            if not commutes:
                opened[line] = seen[line]
    return out


class _FixedHomeError(Exception):
    """The home of a held qubit would have to move."""


class _Writer:
    """Turns births, openings and closings into plan steps: chooses homes, runs what can run."""

    def __init__(self, program: Program, network: Network, puzzle: _Puzzle) -> None:
        self.program, self.network, self.puzzle = program, network, puzzle
        n = program.num_qubits
        self.homes: list[int] = [-1] * n
        self.home: list[int] = [-1] * n
        self.members: list[set[int]] = [set() for _ in range(n)]
        self.done = 0
        self.held: dict[int, XBlock] = {}
        self.steps: list[Step] = []

    def plan(self, actions: Sequence[int]) -> Plan | None:
        """None if homes would have to move where they cannot."""
        try:
            return self._plan(actions)
        except _FixedHomeError:
            return None

    def _plan(self, actions: Sequence[int]) -> Plan:
        from distq.planning.strategies.exact_kernels import CLOSE, ENTER, FINISH, FOLLOW, RUN

        for action in actions:
            kind, x, qpu, other = action >> 24, action >> 12 & 4095, action >> 6 & 63, action & 63
            if kind == RUN:
                for qubit in self.program.operations[self.puzzle.operations[x]].qubits:
                    if not self.members[qubit]:
                        self.bear(qubit, qpu)
            elif kind == CLOSE:
                self.keep(x, self.members[x] - {qpu})
            elif kind == FINISH:
                self.keep(x, {qpu})
            elif kind == FOLLOW:
                self.follow(x, action & 4095)
            elif kind == ENTER:
                self.enter(x, qpu, other)
            else:
                self.open(x, qpu)
            self.advance()
        self.finish()
        return Plan(homes=tuple(self.homes), steps=tuple(self.steps))

    def bear(self, qubit: int, qpu: int, *, settled: bool = False) -> None:
        if not settled:
            self.settle({}, arriving=qpu)
        self.homes[qubit] = self.home[qubit] = qpu
        self.members[qubit] = {qpu}
        self.steps += [RunOp(index, qpu) for index in self.puzzle.first[qubit]]

    def open(self, qubit: int, qpu: int) -> None:
        for source in sorted(self.members[qubit]):
            if self.network.linked(source, qpu) and self.settle({}, opening=(source, qpu)):
                self.steps.append(Grow(qubit, source, qpu))
                self.members[qubit].add(qpu)
                return
        raise AssertionError("the search opened a copy for which there is no room")

    def enter(self, qubit: int, qpu: int, target: int) -> None:
        """Birth at ``qpu`` and a copy at ``target``."""
        self.settle({}, arriving=qpu, opening=(qpu, target))
        self.bear(qubit, qpu, settled=True)
        self.steps.append(Grow(qubit, qpu, target))
        self.members[qubit].add(target)

    def follow(self, number: int, kept: int) -> None:
        """An X-block begins with copies at the QPUs of the mask ``kept``."""
        block = self.puzzle.blocks[number]
        qubit = block.qubit
        self.keep(qubit, {s for s in self.members[qubit] if kept >> s & 1})
        self.held[qubit] = block
        self.steps.append(RunOp(block.opening, self.home[qubit]))
        self.done |= 1 << self.puzzle.operations.index(block.opening)

    def keep(self, qubit: int, members: set[int]) -> None:
        """Close all copies but these."""
        self.settle({qubit: members})
        for qpu in sorted(self.members[qubit] - members):
            self.close(qubit, qpu)

    def close(self, qubit: int, qpu: int) -> None:
        self.steps.append(Shrink(qubit, qpu))
        self.members[qubit].remove(qpu)

    def settle(
        self, allowed: dict[int, set[int]], *, opening: tuple[int, int] | None = None, arriving: int | None = None
    ) -> bool:
        """Hand homes over so that the next step finds room; as few as possible change. False if there is no way."""
        k = len(self.network.qpus)
        data = [qpu.data for qpu in self.network.qpus]
        memory = [qpu.memory_limit for qpu in self.network.qpus]
        if arriving is not None:
            data[arriving] -= 1
        for qpu in opening or ():
            memory[qpu] -= 1
        held = [sum(s in m for m in self.members) for s in range(k)]
        living = [q for q, m in enumerate(self.members) if m]
        best: list[list[int]] = []
        fewest = len(living) + 1

        def place(at: int, chosen: list[int], free: list[int], changed: int) -> None:
            nonlocal fewest
            if changed >= fewest:
                return
            if at == len(living):
                if all(held[s] - (data[s] - free[s]) <= memory[s] for s in range(k)):
                    fewest = changed
                    best[:] = [list(chosen)]
                return
            q = living[at]
            choice = {self.home[q]} if q in self.held else allowed.get(q, self.members[q])
            for s in sorted(choice, key=lambda s: (s != self.home[q], s)):
                if free[s] > 0:
                    free[s] -= 1
                    place(at + 1, [*chosen, s], free, changed + (s != self.home[q]))
                    free[s] += 1

        place(0, [], list(data), 0)
        if not best:
            if self.held:
                raise _FixedHomeError
            return False
        moves = tuple((q, s) for q, s in zip(living, best[0], strict=True) if s != self.home[q])
        if moves:
            self.steps.append(HandOver(moves))
            for q, s in moves:
                self.home[q] = s
        return True

    def advance(self) -> None:
        """Run what can run, exactly as the search does."""
        changed = True
        while changed:
            changed = False
            for bit, index in enumerate(self.puzzle.operations):
                if self.done >> bit & 1 or int(self.puzzle.needs[bit]) & ~self.done:
                    continue
                qubits = self.program.operations[index].qubits
                common = set.intersection(*[self.members[q] for q in qubits])
                kind = int(self.puzzle.boundary[bit])
                held = [q for q in qubits if q in self.held]
                if not common or (kind and len(common) > 1 and not held) or len(held) > 1:
                    continue
                if held and not self.members[held[0]] <= common:
                    continue
                self.steps.append(RunOp(index, self.home[held[0]] if held else min(common)))
                if kind and held:
                    del self.held[held[0]]
                if kind == 2:
                    self.members[qubits[0]] = set()
                self.done |= 1 << bit
                changed = True

    def finish(self) -> None:
        """Close all copies, run the last gates, and place the qubits that nothing touches."""
        for qubit, members in enumerate(self.members):
            for qpu in sorted(members - {self.home[qubit]}):
                self.close(qubit, qpu)
        free = [qpu.data - sum(self.home[q] == s for q, m in enumerate(self.members) if m)
                for s, qpu in enumerate(self.network.qpus)]  # fmt: skip
        for qubit in range(self.program.num_qubits):
            if self.homes[qubit] < 0:
                self.homes[qubit] = self.home[qubit] = max(range(len(free)), key=lambda s: free[s])
                free[self.home[qubit]] -= 1
                self.steps += [RunOp(index, self.home[qubit]) for index in self.puzzle.first[qubit]]
            self.steps += [RunOp(index, self.home[qubit]) for index in self.puzzle.last[qubit]]
