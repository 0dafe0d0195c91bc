"""Resynthesised programs are equal to their sources, and cheaper."""

from __future__ import annotations

import cmath
import itertools
import math
import random

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator, random_unitary

from distq.execution.emit import emit
from distq.execution.lower import lower
from distq.frontend import matrix2, normalise, read_circuit, to_circuit
from distq.ir.program import Kind, Program
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.strategies import get_strategy
from distq.rewrite import resynthesise, simplify, static_cost
from distq.rewrite.pauli import HALF_PI, PLUS, CliffordGate, SignedPauli, commute, conjugated, euler
from distq.rewrite.phase_polynomial import rewritten
from distq.verification.circuit_checker import verify_circuit
from distq.verification.plan_checker import check_plan
from helpers.circuits import ALL, CLIFFORD, COMMON, DYNAMIC, random_circuit, random_state, run_exactly, same_branches

MIXES = [("h", "t", "tdg", "cx", "cx", "cx"), ("cx", "cx", "rz"), COMMON, CLIFFORD, ALL, ("h", "cx", "cx", "ccx", "t")]

PAULI = {
    (0, 0): np.eye(2),
    (1, 0): np.array([[0, 1], [1, 0]]),
    (0, 1): np.diag([1, -1]),
    (1, 1): np.array([[0, -1j], [1j, 0]]),
}


def unitary(program: Program) -> np.ndarray:
    return np.asarray(Operator(to_circuit(program)).data)


def string(x: int, z: int, n: int) -> np.ndarray:
    out = np.eye(1)
    for q in range(n):
        out = np.kron(out, PAULI[x >> q & 1, z >> q & 1])
    return out


def toffoli(circuit: QuantumCircuit, a: int, b: int, c: int) -> None:
    """The textbook circuit with six CX and seven T."""
    circuit.h(c)
    circuit.cx(b, c)
    circuit.tdg(c)
    circuit.cx(a, c)
    circuit.t(c)
    circuit.cx(b, c)
    circuit.tdg(c)
    circuit.cx(a, c)
    circuit.t(b)
    circuit.t(c)
    circuit.h(c)
    circuit.cx(a, b)
    circuit.t(a)
    circuit.tdg(b)
    circuit.cx(a, b)


# ---- Pauli algebra ------------------------------------------------------------------------------------------------


def test_frames_follow_their_matrices() -> None:
    rng = random.Random(1)
    for _ in range(200):
        frame = CliffordGate()
        for _ in range(5):
            axis, angle = rng.choice("xyz"), rng.randrange(-4, 5) * HALF_PI
            if rng.random() < 0.5:
                frame.then(axis, angle)
            else:
                frame.first(SignedPauli(PLUS[axis].x, PLUS[axis].z, rng.choice((1, -1))), angle)
        matrix = matrix2.to_array(frame.matrix)
        for name, image in frame.images.items():
            moved = matrix.conj().T @ PAULI[PLUS[name].x, PLUS[name].z] @ matrix
            assert np.allclose(moved, image.sign * PAULI[image.x, image.z])


def test_euler_angles_and_phase() -> None:
    fixed = [matrix2.to_array(m) for m in matrix2.FIXED.values()]
    for m in [random_unitary(2, seed=s).data for s in range(100)] + fixed + [a @ b for a in fixed for b in fixed]:
        turns, phase = euler(matrix2.from_array(m))
        made = matrix2.IDENTITY
        for axis, angle in turns:
            made = matrix2.multiply(matrix2.rotation(axis, angle), made)
        assert np.allclose(matrix2.to_array(made) * cmath.exp(1j * phase), m, atol=1e-12)


def test_products_of_strings() -> None:
    for x, z, a, b in itertools.product(range(4), repeat=4):
        first, second = string(x, z, 2), string(a, b, 2)
        if commute(x, z, a, b):
            assert np.allclose(first @ second, second @ first)
        else:
            new_x, new_z, sign = conjugated(x, z, a, b)
            assert np.allclose(1j * first @ second, sign * string(new_x, new_z, 2))


# ---- equality -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("mix", range(len(MIXES)))
def test_random_circuits_keep_their_unitary(mix: int) -> None:
    for seed in range(16):
        qubits = 2 + seed % 5
        circuit = random_circuit(qubits, (15, 50)[seed % 2], seed, MIXES[mix])
        program = normalise(circuit, fold_blocks=bool(seed % 3))
        wanted = np.asarray(Operator(circuit).data)
        for found in (rewritten(program), resynthesise(program)):
            assert np.abs(unitary(found) - wanted).max() < 1e-9  # global phase included


@pytest.mark.parametrize("seed", range(8))
def test_measurements_resets_and_conditions_stay_in_place(seed: int) -> None:
    circuit = random_circuit(3, 30, seed, (*DYNAMIC, "cx", "cx", "ccx"), clbits=3)
    program = normalise(circuit)
    state = random_state(3, seed)
    assert same_branches(run_exactly(circuit, state), run_exactly(to_circuit(rewritten(program)), state))


@pytest.mark.parametrize("seed", range(6))
def test_unbound_parameters_stay(seed: int) -> None:
    circuit = random_circuit(4, 40, seed, (*COMMON, "cx", "cx"), parameters=3)
    found = rewritten(normalise(circuit))
    values = {p: 0.3 + i for i, p in enumerate(sorted(circuit.parameters, key=lambda p: p.name))}
    made = to_circuit(found)
    bound = made.assign_parameters({p: values[p] for p in made.parameters})
    a, b = Operator(circuit.assign_parameters(values)).data, Operator(bound).data
    overlap = np.vdot(a, b)
    assert np.abs(a * overlap / abs(overlap) - b).max() < 1e-9


# ---- what it finds ------------------------------------------------------------------------------------------------


def test_toffoli_becomes_one_phase() -> None:
    circuit = QuantumCircuit(3)
    toffoli(circuit, 0, 1, 2)
    found = simplify(circuit)
    (index,) = found.multi_qubit
    assert found.operations[index].kind is Kind.PHASE
    assert abs(abs(found.operations[index].angle) - math.pi) < 1e-12  # type: ignore[arg-type]
    assert len(found.segments) == 3


def test_cx_ladder_becomes_one_rotation() -> None:
    circuit = QuantumCircuit(6)
    for q in range(5):
        circuit.cx(q, q + 1)
    circuit.rz(0.3, 5)
    for q in reversed(range(5)):
        circuit.cx(q, q + 1)
    found = simplify(circuit)
    (index,) = found.multi_qubit
    assert found.operations[index].kind is Kind.ROTATION
    assert sorted(found.operations[index].qubits) == list(range(6))


def test_ladder_of_an_unknown_angle() -> None:
    circuit = QuantumCircuit(4)
    angle = Parameter("a")
    for q in range(3):
        circuit.cx(q, q + 1)
    circuit.rz(angle, 3)
    for q in reversed(range(3)):
        circuit.cx(q, q + 1)
    assert len(simplify(circuit).multi_qubit) == 1


def test_fredkin_is_two_cx_and_one_phase() -> None:
    circuit = QuantumCircuit(3)
    circuit.cx(2, 1)
    toffoli(circuit, 0, 1, 2)
    circuit.cx(2, 1)
    found = simplify(circuit)
    assert sorted(len(found.operations[i].qubits) for i in found.multi_qubit) == [2, 2, 3]


@pytest.mark.parametrize("pattern", list(itertools.product((0, 1), repeat=3)))
def test_phase_patterns_are_recognised(pattern: tuple[int, ...]) -> None:
    circuit = QuantumCircuit(3)
    zeros = [q for q, bit in enumerate(pattern) if not bit]
    for part in (1, 2):
        if zeros:
            circuit.x(zeros)
        if part == 1:
            circuit.h(2)
            toffoli(circuit, 0, 1, 2)
            circuit.h(2)
    found = simplify(circuit)
    (index,) = found.multi_qubit
    op = found.operations[index]
    assert dict(zip(op.qubits, op.pattern, strict=True)) == dict(enumerate(pattern))
    assert np.abs(unitary(found) - Operator(circuit).data).max() < 1e-9


@pytest.mark.parametrize("name", ["qft_16", "bv_64", "ghz_64", "qaoa_reg3_32_s1", "vqe_linear_32", "heisenberg_32"])
def test_what_gains_nothing_stays(name: str) -> None:
    circuit = read_circuit(f"circuits/{name}.qasm")
    assert static_cost(simplify(circuit)) == static_cost(normalise(circuit))


@pytest.mark.parametrize(
    ("name", "most"),
    [("grover_10", 90), ("cuccaro_15", 95), ("gadgets_16", 32), ("qb_multiplier_n15", 80), ("qb_sat_n11", 60)],
)
def test_operations_left_in_known_circuits(name: str, most: int) -> None:
    circuit = read_circuit(f"circuits/{name}.qasm")
    before, after = normalise(circuit), simplify(circuit)
    assert after.gates_2q <= most < before.gates_2q
    assert static_cost(after) < static_cost(before)


@pytest.mark.slow
def test_known_circuits_are_equal_on_a_state() -> None:
    from distq.verification.unitary_check import apply_operations

    for name in ("qb_sat_n11", "qb_multiplier_n15"):
        circuit = read_circuit(f"circuits/{name}.qasm")
        circuit.remove_final_measurements()
        first, second = normalise(circuit), simplify(circuit)
        rng = np.random.default_rng(0)
        shape = (2,) * first.num_qubits
        state = rng.normal(size=shape) + 1j * rng.normal(size=shape)
        state /= np.linalg.norm(state)
        a, b = apply_operations(first.operations, state), apply_operations(second.operations, state)
        a, b = a.transpose(first.output), b.transpose(second.output)
        overlap = np.vdot(a, b)
        assert abs(abs(overlap) - 1) < 1e-9
        assert np.abs(a * overlap - b).max() < 1e-9


def test_programs_without_gates() -> None:
    for circuit in (QuantumCircuit(0), QuantumCircuit(1), QuantumCircuit(3, 2)):
        program = normalise(circuit)
        assert resynthesise(program) is program


# ---- verification -------------------------------------------------------------------------------------------------


def compiled(program: Program, network: Network) -> QuantumCircuit:
    plan = get_strategy("contiguous").plan(program, network, seed=0)
    check_plan(program, plan, network)
    return emit(lower(program, plan, network), program, network)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["grover_10", "gadgets_16", "qb_sat_n11"])
def test_compiled_resynthesised_circuits_verify(name: str) -> None:
    circuit = read_circuit(f"circuits/{name}.qasm")
    network = parse_network("2x9+3")
    made = compiled(simplify(circuit), network)
    verdict = verify_circuit(circuit, made, network)
    assert verdict.equal, verdict.reason


@pytest.mark.slow
def test_planted_faults_in_resynthesised_circuits_are_found() -> None:
    circuit = QuantumCircuit(13)
    for q in range(11):
        toffoli(circuit, q, q + 1, q + 2)
    network = parse_network("2x7+3")
    made = compiled(simplify(circuit), network)
    assert verify_circuit(circuit, made, network).equal
    gates = [i for i, x in enumerate(made.data) if x.operation.name in ("u", "cp", "cx") and len(x.clbits) == 0]
    for at in gates[:: max(1, len(gates) // 12)]:
        broken = made.copy()
        del broken.data[at]
        assert not verify_circuit(circuit, broken, network).equal
    other = circuit.copy()
    other.t(5)
    assert not verify_circuit(other, made, network).equal


def test_tiny_angles_are_kept() -> None:
    """A rotation that is asked for is never dropped, however small its angle."""
    circuit = QuantumCircuit(40)
    for i in range(40):
        circuit.h(i)
        for j in range(i + 1, 40):
            circuit.cp(math.pi / 2 ** (2 * (j - i)), i, j)
    program = normalise(circuit)
    assert program.gates_2q == 780
    assert resynthesise(program).gates_2q == 780
