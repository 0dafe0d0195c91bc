"""Loops and calls that control may leave before their end, on some runs or on all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from distq.frontend.conditions import NO_CASES, Cases, join, meet, opposite
from distq.frontend.outcomes.recorder import Recorder


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
    """

    recorder: Recorder
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

    def while_true(self, condition: Callable[[], Cases], body: Callable[[], None], most: int) -> Cases:
        """Repeat ``body`` while ``condition`` holds, at most ``most`` times; returns the cases that would go on."""
        with ExitStack() as stack, self.frame(loop=True) as loop:
            for _ in range(most):
                loop.skipped = NO_CASES
                if not stack.enter_context(self.reached()):
                    return NO_CASES
                if not stack.enter_context(self.recorder.under(condition())):
                    return NO_CASES
                body()
            loop.skipped = NO_CASES
            with self.reached() as possible:
                return meet(self.recorder.path, condition()) if possible else NO_CASES
