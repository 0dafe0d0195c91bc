"""The validation table, the two-ion circuits behind it, and that they agree with the simulator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import distq
from distq.networks.links.bell_diagonal import weights_of
from distq.studies.validation.oxford_2025 import (
    CZ,
    ISWAP_STEPS,
    SWAP_STEPS,
    Modules,
    average_fidelity,
    compose,
    fitted_residual,
    grover_steps,
    predict,
    process_fidelity,
    superoperator,
    teleported_cz,
    unitary_of,
    unitary_process,
)
from distq.studies.validation.validate import Row, failures, oxford_modules, oxford_rows, validation_rows, wait_rows

PERFECT = Modules((1.0, 0.0, 0.0, 0.0))
WEIGHTS = st.tuples(*[st.floats(1e-3, 1.0)] * 4).map(weights_of)
Z_ERRORS = {0: (0, 0), 1: (1, 0), 2: (0, 1), 3: (1, 1)}  # I, Z, X, Y of the pair: Z on circuit A, on circuit B


def z_on(a: int, b: int) -> np.ndarray:
    z = np.array([1.0, -1.0])
    return np.diag(np.kron(z**a, z**b)).astype(complex)


# --- section 3: how link errors act


@pytest.mark.parametrize("index", range(4))
def test_a_bell_error_is_a_z_error_on_the_circuit_ions(index: int) -> None:
    weights = tuple(float(k == index) for k in range(4))
    expected = unitary_process(z_on(*Z_ERRORS[index]) @ CZ)
    np.testing.assert_allclose(teleported_cz(Modules(weights)), expected, rtol=0, atol=1e-12)  # type: ignore[arg-type]


@settings(max_examples=5)
@given(WEIGHTS)
def test_bell_diagonal_errors_map_to_z_errors_exactly(weights: tuple[float, float, float, float]) -> None:
    found = teleported_cz(Modules(weights))
    expected = sum(w * unitary_process(z_on(*Z_ERRORS[k]) @ CZ) for k, w in enumerate(weights))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert process_fidelity(found, CZ) == pytest.approx(weights[0], abs=1e-12)
    assert average_fidelity(found, CZ) == pytest.approx((4 * weights[0] + 1) / 5, abs=1e-12)


def test_processes_preserve_trace_and_are_completely_positive() -> None:
    found = teleported_cz(replace(oxford_modules(), residual=0.05, depolarising=0.02))
    for row in range(4):
        for column in range(4):
            out = found[:, 4 * row + column].reshape(4, 4)
            assert np.trace(out) == pytest.approx(float(row == column), abs=1e-12)
    choi = found.reshape(4, 4, 4, 4).transpose(0, 2, 1, 3).reshape(16, 16)
    assert np.linalg.eigvalsh(choi).min() > -1e-12


# --- circuits


def test_circuits_are_what_they_are_called() -> None:
    swap = np.eye(4)[[0, 2, 1, 3]]
    iswap = swap * np.array([1, 1j, 1j, 1])
    for steps, expected in ((SWAP_STEPS, swap), (ISWAP_STEPS, iswap)):
        unitary = unitary_of(steps)
        overlap = np.trace(expected.conj().T @ unitary) / 4
        assert abs(overlap) == pytest.approx(1.0)
    assert [sum(step is None for step in steps) for steps in (SWAP_STEPS, ISWAP_STEPS, grover_steps(0))] == [3, 2, 2]
    for marked in range(4):
        assert abs(unitary_of(grover_steps(marked))[marked, 0]) == pytest.approx(1.0)


def test_perfect_modules_are_perfect() -> None:
    found = predict(PERFECT)
    assert (found.cz, found.grover, found.iswap, found.swap) == pytest.approx((1.0, 1.0, 1.0, 1.0))
    np.testing.assert_allclose(
        compose(SWAP_STEPS, teleported_cz(PERFECT)), unitary_process(unitary_of(SWAP_STEPS)), atol=1e-12
    )
    assert superoperator(lambda rho: rho, 2) == pytest.approx(np.eye(4))


# --- section 4: Oxford 2025


def test_without_residual_the_gap_is_shown() -> None:
    found = predict(oxford_modules())
    assert [round(v, 3) for v in (found.cz, found.iswap, found.swap, found.grover)] == [0.936, 0.878, 0.825, 0.863]


def test_one_residual_predicts_the_circuits() -> None:
    residual = fitted_residual(oxford_modules(), 0.862)
    assert residual == pytest.approx(0.053, abs=5e-4)
    found = predict(replace(oxford_modules(), residual=residual))
    assert found.cz == pytest.approx(0.862, abs=1e-9)
    assert [round(v, 3) for v in (found.grover, found.swap, found.iswap)] == [0.707, 0.656, 0.749]
    assert abs(found.grover - 0.71) < 2 * 0.01
    assert abs(found.swap - 0.64) < 2 * 0.02
    assert abs(found.iswap - 0.70) > 2 * 0.02


@pytest.mark.slow
def test_other_readings_fail() -> None:
    other = fitted_residual(oxford_modules(), 0.862, depolarising=True)
    assert round(predict(replace(oxford_modules(), depolarising=other)).grover, 3) == 0.732
    as_process = fitted_residual(oxford_modules(), (4 * 0.862 + 1) / 5)
    assert round(predict(replace(oxford_modules(), residual=as_process)).grover, 2) == 0.76


@pytest.mark.slow
def test_the_fit_follows_the_figure() -> None:
    assert fitted_residual(oxford_modules(), 0.90) < fitted_residual(oxford_modules(), 0.80)
    with pytest.raises(ValueError, match="sign"):
        fitted_residual(oxford_modules(), 0.99)


# --- the simulator against these circuits


@pytest.mark.parametrize("local", [1.0, 0.976])
def test_the_simulator_agrees(local: float, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "cz.qasm"
    path.write_text('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nh q[0];\nh q[1];\ncz q[0],q[1];\n')
    quiet = {"error_1q": 0.0, "error_measure": 0.0, "error_reset": 0.0, "error_transfer": 0.0, "t2_s": float("inf")}
    error = 1.25 * (1.0 - local)
    qpus = tuple(distq.QPU(name=n, data=1, memory=1, error_2q=error, **quiet) for n in "ab")  # type: ignore[arg-type]
    weights = (0.9, 0.05, 0.03, 0.02)
    network = distq.Network(qpus=qpus, links=(distq.Link(a=0, b=1, weights=weights),))
    report = distq.compile(str(path), network, "kl").simulate(inputs=["zero"], engine="density")
    plus = np.full(16, 0.25, dtype=complex)
    wanted = CZ @ np.full(4, 0.5)
    rho = (teleported_cz(Modules(weights, (local, local))) @ plus).reshape(4, 4)
    assert report.fidelity == pytest.approx(float(np.real(wanted @ rho @ wanted)), abs=1e-9)


def test_the_preset_has_the_teleported_cz_that_it_is_fitted_to(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "cz.qasm"
    path.write_text('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncz q[0],q[1];\n')
    done = distq.compile(str(path), "oxford-2025", "kl")
    found = done.simulate(inputs=["zero"], process=True, monolithic="ideal", precision=0.001).details
    assert found.process_fidelity is not None
    assert found.process_stderr is not None
    assert found.process_stderr < 0.003
    assert (4 * found.process_fidelity + 1) / 5 == pytest.approx(0.862, abs=0.009)


# --- the table


@pytest.mark.slow
def test_all_that_must_agree_does() -> None:
    rows = validation_rows(samples=4000)
    assert failures(rows) == ()
    roles = [row.role for row in rows]
    assert roles.count("test") >= 25
    assert roles.count("fit") == 1
    named = {row.quantity: row for row in rows}
    iswap = named["iSWAP, 2 teleported CZ"]
    assert not iswap.agrees
    assert iswap.deviation == pytest.approx(2.43, abs=0.01)
    assert "assumed" in iswap.note
    assert named["mean wait at 9.7 pairs/s (s)"].agrees


def test_sampled_waits_follow_the_seed() -> None:
    waits = [tuple(row.predicted for row in wait_rows(seed, 500)) for seed in (1, 1, 2)]
    assert waits[0] == waits[1] != waits[2]


@pytest.mark.slow
def test_a_wrong_prediction_is_caught() -> None:
    row = next(r for r in oxford_rows() if r.quantity.startswith("Grover, 2"))
    assert failures((row,)) == ()
    assert failures((replace(row, predicted=row.reported + 2.1 * 0.01),)) != ()
    exact = Row("t", "s", "q", reported=1.0, predicted=1.01, tolerance=0.005)
    assert failures((exact,)) == (exact,)
    assert failures((replace(exact, role="gap"),)) == ()
    assert (exact.deviation, exact.as_dict()["agrees"]) == (None, False)
