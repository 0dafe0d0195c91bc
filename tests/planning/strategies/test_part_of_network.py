"""Small circuits on large networks: one QPU, or a part of the network, and nothing that grows with the rest."""

from __future__ import annotations

import numpy as np
import pytest

from distq import compile
from distq.ir.plan import Grow, RunOp
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.networks.parts import QPU, Link
from distq.planning.strategies import get_strategy, strategies
from distq.planning.strategies.part_of_network import FEWEST_QPUS, one_qpu_plan, part_for
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import rewrite
from distq.verification.plan_checker import check_plan
from helpers.circuits import COMMON, random_circuit
from helpers.networks import network_of
from helpers.programs import random_program

QUICK = PlanningOptions(effort=0.01)
NAMES = sorted({s.name for s in strategies()} - {"exact"})
PROGRAM = random_program(np.random.default_rng(0), 6, 30)


@pytest.mark.parametrize("name", sorted({*NAMES, "exact"} - {"contiguous", "random"}))
def test_a_circuit_that_fits_one_qpu_needs_no_pairs(name: str) -> None:
    plan = get_strategy(name).plan(PROGRAM, network_of([2, 7, 2], 1), seed=0, options=QUICK)
    assert set(plan.homes) == {1}
    assert {type(step) for step in plan.steps} == {RunOp}
    assert plan.strategy == name


def test_of_several_large_enough_qpus_the_best_one_is_taken() -> None:
    qpus = (QPU(name="bad", data=6, error_2q=0.02), QPU(name="good", data=8), QPU(name="slow", data=6, time_2q_s=0.01))
    network = Network(name="three", qpus=qpus, links=(Link(a=0, b=1), Link(a=1, b=2)))
    plan = one_qpu_plan(PROGRAM, network)
    assert plan is not None
    assert set(plan.homes) == {1}
    assert one_qpu_plan(PROGRAM, network_of([5, 5], 1)) is None


@pytest.mark.parametrize("topology", ["line", "ring", "grid", "star", "complete"])
def test_parts_are_connected_and_have_room(topology: str) -> None:
    network = parse_network(f"60x1+2@{topology}")
    part = part_for(PROGRAM, network)
    assert part is not None
    assert len(part.qpus) == FEWEST_QPUS
    assert min(part.network.distance[0]) == 0
    for link in part.network.links:
        assert network.linked(part.qpus[link.a], part.qpus[link.b])
    assert part_for(PROGRAM, parse_network(f"{2 * FEWEST_QPUS}x1+2@{topology}")) is None


def test_parts_avoid_qpus_without_memory_ions() -> None:
    """A line whose largest QPUs have none: the part is what lies between two of them."""
    large = [s % 30 == 0 for s in range(90)]
    network = network_of([3 if here else 1 for here in large], [0 if here else 1 for here in large], "line")
    part = part_for(PROGRAM, network)
    assert part is not None
    assert all(network.qpus[s].memory for s in part.qpus)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "topology"), [*[(name, "complete") for name in NAMES], ("auto", "line"), ("swap-routing", "grid")]
)
def test_plans_on_a_part_are_plans_on_the_whole(name: str, topology: str) -> None:
    network = parse_network(f"60x2+1@{topology}")
    plan = get_strategy(name).plan(PROGRAM, network, seed=0, options=QUICK)
    program = rewrite(PROGRAM, plan.rewriting, network)
    facts = check_plan(program, plan, network)
    assert facts.ebits == tally(plan, program, network).ebits
    used = {qpu for step in plan.steps if type(step) is Grow for qpu in (step.source, step.target)}
    assert len(used) <= FEWEST_QPUS


def test_a_thousand_qpus_in_a_row() -> None:
    """Every stage, with registers only for QPUs that are used."""
    circuit = random_circuit(8, 20, 0, COMMON)
    done = compile(circuit, "1000x2+1@line", options=QUICK)
    assert done.report.verified
    assert len(done.circuit.qregs) <= 2 * FEWEST_QPUS
    assert sum(register.size for register in done.circuit.qregs) == done.circuit.num_qubits
