"""What a compilation decides by itself is told, in words and as data."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from rich.console import Console

import distq
from distq.networks.distilled_links import distillation_options, raw_pairs
from distq.networks.parse import parse_network
from distq.networks.swapped_links import with_swapping
from distq.reporting.table import render
from distq.util.note import Note
from helpers.circuits import qft


def ghz(qubits: int, *, measured: bool = False) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, qubits if measured else 0, name="ghz")
    circuit.h(0)
    for q in range(qubits - 1):
        circuit.cx(q, q + 1)
    if measured:
        circuit.measure(range(qubits), range(qubits))
    return circuit


def kinds(done: distq.Compilation) -> list[str]:
    return [note.kind for note in done.notes]


def note(done: distq.Compilation, kind: str) -> Note:
    (found,) = [note for note in done.notes if note.kind == kind]
    return found


def test_a_plain_compilation_has_nothing_to_say() -> None:
    assert distq.compile(ghz(4), "2x2+1", "contiguous").notes == ()


def test_rotations_by_zero_are_counted() -> None:
    circuit = qft(5)
    before = circuit.num_nonlocal_gates()
    circuit.cp(0.0, 0, 1)
    circuit.rzz(0, 2, 4)
    circuit.cp(1e-15, 0, 1)
    found = note(distq.compile(circuit, "2x3+2", "contiguous"), "negligible-rotations")
    assert found.values == {"left_out": 2, "gates": before + 3}
    assert found.text.startswith(f"2 of {before + 3} multi-qubit gates")


def test_unbound_parameters_are_named() -> None:
    circuit = ghz(2)
    circuit.rzz(Parameter("b"), 0, 1)
    circuit.rx(Parameter("a"), 0)
    found = note(distq.compile(circuit, "2x1+1", "contiguous"), "unbound-parameters")
    assert found.values == {"parameters": 2, "names": "a, b"}


def test_a_memory_that_is_not_given_is_told() -> None:
    for network, said in (("2x2", True), ("2x2+2", False), ("2x2+inf", False)):
        assert ("default-memory" in kinds(distq.compile(ghz(4), network, "contiguous"))) is said
    assert note(distq.compile(ghz(4), "2+1,2", "contiguous"), "default-memory").values == {"memory": 2, "qpus": 1}


def test_a_file_without_memory_is_told(tmp_path: Path) -> None:
    file = tmp_path / "n.toml"
    file.write_text("[[qpu]]\ncount = 2\ndata = 2\n")
    assert kinds(distq.compile(ghz(4), file, "contiguous")) == ["default-memory"]
    file.write_text("[defaults.qpu]\nmemory = 1\n[[qpu]]\ncount = 2\ndata = 2\n")
    assert kinds(distq.compile(ghz(4), file, "contiguous")) == []


def test_a_circuit_without_gates_is_told() -> None:
    assert kinds(distq.compile(QuantumCircuit(3), "2x2+1", "contiguous")) == ["empty-circuit"]


def test_measured_ions_that_are_used_again_are_told() -> None:
    done = distq.compile(ghz(4, measured=True), "2x2+1", "auto")
    assert done.report.ebits == 0
    found = note(done, "ions-used-again")
    assert found.text == "4 qubits on 2 ions: measured ions are used again, 2 times (unless --no-reuse)"
    assert found.values == {"qubits": 4, "ions": 2, "times": 2}
    (compared,) = [n for n in done.simulate(inputs=["zero"]).notes if n.kind == "compared-state"]
    assert "never all exist at once" in compared.text
    plain = distq.compile(ghz(4, measured=True), "2x4+1", "contiguous").simulate(inputs=["zero"])
    assert [n.text for n in plain.notes if n.kind == "compared-state"] == [
        "state fidelity just before the final measurements"
    ]


def test_distilled_pairs_cost_raw_ones() -> None:
    network = parse_network("2x2+3:oxford-2025")
    done = distq.compile(ghz(4), network, "contiguous", distill="dejmps")
    (link,) = network.links
    (once,) = [o for o in distillation_options(link, *network.qpus) if o.method == "dejmps"]
    found = note(done, "raw-pairs")
    assert found.values["pairs"] == done.report.ebits
    assert found.values["raw_pairs"] == pytest.approx(once.pairs * done.report.ebits)
    assert once.pairs > 2.0
    assert "raw-pairs" not in kinds(distq.compile(ghz(4), network, "contiguous"))


def test_a_swapped_pair_takes_what_its_hops_take() -> None:
    network = with_swapping(parse_network("3x2+6@line:oxford-2025"))
    one, other, both = raw_pairs(network, "dejmps")
    assert (one, both) == (other, one + other)
    assert raw_pairs(network, "none") == [1.0, 1.0, 2.0]


def test_what_was_tried_and_not_used_is_told_with_both_estimates() -> None:
    done = distq.compile(qft(6), "3x2+4@line:oxford-2025", "contiguous", distill="auto", swap="auto")
    for kind in ("distillation", "swapping"):
        found = note(done, kind)
        used, other = found.values["fidelity_with"], found.values["fidelity_without"]
        assert isinstance(used, float)
        assert isinstance(other, float)
        assert 0.0 < used < 1.0
        assert 0.0 < other < 1.0
        assert found.values["used"] == int(used > other)
        assert f"{used:.4g}" in found.text
        assert f"{other:.4g}" in found.text
        assert ("tried and not used" in found.text) is (used <= other)


def test_what_cannot_be_tried_is_told() -> None:
    assert "no Bell pair" in note(distq.compile(ghz(2), "1x2+2", "contiguous", distill="auto"), "distillation").text
    done = distq.compile(ghz(4), "2x2+1", "contiguous", distill="auto")
    assert "2 memory ions" in note(done, "distillation").text
    assert "links join all" in note(distq.compile(ghz(4), "2x2+2", "contiguous", swap="auto"), "swapping").text


def test_notes_are_in_the_table_and_in_the_details() -> None:
    done = distq.compile(ghz(4, measured=True), "2x2", "contiguous")
    report = done.simulate(inputs=["zero"])
    assert [n.kind for n in report.notes[: len(done.notes)]] == kinds(done)
    details = json.loads(report.to_json(details=True))["details"]
    assert details["notes"] == [n.text for n in report.notes]
    assert details["notes_typed"][0] == {
        "kind": "default-memory",
        "text": report.notes[0].text,
        "values": {"memory": 2, "qpus": 2},
    }
    console = Console(width=300, file=io.StringIO())
    with console.capture() as capture:
        console.print(render(report))
    shown = capture.get()
    assert all(n.text in shown for n in report.notes)
