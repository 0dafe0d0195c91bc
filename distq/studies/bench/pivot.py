"""One column of many results side by side: a line for each case, a cell for each strategy (or version, or ...)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from distq.studies.bench.options import label_of
from distq.studies.bench.tasks import Result

HIGHER_IS_BETTER = {"fidelity", "fidelity_ratio", "fidelity_monolithic", "ebits_lower_bound"}
TIE = 1e-9
"""Relative difference below which two numbers are the same."""


class Case(NamedTuple):
    """What every strategy was asked. What the cells differ in is empty here."""

    circuit: str
    network: str
    options: str
    strategy: str
    version: str


AXES: dict[str, Callable[[Result], str]] = {
    "strategy": lambda row: str(row["strategy"]),
    "network": lambda row: str(row["network"]),
    "options": lambda row: label_of(row["options"]) or "default",
    "version": lambda row: str(row["version"]),
}
"""What the cells of a line may differ in."""


@dataclass(frozen=True)
class Cell:
    """Values of one case, one for each seed."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return math.fsum(self.values) / len(self.values)

    @property
    def spread(self) -> float | None:
        """Standard deviation over the seeds; None of a single one."""
        if len(self.values) < 2:
            return None
        mean = self.mean
        return math.sqrt(math.fsum((value - mean) ** 2 for value in self.values) / (len(self.values) - 1))


@dataclass(frozen=True)
class Line:
    """A case, its cells by name (None: missing or failed), and the lower bound of its Bell pairs."""

    case: Case
    cells: dict[str, Cell | None]
    bound: float | None


@dataclass(frozen=True)
class Score:
    """Lines on which a name is better than the baseline, as good, and worse."""

    wins: int
    ties: int
    losses: int


@dataclass(frozen=True)
class Pivot:
    """The comparison of one column.

    Attributes
    ----------
    column, by
        What is compared, and what the cells of a line differ in.
    names
        The cells' names.
    baseline
        The name with which the others are compared; None: none.
    lines
        The cases.
    """

    column: str
    by: str
    names: tuple[str, ...]
    baseline: str | None
    lines: tuple[Line, ...] = field(default=())

    @property
    def complete(self) -> list[dict[str, float]]:
        """Means of the lines on which every name has a number above 0."""
        found = []
        for line in self.lines:
            means = {name: cell.mean for name, cell in line.cells.items() if cell is not None and cell.mean > 0}
            if len(means) == len(self.names):
                found.append(means)
        return found

    def geometric_means(self) -> dict[str, float]:
        """Over the complete lines."""
        lines = self.complete
        return {name: math.exp(math.fsum(math.log(line[name]) for line in lines) / len(lines)) for name in self.names}

    def ratio(self, line: Line, name: str) -> float | None:
        """A cell over that of the baseline; None if that is 0, or one of the two is missing."""
        cell, base = line.cells[name], line.cells[self.baseline] if self.baseline else None
        return None if cell is None or base is None or base.mean == 0 else cell.mean / base.mean

    def best(self, line: Line) -> float | None:
        """The best mean of a line."""
        means = [cell.mean for cell in line.cells.values() if cell is not None]
        return (max if self.column in HIGHER_IS_BETTER else min)(means, default=None)

    def score(self, name: str) -> Score:
        """How often ``name`` is better than the baseline, where both have a number."""
        signs: Counter[int] = Counter()
        for line in self.lines:
            cell, base = line.cells[name], line.cells[self.baseline] if self.baseline else None
            if cell is not None and base is not None:
                gain = base.mean - cell.mean
                gain = -gain if self.column in HIGHER_IS_BETTER else gain
                tied = math.isclose(cell.mean, base.mean, rel_tol=TIE, abs_tol=1e-12)
                signs[0 if tied else int(math.copysign(1, gain))] += 1
        return Score(signs[1], signs[0], signs[-1])

    def gaps(self, name: str) -> list[float]:
        """By how much the Bell pairs exceed their lower bound, relatively, on the lines where that is known."""
        pairs = [(line.cells[name], line.bound) for line in self.lines]
        return [cell.mean / bound - 1 for cell, bound in pairs if cell is not None and bound]


def pivot(rows: Sequence[Result], column: str, by: str = "strategy", baseline: str | None = None) -> Pivot:
    """The comparison of one column; lines and names in the order in which the rows first have them."""
    names = tuple(dict.fromkeys(AXES[by](row) for row in rows))
    values: dict[Case, dict[str, list[float | None]]] = {}
    bounds: dict[Case, float | None] = {}
    for row in rows:
        case = case_of(row, by)
        values.setdefault(case, {}).setdefault(AXES[by](row), []).append(number(row.get(column)))
        bounds[case] = bounds.get(case) or (number(row.get("ebits_lower_bound")) if column == "ebits" else None)
    lines = [Line(case, {name: _cell(of.get(name, [])) for name in names}, bounds[case]) for case, of in values.items()]
    return Pivot(column, by, names, baseline, tuple(lines))


def case_of(row: Result, by: str) -> Case:
    """The case to which a row belongs, if ``by`` is what the cells differ in."""
    parts = {name: "" if name == by else axis(row) for name, axis in AXES.items()}
    if by == "strategy":
        parts["version"] = ""  # rows of other versions are gone by now, and other tools have none
    return Case(str(row["circuit"]), **parts)


def number(value: Any) -> float | None:
    """A number of a row; None if it is none."""
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None


def _cell(values: Sequence[float | None]) -> Cell | None:
    """None if there is no value, or a seed has none."""
    known = tuple(value for value in values if value is not None)
    return Cell(known) if known and len(known) == len(values) else None
