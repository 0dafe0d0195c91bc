"""Programs of nodes run in processes: counts, seeds, limits, and what happens when a process stops or dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit

from distq import compile as compile_circuit
from distq.errors import InputError, SimulationError
from distq.frontend.node_programs import read_directory
from distq.nodes.runtime.run import run_nodes
from distq.nodes.runtime.state import State
from distq.nodes.split import split
from helpers.node_programs import agreement, chain, edit, random_compilation


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 5])
def test_counts_are_those_of_the_circuit(seed: int) -> None:
    done = random_compilation(seed)
    run = run_nodes(split(done.circuit, done.network), shots=60, seed=seed)
    assert run.pairs == done.report.ebits
    assert agreement(done.source, run) > 1e-4


@pytest.mark.slow
def test_counts_depend_on_the_seed_alone() -> None:
    done = compile_circuit(chain(), "3x1+1@line", strategy="contiguous")
    programs = split(done.circuit, done.network)
    first, second, third = (run_nodes(programs, shots=20, seed=seed).counts for seed in (1, 1, 2))
    assert first == second != third


def test_what_cannot_run_is_told_before_it_is_started(tmp_path: Path) -> None:
    wide = QuantumCircuit(24)
    wide.h(range(24))
    done = compile_circuit(wide, "2x12+1", strategy="contiguous")
    with pytest.raises(SimulationError, match=r"24 ions \(qpu0 12, qpu1 12\); one run simulates at most 20"):
        run_nodes(split(done.circuit, done.network))
    compile_circuit(chain(), "3x1+1@line", strategy="contiguous").save_nodes(tmp_path / "nodes")
    edit(tmp_path / "nodes", "qpu0.qasm", lambda text: text.replace("send_bit(0, 1, qpu0_outcome[1]);", ""))
    with pytest.raises(InputError, match="qpu1 waits for message 0 from qpu0, which never sends it"):
        run_nodes(read_directory(tmp_path / "nodes").programs)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("event", "said"),
    [("stop", "nothing has happened for 1 s in shot [0-9]+: qpu[012] "), ("kill", "has ended"), ("interrupt", "")],
)
def test_no_process_is_left_behind(event: str, said: str, tmp_path: Path) -> None:
    compile_circuit(chain(), "3x1+1@line", strategy="contiguous").save_nodes(tmp_path / "nodes")
    command = [sys.executable, "-c", "from distq.cli import main; main()", "node", "run", str(tmp_path / "nodes")]
    with subprocess.Popen([*command, "--shots", "1000000", "--timeout", "1"], stderr=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 30
        while len(started := children(run.pid)) < 4 and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1.0)
        if event == "interrupt":
            run.send_signal(signal.SIGINT)
        else:
            os.kill(started[-1], signal.SIGSTOP if event == "stop" else signal.SIGKILL)
        assert run.wait(60) == (130 if event == "interrupt" else 2)
        assert run.stderr is not None
        assert re.search(said, run.stderr.read())
    assert len(started) == 4
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_ions_live_again_after_all_were_measured() -> None:
    state = State()
    x = np.array([[0, 1], [1, 0]], dtype=np.complex128)
    for _ in range(2):
        state.apply(x, [(0, 0)])
        state.apply(x, [(1, 0)])
        assert [state.measure((node, 0), lambda: 0.5) for node in (0, 1)] == [1, 1]
        state.reset((0, 0), lambda: 0.5)
        state.reset((1, 0), lambda: 0.5)
