"""Lower bounds: never above any plan, never above an optimum, and as high as they should be where that is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.synthesis import synth_qft_full

from distq.errors import InfeasiblePlanError
from distq.frontend import normalise
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.planning.bounds import connectivity_bound, lower_bound
from distq.planning.bounds.counting import InteractionSummary, copied_qubits, smallest_separator, summarise
from distq.planning.bounds.precedence import coexisting, period_ranges
from distq.planning.bounds.time_windows import TimeWindow, divisions
from distq.planning.strategies import get_strategy
from distq.verification.plan_checker import check_plan
from helpers.networks import network_of
from helpers.plans import random_plan
from helpers.programs import random_program


def qft(n: int) -> Program:
    return normalise(synth_qft_full(n, do_swaps=False))


def ghz(n: int, *, measured: bool = False) -> Program:
    circuit = QuantumCircuit(n)
    circuit.h(0)
    for q in range(n - 1):
        circuit.cx(q, q + 1)
    if measured:
        circuit.measure_all()
    return normalise(circuit)


def random_case(seed: int) -> tuple[Program, Network]:
    rng = np.random.default_rng(seed)
    sizes = [int(s) for s in rng.integers(1, 4, size=int(rng.integers(2, 5)))]
    room = sum(sizes)
    qubits = int(rng.integers(2, max(3, min(room, 8)) + 1))
    sizes[0] += max(0, qubits - room)
    program = random_program(
        rng,
        qubits,
        int(rng.integers(4, 30)),
        clbits=2 * int(rng.integers(2)),
        measure=0.1 * int(rng.integers(2)),
        reset=0.1 * int(rng.integers(2)),
        condition=0.3,
        x_block=float(rng.choice([0.0, 0.3])),
        local=float(rng.choice([0.0, 0.2, 0.5])),
        final_measure=bool(rng.integers(2)),
    )
    memory = [2, 3, None][int(rng.integers(3))]
    links = ["complete", "line", "star"][int(rng.integers(3))]
    return program, network_of(sizes, memory, links)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 100, 20))
def test_no_random_plan_beats_the_bound(start: int) -> None:
    compared = 0
    for seed in range(start, start + 20):
        program, network = random_case(seed)
        bound = lower_bound(program, network, nodes=4)
        assert bound.ebits == max(value for _, value in bound.all)
        for attempt in range(4):
            rng = np.random.default_rng([seed, attempt])
            try:
                plan = random_plan(program, network, rng, wander=[0.0, 0.1, 0.6][attempt % 3])
            except ValueError:
                continue
            assert bound.ebits <= check_plan(program, plan, network).ebits, (seed, attempt, bound)
            compared += 1
    assert compared > 40


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 50, 25))
def test_no_strategy_beats_the_bound(start: int) -> None:
    compared = 0
    for seed in range(1000 + start, 1025 + start):
        program, network = random_case(seed)
        bound = lower_bound(program, network, nodes=4)
        for name in ("contiguous", "greedy", "hypergraph"):
            try:
                plan = get_strategy(name).plan(program, network, seed=seed)
            except InfeasiblePlanError:
                continue
            assert bound.ebits <= check_plan(program, plan, network).ebits, (seed, name, bound)
            compared += 1
    assert compared > 40


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(8, 2), (12, 2), (16, 2), (40, 2)])
def test_qft_on_two_qpus_is_exact(n: int, k: int) -> None:
    assert lower_bound(qft(n), network_of([n // k] * k, 1)).ebits == n // 2


@pytest.mark.slow
def test_qft_100_is_bounded_within_an_eighth_of_the_best_plan_known() -> None:
    program = qft(100)
    assert lower_bound(program, network_of([10] * 10, 1)).ebits >= 390
    assert lower_bound(program, network_of([10] * 10, 2)).ebits >= 350
    assert lower_bound(program, network_of([10] * 10, None)).ebits == 90


@pytest.mark.slow
@pytest.mark.parametrize("links", ["complete", "line", "star"])
def test_ghz_needs_a_tree_over_the_qpus(links: str) -> None:
    bound = lower_bound(ghz(12), network_of([3] * 4, 1, links)).ebits
    assert 3 <= bound <= 3 + (links == "star")  # a chain of QPUs is no part of a star: the integer program may see it
    assert lower_bound(ghz(12), network_of([3] * 3 + [9], 1, links)).ebits == 1


def test_measured_qubits_make_room() -> None:
    """A measured GHZ state runs on two ions, one qubit after the other."""
    assert lower_bound(ghz(6, measured=True), network_of([2, 4], 1)).ebits == 0


def test_nothing_remote() -> None:
    assert lower_bound(ghz(4), network_of([4])).ebits == 0
    assert lower_bound(Program("none", 3, 0, (), (0, 1, 2)), network_of([1, 2])).ebits == 0


def test_separate_groups_cost_separately() -> None:
    circuit = QuantumCircuit(6)
    for a in (0, 3):
        circuit.cx(a, a + 1)
        circuit.cx(a + 1, a + 2)
    program = normalise(circuit)
    assert connectivity_bound(program, network_of([2, 2, 2], 1)) == 2
    assert connectivity_bound(program, network_of([3, 3], 1)) == 0


@pytest.mark.slow
def test_separators_never_exceed_the_true_minimum() -> None:
    rng = np.random.default_rng(5)
    reached = 0
    for _ in range(60):
        n = int(rng.integers(3, 8))
        meets = np.triu(rng.random((n, n)) < rng.uniform(0.3, 1.0), 1)
        meets |= meets.T
        left = int(rng.integers(1, n))
        right = int(rng.integers(max(1, n - left), n + 1))
        graph = summarise(TimeWindow(tuple(range(n)), meets))
        best = n
        for sides in itertools.product((0, 1, 2), repeat=n):
            a, b = (np.flatnonzero(np.array(sides) == side) for side in (0, 1))
            if len(a) <= left and len(b) <= right and not meets[np.ix_(a, b)].any():
                best = min(best, n - len(a) - len(b))
        assert smallest_separator(graph, left, right) <= best
        reached += smallest_separator(graph, left, right) == best
    assert reached > 20


def test_copied_qubits_of_a_complete_graph() -> None:
    graph = InteractionSummary(10, 45, (9,) * 10, 1.0)
    assert copied_qubits(graph, [5, 5]) == 5
    assert copied_qubits(graph, [4, 4, 4]) == 6


def test_moments_hold_for_every_order() -> None:
    """In random valid orders, periods lie within what :func:`period_ranges` says at each operation."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        shares = {"measure": 0.1, "condition": 0.2, "x_block": 0.2 * (seed % 3 == 0)}
        program = random_program(rng, 4, 20, clbits=1, final_measure=seed % 2 == 0, **shares)  # type: ignore[arg-type]
        ranges = period_ranges(program)
        plan = random_plan(program, network_of([4, 4], 4), rng, wander=0.1)
        period = [0] * 4
        seen = [0] * 4
        for step in plan.steps:
            if not hasattr(step, "operation"):
                continue
            index = step.operation
            op = program.operations[index]
            for q in range(4):
                assert ranges.first[index, q] <= period[q] <= ranges.last[index, q]
                if ranges.live[index, q]:
                    assert seen[q] > 0 or q in op.qubits
                    ended = seen[q] == len(program.lines[q])
                    assert not ended or not program.operations[program.lines[q][-1]].always_measures
            for q in op.qubits:
                seen[q] += 1
                period[q] += not op.diagonal and index not in program.crossable


def test_windows_use_every_period_at_most_once() -> None:
    """Pairs of windows, counted with their multiplicity, are never more than the pairs of periods that interact."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        program = random_program(rng, 5, 60, local=0.4)
        periods: set[tuple[int, ...]] = set()
        for index in program.multi_qubit:
            ids = program.segment_ids[index]
            periods |= {tuple(sorted(pair)) for pair in itertools.combinations(ids, 2)}
        for windows in divisions(program):
            assert sum(w.pairs for w in windows) <= len(periods)


def test_coexisting_qubits_of_a_measured_qft() -> None:
    circuit = synth_qft_full(6, do_swaps=False)
    circuit.measure_all()
    assert coexisting(normalise(circuit)) == tuple(range(6))


def test_operations_on_three_qubits_meet_in_pairs() -> None:
    ops = (Operation(Kind.PHASE, (0, 1, 2), angle=1.0, pattern=(1, 1, 1)),)
    program = Program("ccz", 3, 0, ops, (0, 1, 2))
    assert lower_bound(program, network_of([1, 1, 1], 2)).ebits == 2
