"""What a simulation engine is, and the reasons why one may refuse a circuit."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from distq.simulation.execution import Execution
from distq.simulation.result import EngineOptions, Outcome
from distq.simulation.statevector.input_states import InputState

MEASURES_INSIDE = "it measures, resets or depends on classical bits inside the circuit"
OPERATIONS_LEFT_OUT = (
    "operations were left out, and it would compare with the program that runs, not with the one asked for"
)
COHERENT_COPIES = (
    "over-rotated pulses (overrotation_1q, overrotation_2q), or relaxation (t1_s) where copies follow CX gates, "
    "make its link copies more than classical bits"
)
NON_PAULI_NOISE = "relaxation and over-rotation (t1_s, overrotation_1q, overrotation_2q) are no mixtures of Paulis"

Kinds = tuple[str, ...]
"""Kinds of input states; see :data:`distq.simulation.choices.INPUT_KINDS`."""
ObjectionOf = Callable[[str], str | None]
"""Name of an engine -> why it cannot take the execution in question, None if it can."""


@dataclass(frozen=True)
class Engine:
    """A way to compute fidelities.

    To add one: make a folder beside the others with a module ``engine`` that holds an ``ENGINE``, and add that to
    :data:`distq.simulation.engines.registry.ENGINES`, at its place in the order in which ``auto`` tries them. Engines
    do not import each other; what several of them need lies below them, in :mod:`distq.simulation.statevector`,
    :mod:`distq.simulation.exact_terms` or :mod:`distq.simulation.engines.input_by_input`.

    Attributes
    ----------
    name
        What ``--engine`` is given.
    summary
        How it works and how large circuits may be, in one line for listings.
    random_input
        Kind of the random inputs where the user wants none in particular: ``product`` or ``stabilizer``.
    objection
        ``objection(execution, kinds, workers)``: why it cannot simulate an execution on such inputs with so many
        threads, as the end of a sentence; None if it can.
    suits
        ``suits(execution, kinds, objection_of)``: True if it is a good choice for an execution that it can simulate;
        ``auto`` takes the first engine that is. ``objection_of`` says whether the engine of another name could take
        it, with one thread, so that the choice does not depend on the number of threads.
    run
        ``run(execution, states, options)``: the fidelity on every input. Raises
        :class:`distq.simulation.result.Interrupted` with what was found so far if the user interrupts.
    """

    name: str
    summary: str
    random_input: str
    objection: Callable[[Execution, Kinds, int], str | None]
    suits: Callable[[Execution, Kinds, ObjectionOf], bool]
    run: Callable[[Execution, Sequence[InputState], EngineOptions], Outcome]


def memory_bytes() -> int:
    """Memory that simulations may take: half of what the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def memory_objection(needed: int) -> str | None:
    """Why an engine cannot take so many bytes; None if it can."""
    limit = memory_bytes()
    if needed <= limit:
        return None
    return f"it would take {needed / 2**30:.3g} GiB of memory; half of what there is are {limit / 2**30:.3g} GiB"
