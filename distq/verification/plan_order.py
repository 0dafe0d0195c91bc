"""The order that a plan must keep: which operations commute, found without the compiler's own tables."""

from __future__ import annotations

import itertools
import math

import numpy as np

from distq.ir.program import Kind, Program


def required_order(program: Program) -> tuple[list[tuple[int, ...]], list[tuple[tuple[int, int], ...]]]:
    """How many operations must have run before each operation, per operand and per classical bit.

    On a qubit's line, a diagonal operation waits for all that precede its segment, a boundary for all that precede it.
    On a classical bit's line, a reader waits for all up to the last writer, a writer for all that precede it. Counting
    suffices: what lies behind a boundary (a writer) cannot have run before all that lies in front of it has.
    """
    seen, start = [0] * program.num_qubits, [0] * program.num_qubits
    bit_seen, bit_start = [0] * program.num_clbits, [0] * program.num_clbits
    needs: list[tuple[int, ...]] = []
    bit_needs: list[tuple[tuple[int, int], ...]] = []
    for op in program.operations:
        needs.append(tuple([(start if op.diagonal else seen)[q] for q in op.qubits]))
        for q in op.qubits:
            seen[q] += 1
            if not op.diagonal:
                start[q] = seen[q]
        bits = []
        for bit in set(op.clbits):
            writes = bit == op.clbit
            bits.append((bit, (bit_seen if writes else bit_start)[bit]))
            bit_seen[bit] += 1
            if writes:
                bit_start[bit] = bit_seen[bit]
        bit_needs.append(tuple(bits))
    return needs, bit_needs


def find_x_blocks(program: Program) -> dict[int, tuple[int, ...]]:
    """Opening boundary -> operations and closing boundary of every run of controlled-X gates onto one qubit.

    That is gates a, rotations of two qubits by odd multiples of pi/2, b with a Z a^-1 = +-X or +-Y, such that b D a
    commutes or anticommutes with Z, where D is the product of exp(-i angle/2 Z) over the rotations: each rotation is
    exp(-i angle/2 Z) on the target and, where the control is |1>, exp(i angle Z) = +-iZ. Nothing is conditioned.
    """
    z = np.diag([1.0, -1.0])
    axes = (np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]))
    found = {}
    for line in program.lines:
        cuts = [n for n, i in enumerate(line) if not program.operations[i].diagonal]
        for first, last in itertools.pairwise(cuts):
            between = [program.operations[i] for i in line[first + 1 : last]]
            if not between or any(op.kind is not Kind.ROTATION or len(op.qubits) != 2 for op in between):
                continue
            ends = [program.operations[line[n]] for n in (first, last)]
            if any(op.kind is not Kind.LOCAL or len(op.factors) != 1 for op in ends):
                continue
            if any(op.condition is not None for op in (*between, *ends)):
                continue
            a, b = (op.factors[0] for op in ends)
            if not isinstance(a, np.ndarray) or not isinstance(b, np.ndarray):
                continue
            angles = [op.angle for op in between if isinstance(op.angle, int | float)]
            if len(angles) < len(between) or any(abs(math.cos(x)) > 1e-9 for x in angles):
                continue
            if abs(abs(a.item(0)) ** 2 - 0.5) > 1e-8:
                continue  # most gates, at once
            turned = a @ z @ a.conj().T
            if min(np.abs(turned - sign * axis).max() for axis in axes for sign in (1, -1)) > 1e-9:
                continue
            total = sum(angles)
            whole = b @ np.diag(np.exp([-0.5j * total, 0.5j * total])) @ a
            image = whole @ z @ whole.conj().T
            if min(np.abs(image - z).max(), np.abs(image + z).max()) < 1e-8:
                found[line[first]] = line[first + 1 : last + 1]
    return found
