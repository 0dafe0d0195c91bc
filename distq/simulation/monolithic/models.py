"""Models of one big machine: what a distributed execution is compared with.

Each is a program on one all-to-all trap whose numbers stand for the machine; a machine that is not all-to-all gets the
program that Qiskit routes for it. Sources and what is assumed are part of each :class:`MonolithicModel`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from distq.errors import SimulationError, UnknownNameError
from distq.frontend import to_circuit
from distq.ir.program import Kind, Matrix, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.networks.presets import QPU_PRESETS
from distq.simulation.monolithic.one_trap import mean_trap, on_one_trap
from distq.simulation.reduction.copy_program import CopyProgram
from distq.simulation.statevector.input_states import InputState

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

CHAIN_TIME_S = 24e-6
"""Two-qubit gate time per ion of the chain."""
HELIOS_LAYER_S, HELIOS_PAIRS = 55e-3, 49


@dataclass(frozen=True)
class MonolithicModel:
    """One big machine.

    Attributes
    ----------
    name
        One of MONOLITHIC_MODELS.
    program, qpu
        What it runs, on a trap that has its numbers.
    source
        Where the numbers come from and what is assumed.
    layout
        Per line of ``program``: the line of the original whose input it starts with, -1 if it starts in |0>; None if
        the lines are the original's.
    """

    name: str
    program: Program
    qpu: QPU
    source: str
    layout: tuple[int, ...] | None = None

    def execution(self, *, twirl: bool = False) -> CopyProgram:
        """Its noisy execution, every operation as soon as its qubits (and zones) are free."""
        return on_one_trap(self.program, self.qpu, twirl=twirl)

    def without_relaxation(self) -> MonolithicModel:
        """The machine with the same T2 and no T1, for engines that cannot take one."""
        source = f"{self.source}; relaxation not counted, as this engine cannot take it"
        return replace(self, qpu=self.qpu.model_copy(update={"t1_s": math.inf}), source=source)

    def input(self, state: InputState) -> InputState:
        """An input state of the original, where it starts on this machine. Ancillas that it does not have fall away."""
        if self.layout is None:
            return replace(state, gates=state.gates[: self.program.num_qubits])
        return replace(state, gates=tuple([None if line < 0 else state.gates[line] for line in self.layout]))


_IDENTITY: Matrix = np.eye(2, dtype=np.complex128)
_HALF_TURN: Matrix = np.diag(np.exp([-0.25j * np.pi, 0.25j * np.pi]))
"""CZ is a ZZ rotation by -pi/2 and this on both qubits."""

MONOLITHIC_MODELS = ("same-trap", "long-chain", "heavy-hex", "qccd")


def monolithic_model(name: str, program: Program, network: Network) -> MonolithicModel:
    """The comparator of that name for a program that otherwise runs on the network.

    Raises
    ------
    UnknownNameError
        No such comparator.
    SimulationError
        Qiskit cannot route the program: it has unbound parameters, or more qubits than the largest lattice here.
    """
    match name:
        case "same-trap":
            return MonolithicModel(
                name, program, mean_trap(network), "one trap with the QPUs' own errors: no such machine"
            )
        case "long-chain":
            return _long_chain(program, network)
        case "heavy-hex":
            return _heavy_hex(program)
        case "qccd":
            return _qccd(program)
        case _:
            raise UnknownNameError("comparator", name, MONOLITHIC_MODELS)


def _long_chain(program: Program, network: Network) -> MonolithicModel:
    """One chain: gate time 24 us per ion, errors in proportion to the length, from those of a QPU's chain."""
    short = float(np.mean([qpu.data + (qpu.memory or 0) for qpu in network.qpus]))
    ions = max(program.num_qubits, 1)
    trap = mean_trap(network)
    longer = max(1.0, ions / short)
    numbers = {
        "error_2q": min(0.9, trap.error_2q * longer),
        "time_2q_s": max(trap.time_2q_s, CHAIN_TIME_S * ions),
        "zones": 1,
    }
    source = (
        f"a chain of {ions} ions: 24 us x ions per gate fits published chains of 11-36 ions; error in proportion to "
        "the length and one gate at a time assumed"
    )
    return MonolithicModel("long-chain", program, trap.model_copy(update=numbers), source)


def _qccd(program: Program) -> MonolithicModel:
    """Quantinuum Helios with the time that its transport takes."""
    helios = QPU_PRESETS.find("quantinuum-helios")
    trap = QPU(name="helios", data=max(1, program.num_qubits), memory=0, preset=helios.name, zones=1)
    trap = trap.model_copy(update={"time_2q_s": HELIOS_LAYER_S / HELIOS_PAIRS})
    source = (
        f"{helios.source}; a layer of 49 pairs takes 55 ms (secondary source), fewer in proportion (assumed); T2 "
        f"{helios.t2_s:g} s assumed"
    )
    return MonolithicModel("qccd", program, trap, source)


def _heavy_hex(program: Program) -> MonolithicModel:
    """A superconducting heavy-hex lattice, routed by Qiskit: CZ 1.19e-3, SX 1.64e-4, 70 and 32 ns."""
    if program.parameters:
        raise SimulationError("a circuit with unbound parameters cannot be routed", "bind its parameters")
    if any(op.condition is not None for op in program.operations):
        raise SimulationError("a circuit with classical conditions is not routed here")
    circuit, layout = _routed(program)
    routed = _as_it_is(circuit, program.name)
    two_sx = 1.0 - (1.0 - 1.64e-4) ** 2
    chip = QPU(
        name="heavy-hex",
        data=max(1, routed.num_qubits),
        memory=0,
        error_1q=two_sx,
        error_2q=1.19e-3,
        error_measure=3.5e-3,
        error_reset=3.5e-3,
        time_1q_s=64e-9,
        time_2q_s=70e-9,
        time_measure_s=1e-6,
        time_reset_s=1e-6,
        t1_s=285e-6,
        t2_s=323e-6,
    )
    source = (
        "superconducting, routed by Qiskit: CZ 1.19e-3, SX 1.64e-4, readout 3.5e-3, T1 285 us, T2 323 us (secondary "
        "source); two SX per gate; readout and reset of 1 us assumed"
    )
    return MonolithicModel("heavy-hex", routed, chip, source, layout)


def _routed(program: Program) -> tuple[QuantumCircuit, tuple[int, ...]]:
    """The program for the smallest heavy-hex lattice that holds it, on the qubits that are used.

    With the line of the program that starts on each of these, -1 if none.
    """
    from qiskit import QuantumCircuit, transpile
    from qiskit.transpiler import CouplingMap

    sizes = (d for d in (3, 5, 7, 9, 11, 13) if (5 * d * d - 2 * d - 1) // 2 >= program.num_qubits)
    distance = next(sizes, None)
    if distance is None:
        raise SimulationError(f"{program.num_qubits} qubits are too many for the heavy-hex comparator")
    lattice = CouplingMap.from_heavy_hex(distance)
    found = transpile(
        to_circuit(program),
        coupling_map=lattice,
        basis_gates=["cz", "sx", "x", "rz"],
        optimization_level=2,
        seed_transpiler=0,
    )
    items = [item for item in found.data if item.operation.name != "barrier"]
    starts = {wire: line for line, wire in enumerate(found.layout.initial_index_layout(filter_ancillas=True))}
    used = sorted({found.find_bit(q).index for item in items for q in item.qubits} | starts.keys())
    index = {wire: i for i, wire in enumerate(used)}
    out = QuantumCircuit(max(1, len(used)), found.num_clbits, name=program.name)
    for item in items:
        qubits = [index[found.find_bit(q).index] for q in item.qubits]
        out.append(item.operation, qubits, [found.find_bit(c).index for c in item.clbits])
    return out, tuple([starts.get(wire, -1) for wire in used])


def _as_it_is(circuit: QuantumCircuit, name: str) -> Program:
    """A routed circuit as a program with one rotation per CZ and one local gate per run of SX and X.

    The frontend would take the routing out again: SWAPs only relabel. Diagonal one-qubit gates are free (virtual).
    """
    width = circuit.num_qubits
    pending = [_IDENTITY] * width
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
                    pending[qubit] = _HALF_TURN @ pending[qubit]
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
    for qubit in range(width):
        flush(qubit)
    return Program(name, width, circuit.num_clbits, tuple(operations), tuple(range(width)))
