"""Expressions of node programs that are known without running them: numbers and constants."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from openqasm3 import ast

_CONSTANTS = {"pi": math.pi, "π": math.pi, "tau": math.tau, "τ": math.tau, "euler": math.e, "ℇ": math.e}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "%": operator.mod,
}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
}


class NotConstantError(Exception):
    """An expression is not known before the program runs. The message says which part of it."""


def constant(node: Any, known: Mapping[str, Any]) -> Any:
    """The value of a constant expression.

    Raises
    ------
    NotConstantError
        If it depends on what is not known, or divides by zero and the like.
    """
    try:
        return _value(node, known)
    except (ArithmeticError, ValueError, TypeError) as error:
        raise NotConstantError(str(error)) from None


def _value(node: Any, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.IntegerLiteral() | ast.FloatLiteral() | ast.BooleanLiteral():
            return node.value
        case ast.Identifier(name=name) if name in known:
            return known[name]
        case ast.Identifier(name=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Identifier(name=name):
            raise NotConstantError(f"{name!r} is no constant")
        case ast.UnaryExpression() if node.op.name == "-":
            return -_value(node.expression, known)
        case ast.BinaryExpression() if node.op.name in _BINARY:
            left, right = _value(node.lhs, known), _value(node.rhs, known)
            whole = node.op.name == "/" and isinstance(left, int) and isinstance(right, int)
            return left // right if whole else _BINARY[node.op.name](left, right)
        case ast.FunctionCall() if node.name.name in _FUNCTIONS and len(node.arguments) == 1:
            return _FUNCTIONS[node.name.name](_value(node.arguments[0], known))
    raise NotConstantError("this is no constant expression")
