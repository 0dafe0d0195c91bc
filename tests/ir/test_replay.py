"""The replay of plans: it counts the ions that the independent checker counts, and follows copies to their end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation, Program
from distq.ir.replay import PlanReplay
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of
from helpers.strategies import DYNAMIC, Planned, programs, random_plans

NETWORK = network_of([2, 2, 1], 3)
GATE = Operation(Kind.ROTATION, (0, 1), angle=0.3)


def replayed(program: Program, plan: Plan, network: Network) -> PlanReplay:
    replay = PlanReplay(program, network, plan)
    for step in plan.steps:
        replay.advance(step)
    replay.finish()
    return replay


@given(random_plans(programs(x_block=0.2, **DYNAMIC), st.just(NETWORK)))
def test_the_checker_counts_the_same_ions(planned: Planned) -> None:
    facts = check_plan(*planned)
    replay = replayed(planned.program, planned.plan, planned.network)
    assert tuple(replay.peak_memory) == facts.peak_memory_by_qpu
    assert tuple(replay.peak_data) == facts.peak_data_by_qpu
    assert not replay.embedded
    assert replay.memory == [0] * 3
    assert [list(members) for members in replay.members] == [[home] for home in replay.home]


@given(random_plans(programs(x_block=0.2, **DYNAMIC), st.just(NETWORK)))
def test_every_copy_begins_and_ends_with_a_step_on_it(planned: Planned) -> None:
    steps = planned.plan.steps
    replay = replayed(planned.program, planned.plan, planned.network)
    assert sum(not copy.left_behind for copy in replay.copies) == sum(isinstance(step, Grow) for step in steps)
    for copy in replay.copies:
        first, last = steps[copy.opened], steps[copy.closed]
        assert isinstance(first, HandOver) if copy.left_behind else first == Grow(copy.qubit, copy.source, copy.qpu)
        if copy.became_home:
            assert isinstance(last, HandOver)
            assert (copy.qubit, copy.qpu) in last.moves
        else:
            assert last == Shrink(copy.qubit, copy.qpu)
        for operation in copy.served:
            assert RunOp(operation, copy.qpu) in steps[copy.opened : copy.closed]


def test_a_move_ends_a_copy_and_leaves_another_behind() -> None:
    program = Program("gates", 2, 0, (GATE, GATE, GATE), (0, 1))
    steps = (Grow(0, 0, 1), RunOp(0, 1), HandOver(((0, 1),)), RunOp(1, 1), Grow(1, 1, 0), RunOp(2, 0))
    plan = Plan((0, 1), (*steps, Shrink(1, 0), Shrink(0, 0)))
    network = network_of([2, 2], 2)
    check_plan(program, plan, network)
    moved, behind, packet = replayed(program, plan, network).copies
    assert (moved.qubit, moved.qpu, moved.opened, moved.closed, moved.became_home) == (0, 1, 0, 2, True)
    assert (behind.qubit, behind.qpu, behind.left_behind, behind.closed) == (0, 0, True, 7)
    assert (packet.qubit, packet.source, packet.qpu, packet.parent) == (1, 1, 0, None)
    assert [copy.served for copy in (moved, behind, packet)] == [{0}, {2}, {2}]
    assert tally(plan, program, network).packets == 3


def test_a_copy_knows_the_copy_that_it_was_opened_from() -> None:
    program = Program("gate", 2, 0, (GATE,), (0, 1))
    steps = (Grow(0, 0, 1), Grow(0, 1, 2), Shrink(0, 1), RunOp(0, 2), Shrink(0, 2))
    relay, packet = replayed(program, Plan((0, 2), steps), network_of([1, 1, 1], 2)).copies
    assert packet.parent is relay
    assert (relay.children, packet.children) == (1, 0)
    assert (relay.served, packet.served) == (set(), {0})
