"""Hypothesis strategies for programs, plans, networks and circuits.

The size of what is drawn and the seed of its contents are drawn apart, so that a failing example shrinks to few
operations. Draws for which no plan exists are rejected: hypothesis counts them and fails a test that has too many.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from qiskit import QuantumCircuit

from distq.errors import InfeasiblePlanError
from distq.ir.plan import Plan
from distq.ir.program import Program
from distq.networks.network import Network
from distq.planning.strategies import get_strategy
from distq.rewrite import rewrite
from helpers.circuits import COMMON, random_circuit
from helpers.networks import varied
from helpers.plans import random_plan
from helpers.programs import random_program

SEEDS = st.integers(0, 10**6)
GENERATORS: SearchStrategy[np.random.Generator] = SEEDS.map(np.random.default_rng)
DYNAMIC = {"clbits": 2, "measure": 0.1, "reset": 0.05, "condition": 0.2}
"""Shares of operations for programs with measurements, resets and conditions inside."""


class Planned(NamedTuple):
    """A program and a valid plan of it on a network."""

    program: Program
    plan: Plan
    network: Network


@st.composite
def programs(draw: DrawFn, qubits: int = 4, operations: int = 25, **shares: float) -> Program:
    """Programs in normal form of at most so many operations; shares as of ``random_program``."""
    size = draw(st.integers(0, operations))
    return random_program(draw(GENERATORS), qubits, size, **shares)  # type: ignore[arg-type]


def networks_of_any_kind(shapes: Sequence[Network]) -> SearchStrategy[Network]:
    """Networks of these shapes whose links and QPUs have unequal numbers."""
    return st.builds(varied, st.sampled_from(shapes), SEEDS)


@st.composite
def random_plans(draw: DrawFn, program: SearchStrategy[Program], network: SearchStrategy[Network]) -> Planned:
    """Random valid plans: moves, relays and copies that nobody needs included."""
    given, machine = draw(program), draw(network)
    try:
        return Planned(given, random_plan(given, machine, draw(GENERATORS)), machine)
    except ValueError:
        reject()


@st.composite
def plans_by(
    draw: DrawFn, names: Sequence[str], program: SearchStrategy[Program], network: SearchStrategy[Network]
) -> Planned:
    """Plans that the strategies of these names make, and what they are for: the program as they have rewritten it."""
    given, machine = draw(program), draw(network)
    try:
        plan = get_strategy(draw(st.sampled_from(names))).plan(given, machine, seed=draw(SEEDS))
        return Planned(rewrite(given, plan.rewriting, machine), plan, machine)
    except InfeasiblePlanError:
        reject()


def circuits(
    qubits: SearchStrategy[int], gates: int = 25, mix: Sequence[str] = COMMON, clbits: int = 0
) -> SearchStrategy[QuantumCircuit]:
    """Qiskit circuits of at most so many gates, drawn from ``mix``."""

    def build(width: int, size: int, seed: int) -> QuantumCircuit:
        return random_circuit(width, size, seed, mix, clbits)

    return st.builds(build, qubits, st.integers(0, gates), SEEDS)
