"""Choosing plans by fidelity or time: costs, the front, and the commands."""

from __future__ import annotations

import json

import numpy as np
import pytest

from distq import compiler
from distq.cli import invoke
from distq.compiler.objective import best, candidates, cost_of
from distq.compiler.options import OBJECTIVES, CompileOptions
from distq.compiler.plan_stage import checked
from distq.errors import UnknownNameError
from distq.frontend import normalise
from distq.networks.parse import parse_network
from distq.simulation.estimate import estimate
from distq.simulation.fidelity import SimulatedEstimate
from distq.simulation.options import SimulationOptions
from distq.studies.pareto.pareto import on_front
from helpers.circuits import qft

NAMES = ("contiguous", "random", "per-gate", "greedy")


def test_the_front_and_the_best() -> None:
    program, network = normalise(qft(6)), parse_network("2x3+2")
    found = candidates(program, network, NAMES, CompileOptions(seed=3))
    front = dict(zip(found, on_front(found), strict=True))
    assert len({(c.plan.homes, c.plan.steps) for c in found}) == len(found) > 2
    assert [c.ebits for c in found] == sorted(c.ebits for c in found)
    for objective in OBJECTIVES:
        assert front[best(found, objective)]
    assert best(found, "ebits").ebits == min(c.ebits for c in found)
    assert best(found, "fidelity").fidelity == max(c.fidelity for c in found)
    assert best(found, "makespan").makespan_s == min(c.makespan_s for c in found)
    assert not front[max(found, key=lambda c: c.ebits)]
    with pytest.raises(UnknownNameError, match="fidelity"):
        best(found, "fidelty")


def test_the_estimate_is_near_the_process_fidelity() -> None:
    network = parse_network("2x2+2")
    done = compiler.compile(qft(4), network, "contiguous")
    found = cost_of(checked(normalise(qft(4)), network, done.plan))
    exact = estimate(
        done.program, done.events, done.schedule, network, SimulationOptions(process=True, precision=0.002)
    )
    assert isinstance(exact, SimulatedEstimate)
    assert exact.process_fidelity is not None
    assert found.fidelity == pytest.approx(exact.process_fidelity.mean, abs=0.02)


def test_slow_links_cost_fidelity() -> None:
    program, network = normalise(qft(4)), parse_network("2x2+2")
    plan = compiler.compile(qft(4), network, "contiguous").plan
    values = []
    for rate in (1e5, 10.0, 1.0):
        links = tuple(link.model_copy(update={"rate_hz": rate}) for link in network.links)
        values.append(cost_of(checked(program, network.model_copy(update={"links": links}), plan)).fidelity)
    assert np.all(np.diff(values) < 0)


@pytest.mark.slow
def test_the_commands(capsys: pytest.CaptureFixture[str], tmp_path) -> None:  # type: ignore[no-untyped-def]
    picture = tmp_path / "pareto.png"
    circuit = ["circuits/qft_16.qasm", "-n", "2x8+2"]
    strategies = ["-s", "contiguous", "-s", "random"]
    assert invoke(["pareto", *circuit, *strategies, "--json", "--picture", str(picture)]) == 0
    plans = json.loads(capsys.readouterr().out)["plans"]
    assert any(plan["front"] for plan in plans)
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert invoke(["pareto", *circuit, *strategies]) == 0
    assert "mean makespan" in capsys.readouterr().out
    assert invoke(["compile", *circuit, "-s", "random", "--objective", "makespan", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["makespan_mean_s"] == pytest.approx(
        min(p["makespan_mean_s"] for p in plans if p["strategy"] == "random")
    )
    assert invoke(["compile", *circuit, "--objective", "fidelity", "--distill", "auto"]) == 2
    assert invoke(["compile", *circuit, "-s", "plan.json", "--objective", "fidelity"]) == 2
