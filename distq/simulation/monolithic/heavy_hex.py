"""A superconducting heavy-hex lattice: its numbers, and programs routed for it by Qiskit.

The lattice is IBM's (Chamberland et al., PRX 10, 011022 (2020)). A routed program is simulated on an all-to-all trap
that has the lattice's errors and times, as its SWAPs are gates of it already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from distq.errors import SimulationError
from distq.frontend import to_circuit
from distq.ir.program import Kind, Matrix, Operation, Program
from distq.networks.parts import QPU

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.transpiler import CouplingMap

ERROR_CZ, ERROR_SX, ERROR_READOUT = 1.19e-3, 1.64e-4, 3.5e-3
TIME_CZ_S, TIME_SX_S, TIME_READOUT_S = 70e-9, 32e-9, 1e-6
T1_S, T2_S = 285e-6, 323e-6
SOURCE = (
    "superconducting, routed by Qiskit: CZ 1.19e-3, SX 1.64e-4, readout 3.5e-3, T1 285 us, T2 323 us (secondary "
    "source); two SX per gate; readout and reset of 1 us assumed"
)
DISTANCES = (3, 5, 7, 9, 11, 13)
"""Code distances d of the lattices to choose from, of (5 d^2 - 2 d - 1)/2 qubits each."""

_IDENTITY: Matrix = np.eye(2, dtype=np.complex128)
_CZ_LOCAL: Matrix = np.diag(np.exp([-0.25j * np.pi, 0.25j * np.pi]))
"""CZ is a ZZ rotation by -pi/2 and this on both qubits."""


class Routed(NamedTuple):
    """A program as the lattice runs it.

    Attributes
    ----------
    circuit
        In the lattice's gates, on the qubits that are used.
    layout
        Per qubit of ``circuit``: the line of the program that starts there; None if it starts in |0>.
    """

    circuit: QuantumCircuit
    layout: tuple[int | None, ...]


def heavy_hex_chip(qubits: int) -> QPU:
    """An all-to-all trap with the numbers of the lattice."""
    return QPU(
        name="heavy-hex",
        data=max(1, qubits),
        memory=0,
        error_1q=1.0 - (1.0 - ERROR_SX) ** 2,
        error_2q=ERROR_CZ,
        error_measure=ERROR_READOUT,
        error_reset=ERROR_READOUT,
        time_1q_s=2 * TIME_SX_S,
        time_2q_s=TIME_CZ_S,
        time_measure_s=TIME_READOUT_S,
        time_reset_s=TIME_READOUT_S,
        t1_s=T1_S,
        t2_s=T2_S,
    )


def route(program: Program) -> Routed:
    """Route a program for the smallest heavy-hex lattice that holds it.

    Raises
    ------
    SimulationError
        It has unbound parameters or classical conditions, or more qubits than the largest lattice.
    """
    if program.parameters:
        raise SimulationError("a circuit with unbound parameters cannot be routed", "bind its parameters")
    if any(op.condition is not None for op in program.operations):
        raise SimulationError("a circuit with classical conditions is not routed here")
    return _transpiled(to_circuit(program), program.num_qubits, program.name)


def _transpiled(circuit: QuantumCircuit, qubits: int, name: str) -> Routed:
    """Route a circuit, and leave out the qubits of the lattice that are not used."""
    from qiskit import QuantumCircuit, transpile

    found = transpile(
        circuit,
        coupling_map=_lattice(qubits),
        basis_gates=["cz", "sx", "x", "rz"],
        optimization_level=2,
        seed_transpiler=0,
    )
    items = [item for item in found.data if item.operation.name != "barrier"]
    starts = {wire: line for line, wire in enumerate(found.layout.initial_index_layout(filter_ancillas=True))}
    used = sorted({found.find_bit(q).index for item in items for q in item.qubits} | starts.keys())
    index = {wire: i for i, wire in enumerate(used)}
    out = QuantumCircuit(max(1, len(used)), found.num_clbits, name=name)
    for item in items:
        on = [index[found.find_bit(q).index] for q in item.qubits]
        out.append(item.operation, on, [found.find_bit(c).index for c in item.clbits])
    return Routed(out, tuple([starts.get(wire) for wire in used]))


def _lattice(qubits: int) -> CouplingMap:
    """The smallest lattice of so many qubits."""
    from qiskit.transpiler import CouplingMap

    distance = next((d for d in DISTANCES if (5 * d * d - 2 * d - 1) // 2 >= qubits), None)
    if distance is None:
        raise SimulationError(f"{qubits} qubits are too many for the heavy-hex lattices")
    return CouplingMap.from_heavy_hex(distance)


def as_program(circuit: QuantumCircuit, name: str) -> Program:
    """A routed circuit as a program with one rotation per CZ and one local gate per run of SX and X.

    The frontend would take the routing out again, as SWAPs only relabel. Diagonal one-qubit gates are free (virtual).
    """
    pending = [_IDENTITY] * circuit.num_qubits
    operations: list[Operation] = []

    def flush(qubit: int) -> None:
        if abs(pending[qubit][0, 1]) > 1e-9:
            operations.append(Operation(Kind.LOCAL, (qubit,), factors=(pending[qubit],)))
            pending[qubit] = _IDENTITY

    for item in circuit.data:
        qubits = tuple([circuit.find_bit(q).index for q in item.qubits])
        match item.operation.name:
            case "cz":
                for qubit in qubits:
                    flush(qubit)
                    pending[qubit] = _CZ_LOCAL @ pending[qubit]
                operations.append(Operation(Kind.ROTATION, qubits, angle=-np.pi / 2))
            case "measure":
                flush(qubits[0])
                clbit = circuit.find_bit(item.clbits[0]).index
                operations.append(Operation(Kind.MEASURE, qubits, clbit=clbit))
            case "reset":
                operations.append(Operation(Kind.RESET, qubits))
                pending[qubits[0]] = _IDENTITY
            case _:
                pending[qubits[0]] = item.operation.to_matrix() @ pending[qubits[0]]
    for qubit in range(circuit.num_qubits):
        flush(qubit)
    lines = tuple(range(circuit.num_qubits))
    return Program(name, circuit.num_qubits, circuit.num_clbits, tuple(operations), lines)
