"""The full dynamic circuit with noise, for qiskit-aer: slow, and independent of the reduction that distq simulates.

Every protocol is there with its Bell pair, mid-circuit measurements and conditional corrections; ions share the
circuit's qubits by liveness. Errors are instructions of the circuit, not a noise model, because a noise model knows
neither which ion a gate acts on nor how long one has waited. Do not transpile it above level 0.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from distq.errors import SimulationError
from distq.execution.schedule import Schedule
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
    ions_of,
)
from distq.ir.native_gates import NativeGate, native_gates
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.simulation.noise.matrices import local_matrix, number
from distq.simulation.statevector.input_states import InputState

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

Errors = list[tuple[str, float]]


def aer_circuit(
    program: Program,
    events: Events,
    schedule: Schedule | None,
    network: Network,
    state: InputState,
    *,
    undo: bool = True,
) -> QuantumCircuit:
    """The noisy distributed circuit, and all lines measured into a register ``line``.

    With ``undo`` the noiseless program is undone first, and the input with it: the fraction of shots whose ``line``
    reads 0..0 is then the state fidelity on ``state``. Without, the program's own measurements, resets and conditions
    are there too, its classical bits in a register ``bits``.

    Raises
    ------
    SimulationError
        To be undone, a program with measurements, resets or conditions.
    """
    if undo and any(op.condition is not None or op.kind >= Kind.MEASURE for op in program.operations):
        raise SimulationError("only unitary programs can be undone")
    writer = _Writer(program, network, state)
    for index, event in enumerate(events.events):
        if schedule is not None:
            for ion, time_s in zip(ions_of(event), schedule.idle(index).tolist(), strict=True):
                writer.idle(ion, time_s)
        writer.write(event)
    if schedule is not None:
        for ion, time_s in zip(schedule.held, schedule.held_s.tolist(), strict=True):
            writer.idle(ion, time_s)
    return writer.finish(events, undo)


class _Writer:
    """Instructions so far, and the qubit that each ion in use has."""

    def __init__(self, program: Program, network: Network, state: InputState) -> None:
        self.program, self.network, self.state = program, network, state
        self.steps: list[tuple[Any, tuple[int, ...]]] = []
        self.at: dict[Ion, int] = {}
        self.free: list[int] = []
        self.size = 0

    def take(self, ion: Ion) -> int:
        """A fresh qubit."""
        if self.free:
            qubit = self.free.pop()
            self.steps.append(("reset", (qubit,)))
        else:
            qubit = self.size
            self.size += 1
        self.at[ion] = qubit
        return qubit

    def error(self, errors: Errors, *ions: Ion) -> None:
        """Pauli strings, first letter for the first ion."""
        self.steps.append((errors, tuple([self.at[ion] for ion in ions])))

    def depolarize(self, p: float, *ions: Ion) -> None:
        """One of the other Paulis on these ions, all equally likely, with probability ``p``."""
        self.error(_depolarizing(p, len(ions)), *ions)

    def idle(self, ion: Ion, time_s: float) -> None:
        """Dephasing and relaxation of an ion that waits."""
        if ion in self.at and time_s > 0.0:
            qpu = self.network.qpus[ion.qpu]
            self.error([("Z", float(1 - np.exp(-time_s / qpu.dephasing_s)) / 2)], ion)
            if qpu.t1_s < np.inf:
                self.steps.append((_Damped(float(1 - np.exp(-time_s / qpu.t1_s))), (self.at[ion],)))

    def write(self, event: Event) -> None:
        """The steps of one event, with their errors."""
        qpus = self.network.qpus
        match event:
            case Allocate(line, ion):
                gate = self.state.gates[line]
                qubit = self.take(ion)
                self.error([("X", qpus[ion.qpu].error_reset)], ion)
                if gate is not None:
                    self.steps.append((gate, (qubit,)))
            case HeraldPair(link, a, b):
                self.steps += [("h", (self.take(a),)), ("cx", (self.at[a], self.take(b)))]
                _, z, x, y = self.network.links[link].weights
                self.error([("Z", z), ("X", x), ("Y", y)], b)
            case CatEntangle(_, root, half, copy):
                pair = self.at[root], self.at[half]
                self.steps.append(("cx", pair))
                self.steps += _turned(qpus[half.qpu].overrotation_2q * -np.pi / 2, "zx", pair)
                self.depolarize(qpus[half.qpu].error_2q, root, half)
                self.measure_and_correct(half, "x", copy)
            case CatDisentangle(_, copy, root):
                self.steps.append(("h", (self.at[copy],)))
                self.steps += _turned(qpus[copy.qpu].overrotation_1q * np.pi / 2, "y", (self.at[copy],))
                self.depolarize(qpus[copy.qpu].error_1q, copy)
                self.measure_and_correct(copy, "z", root)
            case Transfer(_, a, _, b):
                self.transfer(a, b)
            case Execute(operation, ions, _, followers):
                self.execute(self.program.operations[operation], ions)
                for on in followers:
                    self.follow(on)
            case Release():
                pass

    def measure_and_correct(self, measured: Ion, correction: str, on: Ion) -> None:
        """A wrong outcome is an X just before: the ion is reset afterwards."""
        self.error([("X", self.network.qpus[measured.qpu].error_measure)], measured)
        rates = self.network.qpus[on.qpu]
        qubit = self.at.pop(measured)
        turned = _turned(rates.overrotation_1q * np.pi, "x", (1,)) if correction == "x" else []
        errors = (_depolarizing(rates.error_1q, 1), (1,))
        self.steps.append((_Corrected(((correction, (1,)), *turned, errors)), (qubit, self.at[on])))
        self.free.append(qubit)

    def transfer(self, a: Ion, b: Ion) -> None:
        """Two ions exchange their qubits, or one moves to an empty ion."""
        empty = [ion for ion in (a, b) if ion not in self.at]
        p = self.network.qpus[a.qpu].error_transfer
        if not empty:
            self.at[a], self.at[b] = self.at[b], self.at[a]
            self.depolarize(p, a, b)
            return
        (new,) = empty
        self.at[new] = self.at.pop(b if new == a else a)
        self.error([(pauli, 4 * p / 15) for pauli in "XYZ"], new)

    def follow(self, ions: tuple[Ion, ...]) -> None:
        """A copy follows: CX on (control, copy), X on (copy,)."""
        rates = self.network.qpus[ions[0].qpu]
        on = tuple([self.at[ion] for ion in ions])
        if len(on) > 1:
            self.steps += [("cx", on), *_turned(rates.overrotation_2q * -np.pi / 2, "zx", on)]
            self.depolarize(rates.error_2q, *ions)
        else:
            self.steps += [("x", on), *_turned(rates.overrotation_1q * np.pi, "x", on)]
            self.depolarize(rates.error_1q, *ions)

    def execute(self, op: Operation, ions: tuple[Ion, ...]) -> None:
        """An operation of the program, with its native gates' errors after it."""
        rates = self.network.qpus[ions[0].qpu]
        on = tuple([self.at[ion] for ion in ions])
        steps: list[tuple[Any, tuple[int, ...]]] = []
        match op.kind:
            case Kind.MEASURE:
                steps += self.measure(op.clbit, on[0], rates.error_measure)
            case Kind.RESET:
                steps += [("reset", on), ([("X", rates.error_reset)], on)]
            case _:
                if rates.overrotation_1q or rates.overrotation_2q:
                    for gate in native_gates(op):
                        steps += _native(gate, rates, tuple([on[i] for i in gate.operands]))
                else:
                    steps.append((_matrix(op), on))
                for gate in native_gates(op):
                    rate = rates.error_1q if len(gate.operands) == 1 else rates.error_2q
                    steps.append((_depolarizing(rate, len(gate.operands)), tuple([on[i] for i in gate.operands])))
        self.steps += steps if op.condition is None else [(_If(op.condition, tuple(steps)), ())]

    def measure(self, clbit: int | None, qubit: int, error: float) -> list[tuple[Any, tuple[int, ...]]]:
        """A wrong record of a right collapse: a random bit, on a qubit of its own, is added before and after."""
        if not self.free:
            self.free.append(self.size)
            self.size += 1
        bit = self.free[-1]
        flip = ("cx", (bit, qubit))
        return [("reset", (bit,)), ([("X", error)], (bit,)), flip, (_Measure(clbit), (qubit,)), flip]

    def finish(self, events: Events, undo: bool) -> QuantumCircuit:
        """The circuit of all steps, and the measurement of all lines; see :func:`aer_circuit`."""
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit.library import UnitaryGate

        home = [self.at[ion] for ion in events.final if ion is not None]
        lines = ClassicalRegister(len(home), "line")
        outcome, bits = ClassicalRegister(1, "outcome"), ClassicalRegister(self.program.num_clbits, "bits")
        circuit = QuantumCircuit(QuantumRegister(self.size, "ion"), outcome, bits, lines, name=self.program.name)
        for what, qubits in self.steps:
            _append(circuit, what, qubits, outcome, bits)
        if undo:
            for op in reversed(self.program.operations):
                circuit.append(UnitaryGate(_matrix(op).conj().T), [home[q] for q in op.qubits])
            for line, gate in enumerate(self.state.gates):
                if gate is not None:
                    circuit.append(UnitaryGate(gate.conj().T), [home[line]])
        circuit.measure(home, lines)
        return circuit


class _Measure(NamedTuple):
    """Measurement into a bit of the program, or one that nothing reads."""

    clbit: int | None


class _Damped(NamedTuple):
    """Relaxation: |1> has decayed to |0> with this probability."""

    decayed: float


class _Corrected(NamedTuple):
    """Measurement of the first qubit and, if it reads 1, steps on the second one (number 1)."""

    steps: tuple[tuple[Any, tuple[int, ...]], ...]


class _If(NamedTuple):
    """Steps that happen under a condition on the program's bits."""

    condition: Condition
    steps: tuple[tuple[Any, tuple[int, ...]], ...]


def _append(circuit: QuantumCircuit, what: Any, qubits: tuple[int, ...], outcome: Any, bits: Any) -> None:
    from qiskit.circuit.library import UnitaryGate

    match what:
        case str():
            getattr(circuit, what)(*qubits)
        case list():
            _append_error(circuit, what, qubits)
        case _Measure(clbit):
            circuit.measure(qubits[0], outcome[0] if clbit is None else bits[clbit])
        case _If(condition, steps):
            with circuit.if_test(_holds(condition, bits)):
                for inner, on in steps:
                    _append(circuit, inner, on, outcome, bits)
        case _Corrected(steps):
            circuit.measure(qubits[0], outcome[0])
            with circuit.if_test((outcome[0], 1)):
                for inner, on in steps:
                    _append(circuit, inner, tuple([qubits[i] for i in on]), outcome, bits)
        case _Damped(decayed):
            from qiskit.quantum_info import Kraus

            kept = np.diag([1.0, np.sqrt(1.0 - decayed)])
            circuit.append(Kraus([kept, [[0.0, np.sqrt(decayed)], [0.0, 0.0]]]).to_instruction(), qubits)
        case _:
            circuit.append(UnitaryGate(what), qubits)


def _holds(condition: Condition, bits: Any) -> Any:
    """A condition as a Qiskit expression."""
    from qiskit.circuit.classical import expr

    terms = [
        expr.lift(bits[clbit]) if condition.value >> k & 1 else expr.logic_not(bits[clbit])
        for k, clbit in enumerate(condition.clbits)
    ]
    whole = reduce(expr.logic_and, terms)
    return expr.logic_not(whole) if condition.negate else whole


def _append_error(circuit: QuantumCircuit, errors: Errors, qubits: tuple[int, ...]) -> None:
    """Qiskit writes Pauli strings with the first qubit last."""
    from qiskit_aer.noise import pauli_error

    rest = 1.0 - sum(p for _, p in errors)
    if rest < 1.0:
        terms = [(pauli[::-1], p) for pauli, p in errors if p > 0.0]
        circuit.append(pauli_error([*terms, ("I" * len(qubits), rest)]), list(qubits))


def _depolarizing(p: float, size: int) -> Errors:
    paulis = ["X", "Y", "Z"] if size == 1 else [a + b for a in "IXYZ" for b in "IXYZ"][1:]
    return [(pauli, p / len(paulis)) for pauli in paulis]


def _turned(angle: float, axes: str, qubits: tuple[int, ...]) -> list[tuple[Any, tuple[int, ...]]]:
    """exp(-i angle/2 P x ... x P) with one Pauli per qubit; no step at all if it is the identity."""
    from qiskit.quantum_info import Operator, Pauli

    if angle == 0.0:
        return []
    pauli = Operator(Pauli(axes[::-1].upper())).data
    return [(np.cos(angle / 2) * np.eye(len(pauli)) - 1j * np.sin(angle / 2) * pauli, qubits)]


def _native(gate: NativeGate, rates: QPU, qubits: tuple[int, ...]) -> list[tuple[Any, tuple[int, ...]]]:
    """A native gate with its over-rotation."""
    from qiskit.circuit.library import CPhaseGate, UGate

    by = rates.overrotation_2q
    angles = [float(angle) for angle in gate.params]
    match gate.name:
        case "u":
            return [(UGate(angles[0] * (1.0 + rates.overrotation_1q), *angles[1:]).to_matrix(), qubits)]
        case "rz":
            return _turned(angles[0], "z", qubits)
        case "rzz":
            return _turned(angles[0] * (1.0 + by), "zz", qubits)
        case "cp":
            return [(CPhaseGate(angles[0]).to_matrix(), qubits), *_turned(-by * angles[0] / 2, "zz", qubits)]
        case _:
            return [("cx", qubits), *_turned(-by * np.pi / 2, "zx", qubits)]


def _matrix(op: Operation) -> Any:
    """Unitary of an operation, operand i on bit i as Qiskit has it."""
    if op.kind is Kind.LOCAL:
        return local_matrix(op.factors)
    index = np.arange(2 ** len(op.qubits))
    bits = [index >> k & 1 for k in range(len(op.qubits))]
    if op.kind is Kind.ROTATION:
        return np.diag(np.exp(-0.5j * number(op.angle) * (-1.0) ** sum(bits)))
    hit = np.all([bit == wanted for bit, wanted in zip(bits, op.pattern, strict=True)], axis=0)
    return np.diag(np.where(hit, np.exp(1j * number(op.angle)), 1.0))
