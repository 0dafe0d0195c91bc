"""Break-even: crossings, comparators, and that the found point is one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import NoReturn

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from distq import compiler
from distq.cli import invoke
from distq.errors import InputError, UnknownNameError
from distq.frontend import normalise, to_circuit
from distq.ir.program import Program
from distq.networks.parse import parse_network
from distq.networks.parts import Link
from distq.simulation.choices import MODEL_NAMES
from distq.simulation.engines.bounds import process_product
from distq.simulation.engines.registry import ENGINES
from distq.simulation.execution import Execution
from distq.simulation.monolithic import heavy_hex
from distq.simulation.monolithic.models import MONOLITHIC_MODELS, monolithic_model
from distq.simulation.monolithic.one_trap import on_one_trap
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import Interrupted
from distq.simulation.statevector import op_kernels
from distq.simulation.statevector.input_states import InputState, input_states
from distq.simulation.statevector.op_arrays import flatten
from distq.studies.breakeven.breakeven import break_even, crossing
from distq.studies.breakeven.pair_sweep import WAITS_STDERR
from helpers.circuits import qft


def test_crossings() -> None:
    assert crossing(lambda x: x, 50.0, 1.0, 1e4, 14) == (pytest.approx(50.0, rel=1e-3), "at")
    assert crossing(lambda x: x, 0.5, 1.0, 10.0, 14) == (None, "always")
    assert crossing(lambda x: x, 50.0, 1.0, 10.0, 14) == (None, "never")


def test_a_routed_circuit_keeps_its_gates_and_its_meaning() -> None:
    circuit = QuantumCircuit(4)
    circuit.h(0)
    circuit.cp(0.3, 0, 1)
    circuit.cx(1, 3)
    circuit.rx(0.4, 2)
    circuit.ccx(0, 2, 3)
    routed = heavy_hex.route(normalise(circuit)).circuit
    program = heavy_hex.as_program(routed, "x")
    assert program.gates_2q == routed.count_ops()["cz"] > 8
    mine, given = (np.abs(Operator(c).data) for c in (to_circuit(program), routed))  # but for Z rotations at the end
    np.testing.assert_allclose(mine, given, atol=1e-9)


def test_inputs_start_where_the_routed_circuit_has_them() -> None:
    circuit = QuantumCircuit(5)
    for a, b in ((0, 1), (0, 2), (0, 3), (0, 4), (1, 3)):
        circuit.cx(a, b)
        circuit.ry(0.3 + a, b)
    program = normalise(circuit)
    found = monolithic_model("heavy-hex", program, parse_network("2x4+2"))
    assert found.layout is not None
    assert sorted(line for line in found.layout if line >= 0) == list(range(5))
    (state,) = input_states(["product"], 5, 3)

    def likelihoods(machine: Program, start: InputState) -> np.ndarray:
        run = Execution(on_one_trap(machine, found.without_relaxation().qpu))
        flat = flatten(run.frame_program, start)
        vector = start.vector()
        op_kernels.run(vector, flat.ops, 0, flat.size)
        return np.sort(np.abs(vector) ** 2)[::-1][:32]

    moved = likelihoods(found.program, found.input(state))
    np.testing.assert_allclose(moved, likelihoods(program, state), atol=1e-9)  # the same ones, on other wires
    other = replace(state, gates=(state.gates[1], state.gates[0], *state.gates[2:]))
    assert np.abs(moved - likelihoods(program, other)).max() > 1e-3


def test_comparators_rank_as_their_numbers_say() -> None:
    program, network = normalise(qft(8)), parse_network("2x4+2")
    found = {name: monolithic_model(name, program, network) for name in MONOLITHIC_MODELS}
    values = {name: process_product(Execution(one.execution())) for name, one in found.items()}
    assert values["same-trap"] > values["long-chain"] > values["heavy-hex"]
    assert values["same-trap"] > values["qccd"]
    assert all("assumed" in one.source or "no such machine" in one.source for one in found.values())
    with pytest.raises(UnknownNameError, match="heavy-hex"):
        monolithic_model("heavy-hax", program, network)


@pytest.mark.slow
def test_the_point_found_is_break_even() -> None:
    done = compiler.compile(qft(8), "2x4+2", "contiguous")
    found = break_even(done, ("heavy-hex", "same-trap"))
    hex_, same = found.points
    assert same.bell_verdict == same.rate_verdict == "never"
    assert hex_.bell_fidelity is not None
    lost = 1.0 - hex_.bell_fidelity
    links = tuple(link.model_copy(update={"weights": weights_of(link, lost)}) for link in done.network.links)
    network = done.network.model_copy(update={"links": links})
    waits = draw_idle_times(done.program, done.events, done.schedule, network, "random", 0, WAITS_STDERR)
    assert isinstance(waits, IdleTimes)
    run = Execution(reduce_events(done.program, done.events, waits, network), waits)
    assert process_product(run) == pytest.approx(hex_.fidelity, rel=1e-4)
    spared = hex_.gates_2q * 1.19e-3 - done.program.gates_2q * 1e-4
    assert hex_.bell_first_order == pytest.approx(1 - spared / done.tally.ebits)
    assert hex_.bell_first_order > hex_.bell_fidelity  # readout, waiting and one-qubit gates count too
    assert [y for _, y in found.by_rate] == sorted(y for _, y in found.by_rate)
    assert [y for _, y in found.by_infidelity] == sorted((y for _, y in found.by_infidelity), reverse=True)


@pytest.mark.slow
def test_simulated_points_are_break_even_of_state_fidelities() -> None:
    done = compiler.compile(qft(6), "2x3+2", "contiguous")
    found = break_even(done, ("heavy-hex",), simulate=True, precision=1e-3)
    (point,) = found.points
    assert "simulated (trajectories)" in found.method
    assert point.bell_fidelity is not None
    assert point.bell_stderr is not None
    lost = 1.0 - point.bell_fidelity
    links = tuple(link.model_copy(update={"weights": weights_of(link, lost)}) for link in done.network.links)
    moved = replace(done, network=done.network.model_copy(update={"links": links}))
    report = moved.simulate(precision=1e-3, seed=3, monolithic="heavy-hex")
    assert report.fidelity is not None
    assert report.fidelity_monolithic is not None
    assert report.fidelity == pytest.approx(report.fidelity_monolithic, abs=0.01)
    assert report.fidelity_monolithic == pytest.approx(point.fidelity, abs=0.02)
    again = break_even(done, ("heavy-hex",), simulate=True, precision=1e-3, workers=2)
    assert again.points == found.points


def weights_of(link: Link, lost: float) -> tuple[float, ...]:
    return (1 - lost, *(w / sum(link.weights[1:]) * lost for w in link.weights[1:]))


@pytest.mark.slow
def test_what_cannot_be_simulated_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    common = ["breakeven", "circuits/qft_64.qasm", "-n", "4x16+2", "-s", "contiguous", "--simulate"]
    assert invoke(common) == 2
    assert "64 qubits are too many to simulate" in capsys.readouterr().err
    assert invoke([*common[:-1], "--precision", "0.1"]) == 2
    assert "add --simulate" in capsys.readouterr().err


def test_heavy_hex_relaxes_where_the_engine_can_take_it() -> None:
    circuit = QuantumCircuit(30)
    circuit.h(0)
    for q in range(29):
        circuit.cx(q, q + 1)
    done = compiler.compile(circuit, "2x15+2", "contiguous")
    report = done.simulate(monolithic="heavy-hex", precision=0.02)
    assert report.fidelity_monolithic is not None
    assert any("relaxation not counted" in note.text for note in report.details.notes)
    small = compiler.compile(qft(4), "2x2+2", "contiguous").simulate(monolithic="heavy-hex")
    assert small.fidelity_monolithic is not None
    assert not any("relaxation not counted" in note.text for note in small.details.notes)


def test_an_interrupted_simulation_gives_no_points(monkeypatch: pytest.MonkeyPatch) -> None:
    done = compiler.compile(qft(4), "2x2+2", "contiguous")
    engine = ENGINES["trajectories"]

    def stopped(*arguments: object) -> NoReturn:
        raise Interrupted(engine.run(*arguments))  # type: ignore[arg-type]

    monkeypatch.setitem(ENGINES, "trajectories", replace(engine, run=stopped))
    with pytest.raises(KeyboardInterrupt):
        break_even(done, ("qccd",), simulate=True, precision=0.05)


def test_no_pairs_no_break_even() -> None:
    with pytest.raises(InputError, match="no Bell pairs"):
        break_even(compiler.compile(qft(3), "1x4", "contiguous"))


@pytest.mark.slow
def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path) -> None:  # type: ignore[no-untyped-def]
    picture = tmp_path / "breakeven.png"
    common = ["breakeven", "@qft:8", "-n", "2x4+2", "-s", "contiguous", "--against", "qccd"]
    assert invoke([*common, "--json", "--picture", str(picture)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["points"][0]["name"] == "qccd"
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert invoke(common) == 0
    assert "Bell fidelity needed" in capsys.readouterr().out


@pytest.mark.slow
def test_estimates_compare_with_every_model() -> None:
    done = compiler.compile(qft(4), "2x2+2", "contiguous")
    found = {model: done.simulate(monolithic=model).fidelity_monolithic or 0.0 for model in MODEL_NAMES}
    assert found["ideal"] == 1.0 > found["same-trap"] > found["long-chain"]
    assert found["same-trap"] > found["qccd"] > 0.9
    assert found["same-trap"] > found["heavy-hex"] > 0.8
