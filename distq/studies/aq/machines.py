"""Running a circuit of the suite on the network and on one big machine: what its classical bits read."""

from __future__ import annotations

from distq.compiler import Compilation
from distq.simulation.bits import frequencies
from distq.simulation.counts import check_counts, draw
from distq.simulation.engines.dynamic.counts import noiseless_distribution
from distq.simulation.execution import Execution
from distq.simulation.monolithic.models import MonolithicModel
from distq.simulation.monolithic.one_trap import lowered_to_one_trap, same_trap
from distq.simulation.options import SimulationOptions

ALL_TO_ALL = ("same-trap", "long-chain", "qccd")
"""Big machines that run a circuit as it is."""


def ideal_distribution(done: Compilation) -> dict[bytes, float]:
    """Probabilities of the bits without noise, from the circuit as it was read."""
    return noiseless_distribution(Execution(same_trap(done.original, done.network)))


def on_network(done: Compilation, options: SimulationOptions) -> dict[bytes, float]:
    """Relative frequencies of the bits of noisy distributed runs.

    Raises
    ------
    SimulationError
        Too many qubits.
    """
    return frequencies(draw(done.program, done.events, done.schedule, done.network, options))


def on_big_machine(machine: MonolithicModel, options: SimulationOptions) -> dict[bytes, float]:
    """The same on one big machine."""
    check_counts(machine.program, options)
    trap = lowered_to_one_trap(machine.program, machine.qpu, first_operations=machine.first_operations)
    return frequencies(draw(machine.program, trap.events, trap.schedule, trap.machine, options))
