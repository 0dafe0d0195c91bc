"""Speed of the annealer: thousands of proposals a second, the fastest of several runs, and the cost that they find.

usage: python benchmarks/anneal.py [--repetitions N]

The processor time of the thread counts, so that other processes disturb little. To compare two versions, run this with
both in turn, on the same machine: equal costs say that both make the same moves.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from distq.frontend import normalise, read_circuit
from distq.networks.parse import parse_network
from distq.planning.annealing.search import Stage, anneal, start_from_homes
from distq.planning.annealing.search_space import build_search_space, time_grid
from distq.planning.realise.gate_order import lazy_order
from distq.planning.realise.gate_sites import choose_sites

CIRCUITS = Path(__file__).parent.parent / "circuits"
CASES = {"qft_32": (16, 64), "cpf_32_s1": (16, 64), "qb_square_root_n45": (192,)}
"""Circuits, with the slots of the grids on which each is annealed."""
QPUS = 4
PROPOSALS = 100_000


def speed(circuit: str, memory: str, slots: int, repetitions: int) -> tuple[float, float]:
    """Thousands of proposals a second of the fastest run, and the cost of the solution."""
    program = normalise(read_circuit(CIRCUITS / f"{circuit}.qasm"), circuit)
    network = parse_network(f"{QPUS}x{-(-program.num_qubits // QPUS)}+{memory}")
    homes = [s for s, qpu in enumerate(network.qpus) for _ in range(qpu.data)][: program.num_qubits]
    space = build_search_space(program, network, lazy_order(program))
    start = start_from_homes(space, homes, choose_sites(program, homes), time_grid(space, slots))
    price = 0.0 if memory == "inf" else 0.5
    anneal(space, start, Stage(slots, 1_000, 0.35, 0.05), price=price, seed=1)  # compiles
    seconds = []
    cost = 0.0
    for _ in range(repetitions):
        begin = time.thread_time()
        cost = anneal(space, start, Stage(slots, PROPOSALS, 0.35, 0.05), price=price, seed=1).cost
        seconds.append(time.thread_time() - begin)
    return PROPOSALS / min(seconds) / 1_000, cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    repetitions = parser.parse_args().repetitions
    print(f"{'circuit':20} {'memory':>6} {'slots':>5} {'1000/s':>7} {'cost':>9}")
    for circuit, grids in CASES.items():
        for memory in ("2", "inf"):
            for slots in grids:
                thousands, cost = speed(circuit, memory, slots, repetitions)
                print(f"{circuit:20} {memory:>6} {slots:5} {thousands:7.0f} {cost:9.2f}", flush=True)


if __name__ == "__main__":
    main()
