"""The instruction ``epr``, a heralded Bell pair, in its three forms.

Emitted circuits hold it as an opaque instruction: transpiler passes cannot take it apart into gates between two QPUs,
and refuse it where they are told to use other gates only. OpenQASM 3 can only define gates, so files hold it as a gate
with a definition. Simulators know neither: for them it is an ``h`` and a ``cx``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ControlFlowOp, Gate, Instruction, Qubit
from qiskit.circuit.library import CXGate, HGate

EPR = "epr"
"""Name of the instruction that heralds the Bell pair (|00> + |11>)/sqrt 2 on two ions in |0>."""


@cache
def epr_instruction() -> Instruction:
    """The opaque instruction of emitted circuits."""
    return Instruction(EPR, 2, 0, [])


@cache
def epr_gate() -> Gate:
    """The gate of OpenQASM 3 files."""
    definition = QuantumCircuit(2, name=EPR)
    definition.h(0)
    definition.cx(0, 1)
    gate = Gate(EPR, 2, [])
    gate.definition = definition
    return gate


def with_epr_gates(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with every Bell pair as the gate that OpenQASM 3 can define; a new circuit, metadata kept.

    It has no layout: with one, the exporter would write ``$3`` instead of the names of ions.
    """
    gate = epr_gate()
    out = _replaced(circuit, lambda qubits: [CircuitInstruction(gate, qubits, ())])
    out._layout = None
    return out


def with_pair_circuits(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with every Bell pair made by an ``h`` and a ``cx``, as simulators need it; a new circuit."""
    h, cx = HGate(), CXGate()
    return _replaced(
        circuit, lambda qubits: [CircuitInstruction(h, qubits[:1], ()), CircuitInstruction(cx, qubits, ())]
    )


def _replaced(circuit: QuantumCircuit, form: Callable[[Sequence[Qubit]], list[CircuitInstruction]]) -> QuantumCircuit:
    """A copy in which every Bell pair has another form, inside the bodies of control flow too."""
    out = circuit.copy_empty_like()
    for item in circuit.data:
        if item.name == EPR:
            for made in form(item.qubits):
                out._append(made)
        elif item.is_control_flow() and any(_has_pairs(block) for block in item.operation.blocks):
            blocks = [_replaced(block, form) for block in item.operation.blocks]
            out._append(item.replace(operation=item.operation.replace_blocks(blocks)))
        else:
            out._append(item)
    return out


def _has_pairs(circuit: QuantumCircuit) -> bool:
    return any(
        item.name == EPR
        or (isinstance(item.operation, ControlFlowOp) and any(_has_pairs(block) for block in item.operation.blocks))
        for item in circuit.data
    )
