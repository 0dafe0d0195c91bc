"""Rows that may be compared: of results files, and figures of other tools in CSV files."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from distq.errors import InputError
from distq.studies.bench.pivot import case_of
from distq.studies.bench.results import read_whole_lines
from distq.studies.bench.tasks import COLUMNS, Result

EXTERNAL = ".csv"
NEEDED = ("circuit", "network")
"""Columns of a CSV file beside ``strategy`` or ``tool`` and the figures, which have the names of distq's columns."""


class Comparable(NamedTuple):
    """Rows that may be compared, and what was left out or has to be known."""

    rows: list[Result]
    notes: list[str]


def read_rows(paths: Sequence[Path], by: str = "strategy") -> Comparable:
    """The rows of all files that may be compared.

    Of several versions of distq the newest counts, unless versions are compared; of one case, rows whose circuit is
    another than that of most are left out; of other tools' figures, those for what distq was not asked.

    Raises
    ------
    InputError
        A file cannot be read or holds something else, or there are no results.
    """
    results: dict[str, Result] = {}
    external: list[Result] = []
    for path in paths:
        if path.suffix.lower() == EXTERNAL:
            external += read_external(path)
        else:
            read_whole_lines(path, results)
    rows, notes = list(results.values()), list[str]()
    if by != "version":
        rows, notes = _newest_version(rows)
    if rows:
        asked = {(row["circuit"], row["network"]) for row in rows}
        external = [row for row in external if (row["circuit"], row["network"]) in asked]
    rows, more = same_circuits([*rows, *external], by)
    if external:
        tools = ", ".join(dict.fromkeys(row["strategy"] for row in external))
        more.append(f"figures of other tools are matched by the names of circuit and network: {tools}")
    if not rows:
        raise InputError("there are no results in these files", "`distq bench run` makes some")
    return Comparable(rows, notes + more)


def read_external(path: Path) -> list[Result]:
    """Figures of other tools: a row for each line of a CSV file with a header.

    Raises
    ------
    InputError
        The file cannot be read, or a column is missing.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            lines, header = list(reader), reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    name = "strategy" if "strategy" in header else "tool"
    missing = [column for column in (*NEEDED, name) if column not in header]
    if missing:
        hint = "the header names circuit, network, strategy (or tool) and figures such as ebits"
        raise InputError(f"{path} has no column {', '.join(missing)}", hint)
    empty: Result = dict.fromkeys(COLUMNS) | {"options": {}}
    return [empty | {key: _figure(value) for key, value in line.items() if key} | {
        "strategy": line[name], "circuit": line["circuit"], "network": line["network"]} for line in lines]  # fmt: skip


def _figure(text: Any) -> Any:
    try:
        return float(text)
    except (TypeError, ValueError):
        return text or None


def _newest_version(rows: list[Result]) -> tuple[list[Result], list[str]]:
    """The rows of the newest version, and a note on the others."""
    from packaging.version import InvalidVersion, Version

    def age(text: str) -> Version:
        try:
            return Version(text)
        except InvalidVersion:
            return Version("0")

    versions = {str(row.get("version")) for row in rows}
    if len(versions) < 2:
        return rows, []
    newest = max(versions, key=age)
    kept = [row for row in rows if row.get("version") == newest]
    note = f"{len(rows) - len(kept)} rows of older versions than {newest} left out (--by version compares versions)"
    return kept, [note]


def same_circuits(rows: list[Result], by: str = "strategy") -> tuple[list[Result], list[str]]:
    """The rows without those whose circuit is another than that of most rows of their case, and a note on these."""
    forms: dict[Any, Counter[str]] = {}
    for row in rows:
        if row.get("normal_form"):
            forms.setdefault(case_of(row, by), Counter())[row["normal_form"]] += 1
    usual = {case: counts.most_common(1)[0][0] for case, counts in forms.items()}
    kept = [row for row in rows if row.get("normal_form") in (None, usual.get(case_of(row, by)))]
    if len(kept) == len(rows):
        return rows, []
    names = sorted({row["circuit"] for row in rows if row not in kept})
    left_out = f"{len(rows) - len(kept)} rows are of other circuits under the same name, not compared"
    return kept, [f"{left_out}: {', '.join(names)}"]
