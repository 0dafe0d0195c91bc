"""Parts of a program whose Bell pairs add up.

A window gives each of its qubits a range of consecutive periods such that every plan has a moment at which all of them
are alive and within their ranges. At that moment their homes respect the capacities of the QPUs. Every Bell pair opens
a copy of one qubit in one period, so bounds on windows with disjoint ranges may be added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Program
from distq.planning.bounds.precedence import Ints, Moments, coexisting, cuts, moments, mortal

CLOCK_ENTRIES = 5_000_000
"""Up to this many (operation, qubit) pairs windows are cut in time; beyond, the whole program is one window."""

SHORT_CHAIN = 64


@dataclass(frozen=True)
class Window:
    """Qubits that are alive together at some moment, and which of them must meet.

    Attributes
    ----------
    qubits
        Ascending.
    meets
        (q, q), symmetric, False on the diagonal: True if an operation within the window acts on both.
    """

    qubits: tuple[int, ...]
    meets: NDArray[np.bool_]

    @property
    def pairs(self) -> int:
        """Number of pairs that must meet."""
        return int(self.meets.sum()) // 2


def whole(program: Program) -> Window:
    """The entire program as one window."""
    meets = np.zeros((program.num_qubits, program.num_qubits), dtype=bool)
    for index in program.multi_qubit:
        for q in program.operations[index].qubits:
            meets[q, list(program.operations[index].qubits)] = True
    np.fill_diagonal(meets, False)
    qubits = coexisting(program)
    return Window(qubits, meets[np.ix_(qubits, qubits)])


def divisions(program: Program) -> list[list[Window]]:
    """Several ways to cut the program into windows, from one window to as many as can be found."""
    out = [[whole(program)]]
    if 0 < len(program.operations) * program.num_qubits <= CLOCK_ENTRIES:
        clocks = moments(program)
        periods = _operand_periods(program)
        chain = _chain(clocks)
        for stride in (1, 2, 3, 4, 6, 8, 16):
            if stride <= len(chain):
                out.append(_windows(program, clocks, periods, chain[stride - 1 :: stride]))
                if len(chain) <= SHORT_CHAIN:  # a longer last window is worth a try
                    out.append(_windows(program, clocks, periods, chain[stride - 1 : -stride : stride]))
    return out


def _operand_periods(program: Program) -> list[tuple[int, ...]]:
    """Per operation, per operand: the period of the qubit in which it runs."""
    now = [0] * program.num_qubits
    out = []
    for index, op in enumerate(program.operations):
        out.append(tuple([now[q] for q in op.qubits]))
        if cuts(program, index):
            now[op.qubits[0]] += 1
    return out


def _chain(clocks: Moments) -> list[int]:
    """Operations as moments: each the earliest at which most qubits have left the periods of the one before it."""
    n = len(clocks.periods)
    start = np.zeros(n, dtype=np.int64)
    chain: list[int] = []
    for index in range(len(clocks.first)):
        alive = clocks.alive[index]
        ready = alive & (clocks.first[index] >= start)
        if ready.sum() >= max(2, 0.8 * n):
            chain.append(index)
            start = np.where(ready, clocks.last[index] + 1, start)
    return chain


def _windows(program: Program, clocks: Moments, periods: list[tuple[int, ...]], chain: list[int]) -> list[Window]:
    """One window around each moment of ``chain``, and one around the end."""
    n = program.num_qubits
    final: Ints = clocks.periods - 1
    ends = [(clocks.first[i], clocks.last[i], clocks.alive[i]) for i in chain]
    ends.append((final, final, ~np.asarray(mortal(program), dtype=bool)))
    start = np.zeros(n, dtype=np.int64)
    window_of = [np.full(int(p), -1, dtype=np.int64) for p in clocks.periods]
    members: list[tuple[int, ...]] = []
    for first, last, alive in ends:
        ready = np.flatnonzero(alive & (first >= start))
        for q in ready.tolist():
            window_of[q][start[q] : last[q] + 1] = len(members)
        start[ready] = last[ready] + 1
        members.append(tuple(ready.tolist()))
    meets = [np.zeros((n, n), dtype=bool) for _ in members]
    for index in program.multi_qubit:
        qubits = program.operations[index].qubits
        where = [int(window_of[q][p]) for q, p in zip(qubits, periods[index], strict=True)]
        for i, q in enumerate(qubits):
            for j, r in enumerate(qubits[:i]):
                if where[i] == where[j] >= 0:
                    meets[where[i]][q, r] = meets[where[i]][r, q] = True
    return [Window(q, m[np.ix_(q, q)]) for q, m in zip(members, meets, strict=True) if q]
