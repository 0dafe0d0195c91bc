"""Which classical bit keeps which measurement outcome.

In: recorded steps, and what every declared bit is at the end. Out: a bit for every outcome, such that no outcome is
overwritten before it is last read. Outcomes go to the bits that they are assigned to, and to further ones if needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from distq.frontend.conditions import ALL_CASES, Cases, meet, opposite
from distq.frontend.outcomes.recorder import Recorder
from distq.frontend.outcomes.values import outcomes_in
from distq.ir.program import Condition


class Hosts(NamedTuple):
    """Where outcomes are kept.

    Attributes
    ----------
    bit_of
        Per outcome: its classical bit.
    extra
        Number of bits beyond the declared ones.
    """

    bit_of: dict[int, int]
    extra: int


class CannotShareError(Exception):
    """Two outcomes that are joined cannot share a bit; ``number`` is that of the join."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Group(NamedTuple):
    """Outcomes on one bit: from which step to which, and whether some runs do not measure it at all."""

    members: tuple[int, ...]
    start: int
    end: float
    conditional: bool


def assign_hosts(recorder: Recorder, finals: Sequence[int | None], preferred: Mapping[int, int]) -> Hosts:
    """A bit for every outcome.

    Parameters
    ----------
    recorder
        The steps.
    finals
        Per declared bit: the outcome that it is at the end, None if it is none. They differ.
    preferred
        Per outcome: the declared bit that it is assigned to first; not all outcomes are.

    Raises
    ------
    CannotShareError
        Outcomes that are joined cannot share a bit.
    """
    lives = _Lives(recorder, finals)
    forced = {lives.root(outcome): bit for bit, outcome in enumerate(finals) if outcome is not None}
    bits = [_Bit() for _ in finals]
    groups = lives.groups()
    for root, bit in forced.items():
        bits[bit].last = groups[root]
    bit_of: dict[int, int] = {}
    for root, group in sorted(groups.items(), key=lambda item: item[1].start):
        number = forced.get(root)
        if number is None:
            wanted = [preferred[o] for o in group.members if o in preferred]
            number = next((b for b in (*wanted, *range(len(finals), len(bits))) if bits[b].takes(group)), len(bits))
            if number == len(bits):
                bits.append(_Bit())
            bits[number].busy_until = group.end
        bit_of |= dict.fromkeys(group.members, number)
    return Hosts(bit_of, len(bits) - len(finals))


class _Bit:
    """A classical bit: until which step it is busy (-1: it is fresh), and the group that it keeps at the end."""

    def __init__(self) -> None:
        self.busy_until = -1.0
        self.last: _Group | None = None

    def takes(self, group: _Group) -> bool:
        """True if the group fits; groups come in the order of their first step.

        An outcome that some runs do not measure is 0 in these, so its bit must be fresh.
        """
        if self.last is not None and (group.end >= self.last.start or self.last.conditional):
            return False
        return group.start > self.busy_until and (not group.conditional or self.busy_until < 0)


class _Lives:
    """From when to when outcomes are needed."""

    def __init__(self, recorder: Recorder, finals: Sequence[int | None]) -> None:
        self.recorder = recorder
        count = len(recorder.guards)
        self.written = [-1] * count
        self.read = [-1.0] * count
        self.parent = list(range(count))
        for position, step in enumerate(recorder.steps):
            if step.path is not ALL_CASES:
                for outcome in outcomes_in(step.path):
                    self.read[outcome] = position
            if step.outcome is not None:
                self.written[step.outcome] = position
        for final in finals:
            if final is not None:
                self.read[final] = math.inf
        self._join()

    def root(self, outcome: int) -> int:
        """The outcome that stands for all with which this one shares its bit."""
        while self.parent[outcome] != outcome:
            outcome = self.parent[outcome]
        return outcome

    def groups(self) -> dict[int, _Group]:
        """Outcomes that share a bit, by the one that stands for them."""
        members: dict[int, list[int]] = {}
        for outcome in range(len(self.parent)):
            members.setdefault(self.root(outcome), []).append(outcome)
        return {root: self._group(tuple(found)) for root, found in members.items()}

    def _group(self, members: tuple[int, ...]) -> _Group:
        first = min([o for o in members if self.written[o] >= 0], key=lambda o: self.written[o])
        end = max([max(float(self.written[o]), self.read[o]) for o in members])
        return _Group(members, self.written[first], end, self.recorder.guards[first] != ALL_CASES)

    def _join(self) -> None:
        """Unite joined outcomes, and see that none of them is read after it has been overwritten."""
        for outcome, join in self.recorder.joined.items():
            at = self.written[join.new]
            if self.parent[join.old] != join.old or self._read_after(join.old, at) or self._read_elsewhere(join.new):
                raise CannotShareError(join.number)
            self.parent[join.new] = self.parent[join.old] = outcome

    def _read_after(self, outcome: int, position: int) -> bool:
        """True if an outcome, or one that it was joined of, is read after a step that overwrites it.

        That step itself may read it, unless it takes place in several cases: these are tested one after the other.
        """
        if self.read[outcome] > position:
            return True
        if self.read[outcome] == position and not _apart(self.recorder.steps[position].path, outcome):
            return True
        join = self.recorder.joined.get(outcome)
        return join is not None and (self._read_after(join.new, position) or self._read_after(join.old, position))

    def _read_elsewhere(self, outcome: int) -> bool:
        """True if a measurement's outcome is read on runs that do not measure it."""
        if self.read[outcome] < 0:
            return False
        elsewhere = opposite(self.recorder.guards[outcome])
        return self.read[outcome] == math.inf or any(
            outcome in outcomes_in(step.path) and meet(step.path, elsewhere) for step in self.recorder.steps
        )


def _apart(path: Cases, outcome: int) -> bool:
    """True if at most one of the cases holds, whatever ``outcome`` is then."""
    values = [_values(case, outcome) for case in path]
    return len(path) < 2 or all(
        a is not None and b is not None and any(b.get(key, value) != value for key, value in a.items())
        for i, a in enumerate(values)
        for b in values[:i]
    )


def _values(case: Condition, outcome: int) -> dict[int, int] | None:
    """What a condition asks of other outcomes; None if it is a negated one."""
    if case.negate:
        return None
    return {other: case.value >> i & 1 for i, other in enumerate(case.clbits) if other != outcome}
