"""Errors are told one way: what is wrong, where, and how to mend it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from distq.cli import cli, invoke
from distq.cli.environment import unread_variables
from helpers.cli import call

GHZ = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\n'
"""No measurements."""


@pytest.fixture(autouse=True)
def ghz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ghz.qasm").write_text(GHZ)


CLICKS = {
    "no network": (["compile", "ghz.qasm"], "missing option '-n' / '--network'", "-n 4x16+2"),
    "no circuit": (["run", "-n", "2x2+1"], "missing argument 'CIRCUIT'", "OpenQASM"),
    "no output": (["bench", "run", "ghz.qasm", "-n", "2x2"], "no results file given", "-o results.jsonl"),
    "no picture": (["draw", "plan", "ghz.qasm", "-n", "2x2"], "missing option '-o'", "-o picture.png"),
    "no @": (["run", "qft:6", "-n", "2x3"], "qft:6: no such file", "did you mean '@qft:6'?"),
    "option": (["run", "ghz.qasm", "--engin", "x"], "no such option '--engin'", "did you mean --engine or --plugin?"),
    "command": (["complie"], "no such command 'complie'", "did you mean compile?"),
    "far off": (["frobnicate"], "no such command 'frobnicate'", "`distq --help`"),
    "choice": (["run", "x", "-n", "2x2", "--engine", "foo"], "'foo' is not one of 'density'", "`distq run --help`"),
    "number": (["run", "x", "-n", "2x2", "--seed", "a"], "'a' is not a valid whole number", "`distq run --help`"),
}


@pytest.mark.parametrize("case", CLICKS)
def test_usage_errors_look_like_all_others(capsys: pytest.CaptureFixture[str], case: str) -> None:
    argv, what, hint = CLICKS[case]
    code, out, err = call(capsys, *argv)
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("  hint: ")
    assert what in first
    assert hint in second


BAD_NETWORK = """[network]
name = "lab"

[defaults.qpu]
memory = 2

[[qpu]]
name = "a"     # the first
data = 3
memory = -1
T2 = 1.5
[[qpu]]
name = "b"
data = 2
[[link]]
between = [
  "a",
  "c",
]
[[link]]
model = { family = "two-fotons" }
"""


def test_what_is_wrong_in_a_network_file_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("n.toml").write_text(BAD_NETWORK)
    err = call(capsys, "network", "check", "n.toml")[2]
    assert [line.split(" ")[2] for line in err.splitlines()[1:-1]] == [
        f"n.toml:{line}:" for line in (10, 11, 16, 20, 21)
    ]
    assert "n.toml:11: qpu[0].T2: unknown key; did you mean 't2_s'?" in err
    Path("n.toml").write_text("[[qpu]]\ndata = 3\n\nmemry = 4\n")
    assert call(capsys, "network", "check", "n.toml")[2].startswith(
        "error: n.toml:4: qpu[0].memry: unknown key; did you"
    )
    Path("n.toml").write_text("\n[[qpu]]\nname = 'a'\n")
    assert call(capsys, "network", "check", "n.toml")[2].startswith("error: n.toml:2: qpu[0].data: is missing\n")


def test_a_guess_that_is_far_off_is_not_made(capsys: pytest.CaptureFixture[str]) -> None:
    qpus = "".join(f'[[qpu]]\nname = "qpu{i}"\ndata = 3\n' for i in range(4))
    Path("n.toml").write_text(qpus + '[[link]]\nbetween = ["qpu1", "qpu9"]\n')
    err = call(capsys, "network", "check", "n.toml")[2]
    assert "there is no QPU of that name; QPUs: qpu0, qpu1, qpu2, qpu3" in err
    assert "did you mean" not in call(capsys, "compile", "ghz.qasm", "-n", "2x2+1", "-s", "zzz")[2]


def test_a_machine_that_is_too_small_offers_its_link(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "compile", "ghz.qasm", "-n", "oxford-2025")
    assert code == 2
    assert "hint: 2x2+1:oxford-2025 has larger QPUs and the links of oxford-2025\n" in err
    assert call(capsys, "compile", "ghz.qasm", "-n", "2x2+1:oxford-2025", "-s", "kl")[0] == 0


def test_a_newer_qpy_is_not_called_damaged(capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.qpy").write_bytes(b"QISKIT" + bytes([99, 7, 8, 9]) + bytes(100))
    err = call(capsys, "compile", "new.qpy", "-n", "2x2+1")[2]
    assert "new.qpy: Qiskit 7.8.9 wrote it, in version 99 of QPY; Qiskit " in err
    assert "damaged" not in err
    Path("bad.qpy").write_bytes(b"QISKIT" + bytes([10, 1, 0, 0]) + bytes(5))
    assert "damaged" in call(capsys, "compile", "bad.qpy", "-n", "2x2+1")[2]


def test_misspelt_variables_are_reported(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTQ_SEED", "3")
    monkeypatch.setenv("DISTQ_RUN_MONOLITHIC", "ideal")
    monkeypatch.setenv("DISTQ_COMPILE_EFFORT", "1")
    assert list(unread_variables(cli)) == []
    monkeypatch.setenv("DISTQ_STRATEGI", "kl")
    monkeypatch.setenv("DISTQ_FOO", "1")
    code, out, err = call(capsys, "compile", "ghz.qasm", "-n", "2x2+1", "-s", "kl", "--json")
    assert (code, json.loads(out)["seed"]) == (0, 3)
    assert err.splitlines() == [
        "warning: the environment variable DISTQ_FOO is not read",
        "warning: the environment variable DISTQ_STRATEGI is not read; did you mean DISTQ_STRATEGY?",
    ]


@pytest.mark.slow
def test_a_full_disk_is_no_fault_of_distq() -> None:
    for argv in ("presets", "--help", "compile ghz.qasm -n 2x2+1 -s kl --json"):
        command = [sys.executable, "-c", "from distq.cli import main; main()", *argv.split()]
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith("error: cannot write the output: No space left on device\n  hint: make room")


def test_the_report_is_printed_where_a_file_cannot_be_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from distq.errors import InputError

    def full(*_: object) -> None:
        raise InputError("cannot write out.qasm: No space left on device", "give a file elsewhere")

    monkeypatch.setattr("distq.compiler.compilation.Compilation.save", full)
    code, out, err = call(capsys, "compile", "ghz.qasm", "-n", "2x2+1", "-s", "kl", "--json", "-o", "out.qasm")
    assert (code, json.loads(out)["ebits"]) == (2, 1)
    assert err.startswith("error: cannot write out.qasm")


def test_a_failed_task_makes_bench_fail(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ("bench", "run", "ghz.qasm", "-n", "2x1+1", "-s", "kl", "--jobs", "1", "-o", "out.jsonl")
    assert invoke(list(argv)) == 1
    assert "1 of 1 tasks failed" in capsys.readouterr().out
