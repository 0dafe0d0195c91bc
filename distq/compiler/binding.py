"""Values for the parameters of a compiled circuit: the plan holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from distq.frontend import matrix2
from distq.ir.program import Angle, AxisRotation, Factor, Matrix, Operation, Program

if TYPE_CHECKING:
    from qiskit.circuit import Parameter


def bound_program(program: Program, values: Mapping[Parameter, float]) -> Program:
    """The program with values in the place of parameters; its operations keep their numbers."""
    return replace(program, operations=tuple([_bound(op, values) for op in program.operations]))


def _bound(op: Operation, values: Mapping[Parameter, float]) -> Operation:
    if isinstance(op.angle, float | int):
        return op
    if op.angle is not None:
        return replace(op, angle=_value(op.angle, values))
    if not any(isinstance(factor, AxisRotation) for factor in op.factors):
        return op
    whole: Matrix = np.eye(2, dtype=np.complex128)
    for factor in op.factors:
        whole = _matrix(factor, values) @ whole
    return replace(op, factors=(whole,))


def _matrix(factor: Factor, values: Mapping[Parameter, float]) -> Matrix:
    if not isinstance(factor, AxisRotation):
        return factor
    angle = _value(factor.angle, values)
    return np.array(matrix2.rotation(factor.axis, angle), dtype=np.complex128).reshape(2, 2)


def _value(angle: Angle, values: Mapping[Parameter, float]) -> float:
    if isinstance(angle, float | int):
        return float(angle)
    expression: Any = angle
    return float(expression.bind({p: values[p] for p in expression.parameters}))
