"""Comparisons with experiments and closed forms as tables, topic by topic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType

from distq.reporting.plain_table import PlainTable, paragraphs
from distq.studies.validation.validate import Row

HEADER = ("source", "quantity", "reported", "predicted", "deviation / sigma", "")


def render(rows: Sequence[Row]) -> Group:
    """The comparisons, and how many agree, as something that a rich console prints."""
    parts: list[RenderableType | list[RenderableType]] = [
        [topic, PlainTable(map(_cells, group), HEADER, indent=2)]
        for topic, group in groupby(rows, key=lambda row: row.topic)
    ]
    tests = [row for row in rows if row.role == "test"]
    gaps = sum(row.role == "gap" for row in rows)
    good = sum(row.agrees for row in tests)
    end = f"{good} of the {len(tests)} comparisons that must agree do agree; {gaps} others are shown and not counted"
    return paragraphs(*parts, end)


def _cells(row: Row) -> tuple[str, ...]:
    reported = f"{row.reported:.6g}" + (f" ± {row.sigma:.2g}" if row.sigma is not None else "")
    deviation = "" if row.deviation is None else f"{row.deviation:+.1f}"
    remark = f"{_verdict(row)}; {row.note}" if row.note else _verdict(row)
    return row.source, row.quantity, reported, f"{row.predicted:.6g}", deviation, remark


def _verdict(row: Row) -> str:
    match row.role:
        case "fit":
            return "fitted, no prediction"
        case "gap":
            return "agrees" if row.agrees else "known gap"
        case "test":
            return "agrees" if row.agrees else "DIFFERS"
