"""The normal form: equal to its source, as small as promised, and never more than one gate between segments."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter, ParameterVector
from qiskit.circuit import library as lib
from qiskit.circuit.classical import expr
from qiskit.quantum_info import Operator, SparsePauliOp, random_clifford, random_unitary

from distq.errors import CircuitError
from distq.frontend import matrix2, normalise, read_circuit, to_circuit
from distq.frontend.weyl import decompose
from distq.ir.program import AxisRotation, Condition, Kind, Operation, Program
from distq.simulation.engines.clifford.gates import gate_name, not_clifford
from helpers import paths
from helpers.circuits import (
    ALL,
    CLIFFORD,
    COMMON,
    DYNAMIC,
    ONE,
    TWO,
    random_circuit,
    random_state,
    run_exactly,
    same_branches,
)
from helpers.strategies import circuits

CIRCUITS = sorted(paths.CIRCUITS.glob("*.qasm"))


def distance(circuit: QuantumCircuit, program: Program) -> float:
    """Largest difference of an entry of the two unitaries, global phase included."""
    return float(np.abs(Operator(to_circuit(program)).data - Operator(circuit).data).max())


def distance_up_to_phase(a: QuantumCircuit, b: QuantumCircuit) -> float:
    left, right = Operator(a).data, Operator(b).data
    phase = np.exp(1j * np.angle(np.vdot(right, left)))
    return float(np.abs(left - phase * right).max())


def kinds(program: Program) -> list[tuple[str, int]]:
    """Kind and width of the multi-qubit operations."""
    return [(op.kind.name, len(op.qubits)) for op in program.operations if len(op.qubits) > 1]


def assert_normal(program: Program) -> None:
    """Every operation is of the normal form and boundaries stand alone."""
    for op in program.operations:
        match op.kind:
            case Kind.ROTATION:
                assert len(op.qubits) > 1 or op.condition is not None
                if op.condition is None and isinstance(op.angle, float):
                    assert op.angle != 0.0
                    assert abs(op.angle) < math.pi
            case Kind.PHASE:
                assert len(op.qubits) == len(op.pattern) > 2
            case Kind.LOCAL:
                assert op.factors
        assert len(set(op.qubits)) == len(op.qubits)
    for line in program.lines:
        operations = [program.operations[i] for i in line]
        for op, after in itertools.pairwise(operations):
            if is_plain_local(op):
                assert not is_plain_local(after)
                assert after.kind is not Kind.RESET
                assert after.condition is not None or not pushable(op) or after.kind is Kind.MEASURE


def is_plain_local(op: Operation) -> bool:
    return op.kind is Kind.LOCAL and op.condition is None


def pushable(op: Operation) -> bool:
    (factor, *rest) = op.factors
    if rest or isinstance(factor, AxisRotation):
        return all(isinstance(f, AxisRotation) and f.axis == "z" for f in op.factors)
    m = matrix2.from_array(factor)
    return matrix2.flip_of(m) is not None


MIXES: dict[str, Sequence[str]] = {
    "common": COMMON,
    "two": (*ONE, *TWO),
    "all": ALL,
    "clifford": CLIFFORD,
    "ladders": ("cx", "h", "rz", "s"),
    "diagonal": ("cz", "cp", "rzz", "rz", "x", "ccz", "mcp", "diagonal"),
}


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("seed", range(40))
def test_unitary_circuits_equal_their_source(mix: str, seed: int) -> None:
    circuit = random_circuit(2 + seed % 4, 2 + seed, seed, MIXES[mix])
    program = normalise(circuit)
    assert distance(circuit, program) < 1e-9
    assert_normal(program)


@pytest.mark.slow
@settings(max_examples=60)
@given(circuits(st.integers(1, 6), 25, ALL))
def test_any_mix_equals_its_source(circuit: QuantumCircuit) -> None:
    assert distance(circuit, normalise(circuit)) < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(150))
def test_dynamic_circuits_equal_their_source(seed: int) -> None:
    circuit = random_circuit(1 + seed % 4, 3 + seed % 16, seed, DYNAMIC, clbits=1 + seed % 3)
    program = normalise(circuit)
    state = random_state(circuit.num_qubits, seed)
    assert same_branches(run_exactly(circuit, state), run_exactly(to_circuit(program), state))
    assert_normal(program)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(80))
def test_unknown_angles_can_be_bound_afterwards(seed: int) -> None:
    circuit = random_circuit(2 + seed % 3, 3 + seed % 16, seed, ALL if seed % 2 else COMMON, parameters=2)
    program = normalise(circuit)
    assert_normal(program)
    assert set(program.parameters) <= {p.name for p in circuit.parameters}
    values = {p.name: 0.3 + 0.7 * i for i, p in enumerate(circuit.parameters)}
    made = to_circuit(program)
    bound = made.assign_parameters({name: values[name] for name in program.parameters})
    assert distance_up_to_phase(circuit.assign_parameters(values), bound) < 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_normal_form_is_a_fixed_point(seed: int) -> None:
    program = normalise(random_circuit(4, 25, seed, COMMON))
    again = normalise(to_circuit(program, swaps=False))
    assert again.gates_2q <= program.gates_2q
    assert len(again.segments) <= len(program.segments)


def test_planted_fault_is_seen() -> None:
    """The comparison that the tests above rely on notices one wrong sign."""
    circuit = random_circuit(3, 20, 5, ("h", "rzz", "rx"))
    program = normalise(circuit)
    operations = list(program.operations)
    index = program.multi_qubit[0]
    op = operations[index]
    assert op.angle is not None
    operations[index] = Operation(op.kind, op.qubits, -op.angle)
    wrong = Program("wrong", 3, 0, tuple(operations), program.output, (), program.global_phase)
    assert distance(circuit, wrong) > 1e-3


# how small it gets


@pytest.mark.slow
@pytest.mark.parametrize("path", CIRCUITS, ids=lambda p: p.stem)
def test_benchmark_circuits_normalise(path: Path) -> None:
    circuit = read_circuit(path)
    program = normalise(circuit)
    assert program.gates_2q <= sum(len(i.qubits) > 1 for i in circuit.data)
    assert program.name == path.stem
    assert_normal(program)


def test_qft_keeps_one_rotation_per_pair() -> None:
    program = normalise(read_circuit(next(p for p in CIRCUITS if p.stem == "qft_16")))
    assert kinds(program) == [("ROTATION", 2)] * 120
    expanded = QuantumCircuit(16)
    for i in range(16):
        expanded.h(i)
        for j in range(i + 1, 16):
            angle = math.pi / 2 ** (j - i)
            expanded.p(angle / 2, i)
            expanded.cx(i, j)
            expanded.p(-angle / 2, j)
            expanded.cx(i, j)
            expanded.p(angle / 2, j)
    folded = normalise(expanded)
    assert kinds(folded) == [("ROTATION", 2)] * 120
    assert len(folded.segments) == 30


def test_ghz() -> None:
    star, chain = QuantumCircuit(8), QuantumCircuit(8)
    star.h(0)
    chain.h(0)
    for i in range(1, 8):
        star.cx(0, i)
        chain.cx(i - 1, i)
    assert (normalise(star).gates_2q, len(normalise(star).segments)) == (7, 8)
    assert (normalise(chain).gates_2q, len(normalise(chain).segments)) == (7, 14)


def circuit_of(qubits: int, *gates: tuple[object, ...]) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits)
    for name, *arguments in gates:
        getattr(circuit, str(name))(*arguments)
    return circuit


A, B = Parameter("a"), Parameter("b")


@pytest.mark.parametrize(
    ("circuit", "expected"),
    [
        (circuit_of(2, ("cx", 0, 1), ("rz", 0.3, 1), ("cx", 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("cx", 0, 1), ("rz", A, 1), ("cx", 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("cx", 0, 1), ("ry", A, 1), ("cx", 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("h", 1), ("cx", 0, 1), ("rz", A * 2, 1), ("cx", 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("rzz", A, 0, 1), ("rzz", B, 0, 1), ("rzz", 0.5, 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("rzz", A, 0, 1), ("x", 0), ("rzz", A, 0, 1)), []),
        (circuit_of(2, ("cx", 0, 1), ("cx", 0, 1)), []),
        (circuit_of(3, ("h", 0), ("cx", 0, 1), ("cx", 1, 2), ("cx", 1, 2), ("cx", 0, 1), ("h", 0)), []),
        (circuit_of(3, ("ccx", 0, 1, 2)), [("PHASE", 3)]),
        (circuit_of(3, ("ccx", 0, 1, 2), ("ccx", 0, 1, 2)), []),
        (circuit_of(3, ("cswap", 0, 1, 2)), [("ROTATION", 2), ("PHASE", 3), ("ROTATION", 2)]),
        (circuit_of(5, ("mcx", [0, 1, 2, 3], 4)), [("PHASE", 5)]),
        (circuit_of(2, ("iswap", 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("swap", 0, 1)), []),
        (circuit_of(2, ("cx", 0, 1), ("cx", 1, 0), ("cx", 0, 1)), []),
        (circuit_of(2, ("dcx", 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("ecr", 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("rzx", 0.4, 0, 1), ("ryy", 0.0, 0, 1)), [("ROTATION", 2)]),
        (circuit_of(2, ("rzz", 2 * math.pi, 0, 1)), []),
        (circuit_of(2, ("rzz", math.pi, 0, 1)), []),
        (circuit_of(2, ("h", 0), ("rzz", math.pi, 0, 1), ("h", 0)), []),
        (circuit_of(2, ("unitary", random_unitary(4, seed=1), [0, 1])), [("ROTATION", 2)] * 3),
        (circuit_of(2, ("cp", 1e-15, 0, 1)), [("ROTATION", 2)]),
    ],
)
def test_number_of_rotations(circuit: QuantumCircuit, expected: list[tuple[str, int]]) -> None:
    program = normalise(circuit)
    assert kinds(program) == expected
    values = {p: 0.4 + i for i, p in enumerate(circuit.parameters)}
    made = to_circuit(program)
    made = made.assign_parameters({p: values[p] for p in made.parameters})
    assert distance_up_to_phase(circuit.assign_parameters(values), made) < 1e-9


def test_permutation_and_clifford() -> None:
    circuit = QuantumCircuit(4)
    circuit.append(lib.PermutationGate([2, 0, 3, 1]), [1, 3, 0, 2])
    circuit.append(random_clifford(3, seed=2), [0, 1, 2])
    assert distance(circuit, normalise(circuit)) < 1e-9


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (lib.PauliEvolutionGate(SparsePauliOp(["XYZZ"]), 0.3), [("ROTATION", 4)]),
        (lib.PauliEvolutionGate(SparsePauliOp(["XX", "YY", "ZZ", "II"], [1, 0.5, 0.2, 3]), 0.3), [("ROTATION", 2)] * 3),
        (lib.PauliGate("XYZ"), []),
        (lib.DiagonalGate([1, 1, 1, 1, 1, 1, 1, 1j]), [("PHASE", 3)]),
        (lib.XGate().control(3, ctrl_state=2, annotated=False), [("PHASE", 4)]),
        (lib.RYGate(0.3).control(2, annotated=False), [("PHASE", 3), ("ROTATION", 2)]),
        (lib.SwapGate().control(2, annotated=False), [("ROTATION", 2), ("PHASE", 4), ("ROTATION", 2)]),
        (lib.XGate().control(2, annotated=True), [("PHASE", 3)]),
        (lib.PermutationGate([2, 0, 1]), []),
    ],
)
def test_wide_gates(gate: Gate, expected: list[tuple[str, int]]) -> None:
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, range(gate.num_qubits))
    program = normalise(circuit)
    assert kinds(program) == expected
    assert distance(circuit, program) < 1e-9


@pytest.mark.parametrize(
    "gate",
    [
        lib.QFTGate(4),
        lib.TGate().inverse(annotated=True),
        lib.HGate().control(2, ctrl_state=1, annotated=True).inverse(annotated=True),
        lib.RC3XGate(),
        lib.StatePreparation([0.5, 0.5j, -0.5, 0.5]),
        lib.CUGate(0.1, 0.2, 0.3, 0.4).control(1, annotated=False),
        lib.UnitaryGate(random_unitary(8, seed=3)),
        lib.DiagonalGate(list(np.exp(1j * np.linspace(0, 5, 16)))),
        lib.PauliEvolutionGate(SparsePauliOp(["XX", "ZI", "IZ"]), 0.4),
        lib.MCXGate(4),
        lib.GlobalPhaseGate(0.3),
        lib.CUGate(0.1, 0.2, 0.3, 0.4, ctrl_state=0),
        lib.MCMTGate(lib.ZGate(), 2, 2),
    ],
)
def test_other_library_gates(gate: Gate) -> None:
    circuit = QuantumCircuit(max(gate.num_qubits, 1))
    circuit.append(gate, range(gate.num_qubits))
    if isinstance(gate, lib.PauliEvolutionGate):
        circuit = circuit.decompose()  # what its own synthesis makes of terms that do not commute
    assert distance(circuit, normalise(circuit)) < 1e-9


def test_swaps_only_relabel() -> None:
    program = normalise(circuit_of(3, ("h", 0), ("swap", 0, 1), ("swap", 1, 2), ("cx", 2, 0)))
    assert program.output == (1, 2, 0)
    assert program.gates_2q == 1
    assert to_circuit(program, swaps=False).metadata["distq"]["output"] == [1, 2, 0]


def test_controls_of_one_qubit_share_a_segment() -> None:
    circuit = circuit_of(4, ("cx", 0, 1), ("t", 0), ("cx", 0, 2), ("x", 0), ("cx", 0, 3), ("z", 0))
    program = normalise(circuit)
    (segment,) = [s for s in program.segments if s.qubit == 0]
    assert len(segment.operations) == 3
    assert distance(circuit, program) < 1e-9


def test_one_parameter_for_known_sum_vanishes() -> None:
    program = normalise(circuit_of(1, ("rx", A, 0), ("rx", -A, 0)))
    assert program.operations == ()


# classical bits


def test_conditions_become_values_of_bits() -> None:
    circuit = QuantumCircuit(1, 3)
    register = circuit.cregs[0]
    bits = circuit.clbits
    cases = [
        ((bits[1], 0), Condition((1,), 0)),
        ((register, 5), Condition((0, 1, 2), 5)),
        (expr.lift(bits[2]), Condition((2,), 1)),
        (expr.logic_not(bits[2]), Condition((2,), 0)),
        (expr.equal(register, 3), Condition((0, 1, 2), 3)),
        (expr.not_equal(3, register), Condition((0, 1, 2), 3, True)),
        (expr.logic_and(bits[0], expr.logic_not(bits[2])), Condition((0, 2), 1)),
        (expr.logic_and(bits[0], bits[0]), Condition((0,), 1)),
        (expr.index(register, 1), Condition((1,), 1)),
    ]
    for test, expected in cases:
        made = circuit.copy()
        with made.if_test(test):
            made.h(0)
        (op,) = normalise(made).operations
        assert op.condition == expected


def test_nested_conditions_join_and_contradictions_vanish() -> None:
    circuit = QuantumCircuit(2, 2)
    with circuit.if_test((circuit.clbits[0], 1)):
        with circuit.if_test((circuit.clbits[1], 0)):
            circuit.h(0)
        with circuit.if_test((circuit.clbits[0], 0)):
            circuit.h(1)
    (op,) = normalise(circuit).operations
    assert op.condition == Condition((0, 1), 1)


def test_only_the_middle_of_a_conditioned_gate_is_conditioned() -> None:
    program = normalise(_conditioned_cx())
    kinds_found = [(op.kind, op.condition is not None) for op in program.operations[-3:]]
    assert (Kind.ROTATION, True) in kinds_found
    assert all(op.kind is not Kind.LOCAL or op.condition is None for op in program.operations)


def _conditioned_cx() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.cx(0, 1)
    return circuit


def test_registers_and_loose_bits_are_kept() -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.add_bits([type(circuit.clbits[0])()])
    program = normalise(circuit, name="mine")
    assert (program.name, program.num_clbits, program.clbit_registers) == ("mine", 3, (("c", (0, 1)),))


def test_boxes_are_opened_and_barriers_and_delays_go() -> None:
    circuit = QuantumCircuit(2)
    with circuit.box():
        circuit.cx(0, 1)
    circuit.barrier()
    circuit.delay(100, 0)
    circuit.cx(0, 1)
    assert normalise(circuit).operations == ()


def test_initialize_is_resets_and_gates() -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.initialize([0, 1, 1, 0], [0, 1], normalize=True)
    state = random_state(2, 0)
    program = normalise(circuit)
    assert sum(op.kind is Kind.RESET for op in program.operations) == 2
    found = run_exactly(to_circuit(program), state)[0]
    target = np.array([0, 1, 1, 0]) / math.sqrt(2)
    assert abs(target @ found @ target - 1) < 1e-9


# what it refuses


def _loop() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    with circuit.for_loop(range(3)):
        circuit.x(1)
    return circuit


def _while() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    with circuit.while_loop((circuit.clbits[0], 0)):
        circuit.x(0)
    return circuit


def _switch() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    with circuit.switch(circuit.clbits[0]) as case, case(1):
        circuit.x(0)
    return circuit


def _opaque() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.append(Gate("mystery", 2, []), [0, 1])
    return circuit


def _opaque_inside() -> QuantumCircuit:
    outer = QuantumCircuit(3)
    outer.append(_opaque().to_gate(label=None), [2, 1])
    return outer


def _variable() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.add_var("v", expr.lift(True))
    return circuit


def _unknown_power() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.append(Gate("mystery", 2, [Parameter("a")]), [0, 1])
    return circuit


@pytest.mark.parametrize(
    ("circuit", "said"),
    [
        (_loop(), r"instruction 1 \('for_loop' on qubit 1\): 'for_loop' is not supported"),
        (_while(), "'while_loop' is not supported"),
        (_switch(), "'switch_case' is not supported"),
        (_opaque(), r"instruction 0 \('mystery' on qubits 0, 1\): 'mystery' has no definition"),
        (_opaque_inside(), r"instruction 0 \('mystery' on qubits 2, 1\) in instruction 0 \('circuit"),
        (_variable(), "classical variables"),
        (_unknown_power(), "has no definition for unknown parameters"),
        (circuit_of(1, ("rx", math.nan, 0)), "the angle nan is not finite"),
    ],
)
def test_refusals_name_the_instruction(circuit: QuantumCircuit, said: str) -> None:
    with pytest.raises(CircuitError, match=said):
        normalise(circuit)


# the parts


@given(st.tuples(*[st.floats(-4, 4)] * 4))
def test_spectrum(angles: tuple[float, float, float, float]) -> None:
    a, b, c, phase = angles
    matrix = matrix2.multiply(matrix2.u_gate(a, b, c), (np.exp(1j * phase), 0, 0, np.exp(1j * phase)))
    basis, low, high = matrix2.spectrum(matrix)
    again = matrix2.multiply(
        basis, matrix2.multiply((np.exp(1j * low), 0, 0, np.exp(1j * high)), matrix2.dagger(basis))
    )
    assert max(abs(x - y) for x, y in zip(matrix, again, strict=True)) < 1e-12


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("mirror", [False, True])
def test_cartan_decomposition(seed: int, mirror: bool) -> None:
    circuit = random_circuit(2, 1 + seed % 5, seed, ("unitary2", "cx", "h", "swap", "iswap", "rzz", "t"))
    unitary = Operator(circuit.reverse_bits()).data
    found = decompose(unitary, mirror)
    assert found is not None
    made = QuantumCircuit(2, global_phase=found.phase)
    for q in (0, 1):
        made.unitary(matrix2.to_array(found.before[q]), q)
    for axis, angle in found.rotations:
        getattr(made, "r" + 2 * axis)(angle, 0, 1)
    for q in (0, 1):
        made.unitary(matrix2.to_array(found.after[q]), q)
    if found.mirrored:
        made.swap(0, 1)
    assert np.abs(Operator(made.reverse_bits()).data - unitary).max() < 1e-9


def test_many_parameters_fold_in_layers() -> None:
    """A UCC-like ladder on two qubits: every CX-RZ-CX is one rotation, whatever stands between."""
    angles = ParameterVector("v", 6)
    circuit = QuantumCircuit(2)
    for angle in angles:
        circuit.h(0)
        circuit.cx(0, 1)
        circuit.rz(angle, 1)
        circuit.cx(0, 1)
        circuit.ry(0.3, 0)
    assert normalise(circuit).gates_2q == 6


@pytest.mark.parametrize("seed", range(6))
def test_clifford_circuits_stay_clifford(seed: int) -> None:
    """Blocks of two qubits are folded without the arbitrary turns of the numerical decomposition."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(4)
    for _ in range(40):
        a, b = rng.permutation(4)[:2].tolist()
        circuit.append(random_clifford(2, seed=int(rng.integers(1 << 30))).to_instruction(), [a, b])
    assert not_clifford(normalise(circuit.decompose())) is None


@pytest.mark.parametrize("mirror", [False, True])
def test_local_gates_of_a_clifford_are_clifford(mirror: bool) -> None:
    for seed in range(100):
        found = decompose(Operator(random_clifford(2, seed=seed)).data, mirror)
        assert found is not None
        assert all(gate_name(np.array(gate).reshape(2, 2)) for gate in (*found.before, *found.after))
