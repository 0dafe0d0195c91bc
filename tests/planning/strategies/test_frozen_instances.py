"""The frozen instances: their optima stand, and the strategies reach them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from distq.errors import InfeasiblePlanError
from distq.ir.tally import tally
from distq.planning.bounds import lower_bound
from distq.planning.strategies import get_strategy
from distq.planning.strategies.exact import optimal_plan
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import rewrite
from distq.verification.plan_checker import check_plan
from helpers.frozen_instances import FAMILIES, Instance, frozen

EFFORT = 0.02
"""Share of the usual search steps that ``auto`` gets here, to keep the test short."""
QUICK = ("anneal", "hypergraph", "kl", "greedy", "contiguous")


@cache
def ebits_of(strategy: str, instance: Instance) -> int | None:
    """Bell pairs of the strategy's checked plan; None if it finds none."""
    program = instance.program
    try:
        plan = get_strategy(strategy).plan(program, instance.network, seed=0, options=PlanningOptions(effort=EFFORT))
    except InfeasiblePlanError:
        return None
    rewritten = rewrite(program, plan.rewriting, instance.network)
    ebits = check_plan(rewritten, plan, instance.network).ebits
    if plan.rewriting is None:
        assert ebits >= instance.ebits, f"{strategy} beats the proven optimum of {instance.name}"
    return ebits


def test_at_least_a_hundred_of_all_kinds() -> None:
    instances = frozen()
    assert len(instances) >= 100
    assert {i.family for i in instances} == set(FAMILIES)
    assert {i.memory for i in instances} == {1, 2, None}
    assert {len(i.data) for i in instances} == {2, 3}
    assert {i.links for i in instances} == {"complete", "line"}
    full = sum(sum(i.data) == i.qubits for i in instances)
    assert 0.25 < full / len(instances) < 0.75
    assert len({i.name for i in instances}) == len(instances)


@pytest.mark.slow
def test_auto_reaches_nearly_all_optima() -> None:
    """On a third of the instances, drawn at random."""
    instances = np.random.default_rng(1).permutation(np.array(frozen(), dtype=object))[: len(frozen()) // 3].tolist()
    missed = {i.name: found for i in instances if (found := ebits_of("auto", i)) is None or found > i.ebits}
    assert len(missed) <= 0.05 * len(instances), missed


@pytest.mark.slow
@pytest.mark.parametrize("strategy", QUICK)
def test_no_strategy_beats_an_optimum(strategy: str) -> None:
    """``ebits_of`` compares; and most instances have a plan at all."""
    found = [ebits_of(strategy, i) for i in frozen()]
    assert sum(ebits is None for ebits in found) < 0.2 * len(found)


@pytest.mark.slow
@pytest.mark.parametrize("instance", frozen()[::6], ids=lambda i: i.name)
def test_bounds_hold(instance: Instance) -> None:
    assert lower_bound(instance.program, instance.network, nodes=4).ebits <= instance.ebits


@pytest.mark.parametrize("instance", [i for i in frozen() if i.qubits <= 5][::4], ids=lambda i: i.name)
def test_optima_are_found_again(instance: Instance) -> None:
    plan = optimal_plan(instance.program, instance.network, below=instance.ebits + 1, max_states=400_000)
    assert plan is not None
    assert tally(plan, instance.program, instance.network).ebits == instance.ebits
    check_plan(instance.program, plan, instance.network)
