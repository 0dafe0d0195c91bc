"""The noiseless operations that copy programs and frame programs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from distq.simulation.noise.steps import OperandT


@dataclass(frozen=True, slots=True)
class Prepare:
    """The input state is prepared on ``qubit``, which is |0>: the first member of a line, or the line."""

    qubit: int


@dataclass(frozen=True, slots=True)
class Gate(Generic[OperandT]):
    """Operation ``operation`` of the program on ``operands``.

    In a frame program an operand is inverted if its frame is 1; for a measurement the frame inverts the bit that is
    written. ``followers`` are the copies of a copy program that follow as :class:`distq.ir.events.Execute` says: CX on
    (control, copy), X on (copy,).
    """

    operation: int
    operands: tuple[OperandT, ...]
    followers: tuple[tuple[OperandT, ...], ...] = ()
