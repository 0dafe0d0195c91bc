"""What ``distq bench run`` says while it works: a bar, what runs now and since when, and each failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from distq.cli.session import Session

if TYPE_CHECKING:
    from distq.studies.bench import Result, Task


class TasksShown:
    """All results, with a progress bar and what runs now where somebody looks.

    Parameters
    ----------
    session
        Where to talk.
    total
        Number of tasks.
    heartbeat_s
        Say what runs every so many seconds, terminal or not; None: only a bar on a terminal.
    clock
        Seconds from any moment.
    """

    def __init__(
        self,
        session: Session,
        total: int,
        heartbeat_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session, self.total, self.heartbeat_s, self._clock = session, total, heartbeat_s, clock
        self.done = 0
        self.rows: list[Result] = []
        self._running: dict[str, tuple[str, float]] = {}
        self._show: Callable[[int], None] = lambda done: None

    def started(self, task: Task) -> None:
        """A task has begun."""
        self._running[task.id] = (str(task), self._clock())
        self._show(0)

    def describe(self) -> str:
        """What runs now, and since when."""
        from distq.cli.progress_line import duration

        now = self._clock()
        running = [f"{what} ({duration(now - since)})" for what, since in list(self._running.values())]
        return "now: " + "; ".join(running) if running else "processes start"

    def collect(self, stream: Iterator[Result]) -> None:
        """Take all results into :attr:`rows`, with a message about each that failed."""
        with self._bar(), self._heartbeat():
            for result in stream:
                self._seen(result)

    def _seen(self, result: Result) -> None:
        self.rows.append(result)
        self.done += 1
        self._running.pop(result["id"], None)
        self._show(1)
        if result.get("error"):
            self.session.say(f"{result['circuit']} on {result['network']}, {result['strategy']}: {result['error']}")

    @contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """A thread that says again and again what runs."""
        if self.heartbeat_s is None:
            yield
            return
        end = threading.Event()

        def beat() -> None:
            while not end.wait(self.heartbeat_s):
                self.session.say(f"{time.strftime('%H:%M:%S')} {self.done} of {self.total} done; {self.describe()}")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    @contextmanager
    def _bar(self) -> Iterator[None]:
        if not self.session.chatty:
            yield
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        describe = self.describe

        class Now(ProgressColumn):
            """Asked again and again, so that the times go on."""

            def render(self, task: object) -> Text:
                return Text(f"left   {describe()}")

        so_far = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), "so far,", TimeRemainingColumn(), Now())
        with Progress(*so_far, console=self.session.err()) as progress:
            bar = progress.add_task("", total=self.total)
            self._show = lambda done: progress.update(bar, advance=done)
            yield
