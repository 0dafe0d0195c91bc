"""How faithful is a distributed circuit, compared with one big machine, and what limits it?"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Sequence
from dataclasses import replace

from distq.errors import SimulationError, UnknownNameError
from distq.execution.schedule import Schedule
from distq.ir.events import Events
from distq.ir.program import Program
from distq.networks.network import Network
from distq.simulation.arrays import gpu_arrays
from distq.simulation.engines import bounds
from distq.simulation.engines.base import INSIDE, Engine
from distq.simulation.engines.registry import choose
from distq.simulation.execution import Execution
from distq.simulation.fidelity import Estimate, InputFidelity
from distq.simulation.monolithic.models import MonolithicModel, monolithic_model
from distq.simulation.monolithic.one_trap import check_model
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.parallel import cluster
from distq.simulation.process import process_fidelity
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import EngineOptions, MeanWithError, Outcome, Progress
from distq.simulation.statevector.input_states import MANY_QUBITS, InputState, input_states
from distq.simulation.statevector.op_arrays import require_bound
from distq.simulation.target import TargetProgram
from distq.util.text import counted

DEFAULT_PRECISION = 0.003
"""Standard error of the mean fidelity where none is asked for."""


def estimate(
    program: Program,
    events: Events,
    schedule: Schedule | None,
    network: Network,
    *,
    inputs: Sequence[str] | None = None,
    monolithic: str = "same-trap",
    engine: str = "auto",
    precision: float | None = None,
    shots: int | None = None,
    seed: int = 0,
    process: bool = False,
    workers: int | None = None,
    device: str = "cpu",
    scheduler: str | None = None,
    waits: str = "random",
    twirl: bool = False,
    target_program: TargetProgram | None = None,
    progress: Progress = lambda stage: None,
) -> Estimate:
    """Simulate a lowered plan with the noise of its links and traps, and the same program on one big machine.

    Parameters
    ----------
    program, events, schedule, network
        What the compiler's stages made. Without a schedule nothing waits.
    inputs
        Kinds of input states: ``"zero"``, ``"basis"``, ``"product"``, ``"stabilizer"``, as often as wanted. The
        headline is the mean over them. None: :data:`distq.simulation.statevector.input_states.DEFAULT_INPUTS`,
        CLIFFORD_INPUTS for that engine, FEW_INPUTS for large state vectors.
    monolithic
        One of :data:`distq.simulation.monolithic.one_trap.MODEL_NAMES`; see :mod:`distq.simulation.monolithic.models`.
    engine
        ``"density"``, ``"clifford"``, ``"trajectories"``, ``"dynamic"``, ``"bracket"`` (bounds only) or ``"auto"``.
    precision
        Wanted standard error of the mean fidelity; None: DEFAULT_PRECISION.
    shots
        Trajectories to draw instead, over all inputs.
    seed
        Of random inputs and faults. The result is the same for any number of ``workers`` (threads; None: one per CPU,
        up to 8).
    process
        Estimate the process fidelity too.
    device
        ``"gpu"``: trajectories of two and more faults run on a GPU, with the same random numbers; other engines and
        the exact terms stay on the CPU.
    scheduler
        Address of a Dask scheduler whose workers are to run the trajectories: the same chunks with the same results.
        Other engines and the exact terms stay here.
    waits
        ``"random"``: ions idle as long as random waits for pairs make them, which all of them share in a run;
        ``"mean"``: as long as if every pair took its mean time. See :mod:`distq.simulation.noise.waiting`.
    target_program
        The whole program, if ``program`` lacks operations of it: fidelities are with its output, and it is what the
        big machine runs.
    twirl
        Take relaxation and over-rotated pulses for Pauli channels, which every engine has; a note says so.
    progress
        Is called with what is being done.

    Raises
    ------
    SimulationError
        Unbound parameters, an engine that cannot take the program, a precision or number of shots not above 0, a GPU
        that is not there, a scheduler that does not answer.
    UnknownNameError
        Unknown input, engine, model or treatment of waits.

    Notes
    -----
    Measurements at the end are left out: the fidelity is that of the state before them. With measurements, resets or
    conditions inside the program it is that of the joint state of qubits and classical bits.
    """
    require_bound(program)
    check_model(monolithic)
    options = replace(_settings(precision, shots, seed, workers, progress, device), twirl=twirl)
    if scheduler is not None and device == "gpu":
        raise SimulationError("a scheduler's workers and a GPU of this machine exclude each other", "choose one")
    kinds = None if inputs is None else tuple(inputs)
    input_states(kinds or (), 0, seed)
    progress("reducing the protocols")
    idle = draw_idle_times(program, events, schedule, network, waits, seed, options.precision)
    reduced = reduce_events(program, events, idle, network, twirl=twirl)
    run = Execution(reduced, idle if isinstance(idle, IdleTimes) else None, target_program)
    chosen = choose(engine, run, kinds, options.workers)
    whole_program = program if target_program is None else target_program.program
    rival = None if monolithic == "ideal" or chosen is None else monolithic_model(monolithic, whole_program, network)
    if chosen is None:
        bounds = _bracketed(run, _assemble(run, (), None, monolithic, None, None), options)
        return replace(bounds, notes=bounds.notes + _beyond_pauli(run, network, twirl))
    states = input_states(kinds or chosen.inputs(run.qubits), program.num_qubits, seed, program.ancillas)
    with contextlib.ExitStack() as stack:
        if scheduler is not None:
            options = replace(options, cluster=stack.enter_context(cluster(scheduler)))
        outcome = chosen.run(run, states, options)
        if outcome.interrupted:
            return _assemble(run, states, outcome, monolithic, None, None)
        whole, single = None, MeanWithError(1.0) if rival is None else None
        notes: tuple[str, ...] = ()
        try:
            if rival is not None:
                single, notes = one_machine(rival, chosen, states, options)
            whole = process_fidelity(run, chosen, options) if process else None
            if process and whole is None:
                notes = (*notes, f"no process fidelity: {_NO_PROCESS if run.unitary else INSIDE}")
        except KeyboardInterrupt:
            outcome = replace(outcome, interrupted=True)
    found = _assemble(run, states, outcome, monolithic, single, whole)
    return replace(found, notes=found.notes + _twirled(network) + _beyond_pauli(run, network, twirl) + notes)


def _bracketed(run: Execution, bounds: Estimate, options: EngineOptions) -> Estimate:
    """With the fidelity of the Clifford proxy beside the bounds."""
    from distq.simulation.engines.clifford.proxy import clifford_proxy

    options.progress("simulating the Clifford proxy")
    try:
        found = clifford_proxy(run, options)
    except KeyboardInterrupt:
        return replace(bounds, interrupted=True)
    return bounds if found is None else replace(bounds, clifford_proxy=found.mean, clifford_proxy_stderr=found.stderr)


def one_machine(
    rival: MonolithicModel, engine: Engine, states: Sequence[InputState], options: EngineOptions
) -> tuple[MeanWithError | None, tuple[str, ...]]:
    """Its fidelity on the same inputs by the same engine, or by another where that cannot take it; and what to note."""
    options.progress("simulating the one big machine")
    kinds = tuple([state.kind for state in states])
    run, able = _able(rival, engine, kinds, options)
    if able is None and rival.layout is not None:
        rival = rival.without_relaxation()
        run, able = _able(rival, engine, kinds, options)
    notes = () if rival.layout is None else (f"{rival.name}, {run.qubits} qubits: {rival.source}",)
    if able is None and rival.layout is not None:
        return None, (*notes, f"{rival.name} takes {run.qubits} qubits, too many to simulate")
    single = (able or engine).run(run, [rival.input(state) for state in states], options)
    if single.interrupted:
        raise KeyboardInterrupt
    return mean_of(single), notes


def _able(
    rival: MonolithicModel, engine: Engine, kinds: Sequence[str], options: EngineOptions
) -> tuple[Execution, Engine | None]:
    """What a machine runs, and the engine if that suits it, else one that does, None if none does."""
    run = Execution(rival.execution(twirl=options.twirl))
    if engine.objection(run, tuple(kinds), options.workers) is None and engine.suits(run, tuple(kinds)):
        return run, engine
    return run, choose("auto", run, tuple(kinds), options.workers)


def default_workers() -> int:
    """Threads where no number is asked for: one per CPU, up to 8, as memory limits what more would bring."""
    return min(os.cpu_count() or 1, 8)


def _settings(
    precision: float | None, shots: int | None, seed: int, workers: int | None, progress: Progress, device: str
) -> EngineOptions:
    precision = DEFAULT_PRECISION if precision is None else precision
    if not precision > 0.0:
        raise SimulationError(f"the precision is {precision:g}: it is a standard error and must be above 0")
    if shots is not None and shots < 1:
        raise SimulationError(f"{shots} trajectories were asked for: at least 1 is needed")
    workers = default_workers() if workers is None else workers
    if workers < 1:
        raise SimulationError(f"{workers} workers were asked for: at least 1 is needed")
    if device not in ("cpu", "gpu"):
        raise UnknownNameError("device", device, ("cpu", "gpu"))
    if device == "gpu":
        return EngineOptions(precision, shots, seed, 1, progress, gpu_arrays())
    return EngineOptions(precision, shots, seed, workers, progress)


def _assemble(
    run: Execution,
    states: Sequence[InputState],
    outcome: Outcome | None,
    model: str,
    single: MeanWithError | None,
    whole: MeanWithError | None,
) -> Estimate:
    mine = mean_of(outcome) if outcome else None
    ratio = _ratio(mine, single) if mine and single and single.mean > 0.0 else None
    values, shared = (outcome.fidelities, outcome.schedules_stderr) if outcome else ((), 0.0)
    return Estimate(
        fidelity=mine.mean if mine else None,
        stderr=mine.stderr if mine else None,
        interval=_interval(mine) if mine else None,
        inputs=tuple(
            [InputFidelity(s.kind, v.mean, math.hypot(v.stderr, shared)) for s, v in zip(states, values, strict=False)]
        ),
        process_fidelity=whole.mean if whole else None,
        process_stderr=whole.stderr if whole else None,
        process_product=bounds.process_product(run),
        lower_bound=bounds.lower_bound(run),
        monolithic=model,
        fidelity_monolithic=single.mean if single else None,
        monolithic_stderr=single.stderr if single else None,
        ratio=ratio.mean if ratio else None,
        ratio_stderr=ratio.stderr if ratio else None,
        method=outcome.method if outcome else "bracket (not simulated)",
        shots=outcome.shots if outcome else None,
        losses=_scaled(outcome, 1.0 - mine.mean) if outcome and mine else (),
        notes=_notes(run, outcome),
        interrupted=outcome is not None and outcome.interrupted,
    )


def mean_of(outcome: Outcome) -> MeanWithError:
    """Mean over inputs; their errors are independent but for that of the schedules."""
    count = len(outcome.fidelities)
    mean = sum(v.mean for v in outcome.fidelities) / count
    apart = math.sqrt(sum(v.stderr**2 for v in outcome.fidelities)) / count
    return MeanWithError(mean, math.hypot(apart, outcome.schedules_stderr))


def _ratio(mine: MeanWithError, single: MeanWithError) -> MeanWithError:
    mean = mine.mean / single.mean
    return MeanWithError(mean, math.hypot(mine.stderr, mean * single.stderr) / single.mean)


def _interval(value: MeanWithError) -> tuple[float, float]:
    """95 % interval, normal."""
    return max(0.0, value.mean - 1.96 * value.stderr), min(1.0, value.mean + 1.96 * value.stderr)


def _scaled(outcome: Outcome, total: float) -> tuple[tuple[str, int, MeanWithError], ...]:
    first_order = sum(outcome.losses.values())
    scale = total / first_order if first_order > 0.0 and total > 0.0 else 1.0
    found = []
    for source, loss in sorted(outcome.losses.items()):
        error = outcome.losses_stderr.get(source, 0.0)
        found.append((source.kind, source.where, MeanWithError(scale * loss, scale * error)))
    return tuple(found)


_NO_PROCESS = "the ancillas that the plan adds start in |0>, so that what runs is no map of a whole space"


def _beyond_pauli(run: Execution, network: Network, twirl: bool) -> tuple[str, ...]:
    """What to note on noise that is no mixture of Paulis."""
    from distq.simulation.engines.clifford.gates import not_clifford

    has = any(qpu.t1_s < math.inf or qpu.overrotation_1q or qpu.overrotation_2q for qpu in network.qpus)
    if twirl and has:
        return ("relaxation and over-rotation twirled to Pauli channels: coherent errors that add up are not seen",)
    if run.framed.has_non_pauli_noise and run.qubits > MANY_QUBITS and not_clifford(run.reduced.program) is None:
        return ("relaxation or over-rotation rules stim out; --pauli-twirl takes them for Pauli channels",)
    return ()


def _twirled(network: Network) -> tuple[str, ...]:
    """What to note on links whose pairs were given with coherence between Bell states."""
    budgets = [link.model.budget() for link in network.links if link.model is not None]
    left = max([budget.coherence for budget in budgets], default=0.0)
    if left < 1e-9:
        return ()
    return (
        f"pairs have coherence between Bell states (trace distance {left:.2g}): the protocols twirl it away, which is "
        "exact but for the gate errors of conditional corrections",
    )


def _notes(run: Execution, outcome: Outcome | None) -> tuple[str, ...]:
    notes = []
    if outcome is None and not run.comparable:
        notes.append(
            "operations were left out, and with measurements, resets or conditions inside no engine compares with the "
            "circuit that was asked for; lower_bound and process_product do"
        )
    elif outcome is None:
        what = "" if run.unitary else " with measurements, resets or conditions inside"
        notes.append(
            f"{run.qubits} qubits{what} are too many to simulate; lower_bound and process_product stand instead"
        )
    elif outcome.interrupted:
        notes.append(f"interrupted: the estimate so far, over {counted(len(outcome.fidelities), 'input')}")
    if run.idle_times is not None:
        exact = outcome is not None and outcome.shots is None
        apart = exact and run.target_program is not None and run.framed.lines > run.qubits
        relaxed = ", relaxation averaged ion by ion" if run.idle_times.decayed.any() else ""
        how = ", averaged ion by ion" if apart else relaxed
        notes.append(f"waits for pairs are random: {run.fault_probabilities.schedules:,} schedules{how}")
    if run.reduced.final_measurements:
        notes.append("state fidelity just before the final measurements")
    return tuple(notes)
