"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from distq import __version__
from distq.reporting.report import ROW
from helpers.cli import call

GHZ = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[6];
h q[0];
cx q[0],q[1];
cx q[1],q[2];
cx q[2],q[3];
cx q[3],q[4];
cx q[4],q[5];
"""


@pytest.fixture
def ghz(tmp_path, monkeypatch):
    """A directory of its own with one circuit."""
    monkeypatch.chdir(tmp_path)
    Path("ghz.qasm").write_text(GHZ)
    return tmp_path


def one_message(err):
    """An error is one message without a traceback."""
    return err.startswith("error: ") and err.count("error: ") == 1 and "Traceback" not in err


# ---- what it prints -------------------------------------------------------------------------------------------------


def test_compile_prints_a_table(ghz, capsys):
    code, out, err = call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "-s", "contiguous")
    assert (code, err) == (0, "")
    kept = [re.sub(r"\s+", " ", line) for line in out.splitlines()]
    assert kept[:5] == [
        "ghz on 3x2+1 strategy contiguous, seed 0",
        "circuit 6 qubits, 5 multi-qubit gates, 2 of them remote, on 3 QPUs",
        "cost 2 Bell pairs (at least 2 needed) in 2 packets, no qubit moved",
        "per link qpu0-qpu1 1 qpu1-qpu2 1 (pairs of fidelity 0.97, 250 a second)",
        "memory ions peak 1 of 1 per QPU",
    ]
    assert "numbers ionq-two-traps (assumed, not measured: `distq presets`)" in kept
    assert any(line.startswith("verified yes plan replayed") for line in kept)


def test_json_is_one_object_with_the_stable_names_in_order(ghz, capsys):
    code, out, err = call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "--json")
    row = json.loads(out)
    assert (code, err) == (0, "")
    assert tuple(row) == ROW
    assert (row["circuit"], row["network"], row["strategy"], row["seed"]) == ("ghz", "3x2+1", "auto", 0)
    assert (row["ebits"], row["peak_memory"], row["verified"], row["fidelity"]) == (2, 1, True, None)


def test_details_add_one_key(ghz, capsys):
    row = json.loads(call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "--json", "--details")[1])
    assert tuple(row) == (*ROW, "details")
    assert [link["ebits"] for link in row["details"]["links"]].count(1) == 2


@pytest.mark.slow
def test_run_reports_fidelities(ghz, capsys):
    code, out, _ = call(capsys, "run", "ghz.qasm", "-n", "3x2+1", "--json")
    row = json.loads(out)
    assert code == 0
    assert 0.5 < row["fidelity"] < row["fidelity_monolithic"] <= 1
    assert row["fidelity_ratio"] == pytest.approx(row["fidelity"] / row["fidelity_monolithic"], rel=1e-6)
    assert row["fidelity_stderr"] is not None
    assert row["fidelity_method"]


@pytest.mark.slow
def test_run_compares_with_what_was_asked(ghz, capsys):
    row = json.loads(call(capsys, "run", "ghz.qasm", "-n", "3x2+1", "--monolithic", "ideal", "--json")[1])
    assert row["fidelity_monolithic"] == 1.0
    code, out, _ = call(capsys, "run", "ghz.qasm", "-n", "3x2+1", "--input", "zero")
    assert code == 0
    assert re.search(r"fidelity +0\.\d+.* distributed", out)
    assert re.search(r"links [\d.]+ %", out)


def test_standard_input(ghz, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GHZ.encode())))
    code, out, _ = call(capsys, "compile", "-", "-n", "3x2+1", "--json")
    assert code == 0
    assert json.loads(out)["qubits"] == 6


def test_options_from_the_environment(ghz, capsys, monkeypatch):
    monkeypatch.setenv("DISTQ_NETWORK", "2x3+1")
    monkeypatch.setenv("DISTQ_SEED", "7")
    row = json.loads(call(capsys, "compile", "ghz.qasm", "--json")[1])
    assert (row["network"], row["seed"]) == ("2x3+1", 7)


def test_lists_have_one_line_each(capsys):
    code, out, _ = call(capsys, "strategies")
    assert code == 0
    names = {line.split()[0] for line in out.splitlines()}
    assert {"auto", "contiguous", "greedy", "hypergraph", "kl", "random"} <= names
    code, out, _ = call(capsys, "presets")
    assert code == 0
    assert re.search(r"^  oxford-2025 +measured +fidelity 0.9695, 9.7 pairs/s +Main et al.*2407.00835$", out, re.M)
    assert "assumed" in call(capsys, "presets", "--notes")[1]


def test_network_show_check_init(ghz, capsys):
    code, out, _ = call(capsys, "network", "show", "3x4+1@line:oxford-2025")
    assert code == 0
    assert re.search(r"^link +qpu0-qpu1, qpu1-qpu2$", out, re.M)
    assert call(capsys, "network", "init", "net.toml")[0] == 0
    code, out, _ = call(capsys, "network", "check", "net.toml")
    assert code == 0
    assert out.startswith("net.toml: valid (")
    code, _, err = call(capsys, "network", "init", "net.toml")
    assert code == 2
    assert one_message(err)
    assert call(capsys, "network", "init")[1] == Path("net.toml").read_text()
    Path("again.toml").write_text(call(capsys, "network", "show", "net.toml", "--toml")[1])
    assert call(capsys, "network", "show", "again.toml", "--toml")[1] == Path("again.toml").read_text()


def test_version_and_help(capsys):
    assert call(capsys, "--version")[:2] == (0, f"distq, version {__version__}\n")
    for argv in (["-h"], ["run", "--help"], ["network", "-h"], ["bench", "-h"]):
        code, out, _ = call(capsys, *argv)
        assert code == 0
        assert out.startswith("Usage: distq")


# ---- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["qasm", "qpy", "json"])
def test_output_passes_the_check(ghz, capsys, suffix):
    code, _, err = call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "-o", f"out.{suffix}")
    assert (code, err) == (0, "")
    code, out, _ = call(capsys, "check", "ghz.qasm", f"out.{suffix}", "-n", "3x2+1")
    assert (code, out) == (0, f"out.{suffix}: yes, this is ghz.qasm on 3x2+1\n")


def test_check_names_a_difference(ghz, capsys):
    call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "-o", "out.qasm", "-o", "out.qasm")
    call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "-o", "out.json")
    text = Path("out.qasm").read_text()
    assert "  x " in text
    Path("out.qasm").write_text(text.replace("  x ", "  y ", 1))
    code, out, err = call(capsys, "check", "ghz.qasm", "out.qasm", "-n", "3x2+1")
    assert (code, err) == (1, "")
    assert out.startswith("out.qasm: no: ")
    lines = [line for line in Path("out.json").read_text().splitlines() if "grow" not in line]
    Path("out.json").write_text("\n".join(lines))
    code, out, _ = call(capsys, "check", "ghz.qasm", "out.json", "-n", "3x2+1")
    assert code == 1
    assert out.startswith("out.json: no: step")


def test_a_plan_can_be_used_again(ghz, capsys):
    first = json.loads(call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "-s", "greedy", "-o", "p.json", "--json")[1])
    again = json.loads(call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "-s", "p.json", "--json")[1])
    differ = {name for name in ROW if first[name] != again[name]}
    assert differ <= {"seconds_compile", "seconds_total"}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_picture(ghz, capsys, suffix):
    assert call(capsys, "compile", "ghz.qasm", "-n", "3x2+1", "--picture", f"p.{suffix}")[0] == 0
    head = Path(f"p.{suffix}").read_bytes()[:5]
    assert head.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix])


# ---- bad input: exit code 2, one message that says where and how to mend, no traceback, no file ---------------------

BAD = {
    "no such file": (["none.qasm", "-n", "2x3+1"], ["none.qasm"]),
    "malformed": (["bad.qasm", "-n", "2x3+1"], ["bad.qasm:5:1"]),
    "unknown gate": (["gate.qasm", "-n", "2x3+1"], ["gate.qasm:4:1", "frobnicate"]),
    "not a circuit": (["noise.qpy", "-n", "2x3+1"], ["noise.qpy"]),
    "text for QPY": (["text.qpy", "-n", "2x3+1"], ["text.qpy:1:1", "no QPY"]),
    "too small": (["ghz.qasm", "-n", "2x2+1"], ["2 too few", "6 qubits"]),
    "disconnected": (["ghz.qasm", "-n", "apart.toml"], ["connect"]),
    "no memory": (["ghz.qasm", "-n", "2x3+0"], ["memory"]),
    "negative memory": (["ghz.qasm", "-n", "negative.toml"], ["memory", "-1"]),
    "impossible error": (["ghz.qasm", "-n", "negative.toml"], ["error_2q", "1.5"]),
    "unknown strategy": (["ghz.qasm", "-n", "2x3+1", "-s", "hypergraf"], ["'hypergraf'", "did you mean 'hypergraph'"]),
    "unknown preset": (["ghz.qasm", "-n", "2x3+1:oxfrd-2025"], ["oxfrd-2025", "did you mean 'oxford-2025'"]),
    "shorthand": (["ghz.qasm", "-n", "2x+1"], ["2x+1"]),
    "unwritable": (["ghz.qasm", "-n", "2x3+1", "-o", "no/such/out.qasm"], ["no/such/out.qasm"]),
    "directory": (["ghz.qasm", "-n", "2x3+1", "-o", "sub.qasm"], ["sub.qasm", "directory"]),
    "suffix": (["ghz.qasm", "-n", "2x3+1", "-o", "out.txt"], [".txt", ".qasm, .qpy, .json"]),
    "picture suffix": (["ghz.qasm", "-n", "2x3+1", "--picture", "out.gif"], [".gif", ".png, .svg, .pdf"]),
    "plan": (["ghz.qasm", "-n", "2x3+1", "-s", "plan.json"], ["plan.json:1:1"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(ghz, capsys, case):
    Path("bad.qasm").write_text(GHZ.replace("h q[0];", "h q[0"))
    Path("gate.qasm").write_text(GHZ.replace("h q[0]", "frobnicate q[0]"))
    Path("noise.qpy").write_bytes(b"QISKIT" + bytes(range(100)))
    Path("text.qpy").write_text("junk")
    Path("plan.json").write_text("not a plan")
    Path("sub.qasm").mkdir()
    Path("apart.toml").write_text('[network]\ntopology = "none"\n[[qpu]]\ncount = 2\ndata = 3\nmemory = 1\n')
    Path("negative.toml").write_text('[[qpu]]\nname = "a"\ndata = 3\nmemory = -1\nerror_2q = 1.5\n')
    argv, parts = BAD[case]
    before = sorted(os.listdir())
    code, out, err = call(capsys, "compile", *(argv if "-o" in argv else [*argv, "-o", "x.qasm"]))
    assert (code, out) == (2, "")
    assert one_message(err), err
    for part in parts:
        assert part in err
    assert sorted(os.listdir()) == before


def test_usage_errors(capsys):
    assert call(capsys, "run")[0] == 2
    assert call(capsys, "run", "x.qasm")[0] == 2
    code, _, err = call(capsys, "compile", "x.qasm", "-n", "2x2+1", "--seed", "-1")
    assert code == 2
    assert "x>=0" in err
    assert "did you mean compile?" in call(capsys, "complie")[2]


@pytest.mark.parametrize("option", ["--effort", "--time-limit"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0"])
def test_effort_is_finite_and_above_zero(ghz, capsys, option, value):
    code, out, err = call(capsys, "compile", "ghz.qasm", "-n", "2x3+1", option, value)
    assert (code, out) == (2, "")
    assert option in err


def test_a_circuit_without_gates_waits_for_nothing(ghz, capsys):
    Path("one.qasm").write_text('OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; h q[0];')
    code, out, _ = call(capsys, "schedule", "one.qasm", "-n", "1x4+0", "-s", "kl", "--samples", "10")
    assert code == 0
    assert [line.split()[-2:] for line in out.splitlines() if line.startswith("waiting")] == [["0", "s"]]
    assert "about 0 %" in out


def test_a_circuit_without_remote_gates_waits_for_nothing(ghz, capsys):
    """Not even for what rounding leaves of the mean of equal runs."""
    lines = [f"ry(0.{3 + i}) q[{i}]; cx q[{i}],q[{i + 1}];" for i in (0, 1)]
    Path("local.qasm").write_text('OPENQASM 2.0; include "qelib1.inc"; qreg q[3];' + "".join(lines))
    code, out, _ = call(capsys, "compile", "local.qasm", "-n", "1x3+0", "-s", "contiguous", "--json")
    assert code == 0
    assert json.loads(out)["bell_wait_s"] == 0.0


def test_one_is_singular(ghz, capsys):
    Path("two.qasm").write_text('OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0],q[1];')
    assert "2 QPUs, 2 data ions, 1 link)" in call(capsys, "network", "check", "2x1+1")[1]
    assert "1x1+0: 1 QPU, 1 data ion, 0 links" in call(capsys, "network", "show", "1x1+0")[1]
    even = call(capsys, "breakeven", "two.qasm", "-n", "2x1+1", "-s", "contiguous", "--against", "same-trap")[1]
    assert even.startswith("two on 2x1+1: 1 Bell pair\n")


def test_debug_shows_the_traceback(capsys):
    plain = ("compile", "none.qasm", "-n", "2x2+1")
    for argv in (("--debug", *plain), (*plain, "--debug")):
        code, _, err = call(capsys, *argv)
        assert code == 2
        assert "Traceback" in err


def test_an_unforeseen_fault_is_distqs(ghz, capsys, monkeypatch):
    monkeypatch.setattr("distq.compiler.flow.lower", lambda *_: 1 / 0)
    code, _, err = call(capsys, "compile", "ghz.qasm", "-n", "2x3+1")
    assert code == 1
    assert "please report it" in err
    assert "Traceback" not in err


# ---- the process -----------------------------------------------------------------------------------------------------


def test_importing_the_command_line_is_cheap():
    heavy = ("qiskit", "numpy", "numba", "pydantic", "matplotlib", "networkx", "rich")
    code = f"import sys, distq.cli; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(ghz):
    for argv in ("presets --notes", "--help", "compile ghz.qasm -n 2x3+1 -s kl --json"):
        command = f"{sys.executable} -c 'from distq.cli import main; main()' {argv} | true; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("141\n", "")


def test_interrupt(ghz, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("distq.compiler.flow.lower", stop)
    code, out, err = call(capsys, "compile", "ghz.qasm", "-n", "2x3+1", "-o", "x.qasm")
    assert (code, out, err.strip()) == (130, "", "interrupted")
    assert sorted(os.listdir()) == ["ghz.qasm"]
