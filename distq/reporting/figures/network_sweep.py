"""Bell pairs, fidelity and time over a number of the network, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from distq.reporting.figures.style import GREY, PALETTE, drawn, hide_sides

PANELS = (("ebits", "Bell pairs"), ("fidelity", "estimated fidelity"), ("makespan_s", "mean time (s)"))
STYLES = ("-", "--", ":", "-.")


class Curve(NamedTuple):
    """Costs over the number, by the names of PANELS; None where there is none."""

    label: str
    x: tuple[float, ...]
    costs: dict[str, tuple[float | None, ...]]


def draw(
    curves: Sequence[Curve], key: str, title: str, kind: str, *, log_x: bool, target: tuple[str, float] | None
) -> bytes:
    """Three panels, one curve for each combination of the other numbers; the target as a line."""
    return drawn(lambda: _figure(curves, key, title, log_x, target), kind)


def _figure(curves: Sequence[Curve], key: str, title: str, log_x: bool, target: tuple[str, float] | None) -> Any:
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10.0, 3.6), layout="constrained")
    for axes, (cost, name) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for index, curve in enumerate(curves):
            known = [(x, y) for x, y in zip(curve.x, curve.costs[cost], strict=True) if y is not None]
            look = {"color": PALETTE[index % len(PALETTE)], "ls": STYLES[index // len(PALETTE) % len(STYLES)]}
            label = curve.label if cost == PANELS[0][0] and curve.label else None
            axes.plot(*zip(*known, strict=True) if known else ([], []), marker="o", ms=3, lw=1.4, label=label, **look)
        if target is not None and target[0] == cost:
            axes.axhline(target[1], color=GREY, lw=1.0, ls="--")
        axes.set_xscale("log" if log_x else "linear")
        axes.set_xlabel(key)
        axes.set_ylabel(name)
        if cost == PANELS[0][0]:
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25)
        hide_sides(axes)
    figure.suptitle(title, fontweight="bold")
    if len(curves) > 1:
        figure.legend(loc="outside lower center", ncols=min(len(curves), 6), frameon=False)
    return figure
