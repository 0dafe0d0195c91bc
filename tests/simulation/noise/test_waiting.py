"""Waiting noise averaged over random schedules."""

from __future__ import annotations

import numpy as np
import pytest

from distq.execution.dispatch import CORRECTION_GATES, Dispatcher
from distq.execution.lower import lower
from distq.execution.schedule import schedule
from distq.ir.events import ions_of
from distq.simulation.noise.waiting import NEVER_IDLE, IdleTimes, draw_idle_times
from helpers.networks import network_of
from helpers.noise import beyond_pauli, noisy
from helpers.plans import random_plan
from helpers.programs import random_program


def test_relaxation_in_random_waits_is_the_mean_over_the_schedules() -> None:
    rng = np.random.default_rng(11)
    network = beyond_pauli(noisy(network_of([2, 1], 3), rng), "relaxation", rng)
    program = random_program(rng, 3, 8)
    events = lower(program, random_plan(program, network, rng), network)
    waits = draw_idle_times(program, events, schedule(events, program, network), network, "random", 4, 0.01)
    assert isinstance(waits, IdleTimes)
    ions = [ion for event in events.events for ion in ions_of(event)]
    qpus = [network.qpus[ion.qpu] for ion in (*ions, *waits.held)]
    ratio = Dispatcher(events, program, network, CORRECTION_GATES).idle_ratios(len(waits.ratio), 4)
    for touch, column in enumerate(waits.column.tolist()):
        if column == NEVER_IDLE:
            continue
        qpu, time_s = qpus[touch], ratio[:, touch] * qpus[touch].t2_s
        assert waits.decayed[column] == pytest.approx(1.0 - np.exp(-time_s / qpu.t1_s).mean())
        kept = np.sqrt(1.0 - waits.decayed[column]) * (1.0 - 2.0 * waits.decay_spread[column])
        assert kept == pytest.approx(np.exp(-time_s / (2.0 * qpu.t1_s)).mean())
        phases = np.exp(-waits.ratio[:, column] - time_s / (2.0 * qpu.t1_s))
        assert phases == pytest.approx(np.exp(-time_s / qpu.t2_s))
