"""Runs of a distributed circuit, instruction by instruction, with the noise of its network.

Every instruction begins as soon as its ions are free and the bits that it reads are there; pairs are asked for as soon
as both ions are free, and the time until one is heralded is exponential. Errors are those of the network: Pauli errors
after gates, wrong outcomes and resets, Bell-diagonal pairs, relaxation and dephasing of ions that wait. Over-rotated
pulses, zones, hubs and numbers of channels are left to :meth:`distq.Compilation.simulate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator

from distq.errors import SimulationError
from distq.execution.bell_pairs import EPR
from distq.networks.network import Network
from distq.qiskit.classical import value_of
from distq.qiskit.ions import TRANSFER, VIRTUAL_GATES, Ions
from distq.qiskit.shot_states import Mask, ShotStates, X, Y, Z

LARGEST = 1 << 22
"""Amplitudes of all runs that are simulated together."""
MOST_IONS = 22
"""Ions that may be entangled or waiting at once."""
MOST_ROUNDS = 10_000
"""Rounds of a while loop."""
_BELL = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [0, 1, -1, 0], [1, 0, 0, -1]], dtype=np.complex128).T / math.sqrt(2)
"""A unitary that takes |00> to a Bell pair."""
_PAIR_ERRORS = (None, Z, X, Y)
"""Of the Bell-diagonal weights (I, Z, X, Y)."""


def run_shots(
    circuit: QuantumCircuit, ions: Ions, network: Network, shots: int, seed: int | None, *, noise: bool
) -> NDArray[np.int8]:
    """(shots, classical bits) of ``shots`` runs from |0..0>.

    Raises
    ------
    SimulationError
        Too many ions hold qubits at once, or an instruction cannot be simulated.
    """
    rng = np.random.default_rng(seed)
    rows: list[NDArray[np.int8]] = []
    width = _width(circuit)
    at_once = max(1, min(shots, LARGEST >> width))
    for start in range(0, shots, at_once):
        run = _Run(circuit, ions, network, min(at_once, shots - start), rng, noise)
        run.body(circuit, range(circuit.num_qubits), {bit: i for i, bit in enumerate(circuit.clbits)}, None)
        rows.append(run.bits.T)
    return np.concatenate(rows)


def _width(circuit: QuantumCircuit) -> int:
    """Ions that hold a qubit at once, at most: those between their first gate and their last measurement or reset."""
    at = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    live: set[int] = set()
    most = 0
    for item in circuit.data:
        on = {at[qubit] for qubit in item.qubits}
        if item.name in ("measure", "reset"):
            live -= on
        elif item.name not in ("barrier", "delay"):
            live |= on
            most = max(most, len(live))
    if most > MOST_IONS:
        raise SimulationError(
            f"{most} ions hold qubits at once, and state vectors of at most {MOST_IONS} are simulated",
            "use distq.qiskit.Sampler or Estimator, which reduce the protocols first, or engine='aer'",
        )
    return most


class _Run:
    """Some runs of a circuit side by side. ``bits`` (classical bits, runs); times in seconds."""

    def __init__(
        self, circuit: QuantumCircuit, ions: Ions, network: Network, shots: int, rng: np.random.Generator, noise: bool
    ) -> None:
        self.ions, self.network, self.rng, self.noise, self.shots = ions, network, rng, noise, shots
        self.states = ShotStates(circuit.num_qubits, shots, rng)
        self.bits = np.zeros((circuit.num_clbits, shots), dtype=np.int8)
        self.free_s = np.zeros((circuit.num_qubits, shots))
        self.known_s = np.zeros((circuit.num_clbits, shots))
        self.matrices: dict[Any, NDArray[np.complex128]] = {}

    def body(self, circuit: QuantumCircuit, wires: Sequence[int], bits: dict[Clbit, int], mask: Mask | None) -> None:
        """Run a circuit or a body on these ions and bits, in the runs in the mask."""
        wire = dict(zip(circuit.qubits, wires, strict=True))
        for item in circuit.data:
            on = [wire[qubit] for qubit in item.qubits]
            self.instruction(item, on, bits, mask)

    def instruction(self, item: Any, on: list[int], bits: dict[Clbit, int], mask: Mask | None) -> None:
        """Run one instruction."""
        match item.name:
            case "barrier" | "delay":
                pass
            case "measure":
                self.measure(on[0], bits[item.clbits[0]], mask)
            case "reset":
                self.reset(on[0], mask)
            case "if_else" | "for_loop" | "while_loop" | "switch_case" | "box":
                self.control_flow(item, on, bits, mask)
            case name if name == EPR:
                self.pair(on[0], on[1], mask)
            case _:
                self.gate(item, on, mask)

    # ---- time -----------------------------------------------------------------------------------------------------

    def wait(self, on: Sequence[int], duration_s: Any, mask: Mask | None, since_s: Any = 0.0) -> NDArray[np.float64]:
        """Let ions wait for each other and be busy for ``duration_s``; returns when they are free again."""
        start = np.maximum(np.max(self.free_s[list(on)], axis=0), since_s)
        if self.noise:
            for ion in on:
                self.idle(ion, np.maximum(start - self.free_s[ion], 0.0) * (1.0 if mask is None else mask))
        end: NDArray[np.float64] = start + duration_s
        for ion in on:
            self.free_s[ion] = end if mask is None else np.where(mask, end, self.free_s[ion])
        return end

    def idle(self, ion: int, seconds: NDArray[np.float64]) -> None:
        """Relaxation and dephasing of a waiting ion."""
        qpu = self.network.qpus[self.ions.qpu[ion]]
        if math.isfinite(qpu.dephasing_s) and seconds.any():
            self.states.pauli(2, ion, self.rng.random(self.shots) < -np.expm1(-seconds / qpu.dephasing_s) / 2)
        if math.isfinite(qpu.t1_s) and seconds.any():
            self.states.damp(ion, -np.expm1(-seconds / qpu.t1_s))

    def happens(self, probability: float, mask: Mask | None) -> Mask:
        """Runs in which something of this probability happens."""
        found: Mask = self.rng.random(self.shots) < probability
        return found if mask is None else found & mask

    # ---- instructions ---------------------------------------------------------------------------------------------

    def gate(self, item: Any, on: list[int], mask: Mask | None) -> None:
        """A gate inside a QPU, with its error."""
        qpu = self.network.qpus[self.ions.qpu[on[0]]]
        if len(on) == 1:
            free = item.name in VIRTUAL_GATES
            duration_s, error = (0.0, 0.0) if free else (qpu.time_1q_s, qpu.error_1q)
        elif item.name == TRANSFER:
            duration_s, error = qpu.time_transfer_s, qpu.error_transfer
        else:
            duration_s, error = qpu.time_2q_s, qpu.error_2q
        self.wait(on, duration_s, mask)
        self.states.gate(self.matrix(item), on, mask)
        if self.noise and error > 0.0:
            self.pauli_error(on, self.happens(error, mask))

    def matrix(self, item: Any) -> NDArray[np.complex128]:
        """The matrix of a gate, worked out once."""
        key: Any = (item.name, *item.params)
        try:
            known = self.matrices.get(key)
        except TypeError:
            key, known = id(item), None
        if known is None:
            found = item.matrix
            try:
                known = np.asarray(Operator(item.operation).data if found is None else found, dtype=np.complex128)
            except (QiskitError, TypeError) as error:
                raise SimulationError(f"{item.name!r} cannot be simulated: bind its parameters first") from error
            self.matrices[key] = known
        return known

    def pauli_error(self, on: Sequence[int], runs: Mask) -> None:
        """One of the Paulis on these ions that are not the identity, all equally likely."""
        which = self.rng.integers(1, 4 ** len(on), self.shots)
        for place, ion in enumerate(on):
            letter = which >> 2 * place & 3
            for pauli in range(3):
                mask = runs & (letter == pauli + 1)
                if mask.any():
                    self.states.pauli(pauli, ion, mask)

    def measure(self, ion: int, bit: int, mask: Mask | None) -> None:
        """A measurement, whose outcome may be wrong."""
        qpu = self.network.qpus[self.ions.qpu[ion]]
        end = self.wait([ion], qpu.time_measure_s, mask)
        found = self.states.measure(ion, mask)
        if self.noise:
            found = found ^ self.happens(qpu.error_measure, mask)
        self.bits[bit] = found if mask is None else np.where(mask, found, self.bits[bit])
        self.known_s[bit] = end + self.network.message_time_s

    def reset(self, ion: int, mask: Mask | None) -> None:
        """A reset, which may leave |1>."""
        qpu = self.network.qpus[self.ions.qpu[ion]]
        self.wait([ion], qpu.time_reset_s, mask)
        found = self.states.measure(ion, mask)
        self.states.pauli(0, ion, found == 1)
        if self.noise:
            self.states.pauli(0, ion, self.happens(qpu.error_reset, mask))

    def pair(self, a: int, b: int, mask: Mask | None) -> None:
        """A heralded Bell pair."""
        link = self.network.links[self.network.link_index(self.ions.qpu[a], self.ions.qpu[b])]
        wait_s = self.rng.exponential(link.mean_wait_s, self.shots)
        start = np.max(self.free_s[[a, b]], axis=0)
        self.free_s[[a, b]] = np.where(True if mask is None else mask, start + wait_s, self.free_s[[a, b]])
        self.states.gate(_BELL, [a, b], mask)
        if self.noise:
            drawn = self.rng.choice(4, self.shots, p=np.array(link.weights) / sum(link.weights))
            for which, error in enumerate(_PAIR_ERRORS):
                if error is not None:
                    self.states.gate(error, [a], (drawn == which) & (True if mask is None else mask))

    # ---- control flow ---------------------------------------------------------------------------------------------

    def control_flow(self, item: Any, on: list[int], bits: dict[Clbit, int], mask: Mask | None) -> None:
        """Bodies, in the runs that reach them."""
        operation = item.operation
        read = [bits[bit] for bit in item.clbits]
        if read:
            self.wait(on, 0.0, mask, np.max(self.known_s[read], axis=0))
        reached = np.ones(self.shots, dtype=bool) if mask is None else mask

        def run(block: QuantumCircuit | None, runs: Mask) -> None:
            if block is not None and runs.any():
                inner = {**bits, **dict(zip(block.clbits, read, strict=True))}
                self.body(block, on, inner, runs)

        match item.name:
            case "if_else":
                holds = value_of(operation.condition, self.bits, bits)
                for block, runs in zip(operation.blocks, (reached & holds, reached & ~holds), strict=False):
                    run(block, runs)
            case "box":
                run(operation.blocks[0], reached)
            case "for_loop":
                values, parameter, block = operation.params
                for value in values:
                    bound = parameter is not None and parameter in block.parameters
                    run(block.assign_parameters({parameter: value}) if bound else block, reached)
            case "while_loop":
                for _ in range(MOST_ROUNDS):
                    reached = reached & value_of(operation.condition, self.bits, bits)
                    if not reached.any():
                        return
                    run(operation.blocks[0], reached)
                raise SimulationError(f"a loop did not end within {MOST_ROUNDS:,} rounds")
            case _:
                raise SimulationError(f"{item.name!r} cannot be simulated", "use engine='aer'")
