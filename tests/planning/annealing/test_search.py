"""The annealer's bookkeeping, and the heuristics it starts from: orders of execution, and sites for fixed homes."""

from __future__ import annotations

import threading
from functools import cache
from itertools import product

import numpy as np
import pytest
from qiskit.synthesis import synth_qft_full

from distq.errors import InfeasiblePlanError
from distq.frontend import normalise
from distq.ir.program import Program
from distq.ir.tally import tally
from distq.networks.network import Network
from distq.planning.annealing import search
from distq.planning.annealing.from_plan import run_order, solution_of
from distq.planning.annealing.search import Stage, anneal, start_from_homes
from distq.planning.annealing.search_space import (
    build_search_space,
    time_grid,
    to_placement,
)
from distq.planning.realise.gate_order import (
    demand_order,
    dependencies,
    lazy_order,
    random_goals,
    varied_goals,
)
from distq.planning.realise.gate_sites import choose_sites, sites_at_lasting_copies
from distq.planning.realise.packet_order import packet_order
from distq.planning.realise.placement import Placement
from distq.planning.realise.realise import realise
from distq.planning.strategies import get_strategy
from distq.planning.strategies.anneal_chains import Chain, ChainRunner
from distq.planning.strategies.anneal_on import anneal_on
from distq.planning.strategies.incumbent import Incumbent
from distq.planning.strategies.registry import PlanningOptions
from distq.util.jit import always
from distq.verification.plan_checker import check_plan
from helpers.annealing import NETWORKS, annealed, cost_of, homes_of, price_of, random_case
from helpers.networks import network_of
from helpers.programs import random_program

# ---- annealing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_cost_is_what_the_solution_costs(name: str) -> None:
    found, space = annealed(name)
    assert found.cost == pytest.approx(cost_of(found, space, price_of(NETWORKS[name])), abs=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_homes_fit_the_data_ions_in_every_slot(name: str) -> None:
    found, space = annealed(name)
    grid = np.arange(found.home.shape[1])
    alive = (grid >= found.grid.birth[:, None]) & (grid < found.grid.death[:, None])
    assert np.array_equal(found.home >= 0, alive)
    for s, capacity in enumerate(space.data):
        assert ((found.home == s).sum(axis=0) <= capacity).all()


def test_annealing_improves_and_its_plan_passes_the_check() -> None:
    program, network = random_case(5), NETWORKS["complete"]
    before, after = (annealed("complete", proposals=proposals)[0] for proposals in (0, 50_000))
    assert after.cost < before.cost
    space = build_search_space(program, network, lazy_order(program))
    plan = realise(program, network, to_placement(space, after.grid, program, after.site, after.home))
    check_plan(program, plan, network)
    assert tally(plan, program, network).ebits <= after.cost


def test_same_seed_same_solution() -> None:
    first, second = (annealed("one-ion", seed=1, proposals=1000)[0] for _ in range(2))
    assert np.array_equal(first.site, second.site)
    assert np.array_equal(first.home, second.home)
    others = [annealed("one-ion", seed=seed, proposals=1000)[0] for seed in range(2, 8)]
    assert any(not np.array_equal(first.home, other.home) for other in others)


@pytest.mark.parametrize("name", NETWORKS)
def test_parts_continue_as_one_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = annealed(name, proposals=5_000)[0]
    monkeypatch.setattr(search, "PART", 1_280)
    parts = annealed(name, proposals=5_000)[0]
    assert np.array_equal(whole.site, parts.site)
    assert np.array_equal(whole.home, parts.home)
    assert whole.cost == pytest.approx(parts.cost, rel=1e-12)


@pytest.mark.slow
def test_compiled_loops_do_what_their_python_source_says() -> None:
    for name in ("complete", "line-one-ion"):
        compiled = annealed(name, proposals=400)[0]
        with always("plain"):
            plain = annealed(name, proposals=400)[0]
        assert np.array_equal(plain.site, compiled.site)
        assert np.array_equal(plain.home, compiled.home)
        assert plain.cost == compiled.cost


# ---- orders and sites -----------------------------------------------------------------------------------------------


@cache
def qft(qubits: int) -> Program:
    return normalise(synth_qft_full(qubits, do_swaps=False))


def packed_ebits(program: Program, network: Network, at: list[int]) -> int:
    """Bell pairs of the checked plan for contiguous homes, in packet order."""
    placement = packet_order(program, network, Placement(tuple(homes_of(program, network)), at))
    assert placement.order is not None
    assert sorted(placement.order) == list(range(len(program.operations)))
    plan = realise(program, network, placement)
    check_plan(program, plan, network)
    return tally(plan, program, network).ebits


@pytest.mark.parametrize(("qpus", "ebits"), [(2, 8), (4, 24)])
def test_qft_16_needs_one_ion_in_packet_order(qpus: int, ebits: int) -> None:
    program, network = qft(16), network_of([16 // qpus] * qpus, 1)
    assert packed_ebits(program, network, choose_sites(program, homes_of(program, network))) == ebits


@pytest.mark.parametrize("seed", range(6))
def test_packet_order_is_valid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, 6, 80, clbits=2, measure=0.05, reset=0.05, condition=0.2)
    network = network_of([2, 2, 2], 2)
    packed_ebits(program, network, choose_sites(program, homes_of(program, network)))


@pytest.mark.parametrize("seed", range(6))
def test_lazy_order_is_valid(seed: int) -> None:
    program, network = random_case(seed), NETWORKS["complete"]
    homes = homes_of(program, network)
    placement = Placement(tuple(homes), choose_sites(program, homes), lazy_order(program))
    check_plan(program, realise(program, network, placement), network)


def copies(program: Program, homes: list[int], at: list[int] | tuple[int, ...]) -> int:
    """Copies that sites need for fixed homes."""
    return len(
        {
            (e, at[i])
            for i in program.multi_qubit
            for q, e in zip(program.operations[i].qubits, program.segment_ids[i], strict=True)
            if homes[q] != at[i]
        }
    )


@pytest.mark.parametrize("rank", [None, [2, 1, 0], [0, 2, 1]])
@pytest.mark.parametrize("seed", range(8))
def test_sites_need_as_few_copies_as_any(seed: int, rank: list[int] | None) -> None:
    rng = np.random.default_rng(seed)
    homes = [0, 0, 1, 1, 2]
    program = random_program(rng, 5, 60, phase=0.0)
    pairs = [i for i in program.multi_qubit if len(program.operations[i].qubits) == 2]
    keep = set(pairs[:10])
    operations = tuple(op for i, op in enumerate(program.operations) if len(op.qubits) == 1 or i in keep)
    program = Program("pairs", 5, 0, operations, program.output)
    choices = [sorted({homes[q] for q in program.operations[i].qubits}) for i in program.multi_qubit]
    fewest = 1 << 30
    for sites in product(*choices):
        at = dict(zip(program.multi_qubit, sites, strict=True))
        fewest = min(fewest, copies(program, homes, [at.get(i, 0) for i in range(len(operations))]))
    assert copies(program, homes, choose_sites(program, homes, rank=rank)) == fewest


def test_guests_that_stay_save_bell_pairs_with_two_ions() -> None:
    program, network = qft(16), network_of([4] * 4, 2)
    homes = homes_of(program, network)
    at = choose_sites(program, homes, rank=[1, 2, 3, 0])
    stays = sites_at_lasting_copies(program, homes, at, [1] * 4)
    assert packed_ebits(program, network, stays) < packed_ebits(program, network, at) == 24
    assert sites_at_lasting_copies(program, homes, at, [0] * 4) == at


@pytest.mark.parametrize("seed", range(8))
def test_random_and_varied_goals_give_valid_orders(seed: int) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, 6, 80, clbits=2, measure=0.05, reset=0.05, condition=0.2)
    network = network_of([2, 2, 2], 2)
    homes = homes_of(program, network)
    before = dependencies(program)
    goals = random_goals(program, rng)
    orders = {demand_order(before, g) for g in (goals, varied_goals(goals, rng), random_goals(program, rng))}
    assert len(orders) > 1
    for order in orders:
        placement = Placement(tuple(homes), choose_sites(program, homes), order)
        check_plan(program, realise(program, network, placement), network)


def test_an_order_that_gives_birth_to_too_many_is_refused() -> None:
    program, network = random_program(np.random.default_rng(0), 4, 20), network_of([2, 2], None)
    homes = [0, 0, 0, 1]
    with pytest.raises(InfeasiblePlanError, match="more qubits"):
        realise(program, network, Placement(tuple(homes), choose_sites(program, homes)))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["time-sliced", "burst", "teledata-routing", "anneal"])
@pytest.mark.parametrize("seed", range(3))
def test_a_plan_becomes_a_solution_that_costs_no_more(strategy: str, seed: int) -> None:
    program, network = random_program(np.random.default_rng(seed), 6, 60, phase=0.0), network_of([3, 3, 3], None)
    plan = get_strategy(strategy).plan(program, network, seed=seed, options=PlanningOptions(effort=0.02))
    ebits = tally(plan, program, network).ebits
    space = build_search_space(program, network, run_order(plan))
    grid = time_grid(space, len(space.order))
    found = anneal(space, solution_of(plan, space, grid), Stage(grid.slots, 0, 0.1, 0.05), price=0.0, seed=0)
    assert found.cost <= ebits
    again = realise(program, network, to_placement(space, grid, program, found.site, found.home))
    check_plan(program, again, network)
    better = anneal_on(program, network, plan, seed=0, options=PlanningOptions(effort=0.02))
    assert tally(better, program, network).ebits <= ebits


@pytest.mark.slow
def test_a_plan_on_a_coarse_grid_keeps_within_the_data_ions() -> None:
    for seed in range(6):
        program, network = random_program(np.random.default_rng(seed), 6, 60, phase=0.0), network_of([3, 3, 3], None)
        plan = get_strategy("time-sliced").plan(program, network, seed=seed)
        space = build_search_space(program, network, run_order(plan))
        for count in (3, 7, 20):
            grid = time_grid(space, count)
            home = solution_of(plan, space, grid).home
            alive = (np.arange(grid.slots) >= grid.birth[:, None]) & (np.arange(grid.slots) < grid.death[:, None])
            assert ((home >= 0) == alive).all()
            assert all((home == s).sum(axis=0).max() <= 3 for s in range(3))


def test_an_interrupted_search_begins_no_more_chains(monkeypatch):
    program, network = random_program(np.random.default_rng(0), 4, 8), network_of([2, 2])
    begun, left = [], threading.Event()

    def stop(self, chain):
        begun.append(chain)
        if len(begun) == 1:
            raise KeyboardInterrupt
        left.wait(0.5)

    monkeypatch.setattr(ChainRunner, "_anneal", stop)
    found = ChainRunner(Incumbent(program, network, "anneal", 0), PlanningOptions(), None)
    order = tuple(range(len(program.operations)))
    try:
        with pytest.raises(KeyboardInterrupt):
            found.run([Chain(order, start_from_homes, 0.0, (), seed) for seed in range(12)], 0.0, 1.0)
    finally:
        left.set()
    assert len(begun) < 12
