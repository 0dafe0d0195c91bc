"""Qiskit circuits with loops, switches, classical variables and measured branches, as circuits with plain ``if``.

In: a circuit. Out: one that does the same, in which a condition only tests bits, and tests bits that have not been
overwritten since. Loops are unrolled; what the circuit stores in classical variables is computed once for every
combination of the measured bits on which it depends. Circuits that are plain already come back as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import (
    BoxOp,
    BreakLoopOp,
    ContinueLoopOp,
    ControlFlowOp,
    ForLoopOp,
    IfElseOp,
    Measure,
    Parameter,
    Store,
    SwitchCaseOp,
    WhileLoopOp,
)
from qiskit.circuit.classical import expr
from qiskit.circuit.controlflow import CASE_DEFAULT

from distq.errors import CircuitError
from distq.frontend.conditions import ALL_CASES, NO_CASES, Cases, join, meet, opposite
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS, Control, LoopEnd, cut_off
from distq.frontend.outcomes.hosts import CannotShareError, assign_hosts
from distq.frontend.outcomes.qiskit_values import Cells
from distq.frontend.outcomes.recorder import Recorder
from distq.frontend.outcomes.writer import further_register, write_steps
from distq.frontend.places import NOTES

MAX_ROUNDS = 100_000
"""Loops of more rounds are refused."""


def straightened(circuit: QuantumCircuit, max_rounds: int = UNCERTAIN_ROUNDS) -> QuantumCircuit:
    """The circuit with ``if`` on classical bits as its only control flow.

    Bits that are needed beside those of the circuit are in a register of their own, the last one. A loop whose end
    depends on measured bits is unrolled for ``max_rounds`` rounds, and a note of the circuit says so.

    Raises
    ------
    CircuitError
        It has a loop that never ends, or values that are not known.
    """
    if not circuit.num_identifiers and not _needs_it(circuit, inside=False):
        return circuit
    separate: frozenset[int] = frozenset()
    while True:
        try:
            return _Walker(circuit, Recorder(separate), max_rounds).run()
        except CannotShareError as error:
            separate |= {error.number}


def _needs_it(circuit: QuantumCircuit, inside: bool) -> bool:
    """True for loops, switches, stores, and measurements inside an ``if``."""
    for item in circuit.data:
        operation = item.operation
        if isinstance(operation, Store) or (isinstance(operation, ControlFlowOp) and not _is_plain(operation)):
            return True
        if inside and isinstance(operation, Measure):
            return True
        if isinstance(operation, ControlFlowOp) and any(
            _needs_it(block, inside or isinstance(operation, IfElseOp)) for block in operation.blocks if block
        ):
            return True
    return False


def _is_plain(operation: ControlFlowOp) -> bool:
    return isinstance(operation, IfElseOp | BoxOp)


def _empty_copy(source: QuantumCircuit, extra: int) -> QuantumCircuit:
    """A circuit of the same bits, and of ``extra`` further classical ones."""
    out = QuantumCircuit(name=source.name, global_phase=source.global_phase)
    out.add_bits(source.qubits)
    out.add_bits(source.clbits)
    for register in (*source.qregs, *source.cregs):
        out.add_register(register)
    if extra:
        out.add_register(ClassicalRegister(extra, further_register({r.name for r in source.cregs})))
    return out


class _Place(NamedTuple):
    """What an instruction acts on: qubits and bits of the whole; ``clbits`` are all bits that its body can name."""

    qubits: tuple[int, ...]
    bits: list[Any]
    clbits: dict[Any, Any]


class _Walker(Control):
    """Walks a circuit and records what happens; ``cells`` has the values of its bits and variables."""

    def __init__(self, circuit: QuantumCircuit, recorder: Recorder, max_rounds: int) -> None:
        self.recorder, self.frames, self.max_rounds = recorder, [], max_rounds
        self.notes: dict[str, None] = {}
        self.source = circuit
        self.cells = Cells(circuit.clbits, recorder)

    def run(self) -> QuantumCircuit:
        """The straightened circuit."""
        source = self.source
        for var in source.iter_input_vars():
            raise CircuitError(f"the input variable {var.name!r} has no value", "replace it by a constant")
        with self.frame(loop=False):
            self.body(source, range(source.num_qubits), dict(zip(source.clbits, source.clbits, strict=True)))
        finals, computed = self.cells.finals()
        hosts = assign_hosts(self.recorder, finals, self.cells.preferred)
        out = _empty_copy(source, hosts.extra)
        write_steps(out, self.recorder, hosts.bit_of)
        notes = [*self.notes]
        notes += [
            f"classical bit {i} is computed from measured bits and not itself measured: it stays 0" for i in computed
        ]
        out.metadata = dict(source.metadata or {})
        if notes:
            out.metadata[NOTES] = [*out.metadata.get(NOTES, ()), *notes]
        return out

    def body(self, circuit: QuantumCircuit, qubits: Sequence[int], clbits: dict[Any, Any]) -> None:
        """Walk a body, whose qubits are ``qubits`` of the whole; ``clbits`` are its bits in the whole."""
        place = dict(zip(circuit.qubits, qubits, strict=True))
        for position, item in enumerate(circuit.data):
            with self.reached() as possible:
                if not possible:
                    return
                on = tuple([place[q] for q in item.qubits])
                try:
                    self.operation(item.operation, _Place(on, [clbits[c] for c in item.clbits], clbits))
                except CircuitError as error:
                    if getattr(error, "located", False):
                        raise
                    located = CircuitError(f"instruction {position} ({item.name!r}): {error.message}", error.hint)
                    located.located = True  # type: ignore[attr-defined]
                    raise located from error

    def operation(self, operation: Any, at: _Place) -> None:
        """One instruction."""
        match operation:
            case Measure():
                self.cells.write(at.bits[0], self.recorder.measure(operation, at.qubits[0]))
            case Store():
                self.cells.store(operation.lvalue, operation.rvalue, at.clbits)
            case IfElseOp():
                cases = self.cells.cases(operation.condition, at.clbits)
                for branch, block in zip((cases, opposite(cases)), operation.blocks, strict=False):
                    self.block(block, branch, at)
            case SwitchCaseOp():
                self._switch(operation, at)
            case ForLoopOp():
                self._for(operation, at)
            case WhileLoopOp():
                self._while(operation, at)
            case BreakLoopOp() | ContinueLoopOp():
                self.leave("break" if isinstance(operation, BreakLoopOp) else "continue")
            case BoxOp():
                self.block(operation.body, ALL_CASES, at)
            case _ if at.bits and getattr(operation, "definition", None) is not None:
                self.block(operation.definition, ALL_CASES, at)
            case _:
                self.recorder.apply(operation, at.qubits)

    def block(self, block: QuantumCircuit | None, cases: Cases, at: _Place) -> None:
        """A body on the runs of ``cases``."""
        if block is None:
            return
        with self.recorder.under(cases) as possible:
            if possible:
                self.body(block, at.qubits, {**at.clbits, **dict(zip(block.clbits, at.bits, strict=True))})

    def _switch(self, operation: SwitchCaseOp, at: _Place) -> None:
        left = ALL_CASES
        for labels, block in operation.cases_specifier():
            cases = NO_CASES
            for label in labels:
                default = label is CASE_DEFAULT
                found = ALL_CASES if default else self.cells.equal(operation.target, int(label), at.clbits)
                cases = join(cases, found)
            self.block(block, meet(left, cases), at)
            left = meet(left, opposite(cases))

    def _for(self, operation: ForLoopOp, at: _Place) -> None:
        values, parameter, block = operation.params
        if not hasattr(values, "__len__") or len(values) > MAX_ROUNDS:
            raise CircuitError(f"a loop of more than {MAX_ROUNDS:,} rounds or over values that are not known")

        def round_of(value: Any) -> Callable[[], None]:
            def run() -> None:
                inner = block
                if isinstance(parameter, Parameter) and parameter in block.parameters:
                    inner = block.assign_parameters({parameter: value})
                elif isinstance(parameter, expr.Var):
                    self.cells.variables[parameter] = int(value)
                self.block(inner, ALL_CASES, at)

            return run

        self.rounds(round_of(value) for value in values)

    def _while(self, operation: WhileLoopOp, at: _Place) -> None:
        def condition() -> Cases:
            return self.cells.cases(operation.condition, at.clbits)

        def run() -> None:
            self.block(operation.blocks[0], ALL_CASES, at)

        end = self.while_true(condition, run, MAX_ROUNDS)
        if end is LoopEnd.NEVER:
            raise CircuitError(f"the loop does not end within {MAX_ROUNDS:,} rounds")
        if end is LoopEnd.CUT_OFF:
            self.notes.setdefault(cut_off("a while loop", self.max_rounds))
