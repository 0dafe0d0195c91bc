"""How much faster distq simulates than qiskit-aer: every bar with both of its sides, measured in one process.

``make bench-simulate``, or ``python benchmarks/simulate.py [--quick] [ROW ...]``. Circuits are random layers on four
QPUs with a chosen number of remote gates, and noise everywhere. qiskit-aer runs the full dynamic circuit with its
ions packed onto as few qubits as are alive at once. Where it would take hours, its rate is measured over a short run
and set against the shots that it needs: a fraction F that survives has the standard error sqrt(F(1 - F)/shots).
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from distq.compiler import Compilation, compile
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from distq.simulation.arrays import Arrays, usable_libraries
from distq.simulation.counts import sample
from distq.simulation.engines.clifford.stim_circuit import Emitter
from distq.simulation.engines.trajectories import trajectories
from distq.simulation.execution import Execution
from distq.simulation.options import SimulationOptions
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions
from distq.simulation.statevector.input_states import InputState, input_states

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # they compare with the same circuit
from helpers.aer_reference import aer_circuit

QPUS = 4
LAYERS = 3
PRECISION = 1e-3
WORKERS = 2
AER_SECONDS = 15.0
"""About how long Aer's rate is measured."""


def network(qubits: int) -> Network:
    """Four QPUs, all linked: errors 1e-4, 2e-3 and 2e-3 of gates and measurement, 3 % per pair, 1e-3 per wait."""
    rates = {"error_1q": 1e-4, "error_2q": 2e-3, "error_measure": 2e-3, "error_reset": 0.0, "t2_s": 2.0}
    qpus = [QPU(name=f"qpu{k}", data=qubits // QPUS, memory=2, **rates) for k in range(QPUS)]
    pairs = [(a, b) for a in range(QPUS) for b in range(a)]
    links = [Link(a=a, b=b, weights=(0.97, 0.01, 0.01, 0.01), rate_hz=250.0) for a, b in pairs]
    return Network(name="benchmark", qpus=tuple(qpus), links=tuple(links))


def layered(qubits: int, remote: int, *, clifford_only: bool = False) -> QuantumCircuit:
    """Layers of one-qubit gates and local controlled phases, with ``remote`` controlled phases across QPUs."""
    rng = np.random.default_rng([qubits, remote])
    circuit = QuantumCircuit(qubits, name=f"layers-{qubits}-{remote}")
    size = qubits // QPUS
    for layer in range(LAYERS):
        for q in range(qubits):
            if clifford_only:
                getattr(circuit, str(rng.choice(["h", "s", "sx", "sdg"])))(q)
            else:
                circuit.u(*rng.uniform(0, 2 * np.pi, 3), q)
        for q in range(qubits - 1):
            if q % size < size - 1 and (q + layer) % 2 == 0:
                _join(circuit, q, q + 1, rng, clifford_only)
        for _ in range(remote * (layer + 1) // LAYERS - remote * layer // LAYERS):
            one, other = rng.choice(QPUS, 2, replace=False)
            _join(circuit, size * one + rng.integers(size), size * other + rng.integers(size), rng, clifford_only)
    return circuit


def _join(circuit: QuantumCircuit, a: int, b: int, rng: np.random.Generator, clifford_only: bool) -> None:
    if clifford_only:
        circuit.cz(int(a), int(b))
    else:
        circuit.cp(rng.uniform(0.3, np.pi), int(a), int(b))


@dataclass(frozen=True)
class Case:
    """A compiled benchmark circuit and its input state."""

    done: Compilation
    state: InputState
    remote: int

    def __str__(self) -> str:
        return f"n = {self.done.program.num_qubits}, {self.remote} remote gates, {self.done.report.ebits} pairs"

    def reduced(self) -> Execution:
        """Reduced anew, so that its cost is part of every measurement."""
        return Execution(reduce_events(self.done.program, self.done.events, self.done.schedule, self.done.network))

    def reference(self, *, undo: bool = True) -> QuantumCircuit:
        """What Aer runs."""
        done = self.done
        return aer_circuit(done.program, done.events, done.schedule, done.network, self.state, undo=undo)


@lru_cache(maxsize=8)
def case(qubits: int, remote: int, kind: str = "product") -> Case:
    """Compiled with every qubit where the circuit has it, so that the number of remote gates is as asked."""
    source = layered(qubits, remote, clifford_only=kind == "stabilizer")
    done = compile(source, network(qubits), "contiguous")
    (state,) = input_states([kind], qubits, 1)
    return Case(done, state, remote)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Result and seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def aer_rate(circuit: QuantumCircuit, seconds: float, method: str = "statevector", shots: int = 2) -> float:
    """Shots a second, from runs that grow until one takes a third of ``seconds``."""
    from qiskit_aer import AerSimulator

    backend = AerSimulator(method=method, max_parallel_threads=WORKERS, seed_simulator=1)
    spent = 0.0
    while True:
        result, spent = timed(partial(_run, backend, circuit, shots))
        if not result.success:
            raise RuntimeError(f"qiskit-aer: {result.status}")
        if spent > seconds / 3:
            return shots / spent
        shots = math.ceil(shots * min(20.0, seconds / spent))


def _run(backend: Any, circuit: QuantumCircuit, shots: int) -> Any:
    return backend.run(circuit, shots=shots).result()


def line(what: str, bar: str, met: bool | None, *sides: str) -> None:
    """One bar of the table."""
    verdict = {True: "met", False: "MISSED", None: ""}[met]
    sys.stdout.write(f"{what}\n" + "".join(f"    {side}\n" for side in sides) + f"    bar: {bar}   {verdict}\n")
    sys.stdout.flush()


def precision(qubits: int, remote: int, bar: float, seconds: float) -> None:
    """Time to a standard error, against Aer."""
    given = case(qubits, remote)
    options = EngineOptions(PRECISION, None, 0, WORKERS)
    found, ours = timed(lambda: trajectories.estimate_fidelity(given.reduced(), [given.state], options))
    (value,) = found.fidelities
    circuit = given.reference()
    rate = aer_rate(circuit, seconds)
    shots = value.mean * (1 - value.mean) / value.stderr**2
    ratio = shots / rate / ours
    line(
        f"{given}: time to a standard error of {PRECISION:g}",
        f"{bar:,.0f} x",
        ratio >= bar,
        f"distq  {ours:.3g} s, F = {value.mean:.5f} ± {value.stderr:.2g}, {found.shots} trajectories and exact strata",
        f"Aer    {shots / rate:,.0f} s for the same error: {shots:,.0f} shots at {rate:.3g}/s",
        f"ratio  {ratio:,.0f}",
    )


def minute(qubits: int, remote: int) -> None:
    """Wall time of one large state vector."""
    given = case(qubits, remote)
    options = EngineOptions(PRECISION, None, 0, WORKERS)
    found, ours = timed(lambda: trajectories.estimate_fidelity(given.reduced(), [given.state], options))
    (value,) = found.fidelities
    line(
        f"{given}: time to a standard error of {PRECISION:g}",
        "about 60 s on 2 cores",
        ours <= 75.0,
        f"distq  {ours:.3g} s, F = {value.mean:.5f} ± {value.stderr:.2g}, {found.shots} trajectories and exact strata",
    )


def stabilizer(qubits: int, remote: int, seconds: float) -> None:
    """Clifford shots, against Aer's stabilizer method."""
    given = case(qubits, remote, "stabilizer")
    run, reduction = timed(given.reduced)
    circuit, emission = timed(lambda: Emitter(run).circuit(given.state))
    shots, sampler = 100_000, circuit.compile_detector_sampler(seed=0)
    _, sampling = timed(lambda: [sampler.sample(4000, bit_packed=True) for _ in range(shots // 4000)])
    ours = shots / sampling
    aer = aer_rate(_named(given.reference()), seconds, "stabilizer", 1)
    line(
        f"Clifford, {given}: shots a second",
        "1e4/s and 1,000 x",
        ours >= 1e4 and ours / aer >= 1000,
        f"distq  {ours:,.0f} shots/s (stim)",
        f"Aer    {aer:.3g} shots/s (stabilizer method)",
        f"ratio  {ours / aer:,.0f}",
    )
    line(
        f"Clifford, {given}: emission of the stim program",
        "not slower than sampling 1e5 shots",
        emission <= 1e5 / ours,
        f"distq  emission {emission:.3g} s (the reduction before it {reduction:.3g} s), sampling {1e5 / ours:.3g} s",
        f"equal at {emission * ours:,.0f} shots",
    )


def _named(circuit: QuantumCircuit) -> QuantumCircuit:
    """With named Clifford gates in place of unitaries, as the stabilizer method wants them."""
    from qiskit.quantum_info import Clifford, Operator

    known: dict[bytes, Any] = {}
    out = circuit.copy_empty_like()
    for item in circuit.data:
        if item.operation.name != "unitary":
            out.append(item)
            continue
        matrix = item.operation.to_matrix()
        key = np.round(matrix, 6).tobytes()
        if key not in known:
            known[key] = Clifford.from_operator(Operator(matrix)).to_circuit()
        for inner in known[key].data:
            on = [item.qubits[known[key].find_bit(q).index] for q in inner.qubits]
            out.append(inner.operation, on)
    return out


def counts(qubits: int, remote: int, bar: float, seconds: float, shots: int) -> None:
    """Counts a second, against Aer."""
    given = case(qubits, remote, "zero")
    done = given.done

    def ours() -> Any:
        return sample(
            done.program, done.events, done.schedule, done.network, SimulationOptions(shots=shots, workers=WORKERS)
        )

    _, spent = timed(ours)
    circuit = given.reference(undo=False)
    rate = aer_rate(circuit, seconds)
    line(
        f"{given}: counts",
        f"{bar:g} x",
        shots / spent / rate >= bar,
        f"distq  {shots / spent:,.0f} shots/s over {shots:,} shots",
        f"Aer    {rate:.3g} shots/s, {circuit.num_qubits} qubits",
        f"ratio  {shots / spent / rate:.3g}",
    )


def devices(remote: int) -> None:
    """Trajectories on a GPU, of circuits that grow."""
    libraries, missing = usable_libraries()
    if not libraries:
        line("trajectories on a GPU", "faster than the host from about 20 qubits", None, *missing)
    for qubits in (12, 16, 20) if libraries else ():
        device(qubits, remote, 1024, libraries)


def device(qubits: int, remote: int, shots: int, libraries: list[Arrays]) -> None:
    """Trajectories by every library that sees the GPU, against all cores of the host."""
    given = case(qubits, remote)

    def run(workers: int, arrays: Arrays | None) -> tuple[float, float]:
        options = EngineOptions(PRECISION, shots, 0, workers, arrays=arrays)
        found, spent = timed(lambda: trajectories.estimate_fidelity(given.reduced(), [given.state], options))
        return found.fidelities[0].mean, spent

    cores = os.cpu_count() or WORKERS
    exact = EngineOptions(PRECISION, 1, 0, cores)
    _, shared = timed(lambda: trajectories.estimate_fidelity(given.reduced(), [given.state], exact))
    mean, slow = run(cores, None)
    sides = [
        f"exact strata, on the host either way: {shared:.3g} s",
        f"host   {slow:.3g} s, {cores} threads, F = {mean:.6f}",
    ]
    faster = []
    for arrays in libraries:
        run(1, arrays)  # kernels are compiled at their first use
        other, fast = run(1, arrays)
        faster.append(slow / fast)
        sides.append(f"{arrays.name:6} {fast:.3g} s, {slow / fast:.3g} x, F differs by {abs(other - mean):.1g}")
    line(
        f"{given}: {shots} trajectories on a GPU",
        "faster than the host from about 20 qubits",
        max(faster) > 1.0 if qubits >= 20 else None,
        *sides,
    )


def warm_up() -> None:
    """Compile the kernels."""
    given = case(4, 2)
    trajectories.estimate_fidelity(given.reduced(), [given.state], EngineOptions(0.1, None, 0, WORKERS))
    done = given.done
    sample(done.program, done.events, done.schedule, done.network, SimulationOptions(shots=10))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="shorter measurements of Aer, and no circuit of 20 qubits")
    parser.add_argument(
        "row", nargs="*", metavar="ROW", help="n12, n16, n20, clifford, counts; all of these unless given; gpu"
    )
    given = parser.parse_args()
    seconds = AER_SECONDS / 5 if given.quick else AER_SECONDS
    rows: dict[str, Callable[[], object]] = {
        "n12": lambda: precision(12, 10, 3000, seconds),
        "n16": lambda: precision(16, 10, 10_000, seconds),
        "n20": lambda: minute(20, 10),
        "gpu": lambda: devices(10),
        "clifford": lambda: stabilizer(1000, 500, seconds),
        "counts": lambda: counts(12, 50, 20, seconds, 2000 if given.quick else 10_000),
    }
    unknown = set(given.row) - set(rows)
    if unknown:
        parser.error(f"unknown rows: {', '.join(sorted(unknown))}")
    warm_up()
    for name in given.row or [n for n in rows if n != "gpu" and (n != "n20" or not given.quick)]:
        rows[name]()


if __name__ == "__main__":
    main()
