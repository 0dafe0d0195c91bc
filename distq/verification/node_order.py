"""One order in which nodes can do what their programs say; or why there is none.

The order that the manifest proposes is tried first. Then every program is followed as far as it goes without the
others: until it asks for a pair that the other node has not asked for yet, or for a message that has not been sent. In:
the programs. Out: their actions in one order, each with the value of every bit that it reads. A *value* is what one
measurement wrote; messages carry values from bit to bit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from distq.ir.node_program import (
    Action,
    Conditional,
    Measure,
    NodePrograms,
    PairRequest,
    Receive,
    Send,
    flattened,
)
from distq.verification.unreadable import UnreadableError

Value: TypeAlias = "tuple[int, int, int]"
"""Node, number of the action, and bit of the node by which it was written; (-1, -1, i) is the 0 that bit i of the
circuit holds at first, and (-1, -1, -1) that of bits of the protocol."""


class Turn(NamedTuple):
    """The action with that number of a node."""

    node: int
    action: int


@dataclass
class Order:
    """Actions in one order.

    Attributes
    ----------
    turns
        Which action is next. The two requests of a pair follow each other.
    reads
        Per action that tests bits: the value of each of them, and of those that it may leave as they are.
    last
        Per node: the values of its bits at the end.
    """

    turns: list[Turn] = field(default_factory=list)
    reads: dict[Turn, dict[int, Value]] = field(default_factory=dict)
    last: list[list[Value]] = field(default_factory=list)


def check_partners(programs: NodePrograms) -> None:
    """Every pair is asked for from both sides, every message is sent once and received once.

    Raises
    ------
    UnreadableError
        At the first tag for which that is not so, with who waits for what.
    """
    names = [node.name for node in programs.nodes]
    pairs: dict[int, list[tuple[int, int]]] = {}
    sent: Counter[tuple[int, int, int]] = Counter()
    received: Counter[tuple[int, int, int]] = Counter()
    for node, program in enumerate(programs.nodes):
        for action in program.actions:
            if not isinstance(action, PairRequest | Send | Receive):
                continue
            if not 0 <= action.peer < len(names) or action.peer == node:
                what = "a pair" if isinstance(action, PairRequest) else "a message"
                raise UnreadableError(f"{names[node]} names node {action.peer} for {what} {action.tag}: no other node")
            match action:
                case PairRequest(tag, peer):
                    pairs.setdefault(tag, []).append((node, peer))
                case Send(tag, peer):
                    sent[tag, node, peer] += 1
                case Receive(tag, peer):
                    received[tag, peer, node] += 1
    _check_pairs(pairs, names)
    _check_messages(sent, received, names)


def _check_pairs(pairs: dict[int, list[tuple[int, int]]], names: list[str]) -> None:
    for tag, ends in sorted(pairs.items()):
        (node, peer), *others = ends
        if not others:
            raise UnreadableError(
                f"{names[node]} waits for Bell pair {tag} with {names[peer]}, which never asks for it"
            )
        if others != [(peer, node)]:
            who = ", ".join(f"{names[a]} with {names[b]}" for a, b in ends)
            raise UnreadableError(f"Bell pair {tag} is asked for by {who}; it takes two nodes that name each other")


def _check_messages(
    sent: Counter[tuple[int, int, int]], received: Counter[tuple[int, int, int]], names: list[str]
) -> None:
    tags = Counter(tag for tag, _, _ in sent.elements())
    for (tag, source, target), times in sorted(received.items()):
        if times > 1:
            raise UnreadableError(f"{names[target]} receives message {tag} {times} times")
        if not sent[tag, source, target]:
            raise UnreadableError(f"{names[target]} waits for message {tag} from {names[source]}, which never sends it")
    for (tag, source, target), _ in sorted(sent.items()):
        if tags[tag] > 1:
            raise UnreadableError(f"message {tag} is sent {tags[tag]} times")
        if not received[tag, source, target]:
            raise UnreadableError(f"{names[source]} sends message {tag} to {names[target]}, which never receives it")


class NodeWalk:
    """Follows all programs to their ends. A subclass may hold actions back (:meth:`may_run`)."""

    def __init__(self, programs: NodePrograms) -> None:
        self.programs = programs
        self.at = [0] * len(programs.nodes)
        self.circuit_bits = circuit_bits(programs)
        self.values: list[list[Value]] = [[(-1, -1, bit) for bit in bits] for bits in self.circuit_bits]
        self.messages: dict[int, Value] = {}
        self.order = Order()

    def run(self) -> Order:
        """The order. Raises UnreadableError if the nodes wait for each other."""
        self.follow(self.programs.order)
        progress = True
        while progress:
            progress = False
            for node in range(len(self.at)):
                while self.advance(node):
                    progress = True
        if any(self.action(node) is not None for node in range(len(self.at))):
            raise UnreadableError(self.why_stuck())
        self.order.last = self.values
        return self.order

    def follow(self, order: tuple[int, ...]) -> None:
        """Do actions in the order that the programs' author proposes, as far as that is possible."""
        proposed = [0] * len(self.at)
        for node in order:
            proposed[node] += 1
            if self.at[node] < proposed[node]:
                self.advance(node)

    def action(self, node: int) -> Action | None:
        """What a node is about to do; None at its end."""
        actions = self.programs.nodes[node].actions
        return actions[self.at[node]] if self.at[node] < len(actions) else None

    def may_run(self, turn: Turn, action: Action) -> bool:
        """Whether an action may stand here in the order."""
        return True

    def advance(self, node: int) -> bool:
        """Do the next action of a node, if it can be done."""
        action = self.action(node)
        turn = Turn(node, self.at[node])
        if action is None or not self.may_run(turn, action):
            return False
        values = self.values[node]
        match action:
            case PairRequest():
                if not self.meets(action):
                    return False
            case Receive(tag, _, bit):
                if tag not in self.messages:
                    return False
                values[bit] = self.messages.pop(tag)
            case Send(tag, _, bit):
                self.messages[tag] = values[bit]
            case _:
                self.order.reads[turn] = {b: values[b] for b in read(action)}
                for bit in written(action):
                    values[bit] = (turn.node, turn.action, bit)
        self.order.turns.append(turn)
        self.at[node] += 1
        return True

    def meets(self, action: PairRequest) -> bool:
        """Make a pair if the other node has come to its request, which is then done too."""
        other = self.action(action.peer)
        if not isinstance(other, PairRequest) or other.tag != action.tag:
            return False
        self.order.turns.append(Turn(action.peer, self.at[action.peer]))
        self.at[action.peer] += 1
        return True

    def why_stuck(self) -> str:
        """Which node waits for what."""
        names = [node.name for node in self.programs.nodes]
        waits = []
        for node, name in enumerate(names):
            match self.action(node):
                case PairRequest(tag, peer):
                    waits.append(f"{name} for Bell pair {tag} with {names[peer]}")
                case Receive(tag, peer):
                    waits.append(f"{name} for message {tag} from {names[peer]}")
                case None:
                    pass
                case _:
                    waits.append(f"{name} for others that still test a bit that it writes")
        return f"the nodes wait for each other: {'; '.join(waits)}"


def circuit_bits(programs: NodePrograms) -> list[list[int]]:
    """Per node and bit: the bit of the circuit that it is, -1 if it is one of the protocol.

    Raises
    ------
    UnreadableError
        If a program has a register of the circuit in another size.
    """
    start, place = 0, {}
    for register in programs.registers:
        place[register.local] = (start, register.size)
        start += register.size
    found: list[list[int]] = []
    for node in programs.nodes:
        bits: list[int] = []
        for name, size in node.bits:
            first, wanted = place.get(name, (-1, size))
            if size != wanted:
                raise UnreadableError(f"{node.name} has {size} bits {name!r}, the circuit {wanted}")
            bits += [-1] * size if first < 0 else range(first, first + size)
        found.append(bits)
    return found


def read(action: Action) -> list[int]:
    """The bits that an action tests, and those that it writes only under a condition."""
    if not isinstance(action, Conditional):
        return []
    inside = list(flattened((action,)))
    tested = [b for a in inside if isinstance(a, Conditional) for b in a.bits]
    return list(dict.fromkeys([*tested, *written(action)]))


def written(action: Action) -> list[int]:
    """The bits that an action writes, perhaps only under conditions."""
    return list(dict.fromkeys(a.bit for a in flattened((action,)) if isinstance(a, Measure)))
