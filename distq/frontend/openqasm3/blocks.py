"""Blocks of statements, each executed on the runs that still reach it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from distq.frontend.openqasm3.gate_calls import GateCaller
from distq.frontend.openqasm3.scope import Scope
from distq.frontend.outcomes.control import Control


class BlockRunner(GateCaller, Control):
    """Executes blocks."""

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
