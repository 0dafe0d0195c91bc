"""Blocks of statements that control may leave before their end, on some runs or on all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from distq.frontend.conditions import NO_CASES, Cases, join, meet, opposite
from distq.frontend.openqasm3.gate_calls import GateCaller
from distq.frontend.openqasm3.scope import Scope


class Frame:
    """A loop or a call.

    ``left`` are the cases in which control has left it for good (``break``, ``return``), ``skipped`` those in which it
    has left the present round (``continue``). ``value`` collects what a call returns.
    """

    def __init__(self, loop: bool) -> None:
        self.loop = loop
        self.left: Cases = NO_CASES
        self.skipped: Cases = NO_CASES
        self.value: Any = None


class BlockRunner(GateCaller):
    """Executes blocks, each statement on the runs that still reach it.

    ``frames`` are the calls and the loops around the present statement, the innermost last.
    """

    frames: list[Frame]

    def block(self, statements: Sequence[Any]) -> None:
        """Execute statements in a scope of their own."""
        with self.new_scope():
            for statement in statements:
                with self.reached() as possible:
                    if not possible:
                        return
                    self.execute(statement)

    @contextmanager
    def new_scope(self, outer: Scope | None = None) -> Iterator[None]:
        """A scope inside ``outer``, or inside the present one."""
        before = self.scope
        self.scope = Scope(before if outer is None else outer)
        try:
            yield
        finally:
            self.scope = before

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

    def leave(self, node: Any, what: str) -> None:
        """``break``, ``continue`` or ``return`` on the present path."""
        wanted = what != "return"
        frame = next((frame for frame in reversed(self.frames) if frame.loop == wanted), None)
        if frame is None:
            raise self.error(node, f"{what} outside of a {'loop' if wanted else 'subroutine'}")
        if what == "continue":
            frame.skipped = join(frame.skipped, self.path)
        else:
            frame.left = join(frame.left, self.path)

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
                return meet(self.path, condition()) if possible else NO_CASES
