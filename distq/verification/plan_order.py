"""What a plan checker must know about a program: which operations commute, and which blocks copies can follow.

In: a program. Out: :class:`RequiredOrder` and the X-blocks. Both are worked out from the operations alone, without the
tables that the compiler itself uses (``Program.segments``, ``Program.x_blocks``), so that a fault in these is found.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from distq.ir.program import Kind, Matrix, Operation, Program

_EXACT = 1e-9
_NEAR = 1e-8
_Z = np.diag([1.0, -1.0])
_X_AND_Y = (np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]))


class RequiredOrder(NamedTuple):
    """How many operations must have run before each operation.

    Attributes
    ----------
    on_qubits
        Per operation, per operand: how many of the operations on that qubit.
    on_clbits
        Per operation: (classical bit, how many of the operations on that bit) for each bit that it reads or writes.
    """

    on_qubits: list[tuple[int, ...]]
    on_clbits: list[tuple[tuple[int, int], ...]]


def required_order(program: Program) -> RequiredOrder:
    """What has to run before each operation, as counts, in time linear in the number of operands.

    On a qubit, a diagonal operation waits for all that precede its segment, a boundary for all that precede it. On a
    classical bit, a reader waits for all up to the last writer, a writer for all that precede it. Counting suffices:
    what lies behind a boundary (a writer) cannot have run before all that lies in front of it has.

    Examples
    --------
    For H(0), CZ(0, 1), CZ(0, 2), H(0) the counts on qubit 0 are 0, 1, 1, 3: the two CZ may run in either order.
    """
    seen, start = [0] * program.num_qubits, [0] * program.num_qubits
    bit_seen, bit_start = [0] * program.num_clbits, [0] * program.num_clbits
    on_qubits: list[tuple[int, ...]] = []
    on_clbits: list[tuple[tuple[int, int], ...]] = []
    for op in program.operations:
        on_qubits.append(tuple([(start if op.diagonal else seen)[q] for q in op.qubits]))
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
        on_clbits.append(tuple(bits))
    return RequiredOrder(on_qubits, on_clbits)


class BlockGates(NamedTuple):
    """The controlled-X gates of an X-block, by their operations' indices, and the boundary that closes it."""

    operations: frozenset[int]
    closing: int


def find_x_blocks(program: Program) -> dict[int, BlockGates]:
    """The X-blocks of a program (:class:`distq.ir.program.XBlock`), by the index of their opening boundary.

    An X-block on a qubit is a one-qubit gate ``a``, rotations of two qubits by odd multiples of pi/2, and a one-qubit
    gate ``b``, all unconditioned, such that

    * ``a`` takes Z to +-X or +-Y (``a Z a^-1``), so that each rotation is a controlled X on the qubit before ``a``: it
      is exp(-i angle/2 Z) on the qubit and, where the control is |1>, exp(i angle Z) = +-iZ;
    * ``b D a``, D being the product of the exp(-i angle/2 Z), commutes or anticommutes with Z: what is left over
      permutes |0> and |1>.

    Examples
    --------
    The normal form of CX(c, q), CX(d, q) is a one-qubit gate on q that takes Z to +-Y, rotations of (c, q) and of
    (d, q) by pi/2, and a one-qubit gate on q that undoes what the three leave over. A copy of q from before the block
    is one after it if it, too, has had a CX from c and one from d.

    Source: distribution across such a block is "embedding" in Wu et al., Quantum 7, 1196 (2023), arXiv:2212.12688;
    copies can follow CX since the repetition code is a CSS code (Steane, PRL 77, 793 (1996)).
    """
    found = {}
    for line in program.lines:
        boundaries = [place for place, i in enumerate(line) if not program.operations[i].diagonal]
        for first, last in itertools.pairwise(boundaries):
            inside = line[first + 1 : last]
            rotations = [program.operations[i] for i in inside]
            opening, closing = program.operations[line[first]], program.operations[line[last]]
            if _is_x_block(opening, rotations, closing):
                found[line[first]] = BlockGates(frozenset(inside), line[last])
    return found


def _is_x_block(opening: Operation, rotations: Sequence[Operation], closing: Operation) -> bool:
    """True if the rotations of two qubits and the two boundaries make an X-block on the boundaries' qubit."""
    if not rotations or any(op.kind is not Kind.ROTATION or len(op.qubits) != 2 for op in rotations):
        return False
    if any(op.condition is not None for op in (opening, *rotations, closing)):
        return False
    a, b = _numeric_gate(opening), _numeric_gate(closing)
    if a is None or b is None:
        return False
    angles = [op.angle for op in rotations if isinstance(op.angle, int | float)]
    if len(angles) < len(rotations) or any(abs(math.cos(angle)) > _EXACT for angle in angles):
        return False
    return _turns_z_to_x_or_y(a) and _permutes_basis(a, sum(angles), b)


def _numeric_gate(op: Operation) -> Matrix | None:
    """The matrix of a one-qubit gate with known angles; None for anything else."""
    if op.kind is not Kind.LOCAL or len(op.factors) != 1:
        return None
    (factor,) = op.factors
    return factor if isinstance(factor, np.ndarray) else None


def _turns_z_to_x_or_y(a: Matrix) -> bool:
    """True if ``a Z a^-1`` is +-X or +-Y."""
    if abs(abs(a.item(0)) ** 2 - 0.5) > _NEAR:
        return False  # settles most gates without any product of matrices
    turned = a @ _Z @ a.conj().T
    return bool(min(np.abs(turned - sign * axis).max() for axis in _X_AND_Y for sign in (1, -1)) <= _EXACT)


def _permutes_basis(a: Matrix, angle: float, b: Matrix) -> bool:
    """True if ``b exp(-i angle/2 Z) a`` commutes or anticommutes with Z."""
    whole = b @ np.diag(np.exp([-0.5j * angle, 0.5j * angle])) @ a
    image = whole @ _Z @ whole.conj().T
    return bool(min(np.abs(image - _Z).max(), np.abs(image + _Z).max()) < _NEAR)
