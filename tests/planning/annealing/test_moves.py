"""Single moves of the annealer: what they cost is what the cost changes by, and what is undone leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from distq.planning.annealing import moves
from distq.planning.annealing.kernel_arrays import Log, Problem, State
from distq.planning.annealing.kernels import initial_cost
from distq.planning.annealing.moves import Change
from distq.planning.annealing.search import Solution, start_from_homes
from distq.planning.annealing.search_space import SearchSpace, build_search_space, time_grid
from distq.planning.realise.gate_order import lazy_order
from distq.planning.realise.gate_sites import choose_sites
from distq.util.jit import always
from helpers.annealing import NETWORKS, cost_of, homes_of, price_of
from helpers.programs import random_program

Move = Callable[[Problem, State, Log], Change]
MOVES: dict[str, Move] = {
    "operation": moves.move_operation,
    "packet": moves.move_packet,
    "turn": moves.turn_around,
    "home-fine": partial(moves.move_home, 1),
    "home-coarse": partial(moves.move_home, 4),
}


class Walk:
    """A random walk by all kinds of moves through the search space of a random program."""

    def __init__(self, name: str, seed: int) -> None:
        network = NETWORKS[name]
        program = random_program(
            np.random.default_rng(seed), 6, 60, clbits=2, phase=0.1, measure=0.03, final_measure=seed % 2 == 1
        )
        self.space: SearchSpace = build_search_space(program, network, lazy_order(program))
        self.grid = time_grid(self.space, 8)
        homes = homes_of(program, network)
        start = start_from_homes(self.space, homes, choose_sites(program, homes), self.grid)
        self.price = price_of(network)
        self.problem = Problem.of(self.space, self.grid, self.price)
        self.state = State.of(self.problem, start.site, start.home, np.array([seed], dtype=np.uint64))
        self.log = Log.of(self.problem)
        self.cost = initial_cost(self.problem, self.state)

    def real_cost(self) -> float:
        """The cost from its definition."""
        return cost_of(Solution(self.grid, self.state.site, self.state.home), self.space, self.price)

    def copy(self) -> State:
        """The state now."""
        return State(*[array.copy() for array in self.state])

    def take(self, move: Move) -> Change:
        """One move."""
        change = move(self.problem, self.state, self.log)
        self.cost += change.cost
        return change


def counted(walk: Walk) -> State:
    """The state that follows from sites and homes alone."""
    state = State.of(walk.problem, walk.state.site.copy(), walk.state.home.copy(), walk.state.random.copy())
    initial_cost(walk.problem, state)
    return state


def assert_equal(one: State, other: State, *, but: tuple[str, ...] = ()) -> None:
    for name, a, b in zip(State._fields, one, other, strict=True):
        if name not in but:
            assert np.array_equal(a, b), name


@pytest.mark.slow
@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_move_costs_what_the_cost_changes_by_and_keeps_the_books(name: str, kind: str) -> None:
    changes = 0
    for seed in range(4):
        walk = Walk(name, seed)
        assert walk.cost == pytest.approx(walk.real_cost(), abs=1e-9)
        for _ in range(12):
            change = walk.take(MOVES[kind])
            changes += change.operations + change.homes > 0
            assert walk.cost == pytest.approx(walk.real_cost(), abs=1e-9)
            assert_equal(walk.state, counted(walk))
            assert (walk.state.occupied <= walk.problem.data).all()
            walk.take(MOVES["home-fine"])
    assert changes > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_move_undone_leaves_no_trace(name: str, kind: str) -> None:
    for seed in range(4):
        walk = Walk(name, seed)
        for other in MOVES.values():
            walk.take(other)
            before = walk.copy()
            change = MOVES[kind](walk.problem, walk.state, walk.log)
            moves.undo(change, walk.problem, walk.state, walk.log)
            assert_equal(walk.state, before, but=("random",))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_log_names_every_change_with_what_was_there_before(name: str) -> None:
    for seed in range(4):
        walk = Walk(name, seed)
        for move in MOVES.values():
            site, home = walk.state.site.copy(), walk.state.home.copy()
            change = walk.take(move)
            for i in reversed(range(change.operations)):
                walk.state.site[walk.log.op[i]] = walk.log.old_site[i]
            for i in reversed(range(change.homes)):
                walk.state.home[walk.log.qubit[i], walk.log.slot[i]] = walk.log.old_home[i]
            assert np.array_equal(walk.state.site, site)
            assert np.array_equal(walk.state.home, home)
            walk.state = counted(walk)


@pytest.mark.parametrize("name", ["complete", "line-one-ion"])
@pytest.mark.parametrize("kind", MOVES)
def test_plain_and_compiled_moves_agree(name: str, kind: str) -> None:
    compiled = Walk(name, 1)
    expected = [compiled.take(MOVES[kind]) for _ in range(5)]
    plain = Walk(name, 1)
    with always("plain"):
        assert [plain.take(MOVES[kind]) for _ in range(5)] == expected
    assert_equal(plain.state, compiled.state)


def test_random_members_of_a_set_of_qpus() -> None:
    random = np.array([7], dtype=np.uint64)
    drawn = {int(moves.random_member(0b10110, 5, random)) for _ in range(200)}
    assert drawn == {1, 2, 4}
    assert {int(moves.random_member(0, 3, random)) for _ in range(200)} == {0, 1, 2}
