"""Results of a benchmark as tables: strategies side by side."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from distq.reporting.plain_table import InBlocks
from distq.studies.bench.options import label_of

Cell: TypeAlias = float | None
REASONS = 3
"""Different reasons for failures that are printed."""


class Case(NamedTuple):
    """What every strategy was asked."""

    circuit: str
    network: str


@dataclass(frozen=True)
class Quantity:
    """What is compared: its key in the rows, a title, the format of a number, and whether the least is best."""

    key: str
    title: str
    form: str
    least: bool

    def best(self, cells: Sequence[Cell]) -> Cell:
        """The best of some cells; None if there is none."""
        known = [cell for cell in cells if cell is not None]
        return (min if self.least else max)(known, default=None)

    def show(self, cell: Cell, best: Cell) -> Text:
        """A cell as text, the best one bold."""
        if cell is None:
            return Text("-", style="dim")
        return Text(self.form.format(cell).removesuffix(".0"), style="bold" if cell == best else "")


BELL_PAIRS = Quantity("ebits", "Bell pairs", "{:,.1f}", least=True)
FIDELITY = Quantity("fidelity", "Fidelity", "{:.4f}", least=False)


def comparison(rows: Sequence[dict[str, Any]]) -> Group:
    """Bell pairs of every circuit and network with every strategy (mean over seeds), the best one bold; geometric mean.

    With fidelities in the rows, these too.
    """
    tables = [_Comparison(rows, BELL_PAIRS).blocks()]
    if any(row["fidelity"] is not None for row in rows):
        tables.append(_Comparison(rows, FIDELITY).blocks())
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


class _Comparison:
    """One quantity: a line for each circuit and network, a column for each strategy."""

    def __init__(self, rows: Sequence[dict[str, Any]], quantity: Quantity) -> None:
        self.quantity = quantity
        self.strategies = list(dict.fromkeys(row["strategy"] for row in rows))
        self.several = len({(row["network"], label_of(row["options"])) for row in rows}) > 1
        values: dict[Case, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            network = f"{row['network']} {label_of(row['options'])}".rstrip()
            values[Case(row["circuit"], network)][row["strategy"]].append(row[quantity.key])
        self.cells = {case: {name: _mean(of[name]) for name in self.strategies} for case, of in values.items()}
        self.title = quantity.title + ("" if self.several or not rows else f" on {rows[0]['network']}")

    def blocks(self) -> InBlocks[str]:
        """The table, in several blocks of strategies where there is not enough room for all."""
        return InBlocks(self.strategies, self._table)

    def _table(self, shown: Sequence[str]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, title=self.title, title_justify="left", title_style="bold", pad_edge=False)
        table.add_column("circuit", no_wrap=True)
        if self.several:
            table.add_column("network", no_wrap=True)
        for strategy in shown:
            table.add_column(strategy, justify="right", no_wrap=True)
        for case, cells in self.cells.items():
            table.add_row(*self._label(*case), *self._shown(cells, shown))
        for label, means in self._geometric_means():
            table.add_section()
            table.add_row(*self._label(label, ""), *self._shown(means, shown))
        return table

    def _label(self, circuit: str, network: str) -> list[str]:
        return [circuit, network] if self.several else [circuit]

    def _shown(self, cells: dict[str, Cell], shown: Sequence[str]) -> list[Text]:
        best = self.quantity.best(list(cells.values()))
        return [self.quantity.show(cells[strategy], best) for strategy in shown]

    def _geometric_means(self) -> Iterator[tuple[str, dict[str, Cell]]]:
        """Over the lines in which all strategies have a number above 0, if these are several; with a label."""
        comparable = [cells for cells in self.cells.values() if all(c is not None and c > 0 for c in cells.values())]
        if len(comparable) > 1:
            means = {}
            for strategy in self.strategies:
                logs = [math.log(c) for cells in comparable if (c := cells[strategy]) is not None]
                means[strategy] = math.exp(math.fsum(logs) / len(logs))
            yield f"geometric mean of {len(comparable)}", dict(means)


def _mean(values: Sequence[Cell]) -> Cell:
    """Mean; None if there is none or a value is missing."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None
