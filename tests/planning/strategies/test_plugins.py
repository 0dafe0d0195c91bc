"""Strategies outside the package: found by file, by the commands and by the processes that these start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "examples" / "round_robin.py"


def distq(*argv: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, so that what it registers stays there."""
    command = [sys.executable, "-c", "from distq.cli import main; main()", *argv]
    path = os.pathsep.join([str(EXAMPLE.parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=os.environ | {"PYTHONPATH": path}, check=False
    )


def test_processes_of_a_grid_know_the_strategy(tmp_path: Path) -> None:
    grid = ["@ghz:4", "-n", "2x2+1", "-s", "round-robin", "-o", "rows.jsonl", "--jobs", "1"]
    done = distq("bench", "run", *grid, "--plugin", str(EXAMPLE), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert '"round-robin"' in json.dumps(rows)
    assert "failed" not in done.stdout


def test_a_taken_name_and_a_broken_file_are_refused(tmp_path: Path) -> None:
    taken, broken = tmp_path / "taken.py", tmp_path / "broken.py"
    taken.write_text(EXAMPLE.read_text().replace("round-robin", "kl"))
    broken.write_text("import nothing_of_that_name\n")
    for file, complaint in ((taken, "'kl' already"), (broken, "nothing_of_that_name")):
        refused = distq("strategies", "--plugin", str(file), folder=tmp_path)
        assert refused.returncode == 2
        assert complaint in refused.stderr
        assert file.name in refused.stderr
        assert "Traceback" not in refused.stderr
