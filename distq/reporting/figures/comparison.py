"""Strategies compared in a picture: shares of cases as lines, or results as points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from distq.reporting.figures.style import PALETTE, drawn, hide_sides

MARKERS = "os^Dv<>P*X"
NAMES = {
    "ebits": "Bell pairs",
    "seconds_compile": "seconds to compile",
    "qubits": "qubits",
    "fidelity": "fidelity",
    "makespan_mean_s": "mean time (s)",
}


class Series(NamedTuple):
    """One strategy: its name, its points, and the exponent of the power law through them, if one was fitted."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    exponent: float | None = None


def draw_lines(series: Sequence[Series], x: str, y: str, kind: str) -> bytes:
    """Steps, one line each, x logarithmic."""

    def fill(axes: Any) -> None:
        for index, one in enumerate(series):
            style = ("-", "--", ":", "-.")[index // len(PALETTE) % 4]
            axes.step(one.x, one.y, where="post", color=_colour(index), ls=style, lw=1.8, label=one.name)
        end = max(one.x[-1] for one in series)
        if end > 4:
            axes.set_xscale("log")
        axes.set_xlim(1.0, end)
        axes.set_ylim(0.0, 1.03)

    return drawn(lambda: _figure(fill, x, y), kind)


def draw_points(series: Sequence[Series], x: str, y: str, kind: str, *, log_x: bool, log_y: bool, front: bool) -> bytes:
    """Points, one colour and marker each, with fitted power laws; with ``front``, those joined that no other beats by
    less x and more y."""

    def fill(axes: Any) -> None:
        for index, one in enumerate(series):
            marker = MARKERS[index % len(MARKERS)]
            axes.plot(one.x, one.y, marker, color=_colour(index), ms=5, alpha=0.8, label=one.name)
            if one.exponent is not None:
                axes.plot(*_power_law(one), color=_colour(index), lw=1.0, alpha=0.7)
        if front:
            axes.plot(*_front(series), color="black", lw=1.0, zorder=0, label="not beaten")
        if log_x:
            axes.set_xscale("log")
            _plain_numbers(axes.xaxis, [x for one in series for x in one.x])
        if log_y:
            axes.set_yscale("log")
            _plain_numbers(axes.yaxis, [y for one in series for y in one.y])

    return drawn(lambda: _figure(fill, NAMES.get(x, x), NAMES.get(y, y)), kind)


def _figure(fill: Callable[[Any], None], x: str, y: str) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    fill(axes)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.25)
    hide_sides(axes)
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def _plain_numbers(axis: Any, values: Sequence[float]) -> None:
    """20 in place of 2 x 10^1; between the powers of ten only where there are few of these."""
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    few = max(values) < 12 * min(values)
    axis.set_minor_formatter(StrMethodFormatter("{x:g}") if few else NullFormatter())


def _colour(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def _power_law(one: Series) -> tuple[list[float], list[float]]:
    """Ends of the line of the fitted exponent through the middle of the points."""
    middle_x = math.exp(math.fsum(map(math.log, one.x)) / len(one.x))
    middle_y = math.exp(math.fsum(map(math.log, one.y)) / len(one.y))
    ends = [min(one.x), max(one.x)]
    return ends, [middle_y * (x / middle_x) ** (one.exponent or 0.0) for x in ends]


def _front(series: Sequence[Series]) -> tuple[list[float], list[float]]:
    """Points of little x and much y that no other one beats in both."""
    best, kept = -math.inf, []
    for x, y in sorted((x, -y) for one in series for x, y in zip(one.x, one.y, strict=True)):
        if -y > best:
            best = -y
            kept.append((x, -y))
    return [x for x, _ in kept], [y for _, y in kept]
