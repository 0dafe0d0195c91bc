"""Spoilt files through the command line: one message with a place and exit code 2, or a result; never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from distq.cli import invoke
from helpers.mutations import QASM2, QASM3, TOML, mutated, qpy_bytes

COUNT = int(os.environ.get("MUTATIONS", "34"))
"""Of each sort of file; the environment may ask for more."""
GOOD = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[5]; h q[0]; cx q[0],q[1]; cx q[1],q[2]; cx q[2],q[3]; cx q[3],q[4];'
COMMANDS = {
    "f2.qasm": (QASM2.encode(), "compile f2.qasm -n 2x2+2 -s greedy --json"),
    "f3.qasm": (QASM3.encode(), "compile f3.qasm -n 2x2+2 -s greedy --json"),
    "f.qpy": (qpy_bytes(), "compile f.qpy -n 2x2+2 -s greedy --json"),
    "net.toml": (TOML.encode(), "compile good.qasm -n net.toml -s greedy --json"),
    "plan.json": (b"", "compile good.qasm -n 2x3+2 -s plan.json --json"),
    "out.qasm": (b"", "check good.qasm out.qasm -n 2x3+2"),
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.qasm").write_text(GOOD)
    for name in ("plan.json", "out.qasm"):
        assert invoke(["compile", "good.qasm", "-n", "2x3+2", "-s", "greedy", "-o", name]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_spoilt_files(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    whole, command = COMMANDS[name]
    whole = whole or Path(name).read_bytes()
    wrong: list[str] = []
    refused = 0
    for seed in range(COUNT):
        Path(name).write_bytes(mutated(whole, np.random.default_rng((len(name), seed))))
        code = invoke(command.split())
        captured = capsys.readouterr()
        refused += code == 2
        fault = _fault(code, captured.out, captured.err, name)
        if fault is not None:
            wrong.append(f"seed {seed}: {fault}")
    assert wrong == [], "\n".join(wrong)
    assert refused > COUNT // 4


def _fault(code: int, out: str, err: str, name: str) -> str | None:
    """What is wrong with the answer to a spoilt file; None if nothing is."""
    if code == 0 or (code == 1 and name in out and ": no: " in out):  # what was changed does not matter, or it is seen
        return None
    if code != 2 or "Traceback" in err or "fault of distq" in err:
        return f"exit code {code}: {out[:200]}{err[:400]}"
    if not err.startswith("error: ") or "\nerror: " in err:
        return f"not one message: {err[:400]}"
    places = (name, "circuit", "instruction", "network 'lab'")
    return None if any(place in err for place in places) else f"no place: {err[:400]}"
