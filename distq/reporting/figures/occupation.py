"""The picture of a compiled circuit: which qubit sits on which ion over time, and the Bell pairs between the QPUs.

One lane per QPU, one row per ion, data ions above memory ions. A bar has the colour of the QPU at which its qubit
started, so a link copy shows at a glance whose qubit is visiting. Where there are too many pairs or ions to be told
apart, :mod:`distq.reporting.figures.occupation_overview` draws what they do together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from distq.ir.events import ANY_ROLE, DATA, MEMORY, Events, Ion
from distq.networks.network import Network
from distq.reporting.figures import occupation_overview
from distq.reporting.figures.occupation_data import WAIT, Stay, Timeline, births, timeline
from distq.reporting.figures.qpu_colours import (
    colour_of,
    legend_sample,
    pattern_of,
    readable_on,
    show_legend,
    show_swatch,
    tint,
)
from distq.reporting.figures.style import FULL, LIGHT_GREY, SMALL_PT, View, drawn, hide_sides, time_unit, titled
from distq.reporting.figures.subject import Subject, caption_of, title_of

WAIT_COLOUR = LIGHT_GREY
ROW_IN = 0.105
"""Height of a row in inches."""
MAX_ROWS, MAX_PAIRS = 100, 200
"""Beyond either, the picture is an overview."""
SMALLEST_PT = 3.8
"""Names that would have to be smaller are left out."""
MARGIN_IN = 0.85
"""For the names at the left."""


def draw(subject: Subject, kind: str = "png", view: View = FULL) -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    return drawn(lambda: figure_of(subject, view), kind, caption=caption_of(subject.report))


def figure_of(subject: Subject, view: View = FULL) -> Any:
    """The picture as a matplotlib Figure."""
    from matplotlib.figure import Figure

    times = subject.schedule
    whole = timeline(subject.events, times.start_s.tolist(), times.end_s.tolist())
    line = whole.between(view.from_s, view.to_s)
    rows = _rows(subject.network, subject.events)
    if len(rows) > MAX_ROWS or len(line.pairs) > MAX_PAIRS:
        return occupation_overview.figure_of(subject, whole, line, view)
    height = 0.7 + ROW_IN * (max(rows.values(), default=0.0) + 1)
    figure = Figure(figsize=(view.width_in, height), layout="constrained")
    axes = figure.add_subplot()
    _lanes(axes, subject.network, rows, view.width_in - MARGIN_IN)
    _bars(axes, line, rows, births(whole, subject.program.num_qubits), view)
    _gates(axes, line, rows)
    _pairs(axes, line, rows)
    axes.set_ylim(max(rows.values(), default=0.0) + 0.8, -0.8)
    show_time(axes, line)
    titled(axes, title_of(subject.report), view.width_in)
    _legend(figure, view)
    return figure


_LANES = {DATA: "{} data", MEMORY: "memory", ANY_ROLE: "{}"}
"""What the rows of each role are called, where {} is the QPU."""


def show_time(axes: Any, line: Timeline) -> None:
    """The axis of time, in a unit that suits what is shown."""
    unit = time_unit(line.end_s)
    axes.set_xlim(line.start_s, max(line.end_s, line.start_s + 1e-6))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.set_xlabel(f"time ({unit.symbol}), pairs arriving at their mean rate")


def _rows(network: Network, events: Events) -> dict[Ion, float]:
    """Height of every ion's row, from the top; part of a row between data and memory, a whole one between QPUs."""
    rows: dict[Ion, float] = {}
    at = 0.0
    for index in range(len(network.qpus)):
        for role, count in events.sizes[index].items():
            for number in range(count):
                rows[Ion(index, role, number)] = at
                at += 1.0
            at += 0.3
        at += 0.9
    return rows


def _lanes(axes: Any, network: Network, rows: dict[Ion, float], width_in: float) -> None:
    """A tinted lane for each QPU, with its name and a sample of its colour at the left."""
    ticks, labels = [], []
    for index, qpu in enumerate(network.qpus):
        heights = {role: [y for ion, y in rows.items() if ion[:2] == (index, role)] for role in _LANES}
        every = [y for of_role in heights.values() for y in of_role]
        if every:
            low, high = min(every) - 0.6, max(every) + 0.6
            axes.axhspan(low, high, color=colour_of(index), alpha=0.07, lw=0)
            show_swatch(axes, index, width_in, low, high, data=True)
        for role, of_role in heights.items():
            if of_role:
                ticks.append(sum(of_role) / len(of_role))
                labels.append(_LANES[role].format(qpu.name) if heights[DATA] else qpu.name)
    axes.set_yticks(ticks, labels)
    axes.tick_params(axis="y", length=0, pad=7)
    hide_sides(axes, "left")


def _bars(axes: Any, line: Timeline, rows: dict[Ion, float], homes: Sequence[int], view: View) -> None:
    def kind(stay: Stay) -> tuple[int, bool]:
        return (WAIT, False) if stay.qubit == WAIT else (homes[stay.qubit], _visits(stay, homes))

    for (home, visits), stays in groupby(sorted(line.stays, key=kind), kind):
        _bars_of_a_kind(axes, list(stays), rows, home, visits)
    per_inch_s = max(line.end_s - line.start_s, 1e-12) / max(0.5, view.width_in - MARGIN_IN)
    for stay in line.stays:
        name = f"q{stay.qubit}"
        size = min(SMALL_PT, 72 * (stay.end_s - stay.start_s) / per_inch_s / (0.62 * (len(name) + 0.4)))
        if stay.qubit != WAIT and size >= SMALLEST_PT:
            colour = readable_on(_bar_colour(homes[stay.qubit], _visits(stay, homes)))
            at = stay.start_s + 0.015 * per_inch_s, rows[stay.ion] - 0.06
            axes.text(*at, name, fontsize=size, va="center", color=colour, clip_on=True, zorder=4)


def _bars_of_a_kind(axes: Any, stays: Sequence[Stay], rows: dict[Ion, float], home: int, visits: bool) -> None:
    from matplotlib.collections import PolyCollection

    half = 0.16 if home == WAIT else 0.42
    corners = [
        [(s.start_s, y - half), (s.start_s, y + half), (s.end_s, y + half), (s.end_s, y - half)]
        for s in stays
        for y in (rows[s.ion],)
    ]
    colour = WAIT_COLOUR if home == WAIT else _bar_colour(home, visits)
    hatch = None if home == WAIT else pattern_of(home) or None
    axes.add_collection(PolyCollection(corners, facecolor=colour, edgecolor="white", linewidth=0.3, hatch=hatch))


def _visits(stay: Stay, homes: Sequence[int]) -> bool:
    """True on memory ions, and for qubits of other QPUs on ions with any role."""
    return stay.ion.role == MEMORY or (stay.ion.role == ANY_ROLE and stay.ion.qpu != homes[stay.qubit])


def _bar_colour(home: int, visits: bool) -> tuple[float, float, float]:
    """Full for visitors, lighter for the others."""
    return tint(colour_of(home), 0.8 if visits else 0.4)


def _gates(axes: Any, line: Timeline, rows: dict[Ion, float]) -> None:
    """A tick for each gate in the lower part of its bars, below the names."""
    from matplotlib.collections import LineCollection

    ticks = [[(time, rows[ion] + 0.14), (time, rows[ion] + 0.40)] for time, ions in line.gates for ion in ions]
    axes.add_collection(LineCollection(ticks, colors="black", linewidths=0.35, alpha=0.7))


def _pairs(axes: Any, line: Timeline, rows: dict[Ion, float]) -> None:
    """A line from ion to ion for each pair; lines that would lie on each other are moved aside."""
    from matplotlib.collections import LineCollection

    spans = apart([(time, rows[a], rows[b]) for time, a, b in line.pairs], 0.006 * (line.end_s - line.start_s))
    lines = [[(time, y0), (x, y0), (x, y1), (time, y1)] for time, x, y0, y1 in spans]
    axes.add_collection(LineCollection(lines, colors="black", linewidths=0.5, alpha=0.8))
    ends = [(time, y) for time, _, *both in spans for y in both]
    if ends:
        axes.scatter(*zip(*ends, strict=True), s=3.5, color="black", zorder=5, linewidths=0)


def apart(spans: Iterable[tuple[float, float, float]], gap: float) -> list[tuple[float, float, float, float]]:
    """Places for vertical lines so that those that overlap stand ``gap`` apart.

    Takes ``(x, y0, y1)`` of each and returns ``(x, place, y0, y1)``, where ``place`` is x or a bit more.
    """
    placed: list[tuple[float, float, float, float]] = []
    for x, y0, y1 in sorted(spans):
        low, high = min(y0, y1), max(y0, y1)
        near = [p for _, p, a, b in placed[-60:] if p > x - gap and max(a, b) > low and min(a, b) < high]
        place = x
        while any(abs(place - other) < 0.999 * gap for other in near):
            place += gap
        placed.append((x, place, y0, y1))
    return placed


def _legend(figure: Any, view: View) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[tuple[Any, str]] = [
        (legend_sample(), "qubit or copy: colour of the QPU where it started"),
        (Patch(facecolor=WAIT_COLOUR), "ion heralds or holds half a pair"),
        (Line2D([], [], color="black", marker="o", markersize=2.5, lw=0.6), "Bell pair heralded"),
        (Line2D([], [], color="black", marker="|", markersize=4, lw=0), "multi-qubit gate"),
    ]
    show_legend(figure, entries, 1 if view.narrow else 4)
