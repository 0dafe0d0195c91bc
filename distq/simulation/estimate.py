"""How faithful is a distributed circuit, compared with one big machine, and what limits it?"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from distq.execution.schedule import Schedule
from distq.ir.events import Events
from distq.ir.program import Program
from distq.networks.network import Network
from distq.simulation import notes
from distq.simulation.engines import bounds
from distq.simulation.engines.base import Engine
from distq.simulation.engines.registry import choose
from distq.simulation.execution import Execution
from distq.simulation.fidelity import BoundsEstimate, InputFidelity, Loss, SimulatedEstimate
from distq.simulation.inputs import Inputs
from distq.simulation.monolithic.models import MonolithicModel, monolithic_model
from distq.simulation.monolithic_fidelity import monolithic_fidelity
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.options import SimulationOptions
from distq.simulation.parallel import cluster
from distq.simulation.process import process_fidelity, process_objection
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions, Interrupted, MeanWithError, Outcome, Progress
from distq.simulation.statevector.op_arrays import require_bound
from distq.simulation.target import TargetProgram
from distq.util.note import Note


def estimate(
    program: Program,
    events: Events,
    schedule: Schedule | None,
    network: Network,
    options: SimulationOptions | None = None,
    *,
    target_program: TargetProgram | None = None,
    progress: Progress = lambda stage: None,
) -> SimulatedEstimate | BoundsEstimate:
    """Simulate a lowered plan with the noise of its links and traps, and the same program on one big machine.

    Parameters
    ----------
    program, events, schedule, network
        What the compiler's stages made. Without a schedule nothing waits.
    options
        What to compute; None: the defaults. ``shots`` and ``outcome`` are for
        :func:`distq.simulation.counts.sample` and play no part here.
    target_program
        The whole program, if ``program`` lacks operations of it: fidelities are with its output, and it is what the
        big machine runs.
    progress
        Is called with what is being done.

    Returns
    -------
    SimulatedEstimate or BoundsEstimate
        The latter if the engine is ``bracket`` or no engine can simulate the circuit.

    Raises
    ------
    SimulationError
        Unbound parameters, an engine that cannot take the program, a GPU that is not there, a scheduler that does not
        answer.
    KeyboardInterrupt
        The user interrupts before any input was simulated; later interruptions give the estimate so far.

    Notes
    -----
    Measurements at the end are left out: the fidelity is that of the state of all qubits, each just before its own
    (:func:`distq.simulation.notes.compared_state`). With measurements, resets or
    conditions inside the program it is that of the joint state of qubits and classical bits.
    """
    require_bound(program)
    options = options or SimulationOptions()
    engine_options = options.engine_options(progress)
    progress("reducing the protocols")
    seed, precision = engine_options.seed, engine_options.precision
    idle = draw_idle_times(program, events, schedule, network, options.waits, seed, precision)
    reduced = reduce_events(program, events, idle, network, twirl=options.twirl)
    execution = Execution(reduced, idle if isinstance(idle, IdleTimes) else None, target_program)
    engine = choose(options.engine, execution, options.kinds, engine_options.workers)
    if engine is None:
        return _bounds(execution, network, options, engine_options, used_again=events.used_again > 0)
    original = program if target_program is None else target_program.program
    model = None if options.monolithic == "ideal" else monolithic_model(options.monolithic, original, network)
    inputs = Inputs.of(options.kinds, engine.random_input, program.num_qubits, program.ancillas, seed)
    with _on_cluster(options.scheduler, engine_options) as engine_options:
        found = _simulate(execution, engine, model, inputs, options, engine_options)
    return _simulated_estimate(execution, network, options, inputs, found, used_again=events.used_again > 0)


@contextlib.contextmanager
def _on_cluster(scheduler: str | None, options: EngineOptions) -> Iterator[EngineOptions]:
    """The options with a connection to the Dask cluster of that scheduler, if there is one."""
    if scheduler is None:
        yield options
        return
    with cluster(scheduler) as pool:
        yield replace(options, cluster=pool)


@dataclass(frozen=True)
class _Found:
    """What the simulations of the circuit and of the monolithic machine gave, until the user interrupted or not."""

    outcome: Outcome
    monolithic: MeanWithError | None = None
    process: MeanWithError | None = None
    notes: tuple[Note, ...] = ()
    interrupted: bool = False


def _simulate(
    execution: Execution,
    engine: Engine,
    model: MonolithicModel | None,
    inputs: Inputs,
    options: SimulationOptions,
    engine_options: EngineOptions,
) -> _Found:
    try:
        size = execution.frame_program.lines
        found = _Found(inputs.estimate(partial(engine.run, execution), size, engine_options))
    except Interrupted as stop:
        return _Found(stop.outcome, interrupted=True)
    try:
        if model is None:
            found = replace(found, monolithic=MeanWithError(1.0))
        else:
            machine = monolithic_fidelity(model, engine, inputs, engine_options)
            found = replace(found, monolithic=machine.fidelity, notes=machine.notes)
        if options.process:
            why = process_objection(execution)
            if why is None:
                found = replace(found, process=process_fidelity(execution, engine, engine_options))
            else:
                found = replace(found, notes=(*found.notes, notes.no_process_fidelity(why)))
    except KeyboardInterrupt:
        return replace(found, interrupted=True)
    return found


def _simulated_estimate(
    execution: Execution,
    network: Network,
    options: SimulationOptions,
    inputs: Inputs,
    found: _Found,
    *,
    used_again: bool,
) -> SimulatedEstimate:
    outcome, fidelity = found.outcome, found.outcome.mean
    stopped = (notes.interrupted(outcome),) if found.interrupted else ()
    return SimulatedEstimate(
        monolithic=options.monolithic,
        process_product=bounds.process_product(execution),
        lower_bound=bounds.lower_bound(execution),
        notes=(
            *(stopped or notes.about_precision(outcome, options.wanted_precision)),
            *notes.about_execution(execution, exact=outcome.shots is None, used_again=used_again),
            *notes.about_coherent_pairs(network),
            *notes.about_non_pauli_noise(execution, network, twirl=options.twirl),
            *found.notes,
        ),
        interrupted=found.interrupted,
        fidelity=fidelity,
        averaged=not inputs.named,
        inputs=_input_fidelities(inputs, outcome),
        fidelity_monolithic=found.monolithic,
        process_fidelity=found.process,
        method=outcome.method,
        shots=outcome.shots,
        losses=_scaled_losses(outcome, 1.0 - fidelity.mean),
    )


def _input_fidelities(inputs: Inputs, outcome: Outcome) -> tuple[InputFidelity, ...]:
    """One per input that was simulated, the error of the schedules included."""
    kinds = [state.kind for state in inputs.named] or [inputs.kind] * len(outcome.fidelities)
    pairs = zip(kinds, outcome.fidelities, strict=False)
    return tuple([InputFidelity(kind, v.mean, math.hypot(v.stderr, outcome.schedules_stderr)) for kind, v in pairs])


def _scaled_losses(outcome: Outcome, infidelity: float) -> tuple[Loss, ...]:
    """First-order losses, scaled so that they sum to the infidelity."""
    first_order = sum(outcome.losses.values())
    scale = infidelity / first_order if first_order > 0.0 and infidelity > 0.0 else 1.0
    return tuple(
        [
            Loss(source.kind, source.where, MeanWithError(scale * loss, scale * outcome.losses_stderr.get(source, 0.0)))
            for source, loss in sorted(outcome.losses.items())
        ]
    )


def _bounds(
    execution: Execution,
    network: Network,
    options: SimulationOptions,
    engine_options: EngineOptions,
    *,
    used_again: bool,
) -> BoundsEstimate:
    """Bounds, and the fidelity of the Clifford proxy where it can be simulated."""
    from distq.simulation.engines.clifford.proxy import clifford_proxy

    found = BoundsEstimate(
        monolithic=options.monolithic,
        process_product=bounds.process_product(execution),
        lower_bound=bounds.lower_bound(execution),
        notes=(
            notes.not_simulated(execution),
            *notes.about_execution(execution, exact=False, used_again=used_again),
            *notes.about_non_pauli_noise(execution, network, twirl=options.twirl),
        ),
    )
    engine_options.progress("simulating the Clifford proxy")
    try:
        return replace(found, clifford_proxy=clifford_proxy(execution, engine_options))
    except KeyboardInterrupt:
        return replace(found, interrupted=True)
