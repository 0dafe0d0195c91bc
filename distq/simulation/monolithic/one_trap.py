"""A whole program on one all-to-all trap: what every monolithic model is reduced to."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from distq.execution.schedule import Schedule, schedule
from distq.ir.events import DATA, MEMORY, Allocate, Event, Events, Execute, Ion
from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.simulation.reduction.copy_program import CopyProgram
from distq.simulation.reduction.to_copies import reduce_events

_MEANS = (
    "error_1q",
    "error_2q",
    "error_measure",
    "error_reset",
    "error_transfer",
    "time_1q_s",
    "time_2q_s",
    "time_measure_s",
    "time_reset_s",
    "time_transfer_s",
    "t2_s",
    "overrotation_1q",
    "overrotation_2q",
)


class OneTrap(NamedTuple):
    """A program lowered to one trap that holds all its qubits, and the times at which everything happens there."""

    events: Events
    schedule: Schedule
    machine: Network


def lowered_to_one_trap(program: Program, qpu: QPU, *, first_operations: Literal["late", "early"] = "late") -> OneTrap:
    """The events of a program on one trap with the errors and times of ``qpu``.

    Every operation runs as soon as its ions are free, but for the first ones of qubits (as in
    :class:`distq.networks.network.Network`).
    """
    trap = qpu.model_copy(update={"ions": None, "data": max(1, program.num_qubits), "memory": 0})
    machine = Network(name="one trap", qpus=(trap,), first_operations=first_operations)
    ions = [Ion(0, "data", q) for q in range(program.num_qubits)]
    events: list[Event] = []
    born: set[int] = set()
    for index, op in enumerate(program.operations):
        for qubit in op.qubits:
            if qubit not in born:
                born.add(qubit)
                events.append(Allocate(qubit, ions[qubit], True))
        events.append(Execute(index, tuple([ions[q] for q in op.qubits])))
    events += [Allocate(q, ion, True) for q, ion in enumerate(ions) if q not in born]
    lowered = Events(tuple(events), ({DATA: len(ions), MEMORY: 0},), tuple(ions))
    return OneTrap(lowered, schedule(lowered, program, machine), machine)


def on_one_trap(
    program: Program, qpu: QPU, *, first_operations: Literal["late", "early"] = "late", twirl: bool = False
) -> CopyProgram:
    """The program on one trap as :func:`lowered_to_one_trap` lowers it, its copies removed (there are none).

    ``twirl``: see :func:`distq.simulation.reduction.to_copies.reduce_events`.
    """
    events, times, machine = lowered_to_one_trap(program, qpu, first_operations=first_operations)
    return reduce_events(program, events, times, machine, twirl=twirl)


def same_trap(program: Program, network: Network) -> CopyProgram:
    """The program on one trap whose errors and times are the means over the network's QPUs."""
    return on_one_trap(program, mean_trap(network), first_operations=network.first_operations)


def mean_trap(network: Network) -> QPU:
    """A trap whose errors and times (of T1: rates) are the means over the network's QPUs; without memory and links.

    It does as many multi-qubit gates at once as all of them together.
    """
    mean: dict[str, Any] = {name: float(np.mean([getattr(qpu, name) for qpu in network.qpus])) for name in _MEANS}
    relaxation = float(np.mean([1.0 / qpu.t1_s for qpu in network.qpus]))
    t1_s = max(1.0 / relaxation, mean["t2_s"] / 2) if relaxation > 0.0 else math.inf
    zones = [qpu.zones for qpu in network.qpus if qpu.zones is not None]
    all_zones = sum(zones) if len(zones) == len(network.qpus) else None
    return QPU(name="trap", data=1, memory=0, t1_s=t1_s, zones=all_zones, **mean)
