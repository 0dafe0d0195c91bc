"""Random inputs: balanced sets are what they should be, and the error of a mean over inputs covers the truth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from qiskit import QuantumCircuit

import distq
from distq.simulation.inputs import Inputs
from distq.simulation.result import EngineOptions, Interrupted, MeanWithError, Outcome, student
from distq.simulation.statevector.input_states import InputState, balanced_set


def bloch(state: InputState) -> np.ndarray:
    """(lines, 3) Bloch vectors."""
    found = []
    for gate in state.gates:
        a, b = (np.eye(2) if gate is None else gate)[:, 0]
        found.append((2 * (np.conj(a) * b).real, 2 * (np.conj(a) * b).imag, abs(a) ** 2 - abs(b) ** 2))
    return np.array(found)


@pytest.mark.parametrize(("kind", "size"), [("product", 4), ("stabilizer", 6)])
def test_a_balanced_set_has_the_first_two_moments_of_all_states_on_every_line(kind: str, size: int) -> None:
    states = balanced_set(kind, 5, 3, 1, ancillas=2)
    vectors = np.array([bloch(state)[:3] for state in states])
    assert vectors.shape == (size, 3, 3)
    np.testing.assert_allclose(vectors.mean(axis=0), 0.0, atol=1e-12)
    moments = np.einsum("sli,slj->lij", vectors, vectors) / size
    np.testing.assert_allclose(moments, np.broadcast_to(np.eye(3) / 3, (3, 3, 3)), atol=1e-12)
    assert all(state.gates[3:] == (None, None) for state in states)
    other = balanced_set(kind, 5, 3, 2, ancillas=2)
    assert not np.allclose(vectors, [bloch(state)[:3] for state in other])


def made_up(states: Sequence[InputState], options: EngineOptions, pairs: float, noise: float) -> Outcome:
    """Fidelities that depend on lines and on pairs of them; the mean over all inputs is 1 - 0.03 x 4 - 6 x pairs."""
    rng = np.random.default_rng(options.seed)
    found = []
    for state in states:
        z = bloch(state)[:, 2] ** 2
        both = sum(z[a] * z[b] for a in range(4) for b in range(a))
        value = 1.0 - 0.045 * float((1 - z).sum()) - 1.125 * pairs * float(6 - both)
        found.append(MeanWithError(value + noise * rng.standard_normal(), noise))
    return Outcome(tuple(found), 1, {}, "made up")


@pytest.mark.parametrize(("pairs", "noise", "precision"), [(0.01, 0.001, 0.003), (0.0, 0.01, 0.004), (0.02, 0.0, 0.01)])
def test_the_error_of_a_mean_over_inputs_covers_the_truth(pairs: float, noise: float, precision: float) -> None:
    truth = 1.0 - 0.045 * 4 * 2 / 3 - 1.125 * pairs * 6 * 8 / 9
    scores, errors = [], []
    for seed in range(400):
        inputs = Inputs.of(None, "product", 4, 0, seed)
        found = inputs.estimate(partial(made_up, pairs=pairs, noise=noise), 4, EngineOptions(precision, None, seed))
        scores.append((found.mean.mean - truth) / found.mean.stderr)
        errors.append(found.mean.stderr)
    assert 0.92 <= np.mean(np.abs(scores) < 1.96) <= 0.985
    assert max(errors) <= precision
    options = [EngineOptions(1.0, None, seed) for seed in range(200)]
    one = [made_up(balanced_set("product", 4, o.seed, 0)[:1], o, pairs, noise).mean.mean for o in options]
    assert np.std(one) > 2 * np.mean(errors)  # the choice of one input alone would decide


def test_more_precision_takes_more_inputs_and_named_ones_are_meant_alone() -> None:
    circuit = QuantumCircuit(4)
    circuit.h(0)
    for target in range(1, 4):
        circuit.cx(0, target)
    done = distq.compile(circuit, "2x2+1", "contiguous")
    few, many = (done.simulate(precision=precision, engine="trajectories") for precision in (0.05, 0.001))
    assert few.details.averaged
    assert len(few.details.inputs) == 4 < len(many.details.inputs)
    assert abs(few.fidelity - many.fidelity) < 4 * few.fidelity_stderr  # type: ignore[operator]
    named = done.simulate(inputs=["zero"])
    assert named.details.averaged is False
    assert len(named.details.inputs) == 1


def test_an_interrupted_mean_keeps_what_was_found() -> None:
    calls: list[int] = []

    def run(states: Sequence[InputState], options: EngineOptions) -> Outcome:
        calls.append(len(states))
        found = Outcome(tuple([MeanWithError(k / 10) for k in range(len(states))]), 10, {}, "made up")
        if len(calls) == 2:
            raise Interrupted(Outcome(found.fidelities[:2], 5, {}, "made up"))
        return found

    with pytest.raises(Interrupted) as stopped:
        Inputs.of(None, "product", 3, 0, 0).estimate(run, 3, EngineOptions(1e-3, None, 0))
    assert calls == [4, 8]
    assert len(stopped.value.outcome.fidelities) == 6
    assert stopped.value.outcome.shots == 15


def test_student_is_that_of_scipy() -> None:
    from scipy.stats import t

    for degrees in (1, 2, 5, 10, 11, 20, 100):
        assert student(degrees) == pytest.approx(t.ppf(0.975, degrees), rel=0.01)
