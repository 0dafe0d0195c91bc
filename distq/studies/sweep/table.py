"""A sweep in words: a row for each point, a line for each requirement."""

from __future__ import annotations

from rich.console import Group, RenderableType

from distq.reporting.plain_table import PlainTable, paragraphs
from distq.studies.sweep.sweep import Point, Requirement, Sweep


def render(found: Sweep) -> Group:
    """The table of points, the requirements, and what the numbers are."""
    header = (*(one.key for one in found.ranges), "Bell pairs", "circuit fidelity", "mean time", "")
    rows = [(*(f"{value:g}" for value in point.values), *_costs(point)) for point in found.points]
    parts: list[list[RenderableType]] = [
        [f"{found.circuit} on {found.network}, strategy {found.strategy}"],
        [PlainTable(rows, header)],
    ]
    if found.target is not None:
        sign = ">=" if found.target.key == "fidelity" else "<="
        wanted = f"{found.target.key} {sign} {found.target.value:g} requires, each number on its own:"
        parts.append([wanted, PlainTable([_required(one) for one in found.requirements], indent=2)])
    parts.append(
        ["fidelity of the circuit: estimated process fidelity, without simulation; times: means over random waits"]
    )
    return paragraphs(*parts)


def _costs(point: Point) -> tuple[str, str, str, str]:
    if point.ebits is None or point.fidelity is None or point.makespan_s is None:
        return "-", "-", "-", point.reason or ""
    return str(point.ebits), f"{point.fidelity:.4f}", f"{point.makespan_s * 1e3:.4g} ms", ""


def _required(one: Requirement) -> tuple[str, ...]:
    pairs, fidelity, time, reason = _costs(one.found)
    there = reason or f"{pairs} Bell pairs, fidelity {fidelity}, {time}"
    if one.value is None:
        return one.key, "not reached", f"nearest end: {there}"
    return one.key, f"{'at least' if one.at_least else 'at most'} {one.value:.6g}", there
