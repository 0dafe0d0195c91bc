"""Which operations can run next: the dependency graph of a program, walked forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterable

from distq.ir.program import Program


class Frontier:
    """The operations that are ready, given what has been executed.

    Every qubit and classical bit orders the operations on it as a chain of groups: a group is ready when the one
    before it is done.

    Parameters
    ----------
    program
        The program.
    commute
        True: the diagonal operations of one segment form one group, because they commute. False: every operation is a
        group of its own, as in a plain circuit graph.
    """

    def __init__(self, program: Program, *, commute: bool) -> None:
        count = len(program.operations)
        self.ready: set[int] = set()
        self._members: list[list[int]] = []
        self._following: list[int] = []
        self._left: list[int] = []
        self._groups: list[list[int]] = [[] for _ in range(count)]
        self._missing = [0] * count
        for line in program.lines:
            self._chain(program, line, commute)
        bits: list[list[int]] = [[] for _ in range(program.num_clbits)]
        for index, op in enumerate(program.operations):
            for bit in sorted(set(op.clbits)):
                bits[bit].append(index)
        for bit_line in bits:
            self._chain(program, bit_line, commute=False)
        self.ready = {index for index in range(count) if not self._missing[index]}

    def _chain(self, program: Program, line: Iterable[int], commute: bool) -> None:
        previous = -1
        was_diagonal = False
        for index in line:
            diagonal = program.operations[index].diagonal
            if previous < 0 or not (commute and diagonal and was_diagonal):
                self._members.append([])
                self._following.append(-1)
                self._left.append(0)
                if previous >= 0:
                    self._following[previous] = len(self._members) - 1
                first, previous = previous < 0, len(self._members) - 1
            was_diagonal = diagonal
            self._members[previous].append(index)
            self._left[previous] += 1
            self._groups[index].append(previous)
            self._missing[index] += not first

    def execute(self, index: int) -> list[int]:
        """Mark a ready operation as executed; returns the operations that became ready."""
        self.ready.remove(index)
        fresh = []
        for group in self._groups[index]:
            self._left[group] -= 1
            if self._left[group] or self._following[group] < 0:
                continue
            for member in self._members[self._following[group]]:
                self._missing[member] -= 1
                if not self._missing[member]:
                    self.ready.add(member)
                    fresh.append(member)
        return fresh

    def undo(self, index: int) -> None:
        """Take back the latest execution that has not been taken back yet."""
        for group in self._groups[index]:
            if not self._left[group] and self._following[group] >= 0:
                for member in self._members[self._following[group]]:
                    self._missing[member] += 1
                    self.ready.discard(member)
            self._left[group] += 1
        self.ready.add(index)

    def successors(self, index: int) -> list[int]:
        """Operations that wait for this one's groups, nearest ones only, ascending."""
        found: set[int] = set()
        for group in self._groups[index]:
            if self._following[group] >= 0:
                found |= set(self._members[self._following[group]])
        return sorted(found)
