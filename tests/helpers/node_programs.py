"""Directories of node programs for tests: written by a compilation, and changed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator
from scipy.stats import chi2_contingency

from distq import compile as compile_circuit
from distq.compiler import Compilation
from distq.nodes.runtime.run import NodeRun
from distq.verification.circuit_checker import Verdict
from distq.verification.compare_files import compare
from helpers.circuits import DYNAMIC, random_circuit

NETWORKS = ("2x3+2", "3x2+2@line", "3x2+1", "1x6+1")


def random_compilation(seed: int) -> Compilation:
    """A small random circuit with measurements, resets and conditions, compiled for one of NETWORKS."""
    rng = np.random.default_rng(seed)
    qubits = int(rng.integers(3, 7))
    mix = [*DYNAMIC, "ccx"] if seed % 2 else DYNAMIC
    circuit = random_circuit(qubits, int(rng.integers(8, 30)), seed, mix, clbits=int(rng.integers(1, 4)))
    if seed % 3:
        circuit.measure_all(add_bits=True)
    network = NETWORKS[seed % len(NETWORKS)]
    return compile_circuit(circuit, network, strategy=("kl", "contiguous", "hypergraph")[seed % 3], seed=seed)


def written(done: Compilation, path: Path) -> tuple[Path, str]:
    """The directory of its node programs, and the file of its circuit."""
    from qiskit import qpy

    source = path / "source.qpy"
    with source.open("wb") as file:
        qpy.dump(done.source, file)
    done.save_nodes(path / "nodes")
    return path / "nodes", str(source)


def verdict(done: Compilation, directory: Path, source: str) -> Verdict:
    """What the check of the directory says."""
    return compare(source, str(directory), done.network)


def edit(directory: Path, name: str, change: Callable[[str], str]) -> None:
    """Change a file; the manifest no longer says what its hash is."""
    before = (directory / name).read_text()
    after = change(before)
    assert after != before
    (directory / name).write_text(after)
    manifest = json.loads((directory / "manifest.json").read_text())
    for entry in (*manifest["nodes"], *manifest["files"]):
        if entry["file"] == name:
            entry["sha256"] = None
    (directory / "manifest.json").write_text(json.dumps(manifest))


def chain() -> QuantumCircuit:
    """Three qubits, a measurement that others depend on, and gates across."""
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cp(0.3, 1, 2)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(2)
    circuit.cz(1, 2)
    circuit.measure([1, 2], [1, 2])
    return circuit


def agreement(circuit: QuantumCircuit, run: NodeRun) -> float:
    """The p-value of the chi-square test that a run and Qiskit Aer draw from one distribution; 1 if it is one point."""
    if "measure" not in circuit.count_ops() and len(run.counts) == 1:
        return 1.0
    simulator = AerSimulator(seed_simulator=5)
    plain = transpile(circuit, simulator, optimization_level=0)
    expected = simulator.run(plain, shots=10 * run.shots).result().get_counts()
    outcomes = sorted({*expected, *run.counts})
    table = np.array([[counts.get(outcome, 0) for outcome in outcomes] for counts in (run.counts, expected)])
    rare = table.sum(axis=0) < 50
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    return float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
