"""From an emitted circuit back to the circuit on qubits: abstract interpretation of its protocols.

Every ion is in one of a few abstract states: |0>, half of a Bell pair, member of a copy set, measured, ... The walk
follows the protocols through these states, refuses whatever they do not allow, and writes down what happens to the
qubits. It knows nothing of plans, events or strategies. Copies only take part diagonally; a member that still waits
for its X correction takes part in nothing, a qubit that still waits for a Z correction in nothing but diagonal gates.

Where a qubit goes through controlled-X gates with its copies (:mod:`distq.turns`), these have to follow before they
take part in anything again.
"""

from __future__ import annotations

import cmath
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from distq.machine_registers import Registers
from distq.network import Network
from distq.program import Condition, Kind, Matrix, Operation, Program
from distq.records import TOLERANCE, GateInfo, Record, UnreadableError, two_qubit_phases
from distq.turns import FLIP, Turns
from distq.windows import WindowFinder


class State(enum.Enum):
    """What an ion holds."""

    ZERO = "|0>"
    HALF = "half of a Bell pair"
    SENT = "half of a Bell pair that took up a qubit"
    MEMBER = "a member of a qubit's copy set"
    TURNED = "a copy in the X basis"
    SPENT = "a measured, not yet reset state"


@dataclass(frozen=True, eq=False)
class Foreign:
    """A gate outside the vocabulary of programs. ``matrix`` has its first line least significant."""

    name: str
    qubits: tuple[int, ...]
    matrix: Matrix
    condition: Condition | None


@dataclass(frozen=True)
class Layout:
    """Where the lines are: ``metadata["distq"]["layout"]`` of the compiled circuit."""

    births: dict[int, list[int]]
    entry: list[int] | None
    final: list[int | None]
    output: list[int | None]


@dataclass(frozen=True)
class Extracted:
    """The circuit on qubits. ``entry_fault``: where the layout's ``entry`` is wrong, None if it is right or absent."""

    operations: tuple[Operation | Foreign, ...]
    entry_fault: str | None


def extract(
    records: Sequence[Record], registers: Registers, layout: Layout, program: Program, network: Network
) -> Extracted:
    """Follow the protocols of a compiled circuit.

    Parameters
    ----------
    records
        Its instructions.
    registers
        Which qubit is which ion, which classical bit is whose.
    layout
        Births and ends of lines.
    program
        The original in normal form: tells where to look for operations on three or more qubits and which measurement
        of a qubit is its last. Nothing else is taken from it.
    network
        Which QPUs are linked.

    Raises
    ------
    UnreadableError
        At the first instruction that breaks a rule, with its number and the reason.
    """
    walk = _Walk(registers, layout, program, network)
    walk.run(records)
    walk.finish()
    return Extracted(tuple(walk.out), walk.entry_fault)


class _Walk:
    def __init__(self, registers: Registers, layout: Layout, program: Program, network: Network) -> None:
        ions, lines = len(registers.qpu), program.num_qubits
        self.registers, self.layout, self.network = registers, layout, network
        self.finder = WindowFinder(program.operations)
        self.measures_left = [0] * lines
        for op in program.operations:
            if op.kind is Kind.MEASURE:
                self.measures_left[op.qubits[0]] += 1
        self.state = [State.ZERO] * ions
        self.zero_since = [0] * ions
        self.line = [-1] * ions
        self.partner = [-1] * ions
        self.waiting = [-1] * ions
        """Per ion: the token of the outcome whose X correction has not fired yet, -1 if none."""
        self.pending: list[set[int]] = [set() for _ in range(lines)]
        """Per line: tokens of the outcomes whose Z correction has not fired yet."""
        self.members = [0] * lines
        self.turns = Turns()
        self.epoch = [0] * lines
        """Per line: how many operations that are not diagonal it has had."""
        self.in_flight = [0] * lines
        self.births = {ion: list(born) for ion, born in layout.births.items()}
        self.born = [False] * lines
        self.token_of_bit: dict[int, int] = {}
        self.open_tokens: set[int] = set()
        self.tokens = 0
        self.out: list[Operation | Foreign] = []
        self.last_kind: list[Kind | None] = [None] * lines
        self.entry_fault: str | None = None
        self.closings: set[int] = set()
        """Positions of the one-qubit gates right after which, on their ion, comes a measurement."""
        self.at = 0

    def run(self, records: Sequence[Record]) -> None:
        self.closings = _before_measurements(records)
        index = 0
        while index < len(records):
            record = records[index]
            self.at = record.position
            if record.kind == "gate":
                window = self.finder.match(records, index, self.lines_ahead) if self.finder.shapes else None
                if window is not None:
                    self.whole_operation(records[index : index + window.size], window.operation)
                    index += window.size
                    continue
                self.gate(record)
            elif record.kind == "epr":
                self.pair(record)
            elif record.kind == "measure":
                self.measure(record)
            else:
                self.reset(record)
            index += 1
        self.at = records[-1].position + 1 if records else 0

    # ---- small helpers ----------------------------------------------------------------------------------------

    def fail(self, reason: str) -> NoReturn:
        raise UnreadableError(f"instruction {self.at}: {reason}")

    def name(self, ion: int) -> str:
        return self.registers.ion_name(ion)

    def one_qpu(self, ions: Sequence[int], what: str) -> None:
        if len({self.registers.qpu[i] for i in ions}) > 1:
            self.fail(f"{what} joins {' and '.join(self.name(i) for i in ions)}, ions of different QPUs")

    def source_condition(self, condition: Condition | None) -> Condition | None:
        """A condition on the source's bits; anything else is refused."""
        if condition is None:
            return None
        source = [self.registers.source_bit[b] for b in condition.clbits]
        if any(b < 0 for b in source):
            self.fail("a condition on protocol outcomes guards something that is no correction")
        return Condition(tuple(source), condition.value, condition.negate)

    def next_birth(self, ion: int) -> int:
        waiting = self.births.get(ion)
        return waiting[0] if waiting else -1

    def is_due(self, ion: int) -> bool:
        """True if the layout says that the next line of ``ion`` has been born by now, though no gate has told so."""
        line = self.next_birth(ion)
        return line >= 0 and self.layout.entry is not None and self.layout.entry[line] <= self.at

    def lines_ahead(self, record: Record) -> tuple[int, ...] | None:
        """Lines on which a gate acts, without side effects; None if an ion holds none."""
        lines = []
        for ion in record.qubits:
            line = self.line[ion] if self.state[ion] is State.MEMBER else -1
            if self.state[ion] is State.ZERO:
                line = self.next_birth(ion)
            if line < 0:
                return None
            lines.append(line)
        return tuple(lines)

    def member(self, ion: int, what: str) -> int:
        """The line of which ``ion`` holds a member, ready to take part; a line whose time has come is born."""
        if self.state[ion] is State.ZERO and self.next_birth(ion) >= 0:
            self.bear(ion)
        if self.state[ion] is not State.MEMBER:
            self.fail(f"{what} acts on {self.name(ion)}, which holds {self.state[ion].value} and no qubit")
        if self.waiting[ion] >= 0:
            self.fail(f"{what} acts on {self.name(ion)}, whose X correction has not fired")
        line = self.line[ion]
        fault = self.turns.fault(ion, line)
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

    def bear(self, ion: int) -> None:
        line = self.births[ion].pop(0)
        entry = self.layout.entry[line] if self.layout.entry is not None else None
        since = self.zero_since[ion]
        if entry is not None and not since <= entry <= self.at and self.entry_fault is None:
            where = f"between instructions {since} and {self.at}, not at {entry}"
            self.entry_fault = f"wrong layout: qubit {line} is born at {self.name(ion)} {where}"
        self.born[line] = True
        self.join(ion, line)

    def join(self, ion: int, line: int) -> None:
        self.state[ion], self.line[ion] = State.MEMBER, line
        self.members[line] += 1

    def clear(self, ion: int) -> None:
        self.state[ion], self.line[ion], self.partner[ion] = State.ZERO, -1, -1
        self.turns.lag.pop(ion, None)
        self.zero_since[ion] = self.at + 1

    def write(self, operation: Operation | Foreign) -> None:
        self.out.append(operation)
        kind = operation.kind if isinstance(operation, Operation) else Kind.LOCAL
        for line in operation.qubits:
            self.last_kind[line] = kind
            self.epoch[line] += not (isinstance(operation, Operation) and _keeps_z(operation))

    # ---- protocols --------------------------------------------------------------------------------------------

    def pair(self, record: Record) -> None:
        a, b = record.qubits
        if record.condition is not None:
            self.fail("a Bell pair is made under a condition")
        for ion in (a, b):
            if not self.registers.memory[ion]:
                self.fail(f"a Bell pair is heralded on {self.name(ion)}, which is no memory ion")
            if self.state[ion] is not State.ZERO:
                self.fail(f"a Bell pair is heralded on {self.name(ion)}, which holds {self.state[ion].value}")
        qpus = self.registers.qpu[a], self.registers.qpu[b]
        if not self.network.linked(*qpus):
            self.fail(f"a Bell pair joins {self.name(a)} and {self.name(b)}, and no link joins their QPUs")
        self.state[a] = self.state[b] = State.HALF
        self.partner[a], self.partner[b] = b, a

    def send(self, root: int, half: int) -> None:
        """CX from a member to half of a pair."""
        line = self.member(root, "the cat-entangler")
        if self.state[self.partner[half]] is not State.HALF:
            self.fail(f"both halves of the pair of {self.name(half)} take up a qubit")
        self.state[half], self.line[half] = State.SENT, line
        self.in_flight[line] += 1

    def measure(self, record: Record) -> None:
        (ion,), bit = record.qubits, record.clbit
        if self.state[ion] in (State.SENT, State.TURNED):
            self.measure_outcome(ion, record)
            return
        if bit in self.registers.outcome_bits:
            self.fail(f"{self.name(ion)} holds {self.state[ion].value}; its measurement is no protocol's outcome")
        line = self.alone(ion, "a measurement")
        condition = self.source_condition(record.condition)
        clbit = self.registers.source_bit[bit]
        self.write(Operation(Kind.MEASURE, (line,), clbit=clbit, condition=condition))
        self.measures_left[line] -= 1

    def measure_outcome(self, ion: int, record: Record) -> None:
        bit = record.clbit
        if record.condition is not None:
            self.fail(f"the outcome of {self.name(ion)} is measured under a condition")
        if bit not in self.registers.outcome_bits:
            self.fail(f"the outcome of {self.name(ion)} overwrites bit {bit} of the original circuit")
        if self.token_of_bit.get(bit) in self.open_tokens:
            self.fail(f"outcome bit {bit} is overwritten before its correction has fired")
        token = self.tokens
        self.tokens += 1
        self.token_of_bit[bit] = token
        self.open_tokens.add(token)
        line = self.line[ion]
        if line in self.turns.turned:
            self.fail(f"a copy of qubit {line} is opened or closed while it is turned")
        self.in_flight[line] -= 1
        if self.state[ion] is State.SENT:
            copy = self.partner[ion]
            self.join(copy, line)
            self.partner[copy] = -1
            self.waiting[copy] = token
        else:
            self.pending[line].add(token)
        self.state[ion], self.line[ion], self.partner[ion] = State.SPENT, -1, -1

    def correct(self, record: Record, gate: GateInfo, bit: int) -> None:
        """A gate that happens if protocol outcome ``bit`` is 1."""
        (ion,) = record.qubits
        token = self.token_of_bit.get(bit, -1)
        if token not in self.open_tokens:
            self.fail(f"a correction on {self.name(ion)} reads outcome bit {bit}, which holds no open outcome")
        if self.state[ion] is not State.MEMBER:
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

    def reset(self, record: Record) -> None:
        (ion,) = record.qubits
        state = self.state[ion]
        if record.condition is None and (state is State.SPENT or (state is State.ZERO and not self.is_due(ion))):
            self.clear(ion)
            return
        if state not in (State.ZERO, State.MEMBER):
            self.fail(f"{self.name(ion)} is reset while it holds {state.value}")
        line = self.alone(ion, "a reset")
        dies = self.layout.final[line] is None and self.measures_left[line] == 0
        if record.condition is None and dies and self.last_kind[line] is Kind.MEASURE:
            self.members[line] = 0
            self.clear(ion)
            return
        self.write(Operation(Kind.RESET, (line,), condition=self.source_condition(record.condition)))
        self.zero_since[ion] = self.at + 1

    # ---- gates ------------------------------------------------------------------------------------------------

    def gate(self, record: Record) -> None:
        gate = record.gate
        assert gate is not None
        ions = record.qubits
        self.one_qpu(ions, f"a {gate.name!r}")
        condition = record.condition
        if condition is not None and self.registers.outcome_bits.issuperset(condition.clbits):
            wanted = condition.value ^ condition.negate
            if len(condition.clbits) != 1 or len(ions) != 1 or wanted != 1:
                self.fail(f"a {gate.name!r} under protocol outcomes is no correction")
            self.correct(record, gate, condition.clbits[0])
        elif condition is None and gate.fixed == "h" and self.at in self.closings and self.has_copies(ions[0]):
            line = self.member(ions[0], "the cat-disentangler")
            self.state[ions[0]] = State.TURNED
            self.members[line] -= 1
            self.in_flight[line] += 1
        elif condition is None and self.transversal(ions, gate):
            pass
        elif condition is None and gate.fixed == "swap":
            self.swap(*ions)
        elif not (condition is None and gate.fixed == "cx" and self.protocol_cx(*ions)):
            self.user_gate(ions, gate, self.source_condition(condition))

    def has_copies(self, ion: int) -> bool:
        return self.state[ion] is State.MEMBER and self.members[self.line[ion]] > 1

    def swap(self, a: int, b: int) -> None:
        """Exchange what two ions hold."""
        for ion in (a, b):
            if self.state[ion] is State.SPENT:
                self.fail(f"{self.name(ion)} is used again without a reset after its measurement")
        self.state[a], self.state[b] = self.state[b], self.state[a]
        for values in (self.line, self.partner, self.waiting):
            values[a], values[b] = values[b], values[a]
        for ion in (a, b):
            if self.state[ion] in (State.HALF, State.SENT) and self.partner[ion] >= 0:
                self.fail("half of a Bell pair is moved")
            fault = self.turns.fault(ion, self.line[ion])
            if fault is not None:
                self.fail(f"a swap moves {self.name(ion)}, {fault}")
            if self.state[ion] is State.ZERO:
                self.zero_since[ion] = self.at + 1

    def protocol_cx(self, control: int, target: int) -> bool:
        """CX of a cat-entangler, or one that copies a member inside its QPU, or undoes that. False: an ordinary CX."""
        if self.state[target] is State.HALF:
            self.send(control, target)
            return True
        members = self.state[control] is State.MEMBER, self.state[target] is State.MEMBER
        empty = self.state[target] is State.ZERO and self.next_birth(target) < 0
        if members[0] and empty:
            self.join(target, self.member(control, "a copy"))
            return True
        if all(members) and self.line[control] == self.line[target]:
            line = self.member(control, "a copy")
            self.member(target, "a copy")
            self.members[line] -= 1
            self.clear(target)
            return True
        return members[1] and self.state[control] is State.ZERO and self.next_birth(control) < 0

    # ---- qubits with copies that are turned -------------------------------------------------------------------

    def transversal(self, ions: Sequence[int], gate: GateInfo) -> bool:
        """A gate by which a qubit with copies is turned, or its copies follow; False if it is neither."""
        if gate.arity == 1:
            return self.turn(ions[0], gate)
        if gate.arity != 2 or self.line[ions[0]] == self.line[ions[1]]:
            return False
        if gate.fixed == "cx" and self.follows(ions[1]):
            control = self.member(ions[0], "a controlled X")
            self.turns.change(ions[1], (control, self.epoch[control]))
            return True
        for k, home in enumerate(ions):
            turn = self.turns.turned.get(self.line[home])
            if gate.diagonal and turn is not None and turn.home == home:
                self.turned_rotation(ions, k, gate)
                return True
        return False

    def follows(self, ion: int) -> bool:
        return self.state[ion] is State.MEMBER and self.turns.follows(ion, self.line[ion])

    def turn(self, ion: int, gate: GateInfo) -> bool:
        """A one-qubit gate on a member of a copy set, if it is one that the other members can follow."""
        if not self.has_copies(ion):
            return False
        line = self.line[ion]
        if self.follows(ion):
            if gate.fixed != "x":
                self.fail(f"a {gate.name!r} acts on {self.name(ion)}, which has to follow the gates on qubit {line}")
            self.turns.change(ion, FLIP)
            return True
        copies: tuple[int, ...] = ()
        if line not in self.turns.turned:
            across = abs(abs(gate.matrix[0, 0]) - abs(gate.matrix[1, 0])) < TOLERANCE
            if not across and gate.fixed != "x":
                return False
            copies = tuple([i for i, other in enumerate(self.line) if other == line and i != ion])
            if self.pending[line] or self.in_flight[line] or any(self.waiting[i] >= 0 for i in (ion, *copies)):
                self.fail(f"a {gate.name!r} acts on qubit {line}, which has copies, before its corrections have fired")
            for copy in copies:
                self.member(copy, f"a {gate.name!r} on another copy")
        self.write(Operation(Kind.LOCAL, (line,), factors=(gate.matrix,)))
        self.turns.gate(line, ion, copies, gate.matrix)
        return True

    def turned_rotation(self, ions: Sequence[int], home: int, gate: GateInfo) -> None:
        """A diagonal gate of a turned qubit's home and another qubit: a controlled X that the copies are to follow."""
        line, control = self.line[ions[home]], self.member(ions[1 - home], f"a {gate.name!r}")
        angle, *phases = two_qubit_phases(gate.matrix)
        if not self.turns.rotate(line, angle, phases[home], (control, self.epoch[control])):
            self.fail(f"a {gate.name!r} acts on qubit {line} at {self.name(ions[home])} while it has other copies")
        lines = (line, control) if home == 0 else (control, line)
        self.write(Operation(Kind.ROTATION, lines, angle=angle))
        self.phase(line, phases[home], None)
        self.phase(control, phases[1 - home], None)

    def user_gate(self, ions: Sequence[int], gate: GateInfo, condition: Condition | None) -> None:
        what = f"a {gate.name!r}"
        lines = []
        for ion, diagonal in zip(ions, gate.diagonal_on, strict=True):
            lines.append(self.member(ion, what) if diagonal else self.alone(ion, what))
        if len(set(lines)) < len(lines):
            self.fail(f"{what} acts on two members of one qubit")
        if gate.arity == 1:
            self.one_qubit(lines[0], gate, condition)
        elif gate.arity == 2 and gate.diagonal:
            zz, first, second = two_qubit_phases(gate.matrix)
            self.write(Operation(Kind.ROTATION, tuple(lines), angle=zz, condition=condition))
            for line, phase in zip(lines, (first, second), strict=True):
                self.phase(line, phase, condition)
        else:
            self.write(Foreign(gate.name, tuple(lines), gate.matrix, condition))

    def one_qubit(self, line: int, gate: GateInfo, condition: Condition | None) -> None:
        if gate.diagonal and condition is not None:
            self.phase(line, cmath.phase(gate.matrix[1, 1] / gate.matrix[0, 0]), condition)
        else:
            self.write(Operation(Kind.LOCAL, (line,), factors=(gate.matrix,), condition=condition))

    def phase(self, line: int, angle: float, condition: Condition | None) -> None:
        if condition is not None:
            self.write(Operation(Kind.ROTATION, (line,), angle=angle, condition=condition))
        elif abs(angle) > 1e-15:
            self.write(Operation(Kind.LOCAL, (line,), factors=(np.diag([1.0, cmath.exp(1j * angle)]),)))

    def whole_operation(self, records: Sequence[Record], operation: Operation) -> None:
        """An operation on three or more qubits, diagonal as a whole."""
        ions = sorted({ion for record in records for ion in record.qubits})
        self.one_qpu(ions, "an operation")
        if len({self.member(ion, "an operation") for ion in ions}) < len(ions):
            self.fail("an operation acts on two members of one qubit")
        condition = self.source_condition(operation.condition)
        kind, qubits, pattern = operation.kind, operation.qubits, operation.pattern
        self.write(Operation(kind, qubits, angle=operation.angle, pattern=pattern, condition=condition))

    # ---- the end ----------------------------------------------------------------------------------------------

    def finish(self) -> None:
        for ion, waiting in self.births.items():
            while waiting:
                if self.state[ion] is not State.ZERO:
                    raise UnreadableError(f"qubit {waiting[0]} is never born: {self.name(ion)} is occupied at the end")
                self.bear(ion)
        for line, born in enumerate(self.born):
            if not born:
                raise UnreadableError(f"qubit {line} is never born")
        for ion, state in enumerate(self.state):
            fault = self.turns.fault(ion, self.line[ion])
            if fault is not None:
                raise UnreadableError(f"the circuit ends at {self.name(ion)}, {fault}")
            if state not in (State.ZERO, State.MEMBER):
                raise UnreadableError(f"{self.name(ion)} holds {state.value} at the end")
            if self.waiting[ion] >= 0:
                raise UnreadableError(f"the X correction of {self.name(ion)} never fires")
        for line, final in enumerate(self.layout.final):
            self.finish_line(line, final)

    def finish_line(self, line: int, final: int | None) -> None:
        if self.pending[line]:
            raise UnreadableError(f"a Z correction of qubit {line} never fires")
        ions = [ion for ion, other in enumerate(self.line) if other == line]
        if len(ions) > 1:
            raise UnreadableError(f"qubit {line} still has copies at the end: {', '.join(map(self.name, ions))}")
        if final is None:
            if self.last_kind[line] is not Kind.MEASURE:
                raise UnreadableError(f"the layout gives up qubit {line}, whose last operation is no measurement")
            if ions:
                raise UnreadableError(f"the layout gives up qubit {line}, but {self.name(ions[0])} is never reset")
        elif ions != [final]:
            held = self.name(ions[0]) if ions else "no ion"
            raise UnreadableError(f"qubit {line} ends at {held}, not at {self.name(final)} as the layout says")


def _keeps_z(operation: Operation) -> bool:
    """True if the operation is diagonal, on one qubit too."""
    if operation.kind is not Kind.LOCAL:
        return operation.diagonal
    return all(isinstance(f, np.ndarray) and abs(f[0, 1]) < TOLERANCE for f in operation.factors)


def _before_measurements(records: Sequence[Record]) -> set[int]:
    """Positions of the one-qubit gates whose ion is measured next."""
    found: set[int] = set()
    measured: set[int] = set()
    for record in reversed(records):
        if record.kind == "measure":
            measured.add(record.qubits[0])
            continue
        if record.kind == "gate" and len(record.qubits) == 1 and record.qubits[0] in measured:
            found.add(record.position)
        measured.difference_update(record.qubits)
    return found
