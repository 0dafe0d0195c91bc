"""A lower bound by an integer linear program: which QPUs each qubit visits in each period.

Let V_e be the QPUs that hold a member of qubit q at some time in its period e. Every plan satisfies

* e costs at least ``|V_e| - 1`` Bell pairs: it starts with one member, and every further one is opened by a pair;
* consecutive periods of a qubit share a QPU, that of its only member at the boundary between them;
* the periods that an operation acts in share a QPU, the one where it runs;
* where all paths of links from A to B pass through C, a period with A and B has C too;
* at the end, and at the moments of :mod:`distq.planning.bounds.precedence`, each live qubit has its home in a QPU of
  the periods it may be in, and homes respect the data ions.

The least ``sum_e (|V_e| - 1)`` under these rules is a lower bound for any memory; the program forgets the order of
events between moments, and memory. Only the V_e are whole numbers: where operations run and homes are may be divided
between QPUs, which costs little of the bound and saves nine tenths of the time. HiGHS gives the optimum or, after a
number of nodes, its own lower bound on it. No clock decides, so the bound is the same on every machine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, SupportsFloat, cast

import numpy as np

from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.bounds.precedence import coexisting, ends_measured, ends_period, period_ranges

MAX_VARIABLES = 450
"""Variables, at most: larger programs take seconds and do not get beyond what counting gives."""
MAX_MOMENTS = 16
"""Operations, evenly spread, at whose moments homes must respect the data ions."""


def integer_program_bound(program: Program, network: Network, nodes: int) -> int | None:
    """Lower bound on the Bell pairs of every plan; None if the integer program has more than MAX_VARIABLES variables.

    ``nodes`` are those of the branch-and-bound tree, at most.
    """
    if len(network.qpus) < 2 or not program.multi_qubit:
        return 0
    if len(program.multi_qubit) * len(network.qpus) > MAX_VARIABLES:
        return None
    visits = _VisitProgram(program, network)
    return visits.solve(nodes) if visits.variables <= MAX_VARIABLES else None


def interchangeable_qpus(network: Network) -> list[int]:
    """Per QPU: the lowest QPU that it may change names with (same ions, same links to others); itself if none."""
    found = []
    for s, qpu in enumerate(network.qpus):
        for t in range(s + 1):
            other = network.qpus[t]
            ions, others = [(q.data, q.memory, q.ions, q.communication == 0) for q in (qpu, other)]
            if ions == others and set(network.neighbours[s]) - {t} == set(network.neighbours[t]) - {s}:
                found.append(t)
                break
    return found


class _ConstraintRows:
    """A sparse matrix of linear constraints under construction.

    Attributes
    ----------
    row, column, value
        Its entries.
    low, high
        Per row: limits of the sum.
    """

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        """Add the constraint that the sum of (variable, factor) lies between ``low`` and ``high``."""
        for column, value in terms:
            self.row.append(len(self.low))
            self.column.append(column)
            self.value.append(value)
        self.low.append(low)
        self.high.append(high)


class _PeriodRange(NamedTuple):
    """The first and the last period that a qubit can be in at a moment."""

    first: int
    last: int


class _VisitProgram:
    """Variables and constraints. Variables are from 0 to 1 and come in blocks of k, one variable per QPU.

    The first ``periods`` blocks say which QPUs each period of each qubit visits. Further blocks choose QPUs: where
    an operation runs, where a boundary is, where a home is at some moment.

    Attributes
    ----------
    block_of
        Per qubit: the block of each period, counted within the qubit.
    base
        Per qubit: its first block.
    forbidden
        Variables that are 0.
    """

    def __init__(self, program: Program, network: Network) -> None:
        self.program, self.network = program, network
        self.k = len(network.qpus)
        self.rows = _ConstraintRows()
        self.forbidden: set[int] = set()
        self.block_of = self._period_blocks()
        self.base: list[int] = [0, *itertools.accumulate(ids[-1] + 1 for ids in self.block_of)]
        self.periods = self.base[-1]
        self.blocks = self.periods
        if self.variables > MAX_VARIABLES:
            return
        for e in range(self.periods):
            self.rows.add([(self.variable(e, s), 1.0) for s in range(self.k)], 1.0, np.inf)
        self._require_meetings()
        self._require_boundaries()
        self._require_relays()
        self._require_homes()

    @property
    def variables(self) -> int:
        """Number of variables."""
        return self.blocks * self.k

    def variable(self, block: int, qpu: int) -> int:
        """Index of a variable."""
        return block * self.k + qpu

    def _period_blocks(self) -> list[list[int]]:
        """Per qubit: the block of each period. Periods without operations share that of a neighbour."""
        busy: list[list[bool]] = [[False] for _ in range(self.program.num_qubits)]
        for index, op in enumerate(self.program.operations):
            if len(op.qubits) > 1:
                for q in op.qubits:
                    busy[q][-1] = True
            elif ends_period(self.program, index):
                busy[op.qubits[0]].append(False)
        return [[max(0, count - 1) for count in itertools.accumulate(map(int, line))] for line in busy]

    def _new_choice(self) -> int:
        """A new block of which exactly one variable is 1."""
        block = self.blocks
        self.blocks += 1
        self.rows.add([(self.variable(block, s), 1.0) for s in range(self.k)], 1.0, 1.0)
        return block

    def _choice_within(self, inside: Sequence[int]) -> int:
        """A new choice of a QPU that one of the periods ``inside`` visits."""
        block = self._new_choice()
        for s in range(self.k):
            terms = [(self.variable(e, s), 1.0) for e in inside]
            self.rows.add([*terms, (self.variable(block, s), -1.0)], 0.0, np.inf)
        return block

    # ---- the rules ----------------------------------------------------------------------------------------------

    def _require_meetings(self) -> None:
        """The periods that an operation acts in share a QPU."""
        now = [0] * self.program.num_qubits
        groups: set[tuple[int, ...]] = set()
        for index, op in enumerate(self.program.operations):
            if ends_period(self.program, index):
                now[op.qubits[0]] += 1
            elif len(op.qubits) > 1:
                groups.add(tuple(sorted(self.base[q] + self.block_of[q][now[q]] for q in op.qubits)))
        for group in sorted(groups):
            block = self._new_choice()
            for e, s in itertools.product(group, range(self.k)):
                self.rows.add([(self.variable(e, s), 1.0), (self.variable(block, s), -1.0)], 0.0, np.inf)

    def _require_boundaries(self) -> None:
        """Consecutive periods of a qubit share a QPU."""
        for q, ids in enumerate(self.block_of):
            for e in range(self.base[q], self.base[q] + ids[-1]):
                block = self._choice_within([e])
                for s in range(self.k):
                    self.rows.add([(self.variable(e + 1, s), 1.0), (self.variable(block, s), -1.0)], 0.0, np.inf)

    def _require_relays(self) -> None:
        """Where all paths from A to B pass through C, a period that visits A and B visits C."""
        if self.network.complete:
            return
        for a, b in itertools.combinations(range(self.k), 2):
            for c in set(range(self.k)) - {a, b}:
                if _separates(self.network, a, b, c):
                    for e in range(self.periods):
                        ends = (self.variable(e, a), -1.0), (self.variable(e, b), -1.0)
                        self.rows.add([(self.variable(e, c), 1.0), *ends], -1.0, np.inf)

    def _require_homes(self) -> None:
        """Homes fit at the end, at the moment of :func:`coexisting`, and at some operations."""
        program = self.program
        measured = ends_measured(program)
        final = {q: _PeriodRange(len(ids) - 1, len(ids) - 1) for q, ids in enumerate(self.block_of) if not measured[q]}
        if any(measured):
            together = {q: _PeriodRange(0, len(self.block_of[q]) - 1) for q in coexisting(program)}
            self._require_capacities(together, interchangeable_qpus(self.network))
            self._require_capacities(final, None)
        else:
            self._require_capacities(final, interchangeable_qpus(self.network))
        ranges = period_ranges(program)
        total = len(program.operations)
        sample = sorted({int(i) for i in np.linspace(0, total - 1, min(total, MAX_MOMENTS))}) if total else []
        for index in sample:
            live = {
                q: _PeriodRange(int(ranges.first[index, q]), int(ranges.last[index, q]))
                for q in np.flatnonzero(ranges.live[index]).tolist()
            }
            if self.variables + len(live) * self.k > MAX_VARIABLES:
                break
            if len(live) > max(qpu.data for qpu in self.network.qpus):
                self._require_capacities(live, None)

    def _require_capacities(self, live: Mapping[int, _PeriodRange], same_as: list[int] | None) -> None:
        """Homes of the live qubits, within the periods that they may be in, fit the data ions.

        With ``same_as``, the :func:`interchangeable_qpus`, their symmetry is broken: of QPUs that may change names, the
        i-th one is forbidden to the first i - 1 qubits.
        """
        blocks = []
        for number, (q, (first, last)) in enumerate(sorted(live.items())):
            ids = sorted(set(self.block_of[q][first : last + 1]))
            block = self._choice_within([self.base[q] + i for i in ids])
            blocks.append(block)
            if same_as is not None:
                rank = [sum(same_as[t] == same_as[s] for t in range(s)) for s in range(self.k)]
                self.forbidden |= {self.variable(block, s) for s in range(self.k) if rank[s] > number}
        for s, qpu in enumerate(self.network.qpus):
            if blocks:
                self.rows.add([(self.variable(block, s), 1.0) for block in blocks], -np.inf, float(qpu.data))

    # ---- the solution -------------------------------------------------------------------------------------------

    def solve(self, nodes: int) -> int:
        """The least number of Bell pairs under the rules, or what is proven of it after so many nodes."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        rows, size = self.rows, self.variables
        matrix = csr_array((rows.value, (rows.row, rows.column)), shape=(len(rows.low), size))
        cost = np.zeros(size)
        whole = np.zeros(size)
        cost[: self.periods * self.k] = whole[: self.periods * self.k] = 1.0
        high = np.ones(size)
        high[sorted(self.forbidden)] = 0.0
        found = milp(
            cost,
            integrality=whole,
            bounds=Bounds(np.zeros(size), high),
            constraints=LinearConstraint(matrix, np.asarray(rows.low), np.asarray(rows.high)),
            options={"node_limit": nodes, "mip_rel_gap": 0.0},
        )
        value = float(cast(SupportsFloat, found.get("mip_dual_bound") or 0.0))
        if not math.isfinite(value):
            return 0
        bound: int = math.ceil(value - self.periods - 1e-6)
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
