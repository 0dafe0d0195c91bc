"""The presence relaxation: which QPUs each qubit visits in each period, as an integer linear program.

Let V_e be the QPUs that hold a member of qubit q at some time in its period e. Every plan satisfies

* e costs at least ``|V_e| - 1`` Bell pairs: it starts with one member, and every further one is opened by a pair;
* consecutive periods of a qubit share a QPU, that of its only member at the boundary between them;
* the periods that an operation acts in share a QPU, the one where it runs;
* where all paths of links from A to B pass through C, a period with A and B has C too;
* at the end, and at the moments of :mod:`distq.planning.bounds.precedence`, each living qubit has its home in a QPU of
the
  periods it may be in, and homes respect the data ions.

The least ``sum_e (|V_e| - 1)`` under these rules is a lower bound for any memory; the program forgets the order of
events between moments, and memory. HiGHS gives the optimum or, out of time, its own lower bound on it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import SupportsFloat, cast

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.bounds.precedence import coexisting, cuts, moments, mortal

VARIABLES_PER_S = 1500
"""Larger programs are left alone: within the time they would not get beyond what counting gives."""
MAX_MOMENTS = 16


def twins(network: Network) -> list[int]:
    """Per QPU: the lowest QPU that may change names with it (same ions, same links to others); itself if none."""
    out = []
    for s, qpu in enumerate(network.qpus):
        for t in range(s + 1):
            other = network.qpus[t]
            alike = (qpu.data, qpu.memory) == (other.data, other.memory)
            if alike and set(network.neighbours[s]) - {t} == set(network.neighbours[t]) - {s}:
                out.append(t)
                break
    return out


class _Rows:
    """A sparse constraint matrix under construction."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        for column, value in terms:
            self.row.append(len(self.low))
            self.column.append(column)
            self.value.append(value)
        self.low.append(low)
        self.high.append(high)


class _Presence:
    """Variables and constraints. Every group of variables is a block of k, one per QPU."""

    def __init__(self, program: Program, network: Network, most: int) -> None:
        self.program, self.network = program, network
        self.k = len(network.qpus)
        self.blocks = 0
        self.rows = _Rows()
        self.forbidden: set[int] = set()
        self.index = self._periods()
        self.base = np.concatenate([[0], np.cumsum([ids[-1] + 1 for ids in self.index])]).tolist()
        self.segments = self.base[-1]
        self.blocks = self.segments
        if self.segments * self.k > most:
            return
        for e in range(self.segments):
            self.rows.add([(self.at(e, s), 1.0) for s in range(self.k)], 1.0, np.inf)
        self._meet()
        self._boundaries()
        self._relays()
        self._homes(most)

    def _periods(self) -> list[list[int]]:
        """Per qubit: the variable group of each period. Periods without operations belong to their neighbour."""
        busy: list[list[bool]] = [[False] for _ in range(self.program.num_qubits)]
        for index, op in enumerate(self.program.operations):
            if len(op.qubits) > 1:
                for q in op.qubits:
                    busy[q][-1] = True
            elif cuts(self.program, index):
                busy[op.qubits[0]].append(False)
        return [[max(0, count - 1) for count in itertools.accumulate(map(int, line))] for line in busy]

    def at(self, block: int, qpu: int) -> int:
        return block * self.k + qpu

    def choice(self, inside: Sequence[int]) -> int:
        """New block: one QPU, which is in the union of the blocks ``inside`` (of periods)."""
        block = self.blocks
        self.blocks += 1
        self.rows.add([(self.at(block, s), 1.0) for s in range(self.k)], 1.0, 1.0)
        for s in range(self.k):
            terms = [(self.at(e, s), 1.0) for e in inside]
            self.rows.add([*terms, (self.at(block, s), -1.0)], 0.0, np.inf)
        return block

    def _meet(self) -> None:
        now = [0] * self.program.num_qubits
        groups: set[tuple[int, ...]] = set()
        for index, op in enumerate(self.program.operations):
            if cuts(self.program, index):
                now[op.qubits[0]] += 1
            elif len(op.qubits) > 1:
                groups.add(tuple(sorted(self.base[q] + self.index[q][now[q]] for q in op.qubits)))
        for group in sorted(groups):
            block = self.blocks
            self.blocks += 1
            self.rows.add([(self.at(block, s), 1.0) for s in range(self.k)], 1.0, 1.0)
            for e, s in itertools.product(group, range(self.k)):
                self.rows.add([(self.at(e, s), 1.0), (self.at(block, s), -1.0)], 0.0, np.inf)

    def _boundaries(self) -> None:
        for q, ids in enumerate(self.index):
            for e in range(self.base[q], self.base[q] + ids[-1]):
                block = self.choice([e])
                for s in range(self.k):
                    self.rows.add([(self.at(e + 1, s), 1.0), (self.at(block, s), -1.0)], 0.0, np.inf)

    def _relays(self) -> None:
        if self.network.complete:
            return
        for a, b in itertools.combinations(range(self.k), 2):
            for c in set(range(self.k)) - {a, b}:
                if _separates(self.network, a, b, c):
                    for e in range(self.segments):
                        terms = [(self.at(e, c), 1.0), (self.at(e, a), -1.0), (self.at(e, b), -1.0)]
                        self.rows.add(terms, -1.0, np.inf)

    def _homes(self, most: int) -> None:
        """Homes at the end, at the moment of :func:`coexisting`, and at some operations."""
        program = self.program
        dies = mortal(program)
        every = {q: (0, len(self.index[q]) - 1) for q in coexisting(program)}
        final = {q: (len(ids) - 1, len(ids) - 1) for q, ids in enumerate(self.index) if not dies[q]}
        sets = [final] if not any(dies) else [every, final]
        self._capacities(sets[0], twins(self.network))
        for living in sets[1:]:
            self._capacities(living, None)
        clocks = moments(program)
        total = len(program.operations)
        sample = sorted({int(i) for i in np.linspace(0, total - 1, min(total, MAX_MOMENTS))}) if total else []
        for index in sample:
            if self.blocks * self.k > most:
                break
            living = {
                q: (int(clocks.first[index, q]), int(clocks.last[index, q]))
                for q in np.flatnonzero(clocks.alive[index]).tolist()
            }
            if len(living) > max(qpu.data for qpu in self.network.qpus):
                self._capacities(living, None)

    def _capacities(self, living: dict[int, tuple[int, int]], alike: list[int] | None) -> None:
        """Homes of the living qubits (with the periods they may be in) fit; ``alike``: break the symmetry of QPUs."""
        blocks = []
        for order, (q, (first, last)) in enumerate(sorted(living.items())):
            ids = sorted(set(self.index[q][first : last + 1]))
            block = self.choice([self.base[q] + i for i in ids])
            blocks.append(block)
            if alike is not None:
                rank = [sum(alike[t] == alike[s] for t in range(s)) for s in range(self.k)]
                self.forbidden |= {self.at(block, s) for s in range(self.k) if rank[s] > order}
        for s, qpu in enumerate(self.network.qpus):
            if blocks:
                self.rows.add([(self.at(block, s), 1.0) for block in blocks], -np.inf, float(qpu.data))

    @property
    def variables(self) -> int:
        return self.blocks * self.k

    def solve(self, time_limit_s: float) -> int:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        size = self.variables
        rows = self.rows
        matrix = csr_array((rows.value, (rows.row, rows.column)), shape=(len(rows.low), size))
        cost = np.zeros(size)
        cost[: self.segments * self.k] = 1.0
        high = np.ones(size)
        high[sorted(self.forbidden)] = 0.0
        found = milp(
            cost,
            integrality=np.ones(size),
            bounds=Bounds(np.zeros(size), high),
            constraints=LinearConstraint(matrix, np.asarray(rows.low), np.asarray(rows.high)),
            options={"time_limit": max(time_limit_s, 0.05), "mip_rel_gap": 0.0},
        )
        value = float(cast(SupportsFloat, found.get("mip_dual_bound") or 0.0))
        if not math.isfinite(value):
            return 0
        bound: int = math.ceil(value - self.segments - 1e-6)
        return max(0, bound)


def _separates(network: Network, a: int, b: int, c: int) -> bool:
    """True if every path of links from a to b passes through c."""
    reached, queue = {a, c}, [a]
    while queue:
        for t in network.neighbours[queue.pop()]:
            if t not in reached:
                reached.add(t)
                queue.append(t)
    return b not in reached


def presence_bound(program: Program, network: Network, time_limit_s: float) -> int | None:
    """Lower bound on the Bell pairs of every plan, by the presence relaxation; None if it has too many variables."""
    if len(network.qpus) < 2 or not program.multi_qubit:
        return 0
    most = int(VARIABLES_PER_S * time_limit_s)
    if len(program.multi_qubit) * len(network.qpus) > most:
        return None
    relaxation = _Presence(program, network, most)
    if relaxation.variables > 2 * most:
        return None
    return relaxation.solve(time_limit_s)
