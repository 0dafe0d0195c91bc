"""Random programs planned, lowered, scheduled and reduced, as the engines take them."""

from __future__ import annotations

import numpy as np

from distq.execution.lower import lower
from distq.execution.schedule import Schedule, schedule
from distq.ir.events import Events
from distq.ir.program import Kind, Operation, Program
from distq.networks.network import Network
from distq.simulation.engines.density import density
from distq.simulation.execution import Execution
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.reduction.to_frames import to_frames
from distq.simulation.statevector.input_states import input_states
from helpers.networks import network_of
from helpers.noise import beyond_pauli, noisy
from helpers.plans import random_plan
from helpers.programs import random_program


def execution(seed: int, qubits: int = 4, operations: int = 12, noise: float = 1.0, **shares: float) -> Execution:
    """A random plan of a random program on three QPUs with uneven noise."""
    rng = np.random.default_rng(seed)
    network = noisy(network_of([2, 2, 1], 3, "complete"), rng, noise)
    program = random_program(rng, qubits, operations, **shares)  # type: ignore[arg-type]
    events = lower(program, random_plan(program, network, rng), network)
    return Execution(reduce_events(program, events, schedule(events, program, network), network))


def clifford_program(rng: np.random.Generator, qubits: int, operations: int) -> Program:
    """Random Clifford program: one-qubit Cliffords and rotations by multiples of a quarter turn."""
    names = [gate.gates[0] for gate in input_states(["stabilizer"] * 6, 1, int(rng.integers(100)))]
    hadamard = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    ops = []
    for _ in range(operations):
        order = [int(q) for q in rng.permutation(qubits)]
        if rng.random() < 0.4:
            matrix = hadamard @ names[int(rng.integers(6))] @ np.diag([1, 1j])  # type: ignore[operator]
            ops.append(Operation(Kind.LOCAL, (order[0],), factors=(matrix,)))
        else:
            angle = float(rng.integers(-4, 5)) * np.pi / 2
            ops.append(Operation(Kind.ROTATION, tuple(order[: int(rng.integers(2, 4))]), angle=angle))
    return Program("clifford", qubits, 0, tuple(ops), tuple(range(qubits)))


def case(seed: int, kind: str = "pauli", **shares: float) -> tuple[Program, Events, Schedule, Network]:
    rng = np.random.default_rng(seed)
    network = beyond_pauli(noisy(network_of([2, 1], 3), rng, 0.5), kind, rng)
    program = random_program(rng, 3, 10, **shares)  # type: ignore[arg-type]
    events = lower(program, random_plan(program, network, rng), network)
    return program, events, schedule(events, program, network), network


def exact_counts(program: Program, events: Events, times: Schedule, network: Network) -> dict[str, float]:
    """Distribution of all classical bits, those of final measurements from the diagonal of the density matrix."""
    framed = to_frames(reduce_events(program, events, times, network))
    (zero,) = input_states(["zero"], program.num_qubits, 0)
    found: dict[str, float] = {}
    for bits, rho in density.final_states(framed, zero).items():
        for index, p in enumerate(np.diag(rho).real):
            for wrong in range(2 ** len(framed.final_measurements)):
                read, weight = list(bits), float(p)
                for k, (op, error) in enumerate(framed.final_measurements.items()):
                    flip = wrong >> k & 1
                    source = program.operations[op]
                    read[source.clbit] = index >> source.qubits[0] & 1 ^ flip  # type: ignore[index]
                    weight *= error if flip else 1 - error
                key = "".join(map(str, reversed(read)))
                found[key] = found.get(key, 0.0) + weight
    return found


DYNAMIC = {"clbits": 2, "measure": 0.2, "reset": 0.1, "condition": 0.4}


def small_case(seed: int = 3, **shares: float) -> tuple[Program, object, object, Network]:
    rng = np.random.default_rng(seed)
    network = network_of([2, 2], 3)
    program = random_program(rng, 4, 14, **shares)  # type: ignore[arg-type]
    events = lower(program, random_plan(program, network, rng), network)
    return program, events, schedule(events, program, network), network
