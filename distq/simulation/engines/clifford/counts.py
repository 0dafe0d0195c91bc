"""Counts of Clifford circuits too wide for a state vector, in stim."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import stim

from distq.simulation import bits as shot_bits
from distq.simulation.bits import Bits
from distq.simulation.engines.clifford.clifford import BATCH
from distq.simulation.engines.clifford.stim_circuit import Emitter
from distq.simulation.execution import Execution
from distq.simulation.result import Progress


class _Read(NamedTuple):
    """A measurement at the end: where its bit goes, what it measures, and how likely it reads the wrong bit."""

    bit: int
    line: int
    error: float


def draw(execution: Execution, shots: int, seed: int, *, noisy: bool, progress: Progress = lambda stage: None) -> Bits:
    """Classical bits of ``shots`` runs from |0..0>; see :func:`distq.simulation.bits.collect`.

    Random waits are averaged ion by ion.
    """
    program = execution.copy_program.program
    reads = _reads(execution)
    lines = [*Emitter(execution).lines, *[f"M({read.error!r}) {read.line}" for read in reads]]
    circuit = stim.Circuit("\n".join(lines))
    stream = np.random.SeedSequence(seed, spawn_key=(9, int(noisy))).generate_state(1, np.uint64)[0]
    sampler: Any = (circuit if noisy else circuit.without_noise()).compile_sampler(seed=int(stream) >> 1)

    def parts() -> Iterator[Bits]:
        for done in range(0, shots, BATCH):
            part = np.zeros((min(BATCH, shots - done), shot_bits.width(program)), dtype=np.uint8)
            part[:, [read.bit for read in reads]] = sampler.sample(len(part))
            yield part

    return shot_bits.collect(parts(), shots, program, progress)


def _reads(execution: Execution) -> list[_Read]:
    """The measurements at the end; all lines without error if the program measures none."""
    program = execution.copy_program.program
    if not program.num_clbits:
        return [_Read(bit, line, 0.0) for bit, line in enumerate(program.output)]
    found = {}
    for index, error in execution.copy_program.final_measurements.items():
        op = program.operations[index]
        if op.clbit is not None:
            found[op.clbit] = _Read(op.clbit, op.qubits[0], error)
    return list(found.values())
