"""The picture of a fidelity: from 1 down to what is left, one step for each cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from distq.errors import InputError
from distq.reporting.figures.style import BLUE, FULL, GREY, LIGHT_GREY, RED, SMALL_PT, View, drawn, hide_sides, titled
from distq.reporting.figures.subject import Subject, caption_of
from distq.reporting.report import Report

Loss = tuple[str, float, float]
MAX_STEPS = 12
"""Steps beyond are joined in one."""


def draw(subject: Subject, kind: str = "png", view: View = FULL) -> bytes:
    """The picture as the content of a file of the given kind: ``png``, ``svg`` or ``pdf``."""
    return drawn(lambda: figure_of(subject, view), kind, caption=caption_of(subject.report))


def figure_of(subject: Subject, view: View = FULL) -> Any:
    """The picture as a matplotlib Figure.

    Raises
    ------
    InputError
        The report has no fidelity.
    """
    from matplotlib.figure import Figure

    report = subject.report
    steps = steps_of(report)
    figure = Figure(figsize=(view.width_in, 0.75 + 0.17 * (len(steps) + 2)), layout="constrained")
    axes = figure.add_subplot()
    assert report.fidelity is not None
    level = 1.0
    _bar(axes, 0, 0.0, 1.0, LIGHT_GREY, "1")
    for row, (_, lost, stderr) in enumerate(steps, 1):
        text = f"−{lost:.2g}" + (f" ± {stderr:.1g}" if stderr > 0.0 else "")
        _bar(axes, row, level - lost, level, RED, text)
        axes.plot([level, level], [row - 1, row], color=GREY, lw=0.4, zorder=0)
        level -= lost
    error = f" ± {report.fidelity_stderr:.1g}" if report.fidelity_stderr else ""
    _bar(axes, len(steps) + 1, 0.0, report.fidelity, BLUE, f"{report.fidelity:.4g}{error}")
    if report.fidelity_monolithic is not None:
        axes.axvline(report.fidelity_monolithic, color=GREY, lw=0.8, ls="--")
        axes.text(report.fidelity_monolithic, -0.7, f"one big machine {report.fidelity_monolithic:.4g} ", ha="right",
                  va="bottom", fontsize=SMALL_PT, color=GREY)  # fmt: skip
    names = ["no errors", *[name for name, _, _ in steps], "fidelity"]
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -1.5 if report.fidelity_monolithic is not None else -0.7)
    low = max(0.0, report.fidelity - 0.25 * (1.0 - report.fidelity))
    axes.set_xlim(low if low > 0.1 else 0.0, 1.0 + 0.14 * (1.0 - (low if low > 0.1 else 0.0)))
    axes.set_xlabel("state fidelity" + (", axis cut" if low > 0.1 else ""))
    hide_sides(axes, "left")
    titled(axes, f"{report.circuit} on {report.network or 'network'}: where the fidelity goes", view.width_in - 0.6)
    return figure


def steps_of(report: Report) -> list[Loss]:
    """``(cause, infidelity, standard error)``, largest first; what cannot be told from 0 is one step at the end.

    Raises
    ------
    InputError
        The report has no fidelity.
    """
    if report.fidelity is None:
        raise InputError(
            "there is no fidelity to show: the circuit was not simulated",
            "a smaller circuit, or one of Clifford gates, can be simulated",
        )
    found: list[Loss] = []
    for cause, where, lost, stderr in report.details.losses:
        if lost is not None:
            found.append((f"{cause}, {where}" if where else cause, lost, stderr))
    rest = 1.0 - report.fidelity - sum(lost for _, lost, _ in found[:MAX_STEPS])
    steps = found[:MAX_STEPS]
    if abs(rest) > 1e-9:
        steps.append((_rest_name(found[MAX_STEPS:], report), rest, 0.0))
    return steps


def _rest_name(left_out: Sequence[Loss], report: Report) -> str:
    unclear = sum(lost is None for _, _, lost, _ in report.details.losses)
    return f"{len(left_out) + unclear} smaller ones" if left_out or unclear else "rest"


def _bar(axes: Any, row: int, low: float, high: float, colour: str, text: str) -> None:
    axes.barh([row], [high - low], left=[low], height=0.7, color=colour)
    axes.text(high, row, f" {text}", va="center", fontsize=SMALL_PT + 0.5)
