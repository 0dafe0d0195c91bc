"""Tables without lines: aligned where there is room, wrapped and complete where there is not."""

from __future__ import annotations

import re

import pytest
from rich.console import Console, RenderableType

from distq.cli import invoke
from distq.reporting.plain_table import PlainTable, paragraphs, side_by_side
from distq.studies.bench import comparison

ROWS = [
    ("oxford-2025", "measured", "fidelity 0.9695, 9.7 pairs/s", "Main et al., Nature 638, 383 (2025)"),
    ("near-term", "scenario", "fidelity 0.98, 1000 pairs/s", "none: [scenario]"),
]
HEADER = ("name", "tag", "numbers", "source")


def lines(content: RenderableType, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(content)
    return [line.rstrip() for line in capture.get().splitlines()]


def words(text: list[str]) -> list[str]:
    return sorted(" ".join(text).split())


def test_columns_are_aligned_and_brackets_are_text() -> None:
    assert lines(PlainTable([("a", "bb", "[c]"), ("aaa", "b", "")], indent=2), 80) == ["  a    bb  [c]", "  aaa  b"]


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("header", [(), HEADER])
def test_nothing_is_lost_and_no_word_broken_on_narrow_terminals(width: int, header: tuple[str, ...]) -> None:
    table = PlainTable(ROWS, header, indent=2)
    found = lines(table, width)
    assert max(map(len, found)) <= width
    assert words(found) == words([cell for row in ([header] if header else []) + ROWS for cell in row])


@pytest.mark.parametrize("width", [10, 20, 30])
def test_every_letter_is_there_even_where_words_must_be_broken(width: int) -> None:
    found = "".join(lines(PlainTable(ROWS), width))
    assert sorted(re.sub(r"\s", "", found)) == sorted(re.sub(r"\s", "", "".join(map("".join, ROWS))))


def test_columns_without_room_continue_below_with_their_labels() -> None:
    table = side_by_side(("QPU", "data"), [("chain0, chain1", "16"), ("qccd", "90")])
    assert lines(table, 40) == ["QPU   chain0, chain1  qccd", "data  16              90"]
    assert lines(table, 22) == ["QPU   chain0, chain1", "data  16", "", "QPU   qccd", "data  90"]


def test_the_strategies_of_a_benchmark_continue_below() -> None:
    names = ("kl", "hypergraph", "teledata-routing")
    row = {"circuit": "qft_16", "network": "4x4+2", "fidelity": None, "error": None, "options": {}, "version": "1"}
    rows = [row | {"strategy": name, "ebits": n} for n, name in enumerate(names, 24)]
    assert len([line for line in lines(comparison(rows), 100) if "qft_16" in line]) == 1
    narrow = lines(comparison(rows), 40)
    assert [word for line in narrow if "qft_16" in line for word in line.split()[1:]] == ["24", "25", "26"]


def test_parts_of_a_text_have_a_blank_line_between_them() -> None:
    assert lines(paragraphs("one", ["two", "three"], "[four]"), 80) == ["one", "", "two", "three", "", "[four]"]


COMMANDS = ("strategies", "presets", "network show two-modalities", "link show two-modalities", "validate")


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_fit_a_narrow_terminal_and_keep_rows_whole_in_a_pipe(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert invoke(command.split()) == 0
    piped = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "80")
    assert invoke(command.split()) == 0
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= 80 < max(map(len, piped.splitlines()))
    assert not set(piped.split()) - set(narrow.split())
