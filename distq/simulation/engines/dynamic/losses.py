"""How much infidelity every source of errors causes, from sampled runs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from distq.simulation.engines.dynamic.sampling import CHUNK, MAX_CHUNKS, JointChunks, Wanted, draw
from distq.simulation.noise.sources import Source
from distq.simulation.result import EngineOptions, MeanWithError

LOSS_STDERR = 0.01
"""Wanted standard error of the infidelity that a source alone causes, as a part of the whole infidelity."""
LOSS_WORK = 4e9
"""Amplitudes times operations, over all inputs and sources, after which these runs stop short of it."""
LEAST_STATE = 256
"""Amplitudes below which a run takes no less time."""


def losses_by_source(
    job: JointChunks, infidelity: float, chunks: int, inputs: int, options: EngineOptions
) -> dict[Source, MeanWithError]:
    """Infidelity that every source causes on the input of ``job``.

    Parameters
    ----------
    job
        Runs with all sources.
    infidelity
        What all sources cause together.
    chunks
        How many are drawn at least, for every source that is switched on alone.
    inputs
        Number of inputs, which share the work.
    options
        Where chunks are drawn.

    Returns
    -------
    dict
        Of Pauli channels the loss is to first order, from runs with one fault; other noise is switched on source by
        source.
    """
    execution, (seed, _, index) = job.execution, job.key
    losses: dict[Source, MeanWithError] = {}
    sources = execution.non_pauli_sources
    for number, source in enumerate(sources):
        alone = JointChunks(execution.only(source), job.state, (seed, 7, index, number))
        work = CHUNK * len(alone.execution.frame_program.ops) * max(LEAST_STATE, 1 << execution.frame_program.lines)
        fewest = max(2, chunks)
        most = max(fewest, min(MAX_CHUNKS, int(LOSS_WORK / (work * inputs * len(sources)))))
        wanted = Wanted(LOSS_STDERR * infidelity * math.sqrt(inputs), fewest, most)
        value = draw(alone, [], wanted, options)
        losses[source] = MeanWithError(1.0 - value.mean, value.stderr)
    paulis = sorted(execution.frame_program.pauli_sources.difference(sources))
    rest = execution.only(*paulis) if sources else execution
    return losses | _first_order(
        replace(job, execution=rest, key=(seed, 6, index), alone=True), paulis, chunks, options
    )


def _first_order(
    job: JointChunks, sources: list[Source], chunks: int, options: EngineOptions
) -> dict[Source, MeanWithError]:
    """Losses to first order, from runs with one fault each."""
    faults = job.execution.faults
    if not faults:
        return {}
    rows = np.concatenate(list(options.pool.run(job, [CHUNK] * chunks, 0)))
    shares: NDArray[np.float64] = np.zeros((len(faults), len(sources)))
    for number, fault in enumerate(faults):
        for source, share in fault.shares:
            shares[number, sources.index(source)] += share
    each = shares[rows[:, 2].astype(np.int64)] * (1.0 - rows[:, 1:2])
    probability = sum(fault.probability for fault in faults)
    # One imagined run that is lost keeps the error from vanishing where none of a source was drawn.
    errors = np.hypot(each.std(axis=0) / math.sqrt(len(rows)), 1.0 / len(rows))
    means = zip(sources, each.mean(axis=0).tolist(), errors.tolist(), strict=True)
    return {source: MeanWithError(probability * mean, probability * error) for source, mean, error in means}
