"""Which operations can run next: the dependency graph of a program, walked forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterable

from distq.ir.program import Program


class Frontier:
    """The operations that are ready, given what has been executed.

    Every qubit and classical bit orders the operations on it as a chain of groups: a group is ready when the one
    before it is done.

    Attributes
    ----------
    ready
        Operations that can run now.

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
        self._members: list[list[int]] = []  # per group: its operations
        self._next_group: list[int] = []  # per group: the one after it on its line, -1 for the last
        self._left: list[int] = []  # per group: operations not executed yet
        self._groups: list[list[int]] = [[] for _ in range(count)]  # per operation: its groups, one a line
        self._waits_for = [0] * count  # per operation: groups that have to be done before it
        for line in program.lines:
            self._add_line(program, line, commute)
        bits: list[list[int]] = [[] for _ in range(program.num_clbits)]
        for index, op in enumerate(program.operations):
            for bit in sorted(set(op.clbits)):
                bits[bit].append(index)
        for bit_line in bits:
            self._add_line(program, bit_line, commute=False)
        self.ready = {index for index in range(count) if not self._waits_for[index]}

    def _add_line(self, program: Program, line: Iterable[int], commute: bool) -> None:
        """Cut the operations on one qubit or bit into a chain of groups."""
        group = -1
        is_first = True
        was_diagonal = False
        for index in line:
            diagonal = program.operations[index].diagonal
            if group < 0 or not (commute and diagonal and was_diagonal):
                is_first = group < 0
                self._members.append([])
                self._next_group.append(-1)
                self._left.append(0)
                if not is_first:
                    self._next_group[group] = len(self._members) - 1
                group = len(self._members) - 1
            was_diagonal = diagonal
            self._members[group].append(index)
            self._left[group] += 1
            self._groups[index].append(group)
            self._waits_for[index] += not is_first

    def execute(self, index: int) -> list[int]:
        """Mark a ready operation as executed; returns the operations that became ready."""
        self.ready.remove(index)
        fresh = []
        for group in self._groups[index]:
            self._left[group] -= 1
            if self._left[group] or self._next_group[group] < 0:
                continue
            for member in self._members[self._next_group[group]]:
                self._waits_for[member] -= 1
                if not self._waits_for[member]:
                    self.ready.add(member)
                    fresh.append(member)
        return fresh

    def undo(self, index: int) -> None:
        """Take back the latest execution that has not been taken back yet."""
        for group in self._groups[index]:
            if not self._left[group] and self._next_group[group] >= 0:
                for member in self._members[self._next_group[group]]:
                    self._waits_for[member] += 1
                    self.ready.discard(member)
            self._left[group] += 1
        self.ready.add(index)

    def successors(self, index: int) -> list[int]:
        """The operations right behind this one on its qubits and bits, ascending."""
        found: set[int] = set()
        for group in self._groups[index]:
            if self._next_group[group] >= 0:
                found |= set(self._members[self._next_group[group]])
        return sorted(found)
