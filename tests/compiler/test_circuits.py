"""Every circuit of circuits/ on two and four QPUs, all data ions taken, with 1, 2 and 4 memory ions each."""

from __future__ import annotations

from functools import cache

import pytest
from qiskit import QuantumCircuit

import distq
from distq.frontend import normalise, read_circuit
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.parse import parse_network
from distq.planning.strategies import get_strategy
from distq.verification.plan_checker import check_plan
from helpers.paths import CIRCUITS

NAMES = sorted(path.stem for path in CIRCUITS.glob("*.qasm"))
LARGE = 2000
"""From this many operations on, only the plan is made and checked, and with a quick strategy."""


@cache
def source(name: str) -> QuantumCircuit:
    return read_circuit(CIRCUITS / f"{name}.qasm")


@cache
def program(name: str) -> Program:
    return normalise(source(name))


@pytest.mark.parametrize("memory", [1, 2, 4])
@pytest.mark.parametrize("qpus", [2, 4])
@pytest.mark.parametrize("name", NAMES)
def test_compiles_checks_and_stays_within_memory(name, qpus, memory):
    given = program(name)
    network = parse_network(f"{qpus}x{-(-given.num_qubits // qpus)}+{memory}")
    if len(given.operations) >= LARGE:
        plan = get_strategy("contiguous").plan(given, network, seed=0)
        facts, cost = check_plan(given, plan, network), tally(plan, given, network)
        assert (facts.ebits, facts.peak_memory_by_qpu) == (cost.ebits, cost.peak_memory_by_qpu)
        assert 0 < cost.peak_memory <= memory
        return
    done = distq.compile(source(name), network, "kl")
    assert done.report.verified
    assert "compared" in done.report.details.checks
    assert 0 < done.report.peak_memory <= memory
    assert 0 < done.report.ebits == done.circuit.count_ops()["epr"]


def test_known_costs():
    """Costs that no good strategy exceeds; the first two are optimal."""
    for name, ebits in (("ghz_64", 3), ("bv_64", 2)):
        assert distq.compile(source(name), "4x16+1").report.ebits == ebits
    assert distq.compile(source("qft_16"), "2x8+1").report.ebits == 8
    report = distq.compile(source("qft_16"), "4x4+2").report
    assert report.ebits <= 28
    assert report.peak_memory <= 2
