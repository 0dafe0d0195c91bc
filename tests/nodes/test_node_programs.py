"""Circuits are split into programs for nodes, written, read back and proved; what is wrong with a directory is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import openqasm3
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from distq import compile as compile_circuit
from distq.compiler import Compilation
from distq.errors import CircuitError, InputError
from helpers.node_programs import chain, edit, random_compilation, verdict, written

ThreeNodes = tuple[Compilation, Path, str]


@pytest.mark.parametrize("seed", range(8))
def test_programs_make_up_the_circuit(seed: int, tmp_path: Path) -> None:
    done = random_compilation(seed)
    directory, source = written(done, tmp_path)
    found = verdict(done, directory, source)
    assert (found.equal, found.reason, found.epr_pairs) == (True, None, done.report.ebits)
    manifest = json.loads((directory / "manifest.json").read_text())
    ions = {entry["name"]: [name for name, _ in entry["ions"]] for entry in manifest["nodes"]}
    for entry in manifest["nodes"]:
        text = (directory / entry["file"]).read_text()
        openqasm3.parse(text)
        others = {name for node, names in ions.items() if node != entry["name"] for name in names}
        assert not others.intersection(re.findall(r"\w+", text))


@pytest.fixture
def three_nodes(tmp_path: Path) -> ThreeNodes:
    done = compile_circuit(chain(), "3x1+1@line", strategy="contiguous")
    return done, *written(done, tmp_path)


def test_tables(three_nodes: ThreeNodes) -> None:
    done, directory, _ = three_nodes
    pairs, messages, stays = (
        json.loads((directory / f"{n}.json").read_text()) for n in ("pairs", "messages", "qubits")
    )
    assert [row["tag"] for row in pairs] == list(range(done.report.ebits))
    assert all(0 <= row["earliest_s"] < row["latest_s"] for row in pairs)
    assert {row["link"] for row in pairs} <= {"qpu0-qpu1", "qpu1-qpu2"}
    assert all(row["minimum_fidelity"] == done.network.links[0].weights[0] for row in pairs)
    operations = done.program.operations
    remote = {i for i, op in enumerate(operations) if len(op.qubits) > 1}
    assert set().union(*[row["gates"] for row in pairs]) == remote
    assert len(messages) == 2 * len(pairs) + 1  # and the measured bit that qpu2 tests
    assert all(0 < row["deadline_s"] <= done.schedule.makespan_s for row in messages)
    assert {row["bit"] for row in messages if row["bit"].startswith("c")} == {"c[0]"}
    assert max(row["end_s"] for row in stays) == pytest.approx(done.schedule.makespan_s)


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: re.sub(old, new, text, count=1)


def swapped_requests(text: str) -> str:
    """The first two requests of pairs change places, and with them the tags for which the other side waits."""
    tags = re.findall(r"request_pair\((\d+), (\d+)", text)
    first, second = (re.search(rf"request_pair\({tag}, {peer}, \d+\);", text) for tag, peer in tags[:2])
    assert first is not None
    assert second is not None
    return text.replace(first[0], "@").replace(second[0], first[0]).replace("@", second[0])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced(r"send_bit\(0, \d, .*\);", ""), r"qpu1 waits for message 0 from qpu0, which never sends it"),
        (replaced(r"send_bit\(0, 1", "send_bit(77, 1"), r"qpu1 waits for message 0 from qpu0"),
        (replaced(r".*\bmeasure qpu0_data.*\n", r"\g<0>send_bit(9, 2, c[0]);\n"), r"qpu0 sends message 9 to qpu2"),
        (replaced(r"request_pair\(0.*\n", ""), r"qpu1 waits for Bell pair 0 with qpu0, which never asks"),
        (replaced(r"request_pair\(0, 1", "request_pair(0, 2"), r"Bell pair 0 is asked for by"),
        (replaced(r"U\(1\.57", "U(1.56"), r"not|became|differ|could"),
        (replaced(r"c\[0\] = measure (.*);", r"inbox[0] = measure \1;"), r"c\[0\]|bit"),
    ],
)
def test_wrong_programs_are_refused(three_nodes: ThreeNodes, change: Callable[[str], str], reason: str) -> None:
    done, directory, source = three_nodes
    edit(directory, "qpu0.qasm", change)
    found = verdict(done, directory, source)
    assert not found.equal
    assert re.search(reason, found.reason or "")


def test_nodes_that_wait_for_each_other(three_nodes: ThreeNodes) -> None:
    done, directory, source = three_nodes
    edit(directory, "qpu1.qasm", swapped_requests)
    found = verdict(done, directory, source)
    assert "the nodes wait for each other: qpu0 for Bell pair 0 with qpu1; qpu1 for message 0 from qpu0" in (
        found.reason or ""
    )


def test_directories_that_are_not_whole(three_nodes: ThreeNodes) -> None:
    done, directory, source = three_nodes
    text = (directory / "qpu0.qasm").read_text()
    (directory / "qpu0.qasm").write_text(text + "\n")
    with pytest.raises(InputError, match=r"qpu0.qasm: has changed"):
        verdict(done, directory, source)
    (directory / "qpu0.qasm").unlink()
    with pytest.raises(InputError, match=r"qpu0.qasm is missing"):
        verdict(done, directory, source)
    (directory / "qpu0.qasm").write_text(text)
    edit(directory, "qpu0.qasm", replaced(r"qpu0_data\[0\]", "qpu1_data[0]"))
    with pytest.raises(CircuitError, match=r"qpu0.qasm:\d+:\d+: 'qpu1_data' are ions of 'qpu1', not of 'qpu0'"):
        verdict(done, directory, source)
    (directory / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match=r"no manifest"):
        verdict(done, directory, source)


def test_programs_of_other_tools(three_nodes: ThreeNodes) -> None:
    """The same gates in other words: modifiers, definitions, conditions, constants, names of registers."""
    done, directory, source = three_nodes

    def rewritten(text: str) -> str:
        text = re.sub(r"if \((\S+)\[0\] == 1\)", r"if (!(\1[0] != 1))", text)
        text = re.sub(r"^h (.*);$", r"inv @ mine \1;", text, flags=re.MULTILINE)
        text = text.replace("cx qpu1_data[0], qpu1_memory[0];", "ctrl @ x qpu1_data[0], qpu1_memory[0];")
        return text.replace("qubit[1] qpu1_data;", "gate mine a { h a; }\nconst int next = 1 + 1;\nqubit[1] qpu1_data;")

    edit(directory, "qpu1.qasm", lambda text: rewritten(text).replace(", 2, ", ", next, "))
    found = verdict(done, directory, source)
    assert (found.equal, found.reason) == (True, None)


def test_the_same_bytes_and_whole_directories(tmp_path: Path) -> None:
    done = compile_circuit(chain(), "3x1+1@line", strategy="contiguous")
    for name in ("first", "second", "second"):
        done.save_nodes(tmp_path / name)
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("first", "second")
    )
    assert first == second
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(InputError, match="holds other files"):
        done.save_nodes(tmp_path / "mine")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["first", "mine", "second"]


def test_unbound_parameters_are_refused(tmp_path: Path) -> None:
    circuit = QuantumCircuit(2)
    circuit.rzz(Parameter("theta"), 0, 1)
    with pytest.raises(InputError, match="numbers for the parameters theta"):
        compile_circuit(circuit, "2x1+1", strategy="kl").save_nodes(tmp_path / "nodes")
