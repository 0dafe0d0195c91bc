"""What a user asked for wrongly is refused before anything is planned, with an example of what is right."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from distq.cli import invoke
from distq.planning.strategies.registry import Strategy
from distq.simulation.choices import ENGINE_NAMES
from distq.simulation.engines.registry import ENGINES

GHZ = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
creg c[4];
h q[0];
ry(0.3) q[0];
cx q[0],q[1];
h q[1];
cx q[1],q[2];
cx q[2],q[3];
measure q -> c;
"""
DYNAMIC = GHZ.replace("ry(0.3) q[0];", "measure q[0] -> c[0]; if (c==1) x q[0]; h q[0];")


@pytest.fixture(autouse=True)
def nothing_is_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with circuits, and strategies that fail as soon as they are asked for a plan."""

    def plan(*_: object, **__: object) -> NoReturn:
        raise AssertionError("planning was entered")

    monkeypatch.setattr(Strategy, "plan", plan)
    monkeypatch.chdir(tmp_path)
    Path("ghz.qasm").write_text(GHZ)
    Path("dynamic.qasm").write_text(DYNAMIC)
    Path("wide.qasm").write_text(GHZ.replace("[4]", "[40]"))
    Path("folder.png").mkdir()
    Path("folder.html").mkdir()


RUN = {
    "engine": ("ghz", ["--engine", "foo"], "'density', 'clifford', 'trajectories', 'dynamic', 'bracket', 'auto'"),
    "input": ("ghz", ["--input", "foo"], "'zero', 'basis', 'product', 'stabilizer'"),
    "outcome too short": ("ghz", ["--outcome", "01"], "not a string of 4 bits"),
    "outcome example": ("ghz", ["--outcome", "01"], "e.g. 0101"),
    "outcome no bits": ("ghz", ["--outcome", "01a0"], "e.g. 0101"),
    "gpu": ("ghz", ["--device", "gpu"], "leave out --device gpu"),
    "scheduler": ("ghz", ["--scheduler", "tcp://127.0.0.1:1"], "e.g. at tcp://127.0.0.1:8786"),
    "clifford and product inputs": ("ghz", ["--engine", "clifford", "--input", "product"], "kind 'stabilizer'"),
    "not Clifford": ("ghz", ["--engine", "clifford"], "use density or trajectories or bracket"),
    "too wide": ("wide", ["--engine", "density"], "40 qubits are too many for a density matrix"),
    "measures inside": ("dynamic", ["--engine", "trajectories"], "use density or dynamic or bracket"),
    "nothing dynamic": ("ghz", ["--engine", "dynamic"], "'trajectories' are better for"),
    "too many shots": ("wide", ["--shots", "100"], "counts go up to 26 qubits"),
    "precision": ("ghz", ["--precision", "0"], "x>0"),
    "output folder": ("ghz", ["-o", "no/such/out.qasm"], "a directory that exists"),
    "output format": ("ghz", ["-o", "out.txt"], ".qasm, .qpy, .json"),
    "picture folder": ("ghz", ["--picture", "folder.png"], "it is a directory"),
    "picture format": ("ghz", ["--picture", "out.gif"], ".png, .svg, .pdf"),
    "page folder": ("ghz", ["--report", "folder.html"], "it is a directory"),
    "page format": ("ghz", ["--report", "out.pdf"], ".html, .htm"),
    "strategy": ("ghz", ["-s", "foo"], "auto"),
    "plan": ("ghz", ["-s", "none.json"], "none.json"),
    "objectives": ("ghz", ["--objective", "fidelity", "--distill", "auto"], "'none'"),
}


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cupy", "torch"):
        monkeypatch.setitem(__import__("sys").modules, name, None)


def refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert invoke(list(argv)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.mark.parametrize("case", RUN)
def test_run_refuses(capsys: pytest.CaptureFixture[str], case: str) -> None:
    circuit, argv, example = RUN[case]
    assert example in refusal(capsys, "run", f"{circuit}.qasm", "-n", "2x20+1", *argv)


@pytest.mark.parametrize("command", ["compile", "schedule", "pareto", "explain", "breakeven"])
@pytest.mark.parametrize(
    ("argv", "example"),
    [
        (("--picture", "out.gif"), ".png, .svg, .pdf"),
        (("--picture", "no/such/out.png"), "a directory that exists"),
        (("-s", "foo"), "auto"),
        (("--seed", "-1"), "x>=0"),
    ],
)
def test_other_commands_refuse(
    capsys: pytest.CaptureFixture[str], command: str, argv: tuple[str, ...], example: str
) -> None:
    assert example in refusal(capsys, command, "ghz.qasm", "-n", "2x20+1", *argv)


@pytest.mark.parametrize("argv", [("-o", "out.csv"), ("-o", "no/such/out.jsonl"), ("-s", "foo", "-o", "out.jsonl")])
def test_bench_refuses(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...]) -> None:
    assert "hint: " in refusal(capsys, "bench", "run", "ghz.qasm", "-n", "2x20+1", *argv)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Of something that listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_something_else_than_a_scheduler_is_not_waited_for(
    capsys: pytest.CaptureFixture[str], silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distq.simulation.parallel.ANSWER_S", 0.05)
    err = refusal(capsys, "run", "ghz.qasm", "-n", "2x20+1", "--scheduler", f"tcp://127.0.0.1:{silent_port}")
    assert f"no Dask scheduler answers at tcp://127.0.0.1:{silent_port}\n" in err


def test_the_names_of_engines_are_those_of_the_registry() -> None:
    assert tuple(ENGINES) == ENGINE_NAMES
