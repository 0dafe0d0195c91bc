"""Conditions on classical bits, of many runs at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Clbit
from qiskit.circuit.classical import expr, types

from distq.errors import SimulationError

Values = NDArray[np.int64]


def value_of(condition: Any, bits: NDArray[np.int8], place: Mapping[Clbit, int]) -> NDArray[np.bool_]:
    """(runs,) whether a condition of Qiskit holds; ``place`` says which row of ``bits`` a bit is."""
    if isinstance(condition, tuple):
        target, value = condition
        holds: NDArray[np.bool_] = _read(target, bits, place) == int(value)
    else:
        holds = _evaluate(condition, bits, place) != 0
    return holds


def _read(target: Any, bits: NDArray[np.int8], place: Mapping[Clbit, int]) -> Values:
    members = [target] if isinstance(target, Clbit) else list(target)
    out = np.zeros(bits.shape[1], dtype=np.int64)
    for i, bit in enumerate(members):
        out += bits[place[bit]].astype(np.int64) << i
    return out


def _evaluate(node: Any, bits: NDArray[np.int8], place: Mapping[Clbit, int]) -> Values:
    found: Any = None
    match node:
        case expr.Var() if node.standalone:
            raise SimulationError(f"the classical variable {node.name!r} cannot be simulated", "use engine='aer'")
        case expr.Var():
            found = _read(node.var, bits, place)
        case expr.Value():
            found = np.full(bits.shape[1], int(node.value))
        case expr.Cast():
            found = _evaluate(node.operand, bits, place)
        case expr.Index():
            found = _evaluate(node.target, bits, place) >> _evaluate(node.index, bits, place) & 1
        case expr.Unary():
            inside = _evaluate(node.operand, bits, place)
            found = inside == 0 if isinstance(node.type, types.Bool) else ~inside & ((1 << node.type.width) - 1)
        case expr.Binary() if node.op.name in _OPERATORS:
            found = _OPERATORS[node.op.name](_evaluate(node.left, bits, place), _evaluate(node.right, bits, place))
    if found is None:
        raise SimulationError(f"the condition {node!r} cannot be simulated", "use engine='aer'")
    return np.asarray(found, dtype=np.int64)


_OPERATORS: dict[str, Any] = {
    "BIT_AND": np.bitwise_and,
    "BIT_OR": np.bitwise_or,
    "BIT_XOR": np.bitwise_xor,
    "LOGIC_AND": np.logical_and,
    "LOGIC_OR": np.logical_or,
    "EQUAL": np.equal,
    "NOT_EQUAL": np.not_equal,
    "LESS": np.less,
    "LESS_EQUAL": np.less_equal,
    "GREATER": np.greater,
    "GREATER_EQUAL": np.greater_equal,
}
