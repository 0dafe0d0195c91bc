"""What counted bit strings say: how often an outcome comes, and how far the counts are from the noiseless ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distq.errors import InputError
from distq.ir.program import Program
from distq.simulation.bits import Bits

BASELINE_DRAWS = 64
"""Sets of noiseless counts whose mean distances show what finite shots do."""
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


def count(
    program: Program, rows: Bits, expected: dict[bytes, float], wanted: bytes | None, rng: np.random.Generator
) -> Counts:
    """Count noisy shots and compare them with the noiseless distribution.

    Parameters
    ----------
    program
        What was run.
    rows
        Bits of the noisy shots.
    expected
        Noiseless probabilities by bits.
    wanted
        The bits whose probability is wanted; None: the likeliest ones.
    rng
        Draws noiseless counts.
    """
    shots = len(rows)
    found = Counter(row.tobytes() for row in rows)
    if wanted is None:
        wanted = max(expected, key=lambda bits: (expected[bits], bits))
    hits = found.get(wanted, 0)
    noisy = noiseless = _Distances(None, None)
    if max(len(expected), 1) <= min(SPARSE, shots / 10):
        outcomes = sorted(expected.keys() | found.keys())
        p = np.array([expected.get(bits, 0.0) for bits in outcomes])
        counts = np.array([found.get(bits, 0) for bits in outcomes])
        draws = rng.multinomial(shots, p / p.sum(), size=BASELINE_DRAWS)
        noisy = _Distances(*_distances(p, counts / shots))
        noiseless = _Distances(*np.mean([_distances(p, row / shots) for row in draws], axis=0).tolist())
    return Counts(
        counts={
            format_bits(program, bits): n for bits, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))
        },
        shots=shots,
        outcome=format_bits(program, wanted),
        success=hits / shots,
        interval=clopper_pearson(hits, shots),
        hellinger=noisy.hellinger,
        total_variation=noisy.total_variation,
        hellinger_noiseless=noiseless.hellinger,
        variation_noiseless=noiseless.total_variation,
    )


class _Distances(NamedTuple):
    """Hellinger fidelity and total variation; None where they would say nothing."""

    hellinger: float | None
    total_variation: float | None


def _distances(p: NDArray[np.float64], q: NDArray[np.float64]) -> tuple[float, float]:
    """Hellinger fidelity and total variation of two distributions over the same outcomes."""
    return min(1.0, float(np.sqrt(p * q).sum()) ** 2), float(np.abs(p - q).sum()) / 2


def parse_outcome(outcome: str, width: int) -> bytes:
    """The bits of a string, highest bit first, spaces left out of account.

    Raises
    ------
    InputError
        It is no string of ``width`` bits.
    """
    text = outcome.replace(" ", "")
    if set(text) - {"0", "1"} or len(text) != width:
        example = f", e.g. {'01' * width:.{width}}" if 0 < width <= 64 else ""
        raise InputError(
            f"outcome {outcome!r} is not a string of {width} bits", f"write the highest bit first{example}"
        )
    return bytes(int(c) for c in reversed(text))


def format_bits(program: Program, bits: bytes) -> str:
    """A bit string as Qiskit writes it; bits in no register come last, each on its own."""
    if not program.clbit_registers or not program.source_clbits:
        return "".join(str(b) for b in reversed(bits))
    named = [b for _, members in program.clbit_registers for b in members]
    loose = [(b,) for b in range(program.source_clbits) if b not in set(named)]
    groups = [members for _, members in program.clbit_registers if members] + loose
    return " ".join("".join(str(bits[b]) for b in reversed(members)) for members in reversed(groups))


def clopper_pearson(hits: int, shots: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a probability from ``hits`` in ``shots`` (Clopper and Pearson, Biometrika 26, 404 (1934))."""
    from scipy.special import betaincinv

    tail = (1.0 - level) / 2
    low = float(betaincinv(hits, shots - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, shots - hits, 1.0 - tail)) if hits < shots else 1.0
    return low, high
