"""All kinds of pictures: they can be drawn, say what they show, and show what is there."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from qiskit import QuantumCircuit

import distq
from distq.cli.draw import KIND_NAMES
from distq.errors import InputError, UnknownNameError
from distq.ir.events import Ion
from distq.reporting.figures import circuit as circuit_picture
from distq.reporting.figures.interaction import shared_gates
from distq.reporting.figures.kinds import KINDS
from distq.reporting.figures.network_map import layout
from distq.reporting.figures.occupation import apart
from distq.reporting.figures.occupation_data import Stay, timeline
from distq.reporting.figures.occupation_overview import mean_number
from distq.reporting.figures.qpu_colours import colour_of, pattern_of
from distq.reporting.figures.style import COLUMN_MM, View
from distq.reporting.figures.waterfall import steps_of


def _chain(qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits, name="chain")
    circuit.h(0)
    for i in range(qubits - 1):
        circuit.cx(i, i + 1)
    return circuit


@pytest.fixture(scope="module")
def done():
    return distq.compile(_chain(4), "2x2+1", "contiguous")


@pytest.fixture(scope="module")
def simulated(done):
    return replace(done, report=done.simulate(inputs=["zero"], waits="mean"))


def test_the_command_knows_all_kinds():
    assert set(KIND_NAMES) == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_names_the_circuit_and_how_it_was_planned(simulated, name):
    drawn = simulated.draw(name, file_kind="svg", view=View(COLUMN_MM))
    text = drawn.content.decode()
    assert "chain" in text
    assert "Strategy contiguous, seed 0; numbers of the scenario ionq-two-traps, which are assumed" in text
    assert f"{COLUMN_MM / 25.4 * 72:.2f}"[:5] in text[:600]


def test_a_kind_that_there_is_not(done):
    with pytest.raises(UnknownNameError, match="'waterfal'"):
        done.draw("waterfal")


def test_a_waterfall_adds_up_and_needs_a_fidelity(done, simulated):
    lost = sum(step for _, step, _ in steps_of(simulated.report))
    assert 1.0 - lost == pytest.approx(simulated.report.fidelity)
    with pytest.raises(InputError, match="there is no fidelity to show"):
        steps_of(done.report)


def test_a_part_of_a_run_shows_what_happens_in_it(done):
    whole = timeline(done.events, done.schedule.start_s.tolist(), done.schedule.end_s.tolist())
    herald_s = whole.pairs[0][0]
    part = whole.between(herald_s, herald_s + 1e-4)
    assert part.pairs == whole.pairs
    assert all(herald_s <= stay.start_s <= stay.end_s <= herald_s + 1e-4 for stay in part.stays)
    assert not whole.between(0.0, herald_s / 2).pairs
    with pytest.raises(InputError, match="nothing happens from"):
        whole.between(2 * whole.end_s, None)


def test_twenty_qpus_look_different():
    assert len({(colour_of(qpu), pattern_of(qpu)) for qpu in range(56)}) == 56


def test_pairs_at_the_same_time_stand_apart():
    places = [place for _, place, _, _ in apart([(1.0, 0.0, 5.0), (1.0, 1.0, 4.0), (1.0, 6.0, 8.0)], 0.1)]
    assert sorted(places) == pytest.approx([1.0, 1.0, 1.1])


def test_mean_numbers_of_ions_are_those_of_the_stays():
    rng = np.random.default_rng(0)
    stays = [Stay(Ion(0, "memory", 0), 0, a, a + b) for a, b in rng.uniform(0, 1, (20, 2))]
    edges = np.linspace(0.0, 2.0, 8)
    covered = [sum(max(0.0, min(s.end_s, hi) - max(s.start_s, lo)) for s in stays) for lo, hi in pairwise(edges)]
    assert mean_number(stays, edges) == pytest.approx(np.array(covered) / (edges[1] - edges[0]))


def test_shared_gates_and_places(done):
    assert shared_gates(done.program) == {(0, 1): 1, (1, 2): 1, (2, 3): 1}
    places = layout(distq.compile(_chain(4), "4x1+2@line", "contiguous").network)
    assert len(set(places)) == 4


def test_a_circuit_too_long_for_a_picture_says_which_part_to_show():
    circuit = QuantumCircuit(4)
    for k in range(200):
        circuit.rx(0.3, k % 3)
        circuit.cp(0.5, k % 3, (k + 1) % 3)
    done = distq.compile(circuit, "2x2+1", "contiguous")
    with pytest.raises(InputError, match="too long for one picture") as caught:
        circuit_picture.draw(done)
    assert "--from 0ms --to" in caught.value.hint


def test_results_are_brief_in_a_notebook(simulated):
    for value in (simulated, simulated.report):
        assert len(repr(value).splitlines()) == 3
        assert "chain" in value._repr_html_()
    drawn = simulated.draw("network")
    assert drawn._repr_png_().startswith(b"\x89PNG")
    assert drawn._repr_svg_() is None
    assert repr(drawn).startswith("<Picture: png")
