"""A distributed circuit as one program per node: what each QPU does by itself, and what it exchanges with others.

A *node* is a QPU as a party to a distributed program. Its actions name its own ions and its own classical bits, by
number. Bell pairs and messages have *tags*: the two requests with the same tag make one pair, and a message is received
under the tag under which it was sent, in whatever order the nodes get there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate on ``ions``.

    Attributes
    ----------
    name
        A gate of OpenQASM 3's standard library, ``U``, or a gate that the program defines.
    params
        Angles in radians.
    matrix
        Rows of its unitary matrix, first ion least significant; None for a gate that its name tells.
    """

    name: str
    params: tuple[float, ...]
    ions: tuple[int, ...]
    matrix: tuple[tuple[complex, ...], ...] | None = None


@dataclass(frozen=True, slots=True)
class PairRequest:
    """Waits until ``ion``, in |0> before, holds half of Bell pair ``tag``; node ``peer`` asks for the other half."""

    tag: int
    peer: int
    ion: int


@dataclass(frozen=True, slots=True)
class Send:
    """Sends ``bit`` to node ``peer`` as message ``tag``, without waiting."""

    tag: int
    peer: int
    bit: int


@dataclass(frozen=True, slots=True)
class Receive:
    """Waits for message ``tag`` of node ``peer`` and stores it in ``bit``."""

    tag: int
    peer: int
    bit: int


@dataclass(frozen=True, slots=True)
class Measure:
    """Measures ``ion`` in the Z basis into ``bit``."""

    ion: int
    bit: int


@dataclass(frozen=True, slots=True)
class Reset:
    """Puts ``ion`` into |0>."""

    ion: int


@dataclass(frozen=True, slots=True)
class Conditional:
    """``body`` if ``bits`` (least significant first) hold ``value``, else ``otherwise``: gates, measurements, resets
    and further conditionals."""

    bits: tuple[int, ...]
    value: int
    body: tuple[Action, ...]
    otherwise: tuple[Action, ...] = ()


Action: TypeAlias = "Gate | PairRequest | Send | Receive | Measure | Reset | Conditional"


class Register(NamedTuple):
    """Consecutive ions, or bits, of a node."""

    name: str
    size: int


class Place(NamedTuple):
    """An ion of a node, both by number."""

    node: int
    ion: int


@dataclass(frozen=True)
class NodeProgram:
    """What one node does.

    Attributes
    ----------
    name
        Of the QPU.
    ions, bits
        Registers; ions and bits count through them from 0. Every bit is 0 at first.
    actions
        In order.
    """

    name: str
    ions: tuple[Register, ...]
    bits: tuple[Register, ...]
    actions: tuple[Action, ...]

    def ion_names(self) -> list[str]:
        """Per ion: ``register[index]``."""
        return member_names(self.ions)

    def bit_names(self) -> list[str]:
        """Per bit: ``register[index]``."""
        return member_names(self.bits)


def member_names(registers: tuple[Register, ...]) -> list[str]:
    """``register[index]`` for every member of every register, in order."""
    return [f"{name}[{i}]" for name, size in registers for i in range(size)]


class SourceRegister(NamedTuple):
    """A classical register of the circuit: its name there and ``local`` its name in every program that uses it."""

    name: str
    local: str
    size: int


@dataclass(frozen=True)
class NodePrograms:
    """The programs of all nodes that take part, and how they make up one circuit.

    Attributes
    ----------
    nodes
        In the order of the network's QPUs; actions name nodes by their place here.
    registers
        The classical registers of the circuit. A register of a program with that local name holds its bits; all other
        bits belong to the protocol.
    results
        Per bit of ``registers``, in order: the node that holds its final value, None if nothing writes it.
    writers
        Per bit of ``registers`` that several nodes write: the node of each write, in order; else empty.
    births
        Per ion in which qubits of the circuit begin: which ones, in order.
    entry
        Per line of the program: how many actions of its node come before it is there; None if that is not told.
    final, output
        Where the lines of the program, and the qubits of the source circuit, end; None if they were measured and given
        up.
    order
        The node of each action, in an order in which they can be done; () if none is told. It helps whoever merges the
        programs, and is not trusted.
    rewriting
        How the circuit was changed before it was planned, as in the metadata of the distributed circuit; None if not.
    """

    nodes: tuple[NodeProgram, ...]
    registers: tuple[SourceRegister, ...]
    results: tuple[int | None, ...]
    writers: tuple[tuple[int, ...], ...]
    births: tuple[tuple[Place, tuple[int, ...]], ...]
    entry: tuple[int, ...] | None
    final: tuple[Place | None, ...]
    output: tuple[Place | None, ...]
    order: tuple[int, ...] = ()
    rewriting: Any = None

    def result_names(self) -> list[str]:
        """Per bit of the circuit: its name in the programs."""
        return member_names(tuple([Register(r.local, r.size) for r in self.registers]))


def flattened(actions: tuple[Action, ...]) -> Iterator[Action]:
    """All actions, those inside conditionals too (each conditional before what it holds)."""
    for action in actions:
        yield action
        if isinstance(action, Conditional):
            yield from flattened(action.body)
            yield from flattened(action.otherwise)


def ions_used(program: NodeProgram) -> set[int]:
    """The ions that a program names."""
    found: set[int] = set()
    for action in flattened(program.actions):
        match action:
            case Gate():
                found.update(action.ions)
            case PairRequest() | Measure() | Reset():
                found.add(action.ion)
    return found
