"""Emitted circuits: exactly equivalent to their source, local, readable back, and runnable."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.circuit import ClassicalRegister, Clbit, IfElseOp, Parameter
from qiskit.circuit.classical import expr
from qiskit.circuit.library import DiagonalGate, PermutationGate, UnitaryGate
from qiskit_aer import AerSimulator

from distq.errors import InternalError
from distq.execution.bell_pairs import with_pair_circuits
from distq.execution.circuit_files import QASM3_HEADER, write_qasm3, write_qpy
from distq.execution.emit import emit
from distq.execution.locality import assert_local
from distq.execution.lower import lower
from distq.frontend import normalise, read_circuit
from distq.ir.events import Events, HeraldPair
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from helpers.coherent import NotEquivalent, assert_equivalent
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.programs import random_program

HADAMARD = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)


def source_of(program: Program) -> QuantumCircuit:
    """The program as a circuit of matrices, written apart from the package."""
    circuit = QuantumCircuit(program.num_qubits)
    clbits = [Clbit() for _ in range(program.num_clbits)]
    circuit.add_bits(clbits)
    for name, bits in program.clbit_registers:
        circuit.add_register(ClassicalRegister(name=name, bits=[clbits[i] for i in bits]))
    for op in program.operations:
        if op.condition is None:
            _append(circuit, op, [circuit.qubits[q] for q in op.qubits], clbits)
            continue
        literals = [
            expr.lift(clbits[b]) if op.condition.value >> i & 1 else expr.logic_not(expr.lift(clbits[b]))
            for i, b in enumerate(op.condition.clbits)
        ]
        test = literals[0]
        for literal in literals[1:]:
            test = expr.logic_and(test, literal)
        body = QuantumCircuit(circuit.qubits, clbits)
        _append(body, op, [circuit.qubits[q] for q in op.qubits], clbits)
        guarded = IfElseOp(expr.logic_not(test) if op.condition.negate else test, body)
        circuit.append(guarded, circuit.qubits, clbits)
    circuit.append(PermutationGate(list(program.output)), circuit.qubits)
    return circuit


def _append(circuit: QuantumCircuit, op: Operation, qubits: list, clbits: list[Clbit]) -> None:
    match op.kind:
        case Kind.LOCAL:
            for factor in op.factors:
                circuit.append(UnitaryGate(factor), qubits)
        case Kind.ROTATION:
            parity = np.array([bin(x).count("1") % 2 for x in range(2 ** len(qubits))])
            circuit.append(DiagonalGate(list(np.exp(-0.5j * op.angle * (1 - 2 * parity)))), qubits)
        case Kind.PHASE:
            diagonal = np.ones(2 ** len(qubits), dtype=complex)
            diagonal[sum(bit << i for i, bit in enumerate(op.pattern))] = np.exp(1j * op.angle)
            circuit.append(DiagonalGate(list(diagonal)), qubits)
        case Kind.MEASURE:
            circuit.measure(qubits, [clbits[op.clbit]])
        case Kind.RESET:
            circuit.reset(qubits)


def compiled(program: Program, plan: Plan, network: Network) -> tuple[Events, QuantumCircuit]:
    events = lower(program, plan, network)
    circuit = emit(events, program, network)
    assert_local(circuit, network, pairs=sum(isinstance(step, Grow) for step in plan.steps))
    return events, circuit


def cz_program(qubits: int = 2, **more: object) -> Program:
    ops = [Operation(Kind.LOCAL, (q,), factors=(HADAMARD,)) for q in range(qubits)]
    ops += [Operation(Kind.ROTATION, (q, q + 1), angle=0.5 + q) for q in range(qubits - 1)]
    return Program("cz", qubits, 0, tuple(ops), tuple(range(qubits)), **more)  # type: ignore[arg-type]


def teledata_plan() -> Plan:
    steps = (
        RunOp(0, 0),
        RunOp(1, 1),
        Grow(0, 0, 1),
        HandOver(((0, 1),)),
        Shrink(0, 0),
        RunOp(2, 1),
    )
    return Plan((0, 1), steps)


def telegate_plan() -> Plan:
    return Plan((0, 1), (RunOp(0, 0), RunOp(1, 1), Grow(0, 0, 1), RunOp(2, 1), Shrink(0, 1)))


@pytest.mark.parametrize("plan", [telegate_plan(), teledata_plan()], ids=["telegate", "teledata"])
def test_one_remote_gate(plan: Plan) -> None:
    program = cz_program()
    _, circuit = compiled(program, plan, network_of([2, 2], 1))
    assert_equivalent(source_of(program), circuit)


NETWORKS = {
    "two": network_of([3, 2], 2),
    "two-tight": network_of([2, 2], [2, 1]),
    "line": network_of([2, 2, 1], [3, 2, 2], "line"),
    "ring": network_of([1, 2, 1, 1], 3, [(0, 1), (1, 2), (2, 3), (0, 3)]),
    "complete-unlimited": network_of([2, 1, 2], None),
    "star": network_of([1, 2, 2], 3, "star"),
}


def random_case(name: str, seed: int, **shares: object) -> tuple[Program, Plan]:
    """The first random plan from ``seed`` on that fits the memory."""
    network = NETWORKS[name]
    for attempt in range(seed * 1000, (seed + 1) * 1000):
        rng = np.random.default_rng(attempt)
        qubits = min(4, sum(qpu.data for qpu in network.qpus))
        program = random_program(rng, qubits, 14, **shares)  # type: ignore[arg-type]
        try:
            return program, random_plan(program, network, rng)
        except ValueError:
            continue
    raise AssertionError("no plan found")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", NETWORKS)
def test_random_unitary_programs_are_equivalent(name: str, seed: int) -> None:
    program, plan = random_case(name, seed, reset=0.03)
    _, circuit = compiled(program, plan, NETWORKS[name])
    assert_equivalent(source_of(program), circuit)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", NETWORKS)
def test_random_dynamic_programs_are_equivalent(name: str, seed: int) -> None:
    shares = {"clbits": 3, "measure": 0.15, "reset": 0.04, "condition": 0.4, "final_measure": seed % 2 == 0}
    program, plan = random_case(name, seed, **shares)
    _, circuit = compiled(program, plan, NETWORKS[name])
    assert_equivalent(source_of(program), circuit, branches=3)


@pytest.mark.parametrize("seed", range(3))
def test_more_qubits_with_product_inputs_are_equivalent(seed: int) -> None:
    network = network_of([2, 3, 2], None)
    rng = np.random.default_rng(seed)
    program = random_program(rng, 6, 20, clbits=2, measure=0.1, condition=0.2)
    plan = random_plan(program, network, rng, wander=0.3)
    _, circuit = compiled(program, plan, network)
    assert_equivalent(source_of(program), circuit)


def test_two_qubits_change_places_between_full_traps() -> None:
    network = network_of([1, 1], 2)
    steps = (
        *(RunOp(0, 0), RunOp(1, 1), Grow(0, 0, 1), Grow(1, 1, 0)),
        *(HandOver(((0, 1), (1, 0))), RunOp(2, 0), Shrink(0, 0), Shrink(1, 1)),
    )
    program = cz_program()
    _, circuit = compiled(program, Plan((0, 1), steps), network)
    assert circuit.count_ops()["swap"] == 2
    assert_equivalent(source_of(program), circuit)
    early = (*steps[:5], Shrink(0, 0), Shrink(1, 1), Grow(0, 1, 0), steps[5], Shrink(0, 0))
    _, circuit = compiled(program, Plan((0, 1), early), network)
    assert_equivalent(source_of(program), circuit)


def test_untouched_and_dead_qubits_in_the_layout() -> None:
    ops = (
        Operation(Kind.LOCAL, (0,), factors=(HADAMARD,)),
        Operation(Kind.MEASURE, (0,), clbit=0),
        Operation(Kind.LOCAL, (1,), factors=(HADAMARD,)),
    )
    program = Program("three", 3, 1, ops, (1, 2, 0))
    network = network_of([1, 1], 0)
    _, circuit = compiled(program, Plan((0, 0, 1), (RunOp(0, 0), RunOp(1, 0), RunOp(2, 0))), network)
    layout = circuit.metadata["distq"]["layout"]
    assert layout["births"] == {"0": [0, 1], "1": [2]}
    assert layout["final"] == [None, 0, 1]
    assert layout["output"] == [0, 1, None]
    assert_equivalent(source_of(program), circuit)


def test_registers_show_the_machine_and_keep_the_source_bits() -> None:
    qpus = (QPU(name="trap 1", data=2, memory=1), QPU(name="2", data=1, memory=None), QPU(name="b", data=1, memory=0))
    network = Network(qpus=qpus, links=(Link(a=0, b=1),))
    registers = (("b_outcome", (1, 2)), ("c", (3,)))
    program = Program("bits", 2, 4, (), (0, 1), registers)
    _, circuit = compiled(program, Plan((0, 1), ()), network)
    assert [(r.name, r.size) for r in circuit.qregs] == [
        *[("trap_1_data", 2), ("trap_1_memory", 1), ("qpu_2_data", 1), ("b_data", 1)]
    ]
    assert [(r.name, [circuit.find_bit(c).index for c in r]) for r in circuit.cregs] == [
        *[("b_outcome", [1, 2]), ("c", [3]), ("c_1", [0])],
        *[("trap_1_outcome", [4, 5, 6]), ("qpu_2_outcome", [7]), ("b_outcome_1", [8])],
    ]
    qasm3.loads(write_qasm3(circuit))


def condition_cases() -> Iterator[Condition]:
    yield Condition((1,), 1)
    yield Condition((1,), 1, negate=True)
    for bits in ((0, 1, 2), (2, 0), (0, 1), (2, 1, 0)):
        for value in (0, 1, 2, 3):
            yield Condition(bits, value)
            yield Condition(bits, value, negate=True)


@pytest.mark.slow
@pytest.mark.parametrize("condition", list(condition_cases()), ids=str)
def test_conditions_survive_openqasm3(condition: Condition) -> None:
    ops = [Operation(Kind.LOCAL, (q,), factors=(HADAMARD,)) for q in range(3)]
    ops += [Operation(Kind.MEASURE, (q,), clbit=q) for q in range(3)]
    ops.append(Operation(Kind.ROTATION, (3, 2), angle=1.0, condition=condition))
    program = Program("if", 4, 3, tuple(ops), (0, 1, 2, 3), (("c", (0, 1, 2)),))
    steps = (*[RunOp(i, 0) for i in range(6)], Grow(2, 0, 1), RunOp(6, 1), Shrink(2, 1))
    _, circuit = compiled(program, Plan((0, 0, 0, 1), steps), network_of([3, 1], 1))
    assert_equivalent(source_of(program), circuit, branches=4)
    assert_equivalent(source_of(program), reread(circuit), branches=4)


def reread(circuit: QuantumCircuit) -> QuantumCircuit:
    """Through OpenQASM 3 and back, metadata included."""
    text = write_qasm3(circuit)
    again: QuantumCircuit = qasm3.loads(text)
    again.metadata = {"distq": json.loads(text.splitlines()[0].removeprefix(QASM3_HEADER))}
    return again


def shape(circuit: QuantumCircuit) -> tuple[list[tuple], list[float]]:
    """Names and bits of all instructions, with those inside conditions; and all parameters."""
    rows: list[tuple] = []
    numbers: list[float] = []

    def walk(body: QuantumCircuit, outer: dict) -> None:
        for instruction in body.data:
            op = instruction.operation
            bits = [outer[b] for b in (*instruction.qubits, *instruction.clbits)]
            blocks = getattr(op, "blocks", ())
            rows.append((op.name, len(blocks), sorted(bits[: op.num_qubits]) if blocks else bits))
            for block in blocks:
                walk(block, dict(zip((*block.qubits, *block.clbits), bits, strict=True)))
            if not blocks:
                numbers.extend(float(p) for p in op.params)

    walk(
        circuit, {b: (kind, i) for kind, of in (("q", circuit.qubits), ("c", circuit.clbits)) for i, b in enumerate(of)}
    )
    return rows, numbers


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_openqasm3_and_qpy_round_trips(seed: int) -> None:
    program, plan = random_case("line", seed, clbits=2, measure=0.1, condition=0.3)
    _, circuit = compiled(program, plan, NETWORKS["line"])
    text = write_qasm3(circuit)
    assert text.startswith("// distq: {")
    assert json.loads(text.splitlines()[0].removeprefix(QASM3_HEADER)) == circuit.metadata["distq"]
    again = reread(circuit)
    assert shape(again)[0] == shape(circuit)[0]
    np.testing.assert_allclose(shape(again)[1], shape(circuit)[1], atol=1e-13)
    assert_local(again, NETWORKS["line"])
    assert_equivalent(source_of(program), again)
    file = io.BytesIO()
    write_qpy(circuit, file)
    file.seek(0)
    (loaded,) = qpy.load(file)
    assert loaded == circuit
    assert loaded.metadata == circuit.metadata
    assert_equivalent(source_of(program), loaded)


def test_the_frontend_reads_emitted_files(tmp_path: Path) -> None:
    program, plan = random_case("two", 1, clbits=2, condition=0.3)
    _, circuit = compiled(program, plan, NETWORKS["two"])
    path = tmp_path / "out.qasm"
    path.write_text(write_qasm3(circuit))
    again = read_circuit(path)
    assert again.metadata["distq"] == circuit.metadata["distq"]
    assert_equivalent(source_of(program), again)
    assert normalise(again).num_qubits == circuit.num_qubits


def mirrored(seed: int) -> tuple[Program, list[int]]:
    """A program that undoes itself, flips some qubits and measures: its outcomes are certain."""
    rng = np.random.default_rng(seed)
    there = random_program(rng, 4, 12).operations
    back = [
        Operation(
            op.kind, op.qubits, -op.angle if op.diagonal else None, op.pattern, tuple(f.conj().T for f in op.factors)
        )
        for op in reversed(there)
    ]
    flips = [int(b) for b in rng.integers(0, 2, 4)]
    flip = np.array([[0, 1], [1, 0]], dtype=np.complex128)
    end = [Operation(Kind.LOCAL, (q,), factors=(flip,)) for q in range(4) if flips[q]]
    end += [Operation(Kind.MEASURE, (q,), clbit=q) for q in range(4)]
    return Program("mirror", 4, 4, (*there, *back, *end), (0, 1, 2, 3), (("m", (0, 1, 2, 3)),)), flips


@pytest.mark.parametrize("seed", range(3))
def test_aer_runs_emitted_circuits(seed: int) -> None:
    program, flips = mirrored(seed)
    network = network_of([2, 2], 2)
    _, circuit = compiled(program, random_plan(program, network, np.random.default_rng(seed), wander=0.2), network)
    backend = AerSimulator(seed_simulator=seed)
    counts = backend.run(with_pair_circuits(circuit), shots=100).result().get_counts()
    assert {key.split()[-1] for key in counts} == {"".join(str(b) for b in reversed(flips))}


def test_parameters_stay_and_bind() -> None:
    theta = Parameter("theta")
    ops = (
        *cz_program().operations,
        Operation(Kind.ROTATION, (0, 1), angle=2 * theta, condition=Condition((0,), 0)),
        Operation(Kind.PHASE, (0, 1, 2), angle=theta, pattern=(1, 0, 1)),
    )
    program = Program("theta", 3, 1, ops, (0, 1, 2))
    steps = (
        RunOp(0, 0),
        RunOp(1, 1),
        Grow(0, 0, 1),
        RunOp(2, 1),
        RunOp(3, 1),
        RunOp(4, 1),
        Shrink(0, 1),
    )
    _, circuit = compiled(program, Plan((0, 1, 1), steps), network_of([1, 2], 1))
    assert set(circuit.parameters) == {theta}
    bound = [Operation(op.kind, op.qubits, 0.4 if i == 4 else 0.8, op.pattern, condition=op.condition)
             for i, op in enumerate(ops) if i > 2]  # fmt: skip
    numeric = Program("theta", 3, 1, (*ops[:3], *bound), (0, 1, 2))
    assert_equivalent(source_of(numeric), circuit.assign_parameters({theta: 0.4}))
    text = write_qasm3(circuit)
    assert "input float" in text


# Planted faults


def replaced(circuit: QuantumCircuit, index: int, *instead: tuple) -> QuantumCircuit:
    """The circuit with one instruction replaced: by a barrier, or by (operation, qubits, clbits)."""
    out = circuit.copy_empty_like()
    for i, instruction in enumerate(circuit.data):
        if i != index:
            out._append(instruction)
        elif instead:
            out.append(*instead)
        else:
            out.barrier(instruction.qubits)
    return out


def is_correction(circuit: QuantumCircuit, index: int) -> bool:
    """True for a conditional gate on a protocol outcome."""
    instruction = circuit.data[index]
    return instruction.operation.name == "if_else" and any("outcome" in r.name for c in instruction.clbits
                                                           for r, _ in circuit.find_bit(c).registers)  # fmt: skip


def next_use(circuit: QuantumCircuit, index: int) -> str:
    """Name of the next instruction on the (first) qubit of instruction ``index``."""
    (qubit, *_) = circuit.data[index].qubits
    return next((i.operation.name for i in circuit.data[index + 1 :] if qubit in i.qubits), "")


def faults(circuit: QuantumCircuit) -> Iterator[tuple[str, QuantumCircuit]]:
    for index, instruction in enumerate(circuit.data):
        op = instruction.operation
        before = circuit.data[index - 1].operation.name if index else ""
        if is_correction(circuit, index):
            (qubit,), (bit,) = instruction.qubits, instruction.clbits
            yield "correction dropped", replaced(circuit, index)
            body = QuantumCircuit([qubit], [bit])
            (body.x if op.blocks[0].data[0].operation.name == "z" else body.z)(qubit)
            yield "wrong correction", replaced(circuit, index, IfElseOp((bit, 1), body), [qubit], [bit])
            yield "wrong outcome", replaced(circuit, index, IfElseOp((bit, 0), op.blocks[0]), [qubit], [bit])
            register = circuit.find_bit(bit).registers[0][0]
            for other in [c for c in register if c != bit][:2]:
                body = QuantumCircuit([qubit], [other])
                body.append(op.blocks[0].data[0].operation, [qubit])
                yield "wrong bit", replaced(circuit, index, IfElseOp((other, 1), body), [qubit], [other])
        elif op.name == "reset" and before == "if_else" and next_use(circuit, index) in ("epr", ""):
            yield "reset skipped", replaced(circuit, index)
        elif op.name in ("epr", "cx", "h", "swap", "u", "rzz", "cp"):
            yield f"{op.name} dropped", replaced(circuit, index)
            if op.name == "cx":
                yield "cx reversed", replaced(circuit, index, op, list(reversed(instruction.qubits)))


def is_equivalent(source: QuantumCircuit, circuit: QuantumCircuit) -> bool:
    try:
        assert_equivalent(source, circuit)
    except NotEquivalent:
        return False
    return True


@pytest.mark.slow
def test_planted_faults_are_caught() -> None:
    rng = np.random.default_rng(0)
    seen: dict[str, int] = {}
    for seed in range(3):
        program, plan = random_case("two", seed, local=0.3)
        _, circuit = compiled(program, plan, NETWORKS["two"])
        source = source_of(program)
        assert_equivalent(source, circuit)
        every = list(faults(circuit))
        for at in rng.permutation(len(every))[:60]:
            kind, faulty = every[at]
            assert not is_equivalent(source, faulty), kind
            seen[kind] = seen.get(kind, 0) + 1
    assert len(seen) >= 10, seen


def test_a_wrong_layout_is_caught() -> None:
    program, plan = random_case("two", 0)
    _, circuit = compiled(program, plan, NETWORKS["two"])
    output = circuit.metadata["distq"]["layout"]["output"]
    output[0], output[1] = output[1], output[0]
    with pytest.raises(NotEquivalent):
        assert_equivalent(source_of(program), circuit)


def test_assert_local_refuses_what_joins_qpus() -> None:
    network = network_of([2, 2, 1], 1, "line")
    _, circuit = compiled(cz_program(), telegate_plan(), network)
    with pytest.raises(InternalError, match="consumes 1 Bell pairs, its plan 2"):
        assert_local(circuit, network, pairs=2)
    crossing = circuit.copy()
    crossing.cx(0, 3)
    with pytest.raises(InternalError, match="joins QPUs"):
        assert_local(crossing, network)
    epr = next(i.operation for i in circuit.data if i.operation.name == "epr")
    memories = [2, 5, 7]
    for pair in ((memories[0], memories[2]), (0, memories[1])):
        wrong = circuit.copy()
        wrong.append(epr, pair)
        with pytest.raises(InternalError, match="no link joins"):
            assert_local(wrong, network)


def test_one_pair_per_grow() -> None:
    program, plan = random_case("ring", 3)
    events, circuit = compiled(program, plan, NETWORKS["ring"])
    pairs = sum(isinstance(e, HeraldPair) for e in events.events)
    assert circuit.count_ops()["epr"] == pairs == sum(isinstance(s, Grow) for s in plan.steps)
