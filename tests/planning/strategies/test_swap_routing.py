"""One memory ion each is enough: every circuit that fits has a plan, and it is the circuit's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from distq import compile
from distq.errors import InfeasiblePlanError
from distq.frontend import normalise, to_circuit
from distq.ir.program import Kind, Operation, Program
from distq.ir.rewriting import Rewriting
from distq.networks.network import Network
from distq.planning.strategies import get_strategy
from distq.planning.strategies.neighbourhood import Neighbourhood
from distq.planning.strategies.registry import PlanningOptions
from distq.planning.strategies.swap_placement import placements
from distq.rewrite import rewrite
from distq.verification.plan_checker import check_plan
from helpers.circuits import DYNAMIC, ONE, THREE, TWO, random_circuit, random_state, run_exactly, same_branches
from helpers.networks import network_of

QUICK = PlanningOptions(effort=0.01)
KINDS = ("line", "ring", "star", "tree")


def links(kind: str, k: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    if kind == "ring":
        return sorted({(min(i, (i + 1) % k), max(i, (i + 1) % k)) for i in range(k)})
    before = {"line": lambda i: i - 1, "star": lambda i: 0, "tree": lambda i: int(rng.integers(i))}[kind]
    return [(before(i), i) for i in range(1, k)]


def random_network(qubits: int, kind: str, rng: np.random.Generator) -> Network:
    """One memory ion each; in six of ten networks no data ion is left over, unless QPUs outnumber qubits."""
    sizes = [1] * int(rng.integers(2, 7))
    ions = qubits + (0 if rng.random() < 0.6 else int(rng.integers(1, 4)))
    while sum(sizes) < ions:
        sizes[int(rng.integers(len(sizes)))] += 1
    return network_of(sizes, 1, links(kind, len(sizes), rng))


def case(seed: int):
    """A circuit of gates on one to three qubits, every third one with measurements and conditions, and a network."""
    rng = np.random.default_rng(seed)
    qubits, dynamic = int(rng.integers(2, 7)), seed % 3 == 0
    mix = (*ONE, *TWO, *THREE, *(DYNAMIC if dynamic else ()))
    circuit = random_circuit(qubits, int(rng.integers(4, 12)), seed, mix, clbits=2 if dynamic else 0)
    return circuit, random_network(qubits, KINDS[seed % 4], rng)


def require_plan(seed: int) -> bool:
    """Plan, check the plan, and compare all branches of the rewritten circuit; True if qubits are swapped by gates."""
    circuit, network = case(seed)
    program = normalise(circuit)
    plan = get_strategy("swap-routing").plan(program, network, seed=seed)
    routed = rewrite(program, plan.rewriting, network)
    check_plan(routed, plan, network)
    state = random_state(program.num_qubits, seed)
    assert same_branches(run_exactly(circuit, state), run_exactly(to_circuit(routed), state))
    return plan.rewriting is not None and bool(plan.rewriting.swaps)


@pytest.mark.slow
def test_random_circuits_on_networks_with_one_memory_ion() -> None:
    assert sum(require_plan(seed) for seed in range(24)) > 4


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, 48, 8))
def test_auto_always_has_a_plan(seed: int) -> None:
    circuit, network = case(seed)
    report = compile(circuit, network, seed=seed, options=QUICK).report
    assert report.verified
    assert report.peak_memory <= 1


@pytest.mark.slow
def test_ions_of_measured_qubits_stay_theirs_where_they_are_not_used_again() -> None:
    for seed in range(0, 60, 3):
        circuit, network = case(seed)
        circuit.measure_all()
        program = replace(normalise(circuit), reuse=False)
        plan = get_strategy("swap-routing").plan(program, network, seed=seed)
        check_plan(rewrite(program, plan.rewriting, network), plan, network)


TRIANGLE = ((0, 1), (1, 2), (0, 2), (0, 1))


def gates(qubits: int, *operands: tuple[int, ...]) -> Program:
    ops = []
    for qs in operands:
        ops.append(Operation(Kind.PHASE, qs, angle=1.0, pattern=(1,) * len(qs)) if len(qs) > 2 else
                   Operation(Kind.ROTATION, qs, angle=0.5))  # fmt: skip
        ops += [Operation(Kind.LOCAL, (q,), factors=(np.array([[1, 1], [1, -1]]) / np.sqrt(2),)) for q in qs]
    return Program("gates", qubits, 0, tuple(ops), tuple(range(qubits)))


def routed(program: Program, network: Network):
    plan = get_strategy("swap-routing").plan(program, network, seed=0)
    return plan, check_plan(rewrite(program, plan.rewriting, network), plan, network).ebits


def test_a_triangle_on_a_line_takes_one_swap() -> None:
    """Two pairs are neighbours, the third one becomes so by a swap, unless its gate is the first of some qubit."""
    plan, ebits = routed(gates(3, *TRIANGLE), network_of([1, 1, 1], 1, "line"))
    assert plan.rewriting is not None
    assert len(plan.rewriting.swaps) == 1
    assert ebits <= 8


def test_a_free_data_ion_or_a_second_memory_ion_saves_the_swap() -> None:
    program = gates(3, *TRIANGLE)
    for network in (network_of([1, 2, 1], 1, "line"), network_of([1, 1, 1], 2, "line")):
        plan, ebits = routed(program, network)
        assert plan.rewriting is None
        assert ebits <= 6


def test_wide_gates_stay_whole_where_their_operands_fit() -> None:
    program = gates(4, (0, 1, 2), (1, 2, 3))
    whole, ebits = routed(program, network_of([2, 2], 1))
    assert whole.rewriting is None
    assert ebits <= 2
    cut, _ = routed(program, network_of([1] * 4, 1, "line"))
    assert cut.rewriting is not None
    assert cut.rewriting.limit == 2


def test_qpus_without_memory_ions_serve_clusters_that_fit_them() -> None:
    network = network_of([3, 2, 2], [0, 1, 1], "line")
    plan, _ = routed(gates(7, (0, 3), (3, 5), (5, 6), (1, 2), (2, 4)), network)
    assert {plan.homes[q] for q in (1, 2, 4)} == {0}


def test_why_there_is_no_plan_is_said() -> None:
    apart = network_of([2, 2, 2], [1, 0, 1], "line")
    with pytest.raises(InfeasiblePlanError, match=r"3 qubits interact.* at most 2 data ions"):
        routed(gates(3, (0, 1), (1, 2)), apart)
    with pytest.raises(InfeasiblePlanError, match="find no room together"):
        routed(gates(6, (0, 1), (2, 3), (4, 5)), network_of([3, 3], 0, []))
    with pytest.raises(InfeasiblePlanError, match="at most 2 data ions"):
        get_strategy("auto").plan(gates(3, (0, 1), (1, 2)), apart, seed=0, options=QUICK)


def test_clusters_are_packed_although_the_fullest_region_first_would_fail() -> None:
    """Regions of 4 and 6 ions, clusters of 3, 3, 2 and 2: the first one has to go to the larger region."""
    program = gates(10, (0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (8, 9))
    network = network_of([2, 2, 3, 3], 1, [(0, 1), (2, 3)])
    near = Neighbourhood(network)
    homes = next(iter(placements(program, network, near.group, 0)))
    for cluster in ((0, 1, 2), (3, 4, 5), (6, 7), (8, 9)):
        assert len({near.group[homes[q]] for q in cluster}) == 1
    assert all(homes.count(s) <= qpu.data for s, qpu in enumerate(network.qpus))


def test_auto_finds_the_swaps_that_nothing_else_finds() -> None:
    """What was refused although three telegated CX exchange neighbours with one memory ion."""
    program, network = gates(3, (0, 2), *TRIANGLE, (0, 2)), network_of([1] * 3, 1, "line")
    plan = get_strategy("auto").plan(program, network, seed=0, options=QUICK)
    assert plan.strategy == "auto (swap-routing)"
    assert isinstance(plan.rewriting, Rewriting)
    check_plan(rewrite(program, plan.rewriting, network), plan, network)
