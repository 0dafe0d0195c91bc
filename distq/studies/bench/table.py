"""Results of a benchmark as a table: strategies side by side."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

Cell = float | None
REASONS = 3
"""Different reasons for failures that are printed."""


def comparison(rows: Sequence[dict[str, Any]]) -> Group:
    """Bell pairs of every circuit and network with every strategy (mean over seeds), the best one bold; geometric mean.

    With fidelities in the rows, these too.
    """
    tables = [_pivot(rows, "ebits", "Bell pairs", "{:,.1f}", least=True)]
    if any(row["fidelity"] is not None for row in rows):
        tables.append(_pivot(rows, "fidelity", "Fidelity", "{:.4f}", least=False))
    return Group(*tables, *_failures(rows))


def _failures(rows: Sequence[dict[str, Any]]) -> list[Text]:
    """How many tasks failed, and the first few reasons."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row["error"]:
            reasons.setdefault(row["error"], []).append(f"{row['circuit']}, {row['network']}, {row['strategy']}")
    if not reasons:
        return []
    notes = [Text(f"{sum(map(len, reasons.values()))} of {len(rows)} tasks failed; their rows say why")]
    for reason, where in list(reasons.items())[:REASONS]:
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        notes.append(Text(f"  {where[0]}{more}: {reason}"))
    return notes


def _pivot(rows: Sequence[dict[str, Any]], field: str, title: str, form: str, *, least: bool) -> Table:
    strategies = list(dict.fromkeys(row["strategy"] for row in rows))
    several = len({row["network"] for row in rows}) > 1
    values: dict[tuple[str, str], dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        values[row["circuit"], row["network"]][row["strategy"]].append(row[field])
    only = "" if several or not rows else f" on {rows[0]['network']}"
    table = Table(box=box.SIMPLE_HEAD, title=title + only, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column("circuit", no_wrap=True)
    if several:
        table.add_column("network", no_wrap=True)
    for strategy in strategies:
        table.add_column(strategy, justify="right")
    means = []
    for (circuit, network), found in values.items():
        cells = [_mean(found.get(strategy, [])) for strategy in strategies]
        means.append(cells)
        known = [c for c in cells if c is not None]
        best = (min(known) if least else max(known)) if known else None
        shown = [_cell(c, best, form) for c in cells]
        table.add_row(circuit, *([network] if several else []), *shown)
    comparable = [cells for cells in means if all(c is not None and c > 0 for c in cells)]
    if len(comparable) > 1:
        table.add_section()
        logs = [[math.log(c) for c in cells if c is not None] for cells in comparable]
        geometric = [math.exp(math.fsum(column) / len(logs)) for column in zip(*logs, strict=True)]
        label = f"geometric mean of {len(comparable)}"
        best = min(geometric) if least else max(geometric)
        table.add_row(label, *([""] if several else []), *[_cell(g, best, form) for g in geometric])
    return table


def _mean(values: Sequence[Cell]) -> Cell:
    """Mean; None if there is none or a value is missing."""
    known = [v for v in values if v is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None


def _cell(value: Cell, best: Cell, form: str) -> Text:
    if value is None:
        return Text("-", style="dim")
    return Text(form.format(value).removesuffix(".0"), style="bold" if value == best else "")
