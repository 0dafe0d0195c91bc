"""The picture of an explanation: Bell pairs against memory, their causes, and how full the memories are over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.reporting.figures.style import (
    BLUE,
    GREEN,
    GREY,
    LIGHT_GREY,
    ORANGE,
    PALE_GREY,
    RED,
    SKY,
    drawn,
    hide_sides,
)
from distq.studies.explain.explanation import CAUSES, Explanation, Occupancy, Point
from distq.util.text import counted

CAUSE_COLOURS = dict(zip(CAUSES, (BLUE, GREEN, RED, ORANGE, SKY, GREY), strict=True))
COLUMNS = 600
"""Moments shown at most; of those in between the fullest counts."""


def draw(found: Explanation, kind: str = "png") -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    return drawn(lambda: figure_of(found), kind)


def figure_of(found: Explanation) -> Any:
    """The picture as a matplotlib Figure."""
    from matplotlib.figure import Figure

    rows = len(found.occupancy)
    figure = Figure(figsize=(11.0, 4.9 + min(6.0, 0.26 * rows)), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[2.6, 0.6 + 0.26 * min(rows, 23)], width_ratios=[1.15, 1.0])
    _curve(figure.add_subplot(grid[0, 0]), found)
    _causes(figure.add_subplot(grid[0, 1]), found)
    _memory(figure, figure.add_subplot(grid[1, :]), found.occupancy)
    less = f", {counted(found.left_out, 'rotation')} left out" if found.left_out else ""
    figure.suptitle(
        f"{found.circuit} on {found.network}, {found.strategy}: {counted(found.ebits, 'Bell pair')}{less}",
        x=0.01,
        ha="left",
        fontweight="bold",
    )
    return figure


def _curve(axes: Any, found: Explanation) -> None:
    """Bell pairs against memory ions; unlimited memory last, one more data ion as a mark of its own."""
    hide_sides(axes)
    axes.set_title("What other numbers of ions cost", loc="left")
    axes.set_xlabel("memory ions per QPU")
    axes.set_ylabel("Bell pairs")
    sizes: list[int | None] = [*sorted({p.memory for p in found.curve if p.memory is not None})]
    sizes += [None] if any(p.memory is None for p in found.curve) else []
    place = {size: index for index, size in enumerate(sizes)}
    axes.set_xticks(range(len(sizes)), ["unlimited" if s is None else str(s) for s in sizes])
    axes.set_xlim(-0.5, max(0.5, len(sizes) - 0.5))
    plain = [p for p in found.curve if not p.extra_data and p.ebits is not None]
    xs = [place[p.memory] for p in plain]
    ys = [p.ebits for p in plain]
    finite = sum(p.memory is not None for p in plain)
    axes.plot(xs[:finite], ys[:finite], "-", color=BLUE, zorder=3)
    axes.plot(xs[max(0, finite - 1) :], ys[max(0, finite - 1) :], ":", color=BLUE, zorder=3)
    axes.plot(xs, ys, "o", color=BLUE, zorder=3, label="memory changed")
    for point in found.curve:
        x = place[point.memory]
        if point.ebits is None:
            axes.annotate("no plan", (x, 0.02), xycoords=("data", "axes fraction"), ha="center", color=GREY)
        elif point.label == "m":
            axes.plot([x], [point.ebits], "o", ms=13, mfc="none", mec=RED, mew=1.8, zorder=4, label="as given")
        elif point.extra_data:
            axes.plot([x], [point.ebits], "D", color=ORANGE, zorder=5, label="+1 data ion each")
    for point in plain:
        axes.annotate(
            str(point.ebits), (place[point.memory], point.ebits), (8, 6), textcoords="offset points", color=BLUE
        )
    _data_label(axes, place, found.curve)
    highest = max([p.ebits for p in found.curve if p.ebits is not None], default=0)
    axes.set_ylim(0, max(1.0, 1.18 * highest))
    axes.yaxis.get_major_locator().set_params(integer=True)
    if found.curve:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(-0.04, -0.16), ncols=3, columnspacing=1.2)


def _data_label(axes: Any, place: dict[int | None, int], curve: tuple[Point, ...]) -> None:
    for point in curve:
        if point.extra_data and point.ebits is not None:
            at = (place[point.memory], point.ebits)
            axes.annotate(str(point.ebits), at, (-8, -12), textcoords="offset points", color=ORANGE, ha="right")


def _causes(axes: Any, found: Explanation) -> None:
    """One bar per cause."""
    hide_sides(axes)
    axes.set_title("What the Bell pairs were for", loc="left")
    axes.set_xlabel("Bell pairs")
    labels = [f"{cause}:\n{_broken(CAUSES[cause])}" for cause, _ in found.causes]
    numbers = [number for _, number in found.causes]
    if not numbers:
        axes.text(0.5, 0.5, "none: no gate is remote", transform=axes.transAxes, ha="center", color="0.4")
    bars = axes.barh(range(len(numbers)), numbers, color=[CAUSE_COLOURS[c] for c, _ in found.causes], height=0.6)
    axes.bar_label(bars, padding=3)
    axes.set_yticks(range(len(numbers)), labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(len(numbers), 3) - 0.5, -0.5)
    axes.set_xlim(0, 1.12 * max(numbers, default=1))
    axes.xaxis.get_major_locator().set_params(integer=True)


def _broken(text: str, width: int = 30) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


def _memory(figure: Any, axes: Any, rows: tuple[Occupancy, ...]) -> None:
    """Memory ions in use, one row per QPU; what is full stands out."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Patch

    axes.set_title("Memory in use over the plan", loc="left")
    steps = len(rows[0].used)
    shares = np.stack([_squeezed(row) for row in rows])
    colours = LinearSegmentedColormap.from_list("use", ["#FFFFFF", SKY, BLUE]).with_extremes(over=RED)
    extent = (0, max(1, steps), len(rows) - 0.5, -0.5)
    axes.imshow(shares, aspect="auto", extent=extent, cmap=colours, vmin=0.0, vmax=0.999, interpolation="nearest")
    axes.set_yticks(range(len(rows)), [row.qpu for row in rows])
    axes.set_yticks([i + 0.5 for i in range(len(rows) - 1)], minor=True)
    axes.grid(which="minor", axis="y", color=PALE_GREY, lw=0.6)
    axes.tick_params(axis="y", which="both", length=0)
    axes.set_xlabel("operations that have run")
    for side in axes.spines.values():
        side.set_color(LIGHT_GREY)
    keys = [Patch(fc="#FFFFFF", ec=LIGHT_GREY, label="empty"), Patch(color=SKY, label="half full")]
    keys.append(Patch(color=BLUE, label="nearly full"))
    if any(row.memory is not None for row in rows):
        keys.append(Patch(color=RED, label="full"))
    axes.legend(handles=keys, ncols=4, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)


def _squeezed(row: Occupancy) -> NDArray[np.float64]:
    """Share of the memory in use at up to ``COLUMNS`` moments; of an unlimited memory, the share of its peak."""
    limit = row.memory if row.memory else max(1, row.peak_memory + 1 if row.memory is None else 1)
    used = np.asarray(row.used or (0,), dtype=np.float64) / limit
    edges = np.unique(np.linspace(0, len(used), min(COLUMNS, len(used)), endpoint=False).astype(int))
    return np.asarray(np.maximum.reduceat(used, edges))
