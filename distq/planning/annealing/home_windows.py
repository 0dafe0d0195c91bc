"""Which slots a move of a home is about. How the constants were measured is said in ``moves``."""

from __future__ import annotations

from typing import NamedTuple

from distq.planning.annealing.kernel_arrays import Array, Problem, State
from distq.util.counter_rng import next_below, next_uniform
from distq.util.jit import njit_borrowing

WINDOW_TO_DEATH, WINDOW_STAY, WINDOW_LIFE, WINDOW_BOUNDARIES = 0.25, 0.25, 0.1, 0.2
"""Shares of windows of a home that last to the end of the qubit's life, as long as its home stays the same, all its
life, and from about one boundary to about another. All others, a fifth, have a length in slots at random.

Without one of the first four, and as many more of the last, pairs change by +0.1 / +1.4 %, +1.2 / +5.7 %, -0.4 / +1.3 %
and +1.3 / +6.6 %. Without the last, and as many more of one of the first four, they change by +0.6 / -6.6 %,
-2.4 / -7.6 %, +0.2 / -9.2 % and +0.0 / -3.3 %: lengths at random cost pairs where memory is scarce.
"""
WINDOW_OCTAVES = 8
"""Lengths of the last kind of windows: the grain times 1, 2, 4, ... 2^7, all equally often. With the grain alone pairs
change by +0.1 / +10.4 %; 4 octaves (+0.5 / +0.4 %) and 12 (-0.6 / -2.8 %) are within noise."""
NEXT_BOUNDARY = 0.5
"""Chance that a window from boundary to boundary goes on beyond another one. Within noise at 0 (-0.9 / -1.3 %), 0.25
(+0.2 / +2.2 %) and 0.75 (+0.2 / -3.6 %)."""
MAX_DRAGGED = 100.0
"""Operations in a window at most, on average: a move takes time in proportion to them. Within noise from 25
(-1.6 / +0.3 %) to 400 (-1.1 / -0.1 %) where circuits are small; for large ones it bounds the time."""


class Window(NamedTuple):
    """Slots ``begin`` to ``end`` of one qubit."""

    begin: int
    end: int


@njit_borrowing
def window_between_boundaries(q: int, t: int, problem: Problem, random: Array) -> Window:
    """From about one boundary of the qubit, the last one before slot t, to about another one."""
    first, last, birth, death = problem.first_segment, problem.last_segment, problem.birth, problem.death
    begin = t
    while begin > birth[q] and first[q, begin] == last[q, begin]:
        begin -= 1
    begin = min(begin + next_below(2, random), death[q] - 1)
    boundaries = 1
    while next_uniform(random) < NEXT_BOUNDARY:
        boundaries += 1
    end = begin + 1
    while end < death[q]:
        if first[q, end] < last[q, end]:
            boundaries -= 1
            if boundaries == 0:
                break
        end += 1
    return Window(begin, min(end + next_below(2, random), death[q]))


@njit_borrowing
def choose_window(q: int, grain: int, problem: Problem, state: State) -> Window:
    """Slots in which the home of q could be elsewhere, at a random time, in one of five ways."""
    home, random, birth, death = state.home, state.random, problem.birth[q], problem.death[q]
    at = birth + next_below(death - birth, random)
    at = max(birth, at - at % grain)
    length = grain << next_below(WINDOW_OCTAVES, random)
    way = next_uniform(random)
    if way < WINDOW_TO_DEATH:
        window = Window(at, death)
    elif way < WINDOW_TO_DEATH + WINDOW_STAY:
        begin, end = at, at + 1
        while begin > birth and home[q, begin - 1] == home[q, at]:
            begin -= 1
        while end < death and home[q, end] == home[q, at]:
            end += 1
        window = Window(begin, end)
    elif way < WINDOW_TO_DEATH + WINDOW_STAY + WINDOW_LIFE:
        window = Window(birth, death)
    elif way < WINDOW_TO_DEATH + WINDOW_STAY + WINDOW_LIFE + WINDOW_BOUNDARIES:
        window = window_between_boundaries(q, at, problem, random)
    else:
        window = Window(at, min(at - at % grain + length, death))
    # Long windows cost time in proportion to the operations in them: keep that bounded on average.
    density = len(problem.operand_segment) / (home.shape[0] * home.shape[1])
    operations = (window.end - window.begin) * density
    if operations > MAX_DRAGGED and next_uniform(random) * (window.end - window.begin) * density > MAX_DRAGGED:
        window = Window(window.begin, min(window.end, window.begin + max(1, int(MAX_DRAGGED / density))))
    return window
