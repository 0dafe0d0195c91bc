"""Break-even points as tables."""

from __future__ import annotations

from rich.console import Group, RenderableType

from distq.reporting.plain_table import PlainTable, paragraphs
from distq.studies.breakeven.result import BreakEven, BreakEvenPoint
from distq.util.text import counted

HEADER = ("one big machine", "2q gates", "fidelity", "Bell fidelity needed", "to first order", "pairs/s needed")


def render(found: BreakEven) -> Group:
    """The points, and where their numbers come from, as something that a rich console prints."""
    sources = [(point.name, point.source) for point in found.points] + list(found.left_out)
    parts: list[RenderableType | list[RenderableType]] = [
        _head(found),
        PlainTable(map(_row, found.points), HEADER),
        "to first order: if two-qubit gates and pairs were all that goes wrong",
        PlainTable(sources),
    ]
    if any("never" in (point.bell_verdict, point.rate_verdict) for point in found.points):
        parts.append(
            "never: perfect pairs (last column: instant ones) are not enough, what else goes wrong is too much"
        )
    return paragraphs(*parts)


def _head(found: BreakEven) -> list[RenderableType]:
    """What was compared, and how."""
    head: list[RenderableType] = [
        f"{found.circuit} on {found.network or 'network'}: {counted(found.ebits, 'Bell pair')}"
    ]
    if found.approximated:
        head.append(f"{counted(found.approximated, 'rotation')} left out: that counts, and the big machines run them")
    if found.scenario:
        head.append(f"numbers: {found.scenario}")
    return [*head, f"distributed: fidelity {_with_error(found.fidelity, found.stderr)}", f"({found.method})"]


def _row(point: BreakEvenPoint) -> tuple[str, ...]:
    fidelity = _with_error(point.fidelity, point.stderr)
    return point.name, str(point.gates_2q), fidelity, _bell(point), _first_order(point), _rate(point)


def _with_error(value: float, stderr: float) -> str:
    return f"{value:.4f}" + (f" ± {stderr:.1g}" if stderr > 0.0 else "")


def _bell(point: BreakEvenPoint) -> str:
    if point.bell_fidelity is None:
        return point.bell_verdict
    return f"{point.bell_fidelity:.5f}" + (f" ± {point.bell_stderr:.1g}" if point.bell_stderr else "")


def _first_order(point: BreakEvenPoint) -> str:
    return "never" if point.bell_first_order > 1.0 - 1e-9 else f"{point.bell_first_order:.5f}"


def _rate(point: BreakEvenPoint) -> str:
    if point.rate_hz is None:
        return point.rate_verdict
    return f"{point.rate_hz:.3g}" + (f" ± {point.rate_stderr:.1g}" if point.rate_stderr else "")
