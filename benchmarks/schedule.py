"""Times of the scheduler: `make bench-schedule`. Exit code 1 if a bar is missed.

10^4 random runs of a plan with 10^3 pairs in 10 s; a plan of 10^5 events scheduled once in 2 s; prefetching against
pairs on demand; the planned makespan against its two lower bounds.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from distq import compiler
from distq.execution.dispatch import CORRECTION_GATES, PAULI_FRAMES, Dispatcher, Policy
from distq.execution.schedule import schedule
from distq.execution.time_bounds import pairs_bound, path_bound
from distq.ir.events import Allocate, CatDisentangle, CatEntangle, Event, Events, Execute, HeraldPair, Ion
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parse import parse_network

QFT_32 = Path(__file__).parent.parent / "circuits" / "qft_32.qasm"


def telegates(pairs: int, gates: int, network: Network) -> tuple[Events, Program]:
    """Copies opened between the QPUs in turn, each serving so many two-qubit gates before it is closed."""
    count = len(network.qpus)
    data = [Ion(q, "data", 0) for q in range(count)]
    events: list[Event] = [Allocate(q, data[q], True) for q in range(count)]
    operations: list[Operation] = []
    for k in range(pairs):
        a = k % count
        b = (a + 1 + (k // count) % (count - 1)) % count
        half, copy = Ion(a, "memory", k // count % 4), Ion(b, "memory", k // count % 4)
        events.append(HeraldPair(network.link_index(a, b), half, copy))
        events.append(CatEntangle(a, data[a], half, copy))
        for _ in range(gates):
            events.append(Execute(len(operations), (copy, data[b])))
            operations.append(Operation(Kind.ROTATION, (a, b), angle=0.3))
        events.append(CatDisentangle(a, copy, data[a]))
    program = Program("telegates", count, 0, tuple(operations), tuple(range(count)))
    return Events(tuple(events), (1,) * count, (4,) * count, tuple(data)), program


@dataclass
class Bars:
    """Prints what was measured beside its bar and remembers whether all were met."""

    missed: list[str] = field(default_factory=list)

    def show(self, what: str, figure: str, met: bool) -> None:
        print(f"{'ok  ' if met else 'MISS'}  {what}: {figure}")
        if not met:
            self.missed.append(what)


def main() -> int:
    bars = Bars()
    network = parse_network("4x1+4")
    events, program = telegates(1000, 3, network)
    Dispatcher(events, program, network, PAULI_FRAMES).sample(2_000)  # enough work to wake the compiled kernels
    begin = time.perf_counter()
    runs = Dispatcher(events, program, network, PAULI_FRAMES).sample(10_000)
    seconds = time.perf_counter() - begin
    mean = 1e3 * float(runs.makespan_s.mean())
    bars.show(
        "10,000 random runs of 1,000 pairs, below 10 s",
        f"{seconds:.2f} s ({len(events.events):,} events; mean makespan {mean:.1f} ms)",
        seconds < 10,
    )

    events, program = telegates(20_000, 2, network)
    begin = time.perf_counter()
    times = schedule(events, program, network)
    seconds = time.perf_counter() - begin
    bars.show(
        f"one schedule of {len(events.events):,} events, below 2 s",
        f"{seconds:.2f} s (makespan {times.makespan_s:.3g} s)",
        seconds < 2 and len(events.events) >= 100_000,
    )

    done = compiler.compile(QFT_32, "4x8+4", "kl")
    means = {}
    for pairs in ("prefetch", "on-demand", "just-in-time"):
        runs = Dispatcher(done.events, done.program, done.network, Policy(pairs, pauli_frames=True)).sample(2000)
        means[pairs] = float(runs.makespan_s.mean())
    figure = ", ".join(f"{pairs} {1e3 * value:.2f} ms" for pairs, value in means.items())
    bars.show("qft_32 on 4x8+4, mean makespan of 2,000 runs", figure, means["prefetch"] < means["on-demand"])
    for name, policy in (("gates", CORRECTION_GATES), ("frames", PAULI_FRAMES)):
        machine = Dispatcher(done.events, done.program, done.network, policy)
        planned, pairs_s, path_s = machine.run().makespan_s, pairs_bound(machine), path_bound(machine)
        bars.show(
            f"its planned makespan, corrections as {name}, not below its bounds",
            f"{1e3 * planned:.2f} ms; {1e3 * pairs_s:.2f} ms pairs over rate, {1e3 * path_s:.2f} ms critical path",
            planned >= max(pairs_s, path_s) * (1 - 1e-12),
        )
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main())
