"""The picture of a schedule: what every link and ion does over time, and how long random runs take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distq.ir.events import (
    Allocate,
    CatDisentangle,
    CatEntangle,
    Event,
    Events,
    Execute,
    HeraldPair,
    Ion,
    Release,
    Transfer,
    ions_of,
)
from distq.networks.network import Network
from distq.reporting.figures.style import BLUE, GREEN, ORANGE, RED, drawn, hide_sides, time_unit

if TYPE_CHECKING:
    from distq.execution.run_statistics import PlanTiming

COLOURS = {
    "heralding": BLUE,
    "half of a pair waits": "#B9D6EA",
    "link protocol": RED,
    "multi-qubit gate": GREEN,
    "other operation": ORANGE,
}
MAX_ROWS = 120
"""Ions beyond are left out, those of the last QPUs first; the axis says how many."""
WIDTH_IN, MAX_HEIGHT_IN = 12.0, 15.0

Bar = tuple[float, float, float, str]
"""Begin, end, row, what."""


def draw(timing: PlanTiming, events: Events, network: Network, title: str, kind: str = "png") -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    return drawn(lambda: figure_of(timing, events, network, title), kind, font_size=8.0)


def figure_of(timing: PlanTiming, events: Events, network: Network, title: str) -> Any:
    """The picture as a matplotlib Figure."""
    from matplotlib.figure import Figure

    rows, labels, left_out = _rows(timing, events, network)
    height = min(MAX_HEIGHT_IN, 3.2 + 0.14 * (len(rows) + len(network.qpus) + 2))
    figure = Figure(figsize=(WIDTH_IN, height), layout="constrained")
    chart, runs = figure.subplots(2, 1, gridspec_kw={"height_ratios": [height - 2.0, 1.4]})
    _chart(chart, timing, events, rows, labels)
    chart.set_title(title, loc="left", fontweight="bold")
    if left_out:
        chart.text(1.0, 1.01, f"{left_out} more ions not shown", transform=chart.transAxes, ha="right")
    _histogram(runs, timing)
    _legend(figure)
    return figure


def _rows(timing: PlanTiming, events: Events, network: Network) -> tuple[dict[object, float], dict[str, float], int]:
    """Height of every link's (by index), analyser's and ion's row, of every label, and how many ions found no room."""
    rows: dict[object, float] = {}
    labels: dict[str, float] = {}
    names = [qpu.name for qpu in network.qpus]
    used = sorted({event.link for event in events.events if isinstance(event, HeraldPair)})
    for link in used:
        labels[network.link_name(link)] = rows[link] = float(len(rows))
    for hub, number in sorted({analyser for taken in timing.analysers.values() for analyser in taken}):
        name = network.hubs[hub].name
        rows[hub, number] = float(len(rows)) + 0.4
        labels[f"{name} {number + 1}" if network.hubs[hub].analysers > 1 else name] = rows[hub, number]
    at, left_out = len(rows) + 0.7, 0
    for index, name in enumerate(names):
        for role, count in events.sizes[index].items():
            shown = max(0, min(count, MAX_ROWS - len(rows)))
            left_out += count - shown
            for number in range(shown):
                rows[Ion(index, role, number)] = at + number
            if shown:
                labels[f"{name} {role}"] = at + (shown - 1) / 2
                at += shown + 0.2
        at += 0.5
    return rows, labels, left_out


def _chart(axes: Any, timing: PlanTiming, events: Events, rows: dict[object, float], labels: dict[str, float]) -> None:
    from matplotlib.collections import PolyCollection

    bars = _bars(events, timing, rows)
    corners = [_corners(begin, end, row) for begin, end, row, _ in bars]
    colours = [COLOURS[what] for _, _, _, what in bars]
    axes.add_collection(PolyCollection(corners, facecolors=colours, edgecolors="none"))
    marks = []
    for index in timing.path:
        event = events.events[index]
        keys: tuple[object, ...] = (event.link,) if isinstance(event, HeraldPair) else ions_of(event)[:1]
        marks += [_corners(timing.times.start_s[index], timing.times.end_s[index], rows[k]) for k in keys if k in rows]
    axes.add_collection(PolyCollection(marks, facecolors="none", edgecolors="black", linewidths=0.7))
    axes.set_yticks(list(labels.values()), list(labels))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(rows.values(), default=0.0) + 0.8, -0.8)
    axes.set_xlim(0.0, timing.times.makespan_s or 1.0)
    unit = time_unit(timing.times.makespan_s)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:g}")
    axes.set_xlabel(f"time ({unit.symbol}) if every pair takes its mean time; {timing.statistics.policy}")
    hide_sides(axes, "left")


def _bars(events: Events, timing: PlanTiming, rows: dict[object, float]) -> list[Bar]:
    start, end = timing.times.start_s.tolist(), timing.times.end_s.tolist()
    bars: list[Bar] = []
    heralded: dict[Ion, float] = {}
    for index, event in enumerate(events.events):
        begin, until = start[index], end[index]
        if isinstance(event, HeraldPair):
            bars.append((begin, until, rows[event.link], "heralding"))
            bars += [(begin, until, rows[taken], "heralding") for taken in timing.analysers.get(index, ())]
            heralded[event.a] = heralded[event.b] = until
        if isinstance(event, CatEntangle):
            for ion in (event.half, event.copy):
                if ion in rows:
                    bars.append((heralded.get(ion, begin), begin, rows[ion], "half of a pair waits"))
        what = _class_of(event)
        bars += [(begin, until, rows[ion], what) for ion in _busy(event) if what and ion in rows]
    return bars


def _busy(event: Event) -> tuple[Ion, ...]:
    """Ions to draw as busy: of a cat-disentangler only the copy, as the root need not take part."""
    return (event.copy,) if isinstance(event, CatDisentangle) else ions_of(event)


def _class_of(event: Event) -> str:
    match event:
        case CatEntangle() | CatDisentangle():
            return "link protocol"
        case Execute(_, ions):
            return "multi-qubit gate" if len(ions) > 1 else "other operation"
        case Transfer() | Release():
            return "other operation"
        case Allocate() | HeraldPair():
            return ""


def _corners(begin: float, end: float, row: float) -> list[tuple[float, float]]:
    return [(begin, row - 0.4), (begin, row + 0.4), (end, row + 0.4), (end, row - 0.4)]


def _histogram(axes: Any, timing: PlanTiming) -> None:
    figures = timing.statistics
    scale, unit = time_unit(figures.makespan_p99_s)
    axes.hist(timing.makespans_s / scale, bins=60, color="#999999")
    marks = (
        ("mean", figures.makespan_mean_s, "-"),
        ("p95", figures.makespan_p95_s, "--"),
        ("p99", figures.makespan_p99_s, ":"),
    )
    for name, value, style in marks:
        axes.axvline(value / scale, color="black", lw=1.0, ls=style, label=f"{name} {value / scale:.4g} {unit}")
    axes.set_xlabel(f"makespan ({unit}) of {figures.samples:,} runs with random waits")
    axes.set_ylabel("runs")
    axes.legend(frameon=False, loc="upper right")
    hide_sides(axes)


def _legend(figure: Any) -> None:
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(facecolor=colour, label=what) for what, colour in COLOURS.items()]
    handles.append(Patch(facecolor="none", edgecolor="black", label="critical path"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
