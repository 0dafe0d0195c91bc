"""The picture of break-even: the distributed fidelity over Bell infidelity and over pair rate, and the big machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from distq.reporting.figures.style import BLUE, GREEN, ORANGE, PINK, SKY, drawn, hide_sides
from distq.util.text import counted

if TYPE_CHECKING:
    from distq.studies.breakeven.result import BreakEven

COLOURS = {"same-trap": GREEN, "long-chain": ORANGE, "heavy-hex": PINK, "qccd": SKY}


def draw(found: BreakEven, kind: str = "png") -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    return drawn(lambda: _figure(found), kind)


def _figure(found: BreakEven) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 4.6), layout="constrained")
    bell, rate = figure.subplots(1, 2, sharey=True)
    _panel(bell, found, found.by_infidelity, [_lost(point.bell_fidelity) for point in found.points])
    bell.set_xlabel("infidelity of the Bell pairs, at the network's rates")
    bell.invert_xaxis()
    bell.set_ylabel("state fidelity" if found.stderr > 0.0 else "estimated process fidelity")
    _panel(rate, found, found.by_rate, [point.rate_hz for point in found.points])
    rate.set_xlabel("pairs per second and link, at the network's fidelities")
    pairs = counted(found.ebits, "Bell pair")
    figure.suptitle(f"{found.circuit} on {found.network or 'network'}: {pairs}", fontweight="bold")
    handles, labels = bell.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def _lost(fidelity: float | None) -> float | None:
    return None if fidelity is None else 1.0 - fidelity


def _panel(axes: Any, found: BreakEven, curve: tuple[tuple[float, float], ...], marks: Sequence[float | None]) -> None:
    """The distributed machine's curve, a line for each big machine, and a mark where the two meet."""
    axes.plot(*zip(*curve, strict=True), color=BLUE, lw=2.0, label="distributed")
    low, high = curve[0][0], curve[-1][0]
    for point, x in zip(found.points, marks, strict=True):
        colour = COLOURS[point.name]
        axes.axhline(point.fidelity, color=colour, lw=1.2, ls="--", label=point.name)
        if x is not None and low <= x <= high:
            axes.plot([x], [point.fidelity], "o", color=colour, markeredgecolor="black", zorder=3)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(0.0, 1.02)
    axes.grid(alpha=0.25)
    hide_sides(axes)
