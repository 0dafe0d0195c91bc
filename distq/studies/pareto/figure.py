"""Estimated fidelity over mean makespan, as a picture."""

from __future__ import annotations

from typing import Any

from distq.reporting.figures.style import LIGHT_GREY, RED, drawn, hide_sides
from distq.studies.pareto.pareto import ParetoStudy


def draw(study: ParetoStudy, kind: str = "png") -> bytes:
    """Estimated fidelity over mean makespan, Bell pairs written beside; as the content of a picture file."""
    return drawn(lambda: _figure(study), kind)


def _figure(study: ParetoStudy) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 5.0), layout="constrained")
    axes = figure.add_subplot()
    _points(axes, study, front=False, colour=LIGHT_GREY, label="beaten: some plan is nowhere worse")
    _points(axes, study, front=True, colour=RED, label="Pareto front")
    times = [plan.candidate.makespan_s for plan in study.plans]
    if max(times) > 4 * min(times) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
    axes.set_xlabel("mean makespan (ms)")
    axes.set_ylabel("estimated process fidelity")
    axes.margins(0.22)
    axes.grid(alpha=0.25)
    axes.set_title(f"{study.circuit} on {study.network or 'network'}", loc="left", fontweight="bold")
    axes.legend(frameon=False)
    hide_sides(axes)
    return figure


def _points(axes: Any, study: ParetoStudy, *, front: bool, colour: str, label: str) -> None:
    """The plans on the Pareto front, with their names, or the others."""
    shown = [plan.candidate for plan in study.plans if plan.front == front]
    places = [(1e3 * plan.makespan_s, plan.fidelity) for plan in shown]
    x, y = zip(*places, strict=True) if places else ((), ())
    if front:
        axes.plot(*zip(*sorted(places), strict=True), color=colour, lw=0.8, alpha=0.6, zorder=1)
    axes.scatter(x, y, s=36, color=colour, edgecolors="black", linewidths=0.5, label=label, zorder=2 + front)
    named = sorted(zip(places, shown, strict=True), key=lambda item: item[0]) if front else []
    for number, (place, plan) in enumerate(named):
        text = f"{plan.plan.strategy}, {plan.ebits} pairs"
        above = number % 2 == 0  # neighbours on the front are close: their names stand above and below it in turn
        at = {"xytext": (-6, 5), "ha": "right"} if above else {"xytext": (6, -10), "ha": "left"}
        axes.annotate(text, place, textcoords="offset points", fontsize=8, **at)
