"""Reports, plans and circuits of small cases are what they were: tests/data/golden holds them.

Every file is compared byte for byte, but for times of the machine and the last digits of numbers. After a change that
is meant, ``pytest tests/cli/test_golden.py --update-golden`` writes them anew; the difference belongs into the commit.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.cli import call
from helpers.golden import Golden, stable_json, stable_qasm, stable_table
from helpers.paths import CIRCUITS

TELEPORTED = """OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q;
bit[3] c;
h q[0];
cx q[0], q[1];
c[0] = measure q[1];
if (c[0]) { x q[2]; rz(0.4) q[3]; }
cp(0.7) q[2], q[3];
reset q[1];
cx q[1], q[3];
ccx q[0], q[2], q[3];
c[1] = measure q[3];
c[2] = measure q[0];
"""
"""Measurements and a reset in the middle, a condition, and a gate on three qubits."""
ASYMMETRIC = """[network]
name = "asymmetric"
[[qpu]]
name = "ann"
data = 3
memory = 3
[[qpu]]
name = "bob"
data = 2
memory = 3
time_2q_s = 2e-4
t1_s = 30.0
[[qpu]]
name = "eve"
data = 3
memory = 3
error_2q = 0.01
[[link]]
between = ["ann", "bob"]
preset = "oxford-2025"
[[link]]
between = ["bob", "eve"]
fidelity = 0.95
rate_hz = 50.0
"""
"""QPUs and links that differ, and two QPUs without a link between them."""
COMMANDS = {
    "compile_qft_16_hypergraph": "compile qft_16 -n 4x4+2 -s hypergraph --json --details",
    "compile_cuccaro_15_kl": "compile cuccaro_15 -n 3x11+2@line:oxford-2025 -s kl --json --details",
    "compile_gadgets_16_burst": "compile gadgets_16 -n 2x8+1 -s burst --seed 3 --json --details",
    "compile_qft_16_approximate": "compile qft_16 -n 4x4+2 -s kl --approximation-budget 1e-3 --json --details",
    "compile_bv_64_table": "compile bv_64 -n 4x16+1 -s contiguous",
    "compile_asymmetric_anneal": "compile toffolis -n asymmetric.toml -s anneal --effort 0.02 --json --details",
    "run_teleported_density": "run teleported -n 2x2+2 -s kl --json --details",
    "run_teleported_table": "run teleported -n 2x2+2 -s kl --input zero --waits mean",
    "run_asymmetric_distilled": "run ghz -n asymmetric.toml -s kl --distill dejmps --process --json --details",
    "run_ghz_swapped": "run ghz -n 4x2+3@line -s contiguous --swap all --engine clifford --precision 0.02 --json",
    "run_qft_8_trajectories": "run qft_8 -n 2x4+1 -s kl --engine trajectories --precision 0.02 --json --details",
    "run_ghz_counts": "run ghz_measured -n 2x3+1 -s kl --shots 200 --input zero --json --details",
    "schedule_qft_8": "schedule qft_8 -n 2x4+2 -s hypergraph --samples 100 --json",
    "schedule_on_demand_table": "schedule ghz -n asymmetric.toml -s kl --policy on-demand --gates --samples 100",
    "explain_qft_8": "explain qft_8 -n 4x2+2 -s kl --json",
    "explain_cuccaro_15_table": "explain cuccaro_15 -n 4x8+2 -s hypergraph --no-curve",
    "pareto_qft_8": "pareto qft_8 -n asymmetric.toml -s kl -s hypergraph -s contiguous --json",
    "pareto_table": "pareto ghz -n 3x2+1 -s kl -s random",
    "breakeven_ghz": "breakeven ghz -n 3x2+1 -s kl --json",
    "network_asymmetric": "network show asymmetric.toml --toml",
    "link_asymmetric": "link show asymmetric.toml --json",
}
"""Commands by the name of the file that holds what they print; a circuit by its name in ``circuits/`` or here."""
EMITTED = {
    "ghz": "compile ghz -n 3x2+1 -s contiguous",
    "teleported": "compile teleported -n 2x2+2 -s kl",
    "qft_8": "compile qft_8 -n asymmetric.toml -s hypergraph",
    "cuccaro_followed": "compile cuccaro_15 -n 4x8+2 -s kl",
    "swapped": "compile qft_8 -n 4x2+3@line -s kl --swap all",
}
"""Commands by the name of the plan and of the circuit that they write."""


def ghz(qubits: int, measured: bool = False) -> str:
    """A chain of CX gates from a qubit in superposition."""
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{qubits}];", f"creg c[{qubits}];", "h q[0];"]
    lines += [f"cx q[{i}],q[{i + 1}];" for i in range(qubits - 1)]
    return "\n".join([*lines, *["measure q -> c;"] * measured, ""])


def qft(qubits: int) -> str:
    """The quantum Fourier transform without its final swaps."""
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{qubits}];"]
    for i in range(qubits):
        lines += [f"h q[{i}];", *(f"cp(pi/{2 ** (j - i)}) q[{i}],q[{j}];" for j in range(i + 1, qubits))]
    return "\n".join([*lines, ""])


def toffolis(qubits: int) -> str:
    """Two layers of overlapping Toffoli gates between one-qubit gates."""
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{qubits}];"]
    for _ in range(2):
        lines += [f"h q[{i}];" for i in range(qubits)]
        lines += [f"ccx q[{i}],q[{i + 1}],q[{i + 2}];" for i in range(0, qubits - 2)]
        lines += [f"x q[{i}];" for i in range(qubits)]
    return "\n".join([*lines, ""])


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with the inputs, and tables of one width."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("teleported.qasm").write_text(TELEPORTED)
    Path("asymmetric.toml").write_text(ASYMMETRIC)
    Path("ghz.qasm").write_text(ghz(6))
    Path("ghz_measured.qasm").write_text(ghz(6, measured=True))
    Path("qft_8.qasm").write_text(qft(8))
    Path("toffolis.qasm").write_text(toffolis(7))


def arguments(command: str) -> list[str]:
    """The words of a command, with the file of its circuit."""
    verb, name, *rest = command.split()
    shipped, own = CIRCUITS / f"{name}.qasm", Path(f"{name}.qasm")
    return [verb, str(shipped) if shipped.exists() else str(own) if own.exists() else name, *rest]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_commands_print(name: str, golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    argv = arguments(COMMANDS[name])
    found = call(capsys, *argv)
    assert (found.code, found.err) == (0, "")
    if "--json" in argv:
        golden.check(f"{name}.json", stable_json(found.out))
    else:
        golden.check(f"{name}.txt", stable_table(found.out))


@pytest.mark.parametrize("name", EMITTED)
def test_plans_and_circuits_written(name: str, golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    argv = arguments(EMITTED[name])
    assert call(capsys, *argv, "-o", "plan.json").code == 0
    golden.check(f"{name}.plan.json", Path("plan.json").read_text())
    assert call(capsys, *argv, "-o", "out.qasm").code == 0
    golden.check(f"{name}.qasm", stable_qasm(Path("out.qasm").read_text()))
