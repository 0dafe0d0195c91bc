"""Counts: what the machine's classical bits read, shot by shot."""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distq.errors import InputError, SimulationError
from distq.execution.schedule import Schedule
from distq.ir.events import Events
from distq.ir.program import Kind, Program
from distq.networks.network import Network
from distq.simulate.intervals import clopper_pearson
from distq.simulation.engines.base import memory_bytes
from distq.simulation.engines.dynamic import kernels as dynamic_kernels
from distq.simulation.engines.dynamic.runs import Bits, Runs
from distq.simulation.execution import Execution
from distq.simulation.noise.waiting import IdleTimes, draw_idle_times
from distq.simulation.parallel import Pool, Threads, cluster
from distq.simulation.reduction.coherence import final_measurements
from distq.simulation.reduction.to_copies import reduce_events
from distq.simulation.result import Progress
from distq.simulation.statevector import kernels
from distq.simulation.statevector.input_states import input_states
from distq.simulation.statevector.op_arrays import require_bound
from distq.simulation.target import TargetProgram

CHUNK = 512
"""Shots per random stream, of small circuits; see :func:`chunk_of`."""
BASELINE_DRAWS = 64
"""Sets of noiseless counts whose mean distances show what finite shots do."""
MAX_QUBITS = 26
OUTCOME_SHOTS = 10_000
"""Where only the probability of an outcome was asked for: its standard error is then at most 0.005."""
SPARSE = 4096
"""Up to so many different outcomes, and a tenth as many as shots, distances between distributions mean something."""


@dataclass(frozen=True)
class Counts:
    """Outcomes of noisy runs from |0..0>.

    Attributes
    ----------
    counts
        Bit string -> number of shots, most frequent first. Strings are written as Qiskit does: highest bit first,
        registers apart by spaces, the last one first. A circuit without measurements has all its qubits read without
        error.
    shots
        Their sum.
    outcome, success, interval
        An outcome (the likeliest one without noise unless named), how often it came, and the exact (Clopper-Pearson)
        95 % interval of its probability.
    hellinger, total_variation
        Fidelity (sum sqrt(p q))^2 and distance sum |p - q|/2 between counts and the noiseless distribution. None where
        so many outcomes are possible that finite counts would set them: both are biased, to lower fidelity and larger
        distance, by about (number of outcomes)/(4 shots) and sqrt(2 outcomes/(pi shots))/2.
    hellinger_noiseless, variation_noiseless
        The same between as many noiseless shots and the noiseless distribution, on average: 1 and 0 but for that bias.
    """

    counts: dict[str, int]
    shots: int
    outcome: str
    success: float
    interval: tuple[float, float]
    hellinger: float | None
    total_variation: float | None
    hellinger_noiseless: float | None
    variation_noiseless: float | None


def sample(
    program: Program,
    events: Events,
    schedule: Schedule | None,
    network: Network,
    *,
    shots: int,
    outcome: str | None = None,
    seed: int = 0,
    workers: int = 1,
    scheduler: str | None = None,
    waits: str = "random",
    twirl: bool = False,
    target_program: TargetProgram | None = None,
    progress: Progress = lambda stage: None,
) -> Counts:
    """Run a lowered plan ``shots`` times with the noise of its links and traps.

    Parameters
    ----------
    program, events, schedule, network
        What the compiler's stages made.
    shots
        How often.
    outcome
        The bit string whose probability is wanted (spaces do not matter); None: the likeliest one without noise.
    seed
        The counts depend on it, but not on the number of ``workers`` (threads), nor on the ``scheduler``: the address
        of a Dask scheduler whose workers are to draw the shots.
    waits
        ``"random"`` or ``"mean"``; see :mod:`distq.simulation.noise.waiting`.
    twirl
        Take relaxation and over-rotated pulses for Pauli channels.
    target_program
        The whole program, if ``program`` lacks operations of it: the noiseless distribution is that of its output.
    progress
        Is called with how much is done. If the user interrupts, the counts are those of the shots drawn so far.

    Raises
    ------
    SimulationError
        Unbound parameters, too many qubits, no shots, a scheduler that does not answer.
    InputError
        ``outcome`` is not a bit string of the right length.
    """
    wanted = check_shots(program, shots, outcome, workers)
    idle = draw_idle_times(program, events, schedule, network, waits, seed, 1.0 / math.sqrt(shots))
    reduced = reduce_events(program, events, idle, network, twirl=twirl)
    run = Execution(reduced, idle if isinstance(idle, IdleTimes) else None)
    picks = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(8,)))
    if program.num_qubits > MAX_QUBITS:
        noisy, ideal = _clifford_counts(run, shots, seed, progress, target_program)
        return _count(program, noisy, _frequencies(ideal), wanted, picks)
    _require_memory(run.framed.lines, workers)
    with contextlib.ExitStack() as stack:
        pool = Threads(workers) if scheduler is None else stack.enter_context(cluster(scheduler))
        noisy = _Shots(run, seed, noisy=True).draw(shots, pool, progress)
        whole = run if target_program is None else Execution(target_program.reduced)
        noiseless = max(shots, 20_000) if not whole.unitary else 0
        ideal = _Shots(whole, seed + 1, noisy=False).draw(noiseless, pool, lambda stage: None)
    expected = _distribution(whole, ideal)
    return _count(program, noisy, expected, wanted, picks)


def _clifford_counts(
    run: Execution, shots: int, seed: int, progress: Progress, target_program: TargetProgram | None
) -> tuple[Bits, Bits]:
    """Noisy and noiseless shots in stim."""
    from distq.simulation.engines.clifford import counts as clifford_shots

    if run.framed.has_non_pauli_noise or target_program is not None:
        raise SimulationError(
            f"counts of {run.qubits} qubits are drawn in stim, which takes no relaxation, over-rotation "
            "or operations left out",
            "--pauli-twirl takes relaxation and over-rotation for Pauli channels",
        )
    noisy = clifford_shots.draw(run, shots, seed, noisy=True, progress=progress)
    return noisy, clifford_shots.draw(run, max(shots, 20_000), seed, noisy=False)


def check_shots(program: Program, shots: int, outcome: str | None, workers: int) -> bytes | None:
    """Raise what :func:`sample` raises for such arguments; else return the wanted bits."""
    require_bound(program)
    if shots < 1:
        raise SimulationError(f"{shots} shots were asked for: at least 1 is needed")
    if program.num_qubits <= MAX_QUBITS:
        _require_memory(program.num_qubits, workers)
    elif (why := _not_in_stim(program)) is not None:
        raise SimulationError(
            f"{program.num_qubits} qubits are too many for counts: their state vector would take "
            f"{2.0 ** (program.num_qubits - 26):.3g} GiB, and {why}",
            f"counts go up to {MAX_QUBITS} qubits, of Clifford circuits to thousands",
        )
    return None if outcome is None else _parse(outcome, program.source_clbits or program.source_qubits)


def _not_in_stim(program: Program) -> str | None:
    """Why stim cannot draw a program's counts; None if it can."""
    from distq.simulation.engines.clifford.gates import not_clifford

    final = final_measurements(program)
    for index, op in enumerate(program.operations):
        if op.condition is not None or (op.kind >= Kind.MEASURE and index not in final):
            return "it measures, resets or depends on classical bits inside the circuit"
    return not_clifford(program)


def _require_memory(lines: int, workers: int) -> None:
    """Raise SimulationError if state vectors of so many qubits are too large."""
    needed = (workers + 2) * (16 << lines)
    if needed > memory_bytes():
        raise SimulationError(
            f"counts of {lines} qubits (with those of copies) would take {needed / 2**30:.3g} GiB of memory; half of "
            f"what there is are {memory_bytes() / 2**30:.3g} GiB",
            "use fewer workers, or leave out --shots: the fidelity may be estimated by another engine",
        )


def _distribution(run: Execution, ideal: Bits) -> dict[bytes, float]:
    """Noiseless probabilities: exact for a unitary program, else from noiseless shots."""
    if not run.unitary:
        return _frequencies(ideal)
    shots = _Shots(run, 0, noisy=False)
    state, flat = shots.runs.state.vector(shots.runs.lines), shots.runs.flat
    kernels.run(state, 0, len(flat.kind), *flat.arrays())
    p = np.abs(state) ** 2
    likely = np.flatnonzero(p > 1e-12)
    rows = shots.read(np.zeros((len(likely), run.reduced.program.num_clbits), dtype=np.uint8), likely)
    found: dict[bytes, float] = {}
    for row, weight in zip(rows, p[likely].tolist(), strict=True):
        found[row.tobytes()] = found.get(row.tobytes(), 0.0) + weight
    return found


def _frequencies(rows: Bits) -> dict[bytes, float]:
    return {bits: n / len(rows) for bits, n in Counter(row.tobytes() for row in rows).items()}


def _count(
    program: Program, rows: Bits, expected: dict[bytes, float], wanted: bytes | None, rng: np.random.Generator
) -> Counts:
    shots = len(rows)
    found = Counter(row.tobytes() for row in rows)
    if wanted is None:
        wanted = max(expected, key=lambda bits: (expected[bits], bits))
    hits = found.get(wanted, 0)
    distances: tuple[float | None, ...] = (None,) * 4
    if max(len(expected), 1) <= min(SPARSE, shots / 10):
        outcomes = sorted(expected.keys() | found.keys())
        p = np.array([expected.get(bits, 0.0) for bits in outcomes])
        counts = np.array([found.get(bits, 0) for bits in outcomes])
        alike = rng.multinomial(shots, p / p.sum(), size=BASELINE_DRAWS)
        distances = (*_distances(p, counts / shots), *np.mean([_distances(p, row / shots) for row in alike], axis=0))
    return Counts(
        counts={_format(program, bits): n for bits, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))},
        shots=shots,
        outcome=_format(program, wanted),
        success=hits / shots,
        interval=clopper_pearson(hits, shots),
        hellinger=distances[0],
        total_variation=distances[1],
        hellinger_noiseless=distances[2],
        variation_noiseless=distances[3],
    )


def _distances(p: NDArray[np.float64], q: NDArray[np.float64]) -> tuple[float, float]:
    """Hellinger fidelity and total variation of two distributions."""
    return min(1.0, float(np.sqrt(p * q).sum()) ** 2), float(np.abs(p - q).sum()) / 2


def _parse(outcome: str, width: int) -> bytes:
    text = outcome.replace(" ", "")
    if set(text) - {"0", "1"} or len(text) != width:
        raise InputError(f"outcome {outcome!r} is not a string of {width} bits", "write the highest bit first")
    return bytes(int(c) for c in reversed(text))


def _format(program: Program, bits: bytes) -> str:
    """A bit string as Qiskit writes it; bits in no register come last, each on its own."""
    if not program.clbit_registers or not program.source_clbits:
        return "".join(str(b) for b in reversed(bits))
    named = [b for _, members in program.clbit_registers for b in members]
    loose = [(b,) for b in range(program.source_clbits) if b not in set(named)]
    groups = [members for _, members in program.clbit_registers if members] + loose
    return " ".join("".join(str(bits[b]) for b in reversed(members)) for members in reversed(groups))


def chunk_of(lines: int) -> int:
    """Shots per random stream: fewer where each takes long, so that an interrupted user gets those so far."""
    return max(8, CHUNK >> max(0, lines - 10))


class _Shots:
    """Draws classical bits from an execution, chunk by chunk: a :class:`distq.simulation.parallel.Job`."""

    def __init__(self, run: Execution, seed: int, *, noisy: bool) -> None:
        self.seed, self.noisy = seed, noisy
        self.program = run.reduced.program
        (zero,) = input_states(["zero"], run.qubits, 0)
        self.runs = Runs(run, zero, noisy=noisy)
        self.final = [
            (op, program_op.clbit, program_op.qubits[0], error if noisy else 0.0)
            for op, error in run.reduced.final_measurements.items()
            if (program_op := self.program.operations[op]).clbit is not None
        ]

    def draw(self, shots: int, pool: Pool, progress: Progress) -> Bits:
        """(shots, bits) array; the order of rows means nothing. Fewer rows, but some, if the user interrupts."""
        chunk = chunk_of(self.runs.lines)
        sizes = [min(chunk, shots - done) for done in range(0, shots, chunk)]
        parts = []
        try:
            for part in pool.run(self, sizes, 0):
                parts.append(part)
                progress(f"{len(parts) / len(sizes):4.0%}  {shots} shots")
        except KeyboardInterrupt:
            if not parts:
                raise
        width = self.program.source_clbits or self.program.source_qubits
        return np.concatenate([*parts, np.zeros((0, width), dtype=np.uint8)])

    def chunk(self, shots: int, number: int) -> Bits:
        """(shots, bits) array."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(3, int(self.noisy), number)))
        bits, start = self.runs.start(shots, rng)
        index = np.zeros(shots, dtype=np.int64)
        arguments: Any = (*start, index, *self.runs.ops())
        dynamic_kernels.shoot(*arguments)
        return self.read(bits[:, : self.program.num_clbits], index, rng)

    def read(self, bits: Bits, index: NDArray[np.int64], rng: np.random.Generator | None = None) -> Bits:
        """Fill in the final measurements from basis states, wrong with their probability if ``rng`` is given.

        The bits of the source alone.
        """
        if not self.program.source_clbits:
            read: Bits = (index[:, None] >> np.array(self.program.output) & 1).astype(np.uint8)
            return read
        for _, clbit, line, error in self.final:
            wrong = rng.random(len(index)) < error if rng is not None and error > 0.0 else np.zeros(len(index), bool)
            bits[:, clbit] = (index >> line & 1) ^ wrong
        return bits[:, : self.program.source_clbits]
