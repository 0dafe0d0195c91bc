"""CPU seconds that a new process of distq takes: `benchmarks/start.py [--against PYTHON]`.

Median over five processes of user and system time, with kernels compiled before and with an empty cache of kernels.
PYTHON is the interpreter of an environment with another version of distq.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
REPEATS = 5
MAIN = "from distq.cli import main; main()"
HEADER = """OPENQASM 2.0;
include "qelib1.inc";
qreg q[4];
"""
GHZ = """creg c[4];
h q[0];
cx q[0], q[1];
cx q[1], q[2];
cx q[2], q[3];
measure q -> c;
"""


def qft_4() -> str:
    """The Fourier transform of four qubits."""
    lines = []
    for target in reversed(range(4)):
        lines.append(f"h q[{target}];")
        lines += [f"cp(pi/{2 ** (target - control)}) q[{control}], q[{target}];" for control in reversed(range(target))]
    return HEADER + "\n".join(lines) + "\n"


def commands(folder: Path) -> dict[str, list[str]]:
    """What is timed, by name."""
    (folder / "qft_4.qasm").write_text(qft_4())
    (folder / "ghz_4.qasm").write_text(HEADER + GHZ)
    found = {"--version": ["--version"], "--help": ["--help"]}
    for circuit in ("ghz_4", "qft_4"):
        for strategy in ("kl", "auto"):
            path = str(folder / f"{circuit}.qasm")
            found[f"compile {circuit} -s {strategy}"] = ["compile", path, "-n", "2x2+1", "-s", strategy]
    found["run qft_4 -s kl"] = ["run", str(folder / "qft_4.qasm"), "-n", "2x2+1", "-s", "kl"]
    return found


def cpu_seconds(python: str, argv: Sequence[str], cache: Path) -> float:
    """User and system seconds of one process; raises CalledProcessError if it fails."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # bytecode is there in an installed package
    if python == sys.executable:
        environment["PYTHONPATH"] = str(ROOT)
    else:
        environment.pop("PYTHONPATH", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-c", MAIN, *argv], env=environment, cwd=cache, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(python: str, argv: Sequence[str], repeats: int) -> tuple[float, float]:
    """CPU seconds with compiled kernels, and with an empty cache of them."""
    with tempfile.TemporaryDirectory() as cache:
        cpu_seconds(python, argv, Path(cache))
        warm = [cpu_seconds(python, argv, Path(cache)) for _ in range(repeats)]
    empty = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            empty.append(cpu_seconds(python, argv, Path(cache)))
    return statistics.median(warm), statistics.median(empty)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", metavar="PYTHON", help="interpreter of an environment with another version")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    given = parser.parse_args()
    pythons = {"this version": sys.executable} | ({"other version": given.against} if given.against else {})
    print(f"{'CPU seconds':26}" + "".join(f"{name:>15} {'empty cache':>12}" for name in pythons), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, argv in commands(Path(folder)).items():
            figures = [medians(python, argv, given.repeats) for python in pythons.values()]
            print(f"{name:26}" + "".join(f"{warm:15.2f} {empty:12.2f}" for warm, empty in figures), flush=True)


if __name__ == "__main__":
    main()
