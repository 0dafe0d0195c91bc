"""Compile, explain, pareto, breakeven, schedule, bench and the Qiskit pass read, plan and check alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from qiskit import QuantumCircuit, qasm2
from qiskit.transpiler import PassManager
from qiskit.transpiler.exceptions import TranspilerError

import distq
from distq.cli import invoke
from distq.compiler import CompileOptions
from distq.errors import InputError, NetworkError, UnknownNameError
from distq.qiskit import DistributePass
from distq.reporting.report import ROW
from distq.studies.bench import grid_tasks, perform
from distq.studies.explain import explain_circuit
from distq.studies.pareto.pareto import compare_plans
from helpers.circuits import qft

TIMES = {"seconds_compile", "seconds_total"}
UNLINKED = '[network]\ntopology = "none"\n[[qpu]]\ncount = 2\ndata = 2\nmemory = 1\n'
LINKED = "[[qpu]]\ncount = 2\ndata = 2\nmemory = 1\n"


def two_pairs() -> QuantumCircuit:
    """Two pairs of qubits that have nothing to do with each other."""
    circuit = QuantumCircuit(4, name="pairs")
    circuit.cx(0, 1)
    circuit.cx(2, 3)
    return circuit


def chain() -> QuantumCircuit:
    circuit = two_pairs()
    circuit.cx(1, 2)
    return circuit


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with two circuits, ``pairs.qasm`` and ``chain.qasm``, and two networks."""
    monkeypatch.chdir(tmp_path)
    for circuit, name in ((two_pairs(), "pairs"), (chain(), "chain")):
        qasm2.dump(circuit, tmp_path / f"{name}.qasm")
    (tmp_path / "unlinked.toml").write_text(UNLINKED)
    (tmp_path / "linked.toml").write_text(LINKED)
    return tmp_path


COMMANDS = {
    "compile": ["-s", "contiguous"],
    "explain": ["-s", "contiguous"],
    "pareto": ["-s", "contiguous"],
    "schedule": ["-s", "contiguous", "--samples", "10"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_qpus_without_a_link_run_what_fits_into_each(
    here: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    options = ["-n", "unlinked.toml", *COMMANDS[command], "--json"]
    assert invoke([command, "pairs.qasm", *options]) == 0
    row = json.loads(capsys.readouterr().out)
    assert {plan.get("ebits", 0) for plan in row.get("plans", [row])} == {0}
    assert invoke([command, "chain.qasm", *options]) == 2
    assert "not connected" in capsys.readouterr().err


def test_qpus_without_a_link_in_bench_and_in_the_pass(here: Path) -> None:
    (task,) = grid_tasks(["pairs.qasm"], ["unlinked.toml"], ["contiguous"])
    assert perform(task)["error"] is None
    (task,) = grid_tasks(["chain.qasm"], ["unlinked.toml"], ["contiguous"])
    assert "not connected" in perform(task)["error"]
    manager = PassManager([DistributePass("unlinked.toml", "contiguous")])
    assert manager.run(two_pairs()).metadata["distq"]["ebits"] == 0
    with pytest.raises(TranspilerError, match="not connected") as caught:
        manager.run(chain())
    assert isinstance(caught.value.__cause__, NetworkError)


def test_explain_plans_again_for_more_ions_on_qpus_without_a_link(here: Path) -> None:
    found = explain_circuit(two_pairs(), "unlinked.toml", "auto")
    assert found.ebits == 0
    assert {point.ebits for point in found.curve} == {0}


@pytest.mark.parametrize("kind", [str, Path, distq.compiler.intake.as_network], ids=["text", "path", "network"])
def test_every_entry_takes_a_network_in_every_form(here: Path, kind: Any) -> None:
    network = kind("linked.toml")
    assert distq.compile(chain(), network, "contiguous").report.ebits == 1
    assert explain_circuit(chain(), network, "contiguous").ebits == 1
    assert compare_plans(chain(), network, ["contiguous"]).plans[0].candidate.ebits == 1
    assert perform(grid_tasks(["chain.qasm"], [network], ["contiguous"])[0])["ebits"] == 1
    out = PassManager([DistributePass(network, "contiguous")]).run(chain())
    assert out.metadata["distq"]["ebits"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "strategy", "choices"),
    [
        ("2x2+2:oxford-2025", "kl", {"objective": "fidelity"}),
        ("2x2+2", "random", {"objective": "makespan"}),
        ("2x2+3:duke-2024", "kl", {"distill": "auto"}),
        ("2x2+3:duke-2024", "kl", {"distill": "dejmps"}),
        ("4x1+4@line", "contiguous", {"swap": "auto"}),
        ("4x1+4@line", "contiguous", {"swap": "all", "distill": "bbpssw", "objective": "fidelity"}),
    ],
)
def test_python_and_qiskit_choose_as_the_command_does(
    here: Path, capsys: pytest.CaptureFixture[str], network: str, strategy: str, choices: dict[str, str]
) -> None:
    qasm2.dump(qft(4), "qft.qasm")
    flags = [text for name, choice in choices.items() for text in (f"--{name}", choice)]
    assert invoke(["compile", "qft.qasm", "-n", network, "-s", strategy, *flags, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    done = distq.compile("qft.qasm", network, strategy, **choices)  # type: ignore[arg-type]
    passed = PassManager([DistributePass(network, strategy, **choices)])  # type: ignore[arg-type]
    carried = passed.run(done.source).metadata["distq"]
    for name in set(ROW) - TIMES:
        assert done.report.row()[name] == row[name] == carried[name], name


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"objective": "fidelty"}, UnknownNameError, "did you mean 'fidelity'"),
        ({"distill": "dejmp"}, UnknownNameError, "did you mean 'dejmps'"),
        ({"swap": "some"}, UnknownNameError, "known: all, auto, none"),
        ({"strategy": "gredy"}, UnknownNameError, "did you mean 'greedy'"),
        ({"seed": -1}, InputError, "the seed is -1"),
        ({"approximation_budget": 1.0}, InputError, "budget"),
        ({"objective": "fidelity", "distill": "auto"}, InputError, "each choose a plan"),
        ({"objective": "fidelity", "swap": "auto"}, InputError, "each choose a plan"),
    ],
)
def test_wrong_choices_are_refused_before_the_work(wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        CompileOptions(**wrong)
    with pytest.raises(error, match=message):
        distq.compile("no such file", "2x2+1", **wrong)
    with pytest.raises(error, match=message):
        DistributePass("2x2+1", **wrong)


def test_an_objective_chooses_no_plan_where_one_is_given() -> None:
    plan = distq.compile(chain(), "2x2+1", "contiguous").plan
    with pytest.raises(InputError, match="one is given"):
        distq.compile(chain(), "2x2+1", plan, objective="fidelity")
