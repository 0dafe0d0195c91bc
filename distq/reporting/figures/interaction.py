"""The picture of a circuit's interactions: qubits in groups by QPU, and a line for each pair that shares gates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from distq.ir.program import Program
from distq.reporting.figures.qpu_colours import colour_of, pattern_of, readable_on, tint
from distq.reporting.figures.style import FULL, GREY, SMALL_PT, View, drawn, titled
from distq.reporting.figures.subject import Subject, caption_of

Place = tuple[float, float]
MAX_NAMED = 150
"""Qubits; beyond that, they have no numbers."""


def draw(subject: Subject, kind: str = "png", view: View = FULL) -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    remark = "A line joins qubits that share gates, the darker the more; coloured within a QPU, grey between QPUs. "
    return drawn(lambda: figure_of(subject, view), kind, caption=remark + caption_of(subject.report))


def figure_of(subject: Subject, view: View = FULL) -> Any:
    """The picture as a matplotlib Figure."""
    from matplotlib.figure import Figure

    homes = subject.plan.homes
    side = min(view.width_in, 4.6)
    figure = Figure(figsize=(view.width_in, side), layout="constrained")
    axes = figure.add_subplot()
    places = grouped(homes)
    weights = shared_gates(subject.program)
    cut = sum(n for (a, b), n in weights.items() if homes[a] != homes[b])
    _lines(axes, weights, homes, places)
    _qubits(axes, subject, places, side)
    axes.set_aspect("equal", adjustable="datalim")
    axes.axis("off")
    axes.margins(0.06)
    whole = sum(weights.values())
    title = f"{subject.report.circuit}: {cut} of {whole} interactions between QPUs"
    titled(axes, title, view.width_in)
    return figure


def shared_gates(program: Program) -> Counter[tuple[int, int]]:
    """Per pair of qubits: operations that act on both."""
    found: Counter[tuple[int, int]] = Counter()
    for index in program.multi_qubit:
        found.update(combinations(sorted(program.operations[index].qubits), 2))
    return found


def grouped(homes: Sequence[int]) -> list[Place]:
    """Places of qubits on a circle, those of a QPU side by side, a gap between QPUs."""
    order = sorted(range(len(homes)), key=lambda q: (homes[q], q))
    groups = len(set(homes))
    gap = 0.0 if groups == 1 else 0.28 * len(homes) / groups
    places: list[Place] = [(0.0, 0.0)] * len(homes)
    at, before = 0.0, None
    whole = len(homes) + gap * groups
    for qubit in order:
        if before is not None and homes[qubit] != before:
            at += gap
        before = homes[qubit]
        angle = math.pi / 2 - 2 * math.pi * (at + 0.5 + gap / 2) / whole
        places[qubit] = math.cos(angle), math.sin(angle)
        at += 1.0
    return places


def _lines(axes: Any, weights: Counter[tuple[int, int]], homes: Sequence[int], places: Sequence[Place]) -> None:
    from matplotlib.collections import LineCollection

    most = max(weights.values(), default=1)
    faint = min(1.0, 60 / max(1, len(weights)))
    lines, colours, widths = [], [], []
    for (a, b), number in sorted(weights.items(), key=lambda item: (homes[item[0][0]] == homes[item[0][1]], item)):
        inside = homes[a] == homes[b]
        colour = tint(colour_of(homes[a]) if inside else "#555555", 1.0)
        lines.append([places[a], places[b]])
        colours.append((*colour, min(1.0, (0.4 if inside else 0.12) + 0.6 * faint * number / most)))
        widths.append(0.4 + 1.6 * (0.3 + 0.7 * faint) * number / most)
    axes.add_collection(LineCollection(lines, colors=colours, linewidths=widths, zorder=1))


def _qubits(axes: Any, subject: Subject, places: Sequence[Place], side_in: float) -> None:
    from matplotlib.patches import Circle

    homes = subject.plan.homes
    radius = min(0.075, 2.2 / max(1, len(homes)))
    for qubit, place in enumerate(places):
        colour = tint(colour_of(homes[qubit]), 0.85)
        disc = Circle(place, radius, facecolor=colour, hatch=pattern_of(homes[qubit]), edgecolor="white", lw=0.4)
        axes.add_patch(disc).set_zorder(3)
        if len(places) <= MAX_NAMED:
            size = min(SMALL_PT, 72 * radius * side_in / 2.3 / 1.35)
            axes.text(*place, str(qubit), ha="center", va="center", fontsize=size, color=readable_on(colour), zorder=4)
    for home in sorted(set(homes)):
        mine = [places[q] for q in range(len(homes)) if homes[q] == home]
        x, y = sum(p[0] for p in mine), sum(p[1] for p in mine)
        norm = math.hypot(x, y) or 1.0
        at = 1.2 * x / norm, 1.2 * y / norm
        axes.text(*at, subject.network.qpus[home].name, ha="center", va="center", color=GREY, fontweight="bold")
