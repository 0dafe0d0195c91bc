"""Every circuit of circuits/ on two and four QPUs, all data ions taken, with 1, 2 and 4 memory ions each."""

from __future__ import annotations

from functools import cache

import pytest
from qiskit import QuantumCircuit

import distq
from distq.frontend import normalise, read_circuit
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.verification.plan_checker import check_plan
from helpers.paths import CIRCUITS

NAMES = sorted(path.stem for path in CIRCUITS.glob("*.qasm"))
LARGE = ("qb_square_root_n45",)
"""Circuits of more than 2,000 operations: only the plan is made and checked, and by a quick strategy."""
QUICK = ("bv_64", "cuccaro_15", "ghz_64", "qft_16")


@cache
def source(name: str) -> QuantumCircuit:
    return read_circuit(CIRCUITS / f"{name}.qasm")


@cache
def program(name: str) -> Program:
    return normalise(source(name))


def network_for(name: str, qpus: int, memory: int) -> Network:
    """So many QPUs whose data ions the circuit just fills."""
    return parse_network(f"{qpus}x{-(-program(name).num_qubits // qpus)}+{memory}")


@pytest.mark.slow
@pytest.mark.parametrize("memory", [1, 2, 4])
@pytest.mark.parametrize("qpus", [2, 4])
@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NAMES if n not in LARGE]
)
def test_compiles_checks_and_stays_within_memory(name, qpus, memory):
    done = distq.compile(source(name), network_for(name, qpus, memory), "kl")
    assert done.report.verified
    assert "compared" in done.report.details.checks
    assert 0 < done.report.peak_memory <= memory
    assert 0 < done.report.ebits == done.circuit.count_ops()["epr"]


@pytest.mark.parametrize("qpus", [2, 4])
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.slow
def test_plans_of_large_circuits_stay_within_memory(name, qpus):
    given, network = program(name), network_for(name, qpus, memory=1)
    plan = get_strategy("contiguous").plan(given, network, seed=0)
    facts, cost = check_plan(given, plan, network), tally(plan, given, network)
    assert (facts.ebits, facts.peak_memory_by_qpu) == (cost.ebits, cost.peak_memory_by_qpu)
    assert cost.peak_memory == 1


@pytest.mark.slow
def test_known_costs():
    """Costs that no good strategy exceeds, nor does a hasty one; the first two are optimal."""
    hasty = PlanningOptions(effort=0.1)
    for name, ebits in (("ghz_64", 3), ("bv_64", 2)):
        assert distq.compile(source(name), "4x16+1", options=hasty).report.ebits == ebits
    assert distq.compile(source("qft_16"), "2x8+1", options=hasty).report.ebits == 8
    report = distq.compile(source("qft_16"), "4x4+2", options=hasty).report
    assert report.ebits <= 28
    assert report.peak_memory <= 2
