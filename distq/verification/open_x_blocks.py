"""X-blocks as an emitted circuit holds them: qubits that go through one-qubit gates while they have copies.

A qubit with copies may go through a gate U on one member, its *home*, that is neither diagonal nor anti-diagonal. That
opens an X-block (:class:`distq.ir.program.XBlock`): its members are then in U_home W U^-1 |qubit>, where W: |x> ->
|x>|x>... makes the copies. A rotation exp(-i angle/2 Z Z) of the home and a control by an odd multiple of pi/2 takes U
to exp(-i angle/2 Z) U and, where the control is 1, puts U Z U^-1 on the qubit, up to phases. If U^-1 Z U is
anti-diagonal, that is an X before W and a phase: every copy then differs from its qubit by the control's value, until
it has had a CX from the control. Later one-qubit gates on the home join U, until U is diagonal or anti-diagonal: that
closes the block, and if U is anti-diagonal all copies differ by an X.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from distq.ir.program import Matrix
from distq.verification.unitaries import TOLERANCE

Difference = tuple[int, int]
"""By what a copy may differ from its qubit: a control's value, as (line, epoch of the line), or FLIP."""
FLIP: Difference = (-1, -1)


@dataclass
class OpenXBlock:
    """An X-block under way.

    Attributes
    ----------
    home
        The ion that goes through the gates.
    gate
        The product U of the gates, with what rotations left over.
    copies
        The ions of the other members.
    """

    home: int
    gate: Matrix
    copies: tuple[int, ...]


class OpenXBlocks:
    """All X-blocks under way, and all copies that have yet to follow.

    Attributes
    ----------
    by_line
        The block under way on each line that is inside one.
    differences
        Per copy: the values by which it differs from its qubit.
    """

    def __init__(self) -> None:
        self.by_line: dict[int, OpenXBlock] = {}
        self.differences: dict[int, set[Difference]] = {}

    def fault(self, ion: int, line: int) -> str | None:
        """Why a member of ``line`` on ``ion`` takes part in nothing now; None if it does."""
        if line in self.by_line:
            return f"while its qubit {line} is inside an X-block and has copies"
        return f"which has not followed the gates on its qubit {line}" if self.differences.get(ion) else None

    def must_follow(self, ion: int, line: int) -> bool:
        """True if the member on ``ion`` is a copy inside an X-block, or has yet to follow one."""
        block = self.by_line.get(line)
        return ion in block.copies if block is not None else bool(self.differences.get(ion))

    def toggle(self, copy: int, difference: Difference) -> None:
        """A copy differs from its qubit by one more value; one that it differed by already cancels."""
        self.differences[copy] ^= {difference}

    def apply_gate(self, line: int, ion: int, copies: tuple[int, ...], matrix: Matrix) -> None:
        """A one-qubit gate on the home ``ion`` of a qubit whose other members, ``copies``, have followed so far."""
        if line not in self.by_line:
            self.differences |= {copy: set() for copy in copies}
            self.by_line[line] = OpenXBlock(ion, np.eye(2, dtype=np.complex128), copies)
        block = self.by_line[line]
        block.gate = matrix @ block.gate
        kept, flipped = abs(block.gate[0, 0]), abs(block.gate[0, 1])
        if min(kept, flipped) < TOLERANCE:
            del self.by_line[line]
            if kept < flipped:
                for copy in block.copies:
                    self.toggle(copy, FLIP)

    def apply_rotation(self, line: int, angle: float, phase: float, control: Difference) -> bool:
        """A rotation by ``angle`` of a home and a control, then diag(1, exp(i phase)) on the home.

        Returns
        -------
        bool
            False, and nothing changed, if no copy could follow that.
        """
        block = self.by_line[line]
        z_is_antidiagonal = abs(abs(block.gate[0, 0]) - abs(block.gate[1, 0])) < TOLERANCE
        if abs(math.cos(angle)) > TOLERANCE or not z_is_antidiagonal:
            return False
        block.gate = np.exp([-0.5j * angle, 0.5j * angle + 1j * phase])[:, None] * block.gate
        for copy in block.copies:
            self.toggle(copy, control)
        return True
