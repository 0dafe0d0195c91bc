"""All kernels compiled in advance, by small examples that need every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from qiskit import QuantumCircuit

from distq.compiler import compile
from distq.execution.dispatch import kernels as _dispatch
from distq.frontend import normalise
from distq.networks import parse_network
from distq.planning.annealing import kernels as _annealing
from distq.planning.strategies import exact_kernels as _exact
from distq.planning.strategies.exact import optimal_plan
from distq.planning.strategies.registry import PlanningOptions
from distq.simulation.engines.density import kernels as _density
from distq.simulation.engines.dynamic import kernels as _dynamic
from distq.simulation.reduction import fault_probabilities as _probabilities
from distq.simulation.statevector import op_kernels as _statevector
from distq.util import jit

KERNEL_MODULES = (_annealing, _exact, _dispatch, _statevector, _probabilities, _density, _dynamic)
"""Importing these imports all kernels."""
NETWORK = "2x2+1"
STATES = 20_000
"""States of the exact search, more than the example has."""


def kernel_names() -> set[tuple[str, str]]:
    """Module and name of every kernel of distq."""
    kernels = {(kernel.__module__, kernel.__qualname__) for kernel in jit.KERNELS}
    return {(module, name) for module, name in kernels if module.startswith("distq.")}


def examples() -> Iterator[Callable[[], object]]:
    """Small pieces of work that together run every kernel, with the types of arguments that commands give them."""
    whole, measured = _whole(), _measured()
    network = parse_network(NETWORK)
    yield lambda: optimal_plan(normalise(whole), network, max_states=STATES)
    done = compile(whole, NETWORK, strategy="kl")
    yield lambda: compile(whole, NETWORK, strategy="anneal", options=PlanningOptions(effort=0.01))
    yield lambda: done.simulate(engine="density", inputs=["product"], process=True)
    yield lambda: done.simulate(engine="trajectories", inputs=["product"], trajectories=4, process=True, shots=4)
    yield lambda: done.simulate(engine="bracket")
    other = compile(measured, NETWORK, strategy="kl")
    yield lambda: other.simulate(engine="dynamic", inputs=["product"], trajectories=4, shots=4)


def _whole() -> QuantumCircuit:
    """Four qubits, and a gate on three of them."""
    circuit = QuantumCircuit(4, name="warm")
    circuit.h(range(4))
    circuit.ccx(0, 1, 2)
    for q in range(3):
        circuit.cx(q, q + 1)
        circuit.ry(0.3, q + 1)
    circuit.cp(0.3, 0, 3)
    return circuit


def _measured() -> QuantumCircuit:
    """Four qubits with measurements, a reset and a condition inside."""
    circuit = QuantumCircuit(4, 2, name="warm-measured")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure(1, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(3)
    circuit.reset(1)
    circuit.ccx(0, 2, 3)
    circuit.measure(3, 1)
    return circuit
