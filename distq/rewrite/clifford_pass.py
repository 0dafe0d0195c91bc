"""One pass that moves Clifford gates to the end of a circuit and lets rotations about the same string meet.

In: items (:mod:`distq.rewrite.pauli_rotations`). Out: items, with one-qubit Clifford gates merged at the end of each
line, rotations about one string added up, and pairs of quarter turns cancelled where that makes the rotations between
them no wider.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from distq.frontend.angles import add_angles
from distq.frontend.matrix2 import Mat2
from distq.ir.program import Angle, AxisRotation
from distq.rewrite.item_list import ItemList
from distq.rewrite.pauli import TOLERANCE, CliffordGate, SignedPauli, conjugated, euler, quarter_turns
from distq.rewrite.pauli_rotations import (
    Fence,
    Item,
    LocalGate,
    PauliRotation,
    WholePhase,
    lines_of,
    passes,
    weight,
)

LOOK_BACK = 200
"""At most this many items are looked at for a partner, which keeps a pass linear in their number."""


def known_quarters(angle: Angle) -> int | None:
    """Quarter turns of a known angle. A tiny one is none: nothing is dropped that the source asks for."""
    if not isinstance(angle, float) or 0.0 < abs(angle) < TOLERANCE:
        return None
    return quarter_turns(angle)


class CliffordPass:
    """One pass over a sequence of items.

    Attributes
    ----------
    cliffords
        Per line: the Clifford gate that has moved to the end so far.
    list
        The items in front of these gates.
    global_phase
        The phase that appeared, radians.
    """

    def __init__(self, num_lines: int) -> None:
        self.cliffords = [CliffordGate() for _ in range(num_lines)]
        self.list = ItemList(num_lines)
        self.global_phase = 0.0

    def add(self, item: Item) -> None:
        """Append one item of the input."""
        match item:
            case PauliRotation():
                x, z, sign = self._before_cliffords(item.x, item.z)
                self._rotation(x, z, item.angle if sign > 0 else -item.angle)
            case LocalGate():
                for factor in item.factors:
                    self._factor(item.qubit, factor)
            case WholePhase():
                paulis = [self._pauli_before(item.x, item.z, q) for q in item.qubits]
                pattern = tuple([p ^ (s.sign < 0) for p, s in zip(item.pattern, paulis, strict=True)])
                x = sum(s.x << q for q, s in zip(item.qubits, paulis, strict=True))
                z = sum(s.z << q for q, s in zip(item.qubits, paulis, strict=True))
                self.list.append(WholePhase(x, z, item.qubits, pattern, item.angle))
            case Fence():
                for q in item.operation.qubits:
                    self._place_clifford(q)
                self.list.append_on(item, item.operation.qubits)

    def finish(self) -> list[Item]:
        """Everything, with the gates that moved to the end."""
        for q in range(len(self.cliffords)):
            self._place_clifford(q)
        return [item for item in self.list.items if item is not None]

    # ---- one-qubit gates --------------------------------------------------------------------------------------

    def _factor(self, qubit: int, factor: Mat2 | AxisRotation) -> None:
        """A factor of a one-qubit gate."""
        if isinstance(factor, AxisRotation):
            self._one_qubit_rotation(qubit, factor.axis, factor.angle)
            return
        rotations, phase = euler(factor)
        self.global_phase += phase
        for axis, angle in rotations:
            self._one_qubit_rotation(qubit, axis, angle)

    def _one_qubit_rotation(self, qubit: int, axis: str, angle: Angle) -> None:
        """A rotation about x, y or z: by quarter turns it joins the line's Clifford gate, else it goes before it."""
        if isinstance(angle, float) and quarter_turns(angle) is not None:
            self.cliffords[qubit].then(axis, angle)
            return
        pauli = self.cliffords[qubit].images[axis]
        self._rotation(pauli.x << qubit, pauli.z << qubit, angle if pauli.sign > 0 else -angle)

    def _place_clifford(self, qubit: int) -> None:
        """Write a line's Clifford gate down here."""
        clifford = self.cliffords[qubit]
        if not clifford.trivial:
            self.list.append_on(LocalGate(qubit, (clifford.matrix,)), (qubit,))
            self.cliffords[qubit] = CliffordGate()

    def _pauli_before(self, x: int, z: int, qubit: int) -> SignedPauli:
        """What a string's Pauli operator on one line is before the line's Clifford gate."""
        on_x, on_z = x >> qubit & 1, z >> qubit & 1
        return self.cliffords[qubit].images["y" if on_x and on_z else "x" if on_x else "z"]

    def _before_cliffords(self, x: int, z: int) -> SignedPauli:
        """What a string is before the Clifford gates of its lines."""
        new_x, new_z, sign = 0, 0, 1
        for q in lines_of(x | z):
            pauli = self._pauli_before(x, z, q)
            new_x |= pauli.x << q
            new_z |= pauli.z << q
            sign *= pauli.sign
        return SignedPauli(new_x, new_z, sign)

    # ---- rotations --------------------------------------------------------------------------------------------

    def _rotation(self, x: int, z: int, angle: Angle) -> None:
        """Append a rotation: merge it with an equal one, or cancel it with one by a quarter turn."""
        twin = self.list.twin(x, z, LOOK_BACK)
        if twin is not None:
            other = self.list.rotation(twin)
            angle = add_angles(other.angle, angle)
            if known_quarters(angle) is None:
                other.angle = angle
                return
            self.list.remove(twin)  # nothing since then is in its way to the end
        turns = known_quarters(angle)
        if turns is None:
            self.list.append(PauliRotation(x, z, angle))
            return
        assert isinstance(angle, float)
        if turns % 2 == 0:
            self._half_turn(x, z, angle)
        elif (x | z).bit_count() == 1:
            self._join_clifford(x, z, angle)
        elif not self._cancel(x, z, angle):
            self.list.append(PauliRotation(x, z, angle))

    def _cancel(self, x: int, z: int, angle: float) -> bool:
        """Cancel a quarter turn about (x, z) with an earlier one, if what lies between does not cost more then.

        The cost is the number of operands. True if it was cancelled.
        """
        partner = next((i for i in reversed(self.list.about(x, z)) if self._is_quarter_turn(i)), None)
        if partner is None:
            return False
        between: list[int] = []
        saved = 2 * ((x | z).bit_count() - 1)
        cost = 0
        for index, item in self.list.backwards(x, z, partner, LOOK_BACK):
            if index == partner and cost <= saved:
                other = self.list.rotation(partner).angle
                assert isinstance(other, float)
                self._conjugate(between, x, z, angle)
                self.list.remove(partner)
                self._move_to_end(between, x, z, other + angle)
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

    def _is_quarter_turn(self, index: int) -> bool:
        """True if a rotation is by an odd number of quarter turns."""
        angle = self.list.rotation(index).angle
        turns = quarter_turns(angle) if isinstance(angle, float) else None
        return turns is not None and turns % 2 == 1

    def _conjugate(self, between: Sequence[int], x: int, z: int, angle: float) -> None:
        """Bring a quarter turn from behind some rotations to in front of them, which conjugates them."""
        quarter = 1 if math.sin(angle) > 0 else -1
        for index in between:
            rotation = self.list.rotation(index)
            new_x, new_z, sign = conjugated(rotation.x, rotation.z, x, z)
            self.list.set_string(index, new_x, new_z)
            if sign * quarter < 0:
                rotation.angle = -rotation.angle

    def _move_to_end(self, between: Sequence[int], x: int, z: int, angle: float) -> None:
        """The sum of two quarter turns, which stands in front of ``between``, moves to the end."""
        if abs(math.cos(angle / 2)) < 0.5:  # a half turn, which is the string itself up to a phase
            for index in between:
                rotation = self.list.rotation(index)
                rotation.angle = -rotation.angle
        self._half_turn(x, z, angle)

    def _half_turn(self, x: int, z: int, angle: float) -> None:
        """A rotation by a multiple of pi, which joins the Clifford gates of its lines."""
        if abs(math.cos(angle / 2)) > 0.5:
            self.global_phase += 0.0 if math.cos(angle / 2) > 0 else math.pi
            return
        lines = lines_of(x | z)
        # exp(-i angle/2 W) = -i sin(angle/2) W and each factor of W is i exp(-i pi/2 P)
        self.global_phase += math.pi / 2 * len(lines) - math.copysign(math.pi / 2, math.sin(angle / 2))
        for q in lines:
            self.cliffords[q].first(SignedPauli(x >> q & 1, z >> q & 1, 1), math.pi)

    def _join_clifford(self, x: int, z: int, angle: float) -> None:
        """A quarter turn on one line, which joins the line's Clifford gate."""
        (q,) = lines_of(x | z)
        self.cliffords[q].first(SignedPauli(x >> q & 1, z >> q & 1, 1), angle)
