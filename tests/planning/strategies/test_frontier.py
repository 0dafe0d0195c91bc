"""Operations become ready in valid orders, and executions can be taken back."""

from __future__ import annotations

import numpy as np
import pytest

from distq.ir.plan import Plan, RunOp
from distq.ir.program import Program
from distq.planning.strategies.frontier import Frontier
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of
from helpers.programs import random_program


def program_for(seed: int) -> Program:
    rng = np.random.default_rng(seed)
    return random_program(rng, 5, 40, clbits=2, measure=0.15, reset=0.05, condition=0.3, final_measure=True)


@pytest.mark.parametrize("commute", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_every_random_walk_is_a_valid_order(seed, commute):
    program, rng = program_for(seed), np.random.default_rng(seed)
    frontier = Frontier(program, commute=commute)
    order = []
    while frontier.ready:
        order.append(int(rng.choice(sorted(frontier.ready))))
        before = set(frontier.ready)
        fresh = frontier.execute(order[-1])
        assert frontier.ready == before - {order[-1]} | set(fresh)
    assert sorted(order) == list(range(len(program.operations)))
    plan = Plan((0,) * program.num_qubits, tuple(RunOp(operation, 0) for operation in order))
    check_plan(program, plan, network_of([5], 0))


@pytest.mark.parametrize("commute", [True, False])
def test_undo_restores_what_was_ready(commute):
    frontier, rng = Frontier(program_for(3), commute=commute), np.random.default_rng(3)
    states, done = [], []
    for _ in range(25):
        states.append(set(frontier.ready))
        done.append(int(rng.choice(sorted(frontier.ready))))
        frontier.execute(done[-1])
    for operation, state in zip(reversed(done), reversed(states), strict=True):
        frontier.undo(operation)
        assert frontier.ready == state


def test_successors_are_the_next_operations_on_the_operands():
    program = program_for(0)
    frontier = Frontier(program, commute=False)
    for index, op in enumerate(program.operations):
        later = [program.lines[q][program.lines[q].index(index) + 1 :] for q in op.qubits]
        assert {line[0] for line in later if line} <= set(frontier.successors(index))
        assert all(s > index for s in frontier.successors(index))
