"""The benchmark grid: ids, resumption, failures, and the table."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path

import pytest
from rich.console import Console

from distq.cli import invoke
from distq.errors import InputError, UnknownNameError
from distq.reporting.report import ROW
from distq.studies.bench import COLUMNS, Results, TaskOptions, comparison, perform, run_grid, shard, workers
from distq.studies.bench import grid as grid_module
from distq.studies.bench import results as results_module
from distq.studies.bench.tasks import failure, grid_tasks

CHAIN = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q[0];\ncx q[0],q[1];\ncx q[1],q[2];\ncx q[2],q[3];\n'
STAR = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[4];\nh q;\ncz q[0],q[1];\ncz q[0],q[2];\nh q[0];\ncz q[0],q[3];\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("chain.qasm").write_text(CHAIN)
    Path("star.qasm").write_text(STAR)
    return tmp_path


def grid(**more):
    return grid_tasks(["chain.qasm", "star.qasm"], ["2x2+1"], ["contiguous", "random"], (0, 1), **more)


def lines(path="r.jsonl"):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def same(rows):
    """Rows without what is never the same twice."""
    return sorted(
        ({k: v for k, v in row.items() if not k.startswith("seconds")} for row in rows), key=lambda r: r["id"]
    )


def test_ids_follow_from_content(here):
    first = grid()
    assert len({task.id for task in first}) == len(first) == 8
    assert [t.id for t in grid()] == [t.id for t in first]
    Path("copy.qasm").write_text(CHAIN)
    assert grid_tasks(["copy.qasm"], ["2x2+1"], ["contiguous"])[0].id == first[0].id
    others = [
        grid_tasks(["star.qasm"], ["2x2+1"], ["contiguous"]),
        grid_tasks(["chain.qasm"], ["2x2+2"], ["contiguous"]),
        grid_tasks(["chain.qasm"], ["2x2+1:oxford-2025"], ["contiguous"]),
        grid_tasks(["chain.qasm"], ["2x2+1"], ["contiguous"], options=[TaskOptions(simulate=True)]),
    ]
    assert all(tasks[0].id != first[0].id for tasks in others)
    assert len(grid_tasks(["chain.qasm", "copy.qasm"], ["2x2+1"], ["kl", "kl"])) == 1


def test_rows_are_written_as_they_exist(here):
    with Results(Path("r.jsonl")) as results:
        for count, result in enumerate(run_grid(grid(), results, jobs=1), 1):
            assert len(lines()) == count
            assert lines()[-1] == result
    assert [tuple(row) for row in lines()] == [COLUMNS] * 8
    assert all(row["error"] is None for row in lines())


def test_an_interrupted_run_is_continued(here, monkeypatch):
    with Results(Path("r.jsonl")) as results:
        stream = run_grid(grid(), results, jobs=1)
        for _ in range(3):
            next(stream)
    with Path("r.jsonl").open("ab") as file:
        file.write(b'{"id": "torn')
    done = []
    monkeypatch.setattr(grid_module, "perform", lambda task, real=perform: done.append(task.id) or real(task))
    with Results(Path("r.jsonl")) as results:
        rows = list(run_grid(grid(), results, jobs=1))
    assert len(done) == 5
    assert len(rows) == len(lines()) == 8
    with Results(Path("s.jsonl")) as results:
        straight = list(run_grid(grid(), results, jobs=1))
    assert same(rows) == same(straight)


@pytest.mark.slow
def test_processes_give_what_one_process_gives(here):
    tasks = grid()[:3]
    before = dict(os.environ)
    with Results(Path("r.jsonl")) as results:
        alone = list(run_grid(tasks, results, jobs=1))
    with Results(Path("s.jsonl")) as results:
        together = list(run_grid(tasks, results, jobs=2))
    assert same(alone) == same(together)
    assert dict(os.environ) == before, "the limit on threads is for the processes alone"


def test_failures_are_rows(here):
    tasks = grid_tasks(["chain.qasm"], ["2x1+1", "2x2+0", "2x2+1"], ["contiguous"])
    with Results(Path("r.jsonl")) as results:
        rows = list(run_grid(tasks, results, jobs=1))
    assert ["too few" in (row["error"] or "") for row in rows] == [True, False, False]
    assert [row["ebits"] for row in rows] == [None, None, 1]
    assert [tuple(row) for row in rows] == [COLUMNS] * 3
    assert rows[0]["network"] == "2x1+1"


def die_on_stars(pipe):
    """Stands in for a process that some tasks bring down, and that sleeps over others."""
    pipe.send(workers.READY)
    while True:
        task = pipe.recv()
        if "star" in task.circuit.name:
            os._exit(9)
        if task.strategy == "greedy":
            time.sleep(60)
        pipe.send(failure(task, "fine"))


@pytest.mark.slow
def test_a_task_that_kills_its_process_or_takes_too_long_fails_alone(here, monkeypatch):
    monkeypatch.setattr(workers, "_work", die_on_stars)
    tasks = grid_tasks(["chain.qasm", "star.qasm"], ["2x2+1"], ["greedy", "kl"])
    with Results(Path("r.jsonl")) as results:
        rows = list(run_grid(tasks, results, jobs=2, timeout_s=0.3))
    assert sorted((row["circuit"], row["strategy"], row["error"][:11]) for row in rows) == [
        ("chain", "greedy", "it took lon"),
        ("chain", "kl", "fine"),
        ("star", "greedy", "the process"),
        ("star", "kl", "the process"),
    ]


def test_a_full_disk_keeps_what_is_there(here, monkeypatch, capsys):
    argv = ["bench", "run", "chain.qasm", "star.qasm", "-n", "2x2+1", "-s", "kl", "-s", "greedy", "--jobs", "1"]
    with monkeypatch.context() as patch:
        patch.setattr(results_module.os, "write", full_after(2))
        assert invoke([*argv, "-o", "r.jsonl"]) == 2
    said = capsys.readouterr()
    assert "No space left" in said.err
    assert "chain" in said.out
    assert len(lines()) == 2
    assert invoke([*argv, "-o", "r.jsonl"]) == 0
    assert len(lines()) == 4


def full_after(count):
    """Stands in for ``os.write`` on a disk that has room for so many results and ten bytes."""
    real, calls = os.write, []

    def write(file, data):
        calls.append(len(data))
        if len(calls) > count + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data if len(calls) <= count else data[:10])

    return write


def test_a_grid_in_a_file(here, capsys):
    Path("grid.toml").write_text(
        'circuits = ["@ghz:4,5", "."]\nnetworks = "2x3+1"\nstrategies = "kl"\neffort = [0.5, 1]\noutput = "r.jsonl"\n'
        "jobs = 1\ntimeout_s = 100\n"
    )
    assert invoke(["bench", "run", "-g", "grid.toml", "--effort", "0.5", "--shard", "1/2", "--no-simulate"]) == 0
    assert [row["circuit"] for row in lines()] == ["ghz_4", "chain"]
    assert {row["options"]["effort"] for row in lines()} == {0.5}
    forms = {row["circuit"]: row["normal_form"] for row in lines()}
    assert forms["ghz_4"] == forms["chain"], "the same circuit by two names"
    assert "error" not in capsys.readouterr().err
    tasks = grid()
    assert [t.id for k in "123" for t in shard(tasks, f"{k}/3")] != [t.id for t in tasks]
    assert {t.id for k in "123" for t in shard(tasks, f"{k}/3")} == {t.id for t in tasks}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("circuits = [", "no TOML"),
        ("circuit = 'a'", "did you mean 'circuits'"),
        ("seeds = ['a']", "a whole number"),
        ("seeds = true", "a whole number"),
        ("circuits = '@ghz:4'", "no network given"),
    ],
)
def test_wrong_grid_files_are_refused(here, capsys, text, said):
    Path("grid.toml").write_text(text)
    assert invoke(["bench", "run", "-g", "grid.toml", "-o", "r.jsonl"]) == 2
    assert said in capsys.readouterr().err


def test_failures_are_done_again_on_request_and_other_versions_are_kept(here, capsys):
    argv = ["bench", "run", "chain.qasm", "-n", "2x2+1", "-s", "kl", "--jobs", "1", "-o", "r.jsonl"]
    assert invoke(argv) == 0
    (row,) = lines()
    old = row | {"id": "0" * 32, "version": "0.0.1"}
    Path("r.jsonl").write_text("\n".join(map(json.dumps, [row | {"error": "no luck"}, old])) + "\n")
    capsys.readouterr()
    assert invoke(argv) == 1
    assert "1 of distq 0.0.1" in capsys.readouterr().err
    assert invoke([*argv, "--retry-failed"]) == 0
    assert [row["error"] for row in lines()] == ["no luck", None, None]
    assert invoke(argv) == 0


def test_what_cannot_be_done_is_said_at_once(here):
    with pytest.raises(InputError, match=r"none\.qasm"):
        grid_tasks(["none.qasm"], ["2x2+1"], ["kl"])
    with pytest.raises(UnknownNameError):
        grid_tasks(["chain.qasm"], ["2x2+1"], ["klu"])
    Path("r.jsonl").write_text("something else\n")
    with pytest.raises(InputError, match=r"r\.jsonl:1"):
        Results(Path("r.jsonl")).__enter__()
    assert Path("r.jsonl").read_text() == "something else\n"
    with Results(Path("s.jsonl")), pytest.raises(InputError, match="in use"):
        Results(Path("s.jsonl")).__enter__()


def test_table(here, capsys):
    row = dict.fromkeys(ROW) | {"network": "n", "error": None, "options": {}}
    rows = [
        row | {"circuit": c, "strategy": s, "ebits": e, "seed": seed}
        for c, s, e, seed in [
            ("a", "x", 2, 0),
            ("a", "x", 4, 1),
            ("a", "y", 12, 0),
            ("b", "x", 12, 0),
            ("b", "y", 3, 0),
        ]
    ]
    rows += [row | {"circuit": "c", "strategy": "x", "ebits": 1, "error": None}]
    rows += [row | {"circuit": "c", "strategy": "y", "ebits": None, "error": "no"}]
    console = Console(width=80)
    with console.capture() as capture:
        console.print(comparison(rows))
    kept = [line.split() for line in capture.get().splitlines() if line.strip()]
    assert kept[0] == ["Bell", "pairs", "on", "n"]
    assert ["a", "3", "±1.4", "12"] in kept
    assert ["b", "12", "3"] in kept
    assert ["c", "1", "-"] in kept
    assert ["geometric", "mean", "of", "2", "6", "6"] in kept
    assert "the geometric mean leaves out 1 of 3 lines" in capture.get()
    assert kept[-2][:5] == ["1", "of", "7", "tasks", "failed;"]
    assert kept[-1][:4] == ["c,", "n,", "y:", "no"]


def test_command(here, capsys):
    argv = [
        "bench",
        "run",
        "chain.qasm",
        "star.qasm",
        "-n",
        "2x2+1",
        "-s",
        "kl",
        "-s",
        "greedy",
        "--jobs",
        "1",
        "-o",
        "r.jsonl",
    ]
    assert invoke(argv) == 0
    first = capsys.readouterr()
    assert "geometric mean of 2" in first.out
    assert first.err == ""
    assert len(lines()) == 4
    assert invoke(argv) == 0
    again = capsys.readouterr()
    assert again.out == first.out
    assert again.err == "nothing left to do: r.jsonl holds all 4 results\n"
    assert len(lines()) == 4
    assert invoke([*argv[:-1], "r.csv"]) == 2
