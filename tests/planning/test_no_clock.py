"""No clock decides: equal seeds give equal plans and bounds, however slow or busy the machine is."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from distq.ir.plan import Plan
from distq.planning.bounds import Bound, lower_bound
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from helpers.networks import network_of
from helpers.programs import random_program

PROGRAM = random_program(np.random.default_rng(2), 6, 16, phase=0.1)
NETWORK = network_of([2, 2, 2], 2)


def plan_and_bound() -> tuple[Plan, Bound]:
    plan = get_strategy("auto").plan(PROGRAM, NETWORK, seed=0, options=PlanningOptions(effort=0.01))
    return plan, lower_bound(PROGRAM, NETWORK, nodes=4)


@pytest.mark.slow
def test_a_machine_on_which_every_look_at_the_clock_takes_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    quick, minutes = plan_and_bound(), itertools.count()
    for name in ("monotonic", "perf_counter", "process_time", "time"):
        monkeypatch.setattr(time, name, lambda: 60.0 * next(minutes))
    assert plan_and_bound() == quick


@pytest.mark.slow
def test_a_busy_machine() -> None:
    idle = plan_and_bound()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        assert plan_and_bound() == idle
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_the_bound_uses_the_integer_program_and_more_nodes_never_lower_it() -> None:
    few, many = (lower_bound(PROGRAM, NETWORK, nodes=nodes) for nodes in (1, 20))
    assert dict(few.all)["integer program"] <= dict(many.all)["integer program"]
    assert dict(many.all)["integer program"] > 0
