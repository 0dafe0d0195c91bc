"""The simulation engines, by name, and which one suits a program."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from distq.errors import SimulationError, UnknownNameError
from distq.simulate import density, dynamic, mixture, trajectories
from distq.simulate.channels import Source
from distq.simulate.inputs import CLIFFORD_INPUTS, DEFAULT_INPUTS, FEW_INPUTS, MANY_QUBITS, InputState
from distq.simulate.result import Execution, Outcome, Settings, Value

INSIDE = "it measures, resets or depends on classical bits inside the circuit"
LEFT_OUT = "operations were left out, and it would compare with the program that runs, not with the one asked for"
COHERENT = (
    "over-rotated pulses (overrotation_1q, overrotation_2q), or relaxation (t1_s) where copies follow CX gates, "
    "make its link copies more than classical bits"
)
DRIFTS = "relaxation and over-rotation (t1_s, overrotation_1q, overrotation_2q) are no mixtures of Paulis"
Kinds = tuple[str, ...]
Run = Callable[[Execution, Sequence[InputState], Settings], Outcome]


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


def choose(name: str, execution: Execution, kinds: Kinds | None, workers: int) -> Engine | None:
    """The engine of that name, or for ``auto`` the first that suits; None for ``bracket`` or if none suits.

    Parameters
    ----------
    name
        Of an engine, or ``auto`` or ``bracket``.
    execution
        What it should simulate.
    kinds
        Wanted input states; None: those of the engine.
    workers
        Threads.

    Raises
    ------
    UnknownNameError
        No such engine.
    SimulationError
        The engine of that name cannot take this program.
    """
    if name == "bracket":
        return None
    objections = {
        e.name: e.objection(execution, kinds or e.inputs(execution.qubits), workers) for e in ENGINES.values()
    }
    able = [engine for engine in ENGINES.values() if objections[engine.name] is None]
    if name == "auto":
        return next((e for e in able if e.suits(execution, kinds or e.inputs(execution.qubits))), None)
    if name not in ENGINES:
        raise UnknownNameError("simulation engine", name, [*ENGINES, "auto", "bracket"])
    if objections[name] is not None:
        raise SimulationError(
            f"engine {name!r} cannot simulate {execution.reduced.program.name}: {objections[name]}",
            f"use {' or '.join([*[e.name for e in able], 'bracket'])}",
        )
    return ENGINES[name]


def memory_bytes() -> int:
    """Memory that simulations may take: half of what the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _too_big(needed: int) -> str | None:
    limit = memory_bytes()
    if needed <= limit:
        return None
    return f"it would take {needed / 2**30:.3g} GiB of memory; half of what there is are {limit / 2**30:.3g} GiB"


def _density_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    lines = execution.framed.lines
    if lines > 15:
        copies = f" and {lines - execution.qubits} copies" if lines > execution.qubits else ""
        return f"{execution.qubits} qubits{copies} are too many for a density matrix"
    if not execution.comparable:
        return LEFT_OUT
    return _too_big(3 * 16 * density.elements(execution.framed))


def _density_work(execution: Execution, inputs: Sequence[object]) -> int:
    """Numbers that one evolution of every input computes."""
    framed = execution.framed
    return density.elements(framed) * (len(framed.ops) + len(framed.slots)) * len(inputs)


def _density_suits(execution: Execution, kinds: Kinds) -> bool:
    work = _density_work(execution, kinds)
    if execution.waits is not None:
        work *= mixture.RUNS
    if execution.unitary and execution.framed.lines == execution.qubits:
        return work <= 4e9
    if execution.unitary:
        return work <= 2e8  # sampled runs know which waits are long together, and are fast
    if _dynamic_objection(execution, kinds, 1):
        return work <= 4e11
    return work * (1 + len({slot.source for slot in execution.framed.slots})) <= 2e10  # once more for every source


def _density_run(execution: Execution, states: Sequence[InputState], settings: Settings) -> Outcome:
    values: list[Value] = []
    losses: dict[Source, float] = {}
    per_schedule = np.zeros(execution.chances.schedules)
    pure = execution.unitary and execution.framed.lines == execution.qubits
    runs = 0
    mixed = execution.waits is not None and (pure or execution.asked is None)
    for index, state in enumerate(states):
        settings.progress(f"simulating input {index + 1} of {len(states)}")
        if pure:
            single, survival = trajectories.first_order(execution, state)
            for source, loss in single.items():
                losses[source] = losses.get(source, 0.0) + loss / len(states)
        if mixed:
            wanted = settings.precision * float(np.sqrt(len(states)))
            found = (
                mixture.fidelity(execution, state, survival, wanted)
                if pure
                else mixture.joint_fidelity(execution, state, wanted)
            )
            per_schedule += found.per_schedule / len(states)
            values.append(found.value)
            runs = max(runs, found.runs)
        else:
            output = None if execution.asked is None else execution.asked.output(state)
            values.append(Value(density.fidelity(execution.framed, state, output)))
    method = f"exact density matrix, {execution.qubits} qubit{'s' * (execution.qubits != 1)}"
    if mixed:
        method = f"density matrix, {execution.qubits} qubits, of {runs} schedules"
    if not pure:
        losses = _switched_losses(execution, states)
    if not execution.unitary:
        method += ", joint state of qubits and classical bits"
    return Outcome(tuple(values), None, losses, method, schedules_stderr=execution.chances.spread(per_schedule))


def _switched_losses(execution: Execution, states: Sequence[InputState]) -> dict[Source, float]:
    """Infidelity with only one source switched on, or one kind of source where so many runs would take too long."""
    sources = sorted({slot.source for slot in execution.framed.slots}.union(execution.drifting))
    together = _density_work(execution, states) * len(sources) > 2e10
    groups: dict[Source, list[Source]] = {}
    for source in sources:
        groups.setdefault(Source(source.kind, -1) if together else source, []).append(source)
    losses = {}
    for source, on in groups.items():
        framed = execution.framed.only(on)
        losses[source] = sum([1.0 - density.fidelity(framed, state) for state in states]) / len(states)
    return losses


def _trajectory_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    if not execution.unitary:
        return INSIDE
    if not execution.comparable:
        return LEFT_OUT
    if execution.framed.lines > execution.qubits:
        return COHERENT
    if execution.qubits > 40:
        return f"{execution.qubits} qubits are too many for a state vector"
    return _too_big(trajectories.peak_bytes(execution.qubits, workers))


def _clifford_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    from distq.simulate.clifford_gates import not_clifford

    if not execution.unitary:
        return INSIDE
    if execution.asked is not None:
        return LEFT_OUT
    if execution.framed.drifts:
        return DRIFTS
    if "product" in kinds:
        return "inputs of kind 'product' are no stabilizer states (use 'stabilizer')"
    return not_clifford(execution.reduced.program)


def _clifford_run(execution: Execution, states: Sequence[InputState], settings: Settings) -> Outcome:
    from distq.simulate.clifford import estimate_fidelity

    return estimate_fidelity(execution, states, settings)


def _dynamic_objection(execution: Execution, kinds: Kinds, workers: int) -> str | None:
    lines = execution.framed.lines
    if execution.unitary and lines == execution.qubits:
        return "it has no measurements, resets or conditions inside, which 'trajectories' are better for"
    if execution.asked is not None:
        return LEFT_OUT
    if lines > 30:
        return f"{execution.qubits} qubits are too many for a state vector"
    why = dynamic.objection(execution.reduced.program, frozenset(execution.reduced.final_measurements))
    return why or _too_big(dynamic.peak_bytes(lines, workers))


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "density",
            "exact density matrix with one classical bit per live copy; up to about 10 qubits",
            lambda qubits: DEFAULT_INPUTS,
            _density_objection,
            _density_suits,
            _density_run,
        ),
        Engine(
            "clifford",
            "stabilizer sampling with stim; Clifford circuits of thousands of qubits",
            lambda qubits: CLIFFORD_INPUTS,
            _clifford_objection,
            lambda execution, kinds: True,
            _clifford_run,
        ),
        Engine(
            "trajectories",
            "exact terms for no and one fault, random trajectories for more; up to about 24 qubits",
            lambda qubits: DEFAULT_INPUTS if qubits <= MANY_QUBITS else FEW_INPUTS,
            _trajectory_objection,
            lambda execution, kinds: execution.qubits <= 24,
            trajectories.estimate_fidelity,
        ),
        Engine(
            "dynamic",
            "sampled runs with measurements, resets and conditions inside; up to about 20 qubits",
            lambda qubits: DEFAULT_INPUTS if qubits <= 14 else FEW_INPUTS,
            _dynamic_objection,
            lambda execution, kinds: execution.framed.lines <= 22,
            dynamic.estimate_fidelity,
        ),
    )
}
"""In the order in which ``auto`` asks them."""
