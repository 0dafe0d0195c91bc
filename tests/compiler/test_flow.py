"""The flow as a whole, from Python."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from qiskit import QuantumCircuit, qpy

import distq
from distq.compiler import emit_stage, flow, plan_stage
from distq.errors import InfeasiblePlanError, InputError, InternalError, NetworkError, UnknownNameError
from distq.frontend import read_circuit
from distq.ir.plan import Grow
from distq.planning.strategies import get_strategy
from distq.verification.plan_violation import PlanViolation
from helpers.circuits import COMMON, DYNAMIC, random_circuit
from helpers.coherent import assert_equivalent


def ghz(n):
    circuit = QuantumCircuit(n, name=f"ghz_{n}")
    circuit.h(0)
    for i in range(n - 1):
        circuit.cx(i, i + 1)
    return circuit


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"circuit": 3}, "no circuit: 3"),
        ({"network": 5}, "no network: 5"),
        ({"seed": -1}, "the seed is -1"),
        ({"seed": 1.5}, "the seed is 1.5"),
    ],
)
def test_arguments_of_the_wrong_kind(arguments, message):
    with pytest.raises(InputError, match=message):
        distq.compile(**{"circuit": ghz(4), "network": "2x2+1", "strategy": "contiguous", **arguments})


def test_a_network_file_by_its_path(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text("[[qpu]]\ncount = 2\ndata = 2\nmemory = 1\n")
    assert distq.compile(ghz(4), path, "contiguous").network == distq.compile(ghz(4), str(path), "contiguous").network


@pytest.mark.parametrize("network", ["2x3+1", "3x2+2@line", "2x4+inf", "6x1+2@ring"])
@pytest.mark.parametrize("seed", range(3))
def test_the_circuit_is_the_original(network, seed):
    source = random_circuit(6, 30, seed, DYNAMIC if seed % 2 else COMMON, clbits=2)
    done = distq.compile(source, network, "contiguous", seed)
    assert_equivalent(source, done.circuit)
    assert done.report.verified
    assert done.report.ebits == done.tally.ebits == done.circuit.count_ops().get("epr", 0)


def test_report_and_metadata_agree():
    done = distq.compile(ghz(8), "4x2+1")
    row = done.report.row()
    assert (row["ebits"], row["peak_memory"], row["memory"], row["qubits"], row["qpus"]) == (3, 1, 1, 8, 4)
    assert row["makespan_mean_s"] > row["bell_wait_s"] > 0
    assert row["makespan_p95_s"] > row["makespan_mean_s"]
    assert 0 <= row["ebits_lower_bound"] <= row["ebits"]
    metadata = done.circuit.metadata["distq"]
    timeless = {name: value for name, value in row.items() if not name.startswith("seconds_")}
    assert {name: value for name, value in metadata.items() if name in row} == timeless
    assert "layout" in metadata


def test_one_seed_one_result():
    first, again, other = (distq.compile(random_circuit(8, 60, 3), "2x4+2", "random", s) for s in (1, 1, 2))
    assert first.plan == again.plan
    assert first.circuit == again.circuit
    assert first.plan != other.plan


def test_a_plan_in_place_of_a_strategy(monkeypatch):
    source = ghz(6)
    done = distq.compile(source, "3x2+1", "kl", 4)
    again = distq.compile(source, "3x2+1", done.plan)
    assert again.circuit == done.circuit
    assert again.report.strategy == "kl"
    broken = replace(done.plan, steps=tuple(s for s in done.plan.steps if not isinstance(s, Grow)))
    with pytest.raises(InputError, match="step"):
        distq.compile(source, "3x2+1", broken)
    faulty = replace(get_strategy("kl"), search=lambda *_, seed, options: broken)
    monkeypatch.setattr(plan_stage, "get_strategy", lambda _: faulty)
    with pytest.raises(PlanViolation, match="step"):
        distq.compile(source, "3x2+1", "kl")


def test_files_carry_the_row(tmp_path):
    done = distq.compile(ghz(6), "3x2+1")
    for name in ("out.qasm", "out.qpy", "out.json"):
        done.save(tmp_path / name)
    for name in ("out.qasm", "out.qpy"):
        back = read_circuit(tmp_path / name)
        assert back.metadata["distq"]["ebits"] == 2
        assert_equivalent(done.source, back)
    with (tmp_path / "out.qpy").open("rb") as stream:
        assert qpy.load(stream)[0] == done.circuit
    assert json.loads((tmp_path / "out.json").read_text())["format"] == "distq-plan"


def test_links_are_needed_only_for_remote_gates():
    network = distq.Network(qpus=[distq.QPU(name="a", data=2, memory=0), distq.QPU(name="b", data=2, memory=0)])
    pairs = QuantumCircuit(4)
    pairs.cx(0, 1)
    pairs.cx(2, 3)
    assert distq.compile(pairs, network, "contiguous").report.ebits == 0
    with pytest.raises(NetworkError, match="connect"):
        distq.compile(ghz(4), network)
    with pytest.raises(NetworkError, match="1 too few"):
        distq.compile(ghz(5), network)


def test_bad_arguments():
    with pytest.raises(InfeasiblePlanError, match="memory"):
        distq.compile(ghz(4), "2x2+0")
    with pytest.raises(UnknownNameError, match="did you mean 'greedy'"):
        distq.compile(ghz(4), "2x2+1", "gredy")
    with pytest.raises(UnknownNameError, match="machine"):
        distq.compile(ghz(4), "2x2+1").simulate(monolithic="machine")


def test_checks_that_fail_stop_the_compilation(monkeypatch):
    facts = SimpleNamespace(ebits=0, link_ebits=(), peak_memory_by_qpu=(), peak_ions_by_qpu=())
    with monkeypatch.context() as patch:
        patch.setattr(plan_stage, "check_plan", lambda *_: facts)
        with pytest.raises(InternalError, match="replay"):
            distq.compile(ghz(4), "2x2+1")
    with monkeypatch.context() as patch:
        patch.setattr(flow, "lower", lambda program, plan, network: lowered_without_a_gate(program, plan, network))
        with pytest.raises(InternalError, match="not the original"):
            distq.compile(ghz(4), "2x2+1")


def lowered_without_a_gate(program, plan, network):
    from distq.execution.lower import lower
    from distq.ir.events import Execute

    events = lower(program, plan, network)
    last = max(i for i, e in enumerate(events.events) if isinstance(e, Execute) and len(e.ions) > 1)
    return replace(events, events=events.events[:last] + events.events[last + 1 :])


def test_large_circuits_say_that_only_the_plan_was_checked(monkeypatch):
    monkeypatch.setattr(emit_stage, "CHECKED_EVENTS", 3)
    monkeypatch.setattr(emit_stage, "verify_program", lambda *_: 1 / 0)
    done = distq.compile(ghz(4), "2x2+1")
    assert done.emitted is None
    assert "not compared" in done.report.details.checks
    assert done.circuit.count_ops()["epr"] == 1


def test_simulate():
    done = distq.compile(ghz(6), "3x2+1")
    report = done.simulate()
    assert 0.5 < report.fidelity < report.fidelity_monolithic < 1
    assert report.fidelity_ratio == pytest.approx(report.fidelity / report.fidelity_monolithic)
    assert sum(share for _, share in report.details.shares) == pytest.approx(1)
    assert done.simulate(monolithic="ideal").fidelity_monolithic == 1
    assert [kind for kind, _, _ in done.simulate(inputs=["zero"]).details.inputs] == ["zero"]
    again = done.simulate()
    assert (again.fidelity, again.fidelity_stderr) == (report.fidelity, report.fidelity_stderr)


def test_too_large_to_simulate_gives_nulls_and_the_product():
    report = distq.compile(random_circuit(40, 300, 1), "2x20+2", "contiguous").simulate()
    assert report.fidelity is None
    assert report.fidelity_stderr is None
    assert 0 < report.details.lower_bound < report.details.process_product < 1
    assert any("too many" in note.text for note in report.notes)
