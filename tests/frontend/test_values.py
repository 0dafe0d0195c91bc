"""Values that depend on measured bits."""

from __future__ import annotations

import time

import numpy as np

from distq.frontend.outcomes.values import simplified
from distq.ir.program import Condition


def _holds(case: Condition, row: int) -> bool:
    return all(row >> o & 1 == case.value >> i & 1 for i, o in enumerate(case.clbits)) != case.negate


def test_simplified_cases_hold_on_the_same_rows() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        cases = []
        for _ in range(int(rng.integers(1, 7))):
            bits = tuple(map(int, rng.permutation(5)[: rng.integers(1, 5)]))
            cases.append(Condition(bits, int(rng.integers(1 << len(bits))), bool(rng.random() < 0.3)))
        brief = simplified(tuple(cases))
        assert len(brief) <= len(cases)
        for row in range(1 << 5):
            assert any(_holds(case, row) for case in brief) == any(_holds(case, row) for case in cases)


def test_many_cases_of_ten_outcomes_are_simplified_quickly() -> None:
    """The parity of ten outcomes: no two of its 512 cases can be joined."""
    cases = tuple(Condition(tuple(range(10)), row) for row in range(1 << 10) if row.bit_count() % 2)
    start = time.process_time()
    assert len(simplified(cases)) == 512
    assert time.process_time() - start < 0.2  # it takes 0.014 s; asking every case about every row took 0.63 s
