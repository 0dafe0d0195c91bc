"""Counts from state vectors: every shot is a run with its own faults and outcomes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.simulation import bits as shot_bits
from distq.simulation.bits import Bits
from distq.simulation.engines.dynamic import kernels
from distq.simulation.engines.dynamic.runs import Runs
from distq.simulation.execution import Execution
from distq.simulation.parallel import Pool
from distq.simulation.result import Progress
from distq.simulation.statevector import op_kernels
from distq.simulation.statevector.input_states import input_states

CHUNK = 512
"""Shots per random stream, of small circuits; see :func:`chunk_size`."""
NEGLIGIBLE = 1e-12
"""Noiseless probability below which an outcome is left out."""


def chunk_size(lines: int) -> int:
    """Shots per random stream: fewer where each takes long, so that an interrupted user gets those so far."""
    return max(8, CHUNK >> max(0, lines - 10))


def peak_bytes(lines: int, workers: int) -> int:
    """Memory that :func:`draw` takes, at most."""
    return (workers + 2) * (16 << lines)


def draw(
    execution: Execution,
    shots: int,
    seed: int,
    pool: Pool,
    *,
    noisy: bool,
    progress: Progress = lambda stage: None,
) -> Bits:
    """Classical bits of ``shots`` runs from |0..0>; see :func:`distq.simulation.bits.collect`."""
    job = ShotChunks(execution, seed, noisy=noisy)
    size = chunk_size(job.runs.lines)
    sizes = [min(size, shots - done) for done in range(0, shots, size)]
    return shot_bits.collect(pool.run(job, sizes, 0), shots, job.program, progress)


def noiseless_distribution(execution: Execution) -> dict[bytes, float]:
    """Exact probabilities of the bits of a unitary program."""
    job = ShotChunks(execution, 0, noisy=False)
    state, program = job.runs.start(), job.runs.perfect
    op_kernels.run(state, program.ops, 0, program.size)
    p = np.abs(state) ** 2
    likely = np.flatnonzero(p > NEGLIGIBLE)
    rows = job.read(np.zeros((len(likely), job.program.num_clbits), dtype=np.uint8), likely)
    found: dict[bytes, float] = {}
    for row, weight in zip(rows, p[likely].tolist(), strict=True):
        found[row.tobytes()] = found.get(row.tobytes(), 0.0) + weight
    return found


class _FinalMeasurement(NamedTuple):
    clbit: int
    line: int
    error: float
    """Probability of reading the wrong bit."""


class ShotChunks:
    """Runs from |0..0> whose bits are read, as a :class:`distq.simulation.parallel.Job`."""

    def __init__(self, execution: Execution, seed: int, *, noisy: bool) -> None:
        self.seed, self.noisy = seed, noisy
        self.program = execution.copy_program.program
        (zero,) = input_states(["zero"], execution.qubits, 0)
        self.runs = Runs(execution, zero, noisy=noisy)
        self.final = [
            _FinalMeasurement(op.clbit, op.qubits[0], error if noisy else 0.0)
            for index, error in execution.copy_program.final_measurements.items()
            if (op := self.program.operations[index]).clbit is not None
        ]

    def chunk(self, size: int, number: int) -> Bits:
        """Bits of ``size`` shots, from the random stream ``number``."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(3, int(self.noisy), number)))
        batch, bits = self.runs.batch(size, rng)
        basis_states = np.zeros(size, dtype=np.int64)
        noisy = self.runs.noisy
        kernels.shoot(self.runs.start(), noisy.ops, noisy.conditions, noisy.size, batch, bits, basis_states)
        return self.read(bits[:, : self.program.num_clbits], basis_states, rng)

    def read(self, bits: Bits, basis_states: NDArray[np.int64], rng: np.random.Generator | None = None) -> Bits:
        """Bits of the source, those of final measurements read from basis states.

        Parameters
        ----------
        bits
            What was measured inside the program; those of final measurements are filled in.
        basis_states
            One per shot.
        rng
            Draws the measurements that read the wrong bit; None: none does.
        """
        if not self.program.source_clbits:
            read: Bits = (basis_states[:, None] >> np.array(self.program.output) & 1).astype(np.uint8)
            return read
        shots = len(basis_states)
        for clbit, line, error in self.final:
            wrong = rng.random(shots) < error if rng is not None and error > 0.0 else np.zeros(shots, dtype=bool)
            bits[:, clbit] = (basis_states >> line & 1) ^ wrong
        return bits[:, : self.program.source_clbits]
