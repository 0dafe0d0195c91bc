"""Recorded steps as a Qiskit circuit, whose only control flow is ``if`` on classical bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Clbit
from qiskit.circuit.classical import expr

from distq.frontend.conditions import ALL_CASES, Cases
from distq.frontend.outcomes.recorder import Recorder, Step
from distq.frontend.outcomes.values import outcomes_in
from distq.ir.program import Condition


def further_register(taken: set[str]) -> str:
    """A name for the register of outcomes that no declared bit keeps."""
    return next(name for name in ("inner", *(f"inner{i}" for i in range(len(taken) + 1))) if name not in taken)


def write_steps(circuit: QuantumCircuit, recorder: Recorder, bit_of: Mapping[int, int]) -> None:
    """Append all steps to ``circuit``.

    Parameters
    ----------
    circuit
        Has the qubits, and the classical bits that ``bit_of`` names.
    recorder
        The steps.
    bit_of
        Per outcome: the index of its classical bit.
    """
    for path, group in groupby(recorder.steps, key=lambda step: step.path):
        steps = list(group)
        if path == ALL_CASES:
            for step in steps:
                _append(circuit, step, bit_of)
        elif path:
            _append_body(circuit, path, steps, bit_of)


def _append(circuit: QuantumCircuit, step: Step, bit_of: Mapping[int, int]) -> None:
    clbits = [] if step.outcome is None else [circuit.clbits[bit_of[step.outcome]]]
    circuit.append(step.operation, [circuit.qubits[q] for q in step.qubits], clbits, copy=False)


def _append_body(circuit: QuantumCircuit, path: Cases, steps: Sequence[Step], bit_of: Mapping[int, int]) -> None:
    """Append steps that happen in some cases only."""
    read = dict.fromkeys([bit_of[o] for o in outcomes_in(path)])
    written = dict.fromkeys([bit_of[step.outcome] for step in steps if step.outcome is not None])
    qubits = [circuit.qubits[q] for q in dict.fromkeys([q for step in steps for q in step.qubits])]
    clbits = [circuit.clbits[b] for b in {**read, **written}]
    body = QuantumCircuit(qubits, clbits)
    for step in steps:
        outcome = [] if step.outcome is None else [circuit.clbits[bit_of[step.outcome]]]
        body.append(step.operation, [circuit.qubits[q] for q in step.qubits], outcome, copy=False)
    test, negate = _test(circuit, path, bit_of)
    if negate:
        circuit.if_else(test, QuantumCircuit(qubits, clbits), body, qubits, clbits)
    else:
        circuit.if_test(test, body, qubits, clbits)


def _test(circuit: QuantumCircuit, path: Cases, bit_of: Mapping[int, int]) -> tuple[Any, bool]:
    """What an ``if`` tests, and whether its else-branch is meant."""
    if len(path) > 1:
        joint = _expression(circuit, path[0], bit_of)
        for case in path[1:]:
            joint = expr.logic_or(joint, _expression(circuit, case, bit_of))
        return joint, False
    (case,) = path
    bits = [circuit.clbits[bit_of[o]] for o in case.clbits]
    if len(bits) == 1:
        return (bits[0], case.value ^ case.negate), False
    found = _register(circuit, case, bit_of)
    return (found, case.negate) if found is not None else (_expression(circuit, case, bit_of), False)


def _register(circuit: QuantumCircuit, case: Condition, bit_of: Mapping[int, int]) -> Any:
    """A register and its value, if a condition is on all bits of one; None otherwise."""
    values = {circuit.clbits[bit_of[o]]: case.value >> i & 1 for i, o in enumerate(case.clbits)}
    for register in _registers(circuit, next(iter(values))):
        if len(register) == len(values) and all(bit in values for bit in register):
            return register, sum(values[bit] << i for i, bit in enumerate(register))
    return None


def _registers(circuit: QuantumCircuit, bit: Clbit) -> list[ClassicalRegister]:
    return [register for register, _ in circuit.find_bit(bit).registers]


def _expression(circuit: QuantumCircuit, case: Condition, bit_of: Mapping[int, int]) -> expr.Expr:
    """The condition as an expression of single bits."""
    found: Any = None
    for i, outcome in enumerate(case.clbits):
        bit = circuit.clbits[bit_of[outcome]]
        term = expr.lift(bit) if case.value >> i & 1 else expr.logic_not(bit)
        found = term if found is None else expr.logic_and(found, term)
    return expr.logic_not(found) if case.negate else found
