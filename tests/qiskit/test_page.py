"""Every snippet of the page on Qiskit runs, one after the other, as a reader would type them."""

from __future__ import annotations

import re

import pytest

from helpers.paths import REPOSITORY


@pytest.mark.slow
def test_snippets() -> None:
    text = (REPOSITORY / "docs" / "qiskit.md").read_text()
    snippets = re.findall(r"^```python\n(.*?)^```", text, flags=re.M | re.S)
    assert len(snippets) >= 8
    names: dict[str, object] = {}
    for number, snippet in enumerate(snippets):
        exec(compile(snippet, f"docs/qiskit.md, snippet {number}", "exec"), names)
    isa, found = names["isa"], names["found"]
    assert isa.metadata["distq"]["ebits"] == isa.count_ops()["epr"] == 1
    assert names["placed"].layout.initial_index_layout(filter_ancillas=True) == [0, 1, 2, 3, 6, 7, 8, 9]
    assert found.data.evs.shape == (3,)
    assert (found.data.stds <= 0.055).all()
    assert names["manager"].property_set["distq_cost"]["bell_pairs"] == 1
    assert sum(names["counts"].values()) == 200
