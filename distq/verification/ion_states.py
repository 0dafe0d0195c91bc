"""What every ion of a compiled circuit holds: one of a few abstract states, and how protocols change them.

In: the gates, measurements and resets that :mod:`distq.verification.extract` follows, one at a time. Out: the states of
all ions after them, or ``UnreadableError`` at the first thing that no protocol allows.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NoReturn

from distq.networks.network import Network
from distq.verification.instructions import Instruction
from distq.verification.ion_registers import Registers
from distq.verification.layout import Layout
from distq.verification.open_x_blocks import OpenXBlocks
from distq.verification.unitaries import GateInfo
from distq.verification.unreadable import UnreadableError


class IonState(enum.Enum):
    """What an ion holds."""

    ZERO = "|0>"
    HALF = "half of a Bell pair"
    SENT = "half of a Bell pair that took up a qubit"
    MEMBER = "a member of a qubit's copy set"
    X_BASIS = "a copy in the X basis"
    SPENT = "a measured, not yet reset state"


class IonTracker:
    """The ions after the instructions so far, and the lines (qubits) of which they hold members.

    Attributes
    ----------
    at
        Number of the instruction that is being followed.
    state, line, partner
        Per ion: what it holds, the line of which it holds a member, the other ion of its Bell pair; -1 if none.
    zero_since
        Per ion: the number of the instruction from which on it has been |0>.
    to_allocate, allocated
        Per ion: the lines that are still to take it as their data ion, in order; per line: whether it has taken one.
    waiting
        Per ion: the token of the outcome whose X correction has not fired yet, -1 if none.
    pending
        Per line: tokens of the outcomes whose Z correction has not fired yet.
    members, in_flight
        Per line: how many ions hold a member, how many protocols await the measurement of their outcome.
    x_blocks
        The X-blocks under way, and the copies that have yet to follow.
    token_of_bit, open_tokens
        Which outcome each classical bit holds; the outcomes whose correction has not fired yet.
    entry_fault
        Where the layout's ``entry`` is wrong; None so far.
    """

    def __init__(self, registers: Registers, layout: Layout, network: Network) -> None:
        ions, lines = len(registers.qpu), len(layout.final)
        self.registers, self.layout, self.network = registers, layout, network
        self.at = 0
        self.state = [IonState.ZERO] * ions
        self.zero_since = [0] * ions
        self.line = [-1] * ions
        self.partner = [-1] * ions
        self.waiting = [-1] * ions
        self.pending: list[set[int]] = [set() for _ in range(lines)]
        self.members = [0] * lines
        self.in_flight = [0] * lines
        self.x_blocks = OpenXBlocks()
        self.to_allocate = {ion: list(born) for ion, born in layout.births.items()}
        self.allocated = [False] * lines
        self.entry_fault: str | None = None
        self.token_of_bit: dict[int, int] = {}
        self.open_tokens: set[int] = set()
        self.tokens = 0

    def fail(self, reason: str) -> NoReturn:
        """Refuse the circuit at the present instruction."""
        raise UnreadableError(f"instruction {self.at}: {reason}")

    def name(self, ion: int) -> str:
        """``register[index]`` of an ion, for messages."""
        return self.registers.ion_name(ion)

    def require_one_qpu(self, ions: Sequence[int], what: str) -> None:
        """Refuse a gate on ions of different QPUs."""
        if len({self.registers.qpu[i] for i in ions}) > 1:
            self.fail(f"{what} joins {' and '.join(self.name(i) for i in ions)}, ions of different QPUs")

    def has_copies(self, ion: int) -> bool:
        """True if the ion holds a member of a line that has several."""
        return self.state[ion] is IonState.MEMBER and self.members[self.line[ion]] > 1

    def must_follow(self, ion: int) -> bool:
        """True if the ion holds a copy that has yet to follow an X-block."""
        return self.state[ion] is IonState.MEMBER and self.x_blocks.must_follow(ion, self.line[ion])

    def next_line(self, ion: int) -> int:
        """The line that is to take this ion as its data ion next; -1 if there is none."""
        waiting = self.to_allocate.get(ion)
        return waiting[0] if waiting else -1

    def is_due(self, ion: int) -> bool:
        """True if, by the layout, the next line of ``ion`` is there by now, though no gate has acted on it yet."""
        line = self.next_line(ion)
        return line >= 0 and self.layout.entry is not None and self.layout.entry[line] <= self.at

    def lines_ahead(self, instruction: Instruction) -> tuple[int, ...] | None:
        """Lines on which a gate acts, without side effects; None if an ion holds none."""
        lines = []
        for ion in instruction.qubits:
            line = self.line[ion] if self.state[ion] is IonState.MEMBER else -1
            if self.state[ion] is IonState.ZERO:
                line = self.next_line(ion)
            if line < 0:
                return None
            lines.append(line)
        return tuple(lines)

    def member(self, ion: int, what: str) -> int:
        """The line of which ``ion`` holds a member, ready to take part. A line that is next to take the ion does so."""
        if self.state[ion] is IonState.ZERO and self.next_line(ion) >= 0:
            self.allocate(ion)
        if self.state[ion] is not IonState.MEMBER:
            self.fail(f"{what} acts on {self.name(ion)}, which holds {self.state[ion].value} and no qubit")
        if self.waiting[ion] >= 0:
            self.fail(f"{what} acts on {self.name(ion)}, whose X correction has not fired")
        line = self.line[ion]
        fault = self.x_blocks.fault(ion, line)
        if fault is not None:
            self.fail(f"{what} acts on {self.name(ion)}, {fault}")
        return line

    def alone(self, ion: int, what: str) -> int:
        """Like ``member``, for what is not diagonal: the line must have no other member and no pending correction."""
        line = self.member(ion, what)
        if self.members[line] > 1 or self.in_flight[line]:
            self.fail(f"{what} acts on qubit {line} at {self.name(ion)} while it has other copies")
        if self.pending[line]:
            self.fail(f"{what} acts on qubit {line} at {self.name(ion)} before its Z correction has fired")
        return line

    def copies(self, ion: int, what: str) -> tuple[int, ...]:
        """The other members of a line, all ready to take part, with no protocol open and no correction pending."""
        line = self.line[ion]
        copies = tuple([i for i, other in enumerate(self.line) if other == line and i != ion])
        if self.pending[line] or self.in_flight[line] or any(self.waiting[i] >= 0 for i in (ion, *copies)):
            self.fail(f"{what} acts on qubit {line}, which has copies, before its corrections have fired")
        for copy in copies:
            self.member(copy, f"{what} on another copy")
        return copies

    # ---- members ----------------------------------------------------------------------------------------------

    def allocate(self, ion: int) -> None:
        """The next line of an ion takes it as its data ion."""
        line = self.to_allocate[ion].pop(0)
        entry = self.layout.entry[line] if self.layout.entry is not None else None
        since = self.zero_since[ion]
        if entry is not None and not since <= entry <= self.at and self.entry_fault is None:
            where = f"between instructions {since} and {self.at}, not at {entry}"
            self.entry_fault = f"wrong layout: qubit {line} is born at {self.name(ion)} {where}"
        self.allocated[line] = True
        self.join(ion, line)

    def join(self, ion: int, line: int) -> None:
        """An ion becomes a member of a line's copy set."""
        self.state[ion], self.line[ion] = IonState.MEMBER, line
        self.members[line] += 1

    def clear(self, ion: int) -> None:
        """An ion is |0> after the present instruction."""
        self.state[ion], self.line[ion], self.partner[ion] = IonState.ZERO, -1, -1
        self.x_blocks.differences.pop(ion, None)
        self.zero_since[ion] = self.at + 1

    def swap(self, a: int, b: int) -> None:
        """Exchange what two ions hold."""
        for ion in (a, b):
            if self.state[ion] is IonState.SPENT:
                self.fail(f"{self.name(ion)} is used again without a reset after its measurement")
        self.state[a], self.state[b] = self.state[b], self.state[a]
        for values in (self.line, self.partner, self.waiting):
            values[a], values[b] = values[b], values[a]
        for ion in (a, b):
            if self.state[ion] in (IonState.HALF, IonState.SENT) and self.partner[ion] >= 0:
                self.fail("half of a Bell pair is moved")
            fault = self.x_blocks.fault(ion, self.line[ion])
            if fault is not None:
                self.fail(f"a swap moves {self.name(ion)}, {fault}")
            if self.state[ion] is IonState.ZERO:
                self.zero_since[ion] = self.at + 1

    # ---- protocols --------------------------------------------------------------------------------------------

    def pair(self, a: int, b: int) -> None:
        """A Bell pair is heralded."""
        for ion in (a, b):
            if not self.registers.heralds[ion]:
                self.fail(f"a Bell pair is heralded on {self.name(ion)}, which is no memory or communication ion")
            if self.state[ion] is not IonState.ZERO:
                self.fail(f"a Bell pair is heralded on {self.name(ion)}, which holds {self.state[ion].value}")
        if not self.network.linked(self.registers.qpu[a], self.registers.qpu[b]):
            self.fail(f"a Bell pair joins {self.name(a)} and {self.name(b)}, and no link joins their QPUs")
        self.state[a] = self.state[b] = IonState.HALF
        self.partner[a], self.partner[b] = b, a

    def copy(self, control: int, target: int) -> bool:
        """CX of a cat-entangler, or one that copies a member inside its QPU, or undoes that. False: an ordinary CX."""
        if self.state[target] is IonState.HALF:
            self.send(control, target)
            return True
        members = self.state[control] is IonState.MEMBER, self.state[target] is IonState.MEMBER
        empty = self.state[target] is IonState.ZERO and self.next_line(target) < 0
        if members[0] and empty:
            self.join(target, self.member(control, "a copy"))
            return True
        if all(members) and self.line[control] == self.line[target]:
            line = self.member(control, "a copy")
            self.member(target, "a copy")
            self.members[line] -= 1
            self.clear(target)
            return True
        return members[1] and self.state[control] is IonState.ZERO and self.next_line(control) < 0

    def send(self, root: int, half: int) -> None:
        """CX from a member to half of a pair."""
        line = self.member(root, "the cat-entangler")
        if self.state[self.partner[half]] is not IonState.HALF:
            self.fail(f"both halves of the pair of {self.name(half)} take up a qubit")
        self.state[half], self.line[half] = IonState.SENT, line
        self.in_flight[line] += 1

    def disentangle(self, ion: int) -> None:
        """A copy goes to the X basis, in which the cat-disentangler measures it."""
        line = self.member(ion, "the cat-disentangler")
        self.state[ion] = IonState.X_BASIS
        self.members[line] -= 1
        self.in_flight[line] += 1

    def outcome(self, ion: int, bit: int) -> None:
        """A cat-entangler's or cat-disentangler's ion is measured into ``bit``."""
        if self.token_of_bit.get(bit) in self.open_tokens:
            self.fail(f"outcome bit {bit} is overwritten before its correction has fired")
        token = self.tokens
        self.tokens += 1
        self.token_of_bit[bit] = token
        self.open_tokens.add(token)
        line = self.line[ion]
        if line in self.x_blocks.by_line:
            self.fail(f"a copy of qubit {line} is opened or closed inside an X-block")
        self.in_flight[line] -= 1
        if self.state[ion] is IonState.SENT:
            copy = self.partner[ion]
            self.join(copy, line)
            self.partner[copy] = -1
            self.waiting[copy] = token
        else:
            self.pending[line].add(token)
        self.state[ion], self.line[ion], self.partner[ion] = IonState.SPENT, -1, -1

    def correct(self, ion: int, gate: GateInfo, bit: int) -> None:
        """A gate that happens if protocol outcome ``bit`` is 1."""
        token = self.token_of_bit.get(bit, -1)
        if token not in self.open_tokens:
            self.fail(f"a correction on {self.name(ion)} reads outcome bit {bit}, which holds no open outcome")
        if self.state[ion] is not IonState.MEMBER:
            self.fail(f"a correction acts on {self.name(ion)}, which holds {self.state[ion].value}")
        if gate.fixed == "x":
            if self.waiting[ion] != token:
                self.fail(f"the X correction by bit {bit} acts on {self.name(ion)}, which does not wait for it")
            self.waiting[ion] = -1
        elif gate.fixed == "z":
            line = self.line[ion]
            if token not in self.pending[line]:
                self.fail(f"the Z correction by bit {bit} acts on {self.name(ion)}, whose qubit does not wait for it")
            self.pending[line].remove(token)
        else:
            self.fail(f"a {gate.name!r} under a protocol outcome is neither an X nor a Z correction")
        self.open_tokens.remove(token)
