"""Opt-in approximation: the bound holds, budgets are kept, checks are honest, fidelities are those of the original."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.library import QFTGate
from qiskit.quantum_info import Operator

from distq.cli import invoke
from distq.compiler import Compilation, compile
from distq.errors import InputError
from distq.execution.circuit_files import write_qasm3
from distq.frontend import normalise, read_circuit, to_circuit
from distq.ir.plan import Grow, Plan, RunOp, Shrink
from distq.ir.plan_file import dump_plan, load_plan
from distq.ir.program import Condition, Kind, Operation, Program
from distq.ir.rewriting import Rewriting, read_rewriting, then, without, write_rewriting
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.approximate import approximate
from distq.planning.strategies import get_strategy
from distq.qiskit import DistributePass
from distq.rewrite import drop, dropped, infidelity_bound, removal_angle, removal_angles, rewrite
from distq.simulation.arrays import NumpyArrays
from distq.simulation.engines.density.density import final_states
from distq.simulation.engines.trajectories.tail import TailChunks
from distq.simulation.engines.trajectories.trajectories import estimate_fidelity
from distq.simulation.execution import Execution
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions
from distq.simulation.statevector.input_states import input_states
from distq.verification.circuit_checker import verify_circuit
from helpers.programs import random_program
from helpers.strategies import GENERATORS, programs


def qft(n: int) -> QuantumCircuit:
    circuit = QuantumCircuit(n, name=f"qft_{n}")
    circuit.append(QFTGate(n), range(n))
    return transpile(circuit, basis_gates=["h", "cp", "swap"], optimization_level=0)


def perfect(text: str) -> Network:
    """A network without local errors and waits, whose pairs alone fail."""
    network = parse_network(text)
    quiet = {"error_1q": 0.0, "error_2q": 0.0, "error_measure": 0.0, "error_reset": 0.0, "t2_s": 1e9}
    return network.model_copy(update={"qpus": tuple(qpu.model_copy(update=quiet) for qpu in network.qpus)})


def worst_infidelity(change: np.ndarray) -> float:
    """1 - min |<psi|U|psi>|^2 over all states: the chord of the shortest arc that holds all eigenvalues."""
    phases = np.sort(np.angle(np.linalg.eigvals(change)))
    gaps = np.diff(np.append(phases, phases[0] + 2 * np.pi))
    arc = 2 * np.pi - gaps.max()
    return 1.0 - (math.cos(arc / 2) ** 2 if arc < np.pi else 0.0)


# ---- the bound ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=150)
@given(programs(operations=20, phase=0.2), GENERATORS, st.floats(0.001, 1.0), st.floats(0.1, 1.0))
def test_no_input_loses_more_than_the_bound(
    program: Program, rng: np.random.Generator, scale: float, share: float
) -> None:
    """Exact unitaries: against the worst input, and as a process."""
    operations = tuple(
        [
            Operation(op.kind, op.qubits, angle=scale * float(op.angle), pattern=op.pattern) if op.diagonal else op
            for op in program.operations
        ]
    )
    program = Program(program.name, 4, 0, operations, program.output)
    gone = [i for i, op in enumerate(operations) if op.diagonal and rng.random() < share]
    bound = infidelity_bound(removal_angles(operations[i] for i in gone))
    whole, less = Operator(to_circuit(program)).data, Operator(to_circuit(drop(program, gone))).data
    change = whole.conj().T @ less
    assert worst_infidelity(change) <= bound + 1e-9
    assert 1.0 - abs(np.trace(change) / 16) ** 2 <= bound + 1e-9


@pytest.mark.parametrize("angle", [0.3, -1.2, 3.0, 6.0, -11.0, 2 * np.pi])
@pytest.mark.parametrize("kind", [Kind.ROTATION, Kind.PHASE])
def test_the_bound_of_one_operation_is_exact(kind: Kind, angle: float) -> None:
    op = Operation(kind, (0, 1, 2), angle=angle, pattern=(1, 0, 1) if kind is Kind.PHASE else ())
    program = Program("one", 3, 0, (op,), (0, 1, 2))
    found = infidelity_bound(removal_angles([op]))
    assert found == pytest.approx(worst_infidelity(Operator(to_circuit(program)).data), abs=1e-9)


def test_what_must_not_be_left_out() -> None:
    hadamard = np.array([[1, 1], [1, -1]], dtype=np.complex128) / math.sqrt(2)
    fixed = [
        Operation(Kind.LOCAL, (0,), factors=(hadamard,)),
        Operation(Kind.ROTATION, (0, 1), angle=Parameter("t")),
        Operation(Kind.ROTATION, (0, 1), angle=0.1, condition=Condition((0,), 1)),
        Operation(Kind.MEASURE, (0,), clbit=0),
    ]
    assert [removal_angle(op) for op in fixed] == [None] * 4
    program = type(random_program(np.random.default_rng(0), 2, 0))("fixed", 2, 1, tuple(fixed), (0, 1))
    for bad in ((0,), (1,), (2,), (3,), (4,), (-1,)):
        with pytest.raises(InputError, match="cannot be left out"):
            drop(program, bad)


# ---- rewritings that leave out ------------------------------------------------------------------------------------


def test_rewritings_follow_each_other_and_keep_in_files() -> None:
    network = parse_network("2x4+2")
    circuit = qft(6)
    circuit.mcx([0, 1, 2, 3], 5)
    program = normalise(circuit)
    index = next(i for i, op in enumerate(program.operations) if len(op.qubits) == 2)
    chain = then(Rewriting(drop=(index,)), Rewriting(limit=2))
    assert chain == Rewriting(limit=2, before=Rewriting(drop=(index,)))
    assert not chain.exact
    made = rewrite(program, chain, network)
    assert max(len(op.qubits) for op in made.operations) == 2
    assert dropped(program, chain, network) == (program.operations[index],)
    again = without(chain, (0, 2) if made.operations[0].diagonal else ())
    assert read_rewriting(json.loads(json.dumps(write_rewriting(again))), "here") == again
    assert without(without(None, (1,)), (2,)) == Rewriting(drop=(2,), before=Rewriting(drop=(1,)))
    for bad in ({"drop": 1}, {"drop": [True]}, {"drop": ["0"]}, {"before": 3}, {"before": {"limit": "2"}}):
        with pytest.raises(InputError, match="here"):
            read_rewriting(bad, "here")


# ---- plans --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["burst", "kl"])
@pytest.mark.parametrize("budget", [1e-4, 1e-2])
def test_budgets_are_kept_and_pairs_saved(strategy: str, budget: float) -> None:
    network = parse_network("4x4+2")
    program = normalise(qft(16))
    plan = get_strategy(strategy).plan(program, network, seed=0)
    exact = sum(isinstance(step, Grow) for step in plan.steps)
    for again in (None, strategy):
        found = approximate(program, network, plan, budget, again)
        gone = dropped(program, found.rewriting, network)
        assert 0.0 < infidelity_bound(removal_angles(gone)) <= budget
        pairs = sum(isinstance(step, Grow) for step in found.steps)
        assert pairs <= exact - (4 if budget == 1e-4 else 9)


def test_planning_again_saves_more() -> None:
    network = parse_network("4x4+2")
    program = normalise(read_circuit("circuits/qft_16.qasm"))
    plan = get_strategy("burst").plan(program, network, seed=0)
    once, more = (approximate(program, network, plan, 1e-2, again) for again in (None, "burst"))
    assert sum(isinstance(s, Grow) for s in more.steps) < sum(isinstance(s, Grow) for s in once.steps)


@pytest.mark.slow
def test_a_budget_of_zero_leaves_out_nothing() -> None:
    done = compile(qft(8), "4x2+1", "kl", approximation_budget=0.0)
    assert done.plan.rewriting is None
    approximation = done.report.details.approximation
    assert approximation is not None
    assert (approximation.dropped, approximation.bound) == ((), 0.0)


@pytest.mark.slow
def test_never_by_default() -> None:
    done = compile(qft(8), "4x2+1", "kl")
    assert done.report.details.approximation is None
    assert done.plan.rewriting is None or done.plan.rewriting.exact


@pytest.mark.parametrize("budget", [-0.1, 1.0, math.nan, math.inf])
def test_budgets_that_are_no_infidelity(budget: float) -> None:
    with pytest.raises(InputError, match="approximation budget"):
        compile(qft(4), "2x2+1", approximation_budget=budget)
    with pytest.raises(InputError, match="approximation budget"):
        DistributePass("2x2+1", approximation_budget=budget)


# ---- checks -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def done() -> Compilation:
    return compile(qft(8), "4x2+1", "kl", approximation_budget=0.01)


@pytest.mark.slow
def test_the_report_says_what_was_left_out(done: Compilation) -> None:
    found = done.report.details.approximation
    assert found is not None
    assert found.ebits_exact is not None
    assert done.report.ebits < found.ebits_exact
    gone = dropped(done.original, done.plan.rewriting, done.network)
    assert found.dropped == tuple((op.qubits, op.angle) for op in gone)
    assert 0.0 < found.process_estimate < found.bound <= found.budget == 0.01
    assert "less what was left out" in done.report.details.checks
    assert json.loads(done.report.to_json(details=True))["details"]["approximation"]["bound"] == found.bound
    assert done.circuit.metadata["distq"]["approximation"] == {
        "left_out": len(gone),
        "infidelity_bound": found.bound,
    }
    change = Operator(to_circuit(done.original)).data.conj().T @ Operator(to_circuit(done.program)).data
    assert worst_infidelity(change) == pytest.approx(found.bound, rel=1e-9)  # some input loses all of it
    assert 1.0 - abs(np.trace(change) / 2**8) ** 2 == pytest.approx(found.process_estimate, rel=0.05)


@pytest.mark.slow
def test_the_emitted_circuit_is_the_original_only_if_told(done: Compilation) -> None:
    found = done.report.details.approximation
    assert found is not None
    assert not verify_circuit(qft(8), done.circuit, done.network).equal
    assert "not allowed" in str(verify_circuit(qft(8), done.circuit, done.network).reason)
    told = verify_circuit(qft(8), done.circuit, done.network, 0.01)
    assert (told.equal, told.infidelity) == (True, found.bound)
    assert not verify_circuit(qft(8), done.circuit, done.network, found.bound / 2).equal
    silent = done.circuit.copy()
    silent.metadata = {"distq": {k: v for k, v in done.circuit.metadata["distq"].items() if k != "rewriting"}}
    assert not verify_circuit(qft(8), silent, done.network, 0.01).equal
    other = compile(qft(8), "4x2+1", "kl").circuit
    other.metadata = {"distq": {**other.metadata["distq"], "rewriting": write_rewriting(done.plan.rewriting)}}  # type: ignore[arg-type]
    assert not verify_circuit(qft(8), other, done.network, 0.01).equal


@pytest.mark.slow
def test_a_plan_that_leaves_out_is_used_only_if_allowed(done: Compilation) -> None:
    plan = load_plan(dump_plan(done.plan, "qft", "4x2+1"))
    assert plan == done.plan
    with pytest.raises(InputError, match="not allowed") as caught:
        compile(qft(8), "4x2+1", plan)
    assert "approximation budget of" in str(caught.value.hint)
    with pytest.raises(InputError, match="the budget is"):
        compile(qft(8), "4x2+1", plan, approximation_budget=1e-9)
    again = compile(qft(8), "4x2+1", plan, approximation_budget=0.01)
    assert again.plan.steps == plan.steps
    assert again.report.details.approximation is not None
    assert again.report.details.approximation.ebits_exact is None


def test_a_given_plan_loses_packets_and_nothing_else() -> None:
    circuit = QuantumCircuit(2)
    circuit.h([0, 1])
    circuit.cp(0.05, 0, 1)
    program = normalise(circuit)
    (gate,) = program.multi_qubit
    steps = [RunOp(i, program.operations[i].qubits[0]) for i in range(gate)] + [
        Grow(0, 0, 1),
        RunOp(gate, 1),
        Shrink(0, 1),
    ]
    steps += [RunOp(i, program.operations[i].qubits[0]) for i in range(gate + 1, len(program.operations))]
    plan = Plan((0, 1), tuple(steps))
    made = compile(circuit, "2x1+1", plan, approximation_budget=0.001)
    assert made.report.ebits == 0
    assert compile(circuit, "2x1+1", plan, approximation_budget=1e-5).report.ebits == 1


# ---- fidelities ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_without_noise_the_fidelity_is_that_of_the_approximation() -> None:
    network = perfect("4x2+1")
    links = tuple(link.model_copy(update={"weights": (1.0, 0.0, 0.0, 0.0)}) for link in network.links)
    network = network.model_copy(update={"links": links})
    circuit = qft(8)
    program = normalise(circuit)
    plan = get_strategy("kl").plan(program, parse_network("4x2+1"), seed=0)
    plan = approximate(program, parse_network("4x2+1"), plan, 0.05)  # weighed with real pairs
    made = compile(circuit, network, plan, approximation_budget=0.05)
    states = input_states(["zero", "basis", "product", "product"], 8, 0)
    whole, less = Operator(to_circuit(made.original)), Operator(to_circuit(made.program))
    wanted = []
    for state in states:
        vector = np.array([1.0 + 0j])
        for gate in state.gates:
            vector = np.kron(np.array([1, 0]) if gate is None else gate[:, 0], vector)
        wanted.append(abs(np.vdot(whole.data @ vector, less.data @ vector)) ** 2)
    assert min(wanted) < 0.9999
    for engine in ("density", "trajectories"):
        report = made.simulate(
            inputs=["zero", "basis", "product", "product"],
            engine=engine,
            monolithic="ideal",
            process=True,
            waits="mean",
        )
        found = [value for _, value, _ in report.details.inputs]
        assert found == pytest.approx(wanted, abs=1e-7)
        assert report.details.lower_bound is not None
        assert report.details.lower_bound <= min(found)
        assert dict(report.details.shares)["approximation"] == pytest.approx(1.0)
        process = abs(np.trace(whole.data.conj().T @ less.data) / 256) ** 2
        assert report.details.process_fidelity == pytest.approx(process, abs=5 * (report.details.process_stderr or 0))


def noisy_run(done: Compilation) -> Execution:
    return Execution(
        reduce_events(done.program, done.events, done.schedule, done.network), target_program=done.target_program
    )


@pytest.fixture(scope="module")
def noisy() -> Compilation:
    circuit = qft(6)
    circuit.ccx(0, 3, 5)
    return compile(circuit, "3x2+2", "kl", approximation_budget=0.2)


@pytest.mark.slow
def test_with_noise_the_fidelity_is_with_the_original(noisy: Compilation) -> None:
    """Against the density matrix and the original's unitary, for both engines and for trajectories as arrays."""
    run = noisy_run(noisy)
    assert run.target_program is not None
    assert len(run.target_program.angles) > 1
    for state in input_states(["basis", "product"], 6, 3):
        (rho,) = final_states(run.frame_program, state).values()
        vector = np.array([1.0 + 0j])
        for gate in state.gates:
            vector = np.kron(np.array([1, 0]) if gate is None else gate[:, 0], vector)
        wanted = Operator(to_circuit(noisy.original)).data @ vector
        index = np.arange(64)
        moved = sum((index >> q & 1) << int(line) for q, line in enumerate(noisy.program.output))
        onto = np.zeros(64, dtype=np.complex128)
        onto[moved] = wanted
        exact = float(np.vdot(onto, rho @ onto).real)
        assert (
            np.abs(onto - run.target_program.output(state) * np.vdot(run.target_program.output(state), onto)).max()
            < 1e-9
        )
        found = estimate_fidelity(run, [state], EngineOptions(2e-4, None, 1)).fidelities[0]
        assert found.mean == pytest.approx(exact, abs=5 * found.stderr)


def test_trajectories_as_arrays_are_the_same(noisy: Compilation) -> None:
    run = noisy_run(noisy)
    (state,) = input_states(["product"], 6, 3)
    from distq.simulation.statevector.op_arrays import flatten

    flat = flatten(run.frame_program, state)
    chunks = [
        TailChunks(state, flat, flat, run.faults, run.fault_probabilities, 2, (0, 0), arrays, run.target_program)
        for arrays in (None, NumpyArrays())
    ]
    first, second = (job.chunk(64, 0) for job in chunks)
    assert first == pytest.approx(second, abs=1e-12)
    other = TailChunks(state, flat, flat, run.faults, run.fault_probabilities, 2, (0, 0), None).chunk(64, 0)
    assert np.abs(first - other).max() > 1e-4  # compared with the program that runs


@pytest.mark.slow
def test_the_big_machine_runs_all_of_it() -> None:
    whole, less = (compile(qft(6), "3x2+2", "kl", approximation_budget=eps) for eps in (None, 0.2))
    fidelities = [
        done.simulate(inputs=["product"], engine="density", waits="mean").fidelity_monolithic for done in (whole, less)
    ]
    assert fidelities[0] == pytest.approx(fidelities[1], abs=1e-12)


def test_counts_are_compared_with_the_original() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.h([0, 1])
    circuit.cp(0.6, 0, 1)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    done = compile(circuit, perfect("2x1+1"), "kl", approximation_budget=0.2)
    assert done.report.ebits == 0
    report = done.simulate(shots=20_000, monolithic="ideal")
    counts = report.details.counts
    assert counts is not None
    wanted = np.abs(Operator(circuit.remove_final_measurements(inplace=False)).data[:, 0]) ** 2
    overlap = sum(math.sqrt(p * counts.get(f"{i:02b}", 0) / 20_000) for i, p in enumerate(wanted)) ** 2
    assert overlap < 0.995
    assert report.details.hellinger == pytest.approx(overlap, abs=1e-9)


def test_with_measurements_inside_there_is_no_silent_number() -> None:
    circuit = QuantumCircuit(3, 1)
    circuit.h([0, 1, 2])
    circuit.cp(0.05, 0, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.rx(0.3, 0)
    circuit.cp(0.05, 0, 2)
    circuit.h([0, 1, 2])
    done = compile(circuit, "3x1+1", "kl", approximation_budget=0.01)
    assert done.report.ebits == 0
    report = done.simulate()
    assert report.fidelity is None
    assert any("left out" in note.text for note in report.details.notes)
    assert report.details.lower_bound is not None


# ---- from the command line ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    from qiskit import qasm3

    folder = tmp_path_factory.mktemp("approximate")
    out = {name: str(folder / name) for name in ("qft.qasm", "out.qasm", "out.json")}
    Path(out["qft.qasm"]).write_text(qasm3.dumps(qft(8)))
    return out


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        code = invoke(list(arguments))
        out, err = capsys.readouterr()
        return code, out + err if code else out

    return run


@pytest.mark.slow
def test_commands_take_the_budget(files: dict[str, str], call: Callable[..., tuple[int, str]]) -> None:
    base = (files["qft.qasm"], "-n", "4x2+1", "-s", "kl", "--approximation-budget", "0.02")
    for output in ("out.qasm", "out.json"):
        code, text = call("compile", *base, "-o", files[output])
        assert code == 0
        assert "left out" in text
        compiled = (files["qft.qasm"], files[output], "-n", "4x2+1")
        code, text = call("check", *compiled)
        assert (code, "not allowed" in text) == (1, True)
        code, text = call("check", *compiled, "--approximation-budget", "0.02")
        assert (code, "but for what was left out" in text) == (0, True)
    for command in (("schedule", *base, "--samples", "10"), ("breakeven", *base, "--against", "same-trap")):
        assert call(*command)[0] == 0
    code, text = call("explain", *base, "--no-curve")
    assert (code, "left out" in text) == (0, True)
    code, text = call("run", *base, "--input", "zero", "--json", "--details")
    report = json.loads(text)
    assert (code, report["details"]["approximation"]["budget"]) == (0, 0.02)
    code, text = call("compile", *base, "--objective", "fidelity")
    assert (code, "left out" in text) == (0, True)
    code, text = call("schedule", files["qft.qasm"], "-n", "4x2+1", "-s", files["out.json"])
    assert (code, "not allowed" in text) == (2, True)


@pytest.mark.parametrize("value", ["-1", "1", "1.5", "nan", "inf", "much"])
@pytest.mark.parametrize("command", ["run", "compile", "explain", "schedule", "breakeven"])
def test_commands_refuse_what_is_no_infidelity(
    command: str, value: str, files: dict[str, str], call: Callable[..., tuple[int, str]]
) -> None:
    code, text = call(command, files["qft.qasm"], "-n", "4x2+1", "--approximation-budget", value)
    assert code == 2
    assert "approximation-budget" in text


@pytest.mark.slow
def test_the_pass_approximates_if_asked() -> None:
    from qiskit.transpiler import PassManager

    for budget in (None, 0.02):
        manager = PassManager([DistributePass("4x2+1", "kl", approximation_budget=budget)])
        out = manager.run(qft(8))
        assert ("approximation" in out.metadata["distq"]) == (budget is not None)
        assert write_qasm3(out)
