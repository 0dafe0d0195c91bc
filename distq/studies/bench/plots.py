"""What the pictures of a comparison show: performance profiles, pairs against time, scaling, Pareto fronts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from distq.errors import InputError
from distq.reporting.figures.comparison import NAMES, Series, draw_lines, draw_points
from distq.studies.bench.pivot import AXES, HIGHER_IS_BETTER, Pivot, number
from distq.studies.bench.tasks import Result

KINDS = ("profile", "time", "scaling", "pareto")


def draw(rows: Sequence[Result], found: Pivot, kind: str, file_kind: str) -> bytes:
    """The picture ``kind`` of :data:`KINDS` as the content of a file; raises InputError if nothing can be drawn."""
    if kind == "profile":
        factor = "at most so many times the best" if _least(found) else "the best is at most so many times it"
        label = f"{NAMES.get(found.column, found.column)}: {factor}"
        return draw_lines(profile(found), label, "share of the cases", file_kind)
    x, y, log_y, fit = {
        "time": ("seconds_compile", found.column, True, False),
        "scaling": ("qubits", found.column, True, True),
        "pareto": ("ebits", "fidelity", False, False),
    }[kind]
    series = points(rows, found.by, x, y, fit=fit)
    return draw_points(series, x, y, file_kind, log_x=kind != "pareto", log_y=log_y, front=kind == "pareto")


def _least(found: Pivot) -> bool:
    return found.column not in HIGHER_IS_BETTER


def profile(found: Pivot) -> list[Series]:
    """For each name the share of cases in which it is within a factor of the best (Dolan and More,
    https://doi.org/10.1007/s101070100263); a case without a value counts as not within any factor.

    Raises
    ------
    InputError
        No case has a best value above 0.
    """
    lines = [line for line in found.lines if (found.best(line) or 0) > 0]
    if not lines:
        raise InputError(f"no case has {found.column} above 0: there is no profile")
    factors: dict[str, list[float]] = {name: [] for name in found.names}
    for line in lines:
        best = found.best(line) or 1.0
        for name, cell in line.cells.items():
            if cell is not None and cell.mean > 0:
                factors[name].append(cell.mean / best if _least(found) else best / cell.mean)
    end = max((factor for of in factors.values() for factor in of), default=1.0) * 1.05
    series = []
    for name, of in factors.items():
        x, y = [1.0], [0.0]
        for rank, factor in enumerate(sorted(of), 1):
            x, y = [*x, factor], [*y, rank / len(lines)]
        series.append(Series(name, (*x, end), (*y, y[-1])))
    return series


def points(rows: Sequence[Result], by: str, x: str, y: str, *, fit: bool = False) -> list[Series]:
    """A point for each row that has both columns above 0; with ``fit``, the exponent of y over x for each family.

    Raises
    ------
    InputError
        There is no such row.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    several = fit and len({family_of(row["circuit"]) for row in rows}) > 1
    for row in rows:
        a, b = number(row.get(x)), number(row.get(y))
        if a is not None and b is not None and a > 0 and b > 0:
            name = f"{family_of(row['circuit'])}, {AXES[by](row)}" if several else AXES[by](row)
            found.setdefault(name, []).append((a, b))
    if not found:
        raise InputError(f"no row has both {x} and {y} above 0", "fidelities need --simulate")
    series = []
    for name, pairs in found.items():
        exponent = fitted_exponent(pairs) if fit else None
        label = name if exponent is None else f"{name}: exponent {exponent:.2f}"
        xs, ys = zip(*sorted(pairs), strict=True)
        series.append(Series(label, xs, ys, exponent))
    return series


def family_of(circuit: str) -> str:
    """The name of a circuit up to the first number: circuits of one family differ in size."""
    return re.split(r"[_-]?n?\d", circuit, maxsplit=1)[0] or circuit


def fitted_exponent(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Slope of log y over log x by least squares; None unless there are two different x."""
    logs = [(math.log(a), math.log(b)) for a, b in pairs]
    mean_a = math.fsum(a for a, _ in logs) / len(logs)
    mean_b = math.fsum(b for _, b in logs) / len(logs)
    spread = math.fsum((a - mean_a) ** 2 for a, _ in logs)
    return math.fsum((a - mean_a) * (b - mean_b) for a, b in logs) / spread if spread > 1e-12 else None
