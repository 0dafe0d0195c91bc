"""Statements: one function for each kind."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from openqasm3 import ast
from qiskit.circuit import Barrier, Delay, Measure, Parameter, Reset

from distq.frontend.conditions import ALL_CASES, NO_CASES, Cases, join, meet, opposite
from distq.frontend.openqasm3.assignments import Assigner
from distq.frontend.openqasm3.expressions import MAX_RANGE
from distq.frontend.openqasm3.scope import Subroutine, Unsupported, Variable
from distq.frontend.openqasm3.types import Duration, Type, Typed, truth_of
from distq.frontend.outcomes.control import LoopEnd, cut_off
from distq.frontend.outcomes.values import Uncertain, Value, choices_of, combine

_UNITS = {"ns": "ns", "us": "us", "ms": "ms", "s": "s", "dt": "dt"}


class Interpreter(Assigner):
    """Executes a program."""

    def execute(self, statement: Any) -> None:
        """Execute one statement on the present path."""
        rule = self._STATEMENTS.get(type(statement))
        if rule is None:
            raise self.error(statement, f"{type(statement).__name__} is not supported")
        with self.at(statement):
            rule(self, statement)

    # ---- declarations -----------------------------------------------------------------------------------------

    def _qubits_declared(self, node: ast.QubitDeclaration) -> None:
        size = None if node.size is None else self.integer(node.size, "the number of qubits")
        if size is not None and not 1 <= size <= MAX_RANGE:
            raise self.error(node, f"a register of {size} qubits", f"at most {MAX_RANGE:,} are taken")
        self.declare(node.qubit, self.new_qubits(node.qubit.name, size))

    def _classical_declared(self, node: ast.ClassicalDeclaration) -> None:
        kind = self.type_of(node.type)
        variable = self.new_variable(node.identifier.name, kind)
        if node.init_expression is not None:
            given = self.evaluate(node.init_expression)
            self.assign_whole(node.init_expression, variable, given, first=True)
        self.declare(node.identifier, variable)

    def _constant_declared(self, node: ast.ConstantDeclaration) -> None:
        kind = self.type_of(node.type)
        given = self.evaluate(node.init_expression)
        variable = Variable(kind)
        self.assign_whole(node.init_expression, variable, given, first=True)
        variable.constant = True
        self.declare(node.identifier, variable)

    def _parameter_declared(self, node: ast.IODeclaration) -> None:
        kind = self.type_of(node.type)
        if node.io_identifier.name == "output":
            self.declare(node.identifier, self.new_variable(node.identifier.name, kind))
            return
        if kind.kind not in ("float", "angle") or kind.shape:
            hint = f"replace it by a constant: const {kind} {node.identifier.name} = ...;"
            raise self.error(node, f"the input {node.identifier.name!r} of type {kind} has no value", hint)
        self.declare(node.identifier, Variable(kind, Parameter(node.identifier.name), constant=True))

    def _subroutine_declared(self, node: ast.SubroutineDefinition) -> None:
        self.declare(node.name, Subroutine(node, self.source, self.scope))

    def _extern_declared(self, node: ast.ExternDeclaration) -> None:
        hint = "replace what it computes by constants, or do it outside of the circuit"
        self.declare(node.name, Unsupported("an extern function, which no circuit can call", hint))

    def _alias_declared(self, node: ast.AliasStatement) -> None:
        self.scope.names[node.target.name] = self.alias(node)

    def _calibration(self, node: Any) -> None:
        what = "defcal" if isinstance(node, ast.CalibrationDefinition) else "cal"
        raise self.error(node, f"{what} describes pulses, which distq does not model", "describe the gate by a gate")

    # ---- control flow -----------------------------------------------------------------------------------------

    def _branch(self, node: ast.BranchingStatement) -> None:
        cases = truth_of(self.evaluate(node.condition))
        for branch, block in ((cases, node.if_block), (opposite(cases), node.else_block)):
            with self.recorder.under(branch) as possible:
                if possible:
                    self.block(block)

    def _switch(self, node: ast.SwitchStatement) -> None:
        target, left = self.evaluate(node.target), ALL_CASES
        for labels, body in node.cases:
            cases = NO_CASES
            for label in labels:
                equal = ast.BinaryExpression(ast.BinaryOperator["=="], node.target, label)
                equal.span = label.span
                cases = join(cases, truth_of(self.evaluate(equal)))
            with self.recorder.under(meet(left, cases)) as possible:
                if possible:
                    self.block(body.statements)
            left = meet(left, opposite(cases))
        if node.default is not None and target:
            with self.recorder.under(left) as possible:
                if possible:
                    self.block(node.default.statements)

    def _for(self, node: ast.ForInLoop) -> None:
        kind, values = self.type_of(node.type), self._loop_values(node.set_declaration)

        def body(value: Value) -> Callable[[], None]:
            def run() -> None:
                with self.new_scope():
                    variable = Variable(kind)
                    self.assign_whole(node, variable, value, first=True)
                    self.scope.names[node.identifier.name] = variable
                    self.block(node.block)

            return run

        self.rounds(body(value) for value in values)

    def _loop_values(self, node: Any) -> list[Typed]:
        """What the variable of a ``for`` is in its rounds."""
        if isinstance(node, ast.RangeDefinition):
            return [Typed(Type("int"), i) for i in self.range_of(node)]
        if isinstance(node, ast.DiscreteSet):
            return [self.evaluate(value) for value in node.values]
        given = self.evaluate(node)
        if not isinstance(given.value, tuple):
            raise self.error(node, f"a loop cannot run over a {given.type}")
        one = given.type._replace(shape=given.type.shape[1:]) if given.type.shape else Type("bit")
        return [Typed(one, item) for item in given.value]

    def _while(self, node: ast.WhileLoop) -> None:
        def condition() -> Cases:
            return truth_of(self.evaluate(node.while_condition))

        end = self.while_true(condition, lambda: self.block(node.block), MAX_RANGE)
        if end is LoopEnd.NEVER:
            raise self.error(node, f"the loop does not end within {MAX_RANGE:,} rounds")
        if end is LoopEnd.CUT_OFF:
            where = "a while loop" if node.span is None else f"the while loop in line {node.span.start_line}"
            self.notes.setdefault(cut_off(where, self.max_rounds))

    def _leave(self, node: Any, what: str) -> None:
        if not self.leave(what):
            raise self.error(node, f"{what} outside of a loop")

    def _end(self, node: ast.EndStatement) -> None:
        for frame in self.frames:
            frame.left = join(frame.left, self.path)

    # ---- what happens to qubits -------------------------------------------------------------------------------

    def _each_qubit(self, nodes: list[Any]) -> tuple[int, ...]:
        """All qubits that operands name."""
        found: dict[int, None] = {}
        for node in nodes:
            value, _ = self.qubits(node)
            if isinstance(value, Uncertain):
                raise self.error(node, "qubits that depend on measured bits are not supported here")
            found |= dict.fromkeys(value if isinstance(value, tuple) else (value,))
        return tuple(found) if nodes else tuple(range(self.num_qubits))

    def measured(self, node: ast.QuantumMeasurement) -> Typed:
        """Measure qubits; returns their outcomes."""
        value, register = self.qubits(node.qubit)
        if register:
            return Typed(Type("bit", len(value)), tuple([self.recorder.measure(Measure(), q) for q in value]))
        if not isinstance(value, Uncertain):
            return Typed(Type("bit"), self.recorder.measure(Measure(), value))
        found: Value = 0
        for qubit, cases in choices_of(value):
            with self.recorder.under(cases) as possible:
                if possible:
                    outcome = self.recorder.measure(Measure(), qubit)
                    found = combine(lambda a, b: a | b, [found, outcome])
        return Typed(Type("bit"), found)

    def _measure(self, node: ast.QuantumMeasurementStatement) -> None:
        given = self.measured(node.measure)
        if node.target is not None:
            self.assign_bits(node, node.target, given)

    def _reset(self, node: ast.QuantumReset) -> None:
        value, register = self.qubits(node.qubits)
        for choice, cases in choices_of(value):
            with self.recorder.under(cases) as possible:
                for qubit in (choice if register else (choice,)) if possible else ():
                    self.recorder.apply(Reset(), (qubit,))

    def _barrier(self, node: ast.QuantumBarrier) -> None:
        qubits = self._each_qubit(node.qubits)
        if qubits:
            self.recorder.apply(Barrier(len(qubits)), qubits)

    def _delay(self, node: ast.DelayInstruction) -> None:
        length = self.known(node.duration, "a delay")
        if not isinstance(length, Duration):
            raise self.error(node.duration, "a delay needs a time, such as 100ns")
        for qubit in self._each_qubit(node.qubits):
            if length.number is None:
                self.recorder.apply(Barrier(1), (qubit,))
                self.notes.setdefault("delays of unknown length (stretch, durationof) are barriers")
            elif length.number < 0:
                raise self.error(node, "a delay of negative length")
            else:
                number = int(length.number) if length.unit == "dt" else length.number
                self.recorder.apply(Delay(number, _UNITS[length.unit]), (qubit,))

    def _box(self, node: ast.Box) -> None:
        if node.duration is not None:
            self.known(node.duration, "the duration of a box")
            self.notes.setdefault("durations of boxes are not kept: times are those of the network")
        self.block(node.body)

    @abstractmethod
    def pragma(self, node: ast.Pragma) -> None:
        """A pragma."""

    @abstractmethod
    def include(self, node: ast.Include) -> None:
        """A file that is included."""

    _STATEMENTS: ClassVar[dict[type, Callable[..., None]]] = {
        ast.QubitDeclaration: _qubits_declared,
        ast.ClassicalDeclaration: _classical_declared,
        ast.ConstantDeclaration: _constant_declared,
        ast.IODeclaration: _parameter_declared,
        ast.SubroutineDefinition: _subroutine_declared,
        ast.ExternDeclaration: _extern_declared,
        ast.QuantumGateDefinition: lambda self, node: self.define_gate(node),
        ast.AliasStatement: _alias_declared,
        ast.CalibrationDefinition: _calibration,
        ast.CalibrationStatement: _calibration,
        ast.CalibrationGrammarDeclaration: lambda self, node: None,
        ast.Include: lambda self, node: self.include(node),
        ast.Pragma: lambda self, node: self.pragma(node),
        ast.BranchingStatement: _branch,
        ast.SwitchStatement: _switch,
        ast.ForInLoop: _for,
        ast.WhileLoop: _while,
        ast.BreakStatement: lambda self, node: self._leave(node, "break"),
        ast.ContinueStatement: lambda self, node: self._leave(node, "continue"),
        ast.ReturnStatement: lambda self, node: self.give_back(node),
        ast.EndStatement: _end,
        ast.CompoundStatement: lambda self, node: self.block(node.statements),
        ast.ClassicalAssignment: lambda self, node: self.assign(node),
        ast.ExpressionStatement: lambda self, node: self.evaluate(node.expression),
        ast.QuantumGate: lambda self, node: self.call_gate(node),
        ast.QuantumPhase: lambda self, node: self.call_phase(node),
        ast.QuantumMeasurementStatement: _measure,
        ast.QuantumReset: _reset,
        ast.QuantumBarrier: _barrier,
        ast.DelayInstruction: _delay,
        ast.Box: _box,
    }
