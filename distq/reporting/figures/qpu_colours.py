"""Which colour and pattern a QPU has, so that any number of them can be told apart, in print and by everybody.

The first seven have the colours of Okabe and Ito. The next ones have these again under a pattern; whoever cannot tell
two colours apart reads the names, which stand beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from distq.reporting.figures.style import PALETTE, SMALL_PT, grow_below

PATTERNS = ("", "//////", "......", "xxxxxx", "\\\\\\\\\\\\", "------", "++++++", "oooo")
"""Of the first seven QPUs, of the next seven, and so on."""

Colour = tuple[float, float, float]


def colour_of(qpu: int) -> str:
    """The colour of a QPU."""
    return PALETTE[qpu % len(PALETTE)]


def pattern_of(qpu: int) -> str:
    """The pattern over that colour; empty for the first seven."""
    return PATTERNS[qpu // len(PALETTE) % len(PATTERNS)]


def tint(colour: str, strength: float) -> Colour:
    """The colour mixed with white; ``strength`` is its part."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - strength * (1 - channel) for channel in to_rgb(colour))
    return red, green, blue


def readable_on(background: Colour) -> str:
    """Black or white, whichever stands out."""
    red, green, blue = background
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def legend_sample() -> Any:
    """Three colours side by side, for the entry of a legend that stands for all QPUs."""
    from matplotlib.patches import Patch

    return tuple([Patch(facecolor=tint(colour_of(qpu), 0.7)) for qpu in range(3)])


def show_legend(figure: Any, entries: Sequence[tuple[Any, str]], columns: int) -> None:
    """The legend below a figure, of ``(sample, text)``."""
    from matplotlib.legend_handler import HandlerTuple

    size = SMALL_PT + 0.5
    grow_below(figure, 0.05 + -(-len(entries) // columns) * 1.5 * size / 72)
    handles, labels = zip(*entries, strict=True)
    figure.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 0.0),
        borderaxespad=0.2,
        ncols=columns,
        frameon=False,
        fontsize=size,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.0)},
    )


def show_swatch(axes: Any, qpu: int, width_in: float, low: float = 0.0, high: float = 1.0, data: bool = False) -> None:
    """A sample of the colour of a QPU at the left of ``axes``; heights in their data or as parts of their height."""
    from matplotlib.patches import Rectangle

    transform = axes.get_yaxis_transform() if data else axes.transAxes
    one = 0.035 / width_in
    swatch = Rectangle((-2.0 * one, low), 1.4 * one, high - low, transform=transform, clip_on=False, lw=0)
    swatch.set(facecolor=colour_of(qpu), hatch=pattern_of(qpu), edgecolor="white")
    axes.add_artist(swatch)
