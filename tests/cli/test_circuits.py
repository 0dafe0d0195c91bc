"""``distq circuits``, and its names wherever a circuit is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distq.circuits import families
from distq.frontend import read_circuit
from helpers.cli import call


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "circuits")
    assert code == 0
    assert all(f"@{one.name}:{one.default} " in out for one in families())
    code, out, _ = call(capsys, "circuits", "ghz:3,4")
    assert [line.split()[:4] for line in out.splitlines()[1:]] == [["@ghz:3", "3", "2", "3"], ["@ghz:4", "4", "3", "4"]]


@pytest.mark.parametrize("kind", ["qasm", "qpy"])
def test_they_are_written(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    code, _, err = call(capsys, "circuits", "ghz:3", "@qft:4", "-o", "made/here", "--format", kind)
    assert (code, err.count("wrote ")) == (0, 2)
    assert read_circuit(Path(f"made/here/ghz_3.{kind}")).count_ops() == {"h": 1, "cx": 2}
    assert call(capsys, "circuits", "ghz:3", "-o", f"one.{kind}").code == 0
    assert read_circuit(Path(f"one.{kind}")).num_qubits == 3


def test_commands_take_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ("@ghz:4", "-n", "2x2+1", "-s", "kl")
    code, out, _ = call(capsys, "compile", *argv, "--json", "-o", "out.qasm")
    assert (code, json.loads(out)["circuit"], json.loads(out)["ebits"]) == (0, "ghz_4", 1)
    assert call(capsys, "check", "@ghz:4", "out.qasm", "-n", "2x2+1").code == 0
    assert "ghz_4" in call(capsys, "explain", *argv).out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("ghz:3,4", "-o", "one.qasm"), "2 circuits"),
        (("-o", "folder"), "no circuits to write"),
        (("ghs:3",), "did you mean 'ghz'"),
        (("ghz:3", "-o", "/proc/none"), "cannot make the folder"),
    ],
)
def test_refusals(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str) -> None:
    code, out, err = call(capsys, "circuits", *argv)
    assert (code, out) == (2, "")
    assert said in err
    assert "hint: " in err
