"""Calls of gates with their modifiers, and definitions of gates."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from openqasm3 import ast
from qiskit import QuantumCircuit
from qiskit.circuit import (
    AnnotatedOperation,
    ControlModifier,
    Gate,
    Instruction,
    InverseModifier,
    ParameterExpression,
    PowerModifier,
)

from distq.errors import CircuitError
from distq.frontend.openqasm3.dialects import dialect_rule
from distq.frontend.openqasm3.operands import OperandReader
from distq.frontend.openqasm3.scope import GateRule, Scope, Subroutine, Symbol, Variable
from distq.frontend.openqasm3.standard import further_rule, standard_rule
from distq.frontend.openqasm3.types import FLOAT, Type, cast
from distq.frontend.outcomes.recorder import Recorder
from distq.frontend.outcomes.values import Uncertain, Value, choices_of, combine
from distq.frontend.outcomes.writer import write_steps


class GateCaller(OperandReader):
    """Calls gates.

    Attributes
    ----------
    notes
        What the report is to say about the reading.
    includes
        Names of the files that have been included.
    """

    notes: dict[str, None]
    includes: set[str]

    def gate_rule(self, node: ast.Identifier) -> Symbol:
        """The gate or subroutine that a name calls."""
        found = self.scope.find(node.name)
        if found is not None:
            return self.find(node)
        rule = None if self.includes else standard_rule(node.name)
        rule = rule or dialect_rule(node.name, bool(self.includes)) or further_rule(node.name)
        if rule is None:
            hint = 'include "stdgates.inc";' if standard_rule(node.name) else "define it with gate"
            raise self.error(node, f"gate {node.name!r} is not defined", hint)
        if rule.note is not None:
            self.notes.setdefault(rule.note)
        return rule

    def call_gate(self, node: ast.QuantumGate) -> None:
        """A gate, on every qubit of its registers, or a subroutine in the old style of calling it."""
        rule = self.gate_rule(node.name)
        if isinstance(rule, Subroutine):
            self.call_subroutine(rule, node, [*node.arguments, *node.qubits])
            return
        if not isinstance(rule, GateRule):
            raise self.error(node, f"{node.name.name!r} is no gate")
        if node.duration is not None:
            self.notes.setdefault("durations of gates are those of the network, not those in the file")
        self._apply(node, rule, node.modifiers, node.arguments, node.qubits)

    def call_phase(self, node: ast.QuantumPhase) -> None:
        """A global phase, which with controls is a relative one."""
        rule = self.scope.find("gphase")
        assert isinstance(rule, GateRule)
        self._apply(node, rule, node.modifiers, [node.argument], node.qubits)

    def _apply(self, node: Any, rule: GateRule, modifiers: list[Any], arguments: list[Any], qubits: list[Any]) -> None:
        """Apply a gate for every combination of what its parameters and operands can be."""
        if not rule.parameters - rule.optional <= len(arguments) <= rule.parameters:
            raise self.error(node, f"{rule.name!r} takes {rule.parameters} parameters, not {len(arguments)}")
        kinds = [(m.modifier.name, self._amount(m)) for m in modifiers]
        angles = [self._angle(argument) for argument in arguments]
        operands = [self.qubits(qubit) for qubit in qubits]
        values = [*[amount for _, amount in kinds], *angles, *[value for value, _ in operands]]
        count = len(kinds)
        for choice, cases in choices_of(combine(lambda *known: known, values, self.path)):
            with self.recorder.under(cases) as possible, self.at(node):
                if possible:
                    named = [(name, choice[i]) for i, (name, _) in enumerate(kinds)]
                    gate = _modified(rule.make(*choice[count : count + len(angles)]), named)
                    self._broadcast(node, rule, gate, choice[count + len(angles) :])

    def _broadcast(self, node: Any, rule: GateRule, gate: Any, operands: tuple[Any, ...]) -> None:
        """The gate on each qubit of the registers among its operands, in parallel."""
        if gate.num_qubits != len(operands):
            raise self.error(node, f"{rule.name!r} takes {gate.num_qubits} qubits here, not {len(operands)}")
        sizes = {len(qubits) for qubits in operands if isinstance(qubits, tuple)}
        if len(sizes) > 1:
            raise self.error(node, f"registers of {' and '.join(map(str, sorted(sizes)))} qubits do not match")
        for i in range(next(iter(sizes), 1)):
            on = tuple([qubits[i] if isinstance(qubits, tuple) else qubits for qubits in operands])
            if len(set(on)) < len(on):
                raise self.error(node, f"{rule.name!r} acts twice on one qubit")
            self.recorder.apply(gate, on)

    def _amount(self, modifier: ast.QuantumGateModifier) -> Value:
        """The exponent of ``pow``, or the number of controls."""
        name, argument = modifier.modifier.name, modifier.argument
        if name == "inv":
            return 1
        if argument is None:
            return 1
        if name in ("ctrl", "negctrl"):
            number = self.integer(argument, "the number of controls")
            if number < 1:
                raise self.error(argument, f"{number} controls")
            return number
        return self._angle(argument)

    def _angle(self, node: Any) -> Value:
        given = self.evaluate(node)
        if given.type.kind == "duration" or given.type.kind == "qubit" or given.type.shape:
            raise self.error(node, f"{given.type} is no angle")
        with self.at(node):
            return given.value if given.type.kind in ("float", "angle") else cast(given, FLOAT, self.path)

    # ---- definitions ------------------------------------------------------------------------------------------

    def define_gate(self, node: ast.QuantumGateDefinition) -> None:
        """A ``gate``: its body is read for every set of parameters with which it is called."""
        name = node.name.name
        if isinstance(self.scope.names.get(name), Subroutine | Variable):
            raise self.error(node, f"{name!r} is defined already")
        made: dict[tuple[Any, ...], Gate | None] = {}
        source, scope = self.source, self.scope

        def make(*parameters: Any) -> Gate:
            if None in made.values():
                raise CircuitError(f"the gate {name!r} is part of its own definition")
            if parameters not in made:
                made[parameters] = None
                made[parameters] = self._body(node, parameters, source, scope)
            found = made[parameters]
            assert found is not None
            return found

        self.scope.names[name] = GateRule(name, len(node.arguments), len(node.qubits), make)
        if not node.arguments:
            make()

    def _body(self, node: ast.QuantumGateDefinition, parameters: tuple[Any, ...], source: Any, scope: Scope) -> Gate:
        """The gate for some parameters."""
        outer = self.recorder, self.source, self.scope
        self.recorder, self.source, self.scope = Recorder(), source, Scope(scope)
        try:
            for argument, value in zip(node.arguments, parameters, strict=True):
                self.scope.names[argument.name] = Variable(FLOAT, value, constant=True)
            for i, qubit in enumerate(node.qubits):
                self.scope.names[qubit.name] = Variable(Type("qubit"), i, constant=True)
            for statement in node.body:
                if not isinstance(statement, ast.QuantumGate | ast.QuantumPhase | ast.QuantumBarrier | ast.Include):
                    raise self.error(statement, "only gates may stand in the body of a gate", "use def instead")
                self._require_own(statement, node)
                self.execute(statement)
            definition = QuantumCircuit(len(node.qubits))
            write_steps(definition, self.recorder, {})
        finally:
            self.recorder, self.source, self.scope = outer
        gate = Gate(node.name.name, len(node.qubits), list(parameters))
        gate.definition = definition
        return gate

    def _require_own(self, statement: Any, gate: ast.QuantumGateDefinition) -> None:
        """Raise CircuitError if a statement in the body of a gate acts on something else than the gate's operands."""
        own = {qubit.name for qubit in gate.qubits}
        for operand in getattr(statement, "qubits", ()):
            name = operand.name.name if isinstance(operand, ast.IndexedIdentifier) else getattr(operand, "name", None)
            if name not in own and (name is None or self.scope.find(name) is not None):
                raise self.error(operand, f"the body of the gate {gate.name.name!r} acts on its operands alone")

    @abstractmethod
    def execute(self, statement: Any) -> None:
        """Execute a statement; what knows all kinds of them does."""


def _modified(gate: Instruction, modifiers: list[tuple[str, Any]]) -> Any:
    """The gate with its modifiers, of which the last one acts first."""
    found: list[Any] = []
    for name, amount in reversed(modifiers):
        match name:
            case "inv":
                found.append(InverseModifier())
            case "pow":
                if isinstance(amount, ParameterExpression | Uncertain):
                    raise CircuitError("a power must be known when the circuit is compiled")
                found.append(PowerModifier(float(amount)))
            case _:
                state = 0 if name == "negctrl" else None
                found.append(ControlModifier(int(amount), state))
    return AnnotatedOperation(gate, found) if found else gate
