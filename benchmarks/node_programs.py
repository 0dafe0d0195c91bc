"""Random circuits split into programs of nodes, written, read, merged, proved; a sample of them run in processes.

    PYTHONPATH=.:tests python benchmarks/node_programs.py --circuits 200 --runs 12

The counts of a run are compared with those of the circuit itself in Qiskit Aer, by a chi-square test of homogeneity.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from distq.frontend.node_programs import read_directory
from distq.nodes.runtime.run import run_nodes
from helpers.node_programs import agreement, random_compilation, verdict, written


def main() -> None:
    """Print a line for every circuit that is not proved, one for every run, and totals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--circuits", type=int, default=200)
    parser.add_argument("--runs", type=int, default=12, help="so many of the circuits are run")
    parser.add_argument("--shots", type=int, default=300)
    arguments = parser.parse_args()
    proved = pairs = several = 0
    start = time.process_time()
    every = max(1, arguments.circuits // max(1, arguments.runs))
    for seed in range(arguments.circuits):
        done = random_compilation(seed)
        with TemporaryDirectory() as folder:
            directory, source = written(done, Path(folder))
            found = verdict(done, directory, source)
            proved += found.equal
            pairs += found.epr_pairs
            programs = read_directory(directory).programs
        several += len(programs.nodes) > 1
        if not found.equal:
            print(f"circuit {seed}: {found.reason}")
        if seed % every == 0 and arguments.runs:
            run = run_nodes(programs, arguments.shots, seed)
            p = agreement(done.source, run)
            print(f"circuit {seed}: {run.pairs} pairs, {len(run.counts)} outcomes, chi-square p = {p:.3g}")
    seconds = time.process_time() - start
    print(f"{proved} of {arguments.circuits} proved, {several} on several nodes, {pairs} pairs, {seconds:.0f} s of CPU")


if __name__ == "__main__":
    main()
