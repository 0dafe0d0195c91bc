"""Which tasks must wait for the message about a Pauli frame, and which frames follow from others.

A correction is not applied but remembered. The X frame of a copy (from its cat-entangler) matters to rotations on that
copy, except by multiples of pi/2, where it becomes a Z frame of all operands. The Z frame of a qubit (from a
cat-disentangler) matters to its next gate that is not diagonal. Neither delays a measurement: its outcome is corrected
when the message arrives.
"""

from __future__ import annotations

import math

from distq.execution.dispatch.resources import Resources
from distq.execution.dispatch.tasks import KEEP, READ, WRITE, Touch
from distq.ir.events import Execute
from distq.ir.program import Kind, Operation

NEVER = -math.inf
ANYWHERE = -1
"""In place of a QPU: the Z frame of a qubit, which all its copies share."""


class PauliFrames:
    """A resource for every frame: it is free once its value is known where it matters.

    Attributes
    ----------
    resource
        By (qubit, QPU) of an X frame, and by (qubit, ANYWHERE) of a Z frame.
    """

    def __init__(self, resources: Resources) -> None:
        self.resource: dict[tuple[int, int], int] = {}
        self._resources = resources

    def of(self, qubit: int, qpu: int) -> int:
        """The resource of a frame, made if it does not exist yet."""
        key = qubit, qpu
        if key not in self.resource:
            self.resource[key] = self._resources.new()
        return self.resource[key]

    def opened(self, qubit: int, source: int, target: int, message_s: float, known_s: float) -> Touch:
        """A copy opens: its X frame is known at ``known_s``, and ``message_s`` after the frame of what was copied."""
        copied = self.resource.get((qubit, source), -1)
        return Touch(self.of(qubit, target), 1, message_s, known_s, WRITE, copied)

    def closed(self, qubit: int, qpu: int, known_s: float) -> Touch:
        """A copy closes: the Z frame of the qubit is known no earlier than ``known_s``."""
        self.resource.pop((qubit, qpu), None)
        return Touch(self.of(qubit, ANYWHERE), 1, 0.0, known_s, WRITE | KEEP)

    def measured(self, qubit: int, qpu: int, clbit: int, time_s: float) -> list[Touch]:
        """A measurement: its outcome is known once the X frame is."""
        frame = self.resource.get((qubit, qpu), -1)
        return [Touch(clbit, 1, 0.0, time_s, WRITE | KEEP, frame)] if frame >= 0 else []

    def executed(self, op: Operation, event: Execute) -> list[Touch]:
        """An operation: the frames for which it waits, and those that follow from it."""
        return self._awaited(op, event.ions[0].qpu) + self._passed_on(op, event) if self.resource else []

    def _awaited(self, op: Operation, qpu: int) -> list[Touch]:
        """Frames that the operation needs to know, and Z frames that it makes of X frames."""
        known = self.resource
        if op.kind is Kind.LOCAL:
            keys = [(op.qubits[0], qpu), (op.qubits[0], ANYWHERE)]
            return [Touch(known[key], flags=READ) for key in keys if key in known]
        if not op.diagonal:
            return []
        frames = [known[q, qpu] for q in op.qubits if (q, qpu) in known]
        if not _is_clifford(op):
            return [Touch(frame, flags=READ) for frame in frames]
        return [Touch(self.of(q, ANYWHERE), 1, 0.0, NEVER, WRITE | KEEP, frame) for frame in frames for q in op.qubits]

    def _passed_on(self, op: Operation, event: Execute) -> list[Touch]:
        """X frames of the copies that follow an operation by a CX, which adds the frame of its control.

        What the control's frame does at the home is a Z of the target there, for which the closing boundary waits.
        """
        found = []
        for control in [q for q in op.qubits if q != event.target]:
            for qpu in [follower[0].qpu for follower in event.followers]:
                if (control, qpu) in self.resource:
                    frame = self.of(event.target, qpu)
                    found.append(Touch(frame, 1, 0.0, NEVER, WRITE | KEEP, self.resource[control, qpu]))
        return found


def _is_clifford(op: Operation) -> bool:
    """True for a rotation by a multiple of pi/2: its inverse differs from it by Z on every operand at most."""
    if op.kind is not Kind.ROTATION or op.condition is not None or not isinstance(op.angle, float | int):
        return False
    quarters = float(op.angle) / (math.pi / 2)
    return abs(quarters - round(quarters)) < 1e-9
