"""Plans without the packets that they can do without: valid, no dearer, and still of every operation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq.execution.lower import lower
from distq.frontend import normalise, read_circuit
from distq.ir.events import Execute
from distq.ir.plan import Grow, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation, Program
from distq.ir.tally import tally
from distq.networks.parse import parse_network
from distq.planning.refine import prune, prune_within
from distq.planning.strategies import get_strategy
from distq.rewrite import drop, removal_angle
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.programs import random_program
from helpers.strategies import Planned, plans_by, programs

NETWORKS = {
    "full": network_of([2, 2, 2], 2),
    "slack": network_of([3, 3, 3], 1),
    "line": network_of([2, 2, 2], 3, "line"),
    "ring": network_of([2, 1, 1, 2], None, [(0, 1), (1, 2), (2, 3), (0, 3)]),
}
STRATEGIES = ("contiguous", "kl", "burst", "static-packets", "teledata-routing", "greedy", "per-gate", "time-sliced")


SHARES = {"clbits": 2, "measure": 0.04, "reset": 0.03, "condition": 0.1, "local": 0.2}
PROGRAMS = programs(6, 60, **SHARES) | programs(6, 60, x_block=0.3, **SHARES)


@pytest.mark.slow
@settings(max_examples=120)
@given(plans_by(STRATEGIES, PROGRAMS, st.sampled_from(list(NETWORKS.values()))), st.floats(0.0, 1.5))
def test_pruned_plans_are_valid_and_within_the_budget(planned: Planned, allowed: float) -> None:
    program, plan, machine = planned
    before = check_plan(program, plan, machine)

    whole = prune(program, machine, plan)
    facts = check_plan(program, whole, machine)
    assert facts.ebits <= before.ebits
    assert all(a <= b for a, b in zip(facts.peak_memory_by_qpu, before.peak_memory_by_qpu, strict=True))
    assert prune(program, machine, whole) == whole

    found = prune_within(program, machine, plan, allowed)
    angles = [removal_angle(program.operations[index]) for index in found.missing]
    assert None not in angles
    assert math.isclose(found.angle, math.fsum(a or 0.0 for a in angles), abs_tol=1e-12)
    assert found.angle <= allowed + 1e-12
    kept = [i for i in range(len(program.operations)) if i not in found.missing]
    number = {index: k for k, index in enumerate(kept)}
    steps = [RunOp(number[s.operation], s.qpu) if isinstance(s, RunOp) else s for s in found.plan.steps]
    less = Plan(plan.homes, tuple(steps))
    assert check_plan(drop(program, found.missing), less, machine).ebits <= facts.ebits


def test_a_copy_that_another_makes_superfluous_goes() -> None:
    """q0 (QPU 0) and q1 (QPU 1) meet at QPU 1 on a copy of q0, though q1 visits QPU 0 for another gate."""
    program = Program(
        "two",
        3,
        0,
        (Operation(Kind.ROTATION, (0, 1), angle=0.5), Operation(Kind.ROTATION, (1, 2), angle=0.7)),
        (0, 1, 2),
    )
    network = network_of([2, 1], 1)
    steps = (
        *(Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1)),
        *(Grow(1, 1, 0), RunOp(1, 0), Shrink(1, 0)),
    )
    plan = Plan((0, 1, 0), steps)
    assert prune(program, network, plan).steps == (Grow(1, 1, 0), RunOp(0, 0), RunOp(1, 0), Shrink(1, 0))


def test_a_relay_goes_with_the_copy_that_it_was_for() -> None:
    program = Program("far", 2, 0, (Operation(Kind.ROTATION, (0, 1), angle=0.01),), (0, 1))
    network = network_of([1, 1, 1], 2, "line")
    steps = (Grow(0, 0, 1), Grow(0, 1, 2), RunOp(0, 2), Shrink(0, 1), Shrink(0, 2))
    plan = Plan((0, 2), steps)
    assert check_plan(program, plan, network).ebits == 2
    assert prune_within(program, network, plan, 0.0049).plan == plan
    found = prune_within(program, network, plan, 0.0051)
    assert (found.plan.steps, found.missing) == ((), (0,))


def test_a_pair_better_than_what_is_lost_stays() -> None:
    """The infidelity of the pair and what goes with it decides, not the budget alone."""
    program = Program("near", 2, 0, (Operation(Kind.ROTATION, (0, 1), angle=0.2),), (0, 1))
    plan = Plan((0, 1), (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1)))
    for fidelity, goes in ((0.97, True), (0.9999, False)):
        network = parse_network("2x1+1")
        weights = (fidelity, 1.0 - fidelity, 0.0, 0.0)
        quiet = {"error_1q": 0.0, "error_2q": 0.0, "error_measure": 0.0, "error_reset": 0.0}
        network = network.model_copy(
            update={
                "links": tuple(link.model_copy(update={"weights": weights}) for link in network.links),
                "qpus": tuple(qpu.model_copy(update=quiet) for qpu in network.qpus),
            }
        )
        assert bool(prune_within(program, network, plan, 0.5).missing) == goes  # sin(0.1)^2 is 0.00997


@pytest.mark.parametrize(("memory", "most"), [(1, 45), (2, 45)])
def test_pruning_pays_where_copies_were_opened_again(memory: int, most: int) -> None:
    program = normalise(read_circuit("circuits/qft_32.qasm"))
    network = parse_network(f"4x9+{memory}")
    plan = get_strategy("kl").plan(program, network, seed=0)
    whole = prune(program, network, plan)
    check_plan(program, whole, network)
    assert tally(whole, program, network).ebits <= most < tally(plan, program, network).ebits


def test_copies_that_follow_and_those_that_they_follow_stay() -> None:
    """Pruning alone would see no use of a control's copy at the QPU of a copy that follows."""
    followed = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        program = random_program(rng, 6, 45, local=0.1, x_block=0.4, phase=0.0)
        machine = NETWORKS["full"] if seed % 2 else network_of([2, 2, 2], None)
        plan = (
            random_plan(program, network_of([2, 2, 2], None), rng)
            if seed % 3
            else get_strategy("kl").plan(program, machine, seed=seed)
        )
        machine = network_of([2, 2, 2], None) if seed % 3 else machine
        before = check_plan(program, plan, machine)
        assert check_plan(program, prune(program, machine, plan), machine).ebits <= before.ebits
        events = lower(program, prune(program, machine, plan), machine)
        followed += sum(isinstance(event, Execute) and bool(event.followers) for event in events.events)
        for allowed in (0.3, 1.5):
            found = prune_within(program, machine, plan, allowed)
            kept = [i for i in range(len(program.operations)) if i not in found.missing]
            number = {index: k for k, index in enumerate(kept)}
            steps = [RunOp(number[s.operation], s.qpu) if isinstance(s, RunOp) else s for s in found.plan.steps]
            check_plan(drop(program, found.missing), Plan(plan.homes, tuple(steps)), machine)
    assert followed > 10
