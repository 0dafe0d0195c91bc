"""Whether a circuit can be simulated as asked, found out before it is planned, which may take long.

What depends on the plan is left to the simulation itself: copies that noise makes more than classical bits, ancillas
that are measured, operations that are left out.
"""

from __future__ import annotations

import math

from distq.ir.program import Program
from distq.networks.network import Network
from distq.networks.parts import QPU
from distq.simulation.counts import check_counts
from distq.simulation.engines.registry import choose
from distq.simulation.execution import Execution
from distq.simulation.monolithic.one_trap import mean_trap, on_one_trap
from distq.simulation.options import SimulationOptions
from distq.simulation.statevector.op_arrays import require_bound


def check_program(program: Program, network: Network, options: SimulationOptions) -> None:
    """Raise what a simulation of ``program`` on ``network`` would raise whatever its plan.

    Raises
    ------
    SimulationError
        Unbound parameters, too many qubits for counts, an engine that cannot take the program.
    InputError
        The wanted outcome is no bit string of the right length.
    """
    require_bound(program)
    if options.counted_shots is not None:
        check_counts(program, options)
    if options.engine in ("auto", "bracket") or (options.engine == "dynamic" and _may_become_dynamic(program, network)):
        return
    execution = Execution(on_one_trap(program, _shared_noise(network), twirl=options.twirl))
    choose(options.engine, execution, options.kinds, options.threads)


def _may_become_dynamic(program: Program, network: Network) -> bool:
    """True if a plan may give a unitary program copies that are qubits, or ancillas that are measured."""
    return any(map(_has_coherent_noise, network.qpus)) or any(len(op.qubits) > 2 for op in program.operations)


def _has_coherent_noise(qpu: QPU) -> bool:
    return bool(qpu.t1_s < math.inf or qpu.overrotation_1q or qpu.overrotation_2q)


def _shared_noise(network: Network) -> QPU:
    """A trap with the noise that a program has wherever it runs: the QPUs' if they are all alike, else none."""
    mean = mean_trap(network)
    kinds = {(qpu.t1_s, qpu.overrotation_1q, qpu.overrotation_2q) for qpu in network.qpus}
    return (
        mean
        if len(kinds) == 1
        else mean.model_copy(update={"t1_s": math.inf, "overrotation_1q": 0.0, "overrotation_2q": 0.0})
    )
