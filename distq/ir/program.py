"""The normal form of a circuit: what distq plans with.

:func:`distq.frontend.normalise` makes a :class:`Program` of any circuit. Every multi-qubit operation of a
:class:`Program` is diagonal on all of its operands. Between them stand *boundaries*: one-qubit gates that are neither
diagonal nor anti-diagonal, measurements and resets. (Diagonal and anti-diagonal one-qubit gates are pushed through the
diagonal operations into the next boundary.) A maximal run of operations on one qubit without a boundary is a *segment*;
all its operations commute, and one link copy of the qubit can serve any number of them. Copies even outlive boundaries
where these make *X-blocks*: controlled-X gates onto the qubit, which its copies can follow (the field calls
distribution across such a block embedding; see :class:`XBlock`).
"""

from __future__ import annotations

import cmath
import enum
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from qiskit.circuit import ParameterExpression

Angle: TypeAlias = "float | ParameterExpression"
Matrix: TypeAlias = NDArray[np.complex128]


class Kind(enum.IntEnum):
    """What an operation does."""

    LOCAL = 0
    """A one-qubit gate that is neither diagonal nor anti-diagonal (or the last gate of its qubit)."""
    ROTATION = 1
    """exp(-i angle/2 Z x ... x Z) on one or more qubits (on one qubit only when conditioned)."""
    PHASE = 2
    """exp(i angle) on the one basis state ``pattern`` of three or more qubits: MCPhase, whole."""
    MEASURE = 3
    """Z measurement of one qubit into ``clbit``."""
    RESET = 4
    """Reset of one qubit to |0>."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The operation happens if and only if the classical bits (least significant first) hold ``value``.

    With ``negate``, if and only if they do not.
    """

    clbits: tuple[int, ...]
    value: int
    negate: bool = False


@dataclass(frozen=True, slots=True)
class AxisRotation:
    """A one-qubit rotation whose angle is not known yet: exp(-i angle/2 P), ``axis`` P one of ``x``, ``y``, ``z``."""

    axis: str
    angle: Angle


Factor: TypeAlias = "Matrix | AxisRotation"


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of the normal form.

    Attributes
    ----------
    kind
        What it does.
    qubits
        Operands: indices of lines, distinct. Their order matters only for ``pattern``.
    angle
        Radians, for ROTATION and PHASE; a float, or a Qiskit expression of unbound parameters.
    pattern
        PHASE only: the basis state (one 0 or 1 per operand) that gets the phase.
    factors
        LOCAL only: unitary 2x2 matrices and symbolic rotations, in the order in which they are applied. A numeric
        gate has exactly one factor.
    clbit
        MEASURE only: the classical bit written.
    condition
        Classical condition, or None.
    """

    kind: Kind
    qubits: tuple[int, ...]
    angle: Angle | None = None
    pattern: tuple[int, ...] = ()
    factors: tuple[Factor, ...] = ()
    clbit: int | None = None
    condition: Condition | None = None

    @property
    def diagonal(self) -> bool:
        """True if the operation is diagonal on all operands, so that it lies inside their segments."""
        return self.kind is Kind.ROTATION or self.kind is Kind.PHASE

    @property
    def always_measures(self) -> bool:
        """True for a measurement without a condition: after it, the qubit's state is known."""
        return self.kind is Kind.MEASURE and self.condition is None

    @property
    def clbits(self) -> tuple[int, ...]:
        """Classical bits read or written."""
        read = self.condition.clbits if self.condition is not None else ()
        return read if self.clbit is None else (*read, self.clbit)


@dataclass(frozen=True, slots=True)
class Segment:
    """A maximal run of diagonal operations on one qubit without a boundary between them.

    Attributes
    ----------
    qubit
        The line.
    operations
        Indices into ``Program.operations``, ascending; all of them diagonal, at least one.
    """

    qubit: int
    operations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class XBlock:
    """Controlled-X gates onto one qubit, with the boundaries that make them diagonal.

    Example: CX(c, q), CX(d, q) are, in the normal form, a boundary on q that takes Z to +-Y, two rotations by pi/2, and
    a boundary that undoes what they leave over; a copy of q survives if it has a CX from c and from d as well. Serving
    gates on either side of such a block by one copy is *embedding* in Wu et al., Quantum 7, 1196 (2023),
    arXiv:2212.12688, and H-type embedding in pytket-dqc (Andres-Martinez et al., arXiv:2305.14148).

    The boundary in front turns the qubit so that Z becomes +-X or +-Y. Each operation then is, up to one-qubit gates, a
    CX onto the qubit before it was turned; what is left over of them, with both boundaries, permutes |0> and |1>. So a
    Z-copy from before the block is one after it if every CX is done to it as well (the transversal rule; CX between
    equally copied qubits is transversal because the repetition code is a CSS code, A. Steane, PRL 77, 793 (1996)).

    Attributes
    ----------
    qubit
        The target.
    opening, closing
        Indices of the two boundaries.
    operations
        Indices of the operations between them, ascending: rotations of two qubits by odd multiples of pi/2.
    axis
        0 if the opening boundary turns Z to +-X, 1 if to +-Y.
    flips
        True if the block as a whole also flips the qubit.
    """

    qubit: int
    opening: int
    operations: tuple[int, ...]
    closing: int
    axis: int
    flips: bool


@dataclass(frozen=True)
class Program:
    """A circuit in normal form. Immutable.

    Attributes
    ----------
    name
        For reports; from the circuit or its file.
    num_qubits, num_clbits
        Number of lines, and of classical bits. Line i starts as qubit i of the source circuit, unless it is one of the
        ``ancillas``.
    operations
        In an order in which they may be executed.
    output
        ``output[i]`` is the line that holds qubit i of the source circuit at the end (SWAPs only relabel).
    clbit_registers
        ``(name, bits)`` of the source's classical registers; bits in none of them are in no register.
    global_phase
        Radians (0.0 where it depends on unbound parameters or on conditions, in which case it is not tracked).
    ancillas
        The last so many lines are no qubits of the source: they begin in |0>, and lines without an output end in |0>.
    ancilla_clbits
        The last so many classical bits are none of the source: what ancillas were measured as. They are random.
    reuse
        True if a qubit whose last operation is a measurement gives its data ion back for another one; False if it keeps
        it to the end.
    """

    name: str
    num_qubits: int
    num_clbits: int
    operations: tuple[Operation, ...]
    output: tuple[int, ...]
    clbit_registers: tuple[tuple[str, tuple[int, ...]], ...] = ()
    global_phase: float = 0.0
    ancillas: int = 0
    ancilla_clbits: int = 0
    reuse: bool = True

    def gives_back(self, index: int) -> bool:
        """True if operation ``index`` is a measurement after which its qubit, unless copies of it live on, needs no
        ion."""
        op = self.operations[index]
        return self.reuse and op.always_measures and self.lines[op.qubits[0]][-1] == index

    @property
    def source_clbits(self) -> int:
        """Number of classical bits that are those of the source circuit."""
        return self.num_clbits - self.ancilla_clbits

    @property
    def source_qubits(self) -> int:
        """Number of lines that are qubits of the source circuit; ``output`` has one entry for each."""
        return self.num_qubits - self.ancillas

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """All segments, in order of their first operation."""
        return self._segmentation[0]

    @cached_property
    def segment_ids(self) -> tuple[tuple[int, ...], ...]:
        """Per operation, per operand: index of the operand's segment; () for boundaries."""
        return self._segmentation[1]

    @cached_property
    def _segmentation(self) -> tuple[tuple[Segment, ...], tuple[tuple[int, ...], ...]]:
        members: list[list[int]] = []
        owner: list[int] = []
        current = [-1] * self.num_qubits
        ids: list[tuple[int, ...]] = []
        for index, op in enumerate(self.operations):
            if not op.diagonal:
                current[op.qubits[0]] = -1
                ids.append(())
                continue
            for q in op.qubits:
                if current[q] < 0:
                    current[q] = len(members)
                    members.append([])
                    owner.append(q)
                members[current[q]].append(index)
            ids.append(tuple([current[q] for q in op.qubits]))
        return tuple([Segment(q, tuple(m)) for q, m in zip(owner, members, strict=True)]), tuple(ids)

    @cached_property
    def lines(self) -> tuple[tuple[int, ...], ...]:
        """Per qubit: indices of the operations on it, in order."""
        out: list[list[int]] = [[] for _ in range(self.num_qubits)]
        for index, op in enumerate(self.operations):
            for q in op.qubits:
                out[q].append(index)
        return tuple(map(tuple, out))

    @cached_property
    def x_blocks(self) -> dict[int, XBlock]:
        """All X-blocks, by the index of their opening boundary."""
        return {
            block.opening: block
            for qubit, line in enumerate(self.lines)
            for block in _x_blocks_on_line(self.operations, qubit, line)
        }

    @cached_property
    def crossable(self) -> frozenset[int]:
        """Boundaries at which a plan may keep copies of the qubit: the first and the last ones of X-blocks."""
        return frozenset([i for block in self.x_blocks.values() for i in (block.opening, block.closing)])

    @cached_property
    def multi_qubit(self) -> tuple[int, ...]:
        """Indices of the operations on two or more qubits."""
        return tuple([i for i, op in enumerate(self.operations) if len(op.qubits) > 1])

    @property
    def gates_2q(self) -> int:
        """Number of multi-qubit operations."""
        return len(self.multi_qubit)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the unbound parameters, sorted."""
        names: set[str] = set()
        for op in self.operations:
            angles: list[Angle | None] = [op.angle]
            angles += [f.angle for f in op.factors if isinstance(f, AxisRotation)]
            for angle in angles:
                if angle is not None and not isinstance(angle, float | int):
                    names |= {p.name for p in angle.parameters}
        return tuple(sorted(names))


_TOLERANCE = 1e-9


def _x_blocks_on_line(operations: Sequence[Operation], qubit: int, line: Sequence[int]) -> Iterator[XBlock]:
    """The X-blocks of one qubit, ``line`` being the indices of the operations on it."""
    opening, inside = -1, list[int]()
    for index in line:
        op = operations[index]
        if op.diagonal:
            opening = opening if opening >= 0 and _is_cx(op) else -1
            inside.append(index)
            continue
        gate = _unconditioned(op)
        if opening >= 0 and inside and gate is not None:
            block = _x_block(operations, qubit, opening, tuple(inside), index)
            if block is not None:
                yield block
        opening, inside = (index if gate is not None and _axis(gate) >= 0 else -1), []


def _x_block(
    operations: Sequence[Operation], qubit: int, opening: int, inside: tuple[int, ...], closing: int
) -> XBlock | None:
    """The X-block of these operations, None if what is left over is no permutation of |0> and |1>."""
    first, last = _unconditioned(operations[opening]), _unconditioned(operations[closing])
    assert first is not None
    assert last is not None
    angles = [operations[i].angle for i in inside]
    half = sum([angle for angle in angles if isinstance(angle, float | int)]) / 2
    (a, b), (c, d) = first.tolist()
    e, f = last[0].tolist()
    zero, one = e * cmath.exp(-1j * half), f * cmath.exp(1j * half)
    kept, flipped = abs(zero * a + one * c), abs(zero * b + one * d)
    if min(kept, flipped) > _TOLERANCE:
        return None
    return XBlock(qubit, opening, inside, closing, _axis(first), flips=kept < flipped)


def _unconditioned(op: Operation) -> Matrix | None:
    """Matrix of an unconditioned numeric LOCAL, None for other operations."""
    if op.kind is not Kind.LOCAL or op.condition is not None or len(op.factors) != 1:
        return None
    (factor,) = op.factors
    return None if isinstance(factor, AxisRotation) else factor


def _axis(gate: Matrix) -> int:
    """0 if a one-qubit gate turns Z to +-X, 1 if to +-Y, -1 otherwise."""
    a, b, c, d = gate.ravel().tolist()
    coherence = a * c.conjugate() - b * d.conjugate()  # <0| U Z U^-1 |1>, which is x - iy for x X + y Y
    if abs(abs(coherence.real) - 1.0) < _TOLERANCE:
        return 0
    return 1 if abs(abs(coherence.imag) - 1.0) < _TOLERANCE else -1


def _is_cx(op: Operation) -> bool:
    """True for an unconditioned rotation of two qubits by an odd multiple of pi/2: a CZ up to one-qubit gates."""
    if op.kind is not Kind.ROTATION or op.condition is not None or len(op.qubits) != 2:
        return False
    if not isinstance(op.angle, float | int):
        return False
    turns = op.angle / (math.pi / 2)
    return abs(turns - round(turns)) < _TOLERANCE and round(turns) % 2 == 1
