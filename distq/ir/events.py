"""Protocol events on ions: what the machine does, in an order that it may follow.

A plan says *what* is where; events say *which ion* holds it and which protocol runs. ``lower`` makes them, ``schedule``
times them, ``emit`` writes them as a circuit and ``simulate`` gives them noise. Every event names all ions it touches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, assert_never

DATA, MEMORY, ANY_ROLE = "data", "memory", "ion"
"""The roles of ions."""


class Ion(NamedTuple):
    """One ion.

    Attributes
    ----------
    qpu
        Index of its QPU.
    role
        ``"data"``, ``"memory"``, or ``"ion"`` where it may have any role.
    number
        Counts from 0 within QPU and role. Of ions with any role, those for communication come last.
    """

    qpu: int
    role: str
    number: int


@dataclass(frozen=True, slots=True)
class Allocate:
    """``ion``, freshly |0>, becomes the home of ``qubit``. ``fresh`` is False if the ion was used before (a reset)."""

    qubit: int
    ion: Ion
    fresh: bool


@dataclass(frozen=True, slots=True)
class HeraldPair:
    """A Bell pair (|00> + |11>)/sqrt 2 is heralded over ``link`` between two memory ions that are |0>."""

    link: int
    a: Ion
    b: Ion


@dataclass(frozen=True, slots=True)
class CatEntangle:
    """Open a copy: CX root -> half, measure half, X on ``copy`` if 1, reset half. (half, copy) was a Bell pair."""

    qubit: int
    root: Ion
    half: Ion
    copy: Ion


@dataclass(frozen=True, slots=True)
class CatDisentangle:
    """Close a copy: H and measure ``copy``, Z on ``root`` (any other member) if 1, reset copy."""

    qubit: int
    copy: Ion
    root: Ion


@dataclass(frozen=True, slots=True)
class Transfer:
    """Exchange the states of two ions of one QPU, at least one of which holds a member of a copy set.

    ``qubit_a`` is the qubit whose member sat in ``a`` before, None if ``a`` was |0>; likewise ``qubit_b``.
    """

    qubit_a: int | None
    a: Ion
    qubit_b: int | None
    b: Ion


@dataclass(frozen=True, slots=True)
class Execute:
    """Operation ``operation`` of the program on ``ions`` (one per operand, all in one QPU).

    Attributes
    ----------
    operation
        Index into ``Program.operations``.
    ions
        One per operand.
    target
        The qubit whose copies follow an X-block of which this is an operation; -1 if there is none.
    followers
        What its copies do at their own QPUs: for each (control, copy), on which a CX acts, or (copy,), on which an X
        acts where a closing boundary flips the qubit.
    """

    operation: int
    ions: tuple[Ion, ...]
    target: int = -1
    followers: tuple[tuple[Ion, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """``qubit`` has been measured for the last time; ``ion`` is reset and free."""

    qubit: int
    ion: Ion


Event: TypeAlias = Allocate | HeraldPair | CatEntangle | CatDisentangle | Transfer | Execute | Release


def ions_of(event: Event) -> tuple[Ion, ...]:
    """The ions that an event touches, in the order of its fields."""
    match event:
        case Execute(_, ions, _, followers):
            return (*ions, *[ion for follower in followers for ion in follower])
        case Allocate(_, ion) | Release(_, ion):
            return (ion,)
        case HeraldPair(_, a, b) | Transfer(_, a, _, b):
            return (a, b)
        case CatEntangle(_, root, half, copy):
            return (root, half, copy)
        case CatDisentangle(_, copy, root):
            return (copy, root)
        case _:
            assert_never(event)


@dataclass(frozen=True)
class Events:
    """A lowered plan.

    Attributes
    ----------
    events
        In a valid order.
    sizes
        Per QPU: ions of each role that are used (highest number + 1). A QPU has data and memory ions, or ions with any
        role.
    final
        Per qubit: the ion that holds it at the end, None if it died.
    """

    events: tuple[Event, ...]
    sizes: tuple[dict[str, int], ...]
    final: tuple[Ion | None, ...]

    def ions_at(self, qpu: int) -> list[Ion]:
        """The ions of a QPU that are used, role by role."""
        return [Ion(qpu, role, number) for role, size in self.sizes[qpu].items() for number in range(size)]

    @property
    def home_ions(self) -> int:
        """Ions that were taken for qubits of the circuit: all data ions, and others in which a qubit begins."""
        born = {event.ion for event in self.events if isinstance(event, Allocate) and event.ion.role == ANY_ROLE}
        return len(born) + sum([sizes.get(DATA, 0) for sizes in self.sizes])

    @property
    def local_transfers(self) -> int:
        """Transfers that make a communication ion free, where ions have any role."""
        return sum([isinstance(event, Transfer) and event.a.role == ANY_ROLE for event in self.events])

    @property
    def used_again(self) -> int:
        """How often an ion holds a qubit after another one that was measured on it and given up."""
        given_up: set[Ion] = set()
        again = 0
        for event in self.events:
            match event:
                case Release(_, ion):
                    given_up.add(ion)
                case Allocate(_, ion) if ion in given_up:
                    again += 1
                case Transfer(qubit_a, a, qubit_b, b):
                    again += (qubit_b is not None and a in given_up) + (qubit_a is not None and b in given_up)
        return again
