"""What is done to a circuit before it is brought into the normal form."""

from __future__ import annotations

from qiskit import QuantumCircuit

from distq.frontend.idle_qubits import without_idle_qubits
from distq.frontend.outcomes.control import UNCERTAIN_ROUNDS
from distq.frontend.straighten import straightened


def prepared(circuit: QuantumCircuit, most: int, max_rounds: int = UNCERTAIN_ROUNDS) -> QuantumCircuit:
    """The circuit without loops, switches and classical variables; if it is wider than ``most``, without idle qubits.

    A loop whose end depends on measured bits becomes ``max_rounds`` rounds.

    Raises
    ------
    CircuitError
        It has a loop that never ends, or classical values that are not known.
    """
    return without_idle_qubits(straightened(circuit, max_rounds), most)
