"""The whole protocol, ion by ion, on density matrices: slow, plain, and written apart from the reduction it tests."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from distq.execution.schedule import Schedule
from distq.ir.events import (
    Allocate,
    CatDisentangle,
    CatEntangle,
    Events,
    Execute,
    HeraldPair,
    Ion,
    Release,
    Transfer,
    ions_of,
)
from distq.ir.native_gates import native_gates
from distq.ir.program import Kind, Operation, Program
from distq.networks.links import Direct
from distq.networks.network import Network
from distq.simulation.engines.density.evolution import holds
from distq.simulation.noise.matrices import local_matrix
from distq.simulation.reduction.final_measurements import final_measurements
from distq.simulation.statevector.input_states import InputState

P = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
"""I, X, Y, Z."""
H = np.array([[1, 1], [1, -1]]) / math.sqrt(2)
CX = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])  # first operand (the high bit) controls


class Ions:
    """Density tensor of named ions: axes (row of ion 0, ..., column of ion 0, ...)."""

    def __init__(self) -> None:
        self.names: list[object] = []
        self.rho = np.ones((), dtype=complex)

    def copy(self) -> Ions:
        new = Ions()
        new.names, new.rho = list(self.names), self.rho.copy()
        return new

    def add(self, name: object) -> None:
        k = len(self.names)
        zero = np.zeros((2, 2), dtype=complex)
        zero[0, 0] = 1
        self.rho = np.moveaxis(np.tensordot(self.rho, zero, axes=0), 2 * k, k)
        self.names.append(name)

    def apply(self, matrix: np.ndarray, *names: object) -> None:
        self.rho = self.sandwiched(matrix, *names)

    def sandwiched(self, matrix: np.ndarray, *names: object) -> np.ndarray:
        k, n = len(names), len(self.names)
        at = [self.names.index(name) for name in names]
        tensor = np.asarray(matrix, dtype=complex).reshape((2,) * (2 * k))
        rho = np.moveaxis(np.tensordot(tensor, self.rho, axes=(range(k, 2 * k), at)), range(k), at)
        columns = [n + i for i in at]
        return np.moveaxis(np.tensordot(tensor.conj(), rho, axes=(range(k, 2 * k), columns)), range(k), columns)

    def channel(self, probabilities: dict[tuple[int, ...], float], *names: object) -> None:
        """Pauli errors: tuple of indices into P, one per ion -> probability. The rest is the identity."""
        k, n = len(names), len(self.names)
        both = (1 - sum(probabilities.values())) * np.eye(4**k, dtype=complex)  # on rows and columns at once
        for paulis, p in probabilities.items():
            matrix = reduce(np.kron, [P[pauli] for pauli in paulis])
            both += p * np.kron(matrix, matrix.conj())
        at = [self.names.index(name) for name in names]
        at += [n + i for i in at]
        tensor = both.reshape((2,) * (4 * k))
        self.rho = np.moveaxis(np.tensordot(tensor, self.rho, axes=(range(2 * k, 4 * k), at)), range(2 * k), at)

    def trace_out(self, name: object) -> None:
        at, n = self.names.index(name), len(self.names)
        self.rho = np.trace(self.rho, axis1=at, axis2=n + at)
        self.names.remove(name)

    def projected(self, name: object, outcome: int) -> np.ndarray:
        return self.sandwiched(np.diag([1 - outcome, outcome]), name)


def depolarize(p: float, k: int) -> dict[tuple[int, ...], float]:
    paulis = [(a,) for a in range(1, 4)] if k == 1 else [(a, b) for a in range(4) for b in range(4) if a or b]
    return {pauli: p / len(paulis) for pauli in paulis}


class FullProtocol:
    """Runs events; ``branches`` maps classical bits to unnormalised states."""

    def __init__(self, program: Program, network: Network, state: InputState) -> None:
        self.program, self.network, self.state = program, network, state
        self.final = final_measurements(program)
        self.dead: dict[Ion, str] = {}
        self.branches: dict[tuple[int, ...], Ions] = {(0,) * program.num_clbits: Ions()}

    def all(self) -> list[Ions]:
        return list(self.branches.values())

    def idle(self, ion: Ion, time_s: float) -> None:
        """Coherences decay as exp(-t/T2), of which exp(-t/(2 T1)) comes from the decay of |1> to |0>."""
        qpu = self.network.qpus[ion.qpu]
        kept = math.exp(-time_s / qpu.t1_s)
        q = (1 - math.exp(-time_s / qpu.t2_s) / math.sqrt(kept)) / 2
        for ions in self.all():
            if ion in ions.names and time_s > 0:
                jumped = ions.sandwiched(np.array([[0, math.sqrt(1 - kept)], [0, 0]]), ion)
                ions.rho = ions.sandwiched(np.diag([1, math.sqrt(kept)]), ion) + jumped
                ions.channel({(3,): q}, ion)

    def fresh(self, ion: Ion) -> None:
        for ions in self.all():
            ions.add(ion)
            ions.channel({(1,): self.network.qpus[ion.qpu].error_reset}, ion)

    def corrected(self, ions: Ions, measured: Ion, flip: float, pauli: int, on: Ion) -> None:
        """Measure, and apply a Pauli with its gate error if the outcome read is 1; the measured ion leaves."""
        total = 0
        for outcome in (0, 1):
            for read in (0, 1):
                part = ions.copy()
                part.rho = part.projected(measured, outcome) * (1 - flip if read == outcome else flip)
                if read:
                    part.apply(P[pauli], on)
                    if pauli == 1:
                        part.apply(turn(self.network.qpus[on.qpu].overrotation_1q * math.pi, P[1]), on)
                    part.channel(depolarize(self.network.qpus[on.qpu].error_1q, 1), on)
                total = total + part.rho
        ions.rho = total
        ions.trace_out(measured)

    def step(self, event: object) -> None:
        qpus = self.network.qpus
        match event:
            case Allocate(qubit, ion):
                self.fresh(ion)
                gate = self.state.gates[qubit]
                for ions in self.all():
                    if gate is not None:
                        ions.apply(gate, ion)
            case HeraldPair(link, a, b) if isinstance(self.network.links[link].model, Direct):
                self.pair_of_state(self.network.links[link].model.state, a, b)
            case HeraldPair(link, a, b):
                _, z, x, y = self.network.links[link].weights
                for ions in self.all():
                    ions.add(a)
                    ions.add(b)
                    ions.apply(H, a)
                    ions.apply(CX, a, b)
                    ions.channel({(3,): z, (1,): x, (2,): y}, b)
            case CatEntangle(_, root, half, copy):
                near = qpus[half.qpu]
                for ions in self.all():
                    ions.apply(native("cx", (), 0.0, near.overrotation_2q), root, half)
                    ions.channel(depolarize(near.error_2q, 2), root, half)
                    self.corrected(ions, half, near.error_measure, 1, copy)
            case CatDisentangle(_, copy, root):
                here = qpus[copy.qpu]
                for ions in self.all():
                    ions.apply(turn(here.overrotation_1q * math.pi / 2, P[2]) @ H, copy)
                    ions.channel(depolarize(here.error_1q, 1), copy)
                    self.corrected(ions, copy, here.error_measure, 3, root)
            case Transfer(_, a, _, b):
                for ions in self.all():
                    missing = [ion for ion in (a, b) if ion not in ions.names]
                    for ion in missing:
                        ions.add(ion)
                    ions.names = [{a: b, b: a}.get(name, name) for name in ions.names]
                    ions.channel(depolarize(qpus[a.qpu].error_transfer, 2), a, b)
                    for ion in missing:
                        ions.trace_out(b if ion == a else a)
            case Release(qubit, ion):
                self.dead[ion] = f"line {qubit}"
                for ions in self.all():
                    ions.names[ions.names.index(ion)] = f"line {qubit}"
            case Execute(operation, where, _, followers):
                self.execute(operation, where)
                for on in followers:
                    here = qpus[on[0].qpu]
                    for ions in self.all():
                        if len(on) == 2:
                            ions.apply(native("cx", (), 0.0, here.overrotation_2q), *on)
                        else:
                            ions.apply(turn(here.overrotation_1q * math.pi, P[1]) @ P[1], *on)
                        ions.channel(depolarize(here.error_2q if len(on) == 2 else here.error_1q, len(on)), *on)

    def pair_of_state(self, state: object, a: Ion, b: Ion) -> None:
        """The pair of a density matrix, sum_k (1 x K_k) on the perfect one."""
        chances, vectors = np.linalg.eigh(np.array(state))
        for ions in self.all():
            ions.add(a)
            ions.add(b)
            ions.apply(H, a)
            ions.apply(CX, a, b)
            kraus = [math.sqrt(max(2 * p, 0.0)) * v.reshape(2, 2).T for p, v in zip(chances, vectors.T, strict=True)]
            ions.rho = sum(ions.sandwiched(k, b) for k in kraus)

    def execute(self, index: int, where: tuple[Ion, ...]) -> None:
        op = self.program.operations[index]
        qpu = self.network.qpus[where[0].qpu]
        if index in self.final:
            return
        if op.kind is Kind.MEASURE:
            self.measure(op, where[0], qpu.error_measure)
            return
        for bits, ions in self.branches.items():
            if not holds(op.condition, bits):
                continue
            if op.kind is Kind.RESET:
                lowered = ions.sandwiched(np.array([[0, 1], [0, 0]]), where[0])
                ions.rho = ions.projected(where[0], 0) + lowered
                ions.channel({(1,): qpu.error_reset}, where[0])
                continue
            if qpu.overrotation_1q or qpu.overrotation_2q:
                for gate in native_gates(op):
                    by = qpu.overrotation_1q, qpu.overrotation_2q
                    ions.apply(native(gate.name, gate.params, *by), *[where[i] for i in gate.operands])
            else:
                ions.apply(matrix_of(op), *where)
            for gate in native_gates(op):
                on = [where[i] for i in gate.operands]
                ions.channel(depolarize(qpu.error_1q if len(on) == 1 else qpu.error_2q, len(on)), *on)

    def measure(self, op: Operation, ion: Ion, flip: float) -> None:
        found: dict[tuple[int, ...], Ions] = {}
        for bits, ions in self.branches.items():
            if not holds(op.condition, bits):
                merge(found, bits, ions)
                continue
            for outcome in (0, 1):
                for read in (0, 1):
                    part = ions.copy()
                    part.rho = part.projected(ion, outcome) * (1 - flip if read == outcome else flip)
                    merge(found, (*bits[: op.clbit], read, *bits[op.clbit + 1 :]), part)
        self.branches = found


def turn(angle: float, pauli: np.ndarray) -> np.ndarray:
    """exp(-i angle/2 pauli)."""
    return math.cos(angle / 2) * np.eye(len(pauli)) - 1j * math.sin(angle / 2) * pauli


def native(name: str, params: tuple[float, ...], by_1q: float, by_2q: float) -> np.ndarray:
    """A native gate whose pulse is too long by these fractions of its angle, first operand the high bit."""
    match name:
        case "u":
            theta, phi, lam = params
            return turn(phi, P[3]) @ turn(theta * (1 + by_1q), P[2]) @ turn(lam, P[3])
        case "rz":
            return turn(params[0], P[3])
        case "rzz":
            return turn(params[0] * (1 + by_2q), np.kron(P[3], P[3]))
        case "cp":
            more = turn(-params[0] / 2 * by_2q, np.kron(P[3], P[3]))
            return np.diag([1, 1, 1, np.exp(1j * params[0])]) @ more
        case "cx":
            return CX @ turn(-math.pi / 2 * by_2q, np.kron(P[3], P[1]))
    raise AssertionError(name)


def merge(found: dict[tuple[int, ...], Ions], bits: tuple[int, ...], ions: Ions) -> None:
    if bits in found:
        assert found[bits].names == ions.names
        found[bits].rho = found[bits].rho + ions.rho
    else:
        found[bits] = ions


def matrix_of(op: Operation) -> np.ndarray:
    """Unitary of an operation, its first operand the high bit."""
    if op.kind is Kind.LOCAL:
        return local_matrix(op.factors)
    k = len(op.qubits)
    diagonal = np.ones(2**k, dtype=complex)
    for i in range(2**k):
        bits = [i >> (k - 1 - j) & 1 for j in range(k)]
        if op.kind is Kind.ROTATION:
            diagonal[i] = np.exp(-0.5j * op.angle * (-1) ** sum(bits))
        elif tuple(bits) == op.pattern:
            diagonal[i] = np.exp(1j * op.angle)
    return np.diag(diagonal)


def run_full(
    program: Program, events: Events, schedule: Schedule | None, network: Network, state: InputState
) -> dict[tuple[int, ...], np.ndarray]:
    """Classical bits -> unnormalised density matrix of all lines, bit i of an index being line i."""
    full = FullProtocol(program, network, state)
    for index, event in enumerate(events.events):
        if schedule is not None:
            for ion, time_s in zip(ions_of(event), schedule.idle(index), strict=True):
                full.idle(ion, time_s)
        full.step(event)
    if schedule is not None:
        for ion, time_s in zip(schedule.held, schedule.held_s, strict=True):
            full.idle(ion, time_s)
    n = program.num_qubits
    out = {}
    for bits, ions in full.branches.items():
        place = [events.final[q] if events.final[q] is not None else f"line {q}" for q in range(n)]
        at = [ions.names.index(p) for p in reversed(place)]
        assert len(ions.names) == n
        out[bits] = ions.rho.transpose(*at, *[n + i for i in at]).reshape(2**n, 2**n)
    return out
