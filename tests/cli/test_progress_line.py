"""What a user sees while distq works: a bar that never goes back, the time so far and what is left, what runs now."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import distq
from distq.cli.bench_progress import TasksShown
from distq.cli.progress_line import ProgressLine, duration
from distq.cli.session import Session
from distq.networks.parse import parse_network
from distq.planning.strategies.registry import PlanningOptions
from distq.studies.bench.inputs import CircuitInput
from distq.studies.bench.options import TaskOptions
from distq.studies.bench.tasks import Result, Task, failure
from distq.util.progress import PartDone
from helpers.circuits import qft


class Clock:
    """Time that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def line(clock: Clock) -> ProgressLine:
    return ProgressLine(clock)


def test_a_stage_without_a_share_shows_the_time_so_far() -> None:
    clock = Clock()
    shown = line(clock)
    shown.tell("reading the circuit")
    clock.now += 65.0
    assert str(shown.__rich__()) == "reading the circuit ...  1 min 5 s so far"


def test_a_bar_shows_what_is_left_at_the_speed_so_far() -> None:
    clock = Clock()
    shown = line(clock)
    shown.tell("planning")
    clock.now += 10.0
    shown.tell(PartDone("planning", 0.0, "no plan yet"))
    assert "left" not in str(shown.__rich__())
    clock.now += 20.0
    shown.tell(PartDone("planning", 0.25, "7 Bell pairs so far"))
    clock.now += 20.0
    text = str(shown.__rich__())
    assert text == f"planning  {'━' * 5}{'─' * 15}  25%  7 Bell pairs so far  50 s so far, about 1 min 10 s left"


def test_a_bar_never_goes_back() -> None:
    clock = Clock()
    shown = line(clock)
    cells = []
    for share in (0.1, 0.4, 0.2, 0.5, 0.45, 1.2):
        clock.now += 1.0
        shown.tell(PartDone("planning", share))
        cells.append(str(shown.__rich__()).count("━"))
    assert cells == sorted(cells) == [2, 8, 8, 10, 10, 20]
    shown.tell("planning")
    shown.tell(PartDone("planning", 0.1))
    assert str(shown.__rich__()).count("━") == 2


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.9, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_planning_and_simulating_say_how_much_is_done() -> None:
    seen: list[str] = []
    done = distq.compile(qft(8), "2x4+1", "anneal", options=PlanningOptions(effort=0.1), progress=seen.append)
    planned = [stage for stage in seen if isinstance(stage, PartDone)]
    assert planned
    assert all(stage.name == "planning qft" and 0.0 <= stage.share <= 1.0 for stage in planned)
    seen.clear()
    done.simulate(inputs=["zero", "basis"], engine="trajectories", precision=0.01, shots=100, progress=seen.append)
    assert {stage.name for stage in seen if isinstance(stage, PartDone)} == {"simulating", "drawing 100 shots"}


def test_bench_shows_what_runs_now(capsys: pytest.CaptureFixture[str]) -> None:
    network, now = parse_network("2x2+1"), [0.0]
    tasks = [Task(CircuitInput(f"{name}.qasm", name, name), network, "kl", 0, TaskOptions()) for name in ("a", "b")]
    shown = TasksShown(Session(), 2, clock=lambda: now[0])
    shown.started(tasks[0])
    now[0] = 5.0
    shown.started(tasks[1])
    assert shown.describe() == "now: a on 2x2+1, kl (5 s); b on 2x2+1, kl (0 s)"
    shown.collect(iter([failure(tasks[0], "no luck")]))
    assert [row["error"] for row in shown.rows] == ["no luck"]
    assert shown.describe() == "now: b on 2x2+1, kl (0 s)"
    assert capsys.readouterr().err == "a on 2x2+1, kl: no luck\n"


def test_a_heartbeat_says_what_runs_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    task = Task(CircuitInput("a.qasm", "a", "a"), parse_network("2x2+1"), "kl", 0, TaskOptions())
    shown = TasksShown(Session(), 1, heartbeat_s=0.01)

    def slow() -> Iterator[Result]:
        shown.started(task)
        time.sleep(0.2)
        yield failure(task, "no luck")

    shown.collect(slow())
    assert " 0 of 1 done; now: a on 2x2+1, kl (0 s)\n" in capsys.readouterr().err
