"""Counts: what the machine's classical bits read, shot by shot."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator

import numpy as np

from distq.errors import SimulationError
from distq.execution.schedule import Schedule
from distq.ir.events import Events
from distq.ir.program import Kind, Program
from distq.networks.network import Network
from distq.simulation.bits import Bits, frequencies, width
from distq.simulation.count_statistics import Counts, count, parse_outcome
from distq.simulation.engines.base import MEASURES_INSIDE, memory_bytes
from distq.simulation.engines.dynamic import counts as state_vectors
from distq.simulation.execution import Execution
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.options import SimulationOptions
from distq.simulation.parallel import Pool, Threads, cluster
from distq.simulation.reduction.final_measurements import final_measurements
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import Progress
from distq.simulation.statevector.op_arrays import require_bound
from distq.simulation.target import TargetProgram

MAX_QUBITS = 26
"""Wider circuits are drawn in stim, if they are Clifford."""
NOISELESS_SHOTS = 20_000
"""At least so many noiseless shots stand for the noiseless distribution where that is not computed."""


def sample(
    program: Program,
    events: Events,
    schedule: Schedule | None,
    network: Network,
    options: SimulationOptions,
    *,
    target_program: TargetProgram | None = None,
    progress: Progress = lambda stage: None,
) -> Counts:
    """Run a lowered plan with the noise of its links and traps and count what its classical bits read.

    Parameters
    ----------
    program, events, schedule, network
        What the compiler's stages made. Without a schedule nothing waits.
    options
        How many shots, which outcome is of interest, and how the noise is treated; ``inputs``, ``engine``,
        ``precision`` and what else is about the fidelity plays no part.
    target_program
        The whole program, if ``program`` lacks operations of it: the noiseless distribution is that of its output.
    progress
        Is called with how much is done. If the user interrupts, the counts are those of the shots drawn so far.

    Raises
    ------
    SimulationError
        Unbound parameters, too many qubits, a scheduler that does not answer.
    InputError
        The wanted outcome is no bit string of the right length.
    """
    wanted = check_counts(program, options)
    shots, seed = options.counted_shots or 0, options.seed or 0
    idle = draw_idle_times(program, events, schedule, network, options.waits, seed, 1.0 / math.sqrt(shots))
    reduced = reduce_events(program, events, idle, network, twirl=options.twirl)
    execution = Execution(reduced, idle if isinstance(idle, IdleTimes) else None)
    if program.num_qubits > MAX_QUBITS:
        noisy, expected = _in_stim(execution, shots, seed, progress, target_program)
    else:
        noisy, expected = _in_state_vectors(execution, options, progress, target_program)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(8,)))
    return count(program, noisy, expected, wanted, rng)


def draw(
    program: Program, events: Events, schedule: Schedule | None, network: Network, options: SimulationOptions
) -> Bits:
    """The classical bits of noisy runs, row by row; arguments and errors as of :func:`sample`."""
    check_counts(program, options)
    shots, seed = options.counted_shots or 0, options.seed or 0
    idle = draw_idle_times(program, events, schedule, network, options.waits, seed, 1.0 / math.sqrt(shots))
    reduced = reduce_events(program, events, idle, network, twirl=options.twirl)
    execution = Execution(reduced, idle if isinstance(idle, IdleTimes) else None)
    if program.num_qubits > MAX_QUBITS:
        return _noisy_in_stim(execution, shots, seed, lambda stage: None)
    _require_memory(execution.frame_program.lines, options.threads)
    with _pool(options) as pool:
        return state_vectors.draw(execution, shots, seed, pool, noisy=True, progress=lambda stage: None)


def _noisy_in_stim(execution: Execution, shots: int, seed: int, progress: Progress) -> Bits:
    """Noisy shots of a Clifford program. Raises SimulationError if stim cannot take its noise."""
    from distq.simulation.engines.clifford import counts as stabilizers

    if execution.frame_program.has_non_pauli_noise:
        raise SimulationError(
            f"counts of {execution.qubits} qubits are drawn in stim, which takes no relaxation or over-rotation",
            "--pauli-twirl takes relaxation and over-rotation for Pauli channels",
        )
    return stabilizers.draw(execution, shots, seed, noisy=True, progress=progress)


def _in_stim(
    execution: Execution, shots: int, seed: int, progress: Progress, target_program: TargetProgram | None
) -> tuple[Bits, dict[bytes, float]]:
    """Noisy shots, and the noiseless distribution from as many noiseless ones."""
    from distq.simulation.engines.clifford import counts as stabilizers

    if target_program is not None:
        raise SimulationError(
            f"counts of {execution.qubits} qubits are drawn in stim, which takes no operations left out"
        )
    noisy = _noisy_in_stim(execution, shots, seed, progress)
    return noisy, frequencies(stabilizers.draw(execution, max(shots, NOISELESS_SHOTS), seed, noisy=False))


def _in_state_vectors(
    execution: Execution, options: SimulationOptions, progress: Progress, target_program: TargetProgram | None
) -> tuple[Bits, dict[bytes, float]]:
    """Noisy shots, and the noiseless distribution: exact for a unitary program, else from noiseless shots."""
    _require_memory(execution.frame_program.lines, options.threads)
    shots, seed = options.counted_shots or 0, options.seed or 0
    with _pool(options) as pool:
        noisy = state_vectors.draw(execution, shots, seed, pool, noisy=True, progress=progress)
        whole = execution if target_program is None else Execution(target_program.copy_program)
        if whole.unitary:
            return noisy, state_vectors.noiseless_distribution(whole)
        noiseless = state_vectors.draw(whole, max(shots, NOISELESS_SHOTS), seed + 1, pool, noisy=False)
        return noisy, frequencies(noiseless)


@contextlib.contextmanager
def _pool(options: SimulationOptions) -> Iterator[Pool]:
    """Where chunks of shots are drawn."""
    if options.scheduler is None:
        yield Threads(options.threads)
        return
    with cluster(options.scheduler) as pool:
        yield pool


def check_counts(program: Program, options: SimulationOptions) -> bytes | None:
    """Check what :func:`sample` would otherwise find out late.

    Returns
    -------
    bytes or None
        The wanted outcome, bit by bit; None: the likeliest one.

    Raises
    ------
    SimulationError
        No shots, unbound parameters, or too many qubits.
    InputError
        The wanted outcome is no bit string of the right length.
    """
    require_bound(program)
    if options.counted_shots is None:
        raise SimulationError("counts were asked for without a number of shots", "say how many, or name an outcome")
    if program.num_qubits <= MAX_QUBITS:
        _require_memory(program.num_qubits, options.threads)
    elif (why := _not_in_stim(program)) is not None:
        raise SimulationError(
            f"{program.num_qubits} qubits are too many for counts: their state vector would take "
            f"{2.0 ** (program.num_qubits - 26):.3g} GiB, and {why}",
            f"counts go up to {MAX_QUBITS} qubits, of Clifford circuits to thousands",
        )
    return None if options.outcome is None else parse_outcome(options.outcome, width(program))


def _not_in_stim(program: Program) -> str | None:
    """Why stim cannot draw a program's counts; None if it can."""
    from distq.simulation.engines.clifford.gates import not_clifford

    final = final_measurements(program)
    for index, op in enumerate(program.operations):
        if op.condition is not None or (op.kind >= Kind.MEASURE and index not in final):
            return MEASURES_INSIDE
    return not_clifford(program)


def _require_memory(lines: int, workers: int) -> None:
    """Raise SimulationError if state vectors of so many qubits are too large."""
    needed = state_vectors.peak_bytes(lines, workers)
    if needed > memory_bytes():
        raise SimulationError(
            f"counts of {lines} qubits (with those of copies) would take {needed / 2**30:.3g} GiB of memory; half of "
            f"what there is are {memory_bytes() / 2**30:.3g} GiB",
            "use fewer workers, or leave out --shots: the fidelity may be estimated by another engine",
        )
