"""The integers that the exact search works on: a program, a network, sets of states, and actions.

Sets of operations, qubits and QPUs are bit masks, so that a whole state fits two integers. Nothing here is compiled:
:mod:`distq.planning.strategies.exact_kernels` explores what this module encodes, and
:mod:`distq.planning.strategies.exact_plan_builder` turns the actions found into plan steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Kind, Program, XBlock
from distq.networks.network import Network
from distq.planning.bounds.integer_program import interchangeable_qpus
from distq.planning.bounds.precedence import lines_of

Ints = NDArray[np.integer[Any]]

STATE_BITS = 62
"""Operations with X-blocks, and qubits times QPUs, that a state can hold: bits of a signed 64-bit integer."""
ACTION_QPUS = 12
"""QPUs of which an action can hold a set: bits of its two lowest fields."""

RUN, CLOSE, FINISH, OPEN, ENTER, FOLLOW = 0, 1, 2, 3, 4, 5
"""Kinds of actions ``kind << 24 | x << 12 | a << 6 | b``.

RUN: the qubits of operation x that are not born yet are born at QPU a, and it runs there. CLOSE: the copy of qubit x
at a is closed. FINISH: all copies of qubit x but that at a are closed. OPEN: a copy of qubit x is opened at a. ENTER:
qubit x is born at a, and a copy is opened at b. FOLLOW: X-block x begins; the copies of its qubit outside the mask
a << 6 | b are closed, the others follow the block.
"""


class Action(NamedTuple):
    """An action taken apart: ``kept`` is the mask of a FOLLOW, ``qpu`` and ``other`` are the QPUs of all others."""

    kind: int
    subject: int
    qpu: int
    other: int
    kept: int

    @classmethod
    def decode(cls, code: int) -> Action:
        """The fields of an action's code."""
        return cls(code >> 24, code >> 12 & 4095, code >> 6 & 63, code & 63, code & 4095)


class ProgramMasks(NamedTuple):
    """The m operations, n qubits and j X-blocks of a search as arrays."""

    operands: Ints
    """(m,) mask of the qubits of each operation."""
    predecessors: Ints
    """(m,) mask of the operations that must have run before it."""
    boundary: Ints
    """(m,) 0 for diagonal operations, 1 for boundaries, 2 for measurements that end the life of their qubit."""
    final: Ints
    """(n,) the operation, as a mask, that ends the life of the qubit; 0 if none does."""
    inside: Ints
    """(m,) mask of the X-blocks that the operation belongs to."""
    closes: Ints
    """(m,) X-block that the operation closes, or -1."""
    opening: Ints
    """(j,) operation that opens the X-block."""
    block_qubit: Ints
    """(j,) qubit of the X-block."""


class Machine(NamedTuple):
    """The k QPUs of a network as arrays."""

    data: Ints
    """(k,) data ions."""
    memory: Ints
    """(k,) memory ions."""
    beside: Ints
    """(k,) data ions that are there beside the memory ions, none where ions have any role."""
    linked: Ints
    """(k,) mask of the QPUs that have a link to this one."""
    twin: Ints
    """(k,) the lowest QPU that could change names with this one."""


class States(NamedTuple):
    """Room for S states: two integers a state, where it came from, and a hash table that finds it."""

    done: Ints
    """(S,) mask of the operations done; bit j above them: copies follow X-block j."""
    members: Ints
    """(S,) copy sets, as many bits for each qubit as there are QPUs."""
    parent: Ints
    """(S,) state that it was first reached from, or -1."""
    action: Ints
    """(S,) code of the action that led here, or -1."""
    table: Ints
    """(a power of two, at least 2 S,) states by hash, -1 where there is none."""

    @classmethod
    def empty(cls, states: int) -> States:
        """Room for so many ``states``, 36 bytes each on average."""
        return cls(
            done=np.empty(states, np.int64),
            members=np.empty(states, np.int64),
            parent=np.empty(states, np.int32),
            action=np.empty(states, np.int32),
            table=np.full(1 << (2 * states - 1).bit_length(), -1, np.int32),
        )

    def path(self, state: int) -> list[int]:
        """The actions that lead to ``state``, first to last."""
        actions = []
        while self.action[state] >= 0:
            actions.append(int(self.action[state]))
            state = int(self.parent[state])
        return actions[::-1]


class Buffers(NamedTuple):
    """Room to work in: the state at hand, and what an action makes of it."""

    members: Ints
    """(n,) mask of the copy set of each qubit; 0: not alive."""
    after: Ints
    """(n,) the copy sets after the action."""
    homes: Ints
    """(n,) the QPUs at which the home of each qubit may be during the action."""
    memory: Ints
    """(k,) memory ions left during the action."""
    over: Ints
    """(k,) members beyond these."""
    codes: Ints
    """Codes of the actions that are possible, m k + 2 n k + 2^k j + n k^2 at most."""

    @classmethod
    def empty(cls, program: ProgramMasks, machine: Machine) -> Buffers:
        """Buffers for searches of ``program`` on ``machine``."""
        n, k = len(program.final), len(machine.data)
        most = len(program.operands) * k + 2 * n * k + (len(program.block_qubit) << k) + n * k * k
        return cls(*[np.zeros(length, np.int64) for length in (n, n, n, k, k, most)])


@dataclass(frozen=True)
class EncodedProgram:
    """The operations of a program that a search decides about.

    Attributes
    ----------
    program
        The whole program.
    operations
        Program indices of the operations inside, ascending; the masks number them from 0.
    leading, trailing
        Per qubit, the unconditioned one-qubit gates and resets at the two ends of its line. They run as the qubit is
        born, and at the end of the plan.
    blocks
        X-blocks. Those at an end of their line are left out: no copy gains by following these.
    """

    program: Program
    operations: tuple[int, ...]
    leading: tuple[tuple[int, ...], ...]
    trailing: tuple[tuple[int, ...], ...]
    blocks: tuple[XBlock, ...]

    @cached_property
    def number(self) -> dict[int, int]:
        """Number of every operation inside, by its program index."""
        return {index: number for number, index in enumerate(self.operations)}

    @cached_property
    def masks(self) -> ProgramMasks:
        """The arrays of the search. Defined if operations and qubits are at most STATE_BITS."""
        program, number = self.program, self.number
        needs = _predecessors(program, number)
        boundary, final = [], [0] * program.num_qubits
        for index in self.operations:
            op = program.operations[index]
            dies = program.gives_back(index)
            boundary.append(0 if op.diagonal else 1 + dies)
            if dies:
                final[op.qubits[0]] = 1 << number[index]
        inside, closes = [0] * len(number), [-1] * len(number)
        for j, block in enumerate(self.blocks):
            closes[number[block.closing]] = j
            for index in block.operations:
                inside[number[index]] |= 1 << j
        operands = [sum(1 << q for q in program.operations[i].qubits) for i in self.operations]
        opening = [number[block.opening] for block in self.blocks]
        qubits = [block.qubit for block in self.blocks]
        rows = (operands, [needs[i] for i in self.operations], boundary, final, inside, closes, opening, qubits)
        return ProgramMasks(*[np.array(row, np.int64) for row in rows])


def encode_program(program: Program) -> EncodedProgram:
    """The operations of ``program`` that a search decides about."""
    leading = tuple(_leading_gates(program, line) for line in program.lines)
    trailing = tuple(
        tuple(reversed(_leading_gates(program, line[len(head) :][::-1])))
        for line, head in zip(program.lines, leading, strict=True)
    )
    outside = {i for ends in (*leading, *trailing) for i in ends}
    inside = tuple(i for i in range(len(program.operations)) if i not in outside)
    blocks = tuple([b for b in program.x_blocks.values() if b.opening not in outside and b.closing not in outside])
    return EncodedProgram(program, inside, leading, trailing, blocks)


def encode_network(network: Network, qubits: int) -> Machine:
    """The arrays of ``network`` for a program of ``qubits`` qubits. Unlimited memory is one ion more than qubits."""
    unlimited = qubits + 1
    return Machine(
        data=np.array([qpu.data for qpu in network.qpus], np.int64),
        memory=np.array([int(min(qpu.memory_limit, unlimited)) for qpu in network.qpus], np.int64),
        beside=np.array([qpu.data if qpu.ions is None else 0 for qpu in network.qpus], np.int64),
        linked=np.array([sum(1 << t for t in near) for near in network.neighbours], np.int64),
        twin=np.array(interchangeable_qpus(network), np.int64),
    )


def _leading_gates(program: Program, line: Sequence[int]) -> tuple[int, ...]:
    """The unconditioned one-qubit gates and resets that ``line`` begins with."""
    out = []
    for index in line:
        op = program.operations[index]
        if op.kind not in (Kind.LOCAL, Kind.RESET) or op.condition is not None:
            break
        out.append(index)
    return tuple(out)


def _predecessors(program: Program, number: dict[int, int]) -> dict[int, int]:
    """Per operation, the mask of the numbered ones that must run before it because they share a qubit or bit with it.

    Operations that commute on a line share its last ``barrier``, which is everything up to the last operation that did
    not commute.
    """
    lines = program.num_qubits + program.num_clbits
    barrier, seen = [0] * lines, [0] * lines
    out = {}
    for index, op in enumerate(program.operations):
        need = 0
        where = list(lines_of(program, op))
        for line, commutes in where:
            need |= barrier[line] if commutes else seen[line]
        out[index] = need
        own = 1 << number[index] if index in number else 0
        for line, commutes in where:
            seen[line] |= own
            if not commutes:
                barrier[line] = seen[line]
    return out
