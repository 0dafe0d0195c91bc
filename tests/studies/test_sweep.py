"""Numbers of a network swept, and what a target requires of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import distq
from distq.errors import InputError
from distq.networks.parse import parse_network
from distq.studies.sweep import parse_range, parse_target, sweep_network
from distq.studies.sweep.numbers import with_numbers
from helpers.cli import call

ARGV = ("sweep", "@ghz:6", "-n", "2x3+1", "-s", "kl")


def test_ranges() -> None:
    assert parse_range("memory=1:4").values == (1, 2, 3, 4)
    assert parse_range("rate_hz=10:1e3:3").values == (10, 100, 1000)
    assert parse_range("fidelity=0.8:1:3").values == (0.8, 0.9, 1.0)
    assert parse_range("memory=1:100:4").values == (1, 5, 22, 100)


def test_numbers_stand_where_they_are_meant() -> None:
    network = with_numbers(parse_network("two-modalities"), {"fidelity": 0.91, "t2_s": 3.0, "rate_hz": 7.0})
    assert {round(link.fidelity, 12) for link in network.links} == {0.91}
    assert {(link.rate_hz) for link in network.links} == {7.0}
    assert {qpu.t2_s for qpu in network.qpus} == {3.0}
    assert with_numbers(parse_network("2x3+1"), {"memory": 4}).qpus == parse_network("2x3+4").qpus


@pytest.mark.slow
def test_better_links_and_what_a_target_requires() -> None:
    ranges = [parse_range("fidelity=0.8:0.999:3"), parse_range("rate_hz=10:1e4:2")]
    found = sweep_network("@ghz:6", "2x3+1", ranges, "kl", target=parse_target("fidelity=0.9"))
    assert [point.ebits for point in found.points] == [1] * 6
    fidelity = {point.values: point.fidelity or 0.0 for point in found.points}
    times = {point.values: point.makespan_s or 0.0 for point in found.points}
    for rate in ranges[1].values:
        column = [fidelity[value, rate] for value in ranges[0].values]
        assert column == sorted(column)
    assert times[0.8, 10] > 5 * times[0.8, 1e4]
    needed = found.requirements[0]
    assert needed.at_least
    assert needed.value is not None
    assert needed.found.fidelity == pytest.approx(0.9, abs=1e-3)
    assert (needed.found.fidelity or 0) >= 0.9
    assert found.requirements[1].value == 10, "any rate will do"
    slow = sweep_network("@ghz:6", "2x3+1", ranges[1:], "kl", target=parse_target("makespan_s=1e-9"))
    assert slow.requirements[0].value is None


def test_what_does_not_fit_is_a_row() -> None:
    found = sweep_network("@ghz:6", "2x3+1", [parse_range("data=2:4")], "kl", target=parse_target("ebits=1"))
    assert found.points[0].ebits is None
    assert "too few" in (found.points[0].reason or "")
    assert (found.requirements[0].value, found.requirements[0].at_least) == (3, True)
    assert found.points[1].ebits == distq.compile("@ghz:6", "2x3+1", "kl").report.ebits


@pytest.mark.slow
def test_command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    argv = (*ARGV, "--sweep", "rate_hz=10:1e3:3", "--sweep", "memory=1:2", "--target", "fidelity=0.9")
    code, out, _ = call(capsys, *argv, "--picture", "out.svg")
    assert code == 0
    assert "fidelity >= 0.9 requires" in out
    text = Path("out.svg").read_text()
    assert "memory=2" in text
    assert len(json.loads(call(capsys, *argv, "--json").out)["points"]) == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("memory", "is no sweep"),
        ("memry=1:2", "did you mean 'memory'"),
        ("memory=2:1", "FROM is below TO"),
        ("memory=a:1", "are numbers"),
        ("memory=1:2:1", "STEPS"),
        ("t2_s=nan:2", "finite"),
    ],
)
def test_wrong_sweeps(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_range(text)
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    for more, said in (
        (("--sweep", "error_2q=0.1:2"), "probability"),
        (("--sweep", "memory=1:2", "--sweep", "memory=1:2"), "once"),
        (("--sweep", "memory=1:2", "--target", "fidelty=1"), "did you mean 'fidelity'"),
    ):
        code, out, err = call(capsys, *ARGV, *more)
        assert (code, out) == (2, "")
        assert said in err
