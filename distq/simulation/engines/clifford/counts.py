"""Counts of Clifford circuits too wide for a state vector, in stim."""

from __future__ import annotations

from typing import Any

import numpy as np
import stim

from distq.simulation.engines.clifford.clifford import BATCH
from distq.simulation.engines.clifford.stim_circuit import Emitter
from distq.simulation.engines.dynamic.runs import Bits
from distq.simulation.execution import Execution
from distq.simulation.result import Progress


def draw(run: Execution, shots: int, seed: int, *, noisy: bool, progress: Progress = lambda stage: None) -> Bits:
    """(shots, bits) array; fewer rows, but some, if the user interrupts. Random waits are averaged ion by ion."""
    program = run.reduced.program
    emitter = Emitter(run)
    reads = _reads(run)
    lines = [*emitter.lines, *[f"M({error!r}) {line}" for _, line, error in reads]]
    circuit = stim.Circuit("\n".join(lines))
    stream = np.random.SeedSequence(seed, spawn_key=(9, int(noisy))).generate_state(1, np.uint64)[0]
    sampler: Any = (circuit if noisy else circuit.without_noise()).compile_sampler(seed=int(stream) >> 1)
    bits = np.zeros((shots, program.source_clbits or program.source_qubits), dtype=np.uint8)
    done = 0
    try:
        while done < shots:
            size = min(BATCH, shots - done)
            bits[done : done + size, [bit for bit, _, _ in reads]] = sampler.sample(size)
            done += size
            progress(f"{done / shots:4.0%}  {shots} shots")
    except KeyboardInterrupt:
        if not done:
            raise
    return bits[:done]


def _reads(run: Execution) -> list[tuple[int, int, float]]:
    """(bit, line, probability of a wrong bit); all lines without error if the program measures none."""
    program = run.reduced.program
    if not program.num_clbits:
        return [(bit, line, 0.0) for bit, line in enumerate(program.output)]
    found = {}
    for index, error in run.reduced.final_measurements.items():
        op = program.operations[index]
        if op.clbit is not None:
            found[op.clbit] = (op.clbit, op.qubits[0], error)
    return list(found.values())
