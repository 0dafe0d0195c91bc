"""A comparison as a table: for terminals, Markdown, CSV or LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from distq.reporting.plain_table import InBlocks
from distq.studies.bench.pivot import HIGHER_IS_BETTER, Line, Pivot, pivot
from distq.studies.bench.tasks import Result

FORMATS = ("terminal", "markdown", "csv", "latex")
TITLES = {"ebits": "Bell pairs", "fidelity": "Fidelity", "makespan_mean_s": "Mean time (s)"}
FORMS = {"ebits": "{:,.1f}", "fidelity": "{:.4f}", "fidelity_ratio": "{:.4f}"}
REASONS = 3
"""Different reasons for failures that are printed."""
LABELS = ("circuit", "network", "options", "strategy", "version")


@dataclass(frozen=True)
class _Shown:
    """A text, and whether it is the best of its line."""

    text: str
    best: bool = False


class ComparisonTable:
    """One column compared; lines, then what sums them up."""

    def __init__(self, found: Pivot) -> None:
        self.found = found
        cases = [line.case for line in found.lines]
        varied = [i for i in range(1, len(LABELS)) if len({case[i] for case in cases}) > 1]
        self.labels = [0, *varied]
        common = [cases[0][i] for i in (1, 2) if cases and i not in varied and cases[0][i]] if cases else []
        common = [text for text in common if text != "default"]
        self.title = TITLES.get(found.column, found.column) + (f" on {' '.join(common)}" if common else "")

    def header(self) -> list[str]:
        """Names of the columns that say what a line is."""
        return [LABELS[i] for i in self.labels]

    def label(self, line: Line) -> list[str]:
        """What a line is."""
        return [line.case[i] for i in self.labels]

    def cells(self, line: Line) -> dict[str, _Shown]:
        """Every cell: its mean, the spread over the seeds, the ratio to the baseline."""
        best, shown = self.found.best(line), {}
        for name, cell in line.cells.items():
            if cell is None:
                shown[name] = _Shown("-")
                continue
            text = self._number(cell.mean) + (f" ±{cell.spread:.2g}" if cell.spread else "")
            ratio = self.found.ratio(line, name)
            if ratio is not None and name != self.found.baseline:
                text += f" ({ratio:.3g})"
            shown[name] = _Shown(text, cell.mean == best)
        return shown

    def _number(self, value: float) -> str:
        return FORMS.get(self.found.column, "{:.4g}").format(value).removesuffix(".0")

    def summary(self) -> Iterator[tuple[str, dict[str, _Shown]]]:
        """Labels and cells of the lines below: geometric means, wins, gap to the bound."""
        found, complete = self.found, self.found.complete
        if len(complete) > 1:
            means = found.geometric_means()
            base = means.get(found.baseline or "")
            best = (max if found.column in HIGHER_IS_BETTER else min)(means.values())
            shown = {}
            for name, mean in means.items():
                ratio = f" ({mean / base:.3g})" if base and name != found.baseline else ""
                shown[name] = _Shown(self._number(mean) + ratio, mean == best)
            yield f"geometric mean of {len(complete)}", shown
        if found.baseline is not None:
            scores = {name: found.score(name) for name in found.names}
            yield (
                "better/equal/worse",
                {
                    name: _Shown("" if name == found.baseline else f"{s.wins}/{s.ties}/{s.losses}")
                    for name, s in scores.items()
                },
            )
            gaps = {name: found.gaps(name) for name in found.names}
            if any(gaps.values()):
                yield (
                    "mean above the bound",
                    {name: _Shown(f"{sum(gap) / len(gap):.0%}" if gap else "-") for name, gap in gaps.items()},
                )

    def notes(self) -> list[str]:
        """What the numbers mean and what they leave out."""
        found, notes = self.found, []
        skipped = len(found.lines) - len(found.complete)
        if found.baseline is not None:
            notes.append(f"in parentheses: the ratio to {found.baseline}")
            if any(cell and cell.spread for line in found.lines for cell in line.cells.values()):
                notes.append("±: standard deviation over the seeds")
            if any(line.bound for line in found.lines):
                known = sum(bool(line.bound) for line in found.lines)
                notes.append(
                    f"above the bound: over the {known} of {len(found.lines)} lines whose lower bound is above 0"
                )
        if skipped and len(found.complete) > 1:
            notes.append(f"the geometric mean leaves out {skipped} of {len(found.lines)} lines: a cell is 0 or missing")
        return notes

    def rows(self, names: Sequence[str]) -> Iterator[list[str]]:
        """All lines as texts, the labels first."""
        for line in self.found.lines:
            cells = self.cells(line)
            yield [*self.label(line), *(cells[name].text for name in names)]
        for label, cells in self.summary():
            yield [label, *[""] * (len(self.labels) - 1), *(cells[name].text for name in names)]

    def terminal(self) -> InBlocks[str]:
        """The table, in several blocks where there is not enough room."""
        return InBlocks(self.found.names, self._block)

    def _block(self, names: Sequence[str]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, title=self.title, title_justify="left", title_style="bold", pad_edge=False)
        for label in self.header():
            table.add_column(label, no_wrap=True)
        for name in names:
            table.add_column(name, justify="right", no_wrap=True)
        for line in self.found.lines:
            cells = self.cells(line)
            table.add_row(*self.label(line), *(_styled(cells[name]) for name in names))
        for index, (label, cells) in enumerate(self.summary()):
            if index == 0:
                table.add_section()
            table.add_row(label, *[""] * (len(self.labels) - 1), *(_styled(cells[name]) for name in names))
        return table

    def markdown(self) -> str:
        """A table of Markdown."""
        header = [*self.header(), *self.found.names]
        rule = ["---"] * len(self.labels) + ["---:"] * len(self.found.names)
        lines = [header, rule, *self.rows(self.found.names)]
        text = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
        return "\n".join([f"**{self.title}**", "", *text, "", *(f"- {note}" for note in self.notes())])

    def latex(self) -> str:
        """A ``tabular`` for the package booktabs."""
        names = self.found.names
        body = [" & ".join(map(_escaped, row)) + r" \\" for row in self.rows(names)]
        many = len(self.found.lines)
        lines = [
            *(f"% {note}" for note in [self.title, *self.notes()]),
            rf"\begin{{tabular}}{{{'l' * len(self.labels)}{'r' * len(names)}}}",
            r"\toprule",
            " & ".join(map(_escaped, [*self.header(), *names])) + r" \\",
            r"\midrule",
            *body[:many],
            *([r"\midrule", *body[many:]] if body[many:] else []),
            r"\bottomrule",
            r"\end{tabular}",
        ]
        return "\n".join(lines)

    def csv(self) -> str:
        """One line for each cell: mean, spread, seeds, ratio, lower bound; for other programs."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*LABELS, "column", "mean", "spread", "seeds", "ratio", "bound"])
        for line in self.found.lines:
            for name, cell in line.cells.items():
                case = line.case._asdict() | {self.found.by: name}
                figures = [None, None, 0] if cell is None else [cell.mean, cell.spread, len(cell.values)]
                writer.writerow([*case.values(), self.found.column, *figures, self.found.ratio(line, name), line.bound])
        return out.getvalue().rstrip("\n")


def _styled(shown: _Shown) -> Text:
    return Text(shown.text, style="bold" if shown.best else "dim" if shown.text == "-" else "")


def _escaped(text: str) -> str:
    """For LaTeX."""
    for character in "&%$#_{}":
        text = text.replace(character, "\\" + character)
    return text.replace("±", r"$\pm$ ")


def comparison(
    rows: Sequence[Result], columns: Sequence[str] = (), by: str = "strategy", baseline: str | None = None
) -> Group:
    """Every column side by side on a terminal, the best of each line bold; without columns Bell pairs, and fidelities
    if there are any; then the failures."""
    parts: list[RenderableType] = []
    for column in columns or default_columns(rows):
        table = ComparisonTable(pivot(rows, column, by, baseline))
        parts += [table.terminal(), *map(Text, table.notes())]
    return Group(*parts, *map(Text, failures(rows)))


def default_columns(rows: Sequence[Result]) -> tuple[str, ...]:
    """What is compared where nothing is said."""
    return ("ebits", "fidelity") if any(row.get("fidelity") is not None for row in rows) else ("ebits",)


def failures(rows: Sequence[Result]) -> list[str]:
    """How many tasks failed, and the first few reasons."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row["error"]:
            reasons.setdefault(row["error"], []).append(f"{row['circuit']}, {row['network']}, {row['strategy']}")
    if not reasons:
        return []
    notes = [f"{sum(map(len, reasons.values()))} of {len(rows)} tasks failed; their rows say why"]
    for reason, where in list(reasons.items())[:REASONS]:
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        notes.append(f"  {where[0]}{more}: {reason}")
    return notes
