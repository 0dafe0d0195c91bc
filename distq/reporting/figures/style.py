"""How every picture looks and is saved: fonts, colours, and files whose bytes follow from what they show alone."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
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
CAPTION_KEY = {"png": "Description", "svg": "Description", "pdf": "Subject"}
"""By kind of file: the entry that holds the caption."""
DPI = 300
COLUMN_MM, PAGE_MM = 86.0, 178.0
"""Width of one column, and of both columns, of a paper."""
FONT_PT = 7.0
"""Size of the text of a picture, which is drawn as wide as it is printed."""
SMALL_PT = 5.5


@dataclass(frozen=True)
class View:
    """What part of a picture is drawn, and how wide it is.

    Attributes
    ----------
    width_mm
        As printed.
    from_s, to_s
        The part of the run that pictures over time show; None: to its end.
    """

    width_mm: float = PAGE_MM
    from_s: float = 0.0
    to_s: float | None = None

    @property
    def width_in(self) -> float:
        """In inches, as matplotlib wants it."""
        return self.width_mm / 25.4

    @property
    def narrow(self) -> bool:
        """True if parts that stand side by side otherwise had better stand below each other."""
        return self.width_mm < 0.7 * PAGE_MM


FULL = View()


def drawn(figure: Callable[[], Any], kind: str = "png", *, caption: str = "", font_size: float = FONT_PT) -> bytes:
    """What ``figure`` draws, as the content of a picture file.

    Parameters
    ----------
    figure
        Makes the matplotlib ``Figure``, under the settings of all pictures.
    kind
        ``png``, ``svg`` or ``pdf``.
    caption
        What the picture shows: written below it and into the metadata of the file.
    font_size
        In points.

    Returns
    -------
    bytes
        The same for the same figure.
    """
    import matplotlib

    metadata: dict[str, str | None] = {**METADATA.get(kind, {})}
    if caption:
        metadata[CAPTION_KEY[kind]] = caption
    with matplotlib.rc_context(SETTINGS | {"font.size": font_size, "axes.titlesize": font_size + 1}):
        buffer = io.BytesIO()
        made = figure()
        if caption:
            add_caption(made, caption)
        made.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


def add_caption(figure: Any, caption: str) -> None:
    """Write a caption below a figure, in as many lines as its width asks for; the figure grows by their height."""
    text = wrapped(caption, figure.get_figwidth() - 0.1, SMALL_PT)
    below_in = 0.04 + (text.count("\n") + 1) * 1.3 * SMALL_PT / 72
    grow_below(figure, below_in)
    height_in = figure.get_figheight()
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0.0, below_in / height_in), transform=figure.transFigure)
    figure.text(0.008, 0.025 / height_in, text, ha="left", va="bottom", fontsize=SMALL_PT, color=GREY, linespacing=1.2)


def grow_below(figure: Any, more_in: float) -> None:
    """Make a figure so much higher, and leave the new part free."""
    engine = figure.get_layout_engine()
    below_in = engine.get()["rect"][1] * figure.get_figheight() + more_in
    height_in = figure.get_figheight() + more_in
    figure.set_figheight(height_in)
    engine.set(rect=(0.0, below_in / height_in, 1.0, 1.0 - below_in / height_in))


def wrapped(text: str, width_in: float, size_pt: float) -> str:
    """The text in lines that are at most so wide."""
    return "\n".join(textwrap.wrap(text, max(12, int(width_in * 72 / (0.55 * size_pt)))))


def titled(axes: Any, text: str, width_in: float) -> None:
    """Put a title at the left above ``axes``, in as many lines as the width of the figure asks for."""
    axes.set_title(wrapped(text, width_in - 0.7, FONT_PT + 1.4), loc="left", fontweight="bold")


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
