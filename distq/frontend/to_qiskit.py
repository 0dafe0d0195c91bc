"""A program back as a plain Qiskit circuit: the reference of tests, of ideal simulation and of verification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Clbit, Qubit
from qiskit.circuit.classical import expr
from qiskit.circuit.library import MCPhaseGate, UnitaryGate

from distq.ir.program import AxisRotation, Condition, Kind, Operation, Program


def to_circuit(program: Program, swaps: bool = True) -> QuantumCircuit:
    """Circuit that does what ``program`` does.

    Parameters
    ----------
    program
        Any program.
    swaps
        End with SWAP gates that bring qubit i of the source back to qubit i, so that the circuit is the source
        exactly, global phase included. Otherwise it ends on line ``program.output[i]``.

    Returns
    -------
    QuantumCircuit
        One quantum bit per line, ancillas included; the source's classical registers. ``metadata["distq"]["output"]``
        tells where the source's qubits end.
    """
    clbits = [Clbit() for _ in range(program.num_clbits)]
    circuit = QuantumCircuit([Qubit() for _ in range(program.num_qubits)], clbits, name=program.name)
    for name, bits in program.clbit_registers:
        circuit.add_register(ClassicalRegister(bits=[clbits[b] for b in bits], name=name))
    circuit.global_phase = program.global_phase
    for operation in program.operations:
        if operation.condition is None:
            append_operation(circuit, operation, operation.qubits)
            continue
        body = QuantumCircuit(circuit.qubits, circuit.clbits)
        append_operation(body, operation, operation.qubits)
        append_conditioned(circuit, operation.condition, body)
    output = list(program.output)
    if swaps:
        _restore(circuit, output)
        output = list(range(program.source_qubits))
    circuit.metadata = {"distq": {"output": output}}
    return circuit


def append_operation(circuit: QuantumCircuit, operation: Operation, qubits: Sequence[Any]) -> None:
    """Append ``operation`` on ``qubits`` of ``circuit``, without its condition."""
    match operation.kind:
        case Kind.LOCAL:
            for factor in operation.factors:
                if isinstance(factor, AxisRotation):
                    getattr(circuit, "r" + factor.axis)(factor.angle, qubits[0])
                else:
                    circuit.append(UnitaryGate(factor), [qubits[0]])
        case Kind.ROTATION:
            _append_parity(circuit, operation.angle, qubits)
        case Kind.PHASE:
            zeros = [q for q, held in zip(qubits, operation.pattern, strict=True) if not held]
            if zeros:
                circuit.x(zeros)
            circuit.append(MCPhaseGate(operation.angle, len(qubits) - 1), list(qubits))
            if zeros:
                circuit.x(zeros)
        case Kind.MEASURE:
            circuit.measure(qubits[0], operation.clbit)
        case Kind.RESET:
            circuit.reset(qubits[0])


def append_conditioned(circuit: QuantumCircuit, condition: Condition, body: QuantumCircuit) -> None:
    """Append ``body``, over all qubits of ``circuit``, to happen if ``condition`` holds."""
    bits = [circuit.clbits[b] for b in condition.clbits]
    value = condition.value
    test: Any
    if len(bits) == 1:
        test, negate = (bits[0], (value ^ 1) if condition.negate else value), False
    else:
        register = next((reg for reg in circuit.cregs if list(reg) == bits), None)
        negate = condition.negate
        test = (register, value) if register is not None else _all_equal(bits, value)
    used = sorted({q for instruction in body.data for q in instruction.qubits}, key=body.qubits.index)
    small = QuantumCircuit(used, list(circuit.clbits))
    for instruction in body.data:
        small.append(instruction)
    if negate:
        circuit.if_else(test, QuantumCircuit(used, list(circuit.clbits)), small, used, circuit.clbits)
    else:
        circuit.if_test(test, small, used, circuit.clbits)


def _all_equal(bits: Sequence[Clbit], value: int) -> expr.Expr:
    """The expression that is true if the bits hold this value."""
    terms = [expr.lift(bit) if value >> i & 1 else expr.logic_not(bit) for i, bit in enumerate(bits)]
    joint = terms[0]
    for term in terms[1:]:
        joint = expr.logic_and(joint, term)
    return joint


def _append_parity(circuit: QuantumCircuit, angle: Any, qubits: Sequence[Any]) -> None:
    """Append exp(-i angle/2 Z...Z)."""
    if len(qubits) == 1:
        circuit.rz(angle, qubits[0])
    elif len(qubits) == 2:
        circuit.rzz(angle, qubits[0], qubits[1])
    else:
        for q in qubits[:-1]:
            circuit.cx(q, qubits[-1])
        circuit.rz(angle, qubits[-1])
        for q in reversed(qubits[:-1]):
            circuit.cx(q, qubits[-1])


def _restore(circuit: QuantumCircuit, output: list[int]) -> None:
    """Append SWAPs after which the qubit on line ``output[i]`` is on line i."""
    at = list(output)
    for target in range(len(at)):
        line = at[target]
        if line != target:
            circuit.swap(line, target)
            if target in at:
                at[at.index(target)] = line
            at[target] = target
