"""How every picture looks and is saved: fonts, colours, and files whose bytes follow from what they show alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, NamedTuple

# Okabe and Ito's palette, told apart by colour-blind readers too.
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, RED, YELLOW = "#56B4E9", "#D55E00", "#F0E442"
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW)
GREY, LIGHT_GREY, PALE_GREY = "#777777", "#BBBBBB", "#DDDDDD"

SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text, in the reader's font
    "svg.hashsalt": "distq",  # else identifiers are random
    "pdf.fonttype": 42,  # TrueType, which publishers take and editors can edit; Type 3 is neither
    "ps.fonttype": 42,
}
METADATA: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""By kind of file: entries that would differ from day to day."""
DPI = 150


def drawn(figure: Callable[[], Any], kind: str = "png", *, font_size: float = 9.0) -> bytes:
    """What ``figure`` draws, as the content of a picture file.

    Parameters
    ----------
    figure
        Makes the matplotlib ``Figure``, under the settings of all pictures.
    kind
        ``png``, ``svg`` or ``pdf``.
    font_size
        In points.

    Returns
    -------
    bytes
        The same for the same figure.
    """
    import matplotlib

    with matplotlib.rc_context(SETTINGS | {"font.size": font_size}):
        buffer = io.BytesIO()
        figure().savefig(buffer, format=kind, dpi=DPI, metadata=METADATA.get(kind, {}))
    return buffer.getvalue()


def hide_sides(axes: Any, *more: str) -> None:
    """Draw no line at the top and at the right of ``axes``, nor at the other sides that are named."""
    for side in ("top", "right", *more):
        axes.spines[side].set_visible(False)


class TimeUnit(NamedTuple):
    """A unit of time: how many seconds it is, and its symbol."""

    seconds: float
    symbol: str


def time_unit(end_s: float) -> TimeUnit:
    """The largest unit in which ``end_s`` seconds are 2 or more."""
    for unit in (TimeUnit(1.0, "s"), TimeUnit(1e-3, "ms")):
        if end_s >= 2 * unit.seconds:
            return unit
    return TimeUnit(1e-6, "µs")
