"""An OpenQASM 3 text becomes the program of one node.

Taken are: declarations of qubits, bits and integer or float constants, gates (defined ones and modifiers too),
measurements into declared bits, resets, ``if`` on values of bits, and calls of the three ``extern`` functions
``request_pair``, ``send_bit`` and ``receive_bit``, outside of ``if``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, NoReturn

from openqasm3 import ast

from distq.errors import CircuitError
from distq.frontend.node_programs.expressions import NotConstantError, constant
from distq.frontend.node_programs.gates import GateReader
from distq.frontend.openqasm3.parse import parse_text
from distq.frontend.places import SourceText, located
from distq.ir.node_program import (
    Action,
    Conditional,
    Measure,
    NodeProgram,
    PairRequest,
    Receive,
    Register,
    Reset,
    Send,
)

_ARGUMENTS = {"request_pair": 3, "send_bit": 3, "receive_bit": 2}
_IGNORED = (ast.QuantumBarrier, ast.DelayInstruction, ast.ExternDeclaration, ast.Pragma)


def read_program(source: SourceText, name: str, ions: tuple[Register, ...], foreign: Mapping[str, str]) -> NodeProgram:
    """The program in a text.

    Parameters
    ----------
    source
        The text and its name.
    name, ions
        Of the node, and the registers of ions that it has; the text declares all or some of them.
    foreign
        The registers of ions of other nodes, and whose they are.

    Raises
    ------
    CircuitError
        With the place of what is no node program, or names an ion of another node.
    """
    return _ProgramReader(source, name, ions, foreign).read()


class _ProgramReader:
    def __init__(self, source: SourceText, name: str, ions: tuple[Register, ...], foreign: Mapping[str, str]) -> None:
        self.source, self.name, self.ions, self.foreign = source, name, ions, foreign
        self.places: dict[str, tuple[int, int]] = {}
        """Per declared register of ions: its first ion and its size."""
        self.bits: list[Register] = []
        self.bit_places: dict[str, tuple[int, int]] = {}
        self.constants: dict[str, Any] = {}
        self.gates = GateReader(source, self.fail)
        self.order: list[int] = []

    def read(self) -> NodeProgram:
        """The whole program."""
        actions: list[Action] = []
        for statement in parse_text(self.source).statements:
            actions += self.statement(statement, inside=False)
        number = {ion: i for i, ion in enumerate(self.order)}  # pairs count the ions as they are declared
        back = {i: ion for ion, i in number.items()}
        return NodeProgram(self.name, self.ions, tuple(self.bits), tuple([self._with_ion(a, back) for a in actions]))

    def _with_ion(self, action: Action, ion: Mapping[int, int]) -> Action:
        if not isinstance(action, PairRequest):
            return action
        if action.ion not in ion:
            raise CircuitError(
                f"{self.source.label}: pair {action.tag} is requested for ion {action.ion}, of {len(ion)} declared"
            )
        return replace(action, ion=ion[action.ion])

    def fail(self, node: Any, what: str, hint: str | None = None) -> NoReturn:
        """Raise the error with the place of a node."""
        span = node.span
        if span is None:
            raise CircuitError(f"{self.source.label}: {what}", hint)
        raise located(self.source, span.start_line, span.start_column + 1, what, hint)

    # ---- statements ---------------------------------------------------------------------------------------------

    def statement(self, node: Any, inside: bool) -> list[Action]:
        """The actions of a statement; ``inside``: of a conditional."""
        if isinstance(node, _IGNORED):
            return []
        rule = self._INSIDE.get(type(node)) or (None if inside else self._OUTSIDE.get(type(node)))
        if rule is None:
            where = "inside an if" if inside and type(node) in self._OUTSIDE else "in a node program"
            self.fail(node, f"{type(node).__name__} is not taken {where}")
        return rule(self, node)

    def _qubits(self, node: ast.QubitDeclaration) -> list[Action]:
        name = node.qubit.name
        size = 1 if node.size is None else self.integer(node.size)
        start = 0
        for register in self.ions:
            if register.name == name:
                if size > register.size:
                    self.fail(node, f"{self.name!r} has {register.size} ions {name!r}, not {size}")
                self.places[name] = (start, size)
                self.order += range(start, start + size)
                return []
            start += register.size
        self._refuse_foreign(node, name)
        self.fail(node, f"the manifest gives {self.name!r} no ions {name!r}")

    def _refuse_foreign(self, node: Any, name: str) -> None:
        if name in self.foreign:
            hint = "a node acts on its own ions; request_pair joins it to another one"
            self.fail(node, f"{name!r} are ions of {self.foreign[name]!r}, not of {self.name!r}", hint)

    def _bits(self, node: ast.ClassicalDeclaration) -> list[Action]:
        if not isinstance(node.type, ast.BitType):
            self.fail(node, "variables other than bits are not taken in a node program", "make it a constant: const")
        size = 1 if node.type.size is None else self.integer(node.type.size)
        if node.init_expression is not None and not isinstance(node.init_expression, ast.QuantumMeasurement):
            given = node.init_expression
            if not (isinstance(given, ast.BitstringLiteral | ast.IntegerLiteral) and given.value == 0):
                self.fail(node, "bits are 0 at first in a node program")
        start = sum(register.size for register in self.bits)
        self.bits.append(Register(node.identifier.name, size))
        self.bit_places[node.identifier.name] = (start, size)
        if isinstance(node.init_expression, ast.QuantumMeasurement):
            return self._measured(node, node.init_expression, node.identifier)
        return []

    def _constant(self, node: ast.ConstantDeclaration) -> list[Action]:
        self.constants[node.identifier.name] = self.value(node.init_expression)
        return []

    def _gate(self, node: ast.QuantumGate) -> list[Action]:
        operands = [self.members(q, self.places, "ions") for q in node.qubits]
        params = tuple([float(self.value(a)) for a in node.arguments])
        sizes = {len(o) for o in operands if len(o) > 1}
        if len(sizes) > 1:
            self.fail(node, "registers of different sizes")
        each = [[o[i] if len(o) > 1 else o[0] for o in operands] for i in range(next(iter(sizes), 1))]
        if any(len(set(on)) < len(on) for on in each):
            self.fail(node, f"{node.name.name!r} acts twice on one ion")
        return [self.gates.gate(node, params, tuple(on)) for on in each]

    def _measure(self, node: ast.QuantumMeasurementStatement) -> list[Action]:
        if node.target is None:
            self.fail(node, "a measurement without a bit", "assign it to a bit of the program")
        return self._measured(node, node.measure, node.target)

    def _measured(self, node: Any, measured: ast.QuantumMeasurement, target: Any) -> list[Action]:
        ions, bits = self.members(measured.qubit, self.places, "ions"), self.members(target, self.bit_places, "bits")
        if len(ions) != len(bits):
            self.fail(node, f"{len(ions)} ions are measured into {len(bits)} bits")
        return [Measure(ion, bit) for ion, bit in zip(ions, bits, strict=True)]

    def _reset(self, node: ast.QuantumReset) -> list[Action]:
        return [Reset(ion) for ion in self.members(node.qubits, self.places, "ions")]

    def _branch(self, node: ast.BranchingStatement) -> list[Action]:
        body = tuple([a for s in node.if_block for a in self.statement(s, inside=True)])
        otherwise = tuple([a for s in node.else_block for a in self.statement(s, inside=True)])
        return [self._test(node.condition, body, otherwise)]

    def _test(self, node: Any, body: tuple[Action, ...], otherwise: tuple[Action, ...]) -> Conditional:
        """A conditional on what an expression says."""
        match node:
            case ast.UnaryExpression() if node.op.name == "!":
                return self._test(node.expression, otherwise, body)
            case ast.BinaryExpression() if node.op.name == "&&":
                return self._test(node.lhs, (self._test(node.rhs, body, otherwise),), otherwise)
            case ast.BinaryExpression() if node.op.name == "||":
                return self._test(node.lhs, body, (self._test(node.rhs, body, otherwise),))
            case ast.BinaryExpression() if node.op.name in ("==", "!="):
                bits, value = self.members(node.lhs, self.bit_places, "bits"), int(self.value(node.rhs))
                if not 0 <= value < 1 << len(bits):
                    self.fail(node, f"{len(bits)} bits are never {value}")
                body, otherwise = (body, otherwise) if node.op.name == "==" else (otherwise, body)
                return Conditional(bits, value, body, otherwise)
        bits = self.members(node, self.bit_places, "bits")
        return Conditional(bits, 0, otherwise, body)

    # ---- what nodes do together ---------------------------------------------------------------------------------

    def _assign(self, node: ast.ClassicalAssignment) -> list[Action]:
        call = node.rvalue
        if node.op.name != "=" or not isinstance(call, ast.FunctionCall) or call.name.name != "receive_bit":
            self.fail(node, "bits are assigned by measure and by receive_bit alone in a node program")
        tag, peer = (self.integer(a) for a in self.arguments(call))
        return [Receive(tag, peer, self.one_bit(node.lvalue))]

    def _call(self, node: ast.ExpressionStatement) -> list[Action]:
        call = node.expression
        if not isinstance(call, ast.FunctionCall) or call.name.name not in ("request_pair", "send_bit"):
            self.fail(node, "this statement does nothing that a node program knows")
        tag, peer, third = self.arguments(call)
        if call.name.name == "send_bit":
            return [Send(self.integer(tag), self.integer(peer), self.one_bit(third))]
        return [PairRequest(self.integer(tag), self.integer(peer), self.integer(third))]

    def arguments(self, call: ast.FunctionCall) -> list[Any]:
        """The arguments of a call, in the right number."""
        wanted = _ARGUMENTS[call.name.name]
        if len(call.arguments) != wanted:
            self.fail(call, f"{call.name.name!r} takes {wanted} arguments, not {len(call.arguments)}")
        return call.arguments

    # ---- operands -----------------------------------------------------------------------------------------------

    def one_bit(self, node: Any) -> int:
        """The one bit that an expression names."""
        bits = self.members(node, self.bit_places, "bits")
        if len(bits) != 1:
            self.fail(node, f"one bit is sent or received at a time, not {len(bits)}")
        return bits[0]

    def members(self, node: Any, places: Mapping[str, tuple[int, int]], what: str) -> tuple[int, ...]:
        """The ions or bits that an operand names: a register, or one of its members."""
        name, index = node, None
        if isinstance(node, ast.IndexExpression):
            name, index = node.collection, node.index
        elif isinstance(node, ast.IndexedIdentifier) and len(node.indices) == 1:
            name, index = node.name, node.indices[0]
        if not isinstance(name, ast.Identifier):
            self.fail(node, f"these are no {what} of the program")
        if name.name not in places:
            self._refuse_foreign(node, name.name)
            self.fail(node, f"{name.name!r} are no {what} of the program")
        start, size = places[name.name]
        if index is None:
            return tuple(range(start, start + size))
        if not isinstance(index, list) or len(index) != 1:
            self.fail(node, f"one of the {what} {name.name!r} is named at a time")
        found = self.integer(index[0])
        if not -size <= found < size:
            self.fail(node, f"{name.name!r} has {size} {what}, and none with the number {found}")
        return (start + found % size,)

    def value(self, node: Any) -> Any:
        """The value of a constant expression."""
        try:
            return constant(node, self.constants)
        except NotConstantError as error:
            self.fail(node, str(error))

    def integer(self, node: Any) -> int:
        """The value of a constant expression that is a whole number."""
        found = self.value(node)
        if not isinstance(found, int):
            self.fail(node, f"{found} is no whole number")
        return found

    _INSIDE: ClassVar[dict[type, Callable[[Any, Any], list[Action]]]] = {
        ast.QuantumGate: _gate,
        ast.QuantumMeasurementStatement: _measure,
        ast.QuantumReset: _reset,
        ast.BranchingStatement: _branch,
    }
    _OUTSIDE: ClassVar[dict[type, Callable[[Any, Any], list[Action]]]] = {
        ast.QubitDeclaration: _qubits,
        ast.ClassicalDeclaration: _bits,
        ast.ConstantDeclaration: _constant,
        ast.ClassicalAssignment: _assign,
        ast.ExpressionStatement: _call,
        ast.Include: lambda self, node: self.gates.include(node),
        ast.QuantumGateDefinition: lambda self, node: self.gates.define(node),
    }
