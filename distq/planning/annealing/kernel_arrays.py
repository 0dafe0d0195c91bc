"""What the compiled annealer works on, in groups: the problem, the state of the search, and the log of a move.

There are M multi-qubit operations with P operands in all, E segments, n qubits, T slots and k QPUs. What the arrays of
the problem mean is said in :mod:`distq.planning.annealing.search_space`. Sets of QPUs are bit masks of 64-bit integers,
so a network has at most 62 QPUs here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.planning.annealing.search_space import TICKS_PER_SLOT, Ints, Reals, SearchSpace, TimeGrid

Array = NDArray[Any]


class Trees(NamedTuple):
    """What it costs to join QPUs."""

    all_linked: bool  # a tree over a set of QPUs costs its size - 1
    table: Reals  # (2^k,) cost by set of QPUs, or (1,) if there is no table
    distance: Reals  # (k, k) cost of the cheapest path
    near: Reals  # (k,) room to work in

    @classmethod
    def of(cls, space: SearchSpace) -> Trees:
        """The costs of ``space``."""
        k = len(space.data)
        equal = bool((space.distance[~np.eye(k, dtype=bool)] == 1.0).all())
        return cls(len(space.tree_cost) == 1 and equal, space.tree_cost, space.distance, np.empty(k))


class Problem(NamedTuple):
    """What does not change during a run."""

    operand_start: Ints  # (M + 1,) where the operands of each operation begin in:
    operand_segment: Ints  # (P,) segments of the operands
    segment_start: Ints  # (E + 1,) where the operations of each segment begin in:
    segment_op: Ints  # (P,) operations of the segments, ascending
    segment_qubit: Ints  # (E,)
    op_slot: Ints  # (M,)
    op_time: Ints  # (M,) ticks
    op_gates: Ints  # (M,) native two-qubit gates
    first_segment: Ints  # (n, T) first segment of the qubit that touches the slot
    last_segment: Ints  # (n, T) last one
    birth: Ints  # (n,) first slot in which the qubit is alive
    death: Ints  # (n,) slot after the last one
    data: Ints  # (k,) data ions
    memory: Ints  # (k,) ions that copies can take, times TICKS_PER_SLOT
    home_load: Ints  # (k,) ticks of these that a home takes for each slot
    trees: Trees
    gate_cost: Reals  # (k,) cost of a native two-qubit gate
    price: float  # of every tick by which copies exceed the memory of a QPU; 0: memory is unlimited

    @classmethod
    def of(cls, space: SearchSpace, grid: TimeGrid, price: float) -> Problem:
        """The problem of ``space`` on ``grid`` where a memory ion too few costs ``price`` a slot."""
        return cls(
            operand_start=space.operand_start,
            operand_segment=space.operand_segment,
            segment_start=space.segment_start,
            segment_op=space.segment_op,
            segment_qubit=space.segment_qubit,
            op_slot=grid.op_slot,
            op_time=grid.op_time,
            op_gates=space.op_gates,
            first_segment=grid.first_segment,
            last_segment=grid.last_segment,
            birth=grid.birth,
            death=grid.death,
            data=space.data,
            memory=space.memory,
            home_load=space.home_load,
            trees=Trees.of(space),
            gate_cost=space.gate_cost,
            price=price / TICKS_PER_SLOT,
        )


class State(NamedTuple):
    """A solution, and what its cost follows from; every move keeps all of it up to date."""

    site: Ints  # (M,) QPU of each operation
    home: Ints  # (n, T) home of each qubit; -1 where it is not alive
    uses: Array  # (E, k) int32, operations of the segment at the QPU, and slots in which its qubit's home is there
    copies: Ints  # (E,) mask of the QPUs with uses
    occupied: Ints  # (T, k) homes
    stay_first: Ints  # (E, k) first tick at which an operation uses the copy; only kept where memory is limited
    stay_last: Ints  # (E, k) last tick, before the first if there is none
    load: Ints  # (T, k) ticks that copies spend in memory, and homes where they take ions from it
    random: Array  # (1,) uint64, state of the random numbers

    @classmethod
    def of(cls, problem: Problem, site: Ints, home: Ints, random: Array) -> State:
        """Arrays of the right shapes around a solution, to be filled."""
        segments, k, slots = len(problem.segment_qubit), len(problem.data), home.shape[1]
        rows = segments if problem.price > 0.0 else 0
        return cls(
            site=site,
            home=home,
            uses=np.zeros((segments, k), dtype=np.int32),
            copies=np.zeros(segments, dtype=np.int64),
            occupied=np.zeros((slots, k), dtype=np.int64),
            stay_first=np.zeros((rows, k), dtype=np.int64),
            stay_last=np.zeros((rows, k), dtype=np.int64),
            load=np.zeros((slots, k), dtype=np.int64),
            random=random,
        )


class Log(NamedTuple):
    """What a move has changed, in order, so that it can be undone. L operations, H homes at most."""

    op: Ints  # (L,) operation that went elsewhere
    old_site: Ints  # (L,) its QPU before
    qubit: Ints  # (H,) qubit whose home went elsewhere
    slot: Ints  # (H,) in this slot
    old_home: Ints  # (H,) its home before

    @classmethod
    def of(cls, problem: Problem) -> Log:
        """A log that holds what any move changes.

        An operation can be moved more than once if several of its operands are; this is how often all together can.
        """
        operations, slots = len(problem.op_slot), problem.first_segment.shape[1]
        lengths = [operations + 2 * slots + 16] * 2 + [2 * slots] * 3
        return cls(*[np.empty(length, dtype=np.int64) for length in lengths])


class Best(NamedTuple):
    """The best solution so far, and what has changed since it was written.

    It is brought up to date by what has changed, because copies of whole solutions would take most of the time.
    """

    cost: Reals  # (1,)
    site: Ints  # (M,)
    home: Ints  # (n, T)
    changed_op: Ints  # (M,) operations that went elsewhere
    changed_qubit: Ints  # (M,) qubits whose home went elsewhere,
    changed_slot: Ints  # (M,) in these slots
    changes: Ints  # (2,) numbers of changed operations and homes; the first is -1 if they were too many to list

    @classmethod
    def of(cls, site: Ints, home: Ints) -> Best:
        """No solution yet, in arrays of the shapes of these."""
        return cls(
            cost=np.full(1, np.inf),
            site=site.copy(),
            home=home.copy(),
            changed_op=np.empty(len(site), dtype=np.int64),
            changed_qubit=np.empty(len(site), dtype=np.int64),
            changed_slot=np.empty(len(site), dtype=np.int64),
            changes=np.zeros(2, dtype=np.int64),
        )


class Schedule(NamedTuple):
    """How a run cools."""

    proposals: int
    hot: float  # first temperature, in Bell pairs
    cold: float  # last temperature
