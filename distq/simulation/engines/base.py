"""What a simulation engine is, and the reasons why one may refuse a circuit."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, Outcome
from distq.simulation.statevector.input_states import (
    InputState,
)

INSIDE = "it measures, resets or depends on classical bits inside the circuit"


LEFT_OUT = "operations were left out, and it would compare with the program that runs, not with the one asked for"


COHERENT = (
    "over-rotated pulses (overrotation_1q, overrotation_2q), or relaxation (t1_s) where copies follow CX gates, "
    "make its link copies more than classical bits"
)


DRIFTS = "relaxation and over-rotation (t1_s, overrotation_1q, overrotation_2q) are no mixtures of Paulis"


Kinds = tuple[str, ...]


Run = Callable[[Execution, Sequence[InputState], EngineOptions], Outcome]


@dataclass(frozen=True)
class Engine:
    """A way to compute fidelities.

    Attributes
    ----------
    name, summary
        For people.
    inputs
        Kinds of input states where the user wants none in particular, by number of qubits.
    objection
        Why it cannot take an execution, kinds of inputs and number of workers; None if it can.
    suits
        True if it is the best choice; asked in the order of registration.
    run
        Computes the fidelity for every input.
    """

    name: str
    summary: str
    inputs: Callable[[int], Kinds]
    objection: Callable[[Execution, Kinds, int], str | None]
    suits: Callable[[Execution, Kinds], bool]
    run: Run


def memory_bytes() -> int:
    """Memory that simulations may take: half of what the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def too_big(needed: int) -> str | None:
    limit = memory_bytes()
    if needed <= limit:
        return None
    return f"it would take {needed / 2**30:.3g} GiB of memory; half of what there is are {limit / 2**30:.3g} GiB"
