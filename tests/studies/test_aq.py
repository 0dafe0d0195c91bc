"""Algorithmic qubits: the rule on made-up numbers, the circuits, and one small network."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from distq.studies.aq.result import AlgorithmicQubitStudy, RunCircuit
from distq.studies.aq.rule import (
    AlgorithmicQubits,
    Place,
    algorithmic_qubits,
    classical_fidelity,
    first_width,
    passes,
)
from distq.studies.aq.suite import SUITE, suite_circuits
from distq.studies.aq.table import render
from helpers.cli import call


@pytest.mark.parametrize(
    ("places", "most", "value", "at_least"),
    [
        ([Place(3, 9, True), Place(4, 12, True)], 6, 6, False),
        ([Place(3, 9, True), Place(4, 12, False)], 6, 3, False),
        ([Place(3, 26, False), Place(4, 12, True)], 8, 5, False),  # counts from n = 6 on, where n^2 is 36
        ([Place(3, 25, False), Place(6, 12, False)], 8, 4, False),
        ([Place(5, 9, None), Place(6, 9, False)], 8, 4, True),
        ([Place(5, 9, None), Place(5, 9, False)], 8, 4, False),
        ([Place(5, 100, False)], 8, 8, False),
    ],
)
def test_rule(places: list[Place], most: int, value: int, at_least: bool) -> None:
    assert algorithmic_qubits(places, most, complete=True) == AlgorithmicQubits(value, at_least)


def test_more_may_be_possible_where_wider_circuits_were_not_run() -> None:
    assert str(algorithmic_qubits([Place(3, 9, True)], 4, complete=False)) == "at least 4"
    assert str(algorithmic_qubits([Place(3, 9, False)], 4, complete=False)) == "2"


def test_success_is_a_fidelity_beyond_its_error() -> None:
    assert [first_width(3, cx) for cx in (0, 9, 10, 16, 17)] == [3, 3, 4, 4, 5]
    assert classical_fidelity({b"a": 0.5, b"b": 0.5}, {b"a": 0.5, b"c": 0.5}) == pytest.approx(0.25)
    error = math.sqrt(0.4 * 0.6 / 100)  # 0.049
    assert not passes(1 / math.e + error - 0.02, 100)
    assert passes(0.4, 10_000)
    assert not passes(0.4, 100)


@pytest.mark.parametrize("family", SUITE, ids=lambda family: family.title)
def test_circuits_are_as_wide_as_they_say(family) -> None:
    made = list(suite_circuits(family, family.least))
    assert 1 <= len(made) <= family.instances
    for one in made:
        assert one.circuit.num_qubits == one.width == family.least
        assert one.circuit.num_clbits == one.width - family.unread
        assert one.cx > 0
    assert not family.has(family.least - 1)


def test_a_network_end_to_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    argv = ("aq", "-n", "2x2+1:ustc-10km-2026", "-s", "kl", "--precision", "0.05", "--seed", "3")
    code, out, _ = call(capsys, *argv, "--picture", "aq.svg", "--json")
    assert code == 0
    assert "same-trap: #AQ 4" in Path("aq.svg").read_text()
    found = json.loads(out)
    assert found["algorithmic_qubits"]["network"]["value"] <= found["algorithmic_qubits"]["same-trap"]["value"] == 4
    assert {one["circuit"] for one in found["circuits"]} >= {"@qft-increment:3", "@qpe-exact:4"}
    remote = [one for one in found["circuits"] if one["ebits"]]
    assert remote
    assert all(one["fidelities"]["network"] < one["fidelities"]["same-trap"] for one in remote)


def test_what_could_not_be_run_is_no_pass() -> None:
    lost = RunCircuit("VQE", "@ucc:4", 4, 16, None, {"network": None}, 100)
    study = AlgorithmicQubitStudy("n", None, "kl", 0, 30, 4, {"network": "n"}, (lost,), (("@ucc:4", "too many"),))
    assert study.algorithmic_qubits("network") == AlgorithmicQubits(3, True)
    assert study.as_dict()["circuits"][0]["passed"] == {"network": None}
    console = Console(width=200, file=io.StringIO())
    console.print(render(study))
    text = console.file.getvalue()
    for said in ("at least 3", "too many", "0 of 1", "1/e = 0.368", "differences to QED-C's suite"):
        assert said in text


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("-n", "2x2+1", "--max-qubits", "5"), "the network has 4 data ions"),
        (("-n", "1x1"), "one data ion"),
        (("-n", "2x2+1", "-s", "kll"), "did you mean"),
        (("-n", "2x2+1", "--picture", "aq.txt"), "picture"),
    ],
)
def test_refusals(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str) -> None:
    code, out, err = call(capsys, "aq", *argv)
    assert (code, out) == (2, "")
    assert said in err
