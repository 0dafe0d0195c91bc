"""Gates on several qubits that a circuit holds and that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

ROTATIONS = frozenset(
    ("cp", "cu1", "crx", "cry", "crz", "rxx", "ryy", "rzz", "rzx", "mcphase", "mcp", "cu3", "cu", "xx_plus_yy")
)
"""Gates on several qubits that are the identity where all their angles are 0."""


class Identities(NamedTuple):
    """How many gates on several qubits there are, and how many of them are rotations by 0."""

    gates: int
    idle: int


def rotations_by_zero(circuit: QuantumCircuit) -> Identities:
    """Count the rotations by exactly 0 among a circuit's own instructions on several qubits.

    Programs that write a large Fourier transform as text write its smallest angles as 0.
    """
    gates = idle = 0
    for instruction in circuit.data:
        if len(instruction.qubits) < 2 or instruction.name == "barrier":
            continue
        gates += 1
        if instruction.name in ROTATIONS and instruction.is_standard_gate():
            idle += all(isinstance(angle, int | float) and angle == 0.0 for angle in instruction.params)
    return Identities(gates, idle)
