"""Sampled runs of dynamic programs agree with density matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plans import network_of, random_plan, random_program
from qiskit import QuantumCircuit
from test_simulate_reduction import noisy

from distq.compiler import compile
from distq.lower import lower
from distq.schedule import schedule
from distq.simulate import density, dynamic
from distq.simulate.copies import reduce_events
from distq.simulate.inputs import input_states
from distq.simulate.result import Execution, Settings

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
        final = frozenset(run.reduced.final_measurements)
        if not run.unitary and dynamic.objection(run.reduced.program, final) is None:
            found.append(run)
        seed += 1
    return found


def test_sampled_runs_agree_with_density_matrices() -> None:
    scores = []
    for seed, run in enumerate(suitable(25)):
        states = input_states(["product"], run.qubits, seed)
        truth = density.fidelity(run.framed, states[0])
        (value,) = dynamic.estimate_fidelity(run, states, Settings(1.0, 4096, seed)).fidelities
        assert value.stderr < 0.02
        scores.append((value.mean - truth) / value.stderr)
    assert abs(np.mean(scores)) < 3 / np.sqrt(len(scores))
    assert 0.6 < np.std(scores) < 1.5


def test_losses_by_source_are_those_of_every_source_alone() -> None:
    scores = []
    for seed, run in enumerate(suitable(6)):
        weak = tuple([replace(slot, channel=weakened(slot.channel, 1e-3)) for slot in run.reduced.slots])
        run = Execution(replace(run.reduced, slots=weak))
        states = input_states(["product"], run.qubits, seed)
        found = dynamic.estimate_fidelity(run, states, Settings(1.0, 4096, seed)).losses
        exact = {}
        for source in {slot.source for slot in run.framed.slots}:
            slots = tuple([slot for slot in run.framed.slots if slot.source == source])
            exact[source] = 1.0 - density.fidelity(replace(run.framed, slots=slots), states[0])
        total = sum(exact.values())
        assert sum(found.values()) == pytest.approx(total, rel=0.1)
        scores += [(found.get(source, 0.0) - loss) / total for source, loss in exact.items()]
    assert np.max(np.abs(scores)) < 0.1
    assert np.std(scores) < 0.02


def weakened(channel: tuple[float, ...], scale: float) -> tuple[float, ...]:
    """The channel with all its errors less likely."""
    return (1.0 - scale * sum(channel[1:]), *[scale * p for p in channel[1:]])


def test_precision_and_any_number_of_workers() -> None:
    (run,) = suitable(1)
    states = input_states(["zero", "product"], run.qubits, 0)
    one, two = (dynamic.estimate_fidelity(run, states, Settings(0.004, None, 3, workers)) for workers in (1, 2))
    assert one == two
    assert all(value.stderr <= 0.004 * np.sqrt(2) for value in one.fidelities)


def test_mixed_noiseless_states_are_refused() -> None:
    reasons = set()
    for seed in range(60):
        run = execution(seed, clbits=2, measure=0.2, reset=0.2)
        why = dynamic.objection(run.reduced.program, frozenset(run.reduced.final_measurements))
        reasons.add(None if why is None else " ".join(why.split()[2:]))
    assert {"resets a qubit that was not just measured", "measures into a bit that is not kept"} <= reasons


def test_joint_fidelity_of_equal_runs_is_one() -> None:
    rows = np.array([[0.5, 1.0, bit] for bit in (0, 1)] * 500)
    value = dynamic.joint_fidelity([rows] * 20, 0.5)
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
    assert any(note.startswith("no process fidelity: it measures") for note in report.details.notes)
