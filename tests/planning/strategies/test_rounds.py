"""Rounds of a search, and when it ends."""

import pytest
from qiskit import QuantumCircuit

from distq.compiler import CompileOptions, compile_with_options
from distq.frontend import normalise
from distq.ir.tally import bell_pairs
from distq.networks import parse_network
from distq.planning.strategies import auto as auto_module
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import NO_PLAN_EBITS, PlanningInterruptedError, PlanningOptions
from distq.planning.strategies.rounds import LEAST_EFFORT, MOST_EFFORT, ROUNDS, Rounds
from distq.rewrite import rewrite
from distq.verification.circuit_checker import verify_circuit
from distq.verification.plan_checker import check_plan


def test_a_search_that_finds_nothing_ends_after_the_least_effort():
    rounds = Rounds()
    spent = 0.0
    while True:
        spent += 0.5
        if rounds.end(0.5, 7.0):
            break
    assert spent == pytest.approx(1.5)
    assert spent >= LEAST_EFFORT


def test_a_search_that_finds_better_plans_goes_on_for_half_as_long_again():
    rounds = Rounds()
    assert not any(rounds.end(0.5, 10.0 - k) for k in range(4))  # best plan after an effort of 2
    assert not rounds.end(0.5, 7.0)
    assert rounds.end(0.5, 7.0)


def test_where_there_are_many_pairs_more_effort_is_worth_it():
    rounds = Rounds()
    assert not rounds.end(1.3, 100.0)
    assert rounds.end(1.3, 100.0)


def test_a_search_ends_at_the_most_effort():
    rounds = Rounds()
    efforts = [1.0] * int(MOST_EFFORT)
    assert [rounds.end(e, -k) for k, e in enumerate(efforts)] == [False] * (len(efforts) - 1) + [True]


def test_later_rounds_run_fewer_kinds_with_more_effort():
    assert [part.effort for part in ROUNDS] == sorted(part.effort for part in ROUNDS)
    assert [part.kinds for part in ROUNDS] == sorted((part.kinds for part in ROUNDS), reverse=True)
    assert ROUNDS[0].total_effort(2) < ROUNDS[0].total_effort(6)


@pytest.fixture
def random_program():
    circuit = QuantumCircuit(8)
    for k in range(40):
        circuit.rx(0.1 * k + 0.05, k % 8)
        circuit.cz(k * 3 % 8, (k * 5 + 1 + k // 8) % 8 if (k * 5 + 1 + k // 8) % 8 != k * 3 % 8 else (k * 3 + 1) % 8)
    return normalise(circuit)


@pytest.mark.slow
def test_the_clock_decides_nothing(random_program, monkeypatch):
    network = parse_network("2x4+2")
    plans = [get_strategy("auto").plan(random_program, network, seed=3)]
    ticks = iter(range(10**9))
    monkeypatch.setattr(auto_module.time, "monotonic", lambda: 100.0 * next(ticks))  # as slow as can be
    plans.append(get_strategy("auto").plan(random_program, network, seed=3))
    assert plans[0] == plans[1]


def test_no_time_at_all_gives_a_plan(random_program):
    network = parse_network("2x4+2")
    plan = get_strategy("auto").plan(random_program, network, seed=0, options=PlanningOptions(time_limit_s=0.0))
    assert bell_pairs(plan.steps, network) > 0


def test_rounds_never_make_a_plan_worse(random_program):
    network = parse_network("2x4+2")
    first = get_strategy("anneal").plan(random_program, network, seed=0, options=PlanningOptions(effort=0.01))
    longer = get_strategy("anneal").plan(random_program, network, seed=0, options=PlanningOptions(effort=0.3))
    static = get_strategy("kl").plan(random_program, network, seed=0)
    assert bell_pairs(longer.steps, network) <= bell_pairs(static.steps, network)
    assert bell_pairs(first.steps, network) <= bell_pairs(static.steps, network)


@pytest.mark.parametrize("name", ["auto", "anneal"])
def test_an_interrupted_search_hands_over_its_best_plan(random_program, name):
    network = parse_network("2x4+2")

    def interrupt(share, ebits):
        if ebits < NO_PLAN_EBITS:
            raise KeyboardInterrupt

    with pytest.raises(PlanningInterruptedError) as stop:
        get_strategy(name).plan(random_program, network, seed=0, options=PlanningOptions(progress=interrupt))
    program = rewrite(random_program, stop.value.plan.rewriting, network)
    check_plan(program, stop.value.plan, network)


def test_without_a_plan_an_interruption_is_just_that(random_program, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(auto_module, "AnnealSearch", interrupted)
    with pytest.raises(KeyboardInterrupt) as stop:
        get_strategy("auto").plan(random_program, parse_network("2x4+2"), seed=0)
    assert not isinstance(stop.value, PlanningInterruptedError)


@pytest.mark.parametrize("kept", [False, True])
def test_a_compilation_goes_on_with_the_best_plan_if_told_to(kept):
    circuit = QuantumCircuit(6)
    for k in range(5):
        circuit.cx(k, k + 1)
        circuit.t(k)

    def interrupt(share, ebits):
        if ebits < NO_PLAN_EBITS:
            raise KeyboardInterrupt

    options = CompileOptions("anneal", planning=PlanningOptions(progress=interrupt), keep_interrupted=kept)
    if not kept:
        with pytest.raises(KeyboardInterrupt):
            compile_with_options(circuit, "2x3+2", options)
        return
    done = compile_with_options(circuit, "2x3+2", options)
    assert done.report.details.interrupted
    assert "planning-interrupted" in [note.kind for note in done.report.notes]
    assert verify_circuit(circuit, done.circuit, done.network).equal
