"""Random circuits on random networks, with random strategies and options, each compiled and simulated independently.

``python benchmarks/random_circuits.py [--cases 2000] [--seed 0] [--workers 2]``. A case is right if the emitted circuit
does what the source does, on every branch of its protocols and on forced outcomes of its measurements; the simulator
(``tests/helpers/coherent.py``) knows only the two circuits and the layout. Cases without a plan within the memory ions
are counted apart; wrong circuits, and faults that distq reports of itself, are listed and make the exit code 1.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp, ControlledGate, Gate, ParameterExpression
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator

import distq
from distq.errors import InfeasiblePlanError, InputError, InternalError
from distq.planning.strategies import strategies
from distq.planning.strategies.registry import PlanningOptions

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the independent simulator and the circuits are theirs
from helpers.circuits import ALL, CLIFFORD, COMMON, DYNAMIC, random_circuit
from helpers.coherent import NotEquivalent, assert_equivalent

NETWORKS = (
    *("2x3+1", "2x4+2", "3x2+1", "3x2+2", "4x2+1", "4x2+inf", "2x5+inf", "3x3+3@line", "4x2+2@line", "4x2+1@ring"),
    *("4x2+2@star", "3x3+1@line:oxford-2025", "3x2+3@line+swap", "5x2+2@grid"),
)
MIXES = (COMMON, CLIFFORD, ALL, ALL, DYNAMIC, (*DYNAMIC, "ccx", "ccz", "mcp", "cu", "unitary2"))
CHOICES = {"distill": ["dejmps", "auto"], "swap": ["auto"], "objective": ["fidelity", "makespan"]}
SLOW = {"exact"}
EFFORT = 0.05


@dataclass(frozen=True)
class Case:
    """Everything that a random compile is made of."""

    seed: int
    circuit: QuantumCircuit
    network: str
    strategy: str
    options: dict[str, Any]

    def __str__(self) -> str:
        said = " ".join(f"{key}={value}" for key, value in self.options.items() if key != "options")
        size = f"{self.circuit.num_qubits} qubits, {self.circuit.size()} gates"
        return f"seed {self.seed}: {size}, {self.network}, {self.strategy} {said}"


def random_case(seed: int) -> Case:
    """The case of this seed."""
    rng = np.random.default_rng([seed, 41])
    network = str(rng.choice(NETWORKS))
    qpus, data = (int(text) for text in network.split("+")[0].split("x"))
    qubits = int(rng.integers(2, min(qpus * data, 7) + 1))
    mix = MIXES[int(rng.integers(len(MIXES)))]
    clbits = int(rng.integers(1, 4)) if "measure" in mix else 0
    circuit = random_circuit(qubits, int(rng.integers(3, 26)), seed, mix, clbits)
    change = (None, perturbed, shortened, as_matrices)[int(rng.integers(4))]
    circuit = change(circuit, rng) if change else circuit
    names = [s.name for s in strategies() if s.name not in SLOW]
    options: dict[str, Any] = {"options": PlanningOptions(effort=EFFORT)}
    if rng.random() < 0.25:
        options["reuse"] = False
    chosen = str(rng.choice(["", "distill", "swap", "objective"], p=(0.65, 0.1, 0.1, 0.15)))
    if chosen:
        options[chosen] = str(rng.choice(CHOICES[chosen]))
    return Case(seed, circuit, network, str(rng.choice(names)), options)


def perturbed(circuit: QuantumCircuit, rng: np.random.Generator) -> QuantumCircuit:
    """With every angle off by 1e-17 to 1e-8."""
    return _with_angles(circuit, lambda angle: angle + float(rng.choice([-1, 1]) * 10 ** rng.uniform(-17, -8)))


def shortened(circuit: QuantumCircuit, rng: np.random.Generator) -> QuantumCircuit:
    """With angles of 3 to 17 digits."""
    digits = int(rng.integers(3, 18))
    return _with_angles(circuit, lambda angle: float(f"{angle:.{digits}g}"))


def as_matrices(circuit: QuantumCircuit, rng: np.random.Generator) -> QuantumCircuit:
    """With half of the gates on one or two qubits as matrices, whose entries are off by 1e-17 to 1e-9."""
    out = circuit.copy_empty_like()
    for item in circuit.data:
        op = item.operation
        if isinstance(op, Gate) and op.num_qubits <= 2 and rng.random() < 0.5:
            noise = rng.normal(size=(2, *Operator(op).data.shape)) * 10 ** rng.uniform(-17, -9)
            op = UnitaryGate(Operator(op).data + noise[0] + 1j * noise[1])
        out.append(op, item.qubits, item.clbits)
    return out


def _with_angles(circuit: QuantumCircuit, change: Any) -> QuantumCircuit:
    out = circuit.copy_empty_like()
    for item in circuit.data:
        op = item.operation
        angles = [type(x) is float and not isinstance(x, ParameterExpression) for x in op.params]
        own = isinstance(op, ControlFlowOp) or type(op) is ControlledGate  # whose definition keeps the old angle
        if not own and op.params and all(angles):
            op = op.to_mutable()
            op.params = [change(x) for x in op.params]
        out.append(op, item.qubits, item.clbits)
    return out


def verdict(seed: int) -> tuple[str, str]:
    """What became of the case of this seed: one word, and where it is no good, why."""
    case = random_case(seed)
    try:
        done = distq.compile(case.circuit, case.network, case.strategy, seed, **case.options)
        assert_equivalent(case.circuit, done.circuit, seed=seed)
    except NotEquivalent as error:
        return "wrong", f"{case}: {error}"
    except InternalError as error:
        return "refused by our own checks", f"{case}: {error}"
    except InfeasiblePlanError:
        return "no plan within the memory ions", ""
    except InputError as error:
        return "refused", f"{case}: {error}"
    except Exception:
        return "failed", f"{case}: {traceback.format_exc()}"
    return "right", ""


def verdicts(seeds: range, workers: int) -> Iterator[tuple[str, str]]:
    """In the order of the seeds."""
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(verdict, seeds, chunksize=8)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="of the first case")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    start, counts = time.perf_counter(), Counter[str]()
    for what, why in verdicts(range(given.seed, given.seed + given.cases), given.workers):
        counts[what] += 1
        if why:
            print(f"{what}: {why}", flush=True)
    print(", ".join(f"{n} {what}" for what, n in counts.most_common()), f"in {time.perf_counter() - start:.0f} s")
    return int(bool(counts["wrong"] + counts["refused by our own checks"] + counts["failed"]))


if __name__ == "__main__":
    sys.exit(main())
