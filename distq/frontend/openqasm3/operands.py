"""Qubits and bits that statements act on."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from openqasm3 import ast

from distq.frontend.openqasm3.expressions import Evaluator
from distq.frontend.openqasm3.scope import Variable
from distq.frontend.openqasm3.types import Type
from distq.frontend.outcomes.values import Uncertain, Value, combine


class OperandReader(Evaluator):
    """Finds qubits and bits by their names and indices."""

    def qubits(self, node: Any) -> tuple[Value, bool]:
        """The qubits that an operand names, and whether it is a register; which ones may depend on outcomes."""
        with self.at(node):
            if isinstance(node, ast.Identifier):
                return self._named_qubits(node)
            if isinstance(node, ast.Concatenation):
                parts = [self.qubits(side)[0] for side in (node.lhs, node.rhs)]
                return combine(lambda *known: sum((_many(qubits) for qubits in known), ()), parts, self.path), True
            name, steps = _collection(node)
            value, register = self._named_qubits(name)
            for step in steps:
                if not register:
                    raise self.error(node, f"{name.name!r} is one qubit, it cannot be indexed")
                value, register = self._part(value, step)
            return value, register

    def _named_qubits(self, node: ast.Identifier) -> tuple[Value, bool]:
        if not isinstance(node, ast.Identifier):
            raise self.error(node, "this is no qubit")
        if node.name.startswith("$") and node.name[1:].isdigit():
            return self.physical_qubit(node, int(node.name[1:])), False
        found = self.variable(node)
        if found.type.kind != "qubit":
            raise self.error(node, f"{node.name!r} is a {found.type}, no qubit")
        return found.value, found.type.size is not None

    @abstractmethod
    def physical_qubit(self, node: Any, number: int) -> int:
        """The number in the circuit of the physical qubit ``$number``."""

    def _part(self, qubits: Value, index: Any) -> tuple[Value, bool]:
        """What an index picks out of a register."""
        if isinstance(qubits, Uncertain):
            raise self.error(index, "a part of a register that depends on measured bits is not supported")
        places = self.indices(index, len(qubits))
        picked = combine(lambda known: _picked(qubits, known), [places], self.path)
        return picked, isinstance(places, tuple)

    def bits_named(self, node: Any) -> tuple[list[tuple[Variable, int]], bool]:
        """The bits that an operand names, each as a variable and an index, and whether it is a register."""
        with self.at(node):
            name, steps = _collection(node)
            variable = self.variable(name)
            if variable.aliased is not None:
                found, register = list(variable.aliased), True
            elif variable.type.kind not in ("bit", "bool", "angle", "int", "uint") or variable.type.shape:
                raise self.error(node, f"{name.name!r} is a {variable.type}, no bit")
            else:
                register = variable.type.size is not None
                found = [(variable, i) for i in range(variable.type.size or 1)]
            for step in steps:
                if not register:
                    raise self.error(node, f"{name.name!r} is one bit, it cannot be indexed")
                places = self.indices(step, len(found))
                if isinstance(places, Uncertain):
                    raise self.error(step, "an index of a bit that is written depends on measured bits")
                register = isinstance(places, tuple)
                found = [found[i] for i in (places if register else (places,))]
            return found, register

    def alias(self, node: ast.AliasStatement) -> Variable:
        """What a ``let`` names: qubits, or bits of variables."""
        if self._is_quantum(node.value):
            value, register = self.qubits(node.value)
            if isinstance(value, Uncertain):
                raise self.error(node, "an alias that depends on measured bits is not supported")
            return Variable(Type("qubit", len(value) if register else None), value, constant=True)
        if isinstance(node.value, ast.Concatenation):
            parts = [found for side in (node.value.lhs, node.value.rhs) for found in self.bits_named(side)[0]]
        else:
            parts = self.bits_named(node.value)[0]
        return Variable(Type("bit", len(parts)), aliased=tuple(parts))

    def _is_quantum(self, node: Any) -> bool:
        while isinstance(node, ast.Concatenation):
            node = node.lhs
        node, _ = _collection(node)
        if not isinstance(node, ast.Identifier):
            raise self.error(node, "an alias names qubits or bits")
        return node.name.startswith("$") or self.variable(node).type.kind == "qubit"


def _collection(node: Any) -> tuple[ast.Identifier, list[Any]]:
    """The name of what is indexed, and the indices in order."""
    steps: list[Any] = []
    if isinstance(node, ast.IndexedIdentifier):
        for index in node.indices:
            steps += [index] if isinstance(index, ast.DiscreteSet) else list(index)
        return node.name, steps
    while isinstance(node, ast.IndexExpression):
        steps = ([node.index] if isinstance(node.index, ast.DiscreteSet) else list(node.index)) + steps
        node = node.collection
    return node, steps


def _picked(qubits: tuple[int, ...], places: int | tuple[int, ...]) -> int | tuple[int, ...]:
    return tuple([qubits[i] for i in places]) if isinstance(places, tuple) else qubits[places]


def _many(qubits: int | tuple[int, ...]) -> tuple[int, ...]:
    return qubits if isinstance(qubits, tuple) else (qubits,)
