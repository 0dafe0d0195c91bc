"""Small machines with times that can be told apart in a sum, and what schedules are checked with."""

from __future__ import annotations

import numpy as np

from distq.execution.dispatch import Policy
from distq.execution.lower import lower
from distq.ir.events import Events
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.networks.parts import QPU, Link
from helpers.plans import random_plan
from helpers.programs import random_program

FAST = {"time_1q_s": 1.0, "time_2q_s": 10.0, "time_measure_s": 100.0, "time_reset_s": 1000.0, "time_transfer_s": 5.0}


HADAMARD = np.array([[1, 1], [1, -1]], dtype=np.complex128) / np.sqrt(2)


def machine(rate_hz: float = 1e-4, data: int = 1, memory: int = 1) -> Network:
    """Two traps with times that can be told apart in a sum: 1, 10, 100, 1000 s; a pair takes 1/rate (10,000 s)."""
    qpus = tuple(QPU(name=n, data=data, memory=memory, **FAST) for n in ("a", "b"))
    return Network(qpus=qpus, links=(Link(a=0, b=1, rate_hz=rate_hz),))


def program_of(*ops: Operation, qubits: int = 2, clbits: int = 0) -> Program:
    return Program("test", qubits, clbits, ops, tuple(range(qubits)))


def of(kind: type, events: Events) -> int:
    return next(i for i, e in enumerate(events.events) if isinstance(e, kind))


GATE = Operation(Kind.ROTATION, (0, 1), angle=1.0)


POLICIES = [Policy(pairs, frames) for pairs in ("prefetch", "on-demand", "just-in-time") for frames in (False, True)]


def random_case(seed: int, network: Network) -> tuple[Events, Program] | None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, 4, 30, clbits=2, measure=0.1, reset=0.05, condition=0.2, x_block=0.1)
    try:
        return lower(program, random_plan(program, network, rng), network), program
    except ValueError:
        return None


def most_at_once(spans: list[tuple[float, float]]) -> int:
    """Largest number of spans open at one time; spans that only touch do not overlap."""
    ends = sorted([(b, -1) for a, b in spans if b > a] + [(a, 1) for a, b in spans if b > a])
    return max(np.cumsum([step for _, step in ends]).tolist(), default=0)
