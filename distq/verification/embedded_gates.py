"""Qubits that go through one-qubit gates while they have copies, and copies that have to follow.

A qubit with copies may go through a gate U on one member, its *home*, that is neither diagonal nor anti-diagonal. It is
then *turned*: its members are in U_home W U^-1 |qubit>, where W: |x> -> |x>|x>... makes the copies. A rotation
exp(-i angle/2 Z Z) of the home and a control by an odd multiple of pi/2 makes U to exp(-i angle/2 Z) U and, where the
control is 1, puts U Z U^-1 on the qubit, up to phases. If U^-1 Z U is anti-diagonal, that is an X before W and a phase,
which every copy *lags* behind until it has had a CX from the control. Later one-qubit gates on the home join U, until U
is diagonal or anti-diagonal: then the turn is over, and all copies lag by an X if it is anti-diagonal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from distq.ir.program import Matrix
from distq.verification.instructions import TOLERANCE

Difference = tuple[int, int]
"""By what a copy may differ from its qubit: a control's value, as (line, epoch of the line), or FLIP."""
FLIP: Difference = (-1, -1)


@dataclass
class OpenXBlock:
    """A turned qubit: the ion that went through the gates, their product U with what rotations left, other members."""

    home: int
    gates: Matrix
    copies: tuple[int, ...]


class OpenXBlocks:
    """All turned qubits and lagging copies of a circuit."""

    def __init__(self) -> None:
        self.turned: dict[int, OpenXBlock] = {}
        self.lag: dict[int, set[Difference]] = {}
        """Per copy: the values by which it differs from its qubit."""

    def fault(self, ion: int, line: int) -> str | None:
        """Why a member of ``line`` on ``ion`` takes part in nothing now; None if it does."""
        if line in self.turned:
            return f"while its qubit {line} is turned and has copies"
        return f"which has not followed the gates on its qubit {line}" if self.lag.get(ion) else None

    def follows(self, ion: int, line: int) -> bool:
        """True if the member on ``ion`` may have to follow: its qubit is turned, or it lags."""
        turn = self.turned.get(line)
        return ion in turn.copies if turn is not None else bool(self.lag.get(ion))

    def change(self, copy: int, value: Difference) -> None:
        """Add a value to a copy."""
        self.lag[copy] ^= {value}

    def gate(self, line: int, ion: int, copies: tuple[int, ...], matrix: Matrix) -> None:
        """A one-qubit gate on the home ``ion`` of a qubit whose other members, ``copies``, have followed so far."""
        if line not in self.turned:
            self.lag |= {copy: set() for copy in copies}
            self.turned[line] = OpenXBlock(ion, np.eye(2, dtype=np.complex128), copies)
        turn = self.turned[line]
        turn.gates = matrix @ turn.gates
        kept, moved = abs(turn.gates[0, 0]), abs(turn.gates[0, 1])
        if min(kept, moved) < TOLERANCE:
            del self.turned[line]
            if kept < moved:
                for copy in turn.copies:
                    self.change(copy, FLIP)

    def rotate(self, line: int, angle: float, phase: float, control: Difference) -> bool:
        """A rotation by ``angle`` of a home and a control, then diag(1, exp(i phase)) on the home.

        False if no copy could follow that.
        """
        turn = self.turned[line]
        across = abs(abs(turn.gates[0, 0]) - abs(turn.gates[1, 0])) < TOLERANCE
        if abs(math.cos(angle)) > TOLERANCE or not across:
            return False
        turn.gates = np.exp([-0.5j * angle, 0.5j * angle + 1j * phase])[:, None] * turn.gates
        for copy in turn.copies:
            self.change(copy, control)
        return True
