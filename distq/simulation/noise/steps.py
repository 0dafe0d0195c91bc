"""Noise in a program: where Pauli channels act, and steps for noise that is no Pauli channel.

The same classes stand in a copy program and in a frame program (:mod:`distq.simulation.reduction`). A qubit is a member
of a copy set in the former and a line in the latter; an operand (``OperandT``) is a member in the former and a line
with the frame that inverts it in the latter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from distq.simulation.noise.kraus import KrausOperator
from distq.simulation.noise.matrices import Entries
from distq.simulation.noise.pauli_channels import PauliError
from distq.simulation.noise.sources import Shares

OperandT = TypeVar("OperandT")
ActionT = TypeVar("ActionT")


class FaultSite(NamedTuple, Generic[ActionT]):
    """A place where a fault may happen.

    Attributes
    ----------
    position
        Index of the step before which it happens.
    operands
        What the factors of its Paulis act on: members, or what a Pauli on each of them does to lines and frames.
    error
        Its Pauli channel.
    condition_of
        The operation of the program whose condition must hold; None: always.
    """

    position: int
    operands: tuple[ActionT, ...]
    error: PauliError
    condition_of: int | None = None


@dataclass(frozen=True, slots=True)
class Rotation(Generic[OperandT]):
    """exp(-i ``angle``/2 Z x ... x Z) on ``operands``.

    Attributes
    ----------
    shares
        What is to blame; empty for a step of the protocol itself, which is no noise.
    condition_of
        The operation of the program whose condition must hold; None: always.
    """

    operands: tuple[OperandT, ...]
    angle: float
    shares: Shares = ()
    condition_of: int | None = None


@dataclass(frozen=True, slots=True)
class LocalUnitary:
    """A 2x2 unitary on ``qubit``, which has no copies or coherent ones; the rest as in :class:`Rotation`."""

    qubit: int
    matrix: Entries
    shares: Shares = ()
    condition_of: int | None = None


CoherentStep: TypeAlias = Rotation[int] | LocalUnitary
"""What over-rotated pulses do; operands are positions in the operation's own, or whatever they are replaced by."""


@dataclass(frozen=True, slots=True)
class Undo(Generic[OperandT]):
    """The inverse of the diagonal operation ``operation`` on ``operands``; the rest as in :class:`Rotation`."""

    operation: int
    operands: tuple[OperandT, ...]
    shares: Shares
    condition_of: int | None = None


@dataclass(frozen=True, slots=True)
class KrausNoise(Generic[OperandT, ActionT]):
    """One of the Kraus operators ``operators`` on ``operand``, and then its Pauli.

    If a frame inverts the operand, all operators are diagonal.

    Attributes
    ----------
    pauli_on
        What the Pauli of an operator acts on: a member, or what a Pauli on it does to lines and frames.
    shares
        What is to blame.
    traced
        True if the operand is a coherent copy that leaves: it is |0> afterwards, and no operator is much more likely
        than the others.
    """

    operand: OperandT
    operators: tuple[KrausOperator, ...]
    pauli_on: ActionT
    shares: Shares
    traced: bool = False
