"""Resynthesis: the rotations that Clifford gates hide are found, and the gates that hid them cancel.

A circuit of Clifford gates and rotations is a sequence of rotations about Pauli strings. A CX or CZ is itself such a
rotation, by pi/2, up to one-qubit Clifford gates, which move to the end. Two of these about the same string cancel if
the rotations between them are conjugated by it: exp(-i a/2 W) becomes exp(-i a/2 (i W P)), on one operand more, as
many, or one less. That way CX-RZ-CX ladders become one rotation on many qubits, the six CX of a Toffoli gate become the
seven rotations of a CCZ, and these one PHASE. Where the linear map of the CX gates is not the identity, those that
make it remain.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from distq.frontend.angles import add_angles
from distq.frontend.matrix2 import Mat2
from distq.frontend.merge import NormalForm, merge_primitives
from distq.frontend.normalise import fold_and_merge
from distq.ir.program import Angle, AxisRotation, Kind, Operation, Program
from distq.rewrite.cost import static_cost
from distq.rewrite.parity_phases import join_phases
from distq.rewrite.pauli import TOLERANCE, CliffordGate, SignedPauli, conjugated, euler, quarter_turns
from distq.rewrite.pauli_rotations import (
    Fence,
    Item,
    LocalGate,
    PauliRotation,
    WholePhase,
    items_of,
    lines_of,
    passes,
    primitives_of_item,
    weight,
)

_ROUNDS = 4
_WINDOW = 200
"""Operations to look back over for a partner."""


@lru_cache(maxsize=2)  # planner, compiler and verifier ask for the same one
def resynthesise(program: Program) -> Program:
    """An equal program, exact to 1e-9, in which operations that Clifford gates only carry about are placed directly.

    Parameters
    ----------
    program
        Any program in normal form.

    Returns
    -------
    Program
        The rewritten program, or ``program`` itself unless the former has a lower :func:`distq.rewrite.static_cost`
        (fewer incidences, or as many and fewer segments). Same lines, classical bits and measurements.
    """
    if not any(_is_clifford(program.operations[index]) for index in program.multi_qubit):
        return program
    found = rewritten(program)
    before, after = static_cost(program), static_cost(found)
    return found if after < before else program


def _is_clifford(op: Operation) -> bool:
    """True for a CX, CZ and their like on any number of qubits."""
    return op.kind is Kind.ROTATION and op.angle is not None and _quarters(op.angle) is not None


def _quarters(angle: Angle) -> int | None:
    """Quarter turns of a known angle. A tiny one is none: nothing is dropped that the source asks for."""
    if not isinstance(angle, float) or 0.0 < abs(angle) < TOLERANCE:
        return None
    return quarter_turns(angle)


def rewritten(program: Program) -> Program:
    """What :func:`resynthesise` finds, whether it is cheaper or not."""
    items, phase = list(items_of(program.operations)), program.global_phase
    size = len(items) + 1
    for _ in range(_ROUNDS):
        done = _Round(program.num_qubits)
        for item in items:
            done.add(item)
        items = done.finish()
        phase += done.global_phase
        count = sum(isinstance(item, PauliRotation) and weight(item) > 1 for item in items)
        if count >= size:
            break
        size = count
    built = merge_primitives([p for item in items for p in primitives_of_item(item)], program.num_qubits)
    primitives, extra = join_phases(replace(program, operations=tuple(built.operations)))
    again = fold_and_merge(primitives, program.num_qubits)
    lines = [again.lines[line] for line in built.lines]
    built = NormalForm(again.operations, lines, built.global_phase + again.global_phase + extra)
    unitary = all(op.condition is None and op.kind not in (Kind.MEASURE, Kind.RESET) for op in built.operations)
    return replace(
        program,
        operations=tuple(built.operations),
        output=tuple([built.lines[line] for line in program.output]),
        global_phase=phase + built.global_phase if unitary and not program.parameters else 0.0,
    )


class _Round:
    """One pass over a sequence. ``frames`` is what moved to the end, per line."""

    def __init__(self, num_qubits: int) -> None:
        self.frames = [CliffordGate() for _ in range(num_qubits)]
        self.out: list[Item | None] = []
        self.on: list[list[int]] = [[] for _ in range(num_qubits)]
        self.about: dict[tuple[int, int], list[int]] = {}
        """Per string: the rotations about it, ascending."""
        self.global_phase = 0.0

    def add(self, item: Item) -> None:
        """Append one item of the input."""
        match item:
            case PauliRotation():
                x, z, sign = self._seen(item.x, item.z)
                self._rotation(x, z, item.angle if sign > 0 else -item.angle)
            case LocalGate():
                for factor in item.factors:
                    self._factor(item.qubit, factor)
            case WholePhase():
                pairs = [self._letter(item, q) for q in item.qubits]
                pattern = tuple([p ^ (s.sign < 0) for p, s in zip(item.pattern, pairs, strict=True)])
                x = sum(s.x << q for q, s in zip(item.qubits, pairs, strict=True))
                z = sum(s.z << q for q, s in zip(item.qubits, pairs, strict=True))
                self._append(WholePhase(x, z, item.qubits, pattern, item.angle))
            case Fence():
                for q in item.operation.qubits:
                    self._flush(q)
                self._place(item, item.operation.qubits)

    def finish(self) -> list[Item]:
        """Everything, with what moved to the end."""
        for q in range(len(self.frames)):
            self._flush(q)
        return [item for item in self.out if item is not None]

    # ---- one-qubit gates --------------------------------------------------------------------------------------

    def _factor(self, qubit: int, factor: Mat2 | AxisRotation) -> None:
        if isinstance(factor, AxisRotation):
            self._turn(qubit, factor.axis, factor.angle)
            return
        turns, phase = euler(factor)
        self.global_phase += phase
        for axis, angle in turns:
            self._turn(qubit, axis, angle)

    def _turn(self, qubit: int, axis: str, angle: Angle) -> None:
        if isinstance(angle, float) and quarter_turns(angle) is not None:
            self.frames[qubit].then(axis, angle)
            return
        seen = self.frames[qubit].images[axis]
        self._rotation(seen.x << qubit, seen.z << qubit, angle if seen.sign > 0 else -angle)

    def _flush(self, qubit: int) -> None:
        frame = self.frames[qubit]
        if not frame.trivial:
            self._place(LocalGate(qubit, (frame.matrix,)), (qubit,))
            self.frames[qubit] = CliffordGate()

    def _letter(self, item: PauliRotation | WholePhase, qubit: int) -> SignedPauli:
        """The Pauli operator of ``item`` on a line, as it is before the frame."""
        x, z = item.x >> qubit & 1, item.z >> qubit & 1
        return self.frames[qubit].images["y" if x and z else "x" if x else "z"]

    def _seen(self, x: int, z: int) -> tuple[int, int, int]:
        new_x, new_z, sign = 0, 0, 1
        for q in lines_of(x | z):
            letter = self._letter(PauliRotation(x, z, 0.0), q)
            new_x |= letter.x << q
            new_z |= letter.z << q
            sign *= letter.sign
        return new_x, new_z, sign

    # ---- rotations --------------------------------------------------------------------------------------------

    def _rotation(self, x: int, z: int, angle: Angle) -> None:
        """Append a rotation: merge it with an equal one, or cancel it with one by a quarter turn."""
        twin = self._twin(x, z)
        if twin is not None:
            other = self.out[twin]
            assert isinstance(other, PauliRotation)
            angle = add_angles(other.angle, angle)
            if _quarters(angle) is None:
                other.angle = angle
                return
            self._remove(twin)  # nothing since then is in its way to the end
        turns = _quarters(angle)
        if turns is None:
            self._append(PauliRotation(x, z, angle))
            return
        assert isinstance(angle, float)
        if turns % 2 == 0:
            self._half_turn(x, z, angle)
        elif (x | z).bit_count() == 1:
            self._absorb(x, z, angle)
        elif not self._cancel(x, z, angle):
            self._append(PauliRotation(x, z, angle))

    def _back(self, x: int, z: int, stop: int) -> Iterator[int]:
        """Indices of the items on the lines of (x, z), from the last one to ``stop``, at most _WINDOW of them."""
        stacks = [self.on[q] for q in lines_of(x | z)]
        at = [len(stack) - 1 for stack in stacks]
        for _ in range(_WINDOW):
            index = max((stack[i] for stack, i in zip(stacks, at, strict=True) if i >= 0), default=-1)
            if index < stop:
                return
            for k, stack in enumerate(stacks):
                if at[k] >= 0 and stack[at[k]] == index:
                    at[k] -= 1
            yield index

    def _twin(self, x: int, z: int) -> int | None:
        """An earlier rotation about the same string with which everything since commutes."""
        same = self.about.get((x, z))
        if not same:
            return None
        for index in self._back(x, z, same[-1]):
            item = self.out[index]
            assert item is not None
            if isinstance(item, PauliRotation) and item.x == x and item.z == z:
                return index
            if not passes(item, x, z):
                return None
        return None

    def _cancel(self, x: int, z: int, angle: float) -> bool:
        """Cancel a quarter turn about (x, z) with an earlier one, if what lies between does not cost more then."""
        partner = next((i for i in reversed(self.about.get((x, z), ())) if self._is_quarter(i)), None)
        if partner is None:
            return False
        between: list[int] = []
        saved = 2 * ((x | z).bit_count() - 1)
        cost = 0
        for index in self._back(x, z, partner):
            item = self.out[index]
            assert item is not None
            if index == partner and cost <= saved:
                assert isinstance(item, PauliRotation)
                assert isinstance(item.angle, float)
                self._conjugate(between, x, z, angle)
                self._remove(index)
                self._leave(between, x, z, item.angle + angle)
                return True
            if passes(item, x, z):
                continue
            if not isinstance(item, PauliRotation):
                return False
            between.append(index)
            cost += ((item.x ^ x) | (item.z ^ z)).bit_count() - weight(item)
            if cost > 2 * saved:
                return False
        return False

    def _is_quarter(self, index: int) -> bool:
        item = self.out[index]
        turns = quarter_turns(item.angle) if isinstance(item, PauliRotation) and isinstance(item.angle, float) else None
        return turns is not None and turns % 2 == 1

    def _conjugate(self, between: Sequence[int], x: int, z: int, angle: float) -> None:
        """What lies between, as it is in front of a quarter turn that stood behind it."""
        quarter = 1 if math.sin(angle) > 0 else -1
        for index in between:
            item = self.out[index]
            assert isinstance(item, PauliRotation)
            new_x, new_z, sign = conjugated(item.x, item.z, x, z)
            self._forget(item, index)
            insort(self.about.setdefault((new_x, new_z), []), index)
            before, after = item.x | item.z, new_x | new_z
            for q in lines_of(before & ~after):
                stack = self.on[q]
                del stack[bisect_left(stack, index)]
            for q in lines_of(after & ~before):
                insort(self.on[q], index)
            item.x, item.z = new_x, new_z
            if sign * quarter < 0:
                item.angle = -item.angle

    def _leave(self, between: Sequence[int], x: int, z: int, angle: float) -> None:
        """The sum of two quarter turns, which stands in front of ``between``, moves to the end."""
        if abs(math.cos(angle / 2)) < 0.5:  # a half turn, which is the string itself up to a phase
            for index in between:
                item = self.out[index]
                assert isinstance(item, PauliRotation)
                item.angle = -item.angle
        self._half_turn(x, z, angle)

    def _half_turn(self, x: int, z: int, angle: float) -> None:
        """A rotation by a multiple of pi at the end, as far as the frames."""
        if abs(math.cos(angle / 2)) > 0.5:
            self.global_phase += 0.0 if math.cos(angle / 2) > 0 else math.pi
            return
        lines = lines_of(x | z)
        # exp(-i angle/2 W) = -i sin(angle/2) W and each factor of W is i exp(-i pi/2 P)
        self.global_phase += math.pi / 2 * len(lines) - math.copysign(math.pi / 2, math.sin(angle / 2))
        for q in lines:
            self.frames[q].first(SignedPauli(x >> q & 1, z >> q & 1, 1), math.pi)

    def _absorb(self, x: int, z: int, angle: float) -> None:
        (q,) = lines_of(x | z)
        self.frames[q].first(SignedPauli(x >> q & 1, z >> q & 1, 1), angle)

    # ---- the list ---------------------------------------------------------------------------------------------

    def _append(self, item: PauliRotation | WholePhase) -> None:
        if isinstance(item, PauliRotation):
            self.about.setdefault((item.x, item.z), []).append(len(self.out))
        self._place(item, lines_of(item.x | item.z))

    def _place(self, item: Item, lines: Iterable[int]) -> None:
        for q in lines:
            self.on[q].append(len(self.out))
        self.out.append(item)

    def _remove(self, index: int) -> None:
        item = self.out[index]
        assert isinstance(item, PauliRotation)
        self._forget(item, index)
        for q in lines_of(item.x | item.z):
            stack = self.on[q]
            del stack[bisect_left(stack, index)]
        self.out[index] = None

    def _forget(self, item: PauliRotation, index: int) -> None:
        same = self.about[item.x, item.z]
        del same[bisect_left(same, index)]
