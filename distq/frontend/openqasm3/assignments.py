"""Declared variables, and what is assigned to them."""

from __future__ import annotations

from typing import Any

from openqasm3 import ast

from distq.frontend.openqasm3.operators import binary
from distq.frontend.openqasm3.scope import Scope, Symbol, Variable
from distq.frontend.openqasm3.subroutines import SubroutineCaller
from distq.frontend.openqasm3.types import Type, Typed, bits_of, cast, from_bits
from distq.frontend.outcomes.values import Uncertain, Value, chosen


class Bits:
    """The qubits and the declared classical bits of the circuit: registers by name, in order."""

    def __init__(self) -> None:
        self.qubits: list[tuple[str, int | None]] = []
        self.clbits: list[tuple[str, int | None]] = []
        self.variables: list[tuple[Variable, str]] = []
        self.num_qubits = 0
        self.num_clbits = 0


class Assigner(SubroutineCaller):
    """Declares variables and assigns to them.

    Attributes
    ----------
    outermost
        The scope around the program's own, which has the language's names.
    bits
        What the circuit has.
    preferred
        Per outcome: the declared classical bit that it was first assigned to.
    """

    outermost: Scope
    bits: Bits
    preferred: dict[int, int]

    @property
    def num_qubits(self) -> int:
        """Number of qubits declared so far."""
        return self.bits.num_qubits

    def declare(self, node: ast.Identifier, symbol: Symbol) -> None:
        """Give a name a meaning in the present scope."""
        if node.name in self.scope.names:
            raise self.error(node, f"{node.name!r} is defined already")
        self.scope.names[node.name] = symbol

    def new_qubits(self, name: str, size: int | None) -> Variable:
        """Qubits of the circuit."""
        start = self.bits.num_qubits
        self.bits.num_qubits += size or 1
        self.bits.qubits.append((name, size))
        value = start if size is None else tuple(range(start, start + size))
        return Variable(Type("qubit", size), value, constant=True)

    def new_variable(self, name: str, kind: Type) -> Variable:
        """A classical variable without a value; bits declared outside of all blocks are bits of the circuit."""
        variable = Variable(kind, _blank(kind))
        if kind.kind == "bit" and not kind.shape and kind.size != 0 and self.scope.outer is self.outermost:
            variable.declared = self.bits.num_clbits
            self.bits.num_clbits += kind.size or 1
            self.bits.clbits.append((name, kind.size))
            self.bits.variables.append((variable, name))
        return variable

    def assign_whole(self, node: Any, variable: Variable, given: Typed, first: bool = False) -> None:
        """Assign to a variable, on the present path; ``first``: nothing was assigned to it before."""
        with self.at(node):
            value = cast(given, variable.type, self.path)
        if variable.type.is_register:
            for i, bit in enumerate(value):
                self.assign_bit(variable, i, bit)
        elif variable.type.kind in ("bit", "bool") and not variable.type.shape:
            self.assign_bit(variable, 0, value)
        else:
            variable.value = value if first else self._merged_value(variable.type, variable.value, value)

    def assign_bit(self, variable: Variable, index: int, bit: Value) -> None:
        """Assign one bit of a variable, on the present path."""
        old = variable.value[index] if variable.type.is_register else variable.value
        new = self.recorder.assigned(old, bit)
        if variable.declared is not None:
            outcome = self.recorder.as_outcome(bit)
            if outcome is not None:
                self.preferred.setdefault(outcome, variable.declared + index)
        if variable.type.is_register:
            variable.value = (*variable.value[:index], new, *variable.value[index + 1 :])
        elif variable.type.size is not None:
            bits = list(bits_of(variable.typed, self.path))
            bits[index] = bit
            changed = from_bits(tuple(bits), variable.type, self.path)
            variable.value = chosen(self.path, changed, variable.value)
        else:
            variable.value = new

    def _merged_value(self, kind: Type, old: Value, new: Value) -> Value:
        if kind.shape:
            inner = kind._replace(shape=kind.shape[1:])
            return tuple([self._merged_value(inner, a, b) for a, b in zip(old, new, strict=True)])
        return chosen(self.path, new, old)

    def assign_bits(self, node: Any, target: Any, given: Typed) -> None:
        """Assign outcomes to the bits that an operand names."""
        found, register = self.bits_of_target(target)
        values = given.value if given.type.is_register else (given.value,)
        if len(values) != len(found) or (register != given.type.is_register and len(found) > 1):
            raise self.error(node, f"{len(values)} bits are assigned to {len(found)}")
        for (variable, index), value in zip(found, values, strict=True):
            self.assign_bit(variable, index, value)

    def bits_of_target(self, target: Any) -> tuple[list[tuple[Variable, int]], bool]:
        """The bits that may be written where an operand names them."""
        found, register = self.bits_named(target)
        for variable, _ in found:
            if variable.constant:
                raise self.error(target, "a constant cannot be assigned to")
        return found, register

    def assign(self, node: ast.ClassicalAssignment) -> None:
        """``=`` and its relatives such as ``+=``."""
        given = self.evaluate(node.rvalue)
        name = node.lvalue if isinstance(node.lvalue, ast.Identifier) else node.lvalue.name
        variable = self.variable(name)
        if variable.constant:
            raise self.error(node, f"{name.name!r} is a constant")
        if node.op.name != "=":
            given = binary(node.op.name[:-1], self.evaluate(_as_expression(node.lvalue)), given, self.path)
        if isinstance(node.lvalue, ast.Identifier) and variable.aliased is None:
            self.assign_whole(node, variable, given)
        elif variable.type.shape:
            self._assign_element(node, variable, given)
        else:
            found, register = self.bits_of_target(node.lvalue)
            wanted = Type("bit", len(found)) if register else Type("bit")
            self.assign_bits(node, node.lvalue, Typed(wanted, cast(given, wanted, self.path)))

    def _assign_element(self, node: ast.ClassicalAssignment, variable: Variable, given: Typed) -> None:
        """Assign to a part of an array."""
        assert isinstance(node.lvalue, ast.IndexedIdentifier)
        steps = [step for index in node.lvalue.indices for step in (index if isinstance(index, list) else [index])]
        variable.value = self._replaced(node, variable.type, variable.value, steps, given)

    def _replaced(self, node: Any, kind: Type, old: Value, steps: list[Any], given: Typed) -> Value:
        if not steps:
            return self._merged_value(kind, old, cast(given, kind, self.path))
        if not kind.shape:
            raise self.error(node, "only whole elements of arrays may be assigned")
        places = self.indices(steps[0], len(old))
        if isinstance(places, Uncertain):
            raise self.error(node, "an index of an array that is written depends on measured bits")
        inner = kind._replace(shape=kind.shape[1:])
        out = list(old)
        if isinstance(places, tuple):
            rows = given.value if given.type.shape and len(given.value) == len(places) else None
            if rows is None:
                raise self.error(node, f"{given.type} does not fit into {len(places)} elements")
            one = given.type._replace(shape=given.type.shape[1:])
            for place, row in zip(places, rows, strict=True):
                out[place] = self._replaced(node, inner, out[place], steps[1:], Typed(one, row))
        else:
            out[places] = self._replaced(node, inner, out[places], steps[1:], given)
        return tuple(out)


def _blank(kind: Type) -> Value:
    """What a variable holds before anything is assigned to it: zeros."""
    if kind.shape:
        return tuple([_blank(kind._replace(shape=kind.shape[1:])) for _ in range(kind.shape[0])])
    if kind.is_register:
        return (0,) * (kind.size or 0)
    from distq.frontend.openqasm3.types import Duration

    zeros = {"bool": False, "float": 0.0, "angle": 0.0, "complex": 0j, "duration": Duration(None)}
    return zeros.get(kind.kind, 0)


def _as_expression(target: Any) -> Any:
    """The target of an assignment as an expression that reads it."""
    if isinstance(target, ast.Identifier):
        return target
    found: Any = target.name
    for index in target.indices:
        outer = ast.IndexExpression(found, index)
        outer.span = target.span
        found = outer
    return found
