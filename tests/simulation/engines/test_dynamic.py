"""Sampled runs of dynamic programs agree with density matrices."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from rich.console import Console

from distq.compiler import Compilation, compile
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.reporting.table import render
from distq.simulation.engines.density import density
from distq.simulation.engines.dynamic import dynamic, losses
from distq.simulation.engines.dynamic.engine import program_objection
from distq.simulation.engines.dynamic.sampling import joint_fidelity
from distq.simulation.execution import Execution
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions
from distq.simulation.statevector.input_states import input_states
from helpers.networks import network_of
from helpers.noise import noisy
from helpers.plans import random_plan
from helpers.programs import random_program

SHARES = {"clbits": 6, "measure": 0.2, "condition": 0.4}


def execution(seed: int, **shares: float) -> Execution:
    rng = np.random.default_rng(seed)
    network = noisy(network_of([2, 1], 3), rng, 0.5)
    program = random_program(rng, 3, 12, **shares)  # type: ignore[arg-type]
    events = lower(program, random_plan(program, network, rng), network)
    return Execution(reduce_events(program, events, schedule(events, program, network), network))


def suitable(count: int) -> list[Execution]:
    """Random dynamic programs that the engine takes."""
    found: list[Execution] = []
    seed = 0
    while len(found) < count:
        run = execution(seed, **SHARES, reset=0.05 * (seed % 2))
        final = frozenset(run.copy_program.final_measurements)
        if not run.unitary and program_objection(run.copy_program.program, final) is None:
            found.append(run)
        seed += 1
    return found


@pytest.mark.slow
def test_sampled_runs_agree_with_density_matrices() -> None:
    scores = []
    for seed, run in enumerate(suitable(25)):
        states = input_states(["product"], run.qubits, seed)
        truth = density.fidelity(run.frame_program, states[0])
        (value,) = dynamic.estimate_fidelity(run, states, EngineOptions(1.0, 4096, seed)).fidelities
        assert value.stderr < 0.02
        scores.append((value.mean - truth) / value.stderr)
    assert abs(np.mean(scores)) < 3 / np.sqrt(len(scores))
    assert 0.6 < np.std(scores) < 1.5


@pytest.mark.slow
def test_losses_by_source_are_those_of_every_source_alone() -> None:
    scores = []
    for seed, run in enumerate(suitable(6)):
        weak = tuple(
            [
                site._replace(error=site.error._replace(channel=weakened(site.error.channel, 1e-3)))
                for site in run.copy_program.fault_sites
            ]
        )
        run = Execution(replace(run.copy_program, fault_sites=weak))
        states = input_states(["product"], run.qubits, seed)
        found = dynamic.estimate_fidelity(run, states, EngineOptions(1.0, 4096, seed)).losses
        exact = {}
        for source in run.frame_program.pauli_sources:
            sites = tuple([site for site in run.frame_program.fault_sites if site.error.source == source])
            exact[source] = 1.0 - density.fidelity(replace(run.frame_program, fault_sites=sites), states[0])
        total = sum(exact.values())
        assert sum(found.values()) == pytest.approx(total, rel=0.1)
        scores += [(found.get(source, 0.0) - loss) / total for source, loss in exact.items()]
    assert np.max(np.abs(scores)) < 0.1
    assert np.std(scores) < 0.02


def relaxing() -> Compilation:
    """Measurement inside, relaxation and over-rotated gates."""
    more = {"t1_s": 1.2, "t2_s": 1.0, "overrotation_1q": 0.005, "overrotation_2q": 0.01}
    network = network_of([2, 2], 2)
    network = network.model_copy(update={"qpus": tuple([qpu.model_copy(update=more) for qpu in network.qpus])})
    circuit = QuantumCircuit(4, 1)
    for a, b in ((0, 1), (1, 2), (2, 3)):
        circuit.ry(0.4 + a, a)
        circuit.cx(a, b)
    circuit.measure(1, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(2)
    circuit.cx(0, 3)
    return compile(circuit, network, strategy="kl")


@pytest.mark.slow
def test_shares_beyond_pauli_noise_are_right_within_their_errors() -> None:
    done = relaxing()
    how: dict[str, Any] = {"inputs": ["zero", "product"], "monolithic": "ideal", "waits": "mean"}
    scores = []
    for seed in range(6):  # of the runs, and of the product state
        losses = done.simulate(engine="density", seed=seed, **how).details.losses
        exact = {(kind, where): loss for kind, where, loss, _ in losses if loss is not None}
        total = sum(exact.values())
        report = done.simulate(engine="dynamic", seed=seed, **how)
        assert max(error for _, error in report.details.shares_stderr) < 0.05
        left = 1.0 - report.fidelity
        for kind, where, loss, error in report.details.losses:
            truth = exact[kind, where]
            if loss is None:
                assert truth / total < 4.0 * error / left
            else:
                scores.append((loss / left - truth / total) / (error / left))
    assert len(scores) > 20
    assert np.max(np.abs(scores)) < 4.5
    assert 0.5 < np.sqrt(np.mean(np.square(scores))) < 1.4


@pytest.mark.slow
def test_a_share_that_is_not_resolved_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "LOSS_WORK", 0.0)
    how: dict[str, Any] = {"inputs": ["product"], "monolithic": "ideal", "shots": 64}
    found = [relaxing().simulate(engine="dynamic", seed=seed, **how) for seed in range(3)]
    unresolved = 0
    for report in found:
        errors = dict(report.details.shares_stderr)
        row = json.loads(report.to_json(details=True))["details"]
        console = Console(width=200)
        with console.capture() as capture:
            console.print(render(report))
        lines = capture.get().replace("\N{NO-BREAK SPACE}", " ")
        for source, share in report.details.shares:
            assert row["shares"][source] == share
            assert f"{source} 0 %" not in lines
            if share is None:
                unresolved += 1
                assert f"{source} < " in lines or f"{source} unresolved" in lines
            else:
                assert share >= 2.0 * errors[source]
    assert unresolved


def weakened(channel: tuple[float, ...], scale: float) -> tuple[float, ...]:
    """The channel with all its errors less likely."""
    return (1.0 - scale * sum(channel[1:]), *[scale * p for p in channel[1:]])


def test_precision_and_any_number_of_workers() -> None:
    (run,) = suitable(1)
    states = input_states(["zero", "product"], run.qubits, 0)
    one, two = (dynamic.estimate_fidelity(run, states, EngineOptions(0.004, None, 3, workers)) for workers in (1, 2))
    assert one == two
    assert all(value.stderr <= 0.004 * np.sqrt(2) for value in one.fidelities)


def test_mixed_noiseless_states_are_refused() -> None:
    reasons = set()
    for seed in range(60):
        run = execution(seed, clbits=2, measure=0.2, reset=0.2)
        why = program_objection(run.copy_program.program, frozenset(run.copy_program.final_measurements))
        reasons.add(None if why is None else " ".join(why.split()[2:]))
    assert {"resets a qubit that was not just measured", "measures into a bit that is not kept"} <= reasons


def test_joint_fidelity_of_equal_runs_is_one() -> None:
    rows = np.array([[0.5, 1.0, bit] for bit in (0, 1)] * 500)
    value = joint_fidelity([rows] * 20, 0.5)
    assert value.mean == pytest.approx(1.0)
    assert 0.0 < value.stderr < 1e-3


def test_why_there_is_no_process_fidelity_is_said() -> None:
    circuit = QuantumCircuit(3, 1)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure(1, 0)
    circuit.cx(1, 2)
    report = compile(circuit, "2x2+1", strategy="kl").simulate(inputs=["zero"], monolithic="ideal", process=True)
    assert report.details.process_fidelity is None
    assert any(note.text.startswith("no process fidelity: it measures") for note in report.details.notes)
