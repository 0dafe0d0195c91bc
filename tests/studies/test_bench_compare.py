"""Results compared: ratios, means and scores, what is left out, forms of the table, pictures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from distq.errors import InputError
from distq.reporting.report import ROW
from distq.studies.bench.pivot import Score, pivot
from distq.studies.bench.plots import family_of, fitted_exponent, points, profile
from distq.studies.bench.reading import read_external, read_rows
from helpers.cli import call

EMPTY: dict[str, Any] = dict.fromkeys(ROW) | {"options": {}, "normal_form": "f", "error": None, "version": "2.0"}


def row(circuit: str, strategy: str, ebits: float | None, **more: Any) -> dict[str, Any]:
    key = f"{circuit} {strategy} {more}"
    return EMPTY | {"id": key, "circuit": circuit, "network": "4x4", "strategy": strategy, "ebits": ebits} | more


ROWS = [
    row("a", "x", 4, seed=0, ebits_lower_bound=2, qubits=4, seconds_compile=1.0, fidelity=0.9),
    row("a", "x", 6, seed=1, ebits_lower_bound=2, qubits=4, seconds_compile=1.0, fidelity=0.8),
    row("a", "y", 10, seed=0, ebits_lower_bound=2, qubits=4, seconds_compile=2.0),
    row("b", "x", 20, ebits_lower_bound=10, qubits=8, seconds_compile=3.0, fidelity=0.5),
    row("b", "y", 10, ebits_lower_bound=10, qubits=8, seconds_compile=4.0),
    row("c", "x", 0, ebits_lower_bound=0),
    row("c", "y", 0, ebits_lower_bound=0),
    row("d", "x", 3),
    row("d", "y", None, error="no luck"),
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("r.jsonl", ROWS)


def write(path: str, rows: list[dict[str, Any]]) -> None:
    Path(path).write_text("".join(json.dumps(one) + "\n" for one in rows))


def test_numbers() -> None:
    found = pivot(ROWS, "ebits", baseline="x")
    a, b, c, d = found.lines
    assert (found.ratio(a, "y"), found.ratio(b, "y"), found.ratio(c, "y"), found.ratio(d, "y")) == (2, 0.5, None, None)
    assert a.cells["x"] is not None
    assert a.cells["x"].spread == pytest.approx(2**0.5)
    assert found.geometric_means() == pytest.approx({"x": 10.0, "y": 10.0})
    assert found.score("y") == Score(wins=1, ties=1, losses=1)
    assert found.gaps("x") == pytest.approx([1.5, 1.0])
    fidelities = pivot(ROWS, "fidelity")
    assert fidelities.best(fidelities.lines[0]) == pytest.approx(0.85)


def test_a_profile_counts_failures_as_never_close() -> None:
    x, y = profile(pivot(ROWS, "ebits"))
    assert (x.x[:-1], x.y[:-1]) == ((1.0, 1.0, 1.0, 2.0), (0.0, 1 / 3, 2 / 3, 1.0))
    assert y.y[-1] == pytest.approx(2 / 3)


def test_exponents() -> None:
    assert fitted_exponent([(n, 5 * n**1.5) for n in (2, 4, 16)]) == pytest.approx(1.5)
    assert fitted_exponent([(2, 1), (2, 3)]) is None
    sizes = [one | {"circuit": {"a": "qft_4", "b": "qft_8"}.get(one["circuit"], "other")} for one in ROWS]
    assert [family_of(name) for name in ("qft_4", "cp-fraction_32", "qb_ising_n26", "w")] == [
        "qft",
        "cp-fraction",
        "qb_ising",
        "w",
    ]
    first, second = points(sizes, "strategy", "qubits", "ebits", fit=True)[:2]
    assert first.name == "qft, x: exponent 2.03"
    assert (first.exponent, second.exponent) == pytest.approx((2.0294, 0.0), abs=1e-4)
    with pytest.raises(InputError, match="no row"):
        points(ROWS, "strategy", "memory", "ebits")


def test_other_circuits_and_older_versions_are_not_compared() -> None:
    other = row("a", "z", 1, normal_form="g")
    old = [row("a", "x", 9, version="1.10"), row("a", "x", 9, version="1.9")]
    write("r.jsonl", [*ROWS, other, *old])
    rows, notes = read_rows([Path("r.jsonl")])
    assert rows == ROWS
    assert "older versions than 2.0" in notes[0]
    assert "other circuits under the same name, not compared: a" in notes[1]
    rows, _ = read_rows([Path("r.jsonl")], by="version")
    assert pivot(rows, "ebits", "version").names == ("2.0", "1.10", "1.9")


def test_figures_of_other_tools(capsys: pytest.CaptureFixture[str]) -> None:
    Path("o.csv").write_text("circuit,network,tool,ebits\na,4x4,other,20\nb,4x4,other,\ne,4x4,other,1\n")
    code, out, err = call(capsys, "bench", "compare", "r.jsonl", "o.csv", "--baseline", "y")
    assert code == 0
    cells = next(line for line in out.splitlines() if line.startswith(" a ")).split()
    assert cells == ["a", "5", "±1.4", "(0.5)", "10", "20", "(2)"]
    assert " e " not in out, "distq was not asked that"
    assert "other tools are matched by the names" in err
    Path("o.csv").write_text("circuit,tool\na,b\n")
    with pytest.raises(InputError, match="no column network"):
        read_external(Path("o.csv"))


def test_forms_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    out = call(capsys, "bench", "compare", "r.jsonl", "-c", "ebits", "--table", "csv").out
    lines = list(csv.DictReader(io.StringIO(out)))
    assert [line["mean"] for line in lines] == ["5.0", "10.0", "20.0", "10.0", "0.0", "0.0", "3.0", ""]
    assert [line["ratio"] for line in lines][:4] == ["1.0", "2.0", "1.0", "0.5"]
    out = call(capsys, "bench", "compare", "r.jsonl", "-c", "ebits", "--table", "latex").out
    assert r"a & 5 $\pm$ 1.4 & 10 (2) \\" in out
    out = call(capsys, "bench", "compare", "r.jsonl", "-c", "ebits", "--table", "markdown").out
    assert "| better/equal/worse |  | 1/1/1 |" in out
    assert "leaves out 2 of 4 lines" in out


@pytest.mark.parametrize("kind", ["profile", "time", "scaling", "pareto"])
def test_pictures(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    assert call(capsys, "bench", "compare", "r.jsonl", "--plot", "out.svg", "--kind", kind).code == 0
    text = Path("out.svg").read_text()
    assert {"profile": "share of the cases", "scaling": "a, x"}.get(kind, ">x<") in text


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("none.jsonl",), "cannot read none.jsonl"),
        (("r.jsonl", "-c", "ebit"), "did you mean 'ebits'"),
        (("r.jsonl", "--baseline", "w"), "unknown strategy 'w'"),
        (("r.jsonl", "--plot", "out.gif"), "no picture format"),
        (("empty.jsonl",), "no results"),
    ],
)
def test_refusals(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], said: str) -> None:
    write("empty.jsonl", [])
    code, out, err = call(capsys, "bench", "compare", *argv)
    assert (code, out) == (2, "")
    assert said in err
