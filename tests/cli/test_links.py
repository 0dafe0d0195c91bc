"""``distq link``, ``distq validate``, ``--distill`` and link sweeps."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from distq.errors import InputError
from distq.networks.links import Direct, TwoPhoton, parse_model
from distq.networks.links.sweep import parse_sweep, sweep
from distq.reporting.figures.link_sweep import draw
from helpers.cli import call

GHZ = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\n'


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# --- sweeps


def test_sweep_forms():
    assert parse_sweep("length_km=0:50:3") == ("length_km", (0.0, 25.0, 50.0))
    assert parse_sweep(" far.collection = 0.1:0.05:2 ") == ("far.collection", (0.1, 0.05))
    assert len(parse_sweep("length_km=0:50")[1]) == 11


@pytest.mark.parametrize(
    "text",
    ["", "length_km", "length_km=0", "length_km=a:b", "length_km=0:1:1", "length_km=0:1:1.5", "x=1:1", "x=0:inf"],
)
def test_wrong_sweeps(text):
    with pytest.raises(InputError, match="is no sweep"):
        parse_sweep(text)


def test_sweep_is_the_model_at_each_value():
    model = TwoPhoton(length_km=1.0, wavelength_nm=1550.0)
    found = sweep(model, "length_km=0:50:6")
    for value, budget in zip(found.values, found.budgets, strict=True):
        assert budget == TwoPhoton(length_km=value, wavelength_nm=1550.0).budget()
    rates = [budget.rate_hz for budget in found.budgets]
    assert rates == sorted(rates, reverse=True)
    whole = sweep(TwoPhoton(length_km=10.0, wavelength_nm=1550.0), "ions=1:4:7")
    assert whole.values == (1.0, 2.0, 3.0, 4.0)
    assert sweep(Direct(weights=(0.9, 0.1, 0.0, 0.0), rate_hz=1.0), "fidelity=0.5:1:2").budgets[1].fidelity == 1.0


def test_what_a_measured_link_does_not_depend_on_is_said():
    with pytest.raises(InputError, match="do not depend on length_km") as refused:
        sweep(Direct(fidelity=0.9, attempts_hz=1e5, success=0.1), "length_km=0:50")
    assert refused.value.hint is not None
    assert "sweep fidelity or attempts_hz or success," in refused.value.hint


def test_a_sweep_moves_the_end_that_it_names():
    model = parse_model({"family": "two-photon", "collection": 0.1, "far": {"coupling": 0.2}})
    both = sweep(model, "collection=0.1:0.2:2").budgets[1]
    assert [f.value for f in both.near if f.name == "collection"] == [0.2]
    assert [f.value for f in both.far if f.name == "collection"] == [0.2]
    far = sweep(model, "far.collection=0.1:0.2:2").budgets[1]
    assert [f.value for f in far.near if f.name == "collection"] == [0.1]
    assert [f.value for f in far.far if f.name == "collection"] == [0.2]


@pytest.mark.parametrize(
    ("text", "message"),
    [("nosuch=0:1", "unknown key"), ("detector=0:2", "must be a probability"), ("far.x=0:1", "far.x")],
)
def test_impossible_sweeps(text, message):
    with pytest.raises(InputError, match=message):
        sweep(TwoPhoton(), text)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_pictures(kind):
    found = sweep(TwoPhoton(), "length_km=0:1:3")
    assert draw(found, "title", kind)[:4] == {"png": b"\x89PNG", "svg": b"<?xm", "pdf": b"%PDF"}[kind]
    assert draw(found, "title", kind) == draw(found, "title", kind)


# --- distq link


def test_a_budget_says_where_the_photons_go(capsys):
    code, out, err = call(capsys, "link", "show", "oxford-2020")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "source: Stephenson et al., PRL 124, 110501 (2020), arXiv:1911.10841" in lines
    assert "generation excitation 0.95 0.95 assumed" in lines
    assert "detection detector 0.7 0.02088 assumed" in lines
    assert any(line.startswith("pairs 181.6/s") for line in lines)
    assert lines[-1] == "assumed: no source backs the number"


def test_networks_show_each_sort_of_link_once(capsys):
    out = call(capsys, "link", "show", "4x4+2")[1]
    assert out.startswith("qpu0-qpu1, qpu0-qpu2, qpu0-qpu3, qpu1-qpu2, ... (6 in all): direct model")
    assert "pumping" in out
    out = call(capsys, "link", "show", "two-modalities")[1]
    assert "chain0-chain1: direct model" in out
    assert "photons, near end" in out
    assert "photons, far end" in out
    assert "chain0-qccd, chain1-qccd: two-photon model" in out
    assert "pumping" not in call(capsys, "link", "show", "oxford-2025")[1]


def test_a_file_may_hold_one_model(capsys):
    Path("my.toml").write_text('family = "one-photon"\nbright = 0.1\n')
    assert "my: one-photon model" in call(capsys, "link", "show", "my.toml")[1]
    Path("bad.toml").write_text('family = "one-photon"\nbright = 2\ncollection = 3\n')
    code, out, err = call(capsys, "link", "show", "bad.toml")
    assert (code, out) == (2, "")
    assert "bad.toml: 2 errors" in err
    code, out, err = call(capsys, "link", "show", "absent.toml")
    assert (code, out) == (2, "")
    assert "cannot read" in err


def test_a_link_that_heralds_nothing_says_why(capsys):
    Path("dark.toml").write_text('family = "two-photon"\ncollection = 0\ndark_rate_hz = 0\n')
    out = call(capsys, "link", "show", "dark.toml")[1]
    assert "no pair is ever heralded: collection is 0" in out
    assert "never" in out


def test_json(capsys):
    (found,) = json.loads(call(capsys, "link", "show", "metro-telecom", "--json")[1])["links"]
    assert found["link"] == "site0-site1"
    assert found["rate_hz"] == pytest.approx(found["attempts_hz"] * found["success_probability"])
    assert {option["method"] for option in found["distillation"]} == {"none", "dejmps", "bbpssw", "pumping"}
    text = call(capsys, "link", "show", "metro-telecom", "--sweep", "length_km=0:50:3", "--json")[1]
    assert [point["value"] for point in json.loads(text)["points"]] == [0.0, 25.0, 50.0]


@pytest.mark.slow
def test_sweep_table_and_picture(capsys):
    code, out, err = call(capsys, "link", "show", "metro-telecom", "--sweep", "length_km=0:50", "--picture", "s.png")
    assert (code, err) == (0, "wrote s.png\n")
    assert out.splitlines()[0].split()[0] == "length_km"
    assert len(out.splitlines()) == 12
    assert Path("s.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["oxford-2052"], "did you mean 'oxford-2025'"),
        (["4x4", "--link", "qpu0-qpu9"], "there is no link 'qpu0-qpu9'"),
        (["1x4"], "it has no links"),
        (["two-modalities", "--sweep", "length_km=0:1"], "--sweep takes one link"),
        (["oxford-2020", "--picture", "s.png"], "--picture draws a sweep"),
        (["oxford-2020", "--sweep", "length_km=0:1", "--picture", "s.txt"], "no picture format"),
        (["oxford-2020", "--sweep", "length_km=-1:1"], "length_km = -1.0: must be a length"),
    ],
)
def test_link_errors(capsys, argv, message):
    code, out, err = call(capsys, "link", "show", *argv)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err


def test_a_link_is_named_from_either_end(capsys):
    one = call(capsys, "link", "show", "two-modalities", "--link", "qccd-chain1", "--sweep", "length_km=0:1:2")
    assert one[0] == 0


def test_paths_swap(capsys):
    code, out, err = call(capsys, "link", "path", "4x4+2@line", "qpu0", "qpu2")
    assert (code, err) == (0, "")
    assert out.startswith("qpu0 - qpu1 - qpu2: 2 hops")
    found = json.loads(call(capsys, "link", "path", "4x4+2@line", "qpu0", "qpu2", "--json")[1])
    assert found["pairs"] == 2
    assert call(capsys, "link", "path", "4x4", "qpu0", "qpux")[0] == 2


def test_models_are_listed(capsys):
    out = call(capsys, "link", "models")[1]
    assert all(name in out for name in ("two-photon", "one-photon", "direct", "oxford-2020"))


# --- distq validate, --distill


@pytest.mark.slow
def test_validate_prints_the_table(capsys):
    code, out, err = call(capsys, "validate")
    assert (code, err) == (0, "")
    assert "fitted, no prediction" in out
    assert "known gap" in out
    assert "DIFFERS" not in out
    agreeing, compared = re.match(r"(\d+) of the (\d+) comparisons", out.splitlines()[-1]).groups()
    assert agreeing == compared


def test_validate_fails_where_it_must(capsys, monkeypatch):
    from distq.studies import validation

    monkeypatch.setattr(validation, "validation_rows", lambda: (validation.Row("t", "s", "q", 1.0, 2.0),))
    code, out, _ = call(capsys, "validate", "--json")
    assert code == 1
    assert json.loads(out)["failures"] == 1
    code, out, _ = call(capsys, "validate")
    assert code == 1
    assert "DIFFERS" in out


def test_distill(capsys):
    Path("ghz.qasm").write_text(GHZ)
    rows = {}
    for method in ("none", "dejmps", "auto"):
        argv = ("compile", "ghz.qasm", "-n", "2x2+3:duke-2024", "-s", "kl", "--distill", method)
        row = json.loads(call(capsys, *argv, "--json", "--details")[1])
        rows[method] = row["details"]["links"][0]["fidelity"]
    assert rows["none"] == 0.94
    assert rows["none"] < rows["dejmps"] < rows["auto"]
    code, out, err = call(capsys, "compile", "ghz.qasm", "-n", "2x2+1", "--distill", "dejmps")
    assert (code, out) == (2, "")
    assert "2 are needed" in err


@pytest.mark.parametrize("name", ["distill", "swap", "objective"])
def test_the_choices_of_the_options_are_those_of_the_library(name):
    from distq.cli.compile import compile_
    from distq.compiler import options

    (option,) = [p for p in compile_.params if p.name == name]
    known = {"distill": options.DISTILLATIONS, "swap": options.SWAPPINGS, "objective": options.OBJECTIVES}
    assert tuple(option.type.choices) == known[name]
