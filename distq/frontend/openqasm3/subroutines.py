"""Subroutines, executed where they are called."""

from __future__ import annotations

from typing import Any

from openqasm3 import ast

from distq.frontend.openqasm3.blocks import BlockRunner
from distq.frontend.openqasm3.scope import Subroutine, Variable
from distq.frontend.openqasm3.types import INT, Type, Typed, cast
from distq.frontend.outcomes.control import Frame
from distq.frontend.outcomes.values import Uncertain, chosen

MAX_DEPTH = 64
"""Subroutines may call each other, or themselves, so deep."""


class SubroutineCaller(BlockRunner):
    """Executes the body of a ``def`` with its arguments: qubits and arrays by reference, all else by value."""

    def call_subroutine(self, subroutine: Subroutine, node: Any, arguments: list[Any]) -> Typed:
        """Execute a subroutine; returns its value (0 if it returns none)."""
        definition = subroutine.node
        name = definition.name.name
        if len(arguments) != len(definition.arguments):
            raise self.error(node, f"{name!r} takes {len(definition.arguments)} arguments, not {len(arguments)}")
        if sum(not frame.loop for frame in self.frames) > MAX_DEPTH:
            raise self.error(node, f"{name!r} is called more than {MAX_DEPTH} calls deep", "unroll the recursion")
        given = {
            wanted.name.name: self._argument(argument, wanted)
            for argument, wanted in zip(arguments, definition.arguments, strict=True)
        }
        source, self.source = self.source, subroutine.source
        try:
            with self.new_scope(subroutine.scope), self.frame(loop=False) as frame:
                self.scope.names |= given
                self.block(definition.body)
                return self._returned(definition, frame)
        finally:
            self.source = source

    def _argument(self, node: Any, wanted: Any) -> Variable:
        if isinstance(wanted, ast.QuantumArgument):
            value, register = self.qubits(node)
            if isinstance(value, Uncertain):
                raise self.error(node, "qubits of a call that depend on measured bits are not supported")
            size = None if wanted.size is None else self.integer(wanted.size, "a size")
            if size is None and register and len(value) == 1:
                value, register = value[0], False
            if size is not None and not register:
                value = (value,)
            if (size is not None and len(value) != size) or (size is None and register):
                here = f"{len(value)} qubits" if register else "one qubit"
                raise self.error(node, f"{wanted.name.name!r} is {size or 'one'} qubit{'s' * bool(size)}, not {here}")
            return Variable(Type("qubit", size), value, constant=True)
        if isinstance(wanted.type, ast.ArrayReferenceType):
            if not isinstance(node, ast.Identifier):
                raise self.error(node, "only whole arrays may be passed")
            return self.variable(node)
        kind, typed = self.type_of(wanted.type), self.evaluate(node)
        with self.at(node):
            return Variable(kind, cast(typed, kind, self.path))

    def give_back(self, node: ast.ReturnStatement) -> None:
        """``return``: the value joins those of other paths."""
        frame = next((frame for frame in reversed(self.frames) if not frame.loop), None)
        if frame is not None and node.expression is not None:
            given = self.evaluate(node.expression)
            frame.value = given if frame.value is None else self._merged(node, frame.value, given)
        if not self.leave("return"):
            raise self.error(node, "return outside of a subroutine")

    def _merged(self, node: Any, old: Typed, new: Typed) -> Typed:
        """The new value on the present path, and the old one elsewhere."""
        if old.type != new.type:
            new = Typed(old.type, cast(new, old.type, self.path))
        if old.type.is_register:
            pairs = zip(old.value, new.value, strict=True)
            return Typed(old.type, tuple([chosen(self.path, b, a) for a, b in pairs]))
        return Typed(old.type, chosen(self.path, new.value, old.value))

    def _returned(self, definition: ast.SubroutineDefinition, frame: Frame) -> Typed:
        if definition.return_type is None or frame.value is None:
            return Typed(INT, 0)
        kind = self.type_of(definition.return_type)
        with self.at(definition):
            return Typed(kind, cast(frame.value, kind, self.path))
