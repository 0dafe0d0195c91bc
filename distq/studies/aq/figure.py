"""The volumetric picture: CX gates over qubits, a cell for each place, its colour the lowest fidelity there."""

from __future__ import annotations

from typing import Any

from distq.reporting.figures.style import FONT_PT, FULL, GREY, PALE_GREY, RED, SMALL_PT, drawn, hide_sides
from distq.studies.aq.result import AlgorithmicQubitStudy, RunCircuit
from distq.studies.aq.rule import THRESHOLD
from distq.studies.aq.suite import SUITE

CELL = 0.8
"""Width of a cell, in qubits."""
COLOURS = "viridis"
LETTERS = {family.title: family.letter for family in SUITE}


def draw(found: AlgorithmicQubitStudy, kind: str = "png") -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    letters = ", ".join(f"{letter}: {title}" for title, letter in LETTERS.items())
    caption = (
        f"Circuits of the algorithmic-qubit suite on {found.network or 'a network'} (strategy {found.strategy}, seed "
        f"{found.seed}). {letters}. A cell has the colour of the lowest fidelity at its place; red: a circuit fails, "
        f"F - error <= 1/e = {THRESHOLD:.3f}; hatched: not run. Dashed: n qubits and n^2 gates, n = #AQ."
    )
    return drawn(lambda: _figure(found), kind, caption=caption)


def _figure(found: AlgorithmicQubitStudy) -> Any:
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

    machines = list(found.machines)
    figure = Figure(figsize=(FULL.width_in, 3.2), layout="constrained")
    panels = figure.subplots(1, len(machines), sharey=True, squeeze=False)[0]
    for axes, machine in zip(panels, machines, strict=True):
        _panel(axes, found, machine)
    panels[0].set_ylabel("CX gates")
    colours = ScalarMappable(cmap=COLOURS)
    colours.set_clim(0.0, 1.0)
    bar = figure.colorbar(colours, ax=list(panels), label="classical fidelity", pad=0.01)
    bar.ax.axhline(THRESHOLD, color=RED, lw=1.2)
    return figure


def _panel(axes: Any, found: AlgorithmicQubitStudy, machine: str) -> None:
    """One machine: its cells, and the box of its #AQ."""
    places: dict[tuple[int, int], list[RunCircuit]] = {}
    for one in found.circuits:
        places.setdefault((one.width, one.cx), []).append(one)
    for (width, cx), circuits in sorted(places.items()):
        _cell(axes, width, cx, circuits, machine)
    value = found.algorithmic_qubits(machine)
    n = value.value
    axes.plot([0.5, n + 0.5, n + 0.5], [n * n, n * n, 1], color=GREY, lw=1.0, ls="--", zorder=1)
    axes.set_yscale("log")
    axes.set_xlim(1.4, found.considered + 0.7)
    axes.set_ylim(5, 1.5 * max([found.considered**2, *[one.cx for one in found.circuits]]))
    axes.set_xticks(range(2, found.considered + 1, 1 + found.considered // 16))
    axes.set_xlabel("qubits")
    axes.set_title(f"{machine}: #AQ {value}", loc="left", fontweight="bold")
    axes.grid(color=PALE_GREY, lw=0.4, zorder=0)
    axes.set_axisbelow(True)
    hide_sides(axes)


def _cell(axes: Any, width: int, cx: int, circuits: list[RunCircuit], machine: str) -> None:
    """The circuits of one place, with the letters of their algorithms."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    known = [value for one in circuits if (value := one.fidelities[machine]) is not None]
    passed = [one.passed(machine) for one in circuits]
    lowest = min(known, default=None)
    face = "white" if lowest is None else colormaps[COLOURS](lowest)
    failed = False in passed
    low, high = cx / 1.09, cx * 1.09
    axes.add_patch(
        Rectangle(
            (width - CELL / 2, low), CELL, high - low, facecolor=face, hatch="////" if None in passed else None,
            edgecolor=RED if failed else GREY, linewidth=1.6 if failed else 0.4, zorder=3 if failed else 2,
        )
    )  # fmt: skip
    letters = "".join(dict.fromkeys(LETTERS[one.family] for one in circuits))
    colour = "black" if lowest is None or lowest > 0.6 else "white"
    axes.text(width, cx, letters, ha="center", va="center", fontsize=min(FONT_PT, SMALL_PT), color=colour, zorder=4)
