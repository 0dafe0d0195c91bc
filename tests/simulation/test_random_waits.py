"""Random waits: every engine against the average of exact density matrices over the same schedules."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from qiskit import QuantumCircuit

from distq.cli import invoke
from distq.compiler import compile
from distq.errors import DistqError
from distq.execution.dispatch import CORRECTION_GATES, Dispatcher
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.ir.events import Events
from distq.ir.plan import Grow, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.simulation.counts import sample
from distq.simulation.engines import bounds, registry
from distq.simulation.engines.clifford import clifford
from distq.simulation.engines.clifford.error_model import error_model
from distq.simulation.engines.clifford.stim_circuit import Emitter
from distq.simulation.engines.density import density, over_schedules
from distq.simulation.engines.dynamic import dynamic
from distq.simulation.engines.dynamic.engine import program_objection
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.options import SimulationOptions
from distq.simulation.reduction.operations import Gate
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions
from distq.simulation.statevector.input_states import InputState, input_states
from helpers.executions import clifford_program
from helpers.networks import network_of
from helpers.noise import noisy
from helpers.plans import random_plan
from helpers.programs import random_program


def slow(network: Network, t2_s: float = 0.05) -> Network:
    """With waits that cost much."""
    return network.model_copy(update={"qpus": tuple(q.model_copy(update={"t2_s": t2_s}) for q in network.qpus)})


def execution(program: Program, network: Network, seed: int) -> Execution:
    events = lower(program, random_plan(program, network, np.random.default_rng(seed)), network)
    times = schedule(events, program, network)
    waits = draw_idle_times(program, events, times, network, "random", seed, 0.05)
    assert isinstance(waits, IdleTimes)
    return Execution(reduce_events(program, events, waits, network), waits)


def averaged(run: Execution, state: InputState) -> float:
    every = range(run.fault_probabilities.schedules)
    return float(np.mean([density.fidelity(over_schedules.in_schedule(run, m), state) for m in every]))


def unitary(seed: int) -> Execution:
    network = slow(network_of([2, 1, 1], 3), 0.02)
    return execution(random_program(np.random.default_rng(seed), 3, 12), network, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_waits_of_copies_that_follow_are_shared_like_all_others(seed: int) -> None:
    """Within an X-block a Z is more than a Z; its probability depends on the schedule all the same."""
    rng = np.random.default_rng(seed)
    network = slow(network_of([2, 1], 2), 0.02)
    for _ in range(50):
        program = random_program(rng, 3, 10, x_block=0.5, local=0.1, phase=0.0)
        run = execution(program, network, seed)
        if sum(isinstance(op, Gate) and bool(op.followers) for op in run.copy_program.ops) > 1:
            break
    errors = [site.error for site in run.frame_program.fault_sites]
    assert not [e for e in errors if e.idle_column is not None and e.source.kind != "waiting"]
    varying = [fault for fault in run.faults if fault.idle_columns]
    assert not all(fault.effects[0].is_dephasing for fault in varying)
    states = input_states(["zero", "product"], 3, seed)
    sampled = trajectories.estimate_fidelity(run, states, EngineOptions(1e-3, None, seed))
    for value, state in zip(sampled.fidelities, states, strict=True):
        assert value.mean == pytest.approx(averaged(run, state), abs=4 * value.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
def test_trajectories_and_density_matrices_average_over_schedules(seed: int) -> None:
    run = unitary(seed)
    states = input_states(["zero", "product"], 3, seed)
    truth = [averaged(run, state) for state in states]
    sampled = trajectories.estimate_fidelity(run, states, EngineOptions(1e-3, None, seed))
    line = registry.ENGINES["density"].run(run, states, EngineOptions(1e-3, None, seed))
    mean = [density.fidelity(run.frame_program, state) for state in states]
    for value, predicted, exact, apart in zip(sampled.fidelities, line.fidelities, truth, mean, strict=True):
        assert value.mean == pytest.approx(exact, abs=4 * value.stderr)
        assert predicted.mean == pytest.approx(exact, abs=4 * predicted.stderr + 1e-4)
        assert predicted.stderr < 2e-3
        assert exact > apart  # what all ions share costs less than the same waits one by one
    spread = np.std([density.fidelity(over_schedules.in_schedule(run, m), states[0]) for m in range(100)])
    assert 0.3 < line.schedules_stderr / (spread / math.sqrt(run.fault_probabilities.schedules)) < 3
    assert bounds.lower_bound(run) <= min(truth)


@pytest.mark.slow
def test_stabilizer_sampling_averages_over_schedules() -> None:
    rng = np.random.default_rng(1)
    network = slow(noisy(network_of([2, 2, 1], 3, "complete"), rng, 0.3), 0.02)
    run = execution(clifford_program(rng, 4, 12), network, 1)
    states = input_states(["zero", "stabilizer"], 4, 1)
    found = clifford.estimate_fidelity(run, states, EngineOptions(1.0, 40_000, 1))
    for value, state in zip(found.fidelities, states, strict=True):
        assert value.mean == pytest.approx(averaged(run, state), abs=4 * value.stderr)
    model = error_model(Emitter(run).circuit(states[0]), run.idle_times)
    assert model.silent.mean() <= averaged(run, states[0]) + 1e-9


def test_faults_are_drawn_schedule_by_schedule() -> None:
    run = unitary(5)
    rng = np.random.default_rng(2)
    shots = 200_000
    schedule_of = rng.integers(run.fault_probabilities.schedules, size=shots)
    shot, fault = run.fault_probabilities.draw(np.sort(schedule_of), 0, rng)
    counts = np.bincount(shot[np.isin(fault, run.fault_probabilities.varying)], minlength=shots)
    rate = run.fault_probabilities.table.sum(axis=1)
    expected = (run.fault_probabilities.table * (1 - run.fault_probabilities.table)).sum(axis=1).mean() + rate.var()
    assert counts.mean() == pytest.approx(rate.mean(), rel=0.02)
    assert counts.var() == pytest.approx(expected, rel=0.03)  # more than if the waits were independent
    assert rate.var() > 0.05 * expected
    for need in (1, 2):
        shot, fault = run.fault_probabilities.draw(np.sort(schedule_of), need, rng)
        assert np.bincount(shot, minlength=shots).min() >= need
    none = run.fault_probabilities.no_fault
    np.testing.assert_allclose(run.fault_probabilities.at_least(1), 1 - none, atol=1e-12)
    np.testing.assert_allclose(
        run.fault_probabilities.at_least(2),
        1 - none - run.fault_probabilities.single_fault(np.ones(len(run.faults))),
        atol=1e-12,
    )


def relay(t2_s: float) -> tuple[Program, Events, Network]:
    """A qubit in a waits for one pair that takes Exp(tau); nothing else takes time or goes wrong."""
    nothing = {f"error_{of}": 0.0 for of in ("1q", "2q", "measure", "reset", "transfer")}
    nothing |= {f"time_{of}_s": 0.0 for of in ("1q", "2q", "measure", "reset", "transfer")}
    qpus = tuple(QPU(name=n, data=2, memory=1, t2_s=t2_s, **nothing) for n in "ab")
    links = (Link(a=0, b=1, weights=(1.0, 0.0, 0.0, 0.0), rate_hz=1.0),)
    network = Network(qpus=qpus, links=links, first_operations="early")
    hadamard = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)
    ops = (
        Operation(Kind.LOCAL, (0,), factors=(hadamard,)),
        Operation(Kind.LOCAL, (1,), factors=(hadamard,)),
        Operation(Kind.ROTATION, (0, 2), angle=0.0),
        Operation(Kind.ROTATION, (0, 1), angle=0.0),
    )
    program = Program("relay", 3, 0, ops, (0, 1, 2))
    events = lower(
        program,
        Plan(
            (0, 0, 1),
            (
                RunOp(0, 0),
                RunOp(1, 0),
                Grow(0, 0, 1),
                RunOp(2, 1),
                Shrink(0, 1),
                RunOp(3, 0),
            ),
        ),
        network,
    )
    return program, events, network


def test_two_ions_share_one_exponential_wait_as_the_closed_form_says() -> None:
    """rho_ij is multiplied by E[exp(-h t/T2)] = 1/(1 + h tau/T2), h qubits apart: F = (1 + 2 M(1) + M(2))/4."""
    ratio = 0.4
    program, events, network = relay(1.0 / ratio)
    found = []
    for mode in ("random", "mean"):
        times = schedule(events, program, network)
        waits = draw_idle_times(program, events, times, network, mode, 0, 2e-3)
        run = Execution(reduce_events(program, events, waits, network), waits if mode == "random" else None)
        (state,) = input_states(["zero"], 3, 0)
        outcome = trajectories.estimate_fidelity(run, [state], EngineOptions(2e-4, None, 0))
        found.append((outcome.fidelities[0].mean, math.hypot(outcome.fidelities[0].stderr, outcome.schedules_stderr)))
    m = [1 / (1 + h * ratio) for h in range(3)]
    assert found[0][0] == pytest.approx((1 + 2 * m[1] + m[2]) / 4, abs=4 * found[0][1])
    assert found[1][0] == pytest.approx(((1 + math.exp(-ratio)) / 2) ** 2, abs=4 * found[1][1])
    assert found[0][1] < 2e-3
    assert abs(found[0][0] - found[1][0]) > 6 * found[0][1]


@pytest.mark.slow
def test_programs_with_measurements_inside_draw_schedules_too() -> None:
    network = slow(network_of([2, 1], 2), 0.02)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        program = random_program(rng, 3, 14, clbits=2, measure=0.1, condition=0.1)
        try:
            run = execution(program, network, seed)
        except (ValueError, AssertionError):
            continue
        if not run.unitary and program_objection(program, frozenset(run.copy_program.final_measurements)) is None:
            break
    else:
        raise AssertionError("no program has measurements inside that the engine takes")
    (state,) = input_states(["zero"], 3, 0)
    found = dynamic.estimate_fidelity(run, [state], EngineOptions(4e-3, None, 0))
    (value,) = found.fidelities
    states: dict[tuple[int, ...], np.ndarray] = {}
    for m in range(run.fault_probabilities.schedules):
        for bits, rho in density.final_states(over_schedules.in_schedule(run, m), state).items():
            states[bits] = states.get(bits, 0.0) + rho / run.fault_probabilities.schedules
    ideal = density.final_states(run.frame_program, state, noisy=False)
    exact = density.joint_fidelity(ideal, states)
    assert value.mean == pytest.approx(exact, abs=4 * value.stderr)
    assert found.schedules_stderr > 0
    line = registry.ENGINES["density"].run(run, [state], EngineOptions(5e-3, None, 0))
    assert line.fidelities[0].mean == pytest.approx(exact, abs=4 * line.fidelities[0].stderr + 1e-3)
    assert line.fidelities[0].stderr < 7e-3
    assert "of 5 schedules" not in line.method  # more were needed
    assert line.schedules_stderr > 0


def qft(qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, name="qft")
    for q in range(qubits):
        circuit.h(q)
        for other in range(q + 1, qubits):
            circuit.cp(math.pi / 2 ** (other - q), q, other)
    return circuit


def test_results_follow_from_the_seed_and_not_from_the_number_of_workers() -> None:
    done = compile(qft(6), "2x3+2:oxford-2020", "contiguous")
    for engine in ("trajectories", "density"):
        one, two, mean = (
            done.simulate(inputs=["zero"], engine=engine, workers=workers, waits=waits, monolithic="ideal")
            for workers, waits in ((1, "random"), (2, "random"), (2, "mean"))
        )
        assert one.fidelity == two.fidelity != mean.fidelity
    counts = [
        sample(
            done.program, done.events, done.schedule, done.network, SimulationOptions(shots=600, seed=1, workers=w)
        ).counts
        for w in (1, 2)
    ]
    assert counts[0] == counts[1]
    with pytest.raises(DistqError, match="random"):
        done.simulate(waits="radom")


def test_runs_and_idle_times_are_the_same_luck() -> None:
    done = compile("circuits/qft_16.qasm", "4x4+2", "contiguous")
    machine = Dispatcher(done.events, done.program, done.network, CORRECTION_GATES)
    np.testing.assert_allclose(machine.idle_ratios(50, 3).sum(axis=1), machine.sample(50, 3).idle_loss, rtol=1e-9)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    common = ["run", "circuits/qft_16.qasm", "-n", "2x8+2", "-s", "contiguous", "--engine", "bracket"]
    rows = []
    for waits in ("random", "mean"):
        assert invoke([*common, "--waits", waits, "--json", "--details"]) == 0
        rows.append(json.loads(capsys.readouterr().out))
    product = [row["details"]["process_product"] for row in rows]
    assert 0 < product[0] != product[1] > 0
    assert any("random" in note for note in rows[0]["details"]["notes"])
