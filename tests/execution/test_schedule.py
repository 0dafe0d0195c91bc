"""Schedules: times by hand on small cases; resources never shared and never idle without reason on random ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distq.execution.lower import lower
from distq.execution.schedule import Schedule, sample_makespans, schedule
from distq.ir.events import Allocate, CatDisentangle, CatEntangle, Events, Execute, HeraldPair, ions_of
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.program import Condition, Kind, Operation, Program
from distq.networks.network import Network
from helpers.networks import network_of
from helpers.schedules import GATE, HADAMARD, machine, of, program_of
from helpers.strategies import DYNAMIC, Planned, programs, random_plans


def run(program: Program, plan: Plan, network: Network) -> tuple[Events, Schedule]:
    events = lower(program, plan, network)
    return events, schedule(events, program, network)


def test_a_telegate_by_hand() -> None:
    local = Operation(Kind.LOCAL, (0,), factors=(HADAMARD,))
    plan = Plan((0, 1), (RunOp(0, 0), Grow(0, 0, 1), RunOp(1, 1), Shrink(0, 1)))
    events, times = run(program_of(local, GATE), plan, machine())
    entangle, gate, disentangle = of(CatEntangle, events), -2, of(CatDisentangle, events)
    assert times.start_s[of(HeraldPair, events)] == 0.0
    assert times.end_s[of(HeraldPair, events)] == 10_000
    assert times.start_s[entangle] == 10_000
    assert times.end_s[entangle] == 10_000 + 10 + 100 + 1000
    np.testing.assert_allclose(times.idle(entangle), [0, 0, 110])
    assert times.start_s[gate] == 10_000 + 10 + 100 + 1
    assert times.start_s[disentangle] == 10_121
    np.testing.assert_allclose(times.idle(disentangle), [0, 10_121 + 101 - 10_010])
    assert times.makespan_s == 10_121 + 1 + 100 + 1000
    assert times.bell_wait_s == pytest.approx(10_000 - 1)


def test_first_gates_come_as_late_as_they_are_needed_or_as_early_as_they_can() -> None:
    local = Operation(Kind.LOCAL, (0,), factors=(HADAMARD,))
    plan = Plan((0, 1), (RunOp(0, 0), Grow(0, 0, 1), RunOp(1, 1), Shrink(0, 1)))
    for when, start_s in (("late", 9_999.0), ("early", 0.0)):
        network = machine().model_copy(update={"first_operations": when})
        events, times = run(program_of(local, GATE), plan, network)
        allocate, gate, entangle = of(Allocate, events), of(Execute, events), of(CatEntangle, events)
        assert times.start_s[allocate] == times.start_s[gate] == start_s
        assert times.end_s[gate] == start_s + 1
        assert times.idle(entangle)[0] == 10_000 - 1 - start_s
        assert times.makespan_s == 10_121 + 1 + 100 + 1000


def test_qubits_are_kept_until_the_run_ends_or_until_their_measurement() -> None:
    local = [Operation(Kind.LOCAL, (q,), factors=(HADAMARD,)) for q in (0, 1)]
    measure = Operation(Kind.MEASURE, (1,), clbit=0)
    plan = Plan((0, 1), (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1), RunOp(1, 1)))
    events, times = run(program_of(GATE, local[1]), plan, machine())
    qubit_1 = 10_000 + 10 + 100 + 1 + 10 + 1
    assert times.held == events.final
    np.testing.assert_allclose(times.held_s, [times.makespan_s - t for t in (10_121 + 102, qubit_1)])
    plan = Plan((0, 1), (*plan.steps, RunOp(2, 1)))
    events, times = run(program_of(GATE, local[1], measure, clbits=1), plan, machine())
    assert [ion.qpu for ion in times.held] == [0]


def test_births_wait_until_they_are_wanted() -> None:
    plan = Plan((0, 1), (Grow(0, 0, 1), RunOp(0, 1), Shrink(0, 1)))
    events, times = run(program_of(GATE), plan, machine())
    assert times.start_s[of(Allocate, events)] == times.end_s[of(Allocate, events)] == 10_000
    assert times.idle(of(CatEntangle, events))[0] == 0


def test_a_link_makes_one_pair_at_a_time_and_ions_bound_the_rest() -> None:
    steps = (Grow(0, 0, 1), Shrink(0, 1), Grow(0, 0, 1), Shrink(0, 1))
    for memory, second in ((2, 10_000.0), (1, 10_000 + 111 + 101 + 1000)):
        events, times = run(program_of(GATE), Plan((0, 1), steps), machine(memory=memory))
        pairs = [i for i, e in enumerate(events.events) if isinstance(e, HeraldPair)]
        assert [times.start_s[i] for i in pairs] == [0.0, second]


def test_teledata_takes_a_transfer() -> None:
    local = Operation(Kind.LOCAL, (0,), factors=(HADAMARD,))
    plan = Plan((0, 1), (Grow(0, 0, 1), HandOver(((0, 1),)), Shrink(0, 0), RunOp(0, 1)))
    events, times = run(program_of(local), plan, machine(data=2))
    correction = 10_000 + 10 + max(1 + 100, 100 + 1)
    assert times.start_s[of(CatDisentangle, events)] == 10_010
    gate = next(i for i, e in enumerate(events.events) if type(e).__name__ == "Execute")
    assert times.end_s[gate] == correction + 1 + 5 + 1


def test_operations_last_as_long_as_their_native_gates() -> None:
    ops = [
        Operation(Kind.LOCAL, (0,), factors=(HADAMARD,)),
        Operation(Kind.ROTATION, (0, 1), angle=1.0),
        Operation(Kind.ROTATION, (0, 1, 2), angle=1.0),
        Operation(Kind.PHASE, (0, 1, 2), angle=1.0, pattern=(1, 1, 1)),
        Operation(Kind.RESET, (0,)),
        Operation(Kind.MEASURE, (0,), clbit=0),
    ]
    program = program_of(*ops, qubits=3, clbits=1)
    events, times = run(program, Plan((0, 0, 0), tuple(RunOp(i, 0) for i in range(6))), machine(data=3))
    length = [b - a for e, a, b in zip(events.events, times.start_s, times.end_s, strict=True) if len(ions_of(e))]
    executed = [d for e, d in zip(events.events, length, strict=True) if type(e).__name__ == "Execute"]
    assert executed == [1, 10, 30, 50, 1000, 100]


def test_conditions_wait_for_their_bits() -> None:
    ops = (
        Operation(Kind.MEASURE, (0,), clbit=1),
        Operation(Kind.LOCAL, (1,), factors=(HADAMARD,), condition=Condition((1,), 1)),
        Operation(Kind.MEASURE, (1,), clbit=1),
    )
    events, times = run(
        program_of(*ops, clbits=2),
        Plan((0, 1), (RunOp(0, 0), RunOp(1, 1), RunOp(2, 1))),
        machine(),
    )
    kinds = [type(e).__name__ for e in events.events]
    gate = [i for i, k in enumerate(kinds) if k == "Execute"][1]
    assert (times.start_s[gate], times.end_s[gate]) == (100, 101)


def test_nothing_to_do_takes_no_time() -> None:
    _, times = run(program_of(), Plan((0, 1), ()), machine())
    assert times.makespan_s == times.bell_wait_s == 0
    _, empty = run(program_of(qubits=0), Plan((), ()), machine())
    assert empty.makespan_s == 0
    assert len(empty.start_s) == 0
    assert (
        sample_makespans(Events((), ({"data": 0, "memory": 0},) * 2, ()), program_of(qubits=0), machine()).tolist()
        == [0.0] * 200
    )


NETWORKS = [network_of([3, 2], 2), network_of([1, 2, 2], 3, "line"), network_of([2, 2, 1], None)]


@settings(max_examples=30)
@given(random_plans(programs(operations=40, **DYNAMIC), st.sampled_from(NETWORKS)))
def test_random_schedules_are_consistent(planned: Planned) -> None:
    network = planned.network
    events, times = run(*planned)
    assert (times.idle_s >= -1e-12).all()
    assert (times.end_s >= times.start_s).all()
    assert (times.start_s >= 0).all()
    assert times.makespan_s == max(times.end_s)
    assert 0 <= times.bell_wait_s <= times.makespan_s
    assert times.touch_start[-1] == len(times.idle_s) == sum(len(ions_of(e)) for e in events.events)
    pairs = [i for i, e in enumerate(events.events) if isinstance(e, HeraldPair)]
    for link in range(len(network.links)):
        mine = [i for i in pairs if events.events[i].link == link]  # type: ignore[union-attr]
        for first, second in itertools.pairwise(mine):
            assert times.start_s[second] >= times.end_s[first] - 1e-12
    for i in pairs:
        assert times.idle(i).tolist() == [0.0, 0.0]
        assert times.start_s[i + 1] >= times.end_s[i] - 1e-12
    if pairs:
        assert times.bell_wait_s > 0


def test_sampled_makespans_agree_with_the_mean_of_a_chain() -> None:
    steps = [step for _ in range(5) for step in (Grow(0, 0, 1), Shrink(0, 1))]
    program, network = program_of(GATE), machine()
    events = lower(program, Plan((0, 1), tuple(steps)), network)
    mean = schedule(events, program, network).makespan_s
    samples = sample_makespans(events, program, network, samples=4000, seed=3)
    assert samples.shape == (4000,)
    assert samples.mean() == pytest.approx(mean, rel=0.03)
    assert samples.std() == pytest.approx(10_000 * np.sqrt(5), rel=0.1)
    again = sample_makespans(events, program, network, samples=4000, seed=3)
    np.testing.assert_array_equal(samples, again)
