"""The picture of a compiled circuit: which qubit sits on which ion over time, and the Bell pairs between the QPUs.

One lane per QPU, one row per ion, data ions above memory ions. A bar has the colour of the QPU at which its qubit was
born, so a link copy shows at a glance whose qubit is visiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distq.ir.events import ANY_ROLE, DATA, MEMORY, Events, HeraldPair, Ion
from distq.ir.program import Program
from distq.networks.network import Network
from distq.reporting.figures.occupation_data import WAIT, Stay, Timeline, timeline
from distq.reporting.figures.style import LIGHT_GREY, PALETTE, drawn, hide_sides, time_unit
from distq.util.text import counted

if TYPE_CHECKING:
    from distq.execution.schedule import Schedule

WAIT_COLOUR = LIGHT_GREY
ROW_IN = 0.19
"""Height of a row in inches, as long as the whole stays below ``MAX_HEIGHT_IN``."""
MAX_HEIGHT_IN = 16.0
WIDTH_IN = 12.0
LABELLED_ROWS = 90
"""Up to this many rows, bars bear the names of their qubits."""


def draw(program: Program, network: Network, events: Events, schedule: Schedule, kind: str = "png") -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    return drawn(lambda: figure_of(program, network, events, schedule), kind, font_size=8.0)


def figure_of(program: Program, network: Network, events: Events, schedule: Schedule) -> Any:
    """The picture as a matplotlib Figure."""
    from matplotlib.figure import Figure

    line = timeline(events, schedule.start_s.tolist(), schedule.end_s.tolist())
    rows = _rows(network, events)
    height = min(MAX_HEIGHT_IN, 1.3 + ROW_IN * (max(rows.values(), default=0.0) + 1))
    figure = Figure(figsize=(WIDTH_IN, height), layout="constrained")
    axes = figure.add_subplot()
    _lanes(axes, network, rows, line.end_s)
    births = _births(line, program.num_qubits)
    _bars(axes, line, rows, births, height)
    _gates(axes, line, rows)
    _pairs(axes, line, rows)
    axes.set_ylim(max(rows.values(), default=0.0) + 0.8, -0.8)
    axes.set_xlim(0.0, line.end_s or 1e-6)
    unit = time_unit(line.end_s)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:g}")
    axes.set_xlabel(f"time ({unit.symbol}), pairs arriving at their mean rate")
    hops = [network.links[event.link].hops for event in events.events if isinstance(event, HeraldPair)]
    pairs = counted(sum(hops), "Bell pair")
    axes.set_title(f"{program.name} on {network.name or 'network'}: {pairs}", loc="left", fontweight="bold")
    _legend(figure, network)
    return figure


_LANES = {DATA: "{} data", MEMORY: "memory", ANY_ROLE: "{}"}
"""What the rows of each role are called, where {} is the QPU."""


def _rows(network: Network, events: Events) -> dict[Ion, float]:
    """Height of every ion's row, from the top; half a row between data and memory, a whole one between QPUs."""
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


def _lanes(axes: Any, network: Network, rows: dict[Ion, float], end_s: float) -> None:
    ticks, labels = [], []
    for index, qpu in enumerate(network.qpus):
        heights = {role: [y for ion, y in rows.items() if ion[:2] == (index, role)] for role in _LANES}
        every = [y for of_role in heights.values() for y in of_role]
        if every:
            axes.axhspan(min(every) - 0.6, max(every) + 0.6, color=_colour(index), alpha=0.07, lw=0)
        for role, of_role in heights.items():
            if of_role:
                ticks.append(sum(of_role) / len(of_role))
                labels.append(_LANES[role].format(qpu.name))
    axes.set_yticks(ticks, labels)
    axes.tick_params(axis="y", length=0)
    hide_sides(axes, "left")


def _births(line: Timeline, qubits: int) -> list[int]:
    """Per qubit: the QPU of its first stay."""
    births = [0] * qubits
    for stay in sorted(line.stays, key=lambda s: -s.start_s):
        if stay.qubit != WAIT:
            births[stay.qubit] = stay.ion.qpu
    return births


def _bars(axes: Any, line: Timeline, rows: dict[Ion, float], births: list[int], height: float) -> None:
    from matplotlib.collections import PolyCollection

    corners, colours = [], []
    for stay in line.stays:
        y, half = rows[stay.ion], 0.18 if stay.qubit == WAIT else 0.4
        corners.append(
            [(stay.start_s, y - half), (stay.start_s, y + half), (stay.end_s, y + half), (stay.end_s, y - half)]
        )
        colours.append(WAIT_COLOUR if stay.qubit == WAIT else _tint(births[stay.qubit], stay.ion.role))
    axes.add_collection(PolyCollection(corners, facecolors=colours, edgecolors="white", linewidths=0.4))
    if len(rows) > LABELLED_ROWS:
        return
    size = min(7.0, 0.62 * 72 * height / (len(rows) + 8))
    for stay in line.stays:
        if _labelled(stay, line.end_s, size):
            x = stay.start_s + 0.002 * line.end_s
            axes.text(x, rows[stay.ion] + 0.02, f"q{stay.qubit}", fontsize=size, va="center", clip_on=True, zorder=4)


def _labelled(stay: Stay, end_s: float, size: float) -> bool:
    """True if the name of the qubit fits into the bar."""
    if stay.qubit == WAIT:
        return False
    name_in = 0.65 * size * len(f"q{stay.qubit}") / 72
    return (stay.end_s - stay.start_s) * (WIDTH_IN - 1.2) > name_in * end_s


def _gates(axes: Any, line: Timeline, rows: dict[Ion, float]) -> None:
    from matplotlib.collections import LineCollection

    ticks = [[(time, rows[ion] - 0.32), (time, rows[ion] + 0.32)] for time, ions in line.gates for ion in ions]
    width, alpha = (0.5, 0.45) if len(ticks) <= 1000 else (0.35, 0.25)
    axes.add_collection(LineCollection(ticks, colors="black", linewidths=width, alpha=alpha))


def _pairs(axes: Any, line: Timeline, rows: dict[Ion, float]) -> None:
    from matplotlib.collections import LineCollection

    spans = [[(time, rows[a]), (time, rows[b])] for time, a, b in line.pairs]
    width = 0.9 if len(spans) <= 100 else 0.4
    axes.add_collection(LineCollection(spans, colors="black", linewidths=width, alpha=0.75))
    points = [point for span in spans for point in span]
    if points:
        xs, ys = zip(*points, strict=True)
        axes.scatter(xs, ys, s=9 if len(spans) <= 100 else 3, color="black", zorder=3, linewidths=0)


def _legend(figure: Any, network: Network) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    names = [qpu.name for qpu in network.qpus[: len(PALETTE)]]
    handles: list[Any] = [Patch(facecolor=_colour(i), label=f"born at {name}") for i, name in enumerate(names)]
    handles.append(Patch(facecolor=WAIT_COLOUR, label="waiting for or holding half a pair"))
    handles.append(Line2D([], [], color="black", marker="o", markersize=3, lw=0.9, label="Bell pair heralded"))
    handles.append(Line2D([], [], color="black", marker="|", markersize=7, lw=0, alpha=0.5, label="multi-qubit gate"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 7), frameon=False)


def _colour(qpu: int) -> str:
    return PALETTE[qpu % len(PALETTE)]


def _tint(qpu: int, role: str) -> tuple[float, float, float]:
    """Colour of a bar: full on memory ions, where the visitors are; lighter on data ions, so that names are read."""
    from matplotlib.colors import to_rgb

    strength = 0.75 if role == "memory" else 0.45
    red, green, blue = (1 - strength * (1 - channel) for channel in to_rgb(_colour(qpu)))
    return red, green, blue
