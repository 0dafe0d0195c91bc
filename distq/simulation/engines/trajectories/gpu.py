"""Trajectories as one array, for a GPU: every array operation moves all of them by one op.

It computes what the kernel :func:`distq.simulation.statevector.op_kernels.sweep` does, trajectory by trajectory the
same numbers. All trajectories advance with the noiseless state; each leaves it at its first fault and is compared with
it after its last one, when its row is freed. Memory for as many rows is taken as there are trajectories under way at
once, at most what is free on the device.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.errors import SimulationError
from distq.simulation.arrays import Arrays
from distq.simulation.engines.trajectories import gpu_rows
from distq.simulation.engines.trajectories.gpu_rows import StateRows
from distq.simulation.reduction.faults import PAULI
from distq.simulation.statevector.op_arrays import FlatProgram
from distq.simulation.statevector.trajectory_batch import TrajectoryBatch

WORKING_ROWS = 6
"""Intermediate results of an operation on one row, in rows."""
USABLE = 0.9
"""Part of the free device memory that may be taken; the rest is lost between allocations."""

Complex = NDArray[np.complex128]


def device_bytes(qubits: int, rows: int) -> int:
    """Device memory that so many trajectories under way at once take, at most."""
    row = 16 << qubits
    tables = (qubits + 1) * row // 2
    return (rows + 2 + WORKING_ROWS) * row + tables + 2 * max(gpu_rows.PASS_BYTES, row)


def rows_that_fit(qubits: int, arrays: Arrays) -> int:
    """How many trajectories can be under way at once in the free memory of the device.

    Raises
    ------
    SimulationError
        Not even one.
    """
    usable = int(USABLE * arrays.free_bytes())
    spare = usable - device_bytes(qubits, 0)
    rows = spare // (16 << qubits)
    if rows < 1:
        need = device_bytes(qubits, 1) / USABLE / 2**30
        raise SimulationError(
            f"{qubits} qubits need {need:.2f} GiB of free GPU memory ({arrays.name}), and "
            f"{arrays.free_bytes() / 2**30:.2f} GiB are free",
            "leave out --device gpu, or free memory on the device",
        )
    return rows


def sweep(
    start: Complex,
    batch: TrajectoryBatch,
    flat: FlatProgram,
    arrays: Arrays,
    compared: Complex | None = None,
) -> NDArray[np.float64]:
    """Overlap probability of every trajectory with the noiseless state.

    Parameters
    ----------
    start
        The input, shape (2**qubits,).
    batch
        Events of the trajectories.
    flat
        The program.
    arrays
        Where the states live.
    compared
        Trajectories are compared with what the program makes of this state; None: of ``start``.

    Returns
    -------
    numpy.ndarray
        One overlap per trajectory, as :func:`distq.simulation.statevector.op_kernels.sweep` computes it.

    Raises
    ------
    SimulationError
        The free memory of the device is too small.
    """
    if batch.shots == 0:
        return np.zeros(0)
    most = rows_that_fit(flat.lines, arrays)
    try:
        parts = [_sweep(start, part, flat, arrays, compared) for part in parts_that_fit(batch, most)]
    except Exception as error:  # CuPy's and PyTorch's have no common ancestor
        if "OutOfMemory" not in type(error).__name__:
            raise
        raise SimulationError(
            f"the GPU's memory has run out ({arrays.name}): {error}",
            "another program may have taken it; try again, or leave out --device gpu",
        ) from error
    return np.concatenate(parts)


class Part(NamedTuple):
    """Some trajectories, and how many of them are under way at once."""

    batch: TrajectoryBatch
    rows: int


def parts_that_fit(batch: TrajectoryBatch, most: int) -> Iterator[Part]:
    """Slices of the batch with at most ``most`` trajectories under way at once."""
    begin, rows = 0, 0
    ends: list[int] = []
    for t, (first, last) in enumerate(zip(batch.first.tolist(), batch.last.tolist(), strict=True)):
        while ends and ends[0] < first:
            heapq.heappop(ends)
        if len(ends) == most:
            yield Part(batch.part(begin, t), rows)
            begin, rows, ends = t, 0, []
        heapq.heappush(ends, last)
        rows = max(rows, len(ends))
    yield Part(batch.part(begin, batch.shots), rows)


def _sweep(
    start: Complex, part: Part, flat: FlatProgram, arrays: Arrays, compared: Complex | None
) -> NDArray[np.float64]:
    """Overlaps of the trajectories of one part."""
    batch = part.batch
    rows = StateRows([start] if compared is None else [start, compared], part.rows, flat, arrays)
    amplitudes = arrays.put(np.zeros(batch.shots, dtype=np.complex128))
    events = _by_place(batch)
    begins, ends = _group(batch.first), _group(batch.last)
    for place in range(int(batch.last.max()) + 1):
        for t in begins.get(place, ()):
            rows.start(t)
        inversions: dict[int, int] = {}
        for event in events.get(place, ()):
            if event.kind == PAULI:
                rows.pauli(event.trajectory, event.x, event.z)
            else:
                inversions[event.trajectory] = inversions.get(event.trajectory, 0) ^ event.x
        if place in ends:
            rows.finish(ends[place], amplitudes)
        if place < flat.size:
            rows.step(place, {t: bits for t, bits in inversions.items() if bits})
    overlaps: NDArray[np.float64] = np.abs(arrays.get(amplitudes)) ** 2
    return overlaps


def _group(places: NDArray[np.int64]) -> dict[int, list[int]]:
    """Place -> the trajectories that have it."""
    groups: dict[int, list[int]] = {}
    for t, place in enumerate(places.tolist()):
        groups.setdefault(place, []).append(t)
    return groups


class _Event(NamedTuple):
    trajectory: int
    kind: int
    x: int
    z: int


def _by_place(batch: TrajectoryBatch) -> dict[int, list[_Event]]:
    """Place -> the events there, in their order."""
    owner = np.repeat(np.arange(batch.shots), np.diff(batch.pointer)).tolist()
    found: dict[int, list[_Event]] = {}
    columns = (batch.at, batch.kind, batch.x, batch.z)
    for t, at, kind, x, z in zip(owner, *(c.tolist() for c in columns), strict=True):
        found.setdefault(at, []).append(_Event(t, kind, x, z))
    return found
