"""A small circuit is compiled without what takes long to import or to compile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.paths import REPOSITORY

HEAVY = ("numba", "networkx", "matplotlib", "scipy.optimize", "scipy.sparse.linalg", "openqasm3", "stim", "mtkahypar")
HEAVY += ("distq.simulation.execution", "distq.simulation.engines", "distq.studies")
GHZ = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
h q[0];
cx q[0], q[1];
cx q[1], q[2];
cx q[2], q[3];
"""
CALL = """
import json, sys
from distq.cli import invoke
code = invoke(sys.argv[1:])
print(json.dumps([code, list(sys.modules)]), file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["kl", "auto"])
def test_a_small_compile_imports_nothing_heavy(strategy: str, tmp_path: Path) -> None:
    circuit = tmp_path / "ghz.qasm"
    circuit.write_text(GHZ)
    command = [sys.executable, "-c", CALL, "compile", str(circuit), "-n", "2x2+1", "-s", strategy]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0
    assert "1 Bell pair" in done.stdout
    assert not set(HEAVY) & set(modules)


def test_who_interrupts_does_not_wait_for_threads():
    code = (
        "import threading, time, distq.cli as cli\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "cli.invoke = lambda: print('the report so far') or cli.INTERRUPTED\n"
        "cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (130, "the report so far\n")
