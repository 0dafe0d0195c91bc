"""Expressions: one function for each kind."""

from __future__ import annotations

import difflib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from openqasm3 import ast

from distq.errors import CircuitError
from distq.frontend.conditions import Cases, meet
from distq.frontend.openqasm3.operators import FUNCTIONS, binary, call, unary
from distq.frontend.openqasm3.scope import Scope, Subroutine, Symbol, Unsupported, Variable
from distq.frontend.openqasm3.types import BOOL, COMPLEX, DURATION, FLOAT, INT, Duration, Type, Typed, bits_of, cast
from distq.frontend.outcomes.recorder import Recorder
from distq.frontend.outcomes.values import Uncertain, Value, choices_of, gather
from distq.frontend.places import SourceText, located

CONSTANTS = {
    "pi": math.pi,
    "π": math.pi,
    "tau": 2 * math.pi,
    "τ": 2 * math.pi,
    "euler": math.e,
    "ℇ": math.e,
}
MAX_RANGE = 100_000
"""Ranges and loops of more values are refused."""

_KINDS: dict[type, str] = {
    ast.IntType: "int",
    ast.UintType: "uint",
    ast.FloatType: "float",
    ast.AngleType: "angle",
    ast.BitType: "bit",
    ast.BoolType: "bool",
    ast.ComplexType: "complex",
    ast.DurationType: "duration",
    ast.StretchType: "duration",
}


class Evaluator(ABC):
    """Computes expressions in the present scope, on the present path.

    Attributes
    ----------
    source
        The file of the statement that is read now.
    scope
        Its scope.
    recorder
        Has the path, and takes what happens.
    """

    def __init__(self, source: SourceText, recorder: Recorder) -> None:
        self.source = source
        self.recorder = recorder
        self.scope = Scope()

    @property
    def path(self) -> Cases:
        """The outcomes on which the present statement is executed."""
        return self.recorder.path

    # ---- places and names -------------------------------------------------------------------------------------

    def error(self, node: Any, what: str, hint: str | None = None) -> CircuitError:
        """An error at a node of the present file."""
        span = getattr(node, "span", None)
        if span is None:
            return CircuitError(f"{self.source.label}: {what}", hint)
        column = span.start_column
        if isinstance(node, ast.Identifier):  # the parser counts some of these columns from the beginning of the text
            lines = self.source.text.splitlines(keepends=True)
            if not lines[span.start_line - 1].startswith(node.name, column):
                column -= sum(map(len, lines[: span.start_line - 1]))
        return _placed(located(self.source, span.start_line, column + 1, what, hint))

    @contextmanager
    def at(self, node: Any) -> Iterator[None]:
        """Adds the place to errors that pass without one."""
        try:
            yield
        except CircuitError as error:
            if getattr(error, "placed", False):
                raise
            raise self.error(node, error.message, error.hint) from error
        except (OverflowError, ValueError) as error:  # infinite or undefined, where a whole number is wanted
            raise self.error(node, f"a number cannot be computed: {error}") from error

    def find(self, node: ast.Identifier) -> Symbol:
        """What a name means; an error if nothing."""
        if not isinstance(node, ast.Identifier):
            raise self.error(node, "this is no name")
        found = self.scope.find(node.name)
        if found is None:
            near = difflib.get_close_matches(node.name, list(self.scope.all_names()), n=1)
            raise self.error(node, f"{node.name!r} is not defined", f"did you mean {near[0]!r}?" if near else None)
        if isinstance(found, Unsupported):
            raise self.error(node, f"{node.name!r} is {found.what}", found.hint)
        return found

    def variable(self, node: ast.Identifier) -> Variable:
        """The variable of a name."""
        found = self.find(node)
        if not isinstance(found, Variable):
            raise self.error(node, f"{node.name!r} is no variable")
        return found

    # ---- expressions ------------------------------------------------------------------------------------------

    def evaluate(self, node: Any) -> Typed:
        """The value of an expression."""
        rule = self._RULES.get(type(node))
        if rule is None:
            raise self.error(node, f"{_name_of(node)} is not supported here")
        with self.at(node):
            return rule(self, node)

    def known(self, node: Any, what: str) -> Any:
        """The value of an expression that must not depend on measured bits."""
        value = self.evaluate(node).value
        if isinstance(value, Uncertain):
            raise self.error(node, f"{what} depends on measured bits", "it must be known when the circuit is compiled")
        return value

    def integer(self, node: Any, what: str) -> int:
        """The value of an expression that must be a known integer."""
        value = self.known(node, what)
        if isinstance(value, tuple | Duration) or not isinstance(value, int | float) or value != int(value):
            raise self.error(node, f"{what} is {value}, which is no integer", "round it with floor(...) or a cast")
        return int(value)

    def type_of(self, node: Any) -> Type:
        """The type that a declaration names."""
        if isinstance(node, ast.ArrayType):
            base = self.type_of(node.base_type)
            shape = tuple([self.integer(d, "a dimension") for d in node.dimensions])
            if min(shape) < 0 or math.prod(shape) > MAX_RANGE:
                raise self.error(node, f"an array of {math.prod(shape)} elements", f"at most {MAX_RANGE:,} are taken")
            return base._replace(shape=shape)
        kind = _KINDS.get(type(node))
        if kind is None:
            raise self.error(node, f"the type {_name_of(node)} is not supported here")
        size = getattr(node, "size", None)
        width = None if size is None else self.integer(size, "a width")
        if width is not None and not (kind != "bit") <= width <= MAX_RANGE:
            raise self.error(node, f"a width of {width}", f"at most {MAX_RANGE:,} is taken")
        return Type(kind, width)

    def indices(self, node: Any, length: int) -> Value:
        """What an index picks out of ``length`` things: a number, or a tuple of numbers."""
        if isinstance(node, ast.DiscreteSet):
            picked = tuple([self.integer(value, "an index") for value in node.values])
            return tuple([self._within(node, i, length) for i in picked])
        if isinstance(node, ast.RangeDefinition):
            bounds = self.range_of(node, 0, length - 1)
            return tuple([self._within(node, i, length) for i in bounds])
        index = self.evaluate(node)
        if index.type.is_register or index.type.kind == "bool":
            index = Typed(INT, cast(index, Type("uint", index.type.size), self.path))
        return _mapped(index.value, lambda i: self._within(node, i, length), self.path)

    def range_of(self, node: ast.RangeDefinition, first: int = 0, last: int | None = None) -> Sequence[int]:
        """The numbers of a range, both ends included; negative bounds of an index count from the end."""
        step = 1 if node.step is None else self.integer(node.step, "the step of a range")
        if step == 0:
            raise self.error(node, "the step of a range is 0")
        if step < 0 and last is not None:
            first, last = last, first
        start = first if node.start is None else self.integer(node.start, "the start of a range")
        if node.end is None and last is None:
            raise self.error(node, "the range has no end")
        end = last if node.end is None else self.integer(node.end, "the end of a range")
        assert end is not None
        if last is not None:
            size = max(first, last) + 1
            start, end = (bound + size if bound < 0 else bound for bound in (start, end))
        found = range(start, end + (1 if step > 0 else -1), step)
        if len(found) > MAX_RANGE:
            raise self.error(node, f"a range of {len(found):,} values is too long", f"at most {MAX_RANGE:,} are taken")
        return found

    def _within(self, node: Any, index: Any, length: int) -> int:
        if not isinstance(index, int | float) or index != int(index):
            raise self.error(node, f"the index {index} is no integer", "round it with floor(...) or a cast")
        place = int(index) + length if index < 0 else int(index)
        if not 0 <= place < length:
            raise self.error(node, f"the index {int(index)} is out of range, there are {length}")
        return place

    def indexed(self, given: Typed, node: Any) -> Typed:
        """A part of an array, of a register, or of the bits of a number."""
        elements = list(node.values) if isinstance(node, ast.DiscreteSet) else node
        if isinstance(node, list) and len(node) > 1:
            for one in node:
                given = self.indexed(given, [one])
            return given
        key = node if isinstance(node, ast.DiscreteSet) else elements[0]
        items = given.value if given.type.shape or given.type.is_register else bits_of(given, self.path)
        if not isinstance(items, tuple):
            raise self.error(key, f"{given.type} cannot be indexed")
        picked = self.indices(key, len(items))
        one = given.type._replace(shape=given.type.shape[1:]) if given.type.shape else Type("bit")
        if isinstance(picked, tuple):
            many = (
                given.type._replace(shape=(len(picked), *given.type.shape[1:]))
                if given.type.shape
                else Type("bit", len(picked))
            )
            return Typed(many, tuple([items[i] for i in picked]))
        return Typed(one, _selected(picked, items, self.path))

    # ---- one function for each kind of expression ---------------------------------------------------------------

    def _identifier(self, node: ast.Identifier) -> Typed:
        if self.scope.find(node.name) is None and node.name in CONSTANTS:
            return Typed(FLOAT, CONSTANTS[node.name])
        return self.variable(node).typed

    def _duration(self, node: ast.DurationLiteral) -> Typed:
        return Typed(DURATION, Duration(float(node.value), node.unit.name))

    def _bits(self, node: ast.BitstringLiteral) -> Typed:
        return Typed(Type("bit", node.width), tuple([node.value >> i & 1 for i in range(node.width)]))

    def _array(self, node: ast.ArrayLiteral) -> Typed:
        items = [self.evaluate(value) for value in node.values]
        inner = items[0].type if items else INT
        return Typed(inner._replace(shape=(len(items), *inner.shape)), tuple([item.value for item in items]))

    def _unary(self, node: ast.UnaryExpression) -> Typed:
        return unary(node.op.name, self.evaluate(node.expression), self.path)

    def _binary(self, node: ast.BinaryExpression) -> Typed:
        return binary(node.op.name, self.evaluate(node.lhs), self.evaluate(node.rhs), self.path)

    def _cast(self, node: ast.Cast) -> Typed:
        wanted, given = self.type_of(node.type), self.evaluate(node.argument)
        if wanted == Type("bit") and given.type.is_register:
            wanted = given.type
        return Typed(wanted, cast(given, wanted, self.path))

    def _index(self, node: ast.IndexExpression) -> Typed:
        return self.indexed(self.evaluate(node.collection), node.index)

    def _concatenation(self, node: ast.Concatenation) -> Typed:
        left, right = self.evaluate(node.lhs), self.evaluate(node.rhs)
        if left.type.shape:
            return Typed(left.type._replace(shape=(len(left.value) + len(right.value), *left.type.shape[1:])),
                         left.value + right.value)  # fmt: skip
        bits = tuple(bits_of(left, self.path)) + tuple(bits_of(right, self.path))
        return Typed(Type("bit", len(bits)), bits)

    def _size(self, node: ast.SizeOf) -> Typed:
        given = self.evaluate(node.target)
        shape = given.type.shape or ((given.type.size,) if given.type.size is not None else ())
        dimension = 0 if node.index is None else self.integer(node.index, "a dimension")
        if not 0 <= dimension < len(shape):
            raise self.error(node, f"{given.type} has no dimension {dimension}")
        return Typed(Type("uint"), shape[dimension])

    def _call(self, node: ast.FunctionCall) -> Typed:
        name = node.name.name
        found = self.scope.find(name)
        if isinstance(found, Subroutine):
            return self.call_subroutine(found, node, list(node.arguments))
        if found is None and name in FUNCTIONS:
            return call(name, [self.evaluate(argument) for argument in node.arguments], self.path)
        self.find(node.name)
        raise self.error(node, f"{name!r} is no subroutine")

    @abstractmethod
    def measured(self, node: ast.QuantumMeasurement) -> Typed:
        """Measure qubits; what executes statements knows how."""

    @abstractmethod
    def call_subroutine(self, subroutine: Subroutine, node: Any, arguments: list[Any]) -> Typed:
        """Execute a ``def`` where it is called; what executes statements knows how."""

    _RULES: ClassVar[dict[type, Callable[..., Typed]]] = {
        ast.Identifier: _identifier,
        ast.IntegerLiteral: lambda self, node: Typed(INT, node.value),
        ast.FloatLiteral: lambda self, node: Typed(FLOAT, float(node.value)),
        ast.ImaginaryLiteral: lambda self, node: Typed(COMPLEX, complex(0, node.value)),
        ast.BooleanLiteral: lambda self, node: Typed(BOOL, node.value),
        ast.BitstringLiteral: _bits,
        ast.DurationLiteral: _duration,
        ast.ArrayLiteral: _array,
        ast.UnaryExpression: _unary,
        ast.BinaryExpression: _binary,
        ast.Cast: _cast,
        ast.IndexExpression: _index,
        ast.Concatenation: _concatenation,
        ast.FunctionCall: _call,
        ast.SizeOf: _size,
        ast.QuantumMeasurement: lambda self, node: self.measured(node),
        ast.DurationOf: lambda self, node: Typed(DURATION, Duration(None)),
    }


def _mapped(value: Value, function: Callable[[Any], Any], path: Cases) -> Value:
    """``function`` of what a value can be on ``path``."""
    if not isinstance(value, Uncertain):
        return function(value)
    return gather([(function(choice), cases) for choice, cases in value.choices if meet(path, cases)])


def _selected(index: Value, items: tuple[Value, ...], path: Cases) -> Value:
    """The item that an index names, where both may depend on outcomes."""
    if not isinstance(index, Uncertain):
        return items[index]
    return gather(
        [
            (item, joint)
            for i, cases in choices_of(index)
            for item, more in choices_of(items[i])
            if meet(path, joint := meet(cases, more))
        ]
    )


def _placed(error: CircuitError) -> CircuitError:
    error.placed = True  # type: ignore[attr-defined]
    return error


def _name_of(node: Any) -> str:
    """A kind of node, in words: ``IndexExpression`` is "index expression"."""
    name = type(node).__name__
    return "".join(" " + c.lower() if c.isupper() else c for c in name).strip()
