"""From an emitted circuit back to the circuit on qubits: abstract interpretation of its protocols.

Every ion is in one of a few abstract states (:mod:`distq.verification.ion_states`): |0>, half of a Bell pair, member of
a copy set, ... The walk follows the protocols through these states, refuses whatever they do not allow, and writes down
what happens to the qubits (:mod:`distq.verification.recovered_circuit`). It knows nothing of plans, events or
strategies. Copies only take part diagonally; a member that still waits for its X correction takes part in nothing, a
qubit that still waits for a Z correction in nothing but diagonal gates.

Where a qubit goes through controlled-X gates with its copies (:mod:`distq.verification.open_x_blocks`), these have to
follow before they take part in anything again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network
from distq.verification.circuit_end import check_end
from distq.verification.instructions import Instruction
from distq.verification.ion_registers import Registers
from distq.verification.ion_states import IonState, IonTracker
from distq.verification.layout import Layout
from distq.verification.open_x_blocks import FLIP
from distq.verification.recovered_circuit import ForeignGate, RecoveredCircuit
from distq.verification.unitaries import TOLERANCE, GateInfo, as_zz_and_phases
from distq.verification.wide_gates import WideGateFinder


@dataclass(frozen=True)
class Extracted:
    """What an emitted circuit does to the qubits.

    Attributes
    ----------
    operations
        The circuit on lines (qubits), in order.
    entry_fault
        Where the layout's ``entry`` is wrong; None if it is right or absent.
    """

    operations: tuple[Operation | ForeignGate, ...]
    entry_fault: str | None


def extract(
    instructions: Sequence[Instruction], registers: Registers, layout: Layout, program: Program, network: Network
) -> Extracted:
    """Follow the protocols of a compiled circuit.

    Parameters
    ----------
    instructions
        Its instructions.
    registers
        Which qubit is which ion, which classical bit is whose.
    layout
        On which ions lines begin and end.
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
    walk.run(instructions)
    check_end(walk.ions, walk.recovered.last_kind)
    return Extracted(tuple(walk.recovered.operations), walk.ions.entry_fault)


class _Walk:
    """One walk through the instructions of an emitted circuit.

    Attributes
    ----------
    ions
        What every ion holds now.
    recovered
        What has happened to the qubits.
    measures_left
        Per line: measurements that the program still has on it.
    before_measurement
        Positions of the one-qubit gates right after which, on their ion, comes a measurement.
    """

    def __init__(self, registers: Registers, layout: Layout, program: Program, network: Network) -> None:
        self.registers, self.layout = registers, layout
        self.ions = IonTracker(registers, layout, network)
        self.recovered = RecoveredCircuit(program.num_qubits)
        self.finder = WideGateFinder(program.operations)
        self.measures_left = [0] * program.num_qubits
        for op in program.operations:
            if op.kind is Kind.MEASURE:
                self.measures_left[op.qubits[0]] += 1
        self.before_measurement: set[int] = set()

    def run(self, instructions: Sequence[Instruction]) -> None:
        """Follow all instructions."""
        self.before_measurement = _before_measurements(instructions)
        index = 0
        while index < len(instructions):
            instruction = instructions[index]
            self.ions.at = instruction.position
            if instruction.kind == "gate":
                wide = self.finder.match(instructions, index, self.ions.lines_ahead) if self.finder.shapes else None
                if wide is not None:
                    self.whole_operation(instructions[index : index + wide.size], wide.operation)
                    index += wide.size
                    continue
                self.gate(instruction)
            elif instruction.kind == "epr":
                if instruction.condition is not None:
                    self.ions.fail("a Bell pair is made under a condition")
                self.ions.pair(*instruction.qubits)
            elif instruction.kind == "measure":
                self.measure(instruction)
            else:
                self.reset(instruction)
            index += 1
        self.ions.at = instructions[-1].position + 1 if instructions else 0

    def source_condition(self, condition: Condition | None) -> Condition | None:
        """A condition on the source's bits; anything else is refused."""
        if condition is None:
            return None
        source = [self.registers.source_bit[b] for b in condition.clbits]
        if any(b < 0 for b in source):
            self.ions.fail("a condition on protocol outcomes guards something that is no correction")
        return Condition(tuple(source), condition.value, condition.negate)

    # ---- measurements and resets ------------------------------------------------------------------------------

    def measure(self, instruction: Instruction) -> None:
        """A measurement: the outcome of a protocol, or one of the source's."""
        (ion,), bit = instruction.qubits, instruction.clbit
        name, state = self.ions.name(ion), self.ions.state[ion]
        if state in (IonState.SENT, IonState.X_BASIS):
            if instruction.condition is not None:
                self.ions.fail(f"the outcome of {name} is measured under a condition")
            if bit not in self.registers.outcome_bits:
                self.ions.fail(f"the outcome of {name} overwrites bit {bit} of the original circuit")
            self.ions.outcome(ion, bit)
            return
        if bit in self.registers.outcome_bits:
            self.ions.fail(f"{name} holds {state.value}; its measurement is no protocol's outcome")
        line = self.ions.alone(ion, "a measurement")
        condition = self.source_condition(instruction.condition)
        clbit = self.registers.source_bit[bit]
        self.recovered.write(Operation(Kind.MEASURE, (line,), clbit=clbit, condition=condition))
        self.measures_left[line] -= 1

    def reset(self, instruction: Instruction) -> None:
        """A reset: of a measured ion, of one whose line is given up, or one of the source's."""
        (ion,) = instruction.qubits
        state = self.ions.state[ion]
        if instruction.condition is None and (
            state is IonState.SPENT or (state is IonState.ZERO and not self.ions.is_due(ion))
        ):
            self.ions.clear(ion)
            return
        if state not in (IonState.ZERO, IonState.MEMBER):
            self.ions.fail(f"{self.ions.name(ion)} is reset while it holds {state.value}")
        line = self.ions.alone(ion, "a reset")
        dies = self.layout.final[line] is None and self.measures_left[line] == 0
        if instruction.condition is None and dies and self.recovered.last_kind[line] is Kind.MEASURE:
            self.ions.members[line] = 0
            self.ions.clear(ion)
            return
        self.recovered.write(Operation(Kind.RESET, (line,), condition=self.source_condition(instruction.condition)))
        self.ions.zero_since[ion] = self.ions.at + 1

    # ---- gates ------------------------------------------------------------------------------------------------

    def gate(self, instruction: Instruction) -> None:
        """A gate: a correction, a part of a protocol, or a gate of the source."""
        gate = instruction.gate
        assert gate is not None
        ions, at = instruction.qubits, instruction.position
        self.ions.require_one_qpu(ions, f"a {gate.name!r}")
        condition = instruction.condition
        if condition is not None and self.registers.outcome_bits.issuperset(condition.clbits):
            wanted = condition.value ^ condition.negate
            if len(condition.clbits) != 1 or len(ions) != 1 or wanted != 1:
                self.ions.fail(f"a {gate.name!r} under protocol outcomes is no correction")
            self.ions.correct(ions[0], gate, condition.clbits[0])
        elif (
            condition is None and gate.fixed == "h" and at in self.before_measurement and self.ions.has_copies(ions[0])
        ):
            self.ions.disentangle(ions[0])
        elif condition is None and self.in_x_block(ions, gate):
            pass
        elif condition is None and gate.fixed == "swap":
            self.ions.swap(*ions)
        elif not (condition is None and gate.fixed == "cx" and self.ions.copy(*ions)):
            self.source_gate(ions, gate, self.source_condition(condition))

    # ---- X-blocks ---------------------------------------------------------------------------------------------

    def in_x_block(self, ions: Sequence[int], gate: GateInfo) -> bool:
        """A gate of an X-block that copies follow, or one by which a copy follows; False if it is neither."""
        if gate.arity == 1:
            return self.one_qubit_in_x_block(ions[0], gate)
        if gate.arity != 2 or self.ions.line[ions[0]] == self.ions.line[ions[1]]:
            return False
        if gate.fixed == "cx" and self.ions.must_follow(ions[1]):
            control = self.ions.member(ions[0], "a controlled X")
            self.ions.x_blocks.toggle(ions[1], (control, self.recovered.epoch[control]))
            return True
        for k, home in enumerate(ions):
            block = self.ions.x_blocks.by_line.get(self.ions.line[home])
            if gate.diagonal and block is not None and block.home == home:
                self.rotation_in_x_block(ions, k, gate)
                return True
        return False

    def one_qubit_in_x_block(self, ion: int, gate: GateInfo) -> bool:
        """A one-qubit gate on a member of a copy set, if it is one that the other members can follow."""
        if not self.ions.has_copies(ion):
            return False
        line, what = self.ions.line[ion], f"a {gate.name!r}"
        if self.ions.must_follow(ion):
            if gate.fixed != "x":
                self.ions.fail(f"{what} acts on {self.ions.name(ion)}, which has to follow the gates on qubit {line}")
            self.ions.x_blocks.toggle(ion, FLIP)
            return True
        copies: tuple[int, ...] = ()
        if line not in self.ions.x_blocks.by_line:
            z_to_equator = abs(abs(gate.matrix[0, 0]) - abs(gate.matrix[1, 0])) < TOLERANCE
            if not z_to_equator and gate.fixed != "x":
                return False
            copies = self.ions.copies(ion, what)
        self.recovered.write(Operation(Kind.LOCAL, (line,), factors=(gate.matrix,)))
        self.ions.x_blocks.apply_gate(line, ion, copies, gate.matrix)
        return True

    def rotation_in_x_block(self, ions: Sequence[int], home: int, gate: GateInfo) -> None:
        """A diagonal gate between the home of a qubit inside an X-block, ``ions[home]``, and its control.

        It is a controlled X that the copies are to follow.
        """
        what, line = f"a {gate.name!r}", self.ions.line[ions[home]]
        control = self.ions.member(ions[1 - home], what)
        angle, phases = as_zz_and_phases(gate.matrix)
        if not self.ions.x_blocks.apply_rotation(line, angle, phases[home], (control, self.recovered.epoch[control])):
            self.ions.fail(f"{what} acts on qubit {line} at {self.ions.name(ions[home])} while it has other copies")
        lines = (line, control) if home == 0 else (control, line)
        self.recovered.write(Operation(Kind.ROTATION, lines, angle=angle))
        self.recovered.write_phase(line, phases[home], None)
        self.recovered.write_phase(control, phases[1 - home], None)

    def source_gate(self, ions: Sequence[int], gate: GateInfo, condition: Condition | None) -> None:
        """A gate of the source: on any member where it is diagonal, else on lines without copies."""
        what = f"a {gate.name!r}"
        lines = []
        for ion, diagonal in zip(ions, gate.diagonal_on, strict=True):
            lines.append(self.ions.member(ion, what) if diagonal else self.ions.alone(ion, what))
        if len(set(lines)) < len(lines):
            self.ions.fail(f"{what} acts on two members of one qubit")
        if gate.arity == 1:
            self.recovered.write_gate(lines[0], gate, condition)
        elif gate.arity == 2 and gate.diagonal:
            zz, phases = as_zz_and_phases(gate.matrix)
            self.recovered.write(Operation(Kind.ROTATION, tuple(lines), angle=zz, condition=condition))
            for line, phase in zip(lines, phases, strict=True):
                self.recovered.write_phase(line, phase, condition)
        else:
            self.recovered.write(ForeignGate(gate.name, tuple(lines), gate.matrix, condition))

    def whole_operation(self, instructions: Sequence[Instruction], operation: Operation) -> None:
        """An operation on three or more qubits, diagonal as a whole."""
        ions = sorted({ion for instruction in instructions for ion in instruction.qubits})
        self.ions.require_one_qpu(ions, "an operation")
        if len({self.ions.member(ion, "an operation") for ion in ions}) < len(ions):
            self.ions.fail("an operation acts on two members of one qubit")
        condition = self.source_condition(operation.condition)
        kind, qubits, pattern = operation.kind, operation.qubits, operation.pattern
        self.recovered.write(Operation(kind, qubits, angle=operation.angle, pattern=pattern, condition=condition))


def _before_measurements(instructions: Sequence[Instruction]) -> set[int]:
    """Positions of the one-qubit gates whose ion is measured next."""
    found: set[int] = set()
    measured: set[int] = set()
    for instruction in reversed(instructions):
        if instruction.kind == "measure":
            measured.add(instruction.qubits[0])
            continue
        if instruction.kind == "gate" and len(instruction.qubits) == 1 and instruction.qubits[0] in measured:
            found.add(instruction.position)
        measured.difference_update(instruction.qubits)
    return found
