"""Pictures: fonts that publishers take, and the same bytes for the same content."""

from __future__ import annotations

from typing import Any

import pytest

from distq.reporting.figures.style import drawn, time_unit


def figure() -> Any:
    from matplotlib.figure import Figure

    found = Figure(figsize=(2.0, 1.0))
    found.add_subplot().set_title("fidelity ± 0.1")
    return found


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_bytes(kind: str) -> None:
    assert drawn(figure, kind) == drawn(figure, kind)


def test_fonts_are_truetype_and_text_stays_text() -> None:
    assert b"/Type3" not in drawn(figure, "pdf")
    assert b"fidelity" in drawn(figure, "svg")


@pytest.mark.parametrize(("end_s", "symbol"), [(3.0, "s"), (1.5, "ms"), (2e-3, "ms"), (1e-3, "µs"), (0.0, "µs")])
def test_times_are_shown_in_the_largest_unit_of_which_there_are_two(end_s: float, symbol: str) -> None:
    assert time_unit(end_s).symbol == symbol
