"""Rate and fidelity of a link over one of its parameters, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from distq.networks.links.sweep import Sweep
from distq.reporting.figures.style import BLUE, RED, drawn, hide_sides


def draw(found: Sweep, title: str, kind: str = "png") -> bytes:
    """Pairs per second and fidelity over the parameter, as the content of a picture file."""
    return drawn(lambda: _figure(found, title), kind)


def _figure(found: Sweep, title: str) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 5.0), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    rates = [budget.rate_hz for budget in found.budgets]
    _curve(above, found.values, rates, "pairs per second", BLUE)
    if 0.0 < 20.0 * min(rates) < max(rates):
        above.set_yscale("log")
    _curve(below, found.values, [budget.fidelity for budget in found.budgets], "fidelity of a fresh pair", RED)
    below.set_xlabel(found.key)
    above.set_title(title, loc="left", fontweight="bold")
    return figure


def _curve(axes: Any, x: Sequence[float], y: Sequence[float], label: str, colour: str) -> None:
    axes.plot(x, y, color=colour, marker="o", markersize=3, lw=1.4)
    axes.set_ylabel(label)
    axes.grid(alpha=0.25)
    hide_sides(axes)
