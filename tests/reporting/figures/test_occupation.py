"""The picture and the timeline behind it."""

from __future__ import annotations

import itertools

import pytest
from qiskit import QuantumCircuit

import distq
from distq.ir.events import Ion
from distq.reporting.figures.occupation import draw, figure_of
from distq.reporting.figures.occupation_data import WAIT, timeline
from distq.reporting.figures.style import PALETTE


@pytest.fixture(scope="module")
def done():
    circuit = QuantumCircuit(4, name="chain")
    circuit.h(0)
    for i in range(3):
        circuit.cx(i, i + 1)
    return distq.compile(circuit, "2x2+1", "contiguous")


def test_every_ion_holds_one_thing_at_a_time(done):
    line = timeline(done.events, done.schedule.start_s.tolist(), done.schedule.end_s.tolist())
    for ion in {stay.ion for stay in line.stays}:
        stays = sorted((s for s in line.stays if s.ion == ion), key=lambda s: s.start_s)
        assert all(a.end_s <= b.start_s + 1e-12 for a, b in itertools.pairwise(stays))
    assert len(line.pairs) == done.tally.ebits == 1
    assert line.end_s == pytest.approx(done.schedule.makespan_s)
    assert {s.qubit for s in line.stays if s.ion.role == "data"} == {0, 1, 2, 3}
    copies = [s for s in line.stays if s.ion.role == "memory" and s.qubit != WAIT]
    assert [(s.ion, s.qubit) for s in copies] in ([(Ion(1, "memory", 0), 1)], [(Ion(0, "memory", 0), 2)])
    assert {len(ions) for _, ions in line.gates} == {2}


@pytest.mark.slow
def test_files_are_reproducible(done):
    for kind in ("png", "svg", "pdf"):
        assert draw(done, kind) == draw(done, kind)
    svg = draw(done, "svg").decode()
    for word in ("chain on 2x2+1: 1 Bell pair", "qpu0 data", "q3", "time (ms)"):
        assert word in svg


@pytest.mark.slow
def test_many_qpus_and_no_events():
    circuit = QuantumCircuit(len(PALETTE) + 2)
    nothing = distq.compile(circuit, f"{len(PALETTE) + 2}x1+1", "contiguous")
    (axes,) = figure_of(nothing).axes
    assert axes.get_xlim() == (0.0, 1e-6)
    assert "µs" in axes.get_xlabel()
