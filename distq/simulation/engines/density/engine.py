"""The engine ``density``: what it can take, and how it runs."""

from __future__ import annotations

from distq.simulation.choices import MOST_QUBITS
from distq.simulation.engines.base import OPERATIONS_LEFT_OUT, Engine, Kinds, ObjectionOf, memory_objection
from distq.simulation.engines.cost import seconds_of_trajectories
from distq.simulation.engines.density import density, exact, over_schedules
from distq.simulation.execution import Execution

SECONDS_PER_NUMBER = 2.2e-9
"""About what one number of a density matrix takes in one step, as measured."""
AT_ONCE_S = 0.2
"""Up to so long it does not matter that something else might be faster."""


def _objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    lines = execution.frame_program.lines
    if lines > MOST_QUBITS["density"]:
        copies = f" and {lines - execution.qubits} copies" if lines > execution.qubits else ""
        return f"{execution.qubits} qubits{copies} are too many for a density matrix"
    if not execution.comparable:
        return OPERATIONS_LEFT_OUT
    return memory_objection(3 * 16 * density.elements(execution.frame_program))


def _suits(execution: Execution, kinds: Kinds, objection_of: ObjectionOf) -> bool:
    """True where it is sooner done than sampling, or where that is not possible."""
    work = exact.work(execution, len(kinds))
    if execution.idle_times is not None:
        work *= over_schedules.RUNS
    if execution.unitary and execution.frame_program.lines == execution.qubits:
        if objection_of("trajectories"):
            return work <= 4e9
        seconds = work * SECONDS_PER_NUMBER
        return seconds <= AT_ONCE_S or (seconds <= 10.0 and seconds <= seconds_of_trajectories(execution, len(kinds)))
    if execution.unitary:
        return work <= 2e8  # sampled runs know which waits are long together, and are fast
    if objection_of("dynamic"):
        return work <= 4e11
    # Every source of errors takes one more simulation.
    return work * (1 + len(execution.frame_program.pauli_sources)) <= 2e10


ENGINE = Engine(
    name="density",
    summary="exact density matrix with one classical bit per live copy; up to about 10 qubits",
    random_input="product",
    objection=_objection,
    suits=_suits,
    run=exact.estimate_fidelity,
)
