"""Bell pairs of distq's plans beside those of other compilers, with bounds, memory and seconds, from one run.

usage: python benchmarks/compile.py [baselines] [quport] [memory] [embedding] [bars] [published] [scale] [noise-aware]
       [--effort X]

Without a section all of them are run, in an hour or so on two cores. The figures of other compilers are in
``benchmarks/data/baselines.csv`` and ``baselines_quport.csv`` (each one's own code on the same circuits, two cores);
the section ``published`` compares with the figures that papers print. Every plan passes the independent plan checker
before its row is printed.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from unittest import mock

from qiskit import QuantumCircuit

from distq.circuits import build_circuit
from distq.compiler.objective import cost_of
from distq.compiler.plan_stage import checked
from distq.frontend import normalise, read_circuit
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parse import parse_network
from distq.planning.annealing.objective_weights import FIDELITY, without_dominated_links
from distq.planning.bounds import lower_bound
from distq.planning.infidelity_model import estimated_infidelity
from distq.planning.refine.noise_aware import reduce_infidelity
from distq.planning.strategies import get_strategy
from distq.planning.strategies.registry import PlanningOptions
from distq.rewrite import rewrite
from distq.verification.plan_checker import check_plan
from uneven_networks import equals, half_bad, varied

HERE = Path(__file__).parent
CIRCUITS = HERE.parent / "circuits"


class Row:
    """One compile: Bell pairs, peak memory, seconds, lower bound."""

    def __init__(self, program: Program, network: Network, strategy: str, effort: float, bound_nodes: int = 4) -> None:
        start = time.perf_counter()
        plan = get_strategy(strategy).plan(program, network, seed=0, options=PlanningOptions(effort=effort))
        self.seconds = time.perf_counter() - start
        final = rewrite(program, plan.rewriting, network)
        facts = check_plan(final, plan, network)
        self.ebits = sum(facts.link_ebits)
        self.peak = max(facts.peak_memory_by_qpu)
        self.by = plan.strategy
        self.bound = lower_bound(final, network, nodes=bound_nodes).ebits if bound_nodes else None


def program_of(name: str) -> Program:
    return normalise(read_circuit(CIRCUITS / f"{name}.qasm"), name)


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


# ---- sections -------------------------------------------------------------------------------------------------------


def baselines(effort: float) -> None:
    """Every circuit of baselines.csv with the rivals' data ions: full, and with one spare ion per QPU."""
    best: dict[tuple[str, int], tuple[int, str]] = {}
    with (HERE / "data" / "baselines.csv").open() as file:
        for row in csv.DictReader(file):
            if row["status"] == "ok" and row["ebits"] and not row["tool"].startswith("our prototype"):
                key = row["circuit"], int(row["caps"])
                best[key] = min(best.get(key, (1 << 60, "")), (int(row["ebits"]), row["tool"].split()[0]))
    print(
        f"{'circuit':20} {'caps':>4} {'rival':>6} {'by':>11} {'distq':>6} {'ratio':>6} {'bound':>5} {'gap':>6} "
        f"{'peak':>4} {'s':>6}  strategy"
    )
    ratios: dict[str, list[float]] = {"full": [], "slack 1": []}
    slowest = 0.0
    for (name, caps), (rival, tool) in sorted(best.items()):
        program = program_of(name)
        row = Row(program, parse_network(f"4x{caps}+inf"), "auto", effort)
        kind = "full" if caps == -(-program.num_qubits // 4) else "slack 1"
        ratios[kind].append(row.ebits / rival)
        slowest = max(slowest, row.seconds)
        gap = f"{(row.ebits - row.bound) / row.bound:6.2f}" if row.bound else "     -"
        print(
            f"{name:20} {caps:4} {rival:6} {tool:>11} {row.ebits:6} {row.ebits / rival:6.3f} {row.bound or 0:5} {gap} "
            f"{row.peak:4} {row.seconds:6.1f}  {row.by}",
            flush=True,
        )
    for kind, bar in (("full", 0.80), ("slack 1", 0.78)):
        print(
            f"{kind}: geometric mean {geometric_mean(ratios[kind]):.3f} (bar {bar}), worst {max(ratios[kind]):.3f} "
            f"(bar 1), {len(ratios[kind])} circuits"
        )
    print(f"slowest circuit {slowest:.1f} s (bar 10)")


def quport(effort: float) -> None:
    """QuPort 0.1.5, whose communication ions may hold qubits as well, and distq on the same ions, any with any role."""
    with (HERE / "data" / "baselines_quport.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["status"] == "ok"]
    ratios: dict[str, float] = {}
    print(f"{'circuit':20} {'network':>8} {'QuPort':>6} {'distq':>6} {'ratio':>6} {'QuPort s':>8} {'s':>6}  strategy")
    for found in rows:
        optical = int(found["memory"])
        network = f"{found['qpus']}x{int(found['data']) + optical}c{optical}"
        row = Row(program_of(found["circuit"]), parse_network(network), "auto", effort, bound_nodes=0)
        ratio = ratios[f"{found['circuit']} {network}"] = row.ebits / int(found["ebits"])
        print(
            f"{found['circuit']:20} {network:>8} {found['ebits']:>6} {row.ebits:6} {ratio:6.3f} {found['seconds']:>8} "
            f"{row.seconds:6.1f}  {row.by}",
            flush=True,
        )
    above = [f"{name} ({ratio:.2f})" for name, ratio in ratios.items() if ratio > 1.0]
    mean = geometric_mean(list(ratios.values()))
    print(f"geometric mean {mean:.3f} (bar 0.60), worst {max(ratios.values()):.3f} (bar 1), {len(ratios)} cases")
    print(f"above QuPort: {', '.join(above) or 'none'}")


def memory(effort: float) -> None:
    """ebits(m) of every circuit on 4 QPUs that are exactly full."""
    print(f"{'circuit':20} {'m=1':>6} {'m=2':>6} {'m=4':>6} {'m=8':>6} {'inf':>6}")
    for path in sorted(CIRCUITS.glob("*.qasm")):
        program = program_of(path.stem)
        cells = []
        for m in ("1", "2", "4", "8", "inf"):
            network = parse_network(f"4x{-(-program.num_qubits // 4)}+{m}")
            cells.append(Row(program, network, "auto", effort, bound_nodes=0).ebits)
        print(f"{path.stem:20} " + " ".join(f"{c:6}" for c in cells), flush=True)


def embedding(effort: float) -> None:
    """Bell pairs without and with copies that follow X-blocks, on four full QPUs, for CX-heavy circuits."""
    made = [build_circuit(f"cx-network:16:share={share}:seed=1") for share in (1.0, 0.5)]
    made += [build_circuit(name) for name in ("cx-network:32:gates=400:seed=1", "clifford-gates:16:seed=1")]
    programs = [normalise(circuit) for circuit in made]
    programs += [program_of(path.stem) for path in sorted(CIRCUITS.glob("*.qasm")) if "square_root" not in path.stem]
    print(f"{'circuit':20} {'X-blocks':>8} {'strategy':>8}  without -> with at m = 1, 2, 4, inf")
    for program in programs:
        if not program.x_blocks:
            continue
        for strategy in ("kl", "anneal"):
            cells = []
            for m in ("1", "2", "4", "inf"):
                network = parse_network(f"4x{-(-program.num_qubits // 4)}+{m}")
                with mock.patch("distq.planning.realise.realise.REACHES", ()):
                    without = Row(program, network, strategy, effort, bound_nodes=0).ebits
                cells.append(f"{without:4} -> {Row(program, network, strategy, effort, bound_nodes=0).ebits:4}")
            print(f"{program.name:20} {len(program.x_blocks):8} {strategy:>8}  " + "   ".join(cells), flush=True)


def bars(effort: float) -> None:
    """Single figures at bounded memory."""
    rows: list[tuple[str, Callable[[], Program], str, int]] = [
        ("QFT-16, 2 QPUs", lambda: normalise(build_circuit("qft:16")), "2x8+1", 8),
        ("QFT-64, 2 QPUs", lambda: normalise(build_circuit("qft:64")), "2x32+1", 32),
        ("adder_n64", lambda: program_of("qb_adder_n64"), "4x17+2", 6),
        ("adder_n64", lambda: program_of("qb_adder_n64"), "4x16+2", 9),
        ("QV-16, 2 QPUs", lambda: program_of("qv_16_s1"), "2x9+2", 60),
        *((f"MCX-{4 * k}", lambda k=k: normalise(build_circuit(f"mcx:{4 * k}")), f"{k}x5+{m}", k - 1)  # type: ignore[misc]
          for k, m in ((2, 1), (3, 1), (4, 1), (6, 1))),
        ("QFT-100, 10 QPUs", lambda: normalise(build_circuit("qft:100")), "10x10+1", 450),
        ("QFT-100, 10 QPUs", lambda: normalise(build_circuit("qft:100")), "10x10+2", 420),
    ]  # fmt: skip
    print(f"{'what':18} {'network':>10} {'bar':>5} {'distq':>6} {'bound':>5} {'peak':>4} {'s':>6}")
    for what, make, network, bar in rows:
        row = Row(make(), parse_network(network), "auto", effort)
        print(
            f"{what:18} {network:>10} {bar:5} {row.ebits:6} {row.bound or 0:5} {row.peak:4} {row.seconds:6.1f}  "
            f"{'met' if row.ebits <= bar else 'MISSED'}",
            flush=True,
        )


def published(effort: float) -> None:
    """Rows that papers print; random circuits of the same family, ours, so compare means with care."""
    print(f"{'circuit':14} {'network':>12} {'published':>9} {'distq':>6} {'peak':>4} {'s':>6}")
    rows: list[tuple[str, QuantumCircuit, str, float]] = [
        *((f"cpf_{f}_32", build_circuit(f"cp-fraction:32:fraction={f}:seed=1"), "4x9+inf", best)
          for f, best in ((0.3, 55.8), (0.5, 88.2), (0.7, 109.0), (0.9, 84.0))),
        *((f"qv_32_k{k}", build_circuit("qv:32:seed=1"), f"{k}x{-(-32 // k) + 1}+inf", best)
          for k, best in ((2, 215.0), (3, 350.0), (4, 385.0))),
        ("qft_96", build_circuit("qft:96"), "4x25+inf", 138.0),
        *((f"cpf_{f}_96", build_circuit(f"cp-fraction:96:fraction={f}:seed=1"), "12x9+inf", best)
          for f, best in ((0.3, 861.0), (0.5, 1398.0), (0.7, 1691.0), (0.9, 1031.0))),
        *((f"qv_96_k{k}", build_circuit("qv:96:seed=1"), f"{k}x{96 // k + 1}+inf", best)
          for k, best in ((2, 1899.0), (4, 3312.0))),
        *((f"cpf_0.5_256_k{k}", build_circuit("cp-fraction:256:seed=1"), f"{k}x{256 // k + 1}+inf", best)
          for k, best in ((2, 3478.0), (4, 6477.0))),
    ]  # fmt: skip
    for what, circuit, network, best in rows:
        row = Row(normalise(circuit, what), parse_network(network), "auto", effort, bound_nodes=0)
        print(
            f"{what:14} {network:>12} {best:9} {row.ebits:6} {row.peak:4} {row.seconds:6.1f}  "
            f"{'met' if row.ebits <= best else 'ABOVE'}",
            flush=True,
        )


def scale(effort: float) -> None:
    """Time and memory against size, plan checker included."""
    cases: list[tuple[str, Callable[[], QuantumCircuit], str]] = [
        ("square_root_n45", lambda: read_circuit(CIRCUITS / "qb_square_root_n45.qasm"), "4x12+2"),
        *(
            (f"blocks 1e{e}", lambda e=e: build_circuit(f"blocks:1000:gates={10**e}:seed=1"), "16x64+2")
            for e in (4, 5, 6)
        ),  # type: ignore[misc]
    ]
    print(f"{'circuit':16} {'gates':>8} {'ebits':>7} {'peak':>4} {'read s':>7} {'plan s':>7} {'GiB':>5}")
    times: list[tuple[int, float]] = []
    for what, make, network in cases:
        circuit = make()
        start = time.perf_counter()
        program = normalise(circuit)
        read = time.perf_counter() - start
        row = Row(program, parse_network(network), "auto", effort, bound_nodes=0)
        gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{what:16} {circuit.size():8} {row.ebits:7} {row.peak:4} {read:7.1f} {row.seconds:7.1f} {gib:5.2f}",
            flush=True,
        )
        if what.startswith("blocks"):
            times.append((circuit.size(), read + row.seconds))
    for (g0, t0), (g1, t1) in pairwise(times):
        print(f"exponent {g0} -> {g1}: {math.log(t1 / t0) / math.log(g1 / g0):.2f} (bar 1.2)")


def noise_aware(effort: float) -> None:
    """Pairs, infidelity, fidelity where links and QPUs differ: by hops alone, by ``auto``, annealed for fidelity."""
    uneven = varied(parse_network("4x8+3"), 7)
    cases = [(program_of(name), uneven) for name in ("grover_10", "qft_16", "heisenberg_32", "qaoa_reg3_32_s1")]
    cases += [(normalise(build_circuit("qft:24")), uneven), (program_of("qft_16"), half_bad(parse_network("4x4+3")))]
    modalities = parse_network("two-modalities")
    cases += [
        (normalise(circuit), modalities)
        for circuit in (
            build_circuit("ghz:100"),
            build_circuit("ghz:122"),
            build_circuit("cp-fraction:100:fraction=0.05:seed=1"),
        )
    ]
    print(f"{'circuit':20} {'network':15} {'hops alone':>20} {'auto':>20} {'for fidelity':>20}")
    for program, network in cases:
        options = PlanningOptions(effort=effort)
        plans = [get_strategy("auto").plan(program, m, seed=0, options=options) for m in (equals(network), network)]
        thin = without_dominated_links(network, program.num_qubits)
        faithful = get_strategy("anneal").plan(
            program, thin, seed=0, options=PlanningOptions(effort, objective=FIDELITY)
        )
        plans.append(reduce_infidelity(program, network, faithful))
        cells = [cell(program, network, plan) for plan in plans]
        print(f"{program.name:20} {network.name:15} " + " ".join(cells), flush=True)


def cell(program: Program, network: Network, plan: Plan) -> str:
    planned = checked(program, network, plan)
    infidelity = estimated_infidelity(planned.program, network, plan)
    return f"{planned.tally.ebits:5} {infidelity:7.4f} {cost_of(planned).fidelity:6.4f}"


SECTIONS = {
    f.__name__.replace("_", "-"): f for f in (baselines, quport, bars, memory, embedding, published, scale, noise_aware)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", choices=[[], *SECTIONS])
    parser.add_argument("--effort", type=float, default=1.0)
    given = parser.parse_args()
    get_strategy("auto").plan(
        normalise(build_circuit("qft:6")), parse_network("2x3+1"), seed=0, options=PlanningOptions(effort=0.01)
    )  # compile kernels
    for name in given.sections or SECTIONS:
        print(f"== {name}: {SECTIONS[name].__doc__}")
        SECTIONS[name](given.effort)


if __name__ == "__main__":
    main()
