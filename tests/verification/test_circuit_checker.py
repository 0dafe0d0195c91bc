"""The verifier accepts every emitted circuit and its copies in other formats, and refuses every planted fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import CircuitInstruction, IfElseOp, Parameter, ParameterVector
from qiskit.circuit.classical import expr
from qiskit.circuit.library import CXGate, CZGate, QFTGate, RZGate, RZZGate, SwapGate, UGate, XGate, YGate, ZGate

from distq.execution.bell_pairs import epr_gate
from distq.execution.emit import emit
from distq.execution.lower import lower
from distq.frontend import normalise, to_circuit
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network
from distq.verification.canonical_difference import first_difference
from distq.verification.canonical_form import canonical
from distq.verification.circuit_checker import Verdict, verify_circuit, verify_program
from distq.verification.plan_checker import check_plan
from helpers.coherent import assert_equivalent
from helpers.formats import through_qasm3, through_qpy, with_data
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.programs import random_program

NETWORKS = [
    network_of([3, 3], 2),
    network_of([2, 2, 2], 3),
    network_of([2, 2, 2, 2], 2, "line"),
    network_of([1, 3, 2], None, "star"),
    network_of([6], 2),
    network_of([3, 2, 2], [2, 3, 4]),
]


def emitted(seed: int, network: Network, **options: Any) -> tuple[Program, QuantumCircuit, int]:
    rng = np.random.default_rng(seed)
    options = {"phase": 0.1 if min(q.memory_limit for q in network.qpus) > 2 else 0.0} | options
    while True:
        program = random_program(rng, options.pop("qubits", 5), options.pop("operations", 30), **options)
        try:
            plan = random_plan(program, network, rng)
        except ValueError:
            continue
        ebits = check_plan(program, plan, network).ebits
        return program, emit(lower(program, plan, network), program, network), ebits


def compiled(circuit: QuantumCircuit, network: Network, seed: int = 0) -> QuantumCircuit:
    program = normalise(circuit)
    return emit(lower(program, random_plan(program, network, np.random.default_rng(seed)), network), program, network)


def refused(program: Program, circuit: QuantumCircuit, network: Network) -> str:
    verdict = verify_program(program, circuit, network)
    assert not verdict.equal, "a fault was accepted"
    assert verdict.reason
    return verdict.reason


@pytest.mark.parametrize("network", NETWORKS, ids=range(len(NETWORKS)))
@pytest.mark.parametrize("seed", range(10))
def test_every_emitted_circuit_is_accepted(network: Network, seed: int) -> None:
    dynamic = {"clbits": 3, "measure": 0.1, "reset": 0.05, "condition": 0.2, "final_measure": seed % 4 == 1}
    program, circuit, ebits = emitted(seed, network, **(dynamic if seed % 2 else {}))
    assert verify_program(program, circuit, network) == Verdict(True, None, "structure", ebits)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("trip", [through_qasm3, through_qpy])
def test_round_trips_are_accepted(trip: Callable[[QuantumCircuit], QuantumCircuit], seed: int) -> None:
    network = NETWORKS[1]
    program, circuit, ebits = emitted(seed, network, clbits=3, measure=0.1, reset=0.05, condition=0.3, phase=0.2)
    assert verify_program(program, trip(circuit), network) == Verdict(True, None, "structure", ebits)


def sources() -> list[QuantumCircuit]:
    qft = QuantumCircuit(5, name="qft")
    qft.append(QFTGate(5), range(5))
    adder = QuantumCircuit(5, 2, name="toffolis")
    adder.h(range(5))
    adder.ccx(0, 1, 2)
    adder.mcx([0, 2, 3], 4, ctrl_state="010")
    adder.cswap(1, 3, 4)
    adder.measure([4, 0], [1, 0])
    ansatz = QuantumCircuit(4, name="ansatz")
    angles = ParameterVector("θ", 8)
    for i in range(4):
        ansatz.ry(angles[i], i)
        ansatz.rzz(2 * angles[4 + i] + 0.1, i, (i + 1) % 4)
    ansatz.rx(Parameter("b"), 2)
    bits = QuantumRegister(4, "q"), ClassicalRegister(2, "a"), ClassicalRegister(1, "b")
    feedback = QuantumCircuit(*bits, name="feedback")
    feedback.h([0, 1])
    feedback.measure([0, 1], [1, 2])
    with feedback.if_test((bits[1], 2)) as otherwise:
        feedback.cx(1, 2)
    with otherwise:
        feedback.ry(0.4, 3)
    with feedback.if_test(expr.logic_and(bits[1][1], expr.logic_not(bits[2][0]))):
        feedback.rzz(0.7, 2, 3)
        feedback.sx(2)
    feedback.reset(0)
    feedback.cx(0, 2)
    return [qft, adder, ansatz, feedback]


@pytest.mark.slow
@pytest.mark.parametrize("source", sources(), ids=lambda c: c.name)
@pytest.mark.parametrize("trip", [lambda c: c, through_qasm3, through_qpy], ids=["as it is", "qasm3", "qpy"])
def test_real_circuits(source: QuantumCircuit, trip: Callable[[QuantumCircuit], QuantumCircuit]) -> None:
    network = network_of([2, 2, 2], 3)
    for seed in range(3):
        verdict = verify_circuit(source, trip(compiled(source, network, seed)), network)
        assert verdict.equal, verdict


def test_another_original_is_refused() -> None:
    network = network_of([2, 2, 2], 3)
    first, second, *_ = sources()
    small = QuantumCircuit(5)
    small.h(0)
    for other in (small, second):
        assert not verify_circuit(other, compiled(first, network), network).equal


# ---- planted faults -----------------------------------------------------------------------------------------------


@cache
def example() -> tuple[Program, QuantumCircuit, Network]:
    """A circuit with everything in it: Bell pairs, relays, transfers, conditions, whole operations."""
    network = network_of([2, 2, 2], 3, "line")
    options = {"clbits": 2, "measure": 0.08, "reset": 0.04, "condition": 0.1, "phase": 0.15}
    program, circuit, _ = emitted(4, network, operations=24, **options)
    assert {"epr", "swap", "if_else", "cx", "rzz", "u", "measure", "reset"} <= set(circuit.count_ops())
    return program, circuit, network


@pytest.mark.slow
def test_dropping_any_instruction_is_caught() -> None:
    program, circuit, network = example()
    data = list(circuit.data)
    harmless = 0
    for index, instruction in enumerate(data):
        changed = with_data(circuit, data[:index] + data[index + 1 :])
        if instruction.name == "reset" and verify_program(program, changed, network).equal:
            assert_equivalent(to_circuit(program), changed, branches=1)  # the ion was in |0> already
            harmless += 1
        else:
            refused(program, changed, network)
    assert harmless < 3


@pytest.mark.slow
def test_repeating_any_instruction_is_caught() -> None:
    program, circuit, network = example()
    data = list(circuit.data)
    for index, instruction in enumerate(data):
        if instruction.name != "reset":
            reason = refused(program, with_data(circuit, [*data[:index], instruction, *data[index:]]), network)
            assert reason


@pytest.mark.slow
def test_moving_any_gate_to_other_ions_is_caught() -> None:
    """What is accepted all the same (a diagonal gate on another copy, a reset of |0>) is equal by exact simulation."""
    program, circuit, network = example()
    source = to_circuit(program)
    rng = np.random.default_rng(0)
    data = list(circuit.data)
    accepted = 0
    for index, instruction in enumerate(data):
        qubits = list(instruction.qubits)
        place = int(rng.integers(len(qubits)))
        others = [q for q in circuit.qubits if q not in qubits]
        qubits[place] = others[int(rng.integers(len(others)))]
        moved = instruction.replace(qubits=qubits)
        changed = with_data(circuit, [*data[:index], moved, *data[index + 1 :]])
        if verify_program(program, changed, network).equal:
            assert_equivalent(source, changed, branches=1)
            accepted += 1
    assert accepted < len(data) / 20


@pytest.mark.slow
def test_changing_any_angle_is_caught() -> None:
    program, circuit, network = example()
    data = list(circuit.data)
    for index, instruction in enumerate(data):
        for place in range(len(instruction.params) if instruction.name in ("u", "rz", "rzz", "cp") else 0):
            for error, wrong in ((1e-6, True), (1e-13, False)):
                params = list(instruction.params)
                params[place] += error
                gate = type(instruction.operation)(*params)
                changed = with_data(circuit, [*data[:index], instruction.replace(operation=gate), *data[index + 1 :]])
                verdict = verify_program(program, changed, network)
                assert verdict.equal is not wrong, (index, instruction, error, verdict)


def corrections(circuit: QuantumCircuit, gate: str) -> list[int]:
    """Positions of the protocol corrections by X or by Z."""
    return [
        i
        for i, instruction in enumerate(circuit.data)
        if instruction.name == "if_else"
        and "outcome" in str(instruction.operation.condition[0])
        and [x.name for x in instruction.operation.blocks[0].data] == [gate]
    ]


def corrected(circuit: QuantumCircuit, gate: Any, qubit: Any, bit: Any, value: int = 1) -> CircuitInstruction:
    body = QuantumCircuit([qubit], [bit])
    body.append(gate, [qubit])
    return CircuitInstruction(IfElseOp((bit, value), body), [qubit], [bit])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["x", "z"])
def test_wrong_corrections_are_caught(kind: str) -> None:
    program, circuit, network = example()
    data = list(circuit.data)
    right, wrong = (XGate(), ZGate()) if kind == "x" else (ZGate(), XGate())
    places = corrections(circuit, kind)
    assert len(places) > 5
    for at in places:
        (qubit,), (bit,) = data[at].qubits, data[at].clbits
        other_bit = next(b for b in circuit.clbits[program.num_clbits :] if b != bit)
        faults = {
            "swapped bit": corrected(circuit, right, qubit, other_bit),
            "source's bit": corrected(circuit, right, qubit, circuit.clbits[0]),
            "wrong Pauli": corrected(circuit, wrong, qubit, bit),
            "Y for a Pauli": corrected(circuit, YGate(), qubit, bit),
            "inverted": corrected(circuit, right, qubit, bit, 0),
            "unconditioned": CircuitInstruction(right, [qubit], []),
        }
        for fault in faults.values():
            refused(program, with_data(circuit, [*data[:at], fault, *data[at + 1 :]]), network)
        late = with_data(circuit, [*data[:at], *data[at + 1 :], data[at]])
        if verify_program(program, late, network).equal:
            assert_equivalent(to_circuit(program), late, branches=1)  # nothing but diagonal gates came in between


def simple() -> tuple[QuantumCircuit, QuantumCircuit, Network]:
    """CZ between two QPUs and an H afterwards, emitted by hand."""
    network = network_of([1, 1], 1)
    source = QuantumCircuit(2, 1)
    source.h([0, 1])
    source.rzz(0.7, 0, 1)
    source.h(0)
    circuit = machine()
    circuit.h([0, 2])
    circuit.append(epr_gate(), [1, 3])
    circuit.cx(0, 1)
    circuit.measure(1, 2)
    with circuit.if_test((circuit.clbits[2], 1)):
        circuit.x(3)
    circuit.reset(1)
    circuit.rzz(0.7, 2, 3)
    circuit.h(3)
    circuit.measure(3, 4)
    with circuit.if_test((circuit.clbits[4], 1)):
        circuit.z(0)
    circuit.reset(3)
    circuit.h(0)
    return source, circuit, network


def machine(births: dict[str, list[int]] | None = None, final: list[int] | None = None) -> QuantumCircuit:
    registers: list[Any] = []
    bits: list[Any] = [ClassicalRegister(1, "c")]
    for name in ("q0", "q1"):
        registers += [QuantumRegister(1, f"{name}_data"), QuantumRegister(1, f"{name}_memory")]
        bits.append(ClassicalRegister(2, f"{name}_outcome"))
    circuit = QuantumCircuit(*registers, *bits)
    ends = final or [0, 2]
    layout = {"births": births or {"0": [0], "2": [1]}, "final": ends, "output": ends}
    circuit.metadata = {"distq": {"layout": layout}}
    return circuit


def place_of(circuit: QuantumCircuit, name: str, number: int = 0) -> int:
    return [i for i, x in enumerate(circuit.data) if x.name == name][number]


def inserted(circuit: QuantumCircuit, at: int, gate: Any, qubits: Sequence[int]) -> QuantumCircuit:
    new = CircuitInstruction(gate, [circuit.qubits[q] for q in qubits], [])
    return with_data(circuit, [*circuit.data[:at], new, *circuit.data[at:]])


def test_hand_made_circuit_is_accepted() -> None:
    source, circuit, network = simple()
    assert verify_circuit(source, circuit, network) == Verdict(True, None, "structure", 1)
    assert verify_circuit(source, through_qasm3(circuit), network).equal


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: inserted(c, place_of(c, "reset", 0), RZZGate(0.1), [2, 3]), "an? .*rzz.* is not|angle"),
        (lambda c: inserted(c, len(c.data), CXGate(), [0, 2]), "'cx' joins q0_data"),
        (lambda c: inserted(c, len(c.data), RZZGate(0.3), [2, 3]), "holds .0> and no qubit"),
        (lambda c: inserted(c, place_of(c, "rzz"), UGate(0.1, 0, 0), [3]), "while it has other copies"),
        (lambda c: inserted(c, place_of(c, "rzz"), UGate(0.1, 0, 0), [0]), "while it has other copies"),
        (lambda c: inserted(c, place_of(c, "if_else"), RZZGate(0.1), [2, 3]), "X correction has not fired"),
        (lambda c: inserted(c, place_of(c, "if_else", 1), UGate(1, 0, 0), [0]), "before its Z correction has fired"),
        (lambda c: inserted(c, place_of(c, "reset"), epr_gate(), [1, 3]), "holds a measured"),
        (lambda c: inserted(c, len(c.data), epr_gate(), [0, 3]), "which is no memory or communication ion"),
        (lambda c: inserted(c, len(c.data), epr_gate(), [1, 3]), "holds half of a Bell pair at the end"),
        (lambda c: inserted(c, len(c.data), UGate(0.2, 0, 0), [2]), "off the axis"),
        (lambda c: inserted(c, len(c.data), RZGate(0.2), [2]), "last gate"),
        (lambda c: inserted(c, len(c.data), SwapGate(), [0, 1]), "ends at q0_memory"),
    ],
)
def test_additional_gates_are_caught(change: Callable[[QuantumCircuit], QuantumCircuit], reason: str) -> None:
    source, circuit, network = simple()
    verdict = verify_circuit(source, change(circuit), network)
    assert not verdict.equal
    assert verdict.reason is not None
    if "angle" not in reason:
        assert re.search(reason, verdict.reason), verdict.reason


def test_missing_remote_gate_is_named() -> None:
    source, circuit, network = simple()
    data = [x for x in circuit.data if x.name != "rzz"]
    reason = verify_circuit(source, with_data(circuit, data), network).reason
    assert reason is not None
    assert "qubit" in reason
    all_gone = with_data(
        circuit, [x for x in circuit.data if x.name == "h" and circuit.find_bit(x.qubits[0]).index < 3]
    )
    assert not verify_circuit(source, all_gone, network).equal


def test_too_many_ions_and_missing_links_are_caught() -> None:
    source, circuit, _ = simple()
    for network, reason in (
        (network_of([1, 1], [1, 0]), "'q1_memory' has 1 ions"),
        (network_of([1, 1], 1, []), "no link joins"),
        (network_of([1], 1), "is no QPU's"),
    ):
        verdict = verify_circuit(source, circuit, network)
        assert not verdict.equal
        assert reason in (verdict.reason or "")
    program, emitted_circuit, network = example()
    smaller = network_of([2, 1, 2], 3, "line")
    assert "has 2 ions" in refused(program, emitted_circuit, smaller)


def test_wrong_layouts_are_caught() -> None:
    program, circuit, network = example()
    layout = circuit.metadata["distq"]["layout"]
    exchanged = [layout["output"][1], layout["output"][0], *layout["output"][2:]]
    for key, value, reason in (
        ("output", exchanged, "wrong output map"),
        ("final", layout["final"][::-1], "wrong output map|as the layout says"),
        ("final", layout["final"][:-1], "is not for"),
        ("births", {}, "does not give birth"),
        ("births", {"0": [0, 1, 2, 3, 4]}, ""),
        ("births", 3, "malformed"),
        ("entry", [0] * program.num_qubits, ""),
        ("output", [999, *layout["output"][1:]], "beyond"),
    ):
        changed = circuit.copy()
        changed.metadata = {"distq": {"layout": layout | {key: value}}}
        verdict = verify_program(program, changed, network)
        if key == "entry" and verdict.equal:
            continue
        assert not verdict.equal, (key, value)
        assert re.search(reason, verdict.reason or ""), verdict.reason
    bare = circuit.copy()
    bare.metadata = {}
    assert "no layout" in refused(program, bare, network)


def test_a_freed_qubit_must_be_reset() -> None:
    network = network_of([1], 0)
    source = QuantumCircuit(1, 1)
    source.h(0)
    source.measure(0, 0)
    circuit = compiled(source, network)
    assert [x.name for x in circuit.data] == ["u", "measure", "reset"]
    assert verify_circuit(source, circuit, network).equal
    verdict = verify_circuit(source, with_data(circuit, circuit.data[:2]), network)
    assert verdict.reason is not None
    assert "never reset" in verdict.reason
    unmeasured = QuantumCircuit(1, 1)
    unmeasured.h(0)
    assert not verify_circuit(unmeasured, circuit, network).equal


def test_an_epr_that_is_none_is_caught() -> None:
    source, circuit, network = simple()
    fake = epr_gate().copy()
    fake.definition = QuantumCircuit(2)
    at = place_of(circuit, "epr")
    data = [*circuit.data[:at], circuit.data[at].replace(operation=fake), *circuit.data[at + 1 :]]
    assert "makes no Bell pair" in (verify_circuit(source, with_data(circuit, data), network).reason or "")


def test_loops_and_unknown_conditions_are_refused_with_a_reason() -> None:
    source, circuit, network = simple()
    looped = circuit.copy()
    with looped.for_loop(range(2)):
        looped.x(0)
    assert "for_loop" in (verify_circuit(source, looped, network).reason or "")


def test_rewritten_gates_are_compared_as_unitaries() -> None:
    network = network_of([3], 0)
    source = QuantumCircuit(3)
    source.h([0, 1, 2])
    source.cz(0, 1)
    source.ry(0.3, 1)
    source.ccz(0, 1, 2)
    circuit = compiled(source, network)
    at = place_of(circuit, "rzz")
    a, b = circuit.data[at].qubits
    angle = circuit.data[at].params[0]
    rewritten = [
        CircuitInstruction(gate, list(qubits), [])
        for gate, qubits in ((CXGate(), (a, b)), (RZGate(angle), (b,)), (CXGate(), (a, b)))
    ]
    verdict = verify_circuit(
        source, with_data(circuit, [*circuit.data[:at], *rewritten, *circuit.data[at + 1 :]]), network
    )
    assert verdict == Verdict(True, None, "unitary", 0)
    rewritten[1] = CircuitInstruction(RZGate(angle + 1e-5), [b], [])
    changed = with_data(circuit, [*circuit.data[:at], *rewritten, *circuit.data[at + 1 :]])
    assert not verify_circuit(source, changed, network).equal
    czs = with_data(circuit, [*circuit.data[:at], CircuitInstruction(CZGate(), [a, b], []), *circuit.data[at + 1 :]])
    assert not verify_circuit(source, czs, network).equal


# ---- the canonical form ---------------------------------------------------------------------------------------------


def local(qubit: int, gate: str = "h") -> Operation:
    matrix = {"h": [[1, 1], [1, -1]], "x": [[0, 1], [1, 0]], "s": [[1, 0], [0, 1j]]}[gate]
    array = np.array(matrix, dtype=np.complex128)
    return Operation(Kind.LOCAL, (qubit,), factors=(array / np.sqrt(abs(np.linalg.det(array))),))


def zz(angle: float, *qubits: int, condition: Condition | None = None) -> Operation:
    return Operation(Kind.ROTATION, qubits, angle=angle, condition=condition)


def measure(qubit: int, bit: int) -> Operation:
    return Operation(Kind.MEASURE, (qubit,), clbit=bit)


ON = Condition((0,), 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([zz(0.1, 0, 1), zz(0.2, 1, 2)], [zz(0.2, 2, 1), zz(0.1, 1, 0)]),
        ([zz(0.1, 0, 1), zz(0.2, 0, 1)], [zz(0.3, 0, 1)]),
        ([zz(0.1, 0, 1), zz(0.2, 1, 2), zz(-0.1, 0, 1)], [zz(0.2, 1, 2)]),
        ([local(0, "s"), zz(0.1, 0, 1), local(0)], [zz(0.1, 0, 1), local(0, "s"), local(0)]),
        ([local(0, "x"), zz(0.1, 0, 1)], [zz(-0.1, 0, 1), local(0, "x")]),
        (
            [zz(0.1 + np.pi, 0, 1), local(0)],
            [zz(0.1, 0, 1), local(0, "s"), local(0, "s"), local(0), local(1, "s"), local(1, "s")],
        ),
        ([zz(np.pi / 2, 0, 1), local(0)], [zz(-np.pi / 2, 0, 1), *[local(0, "s")] * 2, local(0), *[local(1, "s")] * 2]),
        ([local(0, "s"), measure(0, 0)], [measure(0, 0)]),
        ([measure(0, 0), zz(0.1, 1, condition=ON)], [measure(0, 0), zz(0.1, 1, condition=Condition((0,), 0, True))]),
    ],
)
def test_equal_programs_have_equal_traces(first: list[Operation], second: list[Operation]) -> None:
    assert first_difference(canonical(first, 3), canonical(second, 3)) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([zz(0.1, 0, 1), local(0)], [local(0), zz(0.1, 0, 1)]),
        ([zz(0.1, 0, 1)], [zz(0.1, 0, 2)]),
        ([zz(0.1, 0, 1)], [zz(0.1, 0, 1), zz(0.1, 1, 2)]),
        ([local(0, "x"), zz(0.1, 0, 1)], [zz(0.1, 0, 1), local(0, "x")]),
        ([local(0, "x"), measure(0, 0)], [measure(0, 0)]),
        ([measure(0, 0), measure(1, 0)], [measure(1, 0), measure(0, 0)]),
        ([measure(0, 0), zz(0.1, 1, condition=ON)], [zz(0.1, 1, condition=ON), measure(0, 0)]),
        ([measure(0, 0), zz(0.1, 1, condition=ON)], [measure(0, 0), zz(0.1, 1, condition=Condition((0,), 0))]),
        ([measure(0, 0), zz(np.pi, 1, 2, condition=ON)], [measure(0, 0)]),
        ([local(0), Operation(Kind.RESET, (0,))], [local(0)]),
        ([local(0)], [local(0), local(1, "s")]),
    ],
)
def test_different_programs_have_different_traces(first: list[Operation], second: list[Operation]) -> None:
    assert first_difference(canonical(first, 3), canonical(second, 3)) is not None
