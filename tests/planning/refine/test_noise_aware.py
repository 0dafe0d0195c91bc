"""Better links and QPUs preferred: the estimate against the events of plans, the pass against trying all labels."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings

from distq.compiler import CompileOptions
from distq.compiler.objective import best, candidates
from distq.execution.lower import lower
from distq.frontend import normalise, read_circuit
from distq.ir.events import CatDisentangle, CatEntangle, Execute, HeraldPair, Transfer
from distq.ir.native_gates import native_gates
from distq.ir.plan import Grow, Plan, RunOp, Shrink
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.networks.parts import Link
from distq.planning.annealing.objective_weights import (
    FIDELITY,
    QUALITY_WEIGHT,
    Weights,
    copy_infidelities,
    without_dominated_links,
)
from distq.planning.infidelity_model import estimated_infidelity
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.refine.noise_aware import reduce_infidelity
from distq.planning.refine.relabel import relabelled
from distq.planning.resource_use import resource_use
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.verification.plan_checker import check_plan
from distq.verification.plan_violation import PlanViolation
from helpers.circuits import qft
from helpers.networks import network_of, varied
from helpers.programs import random_program
from helpers.strategies import Planned, networks_of_any_kind, plans_by, programs

RING, GRID = [(0, 1), (1, 2), (2, 3), (0, 3)], [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
SHAPES = {
    "complete": network_of([3, 2, 2], 2),
    "four": network_of([2, 2, 3, 2], 2),
    "line": network_of([2, 3, 2], 3, "line"),
    "ring": network_of([2, 2, 2, 2], 3, RING),
    "star": network_of([2, 2, 2, 2], 3, "star"),
}
STRATEGIES = ("contiguous", "kl", "burst", "static-packets", "teledata-routing", "greedy", "per-gate")
QUICK = PlanningOptions(effort=0.02)
UNMOVED = ("contiguous", "kl", "static-packets", "per-gate")


def with_numbers(network: Network, fidelities: dict[tuple[int, int], float], errors: dict[int, float]) -> Network:
    """The network with these fidelities of links and two-qubit errors of QPUs, the others as they are."""
    links = []
    for link in network.links:
        f = fidelities.get((link.a, link.b), link.fidelity)
        links.append(Link(a=link.a, b=link.b, weights=(f, 1 - f, 0.0, 0.0), rate_hz=link.rate_hz))
    qpus = [q.model_copy(update={"error_2q": errors.get(s, q.error_2q)}) for s, q in enumerate(network.qpus)]
    return network.model_copy(update={"links": tuple(links), "qpus": tuple(qpus)})


SHARES = {"clbits": 2, "measure": 0.04, "reset": 0.03, "condition": 0.1, "local": 0.2}
PROGRAMS = programs(6, 60, **SHARES) | programs(6, 60, x_block=0.3, **SHARES)


def rotations(*pairs: tuple[int, int]) -> Program:
    """Rotations that share no segments: a Hadamard on every qubit between every two of them."""
    n = 1 + max(map(max, pairs))
    turn = np.array([[1, 1], [1, -1]]) / math.sqrt(2)
    local = [Operation(Kind.LOCAL, (q,), factors=(turn,)) for q in range(n)]
    operations = [op for pair in pairs for op in (Operation(Kind.ROTATION, pair, angle=0.3), *local)]
    return Program("rotations", n, 0, tuple(operations), tuple(range(n)))


# ---- the estimate ---------------------------------------------------------------------------------------------------


def counted(program: Program, network: Network, plan: Plan) -> float:
    """The infidelity of a plan without moves, from its protocol events on ions, by the formula as written down."""
    total, live = 0.0, set()
    for event in lower(program, plan, network).events:
        match event:
            case HeraldPair(link):
                channel = network.links[link]
                total -= math.log(channel.fidelity)
                total += sum(0.5 / network.qpus[ion.qpu].t2_s for ion in live) / channel.rate_hz
            case CatEntangle(_, root, _, copy):
                qpu = network.qpus[root.qpu]
                total -= math.log((1 - qpu.error_2q) * (1 - qpu.error_measure))
                live.add(copy)
            case CatDisentangle(_, copy, _):
                qpu = network.qpus[copy.qpu]
                total -= math.log(1 - qpu.error_measure)
                live.remove(copy)
            case Execute(operation, ions, _, followers):
                op, qpu = program.operations[operation], network.qpus[ions[0].qpu]
                gates = native_gates(op)
                total -= sum(len(gate.operands) == 2 for gate in gates) * math.log(1 - qpu.error_2q)
                if op.kind is Kind.LOCAL:
                    total -= len(gates) * math.log(1 - qpu.error_1q)
                total -= (op.kind is Kind.MEASURE) * math.log(1 - qpu.error_measure)
                total -= (op.kind is Kind.RESET) * math.log(1 - qpu.error_reset)
                for follower in followers:
                    total -= (len(follower) == 2) * math.log(1 - network.qpus[follower[0].qpu].error_2q)
            case Transfer():
                raise AssertionError("a move")
            case _:  # births and deaths
                ion = event.ion
                live = live - {ion} if ion in live else live | {ion}
    return total


@pytest.mark.slow
@settings(max_examples=60)
@given(plans_by(UNMOVED, PROGRAMS, networks_of_any_kind(list(SHAPES.values()))))
def test_estimated_infidelity_is_what_the_events_add_up_to(planned: Planned) -> None:
    program, plan, network = planned
    assert estimated_infidelity(program, network, plan) == pytest.approx(counted(program, network, plan), rel=1e-9)


# ---- the pass -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=150)
@given(plans_by(STRATEGIES, PROGRAMS, networks_of_any_kind(list(SHAPES.values()))))
def test_nothing_gets_worse_and_no_labels_are_better(planned: Planned) -> None:
    program, plan, network = planned
    before = check_plan(program, plan, network)
    found = reduce_infidelity(program, network, plan)
    after = check_plan(program, found, network)
    assert after.ebits <= before.ebits
    assert max(after.peak_memory_by_qpu) <= max(before.peak_memory_by_qpu)
    least = min(b for _, b in valid_labels(program, network, plan))
    infidelities = [estimated_infidelity(program, network, made) for made in (plan, found)]
    assert infidelities[1] <= least + 1e-9 <= infidelities[0] + 2e-9
    again = reduce_infidelity(program, network, found)
    assert estimated_infidelity(program, network, again) >= estimated_infidelity(program, network, found) - 1e-9


def valid_labels(program: Program, network: Network, plan: Plan) -> list[tuple[tuple[int, ...], float]]:
    """All labels under which the checker accepts the plan, with its infidelity then."""
    found = []
    for labels in itertools.permutations(range(len(network.qpus))):
        other = relabelled(plan, labels)
        try:
            check_plan(program, other, network)
        except PlanViolation:
            continue
        found.append((labels, estimated_infidelity(program, network, other)))
    return found


def test_equal_links_and_qpus_change_nothing() -> None:
    network, program = SHAPES["four"], random_program(np.random.default_rng(3), 6, 40, **SHARES)
    plan = get_strategy("kl").plan(program, network, seed=0)
    assert reduce_infidelity(program, network, plan) is plan


@pytest.mark.slow
def test_pairs_go_over_the_good_links_of_a_triangle() -> None:
    """Two pairs of qubits that meet twice, one qubit a QPU: two of three links will do, not the bad one."""
    program = rotations((0, 1), (1, 2), (0, 1), (1, 2))
    for bad in ((0, 1), (0, 2), (1, 2)):
        network = with_numbers(network_of([1, 1, 1], 1), {bad: 0.6}, {})
        for strategy in ("auto", "anneal"):
            plan = get_strategy(strategy).plan(program, network, seed=0, options=QUICK)
            facts = check_plan(program, plan, network)
            used = {(x.a, x.b) for x, pairs in zip(network.links, facts.link_ebits, strict=True) if pairs}
            assert facts.ebits == 4
            assert bad not in used


@pytest.mark.slow
def test_work_goes_to_the_good_qpus() -> None:
    """A circuit that fills two of four QPUs, two of which are good."""
    program = rotations(*[(0, 1), (2, 3), (1, 2)] * 4)
    for good in itertools.combinations(range(4), 2):
        errors = {s: 1e-4 if s in good else 1e-2 for s in range(4)}
        network = with_numbers(network_of([2, 2, 2, 2], 2), {}, errors)
        plan = get_strategy("auto").plan(program, network, seed=0, options=QUICK)
        check_plan(program, plan, network)
        sites = {s.qpu for s in plan.steps if isinstance(s, RunOp) and len(program.operations[s.operation].qubits) > 1}
        assert sites <= set(good)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [RING, GRID, "line"])
def test_only_symmetries_of_a_topology_are_labels(shape: list[tuple[int, int]] | str) -> None:
    """A plan that uses every link of a ring, a grid or a line can only be turned or mirrored; the best way is found."""
    k = 6 if shape is GRID else 4
    plain = network_of([1] * k, 2, shape)
    ends = [(link.a, link.b) for link in plain.links]
    program = rotations(*ends)
    plan = get_strategy("contiguous").plan(program, plain, seed=0)
    symmetries = 2 if shape == "line" else 4 if shape is GRID else 8
    for seed in range(4):
        network = varied(plain, seed)
        assert check_plan(program, plan, network).link_ebits == (1,) * len(ends)
        allowed = valid_labels(program, network, plan)
        assert len(allowed) == symmetries
        found = reduce_infidelity(program, network, plan)
        assert estimated_infidelity(program, network, found) == pytest.approx(min(b for _, b in allowed), rel=1e-9)


def test_more_qpus_than_can_be_tried_are_exchanged() -> None:
    """Nine QPUs linked in all ways, the good link anywhere: the only link in use becomes the good one."""
    plain = network_of([1] * 9, 1)
    program = rotations((0, 1))
    for good in ((2, 7), (0, 8), (5, 6)):
        network = with_numbers(plain, {good: 0.999}, {})
        plan = get_strategy("contiguous").plan(program, network, seed=0)
        facts = check_plan(program, reduce_infidelity(program, network, plan), network)
        assert facts.link_ebits[network.link_index(*good)] == facts.ebits == 1


def test_labels_mind_data_and_memory() -> None:
    """The good QPU is too small for the busy one's qubits, and has too little memory for the copies there."""
    program = rotations((0, 1), (0, 2), (1, 2))
    roomy = network_of([3, 3], 1)
    plan = Plan((0, 0, 0), tuple([RunOp(i, 0) for i in range(len(program.operations))]))
    good = {1: 1e-6}
    assert set(reduce_infidelity(program, with_numbers(roomy, {}, good), plan).homes) == {1}
    tight = with_numbers(network_of([3, 2], 1), {}, good)
    assert set(reduce_infidelity(program, tight, plan).homes) == {0}


def test_a_gate_runs_at_the_best_of_the_qpus_that_have_its_operands() -> None:
    """q0 and q1 meet at both QPUs; q2 keeps q0's and q1's copies at QPU 1 in use, q3 those at QPU 0."""
    rotate = [Operation(Kind.ROTATION, pair, angle=0.3) for pair in ((0, 1), (0, 2), (1, 2))]
    program = Program("meet", 3, 0, tuple(rotate), (0, 1, 2))
    steps = (
        Grow(0, 0, 1),
        Grow(1, 0, 1),
        RunOp(0, 0),
        RunOp(1, 1),
        RunOp(2, 1),
        Shrink(0, 1),
        Shrink(1, 1),
    )
    plan = Plan((0, 0, 1), steps)
    network = network_of([2, 1], 2)
    assert RunOp(0, 1) in reduce_infidelity(program, with_numbers(network, {}, {0: 0.01, 1: 1e-5}), plan).steps
    assert RunOp(0, 0) in reduce_infidelity(program, with_numbers(network, {}, {0: 1e-5, 1: 0.01}), plan).steps


def test_a_copy_comes_over_the_best_link() -> None:
    """A qubit at QPUs 0 and 1 is copied to QPU 2 over the better link, by the pass and by what makes plans."""
    rotate = [Operation(Kind.ROTATION, (0, q), angle=0.3) for q in (1, 2, 1)]
    program = Program("fan", 3, 0, tuple(rotate), (0, 1, 2))
    good = {(0, 1): 0.95, (0, 2): 0.8, (1, 2): 0.97}
    steps = (
        Grow(0, 0, 1),
        RunOp(0, 1),
        Grow(0, 0, 2),
        RunOp(1, 2),
        RunOp(2, 1),
        Shrink(0, 1),
        Shrink(0, 2),
    )
    plan = Plan((0, 1, 2), steps)
    for worst in itertools.permutations(good):
        network = with_numbers(network_of([1, 1, 1], 2), dict(zip(worst, (0.8, 0.95, 0.97), strict=True)), {})
        facts = check_plan(program, reduce_infidelity(program, network, plan), network)
        assert facts.ebits == 2
        assert facts.link_ebits[network.link_index(*worst[0])] == 0
    placement = Placement(homes=(0, 1, 2), sites=(1, 2, 1))
    assert Grow(0, 1, 2) in realise(program, with_numbers(network_of([1, 1, 1], 2), good, {}), placement).steps
    assert Grow(0, 0, 2) in realise(program, network_of([1, 1, 1], 2), placement).steps


@pytest.mark.parametrize("machine", ["two-modalities", "oxford-2025", "four-traps-one-hub", "ionq-two-traps"])
def test_presets(machine: str) -> None:
    network = parse_network(machine)
    qft = normalise(read_circuit("circuits/qft_16.qasm"), "qft_16")
    program = qft if network.data_ions >= 16 else rotations((0, 1), (0, 1))
    for strategy in ("contiguous", "greedy"):
        plan = get_strategy(strategy).plan(program, network, seed=0)
        found = reduce_infidelity(program, network, plan)
        before, after = check_plan(program, plan, network), check_plan(program, found, network)
        assert after.ebits <= before.ebits
        assert estimated_infidelity(program, network, found) <= estimated_infidelity(program, network, plan)


# ---- what the search pays -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_equals_cost_hops_and_unlike_links_little_more(shape: str) -> None:
    """No path of more hops is ever cheaper; of as many hops, the cheapest is the one of least infidelity."""
    plain = SHAPES[shape]
    hops = np.asarray(plain.distance, dtype=float)
    equal = Weights.of(plain, 8)
    assert np.array_equal(equal.distance, hops)
    assert not equal.gate.any()
    for seed in range(5):
        network = varied(plain, seed)
        found = Weights.of(network, 8)
        assert np.array_equal(np.floor(found.distance + 1e-9), hops)
        assert (found.distance <= hops * (1 + QUALITY_WEIGHT) + 1e-9).all()
        assert found.gate.min() == 0.0
        costs = copy_infidelities(network, 8)
        for x, y in itertools.pairwise(sorted(range(len(costs)), key=lambda i: costs[i])):
            a, b = network.links[x], network.links[y]
            assert found.distance[a.a, a.b] <= found.distance[b.a, b.b]


def test_links_that_a_detour_undercuts_go() -> None:
    plain = network_of([2, 2, 2, 2], 2)
    assert without_dominated_links(plain, 8) is plain
    network = with_numbers(plain, {(0, 1): 0.6, (2, 3): 0.96}, {})
    thin = without_dominated_links(network, 8)
    assert not thin.linked(0, 1)
    assert thin.distance[0][1] == 2
    assert len(thin.links) == 5
    assert Weights.of(network, 8, FIDELITY).distance[0, 1] == pytest.approx(
        Weights.of(thin, 8, FIDELITY).distance[0, 1]
        * np.mean(copy_infidelities(thin, 8))
        / np.mean(copy_infidelities(network, 8))
    )


@pytest.mark.slow
def test_more_pairs_over_good_links_can_be_worth_it() -> None:
    """All qubits meet all others; half the links are bad, and every two QPUs have a way around them."""
    program = normalise(qft(8), "qft_8")
    bad = {(0, 1): 0.7, (2, 3): 0.7, (0, 3): 0.7}
    network = with_numbers(network_of([2, 2, 2, 2], 3), dict.fromkeys([(0, 2), (1, 2), (1, 3)], 0.99) | bad, {})
    found = candidates(program, network, ("anneal",), CompileOptions(planning=QUICK))
    few, faithful = best(found, "ebits"), best(found, "fidelity")
    for candidate in found:
        check_plan(program, candidate.plan, network)
    assert few.ebits < faithful.ebits
    assert faithful.fidelity > few.fidelity + 0.05
    used = check_plan(program, faithful.plan, network).link_ebits
    assert not any(used[network.link_index(*ends)] for ends in bad)
    alone = candidates(program, network, ("contiguous",), CompileOptions(planning=QUICK))
    assert {c.plan.strategy for c in alone} == {"contiguous"}


def test_a_slow_trap_is_not_preferred_for_its_small_errors() -> None:
    """A chain of gates that all other qubits wait for: the faster of two QPUs, although its errors are larger."""
    program = rotations(*[(q, q + 1) for q in range(3)] * 6)
    plain = network_of([4, 4], 2)
    times = ({"error_2q": 2e-4, "time_2q_s": 1e-4}, {"error_2q": 1e-4, "time_2q_s": 1e-1})
    for slow in (0, 1):
        figures = times if slow else times[::-1]
        qpus = [q.model_copy(update={"t2_s": 1.0} | own) for q, own in zip(plain.qpus, figures, strict=True)]
        network = plain.model_copy(update={"qpus": tuple(qpus)})
        plan = get_strategy("auto").plan(program, network, seed=0, options=QUICK)
        check_plan(program, plan, network)
        assert {s.qpu for s in plan.steps if isinstance(s, RunOp)} == {1 - slow}


def test_waiting_for_gates_is_the_time_between_the_operations_of_qubits() -> None:
    program = rotations((0, 1), (1, 2), (0, 2))
    plain = network_of([3, 3], 2)
    qpus = [
        q.model_copy(update={"time_2q_s": t, "time_1q_s": 0.0, "t2_s": 0.5})
        for q, t in zip(plain.qpus, (0.1, 0.3), strict=True)
    ]
    network = plain.model_copy(update={"qpus": tuple(qpus)})
    plan = Plan((0, 0, 0), tuple([RunOp(index, 0) for index in range(len(program.operations))]))
    check_plan(program, plan, network)
    assert resource_use(program, network, plan).idling == pytest.approx(0.2), "2 waits for 0 and 1, 0 for 1 and 2"
