"""Loops and calls that control may leave before their end, on some runs or on all."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from distq.frontend.conditions import NO_CASES, Cases, join, meet, opposite
from distq.frontend.outcomes.recorder import Recorder

UNCERTAIN_ROUNDS = 10
"""So many rounds are unrolled, unless somebody says otherwise, of a loop whose end depends on measured bits."""


class LoopEnd(enum.Enum):
    """How a loop that was unrolled ends."""

    ALWAYS = enum.auto()
    """On every run, after its condition was false."""
    CUT_OFF = enum.auto()
    """On some runs after the last round that was unrolled, although measured bits say that it goes on."""
    NEVER = enum.auto()
    """On no run within so many rounds that nobody means it."""


class Frame:
    """A loop or a call.

    Attributes
    ----------
    loop
        False for a call.
    left
        Cases in which control has left it for good (``break``, ``return``).
    skipped
        Cases in which control has left the present round of a loop (``continue``).
    value
        What a call returns so far.
    """

    def __init__(self, loop: bool) -> None:
        self.loop = loop
        self.left: Cases = NO_CASES
        self.skipped: Cases = NO_CASES
        self.value: Any = None


class Control:
    """Says which runs still reach a statement.

    Attributes
    ----------
    recorder
        Has the path.
    frames
        The calls and the loops around the present statement, the innermost last.
    max_rounds
        How many rounds are unrolled of a loop whose end depends on measured bits.
    """

    recorder: Recorder
    max_rounds: int
    frames: list[Frame]

    @contextmanager
    def reached(self) -> Iterator[bool]:
        """Only those runs in which control is still here; False if there are none."""
        gone: Cases = NO_CASES
        for frame in reversed(self.frames):
            gone = join(join(gone, frame.left), frame.skipped)
            if not frame.loop:
                break
        with self.recorder.under(opposite(gone)) as possible:
            yield possible

    @contextmanager
    def frame(self, loop: bool) -> Iterator[Frame]:
        """A loop or a call around what is executed inside."""
        made = Frame(loop)
        self.frames.append(made)
        try:
            yield made
        finally:
            self.frames.pop()

    def rounds(self, bodies: Iterator[Callable[[], None]]) -> None:
        """Execute the rounds of a loop one after the other, on the runs that have not left it."""
        with self.frame(loop=True) as loop:
            for body in bodies:
                loop.skipped = NO_CASES
                with self.reached() as possible:
                    if not possible:
                        return
                    body()

    def leave(self, what: str) -> bool:
        """``break``, ``continue`` or ``return`` on the present path; False if there is nothing to leave."""
        wanted = what != "return"
        frame = next((frame for frame in reversed(self.frames) if frame.loop == wanted), None)
        if frame is None:
            return False
        if what == "continue":
            frame.skipped = join(frame.skipped, self.recorder.path)
        else:
            frame.left = join(frame.left, self.recorder.path)
        return True

    def while_true(self, condition: Callable[[], Cases], body: Callable[[], None], most: int) -> LoopEnd:
        """Repeat ``body`` while ``condition`` holds, each round on the runs that reach it.

        At most ``most`` rounds. From the last round on that is reached by all runs which reach the loop, at most
        ``max_rounds``.
        """
        rounds, entered = 0, self.recorder.path
        going = entered
        with self.frame(loop=True) as loop:
            for _ in range(most):
                loop.skipped = NO_CASES
                going = self._going_on(going, condition)
                with self.recorder.under(going) as possible:
                    if not possible:
                        return LoopEnd.ALWAYS
                    rounds = 1 if going == entered else rounds + 1
                    if rounds > self.max_rounds:
                        return LoopEnd.CUT_OFF
                    body()
        return LoopEnd.NEVER

    def _going_on(self, going: Cases, condition: Callable[[], Cases]) -> Cases:
        """The runs that begin a round of a loop, of those that were ``going`` on in the one before."""
        with self.recorder.under(going), self.reached() as possible:
            if not possible:
                return NO_CASES
            steps = len(self.recorder.steps)
            found = meet(self.recorder.path, condition())
        if not self.recorder.occurs(found):
            return NO_CASES
        if len(self.recorder.steps) > steps:
            return found
        # A run that has left the loop by its condition has changed nothing since: the condition is still false there.
        # So the cases of all runs are the same ones, and these do not tell every round again.
        with self.reached():
            return meet(self.recorder.path, condition())


_ENDS = "ends by measured bits"


def is_of_loop(note: str) -> bool:
    """True if a note is that of a loop which was cut off."""
    return f" {_ENDS}: " in note


def cut_off(where: str, rounds: int) -> str:
    """What a report says of a loop that was cut off."""
    times = "1 round" if rounds == 1 else f"{rounds} rounds"
    return (
        f"{where} {_ENDS}: it is compiled for at most {times} (--max-rounds), after which every run "
        "leaves it; pairs and times are those of all rounds"
    )
