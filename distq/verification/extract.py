"""From an emitted circuit back to the circuit on qubits: abstract interpretation of its protocols.

Every ion is in one of a few abstract states (:mod:`distq.verification.ion_states`): |0>, half of a Bell pair, member of
a copy set, ... The walk follows the protocols through these states, refuses whatever they do not allow, and writes down
what happens to the qubits (:mod:`distq.verification.recovered_circuit`). It knows nothing of plans, events or
strategies. Copies only take part diagonally; a member that still waits for its X correction takes part in nothing, a
qubit that still waits for a Z correction in nothing but diagonal gates.

Where a qubit goes through controlled-X gates with its copies (:mod:`distq.verification.embedded_gates`), these have to
follow before they take part in anything again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network
from distq.verification.embedded_gates import FLIP
from distq.verification.instructions import TOLERANCE, GateInfo, Instruction, two_qubit_phases
from distq.verification.ion_registers import Registers
from distq.verification.ion_states import IonState, IonTracker, Layout
from distq.verification.recovered_circuit import ForeignGate, RecoveredCircuit
from distq.verification.wide_gates import WideGateFinder


@dataclass(frozen=True)
class Extracted:
    """The circuit on qubits. ``entry_fault``: where the layout's ``entry`` is wrong, None if it is right or absent."""

    operations: tuple[Operation | ForeignGate, ...]
    entry_fault: str | None


def extract(
    records: Sequence[Instruction], registers: Registers, layout: Layout, program: Program, network: Network
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
    walk.ions.finish(walk.transcript.last_kind)
    return Extracted(tuple(walk.transcript.operations), walk.ions.entry_fault)


class _Walk:
    def __init__(self, registers: Registers, layout: Layout, program: Program, network: Network) -> None:
        self.registers, self.layout = registers, layout
        self.ions = IonTracker(registers, layout, network)
        self.transcript = RecoveredCircuit(program.num_qubits)
        self.finder = WideGateFinder(program.operations)
        self.measures_left = [0] * program.num_qubits
        for op in program.operations:
            if op.kind is Kind.MEASURE:
                self.measures_left[op.qubits[0]] += 1
        self.closings: set[int] = set()
        """Positions of the one-qubit gates right after which, on their ion, comes a measurement."""

    def run(self, records: Sequence[Instruction]) -> None:
        self.closings = _before_measurements(records)
        index = 0
        while index < len(records):
            record = records[index]
            self.ions.at = record.position
            if record.kind == "gate":
                window = self.finder.match(records, index, self.ions.lines_ahead) if self.finder.shapes else None
                if window is not None:
                    self.whole_operation(records[index : index + window.size], window.operation)
                    index += window.size
                    continue
                self.gate(record)
            elif record.kind == "epr":
                if record.condition is not None:
                    self.ions.fail("a Bell pair is made under a condition")
                self.ions.pair(*record.qubits)
            elif record.kind == "measure":
                self.measure(record)
            else:
                self.reset(record)
            index += 1
        self.ions.at = records[-1].position + 1 if records else 0

    def source_condition(self, condition: Condition | None) -> Condition | None:
        """A condition on the source's bits; anything else is refused."""
        if condition is None:
            return None
        source = [self.registers.source_bit[b] for b in condition.clbits]
        if any(b < 0 for b in source):
            self.ions.fail("a condition on protocol outcomes guards something that is no correction")
        return Condition(tuple(source), condition.value, condition.negate)

    # ---- measurements and resets ------------------------------------------------------------------------------

    def measure(self, record: Instruction) -> None:
        (ion,), bit = record.qubits, record.clbit
        name, state = self.ions.name(ion), self.ions.state[ion]
        if state in (IonState.SENT, IonState.TURNED):
            if record.condition is not None:
                self.ions.fail(f"the outcome of {name} is measured under a condition")
            if bit not in self.registers.outcome_bits:
                self.ions.fail(f"the outcome of {name} overwrites bit {bit} of the original circuit")
            self.ions.outcome(ion, bit)
            return
        if bit in self.registers.outcome_bits:
            self.ions.fail(f"{name} holds {state.value}; its measurement is no protocol's outcome")
        line = self.ions.alone(ion, "a measurement")
        condition = self.source_condition(record.condition)
        clbit = self.registers.source_bit[bit]
        self.transcript.write(Operation(Kind.MEASURE, (line,), clbit=clbit, condition=condition))
        self.measures_left[line] -= 1

    def reset(self, record: Instruction) -> None:
        (ion,) = record.qubits
        state = self.ions.state[ion]
        if record.condition is None and (
            state is IonState.SPENT or (state is IonState.ZERO and not self.ions.is_due(ion))
        ):
            self.ions.clear(ion)
            return
        if state not in (IonState.ZERO, IonState.MEMBER):
            self.ions.fail(f"{self.ions.name(ion)} is reset while it holds {state.value}")
        line = self.ions.alone(ion, "a reset")
        dies = self.layout.final[line] is None and self.measures_left[line] == 0
        if record.condition is None and dies and self.transcript.last_kind[line] is Kind.MEASURE:
            self.ions.members[line] = 0
            self.ions.clear(ion)
            return
        self.transcript.write(Operation(Kind.RESET, (line,), condition=self.source_condition(record.condition)))
        self.ions.zero_since[ion] = self.ions.at + 1

    # ---- gates ------------------------------------------------------------------------------------------------

    def gate(self, record: Instruction) -> None:
        gate = record.gate
        assert gate is not None
        ions, at = record.qubits, record.position
        self.ions.one_qpu(ions, f"a {gate.name!r}")
        condition = record.condition
        if condition is not None and self.registers.outcome_bits.issuperset(condition.clbits):
            wanted = condition.value ^ condition.negate
            if len(condition.clbits) != 1 or len(ions) != 1 or wanted != 1:
                self.ions.fail(f"a {gate.name!r} under protocol outcomes is no correction")
            self.ions.correct(ions[0], gate, condition.clbits[0])
        elif condition is None and gate.fixed == "h" and at in self.closings and self.ions.has_copies(ions[0]):
            self.ions.disentangle(ions[0])
        elif condition is None and self.transversal(ions, gate):
            pass
        elif condition is None and gate.fixed == "swap":
            self.ions.swap(*ions)
        elif not (condition is None and gate.fixed == "cx" and self.ions.copy(*ions)):
            self.user_gate(ions, gate, self.source_condition(condition))

    # ---- qubits with copies that are turned -------------------------------------------------------------------

    def transversal(self, ions: Sequence[int], gate: GateInfo) -> bool:
        """A gate by which a qubit with copies is turned, or its copies follow; False if it is neither."""
        if gate.arity == 1:
            return self.turn(ions[0], gate)
        if gate.arity != 2 or self.ions.line[ions[0]] == self.ions.line[ions[1]]:
            return False
        if gate.fixed == "cx" and self.ions.follows(ions[1]):
            control = self.ions.member(ions[0], "a controlled X")
            self.ions.turns.change(ions[1], (control, self.transcript.epoch[control]))
            return True
        for k, home in enumerate(ions):
            turn = self.ions.turns.turned.get(self.ions.line[home])
            if gate.diagonal and turn is not None and turn.home == home:
                self.turned_rotation(ions, k, gate)
                return True
        return False

    def turn(self, ion: int, gate: GateInfo) -> bool:
        """A one-qubit gate on a member of a copy set, if it is one that the other members can follow."""
        if not self.ions.has_copies(ion):
            return False
        line, what = self.ions.line[ion], f"a {gate.name!r}"
        if self.ions.follows(ion):
            if gate.fixed != "x":
                self.ions.fail(f"{what} acts on {self.ions.name(ion)}, which has to follow the gates on qubit {line}")
            self.ions.turns.change(ion, FLIP)
            return True
        copies: tuple[int, ...] = ()
        if line not in self.ions.turns.turned:
            across = abs(abs(gate.matrix[0, 0]) - abs(gate.matrix[1, 0])) < TOLERANCE
            if not across and gate.fixed != "x":
                return False
            copies = self.ions.copies(ion, what)
        self.transcript.write(Operation(Kind.LOCAL, (line,), factors=(gate.matrix,)))
        self.ions.turns.gate(line, ion, copies, gate.matrix)
        return True

    def turned_rotation(self, ions: Sequence[int], home: int, gate: GateInfo) -> None:
        """A diagonal gate of a turned qubit's home and another qubit: a controlled X that the copies are to follow."""
        what, line = f"a {gate.name!r}", self.ions.line[ions[home]]
        control = self.ions.member(ions[1 - home], what)
        angle, *phases = two_qubit_phases(gate.matrix)
        if not self.ions.turns.rotate(line, angle, phases[home], (control, self.transcript.epoch[control])):
            self.ions.fail(f"{what} acts on qubit {line} at {self.ions.name(ions[home])} while it has other copies")
        lines = (line, control) if home == 0 else (control, line)
        self.transcript.write(Operation(Kind.ROTATION, lines, angle=angle))
        self.transcript.phase(line, phases[home], None)
        self.transcript.phase(control, phases[1 - home], None)

    def user_gate(self, ions: Sequence[int], gate: GateInfo, condition: Condition | None) -> None:
        what = f"a {gate.name!r}"
        lines = []
        for ion, diagonal in zip(ions, gate.diagonal_on, strict=True):
            lines.append(self.ions.member(ion, what) if diagonal else self.ions.alone(ion, what))
        if len(set(lines)) < len(lines):
            self.ions.fail(f"{what} acts on two members of one qubit")
        if gate.arity == 1:
            self.transcript.one_qubit(lines[0], gate, condition)
        elif gate.arity == 2 and gate.diagonal:
            zz, first, second = two_qubit_phases(gate.matrix)
            self.transcript.write(Operation(Kind.ROTATION, tuple(lines), angle=zz, condition=condition))
            for line, phase in zip(lines, (first, second), strict=True):
                self.transcript.phase(line, phase, condition)
        else:
            self.transcript.write(ForeignGate(gate.name, tuple(lines), gate.matrix, condition))

    def whole_operation(self, records: Sequence[Instruction], operation: Operation) -> None:
        """An operation on three or more qubits, diagonal as a whole."""
        ions = sorted({ion for record in records for ion in record.qubits})
        self.ions.one_qpu(ions, "an operation")
        if len({self.ions.member(ion, "an operation") for ion in ions}) < len(ions):
            self.ions.fail("an operation acts on two members of one qubit")
        condition = self.source_condition(operation.condition)
        kind, qubits, pattern = operation.kind, operation.qubits, operation.pattern
        self.transcript.write(Operation(kind, qubits, angle=operation.angle, pattern=pattern, condition=condition))


def _before_measurements(records: Sequence[Instruction]) -> set[int]:
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
