"""What default `auto` finds and what that takes, here and with another version of distq, side by side in one run.

    python benchmarks/auto.py [--against PYTHON] [CIRCUIT ...]

PYTHON is the interpreter of an environment that another version is installed in. Every circuit of circuits/ is compiled
for four QPUs, with two memory ions per QPU and with as many as it likes, by the command line within one warm process
per version, the two in turn. CPU seconds count, so a busy machine tells nearly the same.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
CIRCUITS = ROOT / "circuits"
MEMORIES = ("2", "inf")
WARM_UP = ("gadgets_16", "qb_ising_n26")
"""Compiled once before anything counts, so that modules and kernels are loaded."""
WORKER = r"""
import contextlib, io, json, resource, sys
from distq.cli import invoke

def cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

for line in sys.stdin:
    out, err, start = io.StringIO(), io.StringIO(), cpu_s()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = invoke(["compile", *json.loads(line), "--json"])
    row = json.loads(out.getvalue()) if code == 0 else {"error": err.getvalue()}
    print(json.dumps({"cpu_s": cpu_s() - start, **row}), flush=True)
"""


class Side:
    """One version of distq, in a process of its own."""

    def __init__(self, python: str, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python, "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environment,
        )
        for name in WARM_UP:
            self.compile(CIRCUITS / f"{name}.qasm", "4x8+2")

    def compile(self, circuit: Path, network: str) -> dict[str, Any]:
        """The report of one compilation, with the CPU seconds that it took."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([str(circuit), "-n", network]) + "\n")
        process.stdin.flush()
        row: dict[str, Any] = json.loads(process.stdout.readline())
        if "error" in row:
            sys.exit(f"{circuit.name} on {network}: {row['error']}")
        return row


class Result(NamedTuple):
    """Bell pairs, the proven lower bound on them, and CPU seconds."""

    pairs: int
    bound: int
    cpu_s: float

    @property
    def gap(self) -> float:
        """Share of the pairs that the bound does not explain."""
        return (self.pairs - self.bound) / self.pairs if self.pairs else 0.0


def tasks(names: list[str]) -> Iterator[tuple[Path, str, str]]:
    """Circuits with their networks, small files first."""
    sys.path.insert(0, str(ROOT))
    from distq.frontend import read_circuit

    for path in sorted(CIRCUITS.glob("*.qasm"), key=lambda path: path.stat().st_size):
        if not names or path.stem in names:
            size = -(-read_circuit(path).num_qubits // 4)
            for memory in MEMORIES:
                yield path, memory, f"4x{size}+{memory}"


def summary(name: str, results: list[Result]) -> str:
    """Totals of one side."""
    quick = sum(result.cpu_s <= 1.0 for result in results)
    gap = sum(result.gap for result in results) / len(results)
    total = sum(result.cpu_s for result in results)
    return f"{name}: {total:.1f} s of CPU; {quick} of {len(results)} within 1 s; mean gap to the bound {gap:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="PYTHON", help="interpreter of the environment of another version")
    parser.add_argument("circuits", nargs="*", help="names of circuits (default: all)")
    arguments = parser.parse_args()
    sides = {"here": Side(sys.executable, ROOT)}
    if arguments.against:
        sides["other"] = Side(arguments.against, Path(arguments.against).absolute().parent.parent.parent)
    print(f"{'circuit':20s} memory  " + "  ".join(f"{name:>6s}: pairs  bound  CPU (s)" for name in sides))
    results: dict[str, list[Result]] = {name: [] for name in sides}
    for path, memory, network in tasks(arguments.circuits):
        for name, side in sides.items():
            row = side.compile(path, network)
            results[name].append(Result(row["ebits"], row["ebits_lower_bound"], row["cpu_s"]))
        cells = [f"{r[-1].pairs:13d} {r[-1].bound:6d} {r[-1].cpu_s:8.2f}" for r in results.values()]
        print(f"{path.stem:20s} {memory:6s}  " + "  ".join(cells), flush=True)
    for name, found in results.items():
        print(summary(name, found))
    if arguments.against:
        compare(results["here"], results["other"])


def compare(here: list[Result], other: list[Result]) -> None:
    """Ratios of the two sides."""
    pairs = [(a.pairs, b.pairs) for a, b in zip(here, other, strict=True)]
    logs = [math.log(a / b) for a, b in pairs if a and b]
    mean = math.exp(sum(logs) / len(logs))
    fewer, more = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
    cpu = sum(a.cpu_s for a in here) / sum(b.cpu_s for b in other)
    print(f"here / other: CPU {cpu:.3f}; pairs {mean:.4f} (geometric mean), fewer on {fewer} more on {more}")


if __name__ == "__main__":
    main()
