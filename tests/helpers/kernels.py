"""Numeric kernels, compiled once before several processes need them."""

from __future__ import annotations

from pathlib import Path

from qiskit import QuantumCircuit

import distq
from distq.frontend import normalise
from distq.networks.parse import parse_network, parse_toml
from distq.planning.strategies.exact import optimal_plan
from distq.planning.strategies.registry import PlanningOptions
from helpers.circuits import qft

RELAXING = "[[qpu]]\ncount = 2\ndata = 2\nmemory = 2\nt1_s = 30.0\noverrotation_1q = 0.1\n"
PACKAGE = Path(distq.__file__).parent


def are_cached() -> bool:
    """True if every module of kernels has compiled code on disk that is not older than the module."""
    for module in PACKAGE.rglob("*.py"):
        if "\n@njit" in module.read_text(encoding="utf-8"):
            cached = module.parent.glob(f"__pycache__/{module.stem}.*.nbi")
            if max((index.stat().st_mtime for index in cached), default=0.0) < module.stat().st_mtime:
                return False
    return True


def compile_all() -> None:
    """Call every kernel once, through the strategies and engines that use them."""
    quick = PlanningOptions(effort=0.01)
    done = distq.compile(qft(5), "2x3+2", "anneal", options=quick)
    done.simulate(engine="trajectories", shots=64, inputs=["product"])
    relaxing = parse_toml(RELAXING)
    circuit = QuantumCircuit(4, 1)
    circuit.h(0)
    circuit.cx(0, range(1, 4))
    circuit.measure(1, 0)
    with circuit.if_test((0, 1)):
        circuit.x(2)
    circuit.cx(2, 3)
    inside = distq.compile(circuit, relaxing, "contiguous")
    for engine in ("dynamic", "density"):
        inside.simulate(engine=engine, shots=64, inputs=["product"])
    optimal_plan(normalise(qft(4)), parse_network("2x2+2"), below=None, max_states=1_000_000)
