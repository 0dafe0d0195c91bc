"""Plan files."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distq.errors import InputError
from distq.ir.plan import Grow, HandOver, Plan, RunOp, Shrink
from distq.ir.plan_file import dump_plan, load_plan, read_plan

index = st.integers(0, 99)
steps = st.one_of(
    st.builds(Grow, index, index, index),
    st.builds(Shrink, index, index),
    st.builds(HandOver, st.lists(st.tuples(index, index), min_size=1, max_size=4).map(tuple)),
    st.builds(RunOp, index, index),
)
plans = st.builds(Plan, st.lists(index).map(tuple), st.lists(steps).map(tuple), st.text(), index)


@given(plans)
def test_round_trip(plan):
    assert load_plan(dump_plan(plan, "c", "n")) == plan


@pytest.mark.slow
@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_anything_else_is_refused(value):
    with pytest.raises(InputError):
        load_plan(json.dumps(value))
    with pytest.raises(InputError):
        load_plan(json.dumps({"format": "distq-plan", "version": 1, "homes": [0], "steps": [value]}))


def test_messages_name_the_place(tmp_path):
    good = {"format": "distq-plan", "version": 1, "homes": [0], "steps": []}
    with pytest.raises(InputError, match=r"p.json:1:2: not JSON"):
        load_plan("{", "p.json")
    with pytest.raises(InputError, match="version 2"):
        load_plan(json.dumps(good | {"version": 2}))
    with pytest.raises(InputError, match="homes"):
        load_plan(json.dumps(good | {"homes": [-1]}))
    with pytest.raises(InputError, match=r"steps\[1\]"):
        load_plan(json.dumps(good | {"steps": [["run", 0, 0], ["run", True, 0]]}))
    with pytest.raises(InputError, match="cannot read"):
        read_plan(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b"\xff")
    with pytest.raises(InputError, match="not text"):
        read_plan(tmp_path / "latin.json")
