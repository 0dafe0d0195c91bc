"""The picture of a distributed circuit: ions as lines in bands by QPU, copies as forks from the qubit they come from.

Columns are layers: every event stands in the first one in which its ions are free. One-qubit gates are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from distq.errors import InputError
from distq.ir.events import (
    Allocate,
    CatDisentangle,
    CatEntangle,
    Event,
    Execute,
    HeraldPair,
    Ion,
    Release,
    Transfer,
    ions_of,
)
from distq.reporting.figures.qpu_colours import colour_of, pattern_of, show_swatch, tint
from distq.reporting.figures.style import FULL, SMALL_PT, View, drawn, hide_sides, titled
from distq.reporting.figures.subject import Subject, caption_of, title_of

MAX_COLUMNS = 160
"""Layers that fit a page; a longer circuit is shown in parts."""
ROW_IN = 0.115

Point = tuple[float, float]


@dataclass
class _Drawing:
    """What to draw: lines by the QPU where their qubit started, gates, and forks."""

    lines: list[tuple[int, Point, Point]] = field(default_factory=list)
    gates: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)
    forks: list[tuple[int, Point, Point]] = field(default_factory=list)
    joins: list[tuple[int, Point, Point]] = field(default_factory=list)
    names: list[tuple[Point, str]] = field(default_factory=list)


def draw(subject: Subject, kind: str = "png", view: View = FULL) -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    remark = (
        "Arrows open copies, each with a Bell pair; dotted lines close them; dots joined by a line are a gate, "
        "one-qubit gates are not shown. "
    )
    return drawn(lambda: figure_of(subject, view), kind, caption=remark + caption_of(subject.report))


def figure_of(subject: Subject, view: View = FULL) -> Any:
    """The picture as a matplotlib Figure.

    Raises
    ------
    InputError
        The circuit is too long for one picture.
    """
    from matplotlib.figure import Figure

    rows = _rows(subject)
    drawing, columns = _drawing(subject, view, rows)
    figure = Figure(figsize=(view.width_in, 0.5 + ROW_IN * (max(rows.values()) + 1)), layout="constrained")
    axes = figure.add_subplot()
    _bands(axes, subject, rows, view.width_in - 0.6)
    _show(axes, drawing)
    name_in = 0.26  # room for the name of a qubit at the left
    axes.set_xlim(-max(0.8, name_in * columns / max(0.5, view.width_in - 1.0)), columns + 0.3)
    axes.set_ylim(max(rows.values()) + 0.8, -0.8)
    axes.set_xticks([])
    hide_sides(axes, "left", "bottom")
    titled(axes, title_of(subject.report), view.width_in)
    return figure


def _rows(subject: Subject) -> dict[Ion, float]:
    rows: dict[Ion, float] = {}
    at = 0.0
    for index in range(len(subject.network.qpus)):
        for role, count in subject.events.sizes[index].items():
            for number in range(count):
                rows[Ion(index, role, number)] = at
                at += 1.0
        at += 0.8
    return rows or {Ion(0, "data", 0): 0.0}


def _drawing(subject: Subject, view: View, rows: dict[Ion, float]) -> tuple[_Drawing, float]:
    """Go through the events and note what is to be drawn; also how many columns that takes."""
    free: dict[Ion, int] = {}
    holder = _Holders(rows)
    start_s = subject.schedule.start_s.tolist()
    last = 0
    for event, time_s in zip(subject.events.events, start_s, strict=True):
        if view.to_s is not None and time_s > view.to_s:
            break
        if time_s < view.from_s:
            holder.skip(event)
            continue
        ions = _shown_ions(event, subject)
        column = max([free.get(ion, 0) for ion in ions], default=0)
        if column > MAX_COLUMNS:
            raise InputError(
                f"the circuit is too long for one picture: more than {MAX_COLUMNS} gates follow each other",
                f"show a part: --from {1e3 * view.from_s:g}ms --to {1e3 * time_s:.4g}ms",
            )
        if holder.take(event, float(column)):
            for ion in ions:
                free[ion] = column + 1
            last = max(last, column + 1)
    holder.end(float(last))
    return holder.drawing, float(last)


def _shown_ions(event: Event, subject: Subject) -> tuple[Ion, ...]:
    """Ions that a column is taken for: those between the ends of a gate too, as its line crosses them."""
    return () if isinstance(event, HeraldPair | Allocate) else ions_of(event)


class _Holders:
    """Which qubit each ion holds, since which column, and where qubits started."""

    def __init__(self, rows: dict[Ion, float]) -> None:
        self.rows = rows
        self.held: dict[Ion, tuple[int, float]] = {}
        self.origin: dict[int, int] = {}
        self.drawing = _Drawing()

    def skip(self, event: Event) -> None:
        """Follow an event that is not shown."""
        kept, self.drawing = self.drawing, _Drawing()
        self.take(event, 0.0)
        self.held = {ion: (qubit, 0.0) for ion, (qubit, _) in self.held.items()}
        self.drawing = kept

    def take(self, event: Event, column: float) -> bool:
        """Note an event at a column; returns False if it takes none."""
        match event:
            case Allocate(qubit, ion):
                self.origin.setdefault(qubit, ion.qpu)
                self._enter(ion, qubit, column)
                return False
            case CatEntangle(qubit, root, _, copy):
                ends = (column, self.rows[root]), (column + 0.8, self.rows[copy])
                self.drawing.forks.append((self.origin.get(qubit, root.qpu), *ends))
                self._enter(copy, qubit, column + 0.8)
            case CatDisentangle(qubit, copy, root):
                self._leave(copy, column + 0.2)
                ends = (column + 0.2, self.rows[copy]), (column + 0.8, self.rows[root])
                self.drawing.joins.append((self.origin.get(qubit, root.qpu), *ends))
            case Transfer(_, a, _, b):
                in_a, in_b = self._leave(a, column + 0.3), self._leave(b, column + 0.3)
                for moved, source, target in ((in_a, a, b), (in_b, b, a)):
                    if moved is not None:
                        self._enter(target, moved, column + 0.7)
                        ends = (column + 0.3, self.rows[source]), (column + 0.7, self.rows[target])
                        self.drawing.lines.append((self.origin.get(moved, source.qpu), *ends))
            case Release(_, ion):
                self._leave(ion, column)
                return False
            case Execute(_, ions, _, followers):
                parts = [part for part in (ions, *followers) if len(part) > 1]
                self.drawing.gates += [(column + 0.5, tuple([self.rows[ion] for ion in part])) for part in parts]
                return bool(parts)
            case HeraldPair():
                return False
        return True

    def end(self, column: float) -> None:
        """Draw what is still held up to there."""
        for ion in list(self.held):
            self._leave(ion, column)

    def _enter(self, ion: Ion, qubit: int, column: float) -> None:
        self.held[ion] = qubit, column
        if ion.role == "data":
            self.drawing.names.append(((column - 0.1, self.rows[ion]), f"q{qubit}"))

    def _leave(self, ion: Ion, column: float) -> int | None:
        if ion not in self.held:
            return None
        qubit, since = self.held.pop(ion)
        row = self.rows[ion]
        self.drawing.lines.append((self.origin.get(qubit, ion.qpu), (since, row), (column, row)))
        return qubit


def _bands(axes: Any, subject: Subject, rows: dict[Ion, float], width_in: float) -> None:
    ticks, labels = [], []
    for index, qpu in enumerate(subject.network.qpus):
        mine = [y for ion, y in rows.items() if ion.qpu == index]
        if mine:
            low, high = min(mine) - 0.6, max(mine) + 0.6
            axes.axhspan(low, high, color=colour_of(index), alpha=0.07, lw=0)
            show_swatch(axes, index, width_in, low, high, data=True)
            ticks.append((low + high) / 2)
            labels.append(qpu.name)
    axes.set_yticks(ticks, labels)
    axes.tick_params(axis="y", length=0, pad=7)


def _show(axes: Any, drawing: _Drawing) -> None:
    from matplotlib.collections import LineCollection

    for style, found, width in (("-", drawing.lines, 1.1), (":", drawing.joins, 0.7)):
        colours = [_line_colour(origin) for origin, _, _ in found]
        dashes = ["--" if pattern_of(origin) and style == "-" else style for origin, _, _ in found]
        lines = [[a, b] for _, a, b in found]
        axes.add_collection(LineCollection(lines, colors=colours, linestyles=dashes, linewidths=width))
    for origin, a, b in drawing.forks:
        arrow = {"arrowstyle": "-|>,head_length=0.25,head_width=0.12", "color": _line_colour(origin), "lw": 1.0,
                 "shrinkA": 0, "shrinkB": 0, "connectionstyle": "arc3,rad=0.12"}  # fmt: skip
        axes.annotate("", b, a, arrowprops=arrow, annotation_clip=True)
        axes.plot([a[0]], [a[1]], "o", ms=2.2, color=_line_colour(origin))
    lines = [[(x, min(ys)), (x, max(ys))] for x, ys in drawing.gates]
    axes.add_collection(LineCollection(lines, colors="black", linewidths=0.6, zorder=3))
    dots = [(x, y) for x, ys in drawing.gates for y in ys]
    if dots:
        axes.scatter(*zip(*dots, strict=True), s=4.5, color="black", lw=0, zorder=4)
    for (x, y), name in drawing.names:
        axes.text(x, y, name, ha="right", va="center", fontsize=SMALL_PT - 0.5)


def _line_colour(origin: int) -> tuple[float, float, float]:
    return tint(colour_of(origin), 0.9)
