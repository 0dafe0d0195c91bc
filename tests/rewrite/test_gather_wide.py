"""Gathered operations: equal, checked on every protocol branch, and at one pair per QPU but one."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import XGate
from qiskit.quantum_info import Operator, SparsePauliOp
from qiskit_aer import AerSimulator

from distq.compiler import compile
from distq.errors import InputError
from distq.execution.bell_pairs import with_pair_circuits
from distq.execution.circuit_files import write_qasm3
from distq.execution.emit import emit
from distq.execution.lower import lower
from distq.frontend import normalise, read_circuit, to_circuit
from distq.ir.plan import Plan
from distq.ir.plan_file import dump_plan, load_plan
from distq.ir.program import Program
from distq.ir.rewriting import Rewriting, read_rewriting, write_rewriting
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.strategies.wide_gates import plan_gathered
from distq.rewrite import expand_wide, gather, resynthesise, rewrite
from distq.verification.circuit_checker import verify_circuit
from distq.verification.plan_checker import check_plan
from helpers.circuits import random_circuit, random_state, run_exactly, same_branches
from helpers.coherent import NotEquivalent, assert_equivalent


def mcx_over(k: int, per_qpu: int) -> tuple[QuantumCircuit, list[int]]:
    """A multi-controlled X over all qubits, and the QPU of each."""
    n = k * per_qpu
    circuit = QuantumCircuit(n)
    circuit.mcx(list(range(n - 1)), n - 1)
    return circuit, [q // per_qpu for q in range(n)]


def reduced(program: Program) -> np.ndarray:
    """The unitary on the source's qubits, ancillas in |0>; asserts that they return there."""
    whole = Operator(to_circuit(program)).data
    size = 2**program.source_qubits
    assert np.abs(whole[size:, :size]).max(initial=0.0) < 1e-9
    return np.asarray(whole[:size, :size])


def program_and_plan(circuit: QuantumCircuit, network: Network, homes: Sequence[int]) -> tuple[Program, Plan]:
    """The cheapest plan for these homes, and the rewritten program that it is for."""
    program = normalise(circuit)
    plan = plan_gathered(program, network, homes)
    return rewrite(program, plan.rewriting, network), plan


# ---- the rewriting ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_gathered_programs_are_equal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    circuit = random_circuit(6, 10, seed, ("mcx", "mcx_o", "mcp", "evolution", "pauli", "h", "cx", "rx", "ccx"))
    homes = [int(s) for s in rng.permutation([0, 0, 0, 1, 1, 1] if seed % 2 else [0, 0, 1, 1, 2, 2])]
    network = parse_network("2x4+2" if seed % 2 else "3x3+2")
    program = normalise(circuit)
    found = gather(program, homes, network)
    assert len(found.sites) == len(found.program.operations)
    assert len(found.homes) == found.program.num_qubits
    assert np.abs(reduced(found.program) - Operator(circuit).data).max() < 1e-9


def test_unknown_angles_and_conditions() -> None:
    circuit = QuantumCircuit(6, 1)
    circuit.mcp(Parameter("a"), [0, 1, 2, 3, 4], 5)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.mcp(0.4, [1, 2, 3, 4], 5)
    found = gather(normalise(circuit), [0, 0, 0, 1, 1, 1], parse_network("2x4+3"))
    assert found.program.ancillas > 0
    assert found.program.parameters == ("a",)
    assert sum(op.condition is not None for op in found.program.operations) == 1


def test_without_a_spare_ion_nothing_is_gathered() -> None:
    circuit, homes = mcx_over(2, 3)
    program = normalise(circuit)
    assert gather(program, homes, parse_network("2x3+5")).program is program


def test_ancillas_are_shared_between_operations() -> None:
    circuit = QuantumCircuit(8)
    for _ in range(3):
        circuit.mcx(list(range(7)), 7)
        circuit.h([2, 6])
    found = gather(normalise(circuit), [0] * 4 + [1] * 4, parse_network("2x5+1"))
    assert found.program.ancillas == 1


# ---- plans and circuits -------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("k", "per_qpu", "memory"),
    [(2, 4, 1), (3, 4, 1), (3, 5, 1), (4, 4, 1), (6, 4, 1), (9, 2, 1), (3, 4, 2), (4, 4, 2), (4, 5, 2), (6, 4, 2)],
)
def test_one_pair_per_qpu_but_one(k: int, per_qpu: int, memory: int) -> None:
    circuit, homes = mcx_over(k, per_qpu)
    network = parse_network(f"{k}x{per_qpu + 1}+{memory}")
    program, plan = program_and_plan(circuit, network, homes)
    check_plan(program, plan, network)
    assert tally(plan, program, network).ebits == k - 1
    assert compile(circuit, network, plan).report.ebits == k - 1  # which verifies the emitted circuit
    assert compile(circuit, network, "gather").report.ebits == k - 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["phase", "parity"])
@pytest.mark.parametrize("homes", [[0, 1, 2, 3], [2, 0, 0, 1]])
def test_measured_ancillas_leave_the_state_as_it_should_be(kind: str, homes: list[int]) -> None:
    """On every value of the ancillas' bits, with another measurement in the circuit besides."""
    circuit = QuantumCircuit(4, 1)
    circuit.h(range(4))
    if kind == "phase":
        circuit.mcp(0.9, [0, 1, 2], 3)
        circuit.append(XGate().control(3, ctrl_state=5, annotated=False), [3, 1, 2, 0])
    else:
        circuit.append(_evolution("XZYZ"), range(4))
    circuit.measure(2, 0)
    circuit.ry(0.4, range(4))
    circuit.append(
        *((_evolution("ZZIX"), [0, 1, 3, 2]) if kind == "parity" else (XGate().control(2, annotated=False), [0, 1, 3]))
    )
    program = normalise(circuit)
    found = gather(program, homes, parse_network("4x3+1"), measured=True).program
    assert (found.ancilla_clbits > 1, found.source_clbits) == (True, 1)
    lines = found.num_qubits
    start = random_state(4, 7)
    wanted = run_exactly(circuit, start)
    whole = np.zeros(2**lines, dtype=np.complex128)
    whole[:16] = start
    made: dict[int, np.ndarray] = {}
    for bits, rho in run_exactly(to_circuit(found), whole).items():
        kept = rho.reshape(2 ** (lines - 4), 16, 2 ** (lines - 4), 16)
        assert np.abs(np.delete(kept.reshape(2 ** (lines - 4), -1), 0, axis=0)).max() < 1e-9  # ancillas end in |0>
        share = kept[0, :, 0, :]
        scale = 2.0**found.ancilla_clbits  # every value of their bits is as likely, and tells nothing
        assert np.abs(scale * share - wanted[bits & 1]).max() < 1e-8
        made[bits & 1] = made.get(bits & 1, 0) + share
    assert same_branches(wanted, made)


@pytest.mark.slow
def test_emitted_measured_ancillas_in_a_general_simulator() -> None:
    """Counts of the emitted circuit; without the gates that depend on the ancillas' bits they are others."""
    circuit = QuantumCircuit(4)
    circuit.h(range(4))
    circuit.mcp(np.pi, [0, 1, 2], 3)
    circuit.h(range(4))
    circuit.append(XGate().control(3, ctrl_state=0, annotated=False), [3, 1, 2, 0])
    circuit.ry(0.8, range(4))
    expected = np.abs(Operator(circuit).data[:, 0]) ** 2
    circuit.measure_all()
    network = parse_network("4x2+1")
    plan = plan_gathered(normalise(circuit), network, [0, 1, 2, 3])
    made = compile(circuit, network, plan).circuit
    bits = set(next(r for r in made.cregs if r.name == "ancilla"))
    assert len(bits) == 6
    blind = made.copy()
    blind.data = [x for x in made.data if x.operation.name != "if_else" or not bits & set(x.clbits)]
    backend = AerSimulator(seed_simulator=1)
    apart = []
    for run in (made, blind):
        counts = backend.run(with_pair_circuits(run), shots=3000).result().get_counts()
        place = [register.name for register in reversed(run.cregs)].index("meas")
        found = np.zeros(16)
        for key, number in counts.items():
            found[int(key.split()[place], 2)] += number / 3000
        apart.append(np.abs(found - expected).sum() / 2)
    assert apart[0] < 0.06 < 0.15 < apart[1]


@pytest.mark.slow
def test_bits_of_ancillas_are_none_of_the_users() -> None:
    circuit, homes = mcx_over(4, 1)
    circuit.x(0)
    network = parse_network("4x2+1")
    plan = plan_gathered(normalise(circuit), network, homes)
    assert plan.rewriting == Rewriting(gather=tuple(homes), measured=True)
    done = compile(circuit, network, plan)
    assert done.circuit.cregs[0].name == "ancilla"
    report = done.simulate(inputs=["zero"], engine="bracket", shots=200, outcome="0001")
    assert report.details.counts is not None
    assert all(len(bits) == 4 for bits in report.details.counts)
    assert (report.details.success or 0.0) > 0.7
    again = circuit_from(done.circuit)
    assert verify_circuit(circuit, again, network).equal
    measures = [i for i, x in enumerate(done.circuit.data) if x.operation.name in ("measure", "if_else")]
    for at in measures[::3]:
        broken = done.circuit.copy()
        broken.data = [x for i, x in enumerate(done.circuit.data) if i != at]
        assert not verify_circuit(circuit, broken, network).equal


def circuit_from(circuit: QuantumCircuit) -> QuantumCircuit:
    """Written as OpenQASM 3 and read again."""
    return read_circuit(io.StringIO(write_qasm3(circuit)))


def test_parity_over_all_qubits() -> None:
    circuit = QuantumCircuit(12)
    circuit.append(_evolution("Z" * 12), range(12))
    network = parse_network("3x5+2")
    program, plan = program_and_plan(circuit, network, [q // 4 for q in range(12)])
    assert tally(plan, program, network).ebits == 2


def _evolution(word: str):  # type: ignore[no-untyped-def]
    from qiskit.circuit.library import PauliEvolutionGate

    return PauliEvolutionGate(SparsePauliOp([word], [0.7]), 0.3)


def small_cases() -> list[tuple[str, QuantumCircuit, list[int], str]]:
    mcx = QuantumCircuit(6, name="mcx")
    mcx.h(range(6))
    mcx.mcx([0, 1, 2, 3, 4], 5)
    mcx.t(range(6))
    mcx.mcx([5, 4, 3, 2], 0)
    gadget = QuantumCircuit(6, name="gadget")
    gadget.append(_evolution("XYZXYZ"), range(6))
    gadget.append(_evolution("ZZXIXX"), range(6))
    one_each = QuantumCircuit(4, name="one_each")
    one_each.ccx(0, 2, 3)
    one_each.mcp(0.7, [0, 1, 2], 3)
    return [
        ("mcx", mcx, [0, 0, 0, 1, 1, 1], "2x4+1"),
        ("mcx3", mcx, [0, 0, 1, 1, 2, 2], "3x3+2"),
        ("gadget", gadget, [0, 0, 0, 1, 1, 1], "2x4+1"),
        ("one_each", one_each, [0, 0, 0, 1], "2x4+1"),
        ("line", mcx, [0, 0, 1, 1, 2, 2], "3x3+2@line"),
        ("host", mcx, [0, 0, 1, 1, 2, 2], "3x3+1"),
    ]


@pytest.mark.parametrize(
    ("name", "circuit", "homes", "machine"), small_cases(), ids=lambda x: x if type(x) is str else ""
)
def test_emitted_circuits_are_exact(name: str, circuit: QuantumCircuit, homes: list[int], machine: str) -> None:
    network = parse_network(machine)
    program, plan = program_and_plan(circuit, network, homes)
    check_plan(program, plan, network)
    made = emit(lower(program, plan, network), program, network)
    assert (name == "one_each") == (program.ancillas == 0)
    assert (name == "host") == (plan.rewriting is not None and plan.rewriting.host is not None)
    assert_equivalent(circuit, made)
    wrong = made.copy()
    wrong.data = [x for i, x in enumerate(made.data) if i != next(j for j, y in enumerate(made.data) if y.name == "cx")]
    with pytest.raises(NotEquivalent):
        assert_equivalent(circuit, wrong)


def test_verified_from_the_original_alone_and_faults_are_found() -> None:
    circuit, homes = mcx_over(2, 4)
    network = parse_network("2x5+1")
    plan = plan_gathered(normalise(circuit), network, homes)
    made = compile(circuit, network, plan).circuit
    assert verify_circuit(circuit, made, network).equal
    gates = [i for i, x in enumerate(made.data) if x.operation.name in ("u", "cp", "cx", "rzz")]
    for at in gates[:: max(1, len(gates) // 15)]:
        broken = made.copy()
        del broken.data[at]
        assert not verify_circuit(circuit, broken, network).equal
    for rewriting in ({"gather": [0] * 8}, {"gather": [0]}, {"limit": 2}, {"limit": 1}, 7, None, {"host": "a"}):
        broken = made.copy()
        broken.metadata = {"distq": {**made.metadata["distq"], "rewriting": rewriting}}
        assert not verify_circuit(circuit, broken, network).equal


def test_cut_down_where_memory_is_too_small() -> None:
    circuit = QuantumCircuit(4)
    circuit.mcp(0.3, [0, 1, 2], 3)
    network = parse_network("4x1+1")
    program, plan = program_and_plan(circuit, network, range(4))
    assert plan.rewriting == Rewriting(limit=2)
    assert program.source_qubits == program.num_qubits == 4
    check_plan(program, plan, network)
    done = compile(circuit, network, plan)
    assert verify_circuit(circuit, done.circuit, network).equal


@pytest.mark.slow
def test_simulation_keeps_ancillas_in_zero() -> None:
    circuit = QuantumCircuit(6)
    circuit.mcx([0, 1, 2, 3, 4], 5)
    network = parse_network("2x4+1")
    report = compile(circuit, network, "gather").simulate(precision=0.02, monolithic="ideal")
    assert report.qubits == 6
    assert report.fidelity is not None
    assert 0.8 < report.fidelity < 1.0


# ---- recipes ------------------------------------------------------------------------------------------------------


def test_plans_keep_their_rewriting_in_files() -> None:
    circuit, homes = mcx_over(2, 4)
    network = parse_network("2x5+1")
    program, plan = program_and_plan(circuit, network, homes)
    assert load_plan(dump_plan(plan, "mcx", "net")) == plan
    again = rewrite(normalise(circuit), plan.rewriting, network)
    assert [op.qubits for op in again.operations] == [op.qubits for op in program.operations]


def test_recipes_as_json() -> None:
    choices = {"gather": (None, (0, 1, 1)), "limit": (None, 3), "host": (None, 0)}
    choices |= dict.fromkeys(("resynthesise", "measured"), (False, True))
    for values in itertools.product(*choices.values()):
        rewriting = Rewriting(**dict(zip(choices, values, strict=True)))
        assert read_rewriting(write_rewriting(rewriting), "here") == rewriting
    assert read_rewriting(None, "here") is None
    for bad in (3, [], {"gather": 1}, {"gather": ["a"]}, {"limit": "x"}, {"resynthesise": 1}, {"measured": 0}):
        with pytest.raises(InputError, match="here"):
            read_rewriting(bad, "here")
    program = normalise(QuantumCircuit(2))
    for rewriting in (
        Rewriting(gather=(0,)),
        Rewriting(gather=(0, 2)),
        Rewriting(gather=(0, 1), host=2),
        Rewriting(limit=1),
    ):
        with pytest.raises(InputError):
            rewrite(program, rewriting, parse_network("2x2+1"))


def test_both_at_once() -> None:
    circuit, homes = mcx_over(2, 3)
    program = normalise(circuit)
    network = parse_network("2x4+1")
    found = rewrite(program, Rewriting(gather=tuple(homes), limit=3), network)
    assert np.abs(np.abs(np.vdot(reduced(found), Operator(circuit).data)) - 2**6) < 1e-7
    assert expand_wide(found, 3) is found


@pytest.mark.slow
def test_resynthesis_as_a_strategys_choice() -> None:
    circuit = read_circuit("circuits/gadgets_16.qasm")
    network = parse_network("4x5+2")
    program = normalise(circuit)
    smaller = resynthesise(program)
    plan = plan_gathered(smaller, network, [q // 4 for q in range(16)])
    chosen = replace(plan.rewriting or Rewriting(), resynthesise=True)
    done = compile(circuit, network, replace(plan, rewriting=chosen))
    assert done.program.gates_2q < program.gates_2q
    assert verify_circuit(circuit, done.circuit, network).equal
