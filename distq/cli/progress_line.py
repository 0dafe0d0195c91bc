"""The line that says what is being done: a bar that never goes back, the time so far and the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.text import Text

from distq.util.progress import PartDone

CELLS = 20
"""Width of the bar."""
PREDICTABLE_S, PREDICTABLE_SHARE = 2.0, 0.05
"""From this time and this share on, what is left is predicted from what is done."""


class ProgressLine:
    """Shows the present stage. Rich asks for the text again and again, so that times go on between two reports.

    Parameters
    ----------
    clock
        Seconds from any moment.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = self._stage_start = clock()
        self._name, self._detail = "starting", ""
        self._share: float | None = None
        self._end: float | None = None

    def tell(self, stage: str) -> None:
        """A stage begins or, if it says how much of it is done, goes on."""
        share = stage.share if isinstance(stage, PartDone) else None
        name, detail = (stage.name, stage.detail) if isinstance(stage, PartDone) else (stage, "")
        now = self._clock()
        if name != self._name or share is None:
            self._name, self._stage_start, self._share, self._end = name, now, None, None
        self._detail = detail
        if share is not None:
            self._share = min(1.0, max(share, self._share or 0.0))
            self._end = self._predicted_end(now, self._share)

    def _predicted_end(self, now: float, share: float) -> float | None:
        """When the stage should be done, at the speed so far; None if that cannot be said."""
        elapsed = now - self._stage_start
        if share < PREDICTABLE_SHARE or elapsed < PREDICTABLE_S:
            return None
        return self._stage_start + elapsed / share

    def __rich__(self) -> Text:
        """One line: stage, bar, what has been found, elapsed and remaining time."""
        now = self._clock()
        parts = [self._name]
        if self._share is None:
            parts[0] += " ..."
        else:
            done = round(CELLS * self._share)
            parts.append("━" * done + "─" * (CELLS - done) + f" {self._share:4.0%}")
        parts += [self._detail] if self._detail else []
        times = f"{duration(now - self._start)} so far"
        if self._end is not None and self._end - now >= 1.0:
            times += f", about {duration(self._end - now)} left"
        return Text("  ".join([*parts, times]), no_wrap=True, overflow="ellipsis")


def duration(seconds: float) -> str:
    """``8 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
