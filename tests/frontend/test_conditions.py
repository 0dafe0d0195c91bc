"""Conditions of any shape become cases of bits and values: at most one holds, and one holds when the condition does."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.classical import expr

import distq
from distq.errors import CircuitError
from distq.frontend import normalise
from distq.frontend.conditions import cases_of
from distq.ir.program import Condition
from distq.verification.source_checker import check_reading

REGISTER, OTHER = ClassicalRegister(3, "c"), ClassicalRegister(2, "d")
BITS = [*REGISTER, *OTHER]
INDEX = {bit: i for i, bit in enumerate(BITS)}


def holds(condition: Condition, values: tuple[int, ...]) -> bool:
    equal = all(values[b] == condition.value >> i & 1 for i, b in enumerate(condition.clbits))
    return equal != condition.negate


def random_expression(rng: np.random.Generator, depth: int) -> expr.Expr:
    """A truth value computed from bits and registers."""
    if depth == 0:
        match rng.integers(3):
            case 0:
                return expr.lift(BITS[rng.integers(5)])
            case 1:
                compare = (expr.equal, expr.not_equal, expr.less, expr.greater_equal)[rng.integers(4)]
                return compare(REGISTER, int(rng.integers(8)))
            case _:
                compare = (expr.equal, expr.less_equal, expr.greater)[rng.integers(3)]
                return compare(expr.bit_xor(OTHER, int(rng.integers(4))), expr.bit_and(OTHER, 1))
    connective = (expr.logic_and, expr.logic_or, expr.bit_xor, expr.equal, expr.not_equal, None)[rng.integers(6)]
    left = random_expression(rng, depth - 1)
    return expr.logic_not(left) if connective is None else connective(left, random_expression(rng, depth - 1))


@pytest.mark.parametrize("seed", range(120))
def test_one_case_holds_exactly_if_the_expression_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    condition = random_expression(rng, int(rng.integers(4)))
    cases = cases_of(condition, INDEX)
    for values in itertools.product((0, 1), repeat=5):
        circuit = QuantumCircuit(QuantumRegister(1, "q"), REGISTER, OTHER)
        true = value_of(condition, values)
        assert sum(holds(case, values) for case in cases) == int(true), (condition, values, circuit.name)


def value_of(node: expr.Expr, values: tuple[int, ...]) -> bool:
    """The expression evaluated without any of distq's code."""

    def number(n: expr.Expr) -> int:
        match n:
            case expr.Var():
                bits = list(n.var) if isinstance(n.var, ClassicalRegister) else [n.var]
                return sum(values[INDEX[b]] << i for i, b in enumerate(bits))
            case expr.Value():
                return int(n.value)
            case expr.Cast():
                return number(n.operand)
            case expr.Unary():
                return int(not number(n.operand))
        a, b = number(n.left), number(n.right)
        names = {"EQUAL": a == b, "NOT_EQUAL": a != b, "LESS": a < b, "LESS_EQUAL": a <= b}
        names |= {"GREATER": a > b, "GREATER_EQUAL": a >= b, "LOGIC_AND": bool(a and b), "LOGIC_OR": bool(a or b)}
        return int({**names, "BIT_AND": a & b, "BIT_XOR": a ^ b, "BIT_OR": a | b}[n.op.name])

    return bool(number(node))


@pytest.mark.parametrize("seed", range(20))
def test_gates_under_any_condition_compile(seed: int) -> None:
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(QuantumRegister(4, "q"), REGISTER, OTHER)
    circuit.h(range(4))
    circuit.cx([0, 1, 2], [1, 2, 3])
    for i, bit in enumerate(BITS):
        circuit.measure(i % 4, bit)
        circuit.ry(0.4, i % 4)
    with circuit.if_test(random_expression(rng, 2)) as otherwise:
        circuit.cx(0, 3)
        with circuit.if_test(random_expression(rng, 1)):
            circuit.rzz(0.3, 1, 2)
    with otherwise:
        circuit.cp(0.5, 1, 3)
    check_reading(circuit, normalise(circuit), normalise)
    assert distq.compile(circuit, "2x2+2", "kl").report.verified


def test_register_unequal_inside_register_unequal() -> None:
    circuit = QuantumCircuit(QuantumRegister(2, "q"), REGISTER, OTHER)
    circuit.h([0, 1])
    circuit.measure(0, REGISTER[0])
    circuit.measure(1, OTHER[1])
    with circuit.if_test(expr.not_equal(REGISTER, 5)), circuit.if_test(expr.not_equal(OTHER, 2)):
        circuit.cx(0, 1)
    assert distq.compile(circuit, "2x1+1", "contiguous").report.ebits == 1, "all cases share one pair"


def test_too_many_bits_for_arithmetic_are_refused() -> None:
    wide = ClassicalRegister(40, "w")
    circuit = QuantumCircuit(QuantumRegister(2, "q"), wide)
    with circuit.if_test(expr.less(wide, 7)):
        circuit.cx(0, 1)
    with pytest.raises(CircuitError, match="40 classical bits"):
        normalise(circuit)
