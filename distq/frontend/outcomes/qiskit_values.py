"""Classical bits and variables of a Qiskit circuit while it is walked, and its expressions on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr, types

from distq.errors import CircuitError
from distq.frontend.conditions import OPERATORS, Cases, join, meet, opposite
from distq.frontend.outcomes.recorder import Recorder
from distq.frontend.outcomes.values import Uncertain, Value, combine, equal_bits, from_cases, on_path, packed, truth


class Cells:
    """The values of bits and variables.

    Attributes
    ----------
    bits
        Per classical bit: its value.
    variables
        Per classical variable: its value.
    preferred
        Per outcome: the index of the bit that it was first written to.
    """

    def __init__(self, clbits: Sequence[Clbit], recorder: Recorder) -> None:
        self.recorder = recorder
        self.index = {bit: i for i, bit in enumerate(clbits)}
        self.bits: dict[Clbit, Value] = dict.fromkeys(clbits, 0)
        self.variables: dict[Any, Value] = {}
        self.preferred: dict[int, int] = {}

    def write(self, bit: Clbit, value: Value) -> None:
        """Write a bit on the present path."""
        outcome = self.recorder.as_outcome(value)
        if outcome is not None:
            self.preferred.setdefault(outcome, self.index[bit])
        self.bits[bit] = self.recorder.assigned(self.bits[bit], value)

    def store(self, target: Any, node: expr.Expr, clbits: Mapping[Any, Any]) -> None:
        """Assign an expression to a bit, a register, a variable, or a bit of one of these."""
        value = self.value(node, clbits)
        bits = self._bits_of(target, clbits)
        if bits is None:
            if not isinstance(target, expr.Var):
                raise CircuitError("only whole variables, bits and registers can be stored to")
            old = self.variables.get(target, 0)
            self.variables[target] = self.recorder.assigned(old, value)
            return
        for i, bit in enumerate(bits):
            one = combine(lambda number, i=i: int(number) >> i & 1, [value], self.recorder.path)
            self.write(bit, one)

    def finals(self) -> tuple[list[int | None], list[int]]:
        """Per bit, the outcome that it is at the end; and the bits that are computed from several."""
        found: list[int | None] = []
        computed: list[int] = []
        for i, value in enumerate(self.bits.values()):
            outcome = self.recorder.as_outcome(value)
            if outcome in found or (outcome is None and value):
                computed.append(i)
                outcome = None
            found.append(outcome)
        return found, computed

    # ---- expressions ------------------------------------------------------------------------------------------

    def cases(self, condition: Any, clbits: Mapping[Any, Any]) -> Cases:
        """Cases in which a condition holds: an expression, or a bit or register and its value."""
        if isinstance(condition, expr.Expr):
            return truth(self.value(condition, clbits))
        return self.equal(condition[0], int(condition[1]), clbits)

    def equal(self, target: Any, number: int, clbits: Mapping[Any, Any]) -> Cases:
        """Cases in which a bit, a register or an expression has a value."""
        bits = self._bits_of(target, clbits)
        if bits is not None:
            return equal_bits([self.bits[bit] for bit in bits], number)
        value = self.value(target, clbits)
        return truth(combine(lambda known: int(known) == number, [value], self.recorder.path))

    def _bits_of(self, target: Any, clbits: Mapping[Any, Any]) -> list[Clbit] | None:
        """The bits of a bit, a register, or a part of one; None for anything else."""
        match target:
            case Clbit():
                return [clbits.get(target, target)]
            case ClassicalRegister():
                return [clbits.get(bit, bit) for bit in target]
            case expr.Var() if isinstance(target.var, Clbit | ClassicalRegister):
                return self._bits_of(target.var, clbits)
            case expr.Index() if isinstance(target.index, expr.Value):
                bits = self._bits_of(target.target, clbits)
                return None if bits is None else [bits[target.index.value]]
        return None

    def value(self, node: expr.Expr, clbits: Mapping[Any, Any]) -> Value:
        """The value of an expression on the present path."""
        path = self.recorder.path
        bits = self._bits_of(node, clbits)
        if bits is not None:
            value = self.bits[bits[0]] if len(bits) == 1 else packed([self.bits[bit] for bit in bits], path)
            return on_path(value, path)
        match node:
            case expr.Value():
                return node.value
            case expr.Var():
                if node not in self.variables:
                    raise CircuitError(f"the classical variable {node.name!r} has no value yet")
                return on_path(self.variables[node], path)
            case expr.Cast():
                return combine(lambda known: _cast(known, node.type), [self.value(node.operand, clbits)], path)
            case expr.Unary():
                flip = node.op is expr.Unary.Op.LOGIC_NOT or isinstance(node.type, types.Bool)
                return combine(
                    lambda known: not known if flip else _masked(~int(known), node.type),
                    [self.value(node.operand, clbits)],
                    path,
                )
            case expr.Index():
                parts = [self.value(node.target, clbits), self.value(node.index, clbits)]
                return combine(lambda number, i: bool(int(number) >> int(i) & 1), parts, path)
            case expr.Binary():
                return self._binary(node, clbits)
        raise CircuitError(f"the expression {node} is not supported")

    def _binary(self, node: expr.Binary, clbits: Mapping[Any, Any]) -> Value:
        """An operator; where truth values or registers are enough, no table of all that they can hold is made."""
        name = node.op.name
        if name in ("LOGIC_AND", "LOGIC_OR"):
            left, right = truth(self.value(node.left, clbits)), truth(self.value(node.right, clbits))
            return from_cases(meet(left, right) if name == "LOGIC_AND" else join(left, right))
        if name in ("EQUAL", "NOT_EQUAL"):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                number = self.value(other, clbits) if self._bits_of(other, clbits) is None else None
                if number is not None and not isinstance(number, Uncertain | float):
                    inner = side.operand if isinstance(side, expr.Cast) else side
                    cases = self.equal(inner, int(number), clbits)
                    return from_cases(cases if name == "EQUAL" else opposite(cases))
        if name not in OPERATORS:
            raise CircuitError(f"the operator {name} is not supported")
        operands = [self.value(node.left, clbits), self.value(node.right, clbits)]
        return combine(lambda a, b: _masked(OPERATORS[name](a, b), node.type), operands, self.recorder.path)


def _cast(known: Any, kind: Any) -> Any:
    if isinstance(kind, types.Bool):
        return bool(known)
    return _masked(int(known), kind) if isinstance(kind, types.Uint) else known


def _masked(number: Any, kind: Any) -> Any:
    """A result in the width of its type."""
    if isinstance(kind, types.Bool):
        return bool(number)
    return int(number) & ((1 << kind.width) - 1) if isinstance(kind, types.Uint) else number
