"""Pairs given as density matrices: read, refused, twirled, and written back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq.cli import invoke
from distq.errors import DistqError
from distq.networks.links import Direct, parse_model
from distq.networks.links.pair_state import bell_weights, coherence
from distq.networks.parse import parse_toml
from distq.networks.toml_writer import write_toml
from helpers.noise import PERFECT, noisy_pair

PAULIS = [np.array(p) for p in ([[1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]])]


def twirled(rho: np.ndarray) -> np.ndarray:
    both = [np.kron(p, p.conj()) for p in PAULIS]
    out: np.ndarray = sum(u @ rho @ u.conj().T for u in both) / 4
    return out


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_twirling_by_random_paulis_leaves_the_weights(seed: int) -> None:
    rho = noisy_pair(seed)
    found = Direct(state=rho, rate_hz=10.0).budget()  # type: ignore[arg-type]
    states = [np.kron(p, np.eye(2)) @ PERFECT for p in PAULIS]
    rebuilt = sum(w * np.outer(s, s.conj()) for w, s in zip(found.weights, states, strict=True))
    np.testing.assert_allclose(rebuilt, twirled(rho), atol=1e-12)
    assert found.fidelity == pytest.approx((PERFECT @ rho @ PERFECT).real)
    distance = np.abs(np.linalg.eigvalsh(rho - twirled(rho))).sum() / 2
    assert found.coherence == pytest.approx(distance, abs=1e-12)


def test_a_bell_diagonal_pair_loses_nothing() -> None:
    rho = twirled(noisy_pair(1)).tolist()
    assert Direct(state=rho, rate_hz=1.0).budget().coherence == 0.0
    assert coherence(tuple(map(tuple, rho))) == 0.0
    assert bell_weights(tuple(map(tuple, (np.eye(4) / 4).tolist()))) == (0.25, 0.25, 0.25, 0.25)


def test_files_say_states_and_are_written_back() -> None:
    rows = Direct(state=noisy_pair(2), rate_hz=3.0).as_table()["state"]  # type: ignore[arg-type]
    text = '[[qpu]]\nname = "q"\ncount = 2\ndata = 2\n[[link]]\nbetween = ["q0", "q1"]\n'
    network = parse_toml(text + f'model = {{ family = "direct", rate_hz = 3, state = {json.dumps(rows)} }}')
    assert parse_toml(write_toml(network)) == network
    model = network.links[0].model
    assert isinstance(model, Direct)
    np.testing.assert_allclose(np.array(model.state), noisy_pair(2), atol=1e-15)


BELL = [[0.5, 0, 0, 0.5], [0, 0, 0, 0], [0, 0, 0, 0], [0.5, 0, 0, 0.5]]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({(0, 3): 0.4}, "must be Hermitian"),
        ({(1, 1): 0.2}, "must have trace 1, not 1.2"),
        ({(0, 3): 0.6, (3, 0): 0.6}, "must be positive, and has the eigenvalue -0.1"),
        ({(0, 3): -0.5, (3, 0): -0.5}, "nearest to Phi-, with 1, .* turn one ion by Z"),
        ({(0, 3): "half"}, r"state\[0\]\[3\] = .*must be a density matrix"),
        ({(0, 0): float("nan")}, "must be finite"),
    ],
)
def test_no_density_matrix_is_one_clear_error(edit: dict[tuple[int, int], object], message: str) -> None:
    state: list[list[object]] = [list(row) for row in BELL]
    for (i, j), entry in edit.items():
        state[i][j] = entry
    with pytest.raises(DistqError, match=message):
        parse_model({"family": "direct", "rate_hz": 1.0, "state": state})
    with pytest.raises(DistqError, match="one of the three"):
        parse_model({"family": "direct", "rate_hz": 1.0, "state": BELL, "fidelity": 0.9})


def test_a_report_says_that_pairs_are_twirled(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    path, circuit = tmp_path / "state.toml", tmp_path / "ghz.qasm"
    rows = '[[0.48,0,0,"0.46+0.05j"],[0,0.02,0,0],[0,0,0.02,0],["0.46-0.05j",0,0,0.48]]'
    model = f'model = {{ family = "direct", rate_hz = 9, state = {rows} }}'
    path.write_text(f"[[qpu]]\ncount = 2\ndata = 2\n[defaults.link]\n{model}")
    gates = "h q[0]; cx q[0],q[1]; cx q[1],q[2]; cx q[2],q[3];"
    circuit.write_text(f'OPENQASM 2.0; include "qelib1.inc"; qreg q[4]; {gates}')
    assert invoke(["run", str(circuit), "-n", str(path), "-s", "contiguous"]) == 0
    assert "the protocols twirl it away" in " ".join(capsys.readouterr().out.split())
    assert invoke(["link", "show", str(path)]) == 0
    assert "coherence" in capsys.readouterr().out
