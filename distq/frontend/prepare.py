"""What is done to a circuit before it is brought into the normal form."""

from __future__ import annotations

from qiskit import QuantumCircuit

from distq.frontend.idle_qubits import without_idle_qubits
from distq.frontend.straighten import straightened


def prepared(circuit: QuantumCircuit, most: int) -> QuantumCircuit:
    """The circuit without loops, switches and classical variables; if it is wider than ``most``, without idle qubits.

    Raises
    ------
    CircuitError
        It has a loop without a bound, or classical values that are not known.
    """
    return without_idle_qubits(straightened(circuit), most)
