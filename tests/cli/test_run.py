"""``distq run``: what its simulation options print and refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from distq.cli import invoke
from distq.simulation import parallel

GHZ = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
creg c[4];
h q[0];
cx q[0],q[1];
cx q[1],q[2];
cx q[2],q[3];
measure q -> c;
"""
RUN = ("run", "ghz.qasm", "-n", "2x2+1", "-s", "contiguous", "--input", "zero")


@pytest.fixture(autouse=True)
def ghz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ghz.qasm").write_text(GHZ)


def details(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert invoke([*RUN, "--json", "--details", *argv]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["details"]
    return found


def refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert invoke([*RUN, *argv]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "rror: " in captured.err
    return captured.err


def test_counts_and_success(capsys: pytest.CaptureFixture[str]) -> None:
    found = details(capsys, "--shots", "2000", "--outcome", "0000")
    assert sum(found["counts"].values()) == 2000
    assert found["success"] == found["counts"]["0000"] / 2000
    low, high = found["success_interval"]
    assert 0.4 < low < found["success"] < high < 0.6
    assert found == details(capsys, "--shots", "2000", "--outcome", "0000", "--workers", "3")
    assert invoke([*RUN, "--json", "--shots", "300"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["fidelity_method"].startswith("density")
    assert row["shots"] == 300
    assert invoke([*RUN, "--shots", "300"]) == 0
    out = capsys.readouterr().out
    assert out.count("300 shots") == 1
    assert "read 1111" in out


def test_an_outcome_alone_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0.4 < details(capsys, "--outcome", "11 11")["success"] < 0.55


def test_process_fidelity(capsys: pytest.CaptureFixture[str]) -> None:
    found = details(capsys, "--process", "--engine", "clifford", "--input", "stabilizer")
    assert found["process_fidelity"] == pytest.approx(found["process_product"], abs=4 * found["process_stderr"])


def test_precision(capsys: pytest.CaptureFixture[str]) -> None:
    for wanted in (0.002, 0.0003):
        assert invoke([*RUN, "--engine", "trajectories", "--precision", str(wanted), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["fidelity_stderr"] <= wanted


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--precision", "0"), "x>0"),
        (("--precision", "-1"), "x>0"),
        (("--precision", "nan"), "not a finite number"),
        (("--shots", "0"), "x>=1"),
        (("--outcome", "012"), "not a string of 4 bits"),
        (("--outcome", "111"), "not a string of 4 bits"),
        (("--engine", "exact"), "'density', 'clifford', 'trajectories', 'dynamic', 'bracket', 'auto'"),
        (("--input", "zeros"), "'zero', 'basis', 'product', 'stabilizer'"),
    ],
)
def test_refusals(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], message: str) -> None:
    assert message in refusal(capsys, *argv)


def test_an_engine_that_is_too_small_names_one_that_fits(capsys: pytest.CaptureFixture[str]) -> None:
    Path("ghz.qasm").write_text(GHZ.replace("[4]", "[40]"))
    assert invoke(["run", "ghz.qasm", "-n", "2x20+1", "-s", "contiguous", "--engine", "density"]) == 2
    assert "use clifford for Clifford circuits" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["127.0.0.1:1", "tcp://127.0.0.1:1", "somewhere", "tcp://127.0.0.1:port"])
def test_a_scheduler_that_does_not_answer(capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert f"no Dask scheduler answers at {address}\n" in refusal(capsys, "--scheduler", address)


def test_no_gpu(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cupy", "torch"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    assert "cupy is not installed; torch is not installed" in refusal(capsys, "--device", "gpu")


def test_interrupt_gives_the_estimate_so_far(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = parallel.Threads.run

    def two_chunks(self: parallel.Threads, job: parallel.Job, sizes: list[int], first: int) -> Iterator[Any]:
        for k, part in enumerate(whole(self, job, sizes, first)):
            if first + k == 2:
                raise KeyboardInterrupt
            yield part

    monkeypatch.setattr(parallel.Threads, "run", two_chunks)
    code = invoke([*RUN, "--engine", "trajectories", "--precision", "1e-7", "--json", "--details"])
    row = json.loads(capsys.readouterr().out)
    assert code == 130
    assert 0.5 < row["fidelity"] < 1.0
    assert row["fidelity_stderr"] > 1e-7
    assert row["shots"] == 256
    assert row["details"]["interrupted"] is True
    assert "interrupted" in row["details"]["notes"][0]
