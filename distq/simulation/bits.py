"""Classical bits of many shots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from distq.ir.program import Program
from distq.simulation.result import Progress
from distq.util.progress import PartDone

Bits = NDArray[np.uint8]
"""Shape (shots, bits)."""


def width(program: Program) -> int:
    """Bits that one shot of a program gives: those of the source, or all its qubits if it has none."""
    return program.source_clbits or program.source_qubits


def collect(parts: Iterable[Bits], shots: int, program: Program, progress: Progress) -> Bits:
    """Shots that are drawn part by part, in one array; the order of rows means nothing.

    If the user interrupts, they are fewer than ``shots``, but at least those of one part.

    Raises
    ------
    KeyboardInterrupt
        The user interrupts before the first part.
    """
    found: list[Bits] = []
    try:
        for part in parts:
            found.append(part)
            progress(PartDone(f"drawing {shots} shots", sum(map(len, found)) / shots))
    except KeyboardInterrupt:
        if not found:
            raise
    return np.concatenate([*found, np.zeros((0, width(program)), dtype=np.uint8)])


def frequencies(rows: Bits) -> dict[bytes, float]:
    """Relative frequency of every row."""
    return {bits: n / len(rows) for bits, n in Counter(row.tobytes() for row in rows).items()}
