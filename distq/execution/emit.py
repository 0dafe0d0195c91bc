"""Protocol events become one flat Qiskit circuit.

The circuit has one data and one memory register per QPU, or one register where its ions have any role, so that the
machine can be seen in it, and one classical bit per ion for the outcomes of the protocols. Only the opaque instruction
``epr`` joins QPUs: a Bell pair on two memory or communication ions (:mod:`distq.execution.bell_pairs`); the latter are
the last ones of their register.
``circuit.metadata["distq"]["layout"]`` says where the qubits of the source circuit are. A *line* is a qubit of the
program: one of the source circuit, or an ancilla.

``births``
    Per ion in which lines are allocated (its qubit index as a string): these lines, in order. Line i starts as qubit i
    of the source circuit.
``entry``
    Per line: how many instructions of the circuit come before it; an input state other than |0> goes in there.
``final``
    Per line: index of the qubit that holds it at the end; null if it was measured and its ion freed.
``output``
    Per qubit of the source circuit: index of the qubit that holds it at the end, or null.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Clbit, Gate, IfElseOp, Measure, Qubit, Reset
from qiskit.circuit.library import (
    CPhaseGate,
    CXGate,
    HGate,
    RXGate,
    RYGate,
    RZGate,
    RZZGate,
    SwapGate,
    UGate,
    XGate,
    ZGate,
)

from distq.execution.bell_pairs import EPR, epr_instruction
from distq.execution.circuit_bits import CircuitBits
from distq.ir.events import (
    Allocate,
    CatDisentangle,
    CatEntangle,
    Event,
    Events,
    Execute,
    HeraldPair,
    Ion,
    Release,
    Transfer,
)
from distq.ir.native_gates import native_gates
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network

_NATIVE: dict[str, type[Gate]] = {
    "u": UGate,
    "rx": RXGate,
    "ry": RYGate,
    "rz": RZGate,
    "cx": CXGate,
    "cp": CPhaseGate,
    "rzz": RZZGate,
}


def emit(events: Events, program: Program, network: Network) -> QuantumCircuit:
    """Write lowered events as a circuit of Qiskit.

    Parameters
    ----------
    events
        From :func:`distq.execution.lower.lower`.
    program
        The operations that the events execute.
    network
        Names and sizes of the QPUs.

    Returns
    -------
    QuantumCircuit
        Equal to the source circuit up to a global phase, under the layout in its metadata. Classical bit i of the
        source is bit i of the circuit.
    """
    emission = _Emission(events, program, network)
    for event in events.events:
        emission.add(event)
    return emission.finish()


@cache
def _fixed_gates() -> dict[str, Any]:
    """Instructions without parameters, by name: made once, as one circuit may hold millions of them."""
    gates = {"x": XGate(), "z": ZGate(), "h": HGate(), "cx": CXGate(), "swap": SwapGate()}
    return gates | {"measure": Measure(), "reset": Reset(), EPR: epr_instruction()}


class _Emission:
    """The circuit under construction. For speed, instructions are appended without the checks of Qiskit."""

    def __init__(self, events: Events, program: Program, network: Network) -> None:
        self.events, self.program = events, program
        self.circuit = QuantumCircuit(name=program.name)
        self.bits = CircuitBits(self.circuit, events, program, network)
        self.gates = _fixed_gates()
        self.births: dict[str, list[int]] = {}
        self.entry = [0] * program.num_qubits
        self.corrections: dict[tuple[str, Ion, Ion], IfElseOp] = {}

    def add(self, event: Event) -> None:
        """Append what carries out an event."""
        match event:
            case Execute(operation, ions, _, followers):
                self._execute(self.program.operations[operation], [self.bits.qubit[ion] for ion in ions])
                for follower in followers:
                    self._gate("cx" if len(follower) > 1 else "x", *follower)
            case HeraldPair(_, a, b):
                self._gate(EPR, a, b)
            case CatEntangle(_, root, half, copy):
                self._gate("cx", root, half)
                self._correct(half, "x", copy)
            case CatDisentangle(_, copy, root):
                self._gate("h", copy)
                self._correct(copy, "z", root)
            case Transfer(_, a, _, b):
                self._gate("swap", a, b)
            case Allocate(line, ion, fresh):
                self.births.setdefault(str(self.bits.index[ion]), []).append(line)
                if not fresh:
                    self._gate("reset", ion)
                self.entry[line] = len(self.circuit.data)
            case Release(_, ion):
                self._gate("reset", ion)

    def finish(self) -> QuantumCircuit:
        """The circuit with its layout."""
        final = [None if ion is None else self.bits.index[ion] for ion in self.events.final]
        output = [final[line] for line in self.program.output]
        layout = {"births": self.births, "entry": self.entry, "final": final, "output": output}
        self.circuit.metadata = {"distq": {"layout": layout}}
        return self.circuit

    def _append(self, operation: Any, qubits: Sequence[Qubit], clbits: Sequence[Clbit] = ()) -> None:
        self.circuit._append(CircuitInstruction(operation, qubits, clbits))

    def _gate(self, name: str, *ions: Ion) -> None:
        self._append(self.gates[name], [self.bits.qubit[ion] for ion in ions])

    def _correct(self, measured: Ion, gate: str, target: Ion) -> None:
        """Measure an ion, apply ``gate`` on ``target`` if the outcome is 1, and reset the ion."""
        bit, qubit = self.bits.outcome[measured], self.bits.qubit[target]
        self._append(self.gates["measure"], [self.bits.qubit[measured]], [bit])
        key = (gate, measured, target)
        if key not in self.corrections:
            body = QuantumCircuit([qubit], [bit])
            body._append(CircuitInstruction(self.gates[gate], [qubit], []))
            self.corrections[key] = IfElseOp((bit, 1), body)
        self._append(self.corrections[key], [qubit], [bit])
        self._gate("reset", measured)

    def _execute(self, op: Operation, qubits: list[Qubit]) -> None:
        """Append an operation, inside a guard if it has a condition."""
        if op.condition is None:
            self._append_operation(self.circuit, op, qubits)
            return
        clbits = [self.bits.clbits[i] for i in dict.fromkeys(op.clbits)]
        body = QuantumCircuit(qubits, clbits)
        self._append_operation(body, op, qubits)
        self._append(self._guard(op.condition, body), qubits, clbits)

    def _append_operation(self, circuit: QuantumCircuit, op: Operation, qubits: list[Qubit]) -> None:
        if op.kind is Kind.MEASURE:
            assert op.clbit is not None
            circuit._append(CircuitInstruction(self.gates["measure"], qubits, [self.bits.clbits[op.clbit]]))
        elif op.kind is Kind.RESET:
            circuit._append(CircuitInstruction(self.gates["reset"], qubits, []))
        for gate in native_gates(op):
            operation = _NATIVE[gate.name](*gate.params)
            circuit._append(CircuitInstruction(operation, [qubits[i] for i in gate.operands], []))

    def _guard(self, condition: Condition, body: QuantumCircuit) -> IfElseOp:
        """``body`` if the condition holds.

        Conditions on a whole register or on one bit are written as such. Others become nested ones on single bits: no
        other form survives OpenQASM 3.
        """
        register = self.bits.registers.get(condition.clbits)
        if register is None or len(condition.clbits) == 1:
            return self._nested(condition, body)
        test = (register, condition.value)
        return IfElseOp(test, body.copy_empty_like(), body) if condition.negate else IfElseOp(test, body)

    def _nested(self, condition: Condition, body: QuantumCircuit) -> IfElseOp:
        """``body`` if the condition holds, by a test of the first bit around one of the others."""
        bits, value, negate = condition.clbits, condition.value, condition.negate
        first = self.bits.clbits[bits[0]]
        if len(bits) == 1:
            return IfElseOp((first, (value & 1) ^ negate), body)
        inner = self._nested(Condition(bits[1:], value >> 1, negate), body)
        rest = body.copy_empty_like()
        rest._append(CircuitInstruction(inner, rest.qubits, rest.clbits))
        return IfElseOp((first, value & 1), rest, body if negate else None)
